"""People come first: background work waits a moment while somebody waits for an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET_SECONDS = 0.03
"""Nobody was answered for this long: the moment to do something else. People come in bursts, one act after another."""


class Attention:
    """Counts the acts of people in hand. `give_way` waits for a quiet moment, or until it has waited long enough."""

    def __init__(self) -> None:
        self._in_hand = 0
        self._last = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def on_a_person(self) -> Iterator[None]:
        """Mark that somebody waits for an answer while the block runs."""
        with self._changed:
            self._in_hand += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_hand -= 1
                self._last = time.monotonic()
                if not self._in_hand:
                    self._changed.notify_all()

    def give_way(self, seconds: float) -> None:
        """Wait for a quiet moment, at most this long: promised messages are never held back for good."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while (now := time.monotonic()) < deadline:
                rest = deadline - now if self._in_hand else min(self._last + QUIET_SECONDS, deadline) - now
                if rest <= 0:
                    return
                self._changed.wait(rest)
