"""Coming back with a receipt: who came is remembered for a quarter of an hour, in memory, by a token of the window.

Wrong receipts slow everybody's looking-up down, since nobody can be told apart; nothing else is slowed down by them.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from storage.envelopes import Pair
from workflows.errors import Refused

KEPT_SECONDS: Final = 15 * 60.0
MOST: Final = 1000
MESSAGES_A_DAY: Final = 20
DAY_SECONDS: Final = 24 * 3600.0
FAILED_MOST: Final = 10
FAILED_SECONDS: Final = 600.0
SLOWEST: Final = 600.0


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody came back: where their report is found, its id, and the keys that follow from the receipt.

    `answered`: how often they have said how they have been, the last time in this visit included.
    """

    locator: bytes = field(repr=False)
    case_id: bytes = field(repr=False)
    pair: Pair = field(repr=False)
    answered: int = field(default=0, repr=False)


class Returns:
    """Who came back, by token. Safe to share between threads."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._guard = threading.Lock()
        self._came: dict[str, tuple[float, Returned]] = {}
        self._sent: dict[bytes, list[float]] = {}
        self._pepper = os.urandom(32)
        self._last: dict[str, bytes] = {}

    def keep(self, came: Returned) -> str:
        """Remember somebody; give the token that stands for them."""
        token, now = os.urandom(16).hex(), self._steady()
        with self._guard:
            self._came = {each: kept for each, kept in self._came.items() if kept[0] > now}
            while len(self._came) >= MOST:
                self._came.pop(next(iter(self._came)))
            self._came[token] = (now + KEPT_SECONDS, came)
            self._last = {each: last for each, last in self._last.items() if each in self._came}
        return token

    def of(self, token: str) -> Returned:
        """Give who a token stands for. Raises Refused where the receipt has to be typed again."""
        with self._guard:
            until, came = self._came.get(token, (0.0, None))
            if came is None or until <= self._steady():
                raise Refused("receipt_again")
            return came

    def repeats(self, token: str, words: str) -> bool:
        """Whether this token added just these words before: its window was delivered twice."""
        with self._guard:
            return hmac.compare_digest(self._last.get(token, b""), self._digest(words))

    def added(self, token: str, words: str, answered: int = 0) -> None:
        """Remember that this token added these words, without keeping them; it is one more message of their report.

        `answered` is how often they have said by now how they have been.
        """
        now = self._steady()
        with self._guard:
            self._last[token] = self._digest(words)
            until, came = self._came.get(token, (0.0, None))
            if came is not None:
                self._came[token] = (until, replace(came, answered=answered))
                self._sent = {each: times for each, times in self._sent.items() if times[-1] > now - DAY_SECONDS}
                self._sent[came.locator] = [*self._lately(came, now), now]

    def _digest(self, words: str) -> bytes:
        return hmac.new(self._pepper, words.encode(), sha256).digest()

    def check(self, came: Returned) -> None:
        """Raise Refused where too many messages of a report were added in a day."""
        with self._guard:
            if len(self._lately(came, self._steady())) >= MESSAGES_A_DAY:
                raise Refused("receipt_full")

    def _lately(self, came: Returned, now: float) -> list[float]:
        return [at for at in self._sent.get(came.locator, ()) if at > now - DAY_SECONDS]


class Brake:
    """Slows looking-up down where many receipts were wrong. Knows how many, not whose."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._guard = threading.Lock()
        self._failed: list[float] = []

    def check(self) -> None:
        """Raise Refused while the last wrong receipt is too close: the more there were, the longer."""
        now = self._steady()
        with self._guard:
            self._failed = [at for at in self._failed if at > now - FAILED_SECONDS]
            over = len(self._failed) - FAILED_MOST
            if over >= 0 and now < self._failed[-1] + min(2.0**over, SLOWEST):
                raise Refused("receipt_slow")

    def failed(self) -> None:
        """Count a wrong receipt."""
        with self._guard:
            self._failed.append(self._steady())
