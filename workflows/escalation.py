"""What a clock brings: a reminder, the backup, the next level, and at the top the same question every day (S59).

Silence never decides anything. Each step is one transaction: what happened, who is told and why, and the next clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage import cases, checks, events, outbox, timers
from storage.models import Case, Timer
from workflows import digest, nudging, outgoing, reach, watching
from workflows.desk import Desk
from workflows.opening import assign, cards, standing_card
from workflows.owners import keepers_and_backups
from workflows.rerouting import owner_again
from workflows.rules import escalation
from workflows.rules.case import State
from workflows.rules.deadlines import due
from workflows.rules.escalation import Asked, Step, Watch
from workflows.rules.values import Clocks, Level, Span

CONTAIN_BACKUP = Span(12, "hours")
"""Harm goes on: the backup has half a day before it moves up."""


def step(desk: Desk, timer_id: int, generation: int, now: datetime) -> bool:
    """Do what a clock calls for, once; say whether there was anything to do.

    An act that came first has moved or ended the clock, and then nothing happens. The case is locked before its
    clock, as every act does it, so that a person and a clock never wait for each other.
    """
    with desk.db.read() as session:
        found = timers.peek(session, timer_id, generation)
    if found is None:
        return False
    if found.kind == watching.SIGNAL:
        # It may reach thousands of cases, so it has transactions of its own.
        return reach.work(desk, found, now)
    with desk.db.write() as session:
        case = cases.get(session, found.case_id, lock=True) if found.case_id else None
        timer = timers.take(session, timer_id, generation)
        if timer is None:
            return False
        _STEPS[timer.kind](session, desk, case, timer, now)
    return True


def _answer(session: Session, desk: Desk, case: Case | None, timer: Timer, now: datetime) -> None:
    question = watching.asked(case) if case else None
    if case is None or question is None:
        timers.drop_key(session, timer.key)
        return
    if case.owner_id is None:
        _nobody(session, desk, case, timer, now)
        return
    why = "acknowledge" if case.state == State.WAITING else "decide"
    _advance(session, desk, case, timer, question, desk.policy.clocks(question.level), why, now)


def _contain(session: Session, desk: Desk, case: Case | None, timer: Timer, now: datetime) -> None:
    """Harm that was to be stopped by now: owner and backup, then the next level, then every day (T7)."""
    if case is None or case.state == State.CLOSED or case.contain_due_at is None or case.contained_at is not None:
        timers.drop_key(session, timer.key)
        return
    question = Asked(Level(case.level), case.opened_at, case.contain_due_at, has_backup=True)
    _advance(session, desk, case, timer, question, Clocks(backup=CONTAIN_BACKUP), "contain", now)


def _advance(
    session: Session, desk: Desk, case: Case, timer: Timer, question: Asked, clocks: Clocks, why: str, now: datetime
) -> None:
    """Take the step that is due and set the clock for the next one."""
    this = escalation.at(Step(timer.step), question, now)
    _TAKE[this](session, desk, case, question, why, now)
    told = case.backup_id if this is Step.BACKUP else case.owner_id
    asked_at = watching.at_work(desk, case, now)
    following = escalation.after(this, question, clocks, desk.calendar_of(told), asked_at)
    if following is None and why == "contain":
        # It is with the next level now, where harm that goes on is asked about in the same way.
        again = Step.BACKUP if case.level < Level.L3 else Step.REPEAT
        following = Watch(again, due(CONTAIN_BACKUP, now, desk.calendar_of(case.owner_id)))
    if following is not None:
        # Below the highest level people have their nights, so nobody is passed over there who was not asked.
        when = watching.at_work(desk, case, following.due_at)
        timers.put(session, [watching.clock(case, timer.kind, Watch(following.step, when))], now)


def _remind(session: Session, _desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    seq = _note(session, case, "case.reminded", now, why, [case.owner_id])
    _ask(session, case, outgoing.REMINDER, seq, [case.owner_id], question, why, now)


def _backup(session: Session, _desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    if why == "contain":
        people = [case.owner_id, case.backup_id]
        seq = _note(session, case, "case.contain_late", now, why, people)
        _ask(session, case, outgoing.CONTAIN_LATE, seq, people, question, why, now)
        return
    seq = _note(session, case, "case.backup_asked", now, why, [case.backup_id])
    _ask(session, case, outgoing.BACKUP_ASKED, seq, [case.backup_id], question, why, now)


def _repeat(session: Session, desk: Desk, case: Case, question: Asked, why: str, now: datetime) -> None:
    people = [case.owner_id, case.backup_id]
    if case.sealed and not any(each and desk.can_answer(each, now) for each in people):
        # There is no channel for it, so everybody who holds one of the two roles is asked.
        people = [*people, *keepers_and_backups(desk, case.product_id)]
    seq = _note(session, case, "case.asked_again", now, why, people)
    day = max((now - question.due_at).days, 0) + 1
    _ask(session, case, outgoing.ASKED_AGAIN, seq, people, question, why, now, count=day)


def _up(session: Session, desk: Desk, case: Case, _question: Asked, why: str, now: datetime) -> None:
    """No answer came in time, so the next level is asked; those who sent a check and the former owner learn of it."""
    origin, former = Level(case.level), case.owner_id
    before = standing_card(case)
    submitters = checks.submitters_of(session, case.id or 0)
    owner = assign(session, desk, case, Level(origin + 1), submitters, now)
    session.flush()
    data = {"from": origin.name, "level": Level(case.level).name, "owner": owner.person, "role": owner.role}
    seq = _note(session, case, "case.moved_up", now, why, [owner.person], {**data, "was": former})
    watching.restart(session, desk, case, now)
    if case.level == Level.L3:
        outbox.hurry(session, case.id or 0, now)
    people = [each for each in submitters if each != former]
    told = outgoing.told(case, outgoing.MOVED, seq, people, now)
    if former is not None and former != owner.person:
        told += outgoing.told(case, outgoing.PASSED_ON, seq, [former], now, {"why": why})
    outbox.add_many(session, [*cards(case, before, now), *told])


def _nobody(session: Session, desk: Desk, case: Case, timer: Timer, now: datetime) -> None:
    """Nobody could answer so far: perhaps somebody can now, else the fallback channel hears of it again."""
    if owner_again(session, desk, case, "left", now):
        return
    channel = desk.policy.fallback_channel
    seq = _note(session, case, "case.passed_to_nobody", now, "nobody", [channel])
    if channel is not None:
        outbox.add_many(session, [outgoing.nobody(case, channel, seq, now)])
    _again(session, desk, case, timer, now)


def _again(session: Session, desk: Desk, case: Case, timer: Timer, now: datetime) -> None:
    question = Asked(Level(case.level), now, now, has_backup=False)
    watch = escalation.after(Step.REPEAT, question, Clocks(), watching.calendar_of(desk, case), now)
    if watch is not None:
        when = watching.at_work(desk, case, watch.due_at)
        timers.put(session, [watching.clock(case, timer.kind, Watch(watch.step, when))], now)


def _note(
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


def _ask(
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
    data = {"why": why, "due_at": question.due_at.isoformat(), "count": count}
    outbox.add_many(session, outgoing.asked(case, kind, seq, to, now, data))


def _stream(case: Case) -> str:
    return f"case:{case.id}"


_TAKE: Mapping[Step, Callable[[Session, Desk, Case, Asked, str, datetime], None]] = {
    Step.REMIND: _remind,
    Step.BACKUP: _backup,
    Step.UP: _up,
    Step.REPEAT: _repeat,
}
_STEPS: Mapping[str, Callable[[Session, Desk, Case | None, Timer, datetime], None]] = {
    watching.ANSWER: _answer,
    watching.CONTAIN: _contain,
    watching.RECHECK: nudging.step,
    watching.LOOK_AGAIN: nudging.step,
    watching.PROMPTS: nudging.prompt,
    watching.DIGEST: digest.send_weekly,
}
