"""What silence does: remind, backup, up, and at the top the same call every day. It never decides."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.deadlines import WorkCalendar, due, is_working_time
from workflows.rules.escalation import Asked, Step, Watch, after, at, first
from workflows.rules.tables import CLOCKS
from workflows.rules.values import Clocks, Level

BERLIN = WorkCalendar(ZoneInfo("Europe/Berlin"), end=time(17, 30))
LEVELS = (Level.L1, Level.L2, Level.L3)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


def asked(level: Level, now: datetime = MONDAY, *, backup: bool = True, calendar: WorkCalendar = BERLIN) -> Asked:
    promised = CLOCKS[level].acknowledge
    assert promised is not None
    return Asked(level, now, due(promised, now, calendar), backup)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        # 4/5 of a week from Monday 10:00 is Saturday night: the office opens an hour before the deadline.
        (Level.L1, datetime(2026, 11, 23, 8, tzinfo=UTC)),
        # 4/5 of a day from Monday 10:00 is Tuesday 05:12: it waits for the office to open.
        (Level.L2, datetime(2026, 11, 17, 8, tzinfo=UTC)),
        # L3 knows no quiet hours.
        (Level.L3, datetime(2026, 11, 17, 4, 12, tzinfo=UTC)),
    ],
)
def test_noor_is_reminded_before_the_deadline_and_in_her_hours_unless_it_is_severe(
    level: Level, expected: datetime
) -> None:
    assert first(asked(level), CLOCKS[level], BERLIN) == Watch(Step.REMIND, expected)


def test_without_room_for_a_reminder_the_first_step_is_the_one_after_the_deadline() -> None:
    evening = datetime(2026, 11, 16, 17, tzinfo=UTC)
    question = Asked(Level.L2, evening, evening + timedelta(hours=4), has_backup=True)
    assert first(question, Clocks(), BERLIN) == Watch(Step.BACKUP, question.due_at)
    alone = Asked(Level.L2, evening, evening + timedelta(hours=4), has_backup=False)
    assert first(alone, Clocks(), BERLIN) == Watch(Step.UP, alone.due_at)


@pytest.mark.parametrize(
    ("step", "level", "backup", "late", "expected"),
    [
        (Step.REMIND, Level.L1, True, False, Step.REMIND),
        (Step.REMIND, Level.L1, True, True, Step.BACKUP),
        (Step.REMIND, Level.L2, False, True, Step.UP),
        (Step.REMIND, Level.L3, False, True, Step.REPEAT),
        (Step.REMIND, Level.L3, True, True, Step.BACKUP),
        (Step.BACKUP, Level.L1, True, True, Step.BACKUP),
        (Step.BACKUP, Level.L1, False, True, Step.UP),
        (Step.BACKUP, Level.L3, False, True, Step.REPEAT),
        (Step.UP, Level.L2, True, True, Step.UP),
        (Step.UP, Level.L3, True, True, Step.REPEAT),
        (Step.REPEAT, Level.L3, True, True, Step.REPEAT),
        (Step.REPEAT, Level.L2, True, True, Step.REPEAT),
    ],
)
def test_a_late_step_becomes_what_is_due_now(
    step: Step, level: Level, backup: bool, late: bool, expected: Step
) -> None:
    question = asked(level, backup=backup)
    now = question.due_at if late else question.due_at - timedelta(seconds=1)
    assert at(step, question, now) is expected


def test_the_backup_has_their_time_from_when_they_were_asked_and_not_from_the_missed_deadline() -> None:
    question = asked(Level.L3)
    later = question.due_at + timedelta(hours=30)
    assert after(Step.BACKUP, question, CLOCKS[Level.L3], BERLIN, later) == Watch(
        Step.REPEAT, later + timedelta(hours=12)
    )
    friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    monday = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    assert after(Step.BACKUP, asked(Level.L2), CLOCKS[Level.L2], BERLIN, friday) == Watch(Step.UP, monday)


def test_a_reminder_is_followed_by_the_deadline_and_going_up_ends_this_levels_clock() -> None:
    question = asked(Level.L1)
    reminded = question.due_at - timedelta(hours=1)
    assert after(Step.REMIND, question, CLOCKS[Level.L1], BERLIN, reminded) == Watch(Step.BACKUP, question.due_at)
    alone = asked(Level.L1, backup=False)
    assert after(Step.REMIND, alone, CLOCKS[Level.L1], BERLIN, reminded) == Watch(Step.UP, alone.due_at)
    assert after(Step.UP, question, CLOCKS[Level.L1], BERLIN, question.due_at) is None


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-11-21T02:00", "2026-11-21T09:00"),
        ("2026-11-22T04:00", "2026-11-23T09:00"),
        ("2026-11-22T09:00", "2026-11-23T09:00"),
        ("2026-11-22T23:30", "2026-11-23T09:00"),
        ("2026-03-28T09:00", "2026-03-29T09:00"),
    ],
    ids=["in the night", "shortly before the morning", "on a Sunday", "late", "when clocks change"],
)
def test_at_the_top_it_is_said_again_every_morning_weekends_too(now: str, again: str) -> None:
    moment, then = (datetime.fromisoformat(each).replace(tzinfo=BERLIN.zone).astimezone(UTC) for each in (now, again))
    question = asked(Level.L3)
    assert after(Step.REPEAT, question, CLOCKS[Level.L3], BERLIN, moment) == Watch(Step.REPEAT, then)


def test_a_backup_without_a_time_of_their_own_still_has_an_end() -> None:
    following = after(Step.BACKUP, asked(Level.L1), Clocks(), BERLIN, MONDAY)
    assert following == Watch(Step.UP, MONDAY + timedelta(days=1))


def silence(
    level: Level, now: datetime, until: datetime, calendar: WorkCalendar, *, backup: bool = True
) -> list[tuple[datetime, Level, Step]]:
    """Play what happens to a case that nobody answers: when, at which level, and which step."""
    taken: list[tuple[datetime, Level, Step]] = []
    question = asked(level, now, backup=backup, calendar=calendar)
    watch: Watch | None = first(question, CLOCKS[level], calendar)
    while watch is not None and watch.due_at <= until:
        now = watch.due_at
        step = at(watch.step, question, now)
        taken.append((now, question.level, step))
        watch = after(step, question, CLOCKS[question.level], calendar, now)
        if step is Step.UP:
            question = asked(Level(question.level + 1), now, backup=backup, calendar=calendar)
            watch = first(question, CLOCKS[question.level], calendar)
    return taken


def test_twelve_months_of_silence_about_an_l1_case() -> None:
    """By the rule's own clocks, from Monday 16 November at 10:00 in Berlin: five working days, one for the backup,
    one for Noor, half a day for hers, a day for Ruth, half a day for hers, and from then on every day."""
    taken = silence(Level.L1, MONDAY, MONDAY + timedelta(days=365), BERLIN)
    counts = Counter((level.name, step.value) for _, level, step in taken)
    daily = counts.pop(("L3", "repeat"))
    assert counts == {
        ("L1", "remind"): 1,
        ("L1", "backup"): 1,
        ("L1", "up"): 1,
        ("L2", "remind"): 1,
        ("L2", "backup"): 1,
        ("L2", "up"): 1,
        ("L3", "remind"): 1,
        ("L3", "backup"): 1,
    }
    assert [moment.astimezone(BERLIN.zone).strftime("%d.%m. %H:%M") for moment, *_ in taken[:9]] == [
        "23.11. 09:00",
        "23.11. 10:00",
        "24.11. 10:00",
        "25.11. 09:00",
        "25.11. 10:00",
        "25.11. 14:00",
        "26.11. 09:12",
        "26.11. 14:00",
        "27.11. 02:00",
    ]
    assert daily == (MONDAY + timedelta(days=365) - taken[8][0]).days + 2
    days = [moment.astimezone(BERLIN.zone) for moment, *_ in taken[9:]]
    assert {day.hour for day in days} == {9}
    assert {later.date() - earlier.date() for earlier, later in pairwise(days)} == {timedelta(days=1)}


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(["Europe/Berlin", "Africa/Lagos", "America/New_York", "Australia/Lord_Howe"])


@given(moments, st.sampled_from(LEVELS), st.booleans(), zones)
def test_silence_always_reaches_the_top_and_is_heard_there_every_day(
    now: datetime, level: Level, backup: bool, zone: str
) -> None:
    """S59."""
    calendar = WorkCalendar(ZoneInfo(zone))
    taken = silence(level, now, now + timedelta(days=45), calendar, backup=backup)
    times = [moment for moment, *_ in taken]
    assert all(earlier < later for earlier, later in pairwise([now, *times]))
    assert [each for _, each, _ in taken] == sorted(each for _, each, _ in taken), "silence never moves down"
    assert taken[-1][1:] == (Level.L3, Step.REPEAT)
    assert times[-1] > now + timedelta(days=44)
    assert backup or Step.BACKUP not in {step for *_, step in taken}
    reminded = [moment for moment, each, step in taken if step is Step.REMIND and each < Level.L3]
    assert all(is_working_time(moment, calendar) for moment in reminded)


@given(moments, st.sampled_from(LEVELS), st.booleans(), st.sampled_from(Step), st.floats(0, 1e6))
def test_a_timer_that_fires_late_never_goes_back_and_never_ends_the_asking(
    now: datetime, level: Level, backup: bool, step: Step, hours: float
) -> None:
    question = asked(level, now, backup=backup)
    fired = question.due_at + timedelta(hours=hours)
    this = at(step, question, fired)
    assert list(Step).index(this) >= list(Step).index(step)
    following = after(this, question, CLOCKS[level], BERLIN, fired)
    assert this is Step.UP or (following is not None and following.due_at > fired)
