"""The clocks of a concern: a person acknowledges within seven days, tells what came of it within three months, and asks
later how its reporter has been (EU Directive 2019/1937 Art. 9(1), 19; S44). What is added once the case rests is owed
an answer too.

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
RESTING: Final = frozenset({State.TRACKED, State.CLOSED})
"""Where a case is asked nothing, though something may be owed to its reporter."""


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
    "more": Promise("concern_added", ACKNOWLEDGE, 2 * DAY, DAY),
}
"""`more` is owed to a reporter who adds something once their case rests: nothing else would ask anybody to read it."""
ANSWERED: Final = "case.concern_answered"
ADDED: Final = "case.concern_added"

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
    found = [_begin(case_id, name, now) for name in ("ack", "feedback")]
    if checkin:
        found += [_clock(case_id, f"since{days}", Step.REMIND, now + timedelta(days=days)) for days in CHECKINS]
    timers.put(session, found, now)


def again(session: Session, desk: Desk, case: Case, concern: Concern, now: datetime) -> None:
    """A reporter has written more. Where the case rests somebody owes them an answer, who is here to give it.

    The caller holds the case locked, and has noted what was added.
    """
    number = case.id or 0
    if case.state not in RESTING or timers.running(session, {_key(number, "ack"), _key(number, "more")}):
        return
    owner = case.owner_id
    if owner is None or not desk.can_answer(owner, now):
        why = "away" if owner is not None and desk.directory.known(owner).active else "left"
        another_listener(session, desk, case, concern, why, now)
    timers.put(session, [_begin(number, "more", now)], now)


def another_listener(session: Session, desk: Desk, case: Case, concern: Concern, why: str, now: datetime) -> int | None:
    """Let somebody else listen where a case rests, whose decision stands; give the number of that event.

    None where there is nobody else. `why` its owner does not: left, away. The caller holds the case locked.
    """
    fresh = listener_for(desk, case.product_id, Level(case.level), lambda each: may_answer(desk, concern, each), now)
    if fresh.person is None or fresh.person == case.owner_id:
        return None
    gone, case.owner_id, case.backup_id, case.owner_role = case.owner_id, fresh.person, fresh.backup, fresh.role
    session.flush()
    data = {"gone": gone, "owner": fresh.person, "role": fresh.role, "why": why, "state": str(case.state)}
    return events.append(session, f"case:{case.id}", "case.owner_replaced", at=now, data=data).seq


def owed_since(session: Session, concern: Concern, name: str) -> datetime | None:
    """Give since when a reporter waits for what was promised; None where they do not (any more)."""
    if name == "more":
        return _waits_since(session, concern.case_id)
    return None if _is_kept(concern, name) else concern.created_at


def more_by(session: Session, case_id: int) -> datetime | None:
    """Give by when a reporter hears of what they added; None where nothing is owed for it."""
    since = _waits_since(session, case_id) if timers.running(session, {_key(case_id, "more")}) else None
    return since + PROMISES["more"].within if since is not None else None


def _waits_since(session: Session, case_id: int) -> datetime | None:
    """Give when a reporter wrote for the first time after the last answer, None where they did not."""
    since: datetime | None = None
    for each in events.of(session, f"case:{case_id}"):
        if each.kind == ANSWERED:
            since = None
        elif each.kind == ADDED:
            since = since or each.at
    return since


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
        since = owed_since(session, concern, name) if concern is not None and name in PROMISES else None
        if case is None or concern is None or (name in PROMISES and since is None):
            timers.drop_key(session, timer.key)
        elif since is not None:
            _chase(session, desk, case, concern, name, since, timer, now)
        else:
            timers.drop_key(session, timer.key)
            outbox.add_many(session, [outgoing.to_reporter(case, outgoing.CONCERN_SINCE, name[5:], now)])
    return True


def worse(session: Session, desk: Desk, case: Case, days: int, now: datetime) -> None:
    """Somebody is treated worse since they spoke up: raise the case, and tell its two. The caller holds it locked."""
    found = living.load(session, desk, case, now)
    # What it shows says so even where its owner is at the top already, and nothing is asked again.
    reopening.take_over(case, found.finding)
    if found.finding.floor_level > case.level or case.state in RESTING:
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
        is_owed = concern is not None and owed_since(session, concern, NAME_OF[row.data["why"]]) is not None
    return not is_owed or row.data["owner"] != case.owner_id


def _is_kept(concern: Concern, name: str) -> bool:
    """Whether a promise was kept; what came of it says also that somebody has it."""
    given = {"ack": concern.acknowledged_at or concern.answered_at, "feedback": concern.answered_at}
    return given.get(name) is not None


def _chase(
    session: Session,
    desk: Desk,
    case: Case,
    concern: Concern,
    name: str,
    since: datetime,
    timer: Timer,
    now: datetime,
) -> None:
    """The owner is reminded, the backup is asked, and once the time is up the next level; at the top again each day."""
    promise = PROMISES[name]
    due_at = since + promise.within
    this = _due_now(Step(timer.step), case, promise, due_at, now)
    question = Asked(Level(case.level), since, due_at, case.backup_id is not None)
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
    if case.level >= Level.L3 or case.state not in RESTING:
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


def _begin(case_id: int, name: str, now: datetime) -> NewTimer:
    promise = PROMISES[name]
    return _clock(case_id, name, Step.REMIND, now + promise.within - promise.remind)


def _clock(case_id: int, name: str, step: Step, due_at: datetime) -> NewTimer:
    # Without its case: closing one ends the clocks of a case, and what was promised to a reporter stays promised.
    return NewTimer(_key(case_id, name), watching.RAISED, step, due_at)


def _key(case_id: int, name: str) -> str:
    return f"raised:{case_id}:{name}"
