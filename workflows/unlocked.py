"""Keys of those who read concerns, open in memory: for a quarter of an hour after the last act, an hour at most.

Nothing of it is stored. Every process has its own, and forgets them when it ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from storage.envelopes import Pair
from workflows.errors import Refused

IDLE_SECONDS: Final = 15 * 60.0
MOST_SECONDS: Final = 60 * 60.0
WRONG_MOST: Final = 5
WRONG_SECONDS: Final = 15 * 60.0


@dataclass(slots=True)
class _Held:
    pair: Pair = field(repr=False)
    since: float
    used: float


class Unlocked:
    """Open keys by the reader's id in the policy. Safe to share between threads. `steady` counts seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._guard = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._wrong: dict[str, list[float]] = {}

    def keep(self, lead: str, pair: Pair) -> None:
        """Keep the key of a reader who typed their passphrase; wrong ones before it are forgotten."""
        now = self._steady()
        with self._guard:
            self._held[lead] = _Held(pair, now, now)
            self._wrong.pop(lead, None)

    def of(self, lead: str) -> Pair:
        """Give the key of a reader, who is then not idle. Raises Refused where it has to be unlocked again."""
        with self._guard:
            self._forget()
            held = self._held.get(lead)
            if held is None:
                raise Refused("inbox_locked")
            held.used = self._steady()
            return held.pair

    def is_open(self, lead: str) -> bool:
        """Whether a reader's key is open. Does not count as an act."""
        with self._guard:
            self._forget()
            return lead in self._held

    def lock(self, lead: str) -> bool:
        """Forget the key of a reader; say whether it was there."""
        with self._guard:
            return self._held.pop(lead, None) is not None

    def check(self, lead: str) -> None:
        """Raise Refused where too many wrong passphrases were typed for a reader in a quarter of an hour."""
        with self._guard:
            since = self._steady() - WRONG_SECONDS
            kept = [at for at in self._wrong.get(lead, ()) if at > since]
            self._wrong[lead] = kept
            if len(kept) >= WRONG_MOST:
                raise Refused("inbox_slow")

    def wrong(self, lead: str) -> None:
        """Count a wrong passphrase."""
        with self._guard:
            self._wrong.setdefault(lead, []).append(self._steady())

    def _forget(self) -> None:
        now = self._steady()
        self._held = {
            lead: held
            for lead, held in self._held.items()
            if now < held.used + IDLE_SECONDS and now < held.since + MOST_SECONDS
        }
