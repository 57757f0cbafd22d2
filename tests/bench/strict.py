"""A stand-in for Slack's Web API that keeps every post with its moment, and refuses one that comes too soon.

`python -m tests.bench.strict rest` prints its port. A conversation takes one new message a second; a second one within
that second is answered with 429. Times are nanoseconds since 1970, for they are compared with due times in rows. The
bench itself asks under /bench/: reset, posts, hold/<channel> (the next post there gets no answer and is not kept),
held/<channel> (the client's port of the post that got none, or 0).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

from tests.bench import cores
from tests.bench.sink import Seen, Sink

APART = 1_000_000_000
_KEY = re.compile(rb'event_payload"\W+key"\W+([^"]+)"')
_CHANNEL = re.compile(rb'"channel": ?"([^"]+)"')
_REFUSAL = b'{"ok":false,"error":"ratelimited"}'
_TOO_SOON = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(_REFUSAL) + _REFUSAL
)


class Posts:
    """Every post so far, when each conversation got its last one, and which posts get no answer."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, int]] = []
        self.refused = 0
        self.last: dict[str, int] = {}
        self.hold: set[str] = set()
        self.held: dict[str, int] = {}

    def reset(self) -> None:
        """Forget the posts and the refusals; the pace of conversations goes on."""
        self.kept.clear()
        self.refused = 0


class Strict(Sink):
    """One connection."""

    def __init__(self, seen: Seen, posts: Posts) -> None:
        super().__init__(seen)
        self._posts = posts

    def _respond(self, path: bytes, body: bytes, closes: bool) -> None:
        if not path.endswith(b"/chat.postMessage"):
            super()._respond(path, body, closes)
            return
        now, posts = time.time_ns(), self._posts
        channel, key = _CHANNEL.search(body), _KEY.search(body)
        if channel is None or key is None:
            raise ValueError("a post without its channel or its key")
        where = channel[1].decode()
        if where in posts.hold:
            posts.hold.discard(where)
            posts.held[where] = int(self._transport.get_extra_info("peername")[1])
        elif now - posts.last.get(where, 0) < APART:
            posts.refused += 1
            self._transport.write(_TOO_SOON)
        else:
            posts.last[where] = now
            posts.kept.append((key[1].decode(), where, now))
            super()._respond(path, body, closes)

    def _bench(self, wish: str) -> None:
        what, _, channel = wish.partition("/")
        answer: object = None
        if what == "reset":
            self._posts.reset()
        elif what == "posts":
            answer = {"posts": self._posts.kept, "refused": self._posts.refused}
        elif what == "hold":
            self._posts.hold.add(channel)
        elif what == "held":
            answer = self._posts.held.get(channel, 0)
        self._transport.write(_json(answer))


def _json(content: object) -> bytes:
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def _serve() -> None:
    seen, posts = Seen(), Posts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Strict(seen, posts), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    cores.pin(cores.SERVER if sys.argv[1] == "server" else cores.REST)
    asyncio.run(_serve())
