"""Slack's Web API over connections that stay open: the library opens a new one, with its handshake, for each call."""

from __future__ import annotations

import io
import select
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request

from slack_sdk import WebClient

IDLE_SECONDS = 10.0
"""A connection that was not used for this long is not trusted: the other side may be about to close it."""


class TooLate(OSError):
    """The moment until which a call may begin is over; nothing was sent."""


_until = threading.local()


@contextmanager
def begin_before(moment: float) -> Iterator[None]:
    """Let calls of this thread begin before `moment` (`steady()`, seconds) only. Raises TooLate in their place.

    A process that was stopped in between may wake long after somebody else took over its work.
    """
    _until.moment = moment
    try:
        yield
    finally:
        _until.moment = None


def steady() -> float:
    """Give a clock that nobody sets and that goes on while the machine sleeps, in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class KeptClient(WebClient):
    """A WebClient that keeps its connections for the next call. Behind a proxy it works as the library does."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Those that nobody uses now, the freshest last, each with when it was used. Lists change in one step.
        self._idle: list[tuple[HTTPConnection, float]] = []
        self.close = weakref.finalize(self, _close_all, self._idle)
        """Close what is kept; happens by itself when the client is no longer used."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """Send one request and read its answer; raises HTTPError for a status from 400, OSError where none came."""
        if self.proxy is not None:
            return super()._perform_urllib_http_request_internal(url, req)
        place = urlsplit(url)
        line = self._line(place)
        target = f"{place.path}?{place.query}" if place.query else place.path
        latest = getattr(_until, "moment", None)
        if latest is not None and steady() > latest:
            self._keep(line)
            raise TooLate
        try:
            line.request(req.get_method(), target, body=req.data, headers=dict(req.header_items()))
            answer = line.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            # Never sent again from here: Slack may have acted on it. The outbox knows how to find out.
            line.close()
            raise error if isinstance(error, OSError) else ConnectionError(type(error).__name__) from None
        self._keep(line)
        if answer.status >= 400:
            raise HTTPError(url, answer.status, answer.reason, answer.headers, io.BytesIO(body))
        charset = answer.headers.get_content_charset() or "utf-8"
        return {"status": answer.status, "headers": answer.headers, "body": body.decode(charset)}

    def _keep(self, line: HTTPConnection) -> None:
        # Where the answer said that it was the last one, the connection is closed already.
        if line.sock is not None:
            self._idle.append((line, time.monotonic()))

    def _line(self, place: SplitResult) -> HTTPConnection:
        """Give a connection that nobody else uses, a new one where none can be trusted."""
        while self._idle:
            try:
                line, used = self._idle.pop()
            except IndexError:
                break
            if time.monotonic() - used <= IDLE_SECONDS and _is_silent(line):
                return line
            line.close()
        if place.scheme == "https":
            return HTTPSConnection(place.netloc, timeout=self.timeout, context=self.ssl)
        return HTTPConnection(place.netloc, timeout=self.timeout)


def _is_silent(line: HTTPConnection) -> bool:
    """Whether a connection has nothing to say: one that speaks without being asked was closed by the other side."""
    waiting = select.poll()
    waiting.register(line.sock, select.POLLIN)
    return not waiting.poll(0)


def _close_all(idle: list[tuple[HTTPConnection, float]]) -> None:
    while idle:
        idle.pop()[0].close()
