"""What silence does to a case: a reminder, the backup, the next level, at the top the same question every day (S59).

Each is part of the caller's transaction, who holds the case locked: what happened, and who is told and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage import checks, events, outbox
from storage.models import Case
from workflows import outgoing, watching
from workflows.desk import Desk
from workflows.opening import assign, cards, standing_card
from workflows.owners import also_asked
from workflows.rules.escalation import Asked, Step
from workflows.rules.values import Level


def remind(session: Session, _desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    """Remind the owner before the time is up."""
    seq = note(session, case, "case.reminded", now, why, [case.owner_id])
    ask(session, case, outgoing.REMINDER, seq, [case.owner_id], question, why, now)


def backup(session: Session, _desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    """Ask the backup too; where harm goes on, both are asked."""
    if why == "contain":
        people = [case.owner_id, case.backup_id]
        seq = note(session, case, "case.contain_late", now, why, people)
        ask(session, case, outgoing.CONTAIN_LATE, seq, people, question, why, now)
        return
    seq = note(session, case, "case.backup_asked", now, why, [case.backup_id])
    ask(session, case, outgoing.BACKUP_ASKED, seq, [case.backup_id], question, why, now)


def repeat(session: Session, desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    """Ask owner and backup the same again; at the top nobody is left above them."""
    people = [case.owner_id, case.backup_id]
    if case.sealed and not any(each and desk.can_answer(each, now) for each in people):
        # There is no channel for it, so everybody who holds one of the two roles is asked.
        people = [*people, *also_asked(session, desk, case)]
    seq = note(session, case, "case.asked_again", now, why, people)
    day = max((now - question.due_at).days, 0) + 1
    ask(session, case, outgoing.ASKED_AGAIN, seq, people, question, why, now, count=day)


def up(session: Session, desk: Desk, case: Case, _question: Asked, why: str, now: datetime) -> None:
    """No answer came in time, so the next level is asked; those who sent a check and the former owner learn of it."""
    origin, former = Level(case.level), case.owner_id
    before = standing_card(case)
    submitters = checks.submitters_of(session, case.id or 0)
    owner = assign(session, desk, case, Level(origin + 1), submitters, now)
    session.flush()
    data = {"from": origin.name, "level": Level(case.level).name, "owner": owner.person, "role": owner.role}
    seq = note(session, case, "case.moved_up", now, why, [owner.person], {**data, "was": former})
    watching.restart(session, desk, case, now)
    if case.level == Level.L3:
        outbox.hurry(session, case.id or 0, now)
    people = [each for each in submitters if each != former]
    told = outgoing.told(case, outgoing.MOVED, seq, people, now)
    if former is not None and former != owner.person:
        told += outgoing.told(case, outgoing.PASSED_ON, seq, [former], now, {"why": why})
    outbox.add_many(session, [*cards(case, before, now), *told])


def note(
    session: Session,
    case: Case,
    kind: str,
    now: datetime,
    why: str,
    to: Sequence[str | None],
    data: Mapping[str, str | None] | None = None,
) -> int:
    """Record a step with who is told and why; give the number of the event."""
    case.updated_at = now
    session.flush()
    held = {**(data or {}), "to": [each for each in to if each], "why": why, "level": Level(case.level).name}
    return events.append(session, _stream(case), kind, at=now, data=held).seq


def ask(
    session: Session,
    case: Case,
    kind: str,
    seq: int,
    to: Sequence[str | None],
    question: Asked,
    why: str,
    now: datetime,
    count: int = 0,
) -> None:
    """Promise the messages that ask people for an answer."""
    data = {"why": why, "due_at": question.due_at.isoformat(), "count": count}
    outbox.add_many(session, outgoing.asked(case, kind, seq, to, now, data))


def _stream(case: Case) -> str:
    return f"case:{case.id}"


TAKE: Mapping[Step, Callable[[Session, Desk, Case, Asked, str, datetime], None]] = {
    Step.REMIND: remind,
    Step.BACKUP: backup,
    Step.UP: up,
    Step.REPEAT: repeat,
}
"""What is done at each step of silence."""
