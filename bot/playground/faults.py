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


@dataclass(frozen=True)
class Weather:
    """Describe how all calls fare: shares that fail (0 to 1), and seconds that each waits, drawn between two bounds.

    Half of the server errors and of the dropped connections come after the call took effect. `slow` is a share of
    calls that take `slow_seconds` before they take effect, which may be longer than the caller waits.
    """

    p429: float = 0.0
    p5xx: float = 0.0
    drop: float = 0.0
    before: tuple[float, float] = (0.0, 0.0)
    after: tuple[float, float] = (0.0, 0.0)
    slow: float = 0.0
    slow_seconds: tuple[float, float] = (0.0, 0.0)


_FAIR = Weather()


class Faults:
    """Hold the failures to come; thread-safe."""

    def __init__(self, seed: int = 7) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._weather = Weather()
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
        self.set_weather(Weather(p429=p429, p5xx=p5xx, before=latency), seed)

    def set_weather(self, weather: Weather, seed: int = 7) -> None:
        """Let all calls from now on fare as `weather` says."""
        with self._lock:
            self._weather = weather
            self._random.seed(seed)

    def lag(self) -> float:
        """Return how many seconds an answer is held back after its call took effect."""
        with self._lock:
            return self._random.uniform(*self._weather.after) if self._weather.after[1] else 0.0

    def strict_rate(self, on: bool = True) -> None:
        """Answer 429 to more than one message a second in one channel, or stop doing so."""
        with self._lock:
            self._strict = on
            self._posted.clear()

    def clear(self) -> None:
        """Stop failing."""
        with self._lock:
            self._waiting.clear()
            self._weather = Weather()
            self._strict = False

    def waiting(self) -> list[Fault]:
        """Return the failures that are still to come."""
        with self._lock:
            return list(self._waiting)

    def take(self, method: str, channel: object = None) -> tuple[float, Fault | None]:
        """Return (seconds to delay, failure or None) for one call."""
        if not (self._waiting or self._strict or self._weather != _FAIR):
            return 0.0, None
        with self._lock:
            return self._delay(), self._planned(method) or self._unlucky(method) or self._too_fast(method, channel)

    def _delay(self) -> float:
        weather = self._weather
        if weather.slow and self._random.random() < weather.slow:
            return self._random.uniform(*weather.slow_seconds)
        return self._random.uniform(*weather.before) if weather.before[1] else 0.0

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
        weather = self._weather
        bounds = (weather.p429, weather.p429 + weather.p5xx, weather.p429 + weather.p5xx + weather.drop)
        draw = self._random.random() if bounds[2] else 1.0
        if draw < bounds[0]:
            return Fault(method, "ratelimited")
        if draw < bounds[2]:
            error = "server_error" if draw < bounds[1] else "drop"
            return Fault(method, error, before_storing=self._random.random() < 0.5)
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
