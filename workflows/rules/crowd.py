"""How large the crowd is among which a reporter stands: what may be named, what may be counted, how many there are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from workflows.rules.holds import monday_of, week_of

SMALLEST: Final = 10
"""Fewer people than this are never named as a group (k-anonymity)."""
LEAST_COUNTED: Final = 5
"""A count below this is not shown, and others are rounded to it."""
WINDOW_DAYS: Final = 10.0
"""Over how many days somebody may have written what was released in one week: the week, and three days of holding."""
DAILY_DAYS: Final = 3.0
"""Over how many days they may have written what was released at a daily slot, for who looks every day."""

WEEKS: Final = 4
"""Over how many whole weeks it is averaged how much the bot is used."""


def shown(count: int) -> int | None:
    """Give a count as it may be shown: rounded to fives, None where it is too small."""
    return None if count < LEAST_COUNTED else LEAST_COUNTED * round(count / LEAST_COUNTED)


def last_weeks(counted: Mapping[str, int], week: str) -> list[int]:
    """Give how often everybody together used the bot in each of the last whole weeks before this one, by ISO week.

    A week in which nobody did counts as none. Those before the first that was counted are not known and left out.
    """
    before = [week_of(monday_of(week) - timedelta(weeks=back)) for back in range(WEEKS, 0, -1)]
    return [counted.get(each, 0) for each in before if each >= min(counted, default=week)]


def uses_a_day(uses_a_week: float, staff: int) -> float:
    """Give how often a person uses the bot on a day, on average, from how often all of them did in a week."""
    return uses_a_week / (7 * staff) if staff else 0.0


def crowd(staff: int, a_day: float, visits: int, days: float = WINDOW_DAYS) -> float:
    """Estimate among how many people a reporter stands who came so many times.

    Whoever knows who used the bot when, and reads the weeks of this report, still has everybody left who used it in
    each of these weeks, or whatever `days` it may have been. People use it independently of each other, `a_day` times a
    day on average.
    """
    if staff <= 0:
        return 0.0
    in_one = 1.0 - math.exp(-a_day * days)
    return 1.0 + (staff - 1) * float(in_one ** max(visits, 0))
