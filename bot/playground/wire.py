"""Keep the last exchanges between the workspace and the bot, for the page's "What the bot sees"."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.playground.values import Json

KEPT = 500
_SECRET = {"token", "authorization", "x-slack-signature"}
_HIDDEN = "(hidden)"


def redacted(value: object) -> object:
    """Return a copy without tokens and signatures."""
    if isinstance(value, dict):
        return {k: _HIDDEN if str(k).lower() in _SECRET else redacted(v) for k, v in value.items()}
    if isinstance(value, list):
        return [redacted(one) for one in value]
    return value


@dataclass(frozen=True)
class Exchange:
    """Hold one request and its answer; `ms` is how long the answer took."""

    n: int
    at: datetime
    direction: Literal["to_bot", "from_bot"]
    kind: str
    summary: str
    request: object
    response: object
    status: int
    ms: float

    def as_json(self) -> Json:
        """Return the exchange for the page, secrets hidden."""
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "direction": self.direction,
            "kind": self.kind,
            "summary": self.summary,
            "request": redacted(self.request),
            "response": redacted(self.response),
            "status": self.status,
            "ms": round(self.ms, 2),
        }


class Wire:
    """Hold a ring of exchanges, numbered from 1."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._ring: deque[Exchange] = deque(maxlen=KEPT)
        self.last = 0

    def note(
        self,
        direction: Literal["to_bot", "from_bot"],
        kind: str,
        summary: str,
        request: object,
        response: object,
        status: int,
        ms: float,
    ) -> None:
        """Add one exchange."""
        at = self._now()
        with self._lock:
            self.last += 1
            self._ring.append(Exchange(self.last, at, direction, kind, summary, request, response, status, ms))

    def since(self, n: int = 0) -> list[Exchange]:
        """Return the kept exchanges numbered above `n`, oldest first."""
        with self._lock:
            return [one for one in self._ring if one.n > n]

    def calls(self, kind: str) -> list[Exchange]:
        """Return the kept exchanges of one kind, such as `chat.postMessage` or `view_submission`."""
        return [one for one in self.since() if one.kind == kind]
