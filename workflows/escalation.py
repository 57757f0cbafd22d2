"""What a clock brings: a reminder, the backup, the next level, and at the top the same question every day (S59).

Silence never decides anything. Each step is one transaction: what happened, who is told and why, and the next clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session

from storage import cases, outbox, timers
from storage.models import Case, Timer
from workflows import chasing, concern_clocks, digest, duties, nudging, outgoing, reach, watching
from workflows.desk import Desk
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
    if found.kind == watching.RAISED:
        # It may ask about a case that is closed, so it belongs to none of the clocks that end with a case.
        return concern_clocks.step(desk, found, now)
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
    chasing.TAKE[this](session, desk, case, question, why, now)
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


def _nobody(session: Session, desk: Desk, case: Case, timer: Timer, now: datetime) -> None:
    """Nobody could answer so far: perhaps somebody can now, else the fallback channel hears of it again."""
    if owner_again(session, desk, case, "left", now):
        return
    # What is sealed goes to no channel, whatever happens.
    channel = None if case.sealed else desk.policy.fallback_channel
    seq = chasing.note(session, case, "case.passed_to_nobody", now, "nobody", [channel])
    if channel is not None:
        outbox.add_many(session, [outgoing.nobody(case, channel, seq, now)])
    _again(session, desk, case, timer, now)


def _again(session: Session, desk: Desk, case: Case, timer: Timer, now: datetime) -> None:
    question = Asked(Level(case.level), now, now, has_backup=False)
    watch = escalation.after(Step.REPEAT, question, Clocks(), watching.calendar_of(desk, case), now)
    if watch is not None:
        when = watching.at_work(desk, case, watch.due_at)
        timers.put(session, [watching.clock(case, timer.kind, Watch(watch.step, when))], now)


_STEPS: Mapping[str, Callable[[Session, Desk, Case | None, Timer, datetime], None]] = {
    watching.ANSWER: _answer,
    watching.CONTAIN: _contain,
    watching.RECHECK: nudging.step,
    watching.LOOK_AGAIN: nudging.step,
    watching.PROMPTS: nudging.prompt,
    watching.DIGEST: digest.send_weekly,
    watching.CONCERN: duties.overdue,
    watching.INBOX: duties.send_daily,
    watching.PULSE: duties.send_pulse,
}
