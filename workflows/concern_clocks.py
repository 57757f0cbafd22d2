"""The clocks of a concern: a person acknowledges within seven days, tells what came of it within three months, and asks
later how its reporter has been (EU Directive 2019/1937 Art. 9(1), 19; S44).

They belong to the concern and not to its case, so that a decision ends none of them. Silence moves up (promise 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from storage import cases, concerns, events, outbox, timers
from storage.models import Case, Concern, Outbox, Timer
from storage.timers import NewTimer
from workflows import chasing, living, outgoing, projection, reopening, watching
from workflows.access import may_answer
from workflows.desk import Desk
from workflows.owners import listener_for
from workflows.rules import raised
from workflows.rules.case import State
from workflows.rules.concerns import Mode
from workflows.rules.escalation import Asked, Step
from workflows.rules.holds import ACKNOWLEDGE, FEEDBACK
from workflows.rules.values import Level

REPORTER: Final = "reporter"
"""The part for which the box with the id of a reporter is closed."""
SINCE: Final = ("fine", "worse", "quiet")
CHECKINS: Final = (30, 90, 180)
"""After how many days somebody who wanted it is asked how they have been."""
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that a person owes to a reporter: by when, and how long before that who is asked."""

    why: str
    within: timedelta
    remind: timedelta
    backup: timedelta


PROMISES: Final[Mapping[str, Promise]] = {
    "ack": Promise("concern_ack", ACKNOWLEDGE, 2 * DAY, DAY),
    "feedback": Promise("concern_feedback", FEEDBACK, 14 * DAY, 7 * DAY),
}


NAME_OF: Final[Mapping[str, str]] = {each.why: name for name, each in PROMISES.items()}
"""Which promise a question is about, by why it is asked."""


def acknowledge_by(at: datetime) -> datetime:
    """Give by when a person has acknowledged a concern that was raised at a moment."""
    return at + ACKNOWLEDGE


def answer_by(at: datetime) -> datetime:
    """Give by when its reporter knows what came of it."""
    return at + FEEDBACK


def start(session: Session, case_id: int, now: datetime, *, checkin: bool) -> None:
    """Start the clocks of a new concern."""
    found = [_clock(case_id, name, Step.REMIND, now + each.within - each.remind) for name, each in PROMISES.items()]
    if checkin:
        found += [_clock(case_id, f"since{days}", Step.REMIND, now + timedelta(days=days)) for days in CHECKINS]
    timers.put(session, found, now)


def kept(session: Session, case_id: int, name: str) -> None:
    """End the clock of a promise that was kept."""
    timers.drop_key(session, _key(case_id, name))


def began(session: Session, case_id: int) -> Mapping[str, Any]:
    """Give what the first event of a concern says of it."""
    found = (each.data for each in events.of(session, f"case:{case_id}") if each.kind == raised.OPENED)
    return next(found, {})


def answered(session: Session, case_id: int, days: int) -> bool:
    """Whether a reporter has said how they have been at this time."""
    told = events.of(session, f"case:{case_id}")
    return any(each.kind == raised.SINCE and each.data.get("days") == days for each in told)


def person_of(desk: Desk, concern: Concern) -> str:
    """Give who raised a concern. Raises SealsUnreadable where they are in a box that does not open."""
    if concern.kind == Mode.NAMED:
        return bytes(concern.person_box).decode()
    return desk.seals.unbox(concern.case_id, REPORTER, bytes(concern.person_box))


def step(desk: Desk, found: Timer, now: datetime) -> bool:
    """Do what a clock of a concern calls for; say whether there was anything to do. The case is locked first."""
    _, number, name = found.key.split(":")
    with desk.db.write() as session:
        case, concern = cases.get(session, int(number), lock=True), concerns.of_case(session, int(number))
        timer = timers.take(session, found.id or 0, found.generation)
        if timer is None:
            return False
        if case is None or concern is None or _is_kept(concern, name):
            timers.drop_key(session, timer.key)
        elif name in PROMISES:
            _chase(session, desk, case, concern, name, timer, now)
        else:
            timers.drop_key(session, timer.key)
            outbox.add_many(session, [outgoing.to_reporter(case, outgoing.CONCERN_SINCE, name[5:], now)])
    return True


def worse(session: Session, desk: Desk, case: Case, days: int, now: datetime) -> None:
    """Somebody is treated worse since they spoke up: raise the case, and tell its two. The caller holds it locked."""
    found = living.load(session, desk, case, now)
    # What it shows says so even where its owner is at the top already, and nothing is asked again.
    reopening.take_over(case, found.finding)
    if found.finding.floor_level > case.level or case.state in (State.TRACKED, State.CLOSED):
        case.closed_at = None
        reopening.reopen(session, desk, found, now, {"why": "worse"}, level=found.finding.floor_level)
    session.flush()
    projection.settle(session, living.load(session, desk, case, now), now)
    people = [each for each in (case.owner_id, case.backup_id) if each]
    outbox.add_many(session, outgoing.told(case, outgoing.CONCERN_WORSE, days, people, now))


def is_overtaken(desk: Desk, row: Outbox, case: Case) -> bool:
    """Whether a question about a promise need not leave: it was kept, or somebody else owes it now."""
    with desk.db.read() as session:
        concern = concerns.of_case(session, case.id or 0)
    return concern is None or _is_kept(concern, NAME_OF[row.data["why"]]) or row.data["owner"] != case.owner_id


def _is_kept(concern: Concern, name: str) -> bool:
    """Whether a promise was kept; what came of it says also that somebody has it."""
    given = {"ack": concern.acknowledged_at or concern.answered_at, "feedback": concern.answered_at}
    return given.get(name) is not None


def _chase(session: Session, desk: Desk, case: Case, concern: Concern, name: str, timer: Timer, now: datetime) -> None:
    """The owner is reminded, the backup is asked, and once the time is up the next level; at the top again each day."""
    promise = PROMISES[name]
    due_at = concern.created_at + promise.within
    this = _due_now(Step(timer.step), case, promise, due_at, now)
    question = Asked(Level(case.level), concern.created_at, due_at, case.backup_id is not None)
    if this is Step.REPEAT and _asks_above(session, desk, case, concern, now):
        this = Step.BACKUP
    if case.owner_id is not None:
        chasing.TAKE[this](session, desk, case, question, promise.why, now)
    backup_at = due_at - promise.backup
    # Each step comes later than this one: where nobody is backup, the owner is asked again and then the time is up.
    following, after = (backup_at, Step.BACKUP) if now < backup_at else (due_at, Step.UP)
    if now >= due_at:
        following = now + DAY
    timers.put(session, [_clock(case.id or 0, name, after, max(following, now))], now)


def _asks_above(session: Session, desk: Desk, case: Case, concern: Concern, now: datetime) -> bool:
    """Let somebody of the next level answer beside the owner of a case that rests; say whether they are new to it.

    The case itself goes no further up: nothing is asked of it.
    """
    if case.level >= Level.L3 or case.state not in (State.TRACKED, State.CLOSED):
        return False
    above = Level(case.level + 1)
    found = listener_for(desk, case.product_id, above, lambda each: may_answer(desk, concern, each), now)
    if found.person is None or found.person in (case.owner_id, case.backup_id):
        return False
    case.backup_id = found.person
    session.flush()
    return True


def _due_now(planned: Step, case: Case, promise: Promise, due_at: datetime, now: datetime) -> Step:
    """Give the step that fits this moment, which may be late; a case that rests, or is at the top, goes no further."""
    if planned is Step.REMIND and now < due_at - promise.backup:
        return Step.REMIND
    if now < due_at and case.backup_id is not None:
        return Step.BACKUP
    if now < due_at:
        return Step.REMIND
    may_rise = case.level < Level.L3 and case.state in (State.WAITING, State.ACKNOWLEDGED)
    return Step.UP if may_rise else Step.REPEAT


def _clock(case_id: int, name: str, step: Step, due_at: datetime) -> NewTimer:
    # Without its case: closing one ends the clocks of a case, and what was promised to a reporter stays promised.
    return NewTimer(_key(case_id, name), watching.RAISED, step, due_at)


def _key(case_id: int, name: str) -> str:
    return f"raised:{case_id}:{name}"
