"""People come first: background work waits a moment while somebody waits for an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Attention:
    """Counts the acts of people in hand. `give_way` waits until there are none, or until it has waited long enough."""

    def __init__(self) -> None:
        self._in_hand = 0
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
                if not self._in_hand:
                    self._changed.notify_all()

    def give_way(self, seconds: float) -> None:
        """Wait while somebody is being answered, at most this long: promised messages are never held back for good."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_hand, seconds)
