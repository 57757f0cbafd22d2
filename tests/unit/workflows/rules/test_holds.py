"""How long a report is held and by when it is answered: never late, whatever the day, the zone and the hour."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.policy_concerns import EARLIEST, LATEST
from workflows.rules import holds

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC", "Europe/Berlin", "America/New_York", "Africa/Lagos", "Asia/Kolkata", "Australia/Lord_Howe",
        "Pacific/Apia", "America/St_Johns", "Africa/Cairo",
    )
]  # fmt: skip
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(2 * 366)]
HOURS = [EARLIEST, time(9), LATEST]


def exactly(later: datetime, earlier: datetime) -> timedelta:
    """Give the time between two moments as it passes, not as clocks on the wall show it."""
    return later.astimezone(UTC) - earlier.astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_deadlines_are_never_late_for_whoever_sent_it_first_and_hardly_early_for_the_last(
    zone: ZoneInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    """T21: over all weekdays and holds of two years, with every change of the clocks in them."""
    least, most = timedelta.max, timedelta.min
    for day, hour in product(DAYS, HOURS):
        release = holds.slot_of(day, hour, zone) + holds.GRID
        sent = {holds.slot_of(day - timedelta(days=held), hour, zone) for held in holds.SLOTS}
        first = min(sent) - holds.GRID
        assert exactly(release, first) <= holds.HELD_MOST + 2 * holds.GRID + timedelta(hours=1)
        acknowledge, answer = holds.acknowledge_by(day, zone), holds.answer_by(holds.week_of(day), zone)
        assert exactly(acknowledge, first) <= holds.ACKNOWLEDGE
        assert exactly(answer, first) <= holds.FEEDBACK
        assert exactly(acknowledge, release) >= timedelta(days=3)
        early = holds.FEEDBACK - exactly(answer, release)
        least, most = min(least, holds.FEEDBACK - exactly(answer, first)), max(most, early)
    assert timedelta(0) <= least
    assert most.days <= 9
    with capsys.disabled():
        sys.stdout.write(f" [{zone}: feedback is due {least} to {most} early] ")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.sampled_from(ZONES)))
def test_what_is_urgent_has_its_deadlines_in_time_too(moment: datetime) -> None:
    zone = moment.tzinfo
    assert isinstance(zone, ZoneInfo)
    day = moment.date()
    assert exactly(holds.acknowledge_by(day, zone), moment) <= holds.ACKNOWLEDGE
    assert exactly(holds.answer_by(holds.week_of(day), zone), moment) <= holds.FEEDBACK


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_week_is_the_one_of_its_monday(day: date) -> None:
    week = holds.week_of(day)
    monday = holds.monday_of(week)
    assert monday.weekday() == 0
    assert timedelta(0) <= day - monday < timedelta(days=7)
    assert holds.week_of(monday) == week
    assert len(week) == 8


@pytest.mark.parametrize("week", ["", "2026", "2026-W", "2026-W54", "2026-47", "x-W01"])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError):
        holds.monday_of(week)


def test_months_and_quarters_are_written_as_the_counters_keep_them() -> None:
    assert holds.month_of(date(2026, 3, 1)) == "2026-03"
    quarters = [holds.quarter_of(date(2026, month, 1)) for month in range(1, 13)]
    assert quarters == [f"2026Q{number}" for number in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4)]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(HOURS),
    st.integers(0, 5),
)
def test_every_slot_that_came_is_given_once_and_the_next_one_is_ahead(
    now: datetime, zone: ZoneInfo, at: time, ago: int
) -> None:
    today = now.astimezone(zone).date()
    last = today - timedelta(days=ago)
    found = holds.slots_between(last, now, at, zone)
    assert found == [last + timedelta(days=number + 1) for number in range(len(found))]
    assert all(holds.slot_of(day, at, zone) <= now for day in found)
    following = holds.slot_of((found or [last])[-1] + timedelta(days=1), at, zone)
    assert following > now
    if ago:
        assert exactly(holds.next_slot(now, at, zone), following) == timedelta(0)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_ticks_fall_on_every_tenth_minute_and_always_ahead(now: datetime) -> None:
    following = holds.next_tick(now)
    assert timedelta(0) < following - now <= holds.GRID
    assert (following.minute % 10, following.second, following.microsecond) == (0, 0, 0)


@pytest.mark.parametrize(
    ("staff", "crowd", "weekly"), [(199, 500.0, True), (200, 20.0, False), (200, 19.9, True), (9000, 0.0, True)]
)
def test_what_is_added_is_shown_weekly_where_few_could_have_written_it(staff: int, crowd: float, weekly: bool) -> None:
    assert holds.is_weekly(staff, crowd) is weekly
