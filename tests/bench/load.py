"""The load: connections that stay open, each sending the next request as soon as its answer is here."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class CannotMeasure(Exception):
    """What was to be measured did not work; a figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready for the wire, and the key under which its effect can be found at the sink."""

    data: bytes
    key: str


@dataclass(slots=True)
class Sample:
    """What one phase gave. Times in nanoseconds of the steady clock."""

    sent: dict[str, int] = field(default_factory=dict)
    took: list[int] = field(default_factory=list)
    seconds: float = 0.0
    last_body: bytes = b""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.took) / self.seconds

    def percentile(self, percent: float) -> float:
        """Give the milliseconds within which this share of the answers came."""
        return percentile(self.took, percent)


def percentile(took: list[int], percent: float) -> float:
    """Give a percentile of nanoseconds, in milliseconds."""
    if not took:
        raise CannotMeasure("nothing was measured")
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] / 1e6


class _Drive:
    """One phase: how long or how often, and what was seen."""

    def __init__(self, make: Callable[[], Request], count: int | None, pause: float) -> None:
        self.make = make
        self.left = count
        self.pause = pause
        self.until: int | None = None
        self.sample = Sample()
        self.trouble: str | None = None

    def next(self) -> Request | None:
        if self.trouble or (self.until is not None and time.monotonic_ns() >= self.until):
            return None
        if self.left is not None:
            if self.left == 0:
                return None
            self.left -= 1
        return self.make()


class _Line(asyncio.Protocol):
    """One connection of a phase."""

    def __init__(self, drive: _Drive) -> None:
        self._drive = drive
        self._buffer = b""
        self._sent = 0
        self._transport: asyncio.Transport
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def go(self) -> None:
        """Send the next request, or end."""
        request = self._drive.next()
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent = time.monotonic_ns()
        self._drive.sample.sent[request.key] = self._sent
        self._transport.write(request.data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        body = _complete(self._buffer)
        if body is None:
            return
        sample = self._drive.sample
        sample.took.append(time.monotonic_ns() - self._sent)
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._drive.trouble = self._buffer[:200].decode("latin-1")
        sample.last_body = body
        self._buffer = b""
        if self._drive.pause:
            # Never in step with the others: people are not.
            asyncio.get_running_loop().call_later(self._drive.pause * random.uniform(0.5, 1.5), self.go)
        else:
            self.go()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._drive.trouble = f"a connection was closed ({exc})"
            self.done.set_result(None)


def _complete(data: bytes) -> bytes | None:
    """Give the body of an answer, or None while some of it is still on its way."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return data[end + 4 : end + 4 + length] if len(data) >= end + 4 + length else None


def closed_loop(
    port: int,
    make: Callable[[], Request],
    concurrency: int,
    *,
    count: int | None = None,
    seconds: float | None = None,
    pause: float = 0.0,
) -> Sample:
    """Keep this many requests under way, for a time or a number of them; every answer must be a 200.

    With `pause`, each connection waits about that many seconds after an answer, as a person would.
    """
    drive = _Drive(make, count, pause)
    asyncio.run(_closed_loop(port, drive, concurrency, seconds))
    if drive.trouble:
        raise CannotMeasure(f"an answer was not 200: {drive.trouble}")
    return drive.sample


async def _closed_loop(port: int, drive: _Drive, concurrency: int, seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(lambda: _Line(drive), "127.0.0.1", port))[1] for _ in range(concurrency)]
    began = time.monotonic_ns()
    drive.until = None if seconds is None else began + int(seconds * 1e9)
    for line in lines:
        line.go()
    await asyncio.gather(*(line.done for line in lines))
    drive.sample.seconds = (time.monotonic_ns() - began) / 1e9


class Client:
    """One connection for one request after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> bytes:
        """Send a request, wait for its answer, give the body."""
        self.begin(data)
        buffer = b""
        while (body := _complete(buffer)) is None:
            more = self._socket.recv(65536)
            if not more:
                raise CannotMeasure("a connection was closed")
            buffer += more
        if not buffer.startswith(b"HTTP/1.1 200"):
            raise CannotMeasure(f"an answer was not 200: {buffer[:200]!r}")
        return body

    def begin(self, data: bytes) -> None:
        """Send a request and wait for nothing."""
        self._socket.sendall(data)

    def get(self, path: str) -> bytes:
        """Ask for a path, give the body."""
        return self.send(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
