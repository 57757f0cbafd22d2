"""Which clocks run for a case: one for its answer, one where harm is to be stopped first (S59, T7; promise 6).

Clocks are rows with a due time. They are set from what the case is, in the transaction that changes the case: an
answer ends its clock, a new owner starts one, and nothing has to be remembered anywhere else.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import timers
from storage.models import Case
from storage.timers import NewTimer
from workflows.desk import Desk
from workflows.rules import escalation
from workflows.rules.case import State
from workflows.rules.deadlines import WorkCalendar, due, next_moment_of_work
from workflows.rules.escalation import Asked, Step, Watch
from workflows.rules.tables import REPEAT
from workflows.rules.values import Level

ANSWER = "answer"
CONTAIN = "contain"
LOOK_AGAIN = "look_again"
RECHECK = "recheck"
PROMPTS = "prompts"
SIGNAL = "signal"
DIGEST = "digest"
CONCERN = "concern"
RAISED = "raised"
INBOX = "inbox"
PULSE = "pulse"
OF_AN_OPEN_CASE = (ANSWER, CONTAIN)


def key_of(case_id: int, kind: str) -> str:
    """Give the name of a clock of a case."""
    return f"case:{case_id}:{kind}"


def clock(case: Case, kind: str, watch: Watch) -> NewTimer:
    """Give the row of a clock of a case."""
    return NewTimer(key_of(case.id or 0, kind), kind, watch.step, watch.due_at, case.id)


def asked(case: Case) -> Asked | None:
    """Say what the owner of a case is asked now and by when; None where nothing is asked."""
    waiting = case.state == State.WAITING
    due_at = case.ack_due_at if waiting else case.decide_due_at
    since = case.asked_at if waiting else case.acknowledged_at
    if case.state in (State.CLOSED, State.TRACKED) or due_at is None:
        return None
    return Asked(Level(case.level), since or case.updated_at, due_at, case.backup_id is not None)


def calendar_of(desk: Desk, case: Case) -> WorkCalendar:
    """Give the calendar by which the owner of a case answers; the company's where nobody owns it."""
    return desk.calendar_of(case.owner_id)


def at_work(desk: Desk, case: Case, moment: datetime) -> datetime:
    """Give the moment at which people below the highest level can be asked: then, or when they are at work next."""
    return moment if case.level >= Level.L3 else next_moment_of_work(moment, calendar_of(desk, case))


def wanted(desk: Desk, case: Case, now: datetime) -> list[NewTimer]:
    """Give the clocks that should run for a case as it stands. An open case always has one."""
    question = asked(case)
    if question is None:
        return _containing(desk, case)
    calendar = calendar_of(desk, case)
    if case.owner_id is None:
        # Nobody can answer: the fallback channel is told, and told again every day until somebody takes it.
        first = Watch(Step.REPEAT, at_work(desk, case, due(REPEAT, now, calendar)))
    else:
        first = escalation.first(question, desk.policy.clocks(question.level), calendar)
    return [clock(case, ANSWER, first), *_containing(desk, case)]


def _containing(desk: Desk, case: Case) -> list[NewTimer]:
    """Give the clock for harm that is to be stopped; it runs on whatever was decided about the launch (T7)."""
    if case.state == State.CLOSED or case.contain_due_at is None or case.contained_at is not None:
        return []
    return [clock(case, CONTAIN, Watch(Step.BACKUP, at_work(desk, case, case.contain_due_at)))]


def start(session: Session, desk: Desk, case: Case, now: datetime) -> bool:
    """Start the clocks of a case that has none; say whether it should have any."""
    found = wanted(desk, case, now)
    timers.put(session, found, now)
    return bool(found)


def contain(session: Session, desk: Desk, case: Case, now: datetime) -> None:
    """Start the clock for harm that is to be stopped; the one for the answer goes on as it stands."""
    timers.put(session, [each for each in wanted(desk, case, now) if each.kind == CONTAIN], now)


def restart(session: Session, desk: Desk, case: Case, now: datetime) -> None:
    """Set the clocks of a case anew after an act; what is not asked any more ends.

    A clock for containing harm that runs already goes on as it stands.
    """
    found = wanted(desk, case, now)
    kinds = {each.kind for each in found}
    timers.drop(session, case.id or 0, [kind for kind in OF_AN_OPEN_CASE if kind not in kinds])
    running = timers.get(session, key_of(case.id or 0, CONTAIN)) if CONTAIN in kinds else None
    timers.put(session, [each for each in found if each.kind != CONTAIN or running is None], now)
