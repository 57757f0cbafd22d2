"""How much the bot is used, by everybody together, for the size of the crowd and the weekly question. No person in it.

It is counted in memory and written once a day, at the slot: on a server the log would else tell how much was done in
which ten minutes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from storage import anonymous
from workflows.rules.crowd import last_weeks

TAPS: Final = ("good", "mixed", "bad")
"""What can be tapped once a week."""
USES: Final = "openings"
"""Forms that were begun and taps on the weekly question. Under the name `uses` an earlier count may still be there, of
every click; it is read no more."""


def tapped(what: str) -> str:
    """Give the name under which taps are counted."""
    return f"pulse:{what}"


@dataclass(frozen=True, slots=True)
class Past:
    """How much the bot was used by everybody together in an average one of the last whole weeks.

    `forms` leaves out the taps: most come within hours of the question, so that on other days nobody stands among
    those who tapped.
    """

    weeks: int = 0
    uses: float = 0.0
    forms: float = 0.0


def past(session: Session, week: str) -> Past:
    """Give how much it was used before this ISO week."""
    uses = last_weeks(anonymous.counted(session, USES), week)
    if not uses:
        return Past()
    taps = sum(sum(last_weeks(anonymous.counted(session, tapped(each)), week)) for each in TAPS)
    return Past(len(uses), sum(uses) / len(uses), max(0, sum(uses) - taps) / len(uses))


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
