"""A stand-in for Slack's Web API that does nothing but answer at once and note what arrived when.

`python -m tests.bench.sink server|rest` prints its port. Times are nanoseconds of the steady clock, which all
processes of one machine share. The bench itself asks under /bench/: reset, arrived, wait/<method>/<key>.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import defaultdict, deque

from tests.bench import cores

_KEYS = {
    b"views.open": re.compile(rb'trigger_id(?:": ?"|=)([^"&]+)'),
    b"views.publish": re.compile(rb'user_id(?:": ?"|=)([^"&]+)'),
}
_CHANNEL = re.compile(rb'channel(?:": ?"|=)([^"&]+)')
_USERS = re.compile(rb'users?(?:": ?"|=)([^"&]+)')
_PLAIN = {
    b"auth.test": b'{"ok":true,"url":"https://bench.example/","team":"Bench","user":"hrdd","team_id":"T0BENCH",'
    b'"user_id":"U0BOT","bot_id":"B0BOT"}',
    b"conversations.history": b'{"ok":true,"messages":[]}',
}


class Seen:
    """What arrived since the last reset: method -> (key, time), and who waits for what."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.fresh: dict[str, deque[int]] = defaultdict(deque)
        self.waiting: dict[str, asyncio.Transport] = {}
        self.posted = 0

    def note(self, method: str, key: str) -> None:
        """Keep the moment, and tell it to whoever waits for it."""
        now = time.monotonic_ns()
        self.arrived[method].append((key, now))
        waits = self.waiting.pop(f"{method}/{key}", None)
        if waits is None:
            self.fresh[f"{method}/{key}"].append(now)
        else:
            waits.write(_answer(str(now).encode()))

    def wait(self, name: str, transport: asyncio.Transport) -> None:
        """Answer with the time of the next arrival of this name, at once where it is here already."""
        if self.fresh[name]:
            transport.write(_answer(str(self.fresh[name].popleft()).encode()))
        else:
            self.waiting[name] = transport

    def reset(self) -> None:
        """Forget everything."""
        self.arrived.clear()
        self.fresh.clear()
        self.waiting.clear()


class Sink(asyncio.Protocol):
    """One connection. Stays open unless the client asks to close it."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15 : at + 30].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._respond(head.split(b" ", 2)[1], body, b"connection: close" in lower)

    def _respond(self, path: bytes, body: bytes, closes: bool) -> None:
        if path.startswith(b"/bench/"):
            self._bench(path[7:].decode())
            return
        method = path.rpartition(b"/")[2]
        if method in _KEYS:
            found = _KEYS[method].search(body)
            self._seen.note(method.decode(), found[1].decode() if found else "")
        self._transport.write(_answer(self._content(method, body)))
        if closes:
            self._transport.close()

    def _content(self, method: bytes, body: bytes) -> bytes:
        if method in _PLAIN:
            return _PLAIN[method]
        if method in (b"users.info", b"conversations.open"):
            person = _found(_USERS, body)
            if method == b"users.info":
                return b'{"ok":true,"user":{"id":"%s","deleted":false,"is_bot":false}}' % person
            return b'{"ok":true,"channel":{"id":"D%s"}}' % person[1:]
        if method.startswith(b"chat."):
            self._seen.posted += 1
            return b'{"ok":true,"channel":"%s","ts":"1700000000.%06d"}' % (_found(_CHANNEL, body), self._seen.posted)
        if method.startswith(b"views."):
            return b'{"ok":true,"view":{"id":"V0BENCH","hash":"1700000000.abcdefgh"}}'
        return b'{"ok":true}'

    def _bench(self, wish: str) -> None:
        if wish.startswith("wait/"):
            self._seen.wait(wish[5:], self._transport)
            return
        if wish == "reset":
            self._seen.reset()
        self._transport.write(_answer(json.dumps(self._seen.arrived).encode()))


def _found(pattern: re.Pattern[bytes], body: bytes) -> bytes:
    found = pattern.search(body)
    return found[1] if found else b"X0"


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def _serve() -> None:
    seen = Seen()
    server = await asyncio.get_running_loop().create_server(lambda: Sink(seen), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    cores.pin(cores.SERVER if sys.argv[1] == "server" else cores.REST)
    asyncio.run(_serve())
