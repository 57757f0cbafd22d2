"""The question whether something still holds: when it is asked, of whom, and what silence does (S10, S13; promise 11).

Its check date ends a mitigation's credit whether or not anybody answers; asking comes after that, in people's hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from workflows.rules.deadlines import WorkCalendar, is_working_time, next_moment_of_work
from workflows.rules.record import Happened

PROMPTS_A_WEEK = 2
"""A person is prompted at most so often a week; what falls due meanwhile comes with the next prompt."""
GATHER = timedelta(minutes=30)
"""How long what falls due is gathered before it is asked in one message."""
SNOOZE = timedelta(days=7)
"""How far a re-check can be put off, once. The credit of a mitigation is not put off with it."""


class Ask(StrEnum):
    """What happens next while a re-check is not answered.

    DUE: the date has come. AGAIN: a reminder. BACKUP: the owner of the case and the backup are asked. UP: the case
    goes one level up and waits for an answer there.
    """

    DUE = "due"
    AGAIN = "again"
    BACKUP = "backup"
    UP = "up"


AFTER_DUE = {Ask.AGAIN: timedelta(days=3), Ask.BACKUP: timedelta(days=4), Ask.UP: timedelta(days=7)}
"""When each step comes, counted from the moment that somebody was asked (S10: a week after, one level up).

Three days before it goes up there is always a working day on which owner and backup hear of it."""

FOLLOWING = {Ask.DUE: Ask.AGAIN, Ask.AGAIN: Ask.BACKUP, Ask.BACKUP: Ask.UP}
PICTURE = 0
"""The number under which the picture as a whole is asked about; mitigations are above it, gaps below (-number)."""

DUE = "case.recheck_due"
REMINDED = "case.recheck_reminded"
BACKUP_ASKED = "case.recheck_backup_asked"
PASSED = "case.recheck_passed"
UNANSWERED = "case.recheck_unanswered"
SNOOZED = "case.recheck_snoozed"
CONFIRMED = "case.picture_confirmed"
"""What happened to a question. Each event holds `number`; those by which people are asked hold `to`."""


def following(step: Ask, asked_at: datetime) -> tuple[Ask, datetime] | None:
    """Give the step after `step` and its moment, for somebody who was asked at `asked_at`; None after UP."""
    after = FOLLOWING.get(step)
    return (after, asked_at + AFTER_DUE[after]) if after else None


def step_of(name: str) -> Ask:
    """Read the step of a clock; one that the release before set says that the date has come."""
    return Ask(name) if name in set(Ask) else Ask.DUE


def slot(after: datetime, calendar: WorkCalendar) -> datetime:
    """Give when a person is asked about what falls due at `after` (aware): at work, after gathering, aware UTC."""
    moment = next_moment_of_work(after, calendar)
    closes = calendar.hours(moment.astimezone(calendar.zone).date())[1]
    if moment + GATHER < closes:
        return moment + GATHER
    moment = next_moment_of_work(closes, calendar)
    opens, closes = calendar.hours(moment.astimezone(calendar.zone).date())
    return opens + min(GATHER, (closes - opens) / 2)


def day_start(now: datetime, calendar: WorkCalendar, days: int = 0) -> datetime:
    """Give the midnight with which a person's day begins, `days` from today, aware UTC."""
    day = now.astimezone(calendar.zone).date() + timedelta(days=days)
    return datetime.combine(day, time(0), tzinfo=calendar.zone).astimezone(UTC)


def week_start(now: datetime, calendar: WorkCalendar, weeks: int = 0) -> datetime:
    """Give the midnight with which a person's ISO week begins, `weeks` from this one, aware UTC."""
    return day_start(now, calendar, 7 * weeks - now.astimezone(calendar.zone).weekday())


def may_prompt(now: datetime, calendar: WorkCalendar, this_week: int, today: int, *, urgent: bool) -> bool:
    """Whether a person can be prompted at `now` who was prompted so often this week and today.

    `urgent`: something at the highest level is among it, which the week's limit does not hold back. Whoever was
    prompted today has what they need for the day in any case.
    """
    return is_working_time(now, calendar) and not today and (urgent or this_week < PROMPTS_A_WEEK)


def next_prompt(now: datetime, calendar: WorkCalendar, this_week: int, today: int, *, urgent: bool) -> datetime:
    """Give when a person who cannot be prompted at `now` is looked at next, aware UTC."""
    if this_week >= PROMPTS_A_WEEK and not urgent:
        return slot(week_start(now, calendar, weeks=1), calendar)
    return slot(day_start(now, calendar, days=1) if today else now, calendar)


def round_of(happened: Sequence[Happened], number: int) -> tuple[Happened, ...]:
    """Give what happened to a question since it was last asked for the first time; nothing where it never was."""
    own = [each for each in happened if each.data.get("number") == number and each.kind in _ROUND]
    first = max((place for place, each in enumerate(own) if each.kind == DUE), default=None)
    return tuple(own[first:]) if first is not None else ()


_ROUND = frozenset({DUE, REMINDED, BACKUP_ASKED, PASSED, UNANSWERED, SNOOZED})


def asked_people(this_round: Sequence[Happened]) -> tuple[str, ...]:
    """Give everybody who was asked in a round, the first asked in front."""
    return tuple(dict.fromkeys(str(who) for each in this_round for who in each.data.get("to") or ()))
