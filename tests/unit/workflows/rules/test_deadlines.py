"""When an answer is due: hours run on, working days stop for nights, weekends, holidays and the hour that jumps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.deadlines import WorkCalendar, due
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
    st.sampled_from(["hours", "days", "working_days"]),
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
