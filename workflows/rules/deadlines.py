"""When an answer is due: spans of hours, days, working hours and working days, in the zone of whoever answers.

All of it walks from moment to moment in UTC; a zone is only asked when a day opens and closes. So a night in which
clocks change moves nothing back, whatever its gaps and doubled hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.rules.values import Span

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When people work: a zone, weekdays (Monday is 0), hours of the day in that zone, and days off.

    Raises ValueError where a day would end before it starts.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    start: time = time(9)
    end: time = time(17)
    is_holiday: Callable[[date], bool] = lambda _day: False

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a working day starts before it ends")

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() in self.weekdays and not self.is_holiday(day)

    def hours(self, day: date) -> tuple[datetime, datetime]:
        """Give when this day opens and closes, aware UTC, whether or not people work on it.

        Every moment between lies within the hours as a clock on the wall shows them: an opening that the clock
        shows twice is the second, a closing the first, and one that it jumps over is moved inwards. Where nothing
        is left between, both are the same moment.
        """
        opens = max(self._moments(day, self.start))
        return opens, max(opens, min(self._moments(day, self.end)))

    def _moments(self, day: date, at: time) -> tuple[datetime, datetime]:
        local = datetime.combine(day, at, tzinfo=self.zone)
        return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def due(span: Span, now: datetime, calendar: WorkCalendar) -> datetime:
    """Give the moment, aware UTC, by which an answer asked for at `now` (aware) is due.

    Hours and days run on, nights and weekends included. Working hours and working days start with the next moment
    of work. Working days end as long after the opening of their last day: asked on Friday at 16:00, one working
    day ends on Monday at 16:00.
    """
    asked = _in_utc(now)
    if span.unit == "hours":
        return asked + timedelta(hours=span.amount)
    if span.unit == "days":
        return asked + timedelta(days=span.amount)
    moment = next_moment_of_work(asked, calendar)
    if span.unit == "working_hours":
        return _after_work(timedelta(hours=span.amount), moment, calendar)
    day = moment.astimezone(calendar.zone).date()
    into_the_day = moment - calendar.hours(day)[0]
    for _ in range(span.amount):
        day = _next_working_day(day, calendar)
    opens, closes = calendar.hours(day)
    return min(opens + into_the_day, closes)


def is_working_time(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether people work at this moment (aware): from the opening of a working day until just before it closes."""
    moment = _in_utc(now)
    day = moment.astimezone(calendar.zone).date()
    opens, closes = calendar.hours(day)
    return opens <= moment < closes and calendar.is_working_day(day)


def next_moment_of_work(now: datetime, calendar: WorkCalendar) -> datetime:
    """Give the next moment, aware UTC, in which people work; `now` itself where they do."""
    moment = _in_utc(now)
    day = moment.astimezone(calendar.zone).date()
    if _is_open(day, calendar):
        opens, closes = calendar.hours(day)
        if moment < closes:
            return max(moment, opens)
    return calendar.hours(_next_working_day(day, calendar))[0]


def reminder(asked: datetime, due_at: datetime, calendar: WorkCalendar, quiet: bool) -> datetime | None:
    """Give when to remind somebody who was asked at `asked` and whose answer is due at `due_at`; all aware UTC.

    That is after four fifths of the time. A quiet reminder waits for the next moment of work; where that leaves less
    than an hour to answer, it comes an hour before the end of the last working day before. Where that was before
    anybody was asked, the next moment of work is still better than none, if it comes before the deadline.
    """
    moment = _in_utc(asked) + (due_at - asked) * 4 / 5
    if not asked < moment < due_at:
        return None
    if not quiet or is_working_time(moment, calendar):
        return moment
    later = next_moment_of_work(moment, calendar)
    if due_at - later >= HOUR:
        return later
    earlier = _late_on_the_last_day(moment, calendar)
    if earlier is not None and earlier > asked:
        return earlier
    return later if later < due_at else None


def at_most(span: Span, limit: Span, shortest_day: timedelta = HOUR) -> bool:
    """Whether an answer within `span` is never later than one within `limit`, whenever it is asked for.

    Days are 24 hours. Time in which people work is never shorter than the same time on the wall, and a working day
    at least a day. Where this cannot be said for certain the answer is no: work against the wall, and working days
    against working hours. `shortest_day` is how long the shortest working day of anybody concerned is.
    """
    if span.unit in ("hours", "days"):
        return _on_the_wall(span) <= _on_the_wall(limit)
    if span.unit == limit.unit:
        return span.amount <= limit.amount
    if span.unit == "working_hours" and limit.unit == "working_days":
        return timedelta(hours=span.amount) <= limit.amount * shortest_day
    return False


def _on_the_wall(span: Span) -> timedelta:
    """The shortest time that a span can take."""
    in_days = span.unit in ("days", "working_days")
    return timedelta(days=span.amount) if in_days else timedelta(hours=span.amount)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(UTC)


def _after_work(work: timedelta, moment: datetime, calendar: WorkCalendar) -> datetime:
    """Give when this much work is done, begun at a moment of work."""
    day = moment.astimezone(calendar.zone).date()
    closes = calendar.hours(day)[1]
    while work > closes - moment:
        work -= closes - moment
        day = _next_working_day(day, calendar)
        moment, closes = calendar.hours(day)
    return moment + work


def _late_on_the_last_day(before: datetime, calendar: WorkCalendar) -> datetime | None:
    """Give one hour before the end of the last working day that ended by then; its opening where it is shorter."""
    today = before.astimezone(calendar.zone).date()
    for back in range(366):
        day = today - timedelta(days=back)
        if _is_open(day, calendar):
            opens, closes = calendar.hours(day)
            if closes <= before:
                return max(opens, closes - HOUR)
    return None


def _is_open(day: date, calendar: WorkCalendar) -> bool:
    """Whether people work on this day and the change of clocks leaves them time to."""
    if not calendar.is_working_day(day):
        return False
    opens, closes = calendar.hours(day)
    return opens < closes


def _next_working_day(day: date, calendar: WorkCalendar) -> date:
    """Give the next working day; a calendar without any within a year falls back to the next weekday."""
    for ahead in range(1, 366):
        candidate = day + timedelta(days=ahead)
        if _is_open(candidate, calendar):
            return candidate
    return day + timedelta(days=1)
