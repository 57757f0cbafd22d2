"""When an answer is due: spans of hours, days and working days, in the zone of the company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.rules.values import Span


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When people work: a zone, weekdays (Monday is 0), hours of the day in that zone, and days off."""

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    start: time = time(9)
    end: time = time(17)
    is_holiday: Callable[[date], bool] = lambda _day: False

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() in self.weekdays and not self.is_holiday(day)


def due(span: Span, now: datetime, calendar: WorkCalendar) -> datetime:
    """Give the moment, aware UTC, by which an answer asked for at `now` is due.

    Hours and days run on, nights and weekends included. Working days start with the next moment of work and end at
    the same hour N working days on: asked on Friday at 16:00, one working day ends on Monday at 16:00.
    """
    if span.unit == "hours":
        return now + timedelta(hours=span.amount)
    if span.unit == "days":
        return now + timedelta(days=span.amount)
    local = _next_moment_of_work(now.astimezone(calendar.zone), calendar)
    day = local.date()
    for _ in range(span.amount):
        day = _next_working_day(day, calendar)
    return datetime.combine(day, local.timetz()).astimezone(UTC)


def _next_moment_of_work(local: datetime, calendar: WorkCalendar) -> datetime:
    if not calendar.is_working_day(local.date()) or local.time() >= calendar.end:
        day = _next_working_day(local.date(), calendar)
        return datetime.combine(day, calendar.start, tzinfo=calendar.zone)
    if local.time() < calendar.start:
        return datetime.combine(local.date(), calendar.start, tzinfo=calendar.zone)
    return local


def _next_working_day(day: date, calendar: WorkCalendar) -> date:
    """Give the next working day; a calendar without any within a year falls back to the next weekday."""
    for ahead in range(1, 366):
        candidate = day + timedelta(days=ahead)
        if calendar.is_working_day(candidate):
            return candidate
    return day + timedelta(days=1)
