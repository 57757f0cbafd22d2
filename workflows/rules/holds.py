"""How long a report is held, and by when it is answered, so that no moment in the record tells when it was written.

A report waits for one, two or three daily slots, drawn at random when it is sent and counted without knowing the time:
together with the rest of the day this is 0 to 72 hours (reference/anonymity.md 3.7; EU Directive 2019/1937 Art. 9).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SLOTS: Final = (1, 2, 3)
MONDAYS: Final = (1, 2)
"""At which Monday's slot something added is shown where it waits for Mondays; drawn likewise. One fixed Monday would
tell the week in which it was written: of 200 people, 17 could have been it after four visits, and not 57."""
HELD_MOST: Final = timedelta(days=3)
"""How long before its release a report may have been sent, at most."""
GRID: Final = timedelta(minutes=10)
ACKNOWLEDGE: Final = timedelta(days=7)
FEEDBACK: Final = timedelta(days=90)
SMALL_STAFF: Final = 200
SMALL_CROWD: Final = 20
FEW_STAFF: Final = 25
"""Below this many people the word is confidential, since nobody is anonymous among so few."""


def week_of(day: date) -> str:
    """Give the ISO week of a day, such as 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def monday_of(week: str) -> date:
    """Give the Monday of an ISO week. Raises ValueError for what is none."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def month_of(day: date) -> str:
    """Give the month of a day, such as 2026-11."""
    return f"{day:%Y-%m}"


def quarter_of(day: date) -> str:
    """Give the quarter of a day, such as 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def acknowledge_by(released_on: date, zone: ZoneInfo) -> datetime:
    """Give by when a person has to have acknowledged: within seven days of whenever it was sent (Art. 9(1)(b))."""
    return _start(released_on - HELD_MOST + ACKNOWLEDGE, zone)


def answer_by(release_week: str, zone: ZoneInfo) -> datetime:
    """Give by when there has to be feedback: within three months of whenever it was sent (Art. 9(1)(f))."""
    return _start(monday_of(release_week) - HELD_MOST + FEEDBACK, zone)


def slot_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the moment of the daily slot of a day."""
    return datetime.combine(day, at, zone)


def slots_between(last: date, now: datetime, at: time, zone: ZoneInfo) -> list[date]:
    """Give the days after `last` whose slot has come at `now` (aware), the first one first."""
    found, day = [], last + timedelta(days=1)
    while slot_of(day, at, zone) <= now:
        found.append(day)
        day += timedelta(days=1)
    return found


def next_slot(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Give the first daily slot after `now` (aware)."""
    today = now.astimezone(zone).date()
    moment = slot_of(today, at, zone)
    return moment if moment > now else slot_of(today + timedelta(days=1), at, zone)


def next_tick(now: datetime) -> datetime:
    """Give the next moment of the ten-minute grid after `now` (aware)."""
    seconds = GRID.total_seconds()
    return now + timedelta(seconds=seconds - now.timestamp() % seconds)


def is_weekly(staff: int, crowd: float) -> bool:
    """Whether what a reporter adds is shown on Mondays only: where they could be found among too few.

    `crowd` is the estimate for a reporter whose every visit is shown at a daily slot (`rules/crowd.py`, DAILY_DAYS).
    """
    return staff < SMALL_STAFF or crowd < SMALL_CROWD


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
