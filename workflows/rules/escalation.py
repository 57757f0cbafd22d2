"""What silence does: remind, ask the backup, move up, and at the top say it again every day (S59, promise 6).

No step closes a case or decides it. Every function is pure: the caller keeps the timer, tells people, and asks here
what comes next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from workflows.rules.deadlines import WorkCalendar, due, reminder
from workflows.rules.tables import REPEAT
from workflows.rules.values import Clocks, Level

SOONEST = timedelta(hours=6)
"""Between two calls at the top there is at least this much."""


class Step(StrEnum):
    """What happens next while an answer is owed."""

    REMIND = "remind"
    BACKUP = "backup"
    UP = "up"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Watch:
    """The next step, and the moment (aware UTC) at which it is taken unless somebody answers before."""

    step: Step
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: the level, when (aware UTC), until when, and whether a backup can step in."""

    level: Level
    asked_at: datetime
    due_at: datetime
    has_backup: bool


def first(asked: Asked, clocks: Clocks, calendar: WorkCalendar) -> Watch:
    """Give what to watch for once somebody was asked: a reminder, or where none fits, the step after the deadline.

    `calendar` is the owner's: only L3 is reminded outside their working hours. `clocks` is taken so that every
    question here is asked in the same way; what the first step needs of them is already in `asked.due_at`.
    """
    del clocks
    moment = reminder(asked.asked_at, asked.due_at, calendar, quiet=asked.level < Level.L3)
    if moment is None:
        return Watch(_missed(asked), asked.due_at)
    return Watch(Step.REMIND, moment)


def at(step: Step, asked: Asked, now: datetime) -> Step:
    """Give the step to take when a timer of `step` fires at `now`, which may be late, or after people changed.

    A reminder whose deadline has passed is not sent any more: what follows the deadline is due. A step is only
    ever replaced by one that comes later, so that being late never gives anybody more silence. A daily call stays
    one at every level. Callers pass timers that are due; one that fires early is theirs to leave alone.
    """
    if step is Step.REMIND and now < asked.due_at:
        return Step.REMIND
    if step in (Step.REMIND, Step.BACKUP):
        return _missed(asked)
    return _onwards(asked) if step is Step.UP else step


def after(step: Step, asked: Asked, clocks: Clocks, calendar: WorkCalendar, now: datetime) -> Watch | None:
    """Give what to watch for once `step` was taken at `now`.

    `calendar` is that of whoever was told: after BACKUP the backup's, whose time runs from now and not from the
    missed deadline. None after UP: the case is with its next owner, and the clock of that level starts by `first`.
    """
    if step is Step.REMIND:
        return Watch(_missed(asked), asked.due_at)
    if step is Step.BACKUP:
        # A level without a time for its backup gives them as long as the top waits between two calls.
        return Watch(_onwards(asked), due(clocks.backup or REPEAT, now, calendar))
    if step is Step.REPEAT:
        return Watch(Step.REPEAT, _next_morning(now, calendar))
    return None


def _next_morning(now: datetime, calendar: WorkCalendar) -> datetime:
    """Give the next hour at which the day of whoever is asked begins, weekends too, and not just after `now`.

    The highest level is asked at any hour once; every day after that it is asked in the morning.
    """
    for ahead in range(3):
        day = now.astimezone(calendar.zone).date() + timedelta(days=ahead)
        morning = datetime.combine(day, calendar.start, tzinfo=calendar.zone).astimezone(UTC)
        if morning >= now + SOONEST:
            return morning
    return now + timedelta(days=1)


def _missed(asked: Asked) -> Step:
    """What follows a missed deadline: the backup where there is one."""
    return Step.BACKUP if asked.has_backup else _onwards(asked)


def _onwards(asked: Asked) -> Step:
    """What follows when nobody at this level answered: up, and at the top the daily call."""
    return Step.REPEAT if asked.level == Level.L3 else Step.UP
