"""Speak the Slack Web API over WSGI: tokens, scopes, failures on purpose, then the method itself."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bot.playground.faults import Fault, Faults
from bot.playground.methods import APP_TOKEN_METHODS, METHODS, Call, missing_scope
from bot.playground.values import Json, SlackError
from bot.playground.wire import Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_JSON_FIELDS = ("blocks", "view", "attachments", "metadata")
_REASONS = {200: "200 OK", 429: "429 Too Many Requests", 500: "500 Internal Server Error"}


def parse(data: bytes, content_type: str) -> Json:
    """Read a request body, JSON or form; raises SlackError when it is neither."""
    text = data.decode("utf-8", "replace")
    if content_type.startswith("application/json"):
        try:
            body = json.loads(text or "{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return _parse_inner(body)
    return _parse_inner(dict(parse_qsl(text, keep_blank_values=True)))


def _parse_inner(body: Json) -> Json:
    for name in _JSON_FIELDS:
        if isinstance(body.get(name), str) and body[name]:
            try:
                body[name] = json.loads(body[name])
            except ValueError:
                problem = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
                raise SlackError(problem) from None
    return body


class WebApi:
    """Answer `POST /api/<method>` for the bot."""

    def __init__(self, call: Call, bot_token: str, app_token: str, faults: Faults, wire: Wire) -> None:
        self.call = call
        self.bot_token, self.app_token = bot_token, app_token
        self.faults = faults
        self.wire = wire
        self.stopping = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        started = time.perf_counter()
        method = environ["PATH_INFO"].rpartition("/")[2]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        data = environ["wsgi.input"].read(length)
        body: Json = {}
        try:
            body = parse(data, environ.get("CONTENT_TYPE") or "")
        except SlackError as refusal:
            status, answer, fault = 200, _refusal(refusal), None
        else:
            token = _token(environ, body)
            status, answer, fault = self._answer(method, token, body)
        spent = (time.perf_counter() - started) * 1000
        self.wire.note("from_bot", method, _summary(method, body), body, answer, status, spent)
        if status == 0:
            _hang_up(environ)
        return _send(start, status or 500, answer, fault)

    def handle(self, method: str, token: str | None, body: Json) -> Json:
        """Run a method for a token; raises SlackError as Slack would refuse."""
        if token is None:
            raise SlackError("not_authed")
        is_bot, is_app = _same(token, self.bot_token), _same(token, self.app_token)
        if not (is_bot or is_app):
            raise SlackError("invalid_auth")
        if method in APP_TOKEN_METHODS:
            if not is_app:
                raise SlackError("not_allowed_token_type")
            return APP_TOKEN_METHODS[method](self.call, body)
        if method not in METHODS:
            raise SlackError("unknown_method", req_method=method)
        if is_app:
            raise SlackError("not_allowed_token_type")
        run, scope = METHODS[method]
        if scope is not None and scope not in self.call.scopes:
            raise missing_scope(scope, self.call.scopes)
        return run(self.call, body)

    def _answer(self, method: str, token: str | None, body: Json) -> tuple[int, Json, Fault | None]:
        delay, fault = self.faults.take(method, body.get("channel"))
        if delay:
            self.stopping.wait(delay)
        if fault is None or not fault.before_storing:
            answer = self._run(method, token, body)
            if lag := self.faults.lag():
                self.stopping.wait(lag)
            if fault is None:
                return 200, answer, None
        if fault.error == "timeout":
            self.stopping.wait(self.faults.hold_seconds)
        status = {"ratelimited": 429, "server_error": 500, "timeout": 0, "drop": 0}.get(fault.error, 200)
        return status, {"ok": False, "error": fault.error}, fault

    def _run(self, method: str, token: str | None, body: Json) -> Json:
        try:
            return {"ok": True, **self.handle(method, token, body)}
        except SlackError as refusal:
            return _refusal(refusal)


def _refusal(refusal: SlackError) -> Json:
    return {"ok": False, "error": refusal.error, **refusal.extra}


def _token(environ: WSGIEnvironment, body: Json) -> str | None:
    header: str = environ.get("HTTP_AUTHORIZATION") or ""
    inside = body.pop("token", None)
    return header[7:] if header.startswith("Bearer ") else inside


def _same(given: str, ours: str) -> bool:
    return hmac.compare_digest(str(given).encode(), ours.encode())


def _summary(method: str, body: Json) -> str:
    where = body.get("channel") or body.get("user_id") or body.get("view_id") or ""
    return f"{method} {where}".rstrip()


def _send(start: StartResponse, status: int, answer: Json, fault: Fault | None) -> Iterable[bytes]:
    data = json.dumps(answer, ensure_ascii=False).encode()
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(data)))]
    if status == 429 and fault is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    start(_REASONS[status], headers)
    return [data]


def _hang_up(environ: WSGIEnvironment) -> None:
    """Drop the connection without an answer, by shutting the socket under the server."""
    check: Callable[[], bool] | None = environ.get("waitress.client_disconnected")
    line: Any = getattr(getattr(check, "__self__", None), "socket", None)
    if line is not None:
        with contextlib.suppress(OSError):  # the caller may have hung up first
            line.shutdown(socket.SHUT_RDWR)
