"""When an answer is due: hours run on, working days stop for nights, weekends, holidays and the hour that jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.deadlines import (
    WorkCalendar,
    at_most,
    due,
    is_working_time,
    next_moment_of_work,
    reminder,
)
from workflows.rules.values import Span

BERLIN = WorkCalendar(ZoneInfo("Europe/Berlin"), end=time(17, 30))
ONE_DAY = Span(1, "working_days")


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "span", "expected"),
    [
        ("2026-11-20T16:00", Span(24, "hours"), "2026-11-21T16:00"),
        ("2026-11-20T16:00", Span(5, "days"), "2026-11-25T16:00"),
        ("2026-11-20T16:00", ONE_DAY, "2026-11-23T16:00"),
        ("2026-11-20T20:00", ONE_DAY, "2026-11-24T09:00"),
        ("2026-11-21T10:00", ONE_DAY, "2026-11-24T09:00"),
        ("2026-11-23T06:00", ONE_DAY, "2026-11-24T09:00"),
        ("2026-11-23T17:30", ONE_DAY, "2026-11-25T09:00"),
        ("2026-11-16T10:00", Span(5, "working_days"), "2026-11-23T10:00"),
        ("2026-11-16T10:00", Span(10, "working_days"), "2026-11-30T10:00"),
        ("2026-11-16T10:00", Span(4, "working_hours"), "2026-11-16T14:00"),
        ("2026-11-16T13:30", Span(4, "working_hours"), "2026-11-16T17:30"),
        ("2026-11-20T16:00", Span(4, "working_hours"), "2026-11-23T11:30"),
        ("2026-11-21T12:00", Span(4, "working_hours"), "2026-11-23T13:00"),
        ("2026-11-16T09:00", Span(20, "working_hours"), "2026-11-18T12:00"),
    ],
)
def test_an_answer_is_due_after_the_time_that_was_promised(asked: str, span: Span, expected: str) -> None:
    assert due(span, at(asked), BERLIN) == at(expected)


@pytest.mark.parametrize("asked", ["2026-03-27T10:00", "2026-10-23T10:00"])
def test_the_hour_on_the_wall_stays_the_same_when_the_clocks_change(asked: str) -> None:
    answered = due(ONE_DAY, at(asked), BERLIN).astimezone(BERLIN.zone)
    assert (answered.hour, answered.weekday()) == (10, 0)


def test_a_holiday_is_no_working_day() -> None:
    closed = WorkCalendar(BERLIN.zone, is_holiday=lambda day: day == date(2026, 12, 25))
    assert due(ONE_DAY, at("2026-12-24T10:00"), closed) == at("2026-12-28T10:00")


def test_a_week_may_run_from_sunday_to_thursday() -> None:
    cairo = WorkCalendar(ZoneInfo("Africa/Cairo"), frozenset({6, 0, 1, 2, 3}))
    assert due(ONE_DAY, at("2026-11-19T10:00", "Africa/Cairo"), cairo) == at("2026-11-22T10:00", "Africa/Cairo")


def test_a_calendar_without_working_days_still_ends() -> None:
    never = WorkCalendar(BERLIN.zone, is_holiday=lambda _day: True)
    assert due(ONE_DAY, at("2026-11-20T10:00"), never) > at("2026-11-20T10:00")


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 15),
    st.sampled_from(["hours", "days", "working_hours", "working_days"]),
    st.sampled_from(["Europe/Berlin", "Africa/Nairobi", "America/St_Johns", "Pacific/Chatham", "Asia/Kathmandu"]),
)
def test_what_is_due_lies_ahead_and_more_time_is_never_less(asked: datetime, amount: int, unit: str, zone: str) -> None:
    calendar = WorkCalendar(ZoneInfo(zone))
    answered = due(Span(amount, unit), asked, calendar)  # type: ignore[arg-type]
    assert answered > asked
    assert answered.utcoffset() is not None
    assert due(Span(amount + 1, unit), asked, calendar) > answered  # type: ignore[arg-type]
    if unit == "working_days":
        assert calendar.is_working_day(answered.astimezone(calendar.zone).date())


@pytest.mark.parametrize(
    ("now", "works", "next_moment"),
    [
        ("2026-11-16T08:59", False, "2026-11-16T09:00"),
        ("2026-11-16T09:00", True, "2026-11-16T09:00"),
        ("2026-11-16T17:29", True, "2026-11-16T17:29"),
        ("2026-11-16T17:30", False, "2026-11-17T09:00"),
        ("2026-11-20T20:00", False, "2026-11-23T09:00"),
        ("2026-11-22T12:00", False, "2026-11-23T09:00"),
    ],
)
def test_noor_works_from_nine_until_half_past_five(now: str, works: bool, next_moment: str) -> None:
    assert is_working_time(at(now), BERLIN) is works
    assert next_moment_of_work(at(now), BERLIN) == at(next_moment)


@pytest.mark.parametrize(
    ("asked", "due_at", "quiet", "expected"),
    [
        # In hours: after four fifths.
        ("2026-11-16T09:00", "2026-11-16T14:00", True, "2026-11-16T13:00"),
        # Tuesday 05:12 waits for the morning.
        ("2026-11-16T10:00", "2026-11-17T10:00", True, "2026-11-17T09:00"),
        ("2026-11-16T10:00", "2026-11-17T10:00", False, "2026-11-17T05:12"),
        # A morning that leaves less than an hour is too late; the evening before is not.
        ("2026-11-16T09:30", "2026-11-17T09:30", True, "2026-11-16T16:30"),
        ("2026-11-20T10:00", "2026-11-22T10:00", True, "2026-11-20T16:30"),
        # Asked after the last hour of the day before: a little late is better than nothing, where it is not too late.
        ("2026-11-16T17:00", "2026-11-17T09:30", True, "2026-11-17T09:00"),
        ("2026-11-16T17:00", "2026-11-17T09:00", True, None),
        ("2026-11-20T18:00", "2026-11-22T10:00", True, None),
        ("2026-11-20T18:00", "2026-11-20T18:00", True, None),
        ("2026-11-20T18:00", "2026-11-20T17:00", False, None),
    ],
)
def test_a_reminder_comes_before_the_deadline_and_not_at_night(
    asked: str, due_at: str, quiet: bool, expected: str | None
) -> None:
    assert reminder(at(asked), at(due_at), BERLIN, quiet) == (at(expected) if expected else None)


def test_a_working_day_without_a_last_hour_is_reminded_of_when_it_opens() -> None:
    short = WorkCalendar(BERLIN.zone, end=time(9, 30))
    assert reminder(at("2026-11-19T08:00"), at("2026-11-22T10:00"), short, True) == at("2026-11-20T09:00")


def test_a_calendar_without_working_days_reminds_nobody_at_night_for_want_of_a_day() -> None:
    never = WorkCalendar(BERLIN.zone, is_holiday=lambda _day: True)
    assert reminder(at("2026-11-16T20:00"), at("2026-11-16T23:00"), never, True) is None


@pytest.mark.parametrize(
    ("span", "limit", "expected"),
    [
        (Span(5, "working_days"), Span(5, "working_days"), True),
        (Span(6, "working_days"), Span(5, "working_days"), False),
        (Span(5, "days"), Span(5, "working_days"), True),
        (Span(6, "days"), Span(5, "working_days"), False),
        (Span(24, "hours"), Span(1, "days"), True),
        (Span(25, "hours"), Span(1, "days"), False),
        (Span(24, "hours"), Span(1, "working_days"), True),
        (Span(4, "hours"), Span(4, "working_hours"), True),
        (Span(1, "days"), Span(4, "working_hours"), False),
        (Span(1, "working_hours"), Span(1, "working_days"), True),
        (Span(8, "working_hours"), Span(1, "working_days"), False),
        (Span(1, "working_days"), Span(5, "days"), False),
        (Span(1, "working_hours"), Span(24, "hours"), False),
        (Span(1, "working_days"), Span(40, "working_hours"), False),
    ],
)
def test_only_what_is_never_longer_counts_as_no_longer(span: Span, limit: Span, expected: bool) -> None:
    assert at_most(span, limit) is expected


def test_a_known_working_day_says_how_many_hours_it_holds() -> None:
    assert at_most(Span(8, "working_hours"), Span(1, "working_days"), timedelta(hours=8))
    assert not at_most(Span(8, "working_hours"), Span(1, "working_days"), timedelta(hours=7, minutes=30))


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="zone"):
        due(ONE_DAY, datetime(2026, 11, 16, 10), BERLIN)


def test_a_day_that_ends_before_it_starts_is_an_error() -> None:
    with pytest.raises(ValueError, match="starts before it ends"):
        WorkCalendar(BERLIN.zone, start=time(17), end=time(9))


def test_hours_run_on_by_the_clock_on_the_wall_of_nobody() -> None:
    before = datetime(2027, 3, 27, 20, tzinfo=BERLIN.zone)
    assert due(Span(24, "hours"), before, BERLIN) == datetime(2027, 3, 28, 19, tzinfo=UTC)


ZONES = [
    "Europe/Berlin",
    "Africa/Lagos",
    "America/Bogota",
    "Africa/Nairobi",
    "America/New_York",
    "Australia/Lord_Howe",
]
SWITCHES = [
    *(date(2026, 3, 29), date(2026, 10, 25)),
    *(date(2026, 3, 8), date(2026, 11, 1)),
    *(date(2026, 4, 5), date(2026, 10, 4)),
]
"""The nights of 2026 in which clocks change in Berlin, New York and on Lord Howe (by half an hour)."""


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """Any working hours, nights included: the rule must hold for who works when the clocks change."""
    start, end = sorted(draw(st.lists(st.integers(0, 24 * 4 - 1), min_size=2, max_size=2, unique=True)))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return WorkCalendar(zone, days, time(start // 4, start % 4 * 15), time(end // 4, end % 4 * 15))


around_switches = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(SWITCHES),
    st.integers(-4 * 24 * 60, 3 * 24 * 60),
)
spans = st.builds(Span, st.integers(1, 12), st.sampled_from(["hours", "days", "working_hours", "working_days"]))


@given(calendars(), around_switches, st.integers(0, 3 * 24 * 60), spans)
def test_nights_in_which_clocks_change_break_nothing(
    calendar: WorkCalendar, asked: datetime, minutes: int, span: Span
) -> None:
    answered = due(span, asked, calendar)
    assert answered > asked
    assert answered.tzinfo is UTC
    assert due(span, asked + timedelta(minutes=minutes), calendar) >= answered, "asked later, due no sooner"
    if span.unit.startswith("working"):
        local = answered.astimezone(calendar.zone)
        assert calendar.is_working_day(local.date())
        assert calendar.start <= local.time() <= calendar.end


@given(calendars(), around_switches, st.integers(0, 3 * 24 * 60))
def test_the_next_moment_of_work_is_one_on_every_night(calendar: WorkCalendar, now: datetime, minutes: int) -> None:
    moment = next_moment_of_work(now, calendar)
    assert moment >= now
    assert moment.tzinfo is UTC
    assert is_working_time(moment, calendar)
    assert (moment == now) is is_working_time(now, calendar)
    assert next_moment_of_work(now + timedelta(minutes=minutes), calendar) >= moment
    local = moment.astimezone(calendar.zone)
    assert calendar.start <= local.time() < calendar.end


@given(calendars(), around_switches, spans, st.booleans())
def test_a_reminder_lies_between_the_question_and_its_deadline(
    calendar: WorkCalendar, asked: datetime, span: Span, quiet: bool
) -> None:
    answered = due(span, asked, calendar)
    moment = reminder(asked, answered, calendar, quiet)
    assert moment is not None or quiet
    if moment is not None:
        assert asked < moment < answered
        assert moment.tzinfo is UTC
        assert not quiet or is_working_time(moment, calendar)


@given(spans, spans, calendars(), around_switches)
def test_no_longer_means_never_due_later(span: Span, limit: Span, calendar: WorkCalendar, asked: datetime) -> None:
    """An hour is allowed: a day in which clocks change is that much longer or shorter."""
    if at_most(span, limit) and (span.unit, limit.unit) != ("working_hours", "working_days"):
        assert due(span, asked, calendar) <= due(limit, asked, calendar) + timedelta(hours=1)
