"""Carry what people do to the bot, by signed HTTP or Socket Mode, and read its answer."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import string
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from bot.playground.limits import ACK_SECONDS
from bot.playground.values import Json
from bot.playground.wire import Wire

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"


@dataclass(frozen=True)
class Ack:
    """Hold the bot's answer; `failure` is the code Slack shows when there was none worth the name."""

    status: int
    text: str = ""
    data: Json | None = None
    failure: str | None = None
    no_retry: bool = False


class Transport(Protocol):
    """Send one payload and wait for its answer."""

    @property
    def connected(self) -> bool:
        """Say whether a bot listens."""

    def send(self, envelope: str, body: Json, retry: int, reason: str) -> Ack:
        """Deliver; `envelope` is `slash_commands`, `interactive` or `events_api`."""


def sign(secret: str, timestamp: str, body: str) -> str:
    """Return the `X-Slack-Signature` of a request body."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def read_body(text: str, content_type: str) -> Json | None:
    """Return an answer's JSON object, or None when it is something else."""
    if "json" not in content_type and not text.startswith("{"):
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


_PLAIN = frozenset(f"{string.ascii_letters}{string.digits}_.-~")


class HttpTransport:
    """Post signed requests to one address."""

    def __init__(self, secret: str, url: str | None = None) -> None:
        self.secret = secret
        self.url = url
        self.timeout = ACK_SECONDS

    @property
    def connected(self) -> bool:
        """Say whether an address is known."""
        return self.url is not None

    def send(self, envelope: str, body: Json, retry: int, reason: str) -> Ack:
        """Deliver one payload; no answer within three seconds is a timeout."""
        if self.url is None:
            return Ack(0, failure=FAILED)
        content_type, data = _encode(envelope, body)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.secret, timestamp, data),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        return self._post(data.encode(), headers)

    def _post(self, data: bytes, headers: dict[str, str]) -> Ack:
        where = urlsplit(self.url or "")
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        line = kind(str(where.hostname), where.port, timeout=self.timeout)
        try:
            line.request("POST", where.path or "/", data, headers)
            answer = line.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except TimeoutError:
            return Ack(0, failure=TIMEOUT)
        except (OSError, http.client.HTTPException):
            return Ack(0, failure=FAILED)
        finally:
            line.close()
        no_retry = answer.getheader("X-Slack-No-Retry") == "1"
        if answer.status != 200:
            return Ack(answer.status, text, failure=FAILED, no_retry=no_retry)
        return Ack(200, text, read_body(text, answer.getheader("Content-Type") or ""), no_retry=no_retry)


def _encode(envelope: str, body: Json) -> tuple[str, str]:
    if envelope == "events_api":
        return "application/json", json.dumps(body)
    fields = body if envelope == "slash_commands" else {"payload": json.dumps(body)}
    data = "&".join(f"{quoted(str(name))}={quoted(str(value))}" for name, value in fields.items())
    return "application/x-www-form-urlencoded", data


def quoted(text: str) -> str:
    """Write text as a form does. A window is twenty thousand characters, which `quote_plus` looks at one by one."""
    found = text.replace("%", "%25")
    for each in set(text) - _PLAIN - {"%", " "}:
        found = found.replace(each, quote(each, safe=""))
    return found.replace(" ", "+")


class Delivery:
    """Send payloads over the chosen transport and note them on the wire."""

    def __init__(self, transport: Transport, wire: Wire) -> None:
        self.transport = transport
        self.wire = wire

    def send(self, envelope: str, body: Json, retry: int = 0, reason: str = "") -> Ack:
        """Deliver one payload and return the answer."""
        started = time.perf_counter()
        ack = self.transport.send(envelope, body, retry, reason)
        spent = (time.perf_counter() - started) * 1000
        kind = "slash_command" if envelope == "slash_commands" else str(body["type"])
        answer: object = ack.data if ack.data is not None else (ack.failure or ack.text)
        self.wire.note("to_bot", kind, _summary(body, retry), body, answer, ack.status, spent)
        return ack

    def event(self, body: Json) -> Ack:
        """Deliver an event; while it is not taken, deliver it again, three times at most."""
        ack = self.send("events_api", body)
        for attempt in (1, 2, 3):
            if ack.failure is None or ack.no_retry:
                break
            reason = "http_timeout" if ack.failure == TIMEOUT else "http_error"
            ack = self.send("events_api", body, attempt, reason)
        return ack


def _summary(body: Json, retry: int) -> str:
    if "command" in body:
        text = f"{body['user_name']} types {body['command']} {body['text']}".rstrip()
    elif body["type"] == "event_callback":
        text = f"event {body['event']['type']}"
    else:
        view = body.get("view") or {}
        what = body.get("callback_id") or view.get("callback_id") or ""
        acts = ", ".join(one["action_id"] for one in body.get("actions", []))
        text = " ".join(part for part in (body["user"]["name"], body["type"], what, acts) if part)
    return f"{text} (retry {retry})" if retry else text
