"""When people are asked whether something still holds: at work, together, twice a week at most, nothing forgotten."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules import rechecks
from workflows.rules.deadlines import WorkCalendar, is_working_time
from workflows.rules.rechecks import AFTER_DUE, PROMPTS_A_WEEK, Ask, following, may_prompt, next_prompt, round_of, slot
from workflows.rules.record import Happened

BERLIN = WorkCalendar(ZoneInfo("Europe/Berlin"), end=time(17, 30))
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine in the morning in Berlin."""

CALENDARS = st.builds(
    WorkCalendar,
    zone=st.sampled_from(
        [ZoneInfo(name) for name in ("Europe/Berlin", "America/Sao_Paulo", "Pacific/Auckland", "UTC")]
    ),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    start=st.sampled_from([time(6), time(9), time(22)]),
    end=st.sampled_from([time(22, 10), time(23, 30)]),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 4, 30), timezones=st.just(UTC))


@dataclass(frozen=True)
class Prompted:
    """One message to a person: when, what was in it, and whether something in it stood at the highest level."""

    at: datetime
    dues: tuple[datetime, ...]
    urgent: bool


def lives(dues: list[tuple[datetime, bool]], calendar: WorkCalendar) -> list[Prompted]:
    """Let things fall due for one person, and give the messages that they get."""
    coming, waiting, sent = sorted(dues), [], []
    clock: datetime | None = None
    while coming or clock:
        if coming and (clock is None or coming[0][0] <= clock):
            waiting.append(coming.pop(0))
            when = slot(waiting[-1][0], calendar)
            clock = min(clock, when) if clock else when
            continue
        assert clock is not None
        now, urgent = clock, any(each for _, each in waiting)
        week = sum(each.at >= rechecks.week_start(now, calendar) for each in sent)
        today = sum(each.at >= rechecks.day_start(now, calendar) for each in sent)
        if may_prompt(now, calendar, week, today, urgent=urgent):
            sent.append(Prompted(now, tuple(due for due, _ in waiting), urgent))
            waiting, clock = [], None
        else:
            clock = next_prompt(now, calendar, week, today, urgent=urgent)
            assert clock > now, "a clock that does not move would never end"
    assert not waiting
    return sent


def week_of(moment: datetime, calendar: WorkCalendar) -> tuple[int, int]:
    return tuple(moment.astimezone(calendar.zone).date().isocalendar()[:2])  # type: ignore[return-value]


@given(st.lists(MOMENTS, max_size=60), CALENDARS)
def test_s10_nobody_gets_more_than_two_prompts_in_any_week_and_nothing_due_is_forgotten(
    dues: list[datetime], calendar: WorkCalendar
):
    sent = lives([(due, False) for due in dues], calendar)

    assert Counter(due for each in sent for due in each.dues) == Counter(dues)
    weeks = Counter(week_of(each.at, calendar) for each in sent)
    assert all(count <= PROMPTS_A_WEEK for count in weeks.values())
    assert all(each.at >= due for each in sent for due in each.dues)


@given(st.lists(st.tuples(MOMENTS, st.booleans()), max_size=40), CALENDARS)
def test_more_than_two_prompts_in_a_week_hold_something_of_the_highest_level(
    dues: list[tuple[datetime, bool]], calendar: WorkCalendar
):
    sent = lives(dues, calendar)

    seen: Counter[tuple[int, int]] = Counter()
    for each in sent:
        week = week_of(each.at, calendar)
        assert each.urgent or seen[week] < PROMPTS_A_WEEK
        seen[week] += 1
    days = [each.at.astimezone(calendar.zone).date() for each in sent]
    assert len(days) == len(set(days)), "one message a day holds everything"


@given(MOMENTS, CALENDARS)
def test_a_slot_lies_in_working_hours_and_never_before_what_is_asked(after: datetime, calendar: WorkCalendar):
    moment = slot(after, calendar)

    assert moment >= after
    assert is_working_time(moment, calendar)


def test_what_falls_due_in_the_same_half_hour_is_asked_together():
    first = slot(MONDAY, BERLIN)

    assert first == MONDAY + timedelta(minutes=30)
    sent = lives([(MONDAY + timedelta(minutes=each), False) for each in (0, 5, 29)], BERLIN)
    assert len(sent) == 1


def test_what_falls_due_at_the_end_of_a_day_waits_for_the_next_one_with_its_half_hour():
    evening = datetime(2026, 3, 6, 16, 10, tzinfo=UTC)

    assert slot(evening, BERLIN) == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)


def test_a_third_prompt_of_the_week_waits_for_monday_and_one_at_the_highest_level_does_not():
    thursday = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)

    assert not may_prompt(thursday, BERLIN, 2, 0, urgent=False)
    assert next_prompt(thursday, BERLIN, 2, 0, urgent=False) == datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
    assert may_prompt(thursday, BERLIN, 2, 0, urgent=True)


def test_nobody_is_prompted_at_night_or_twice_on_a_day():
    night = datetime(2026, 3, 5, 22, 0, tzinfo=UTC)

    assert not may_prompt(night, BERLIN, 0, 0, urgent=True)
    assert not may_prompt(MONDAY, BERLIN, 1, 1, urgent=True)
    assert next_prompt(MONDAY, BERLIN, 1, 1, urgent=True).date() == date(2026, 3, 3)


def test_s10_a_week_of_silence_after_the_question_moves_up_and_others_hear_of_it_on_a_working_day_before():
    assert [following(each, MONDAY) for each in (Ask.DUE, Ask.AGAIN, Ask.BACKUP, Ask.UP)] == [
        (Ask.AGAIN, MONDAY + timedelta(days=3)),
        (Ask.BACKUP, MONDAY + timedelta(days=4)),
        (Ask.UP, MONDAY + timedelta(days=7)),
        None,
    ]
    for weekday in range(5):
        asked = slot(MONDAY + timedelta(days=weekday), BERLIN)
        backup = slot(asked + AFTER_DUE[Ask.BACKUP], BERLIN)
        assert asked + AFTER_DUE[Ask.UP] - backup >= timedelta(hours=8)


@pytest.mark.parametrize(("name", "step"), [("due", Ask.DUE), ("up", Ask.UP), ("repeat", Ask.DUE)])
def test_a_clock_of_an_earlier_release_says_that_the_date_has_come(name: str, step: Ask):
    assert rechecks.step_of(name) is step


def test_a_round_begins_with_the_last_first_question_and_knows_whom_it_asked():
    told = [
        Happened(1, rechecks.DUE, MONDAY, None, {"number": 1, "to": ["U0DIEGO"]}),
        Happened(2, rechecks.SNOOZED, MONDAY, "U0DIEGO", {"number": 1}),
        Happened(3, rechecks.DUE, MONDAY, None, {"number": 2, "to": ["U0AMINA"]}),
        Happened(4, rechecks.DUE, MONDAY, None, {"number": 1, "to": ["U0DIEGO"]}),
        Happened(5, "record.recheck", MONDAY, "U0DIEGO", {"number": 1}),
        Happened(6, rechecks.BACKUP_ASKED, MONDAY, None, {"number": 1, "to": ["U0NOOR", "U0DIEGO"]}),
    ]

    assert [each.seq for each in round_of(told, 1)] == [4, 6]
    assert rechecks.asked_people(round_of(told, 1)) == ("U0DIEGO", "U0NOOR")
    assert round_of(told, 7) == ()
