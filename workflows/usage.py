"""How much the bot is used, by everybody together, for the size of the crowd and the weekly question. No person in it.

It is counted in memory and written once a day, at the slot: on a server the log would else tell how much was done in
which ten minutes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

USES: Final = "openings"
"""Forms that were begun and taps on the weekly question. Under the name `uses` an earlier count may still be there, of
every click; it is read no more."""


class Usage:
    """Counts of one process. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._taken_at: datetime | None = None

    def add(self, what: str, count: int = 1) -> None:
        """Count something, such as a tap, or uses of the bot."""
        with self._guard:
            self._counts[what] += count

    def take(self, slot: datetime) -> Mapping[str, int] | None:
        """Give what was counted, once for each slot (aware); None where it was taken at this one already."""
        with self._guard:
            if self._taken_at == slot:
                return None
            self._taken_at = slot
            taken, self._counts = self._counts, Counter()
            return taken
