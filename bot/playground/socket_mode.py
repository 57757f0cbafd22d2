"""Deliver over Socket Mode: hand out addresses, greet the bot, send each envelope to one connection."""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from bot.playground.changes import Changes
from bot.playground.deliver import FAILED, TIMEOUT, Ack
from bot.playground.limits import ACK_SECONDS
from bot.playground.values import Json

_TICKET_SECONDS = 30.0


@dataclass
class _Waiting:
    """Wait for the answer to one envelope."""

    arrived: threading.Event = field(default_factory=threading.Event)
    payload: Json | None = None
    lost: bool = False


class SocketTransport:
    """Keep the bot's WebSocket connections; thread-safe."""

    def __init__(self, app_id: str, changes: Changes) -> None:
        self.app_id = app_id
        self.changes = changes
        self.timeout = ACK_SECONDS
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._tickets: dict[str, float] = {}
        self._lines: list[ServerConnection] = []
        self._turn = 0
        self._waiting: dict[str, tuple[_Waiting, ServerConnection]] = {}

    @property
    def connected(self) -> bool:
        """Say whether at least one connection is open."""
        return bool(self._lines)

    @property
    def connections(self) -> int:
        """Count the open connections."""
        return len(self._lines)

    def new_url(self) -> str:
        """Return an address that opens one connection, within half a minute."""
        with self._lock:
            if self._server is None:
                self._server = serve(
                    self._talk, "127.0.0.1", 0, process_request=self._check, compression=None, ping_interval=None
                )
                self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
                self._thread.start()
            ticket = secrets.token_urlsafe(16)
            self._tickets[ticket] = time.monotonic()
            port = self._server.socket.getsockname()[1]
            return f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={self.app_id}"

    def send(self, envelope: str, body: Json, retry: int, reason: str) -> Ack:
        """Send one envelope to one connection and wait three seconds for its acknowledgement."""
        name, waiting = str(uuid.uuid4()), _Waiting()
        message = {
            "envelope_id": name,
            "type": envelope,
            "accepts_response_payload": envelope != "events_api",
            "payload": body,
        }
        if envelope == "events_api":
            message |= {"retry_attempt": retry, "retry_reason": reason}
        line = self._next_line()
        if line is None:
            return Ack(0, failure=FAILED)
        self._waiting[name] = (waiting, line)
        try:
            line.send(json.dumps(message))
            arrived = waiting.arrived.wait(self.timeout)
        except ConnectionClosed:
            return Ack(0, failure=FAILED)
        finally:
            self._waiting.pop(name, None)
        if not arrived:
            return Ack(0, failure=TIMEOUT)
        if waiting.lost:
            return Ack(0, failure=FAILED)
        payload = waiting.payload
        return Ack(200, json.dumps(payload) if payload else "", payload)

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the bot to reconnect, as Slack does every few hours, and hang up."""
        for line in list(self._lines):
            try:
                line.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}))
                line.close()
            except ConnectionClosed:
                continue

    def stop(self) -> None:
        """Close every connection and the server."""
        if self._server is not None:
            self._server.shutdown()
        if self._thread is not None:
            self._thread.join(5)

    def _check(self, line: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._lock:
            born = self._tickets.pop(ticket, None)
        if born is None or time.monotonic() - born > _TICKET_SECONDS:
            return line.respond(401, "unknown ticket\n")
        return None

    def _next_line(self) -> ServerConnection | None:
        with self._lock:
            if not self._lines:
                return None
            self._turn += 1
            return self._lines[self._turn % len(self._lines)]

    def _talk(self, line: ServerConnection) -> None:
        with self._lock:
            self._lines.append(line)
            count = len(self._lines)
        try:
            line.send(json.dumps(self._hello(count)))
            self.changes.touch()
            for text in line:
                self._hear(str(text))
        except ConnectionClosed:
            return
        finally:
            with self._lock:
                self._lines.remove(line)
            for waiting, through in list(self._waiting.values()):
                if through is line:
                    waiting.lost = True
                    waiting.arrived.set()
            self.changes.touch()

    def _hello(self, count: int) -> Json:
        return {
            "type": "hello",
            "num_connections": count,
            "debug_info": {"host": "playground", "approximate_connection_time": 3600},
            "connection_info": {"app_id": self.app_id},
        }

    def _hear(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        name = message.get("envelope_id") if isinstance(message, dict) else None
        found = self._waiting.get(name) if isinstance(name, str) else None
        if found is not None:
            payload = message.get("payload")
            found[0].payload = payload if isinstance(payload, dict) and payload else None
            found[0].arrived.set()
