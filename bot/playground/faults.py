"""Let the stand-in fail on purpose: the next calls of a method, or a share of all calls."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from bot.playground.values import Json


@dataclass(frozen=True)
class Fault:
    """Describe one failure that waits to happen.

    `error` is `ratelimited`, `server_error`, `timeout`, `drop` or any Slack error code.
    With `before_storing=False` the call takes effect first, then its answer is lost.
    """

    method: str
    error: str
    retry_after: int = 1
    before_storing: bool = True
    left: int = 1

    def as_json(self) -> Json:
        """Return the fault for the page."""
        return {
            "method": self.method,
            "error": self.error,
            "retry_after": self.retry_after,
            "before_storing": self.before_storing,
            "times": self.left,
        }


class Faults:
    """Hold the failures to come; thread-safe."""

    def __init__(self, seed: int = 7) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._p429 = self._p5xx = 0.0
        self._latency = (0.0, 0.0)
        self._strict = False
        self._posted: dict[str, deque[float]] = {}
        self.hold_seconds = 35.0
        """How long a `timeout` keeps the caller waiting before the connection is dropped."""

    def fail(self, method: str, error: str, times: int = 1, retry_after: int = 1, before_storing: bool = True) -> None:
        """Make the next `times` calls of `method` (or `*`) fail; 0 takes waiting failures of it away."""
        with self._lock:
            if times <= 0:
                self._waiting = [fault for fault in self._waiting if fault.method != method]
            else:
                self._waiting.append(Fault(method, error, retry_after, before_storing, times))

    def rates(
        self, p429: float = 0.0, p5xx: float = 0.0, latency: tuple[float, float] = (0.0, 0.0), seed: int = 7
    ) -> None:
        """Fail a share of all calls, and delay each by a random number of seconds within `latency`."""
        with self._lock:
            self._p429, self._p5xx, self._latency = p429, p5xx, latency
            self._random.seed(seed)

    def strict_rate(self, on: bool = True) -> None:
        """Answer 429 to more than one message a second in one channel, or stop doing so."""
        with self._lock:
            self._strict = on
            self._posted.clear()

    def clear(self) -> None:
        """Stop failing."""
        with self._lock:
            self._waiting.clear()
            self._p429 = self._p5xx = 0.0
            self._latency = (0.0, 0.0)
            self._strict = False

    def waiting(self) -> list[Fault]:
        """Return the failures that are still to come."""
        with self._lock:
            return list(self._waiting)

    def take(self, method: str, channel: object = None) -> tuple[float, Fault | None]:
        """Return (seconds to delay, failure or None) for one call."""
        if not (self._waiting or self._p429 or self._p5xx or self._strict or self._latency[1]):
            return 0.0, None
        with self._lock:
            delay = self._random.uniform(*self._latency) if self._latency[1] else 0.0
            return delay, self._planned(method) or self._unlucky(method) or self._too_fast(method, channel)

    def _planned(self, method: str) -> Fault | None:
        for index, fault in enumerate(self._waiting):
            if fault.method in (method, "*"):
                if fault.left <= 1:
                    del self._waiting[index]
                else:
                    self._waiting[index] = replace(fault, left=fault.left - 1)
                return fault
        return None

    def _unlucky(self, method: str) -> Fault | None:
        draw = self._random.random() if self._p429 or self._p5xx else 1.0
        if draw < self._p429:
            return Fault(method, "ratelimited")
        if draw < self._p429 + self._p5xx:
            return Fault(method, "server_error", before_storing=self._random.random() < 0.5)
        return None

    def _too_fast(self, method: str, channel: object) -> Fault | None:
        if not self._strict or method != "chat.postMessage":
            return None
        now = time.monotonic()
        recent = self._posted.setdefault(str(channel), deque(maxlen=1))
        if recent and now - recent[0] < 1.0:
            return Fault(method, "ratelimited")
        recent.append(now)
        return None
