"""Ask people whether something still holds, few times and together; silence moves up (S10, S13; promises 6 and 11).

A check date takes the credit away whether or not anybody is asked (`rules.mitigations`). What comes here is the asking:
who, when in their working hours, in one message with what else is due, and what follows while nobody answers. Each step
is one transaction. A step that asks sets the clock of the person last, so that two never wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, events, nudges, outbox, timers
from storage.models import Case, Nudge, Outbox, Timer
from storage.timers import NewTimer
from workflows import living, outgoing, projection, questions, rechecks, reopening, watching
from workflows.desk import Desk
from workflows.living import Living
from workflows.rules import rechecks as rules
from workflows.rules.case import State
from workflows.rules.decision import Outcome
from workflows.rules.rechecks import AFTER_DUE, PICTURE, Ask
from workflows.rules.record import REOPENED
from workflows.rules.values import Level, Severity

UNANSWERED = "recheck"
"""Why a case is asked about again, where nobody answered a re-check."""


KEPT = timedelta(days=90)
"""How long it stays known whom the bot has asked what; the events of the cases tell of it for good."""


def step(session: Session, desk: Desk, case: Case | None, timer: Timer, now: datetime) -> None:
    """Take the step of a re-check that is due. The caller holds the case and the clock locked."""
    if case is None or case.state == State.CLOSED:
        timers.drop_key(session, timer.key)
        if case is not None and timer.kind == watching.LOOK_AGAIN and case.look_again_at is not None:
            _as_promised(session, case, now)
        return
    found = living.load(session, desk, case, now)
    if not rechecks.stands(found, timer):
        number, date = rechecks.number_of(timer.key), rechecks.due_at(found, rechecks.number_of(timer.key))
        timers.drop_key(session, timer.key)
        projection.settle(session, found, now)
        if timer.step == Ask.DUE and date is not None and timer.due_at < date and not rechecks.is_early(timer.key):
            # Somebody wanted it looked at before its day.
            rechecks.look_now(session, found, now, [number])
        return
    _TAKE[rules.step_of(timer.step)](session, desk, found, timer, now)


def _as_promised(session: Session, case: Case, now: datetime) -> None:
    """Ask about a case that an earlier release closed with its decision, and with a day on which to look again."""
    people = [each for each in dict.fromkeys((case.keeper_id, case.decided_by, case.owner_id)) if each]
    data = {"to": people, "why": "date", "level": Level(case.level).name}
    seq = events.append(session, f"case:{case.id}", "case.look_again", at=now, data=data).seq
    outbox.add_many(session, outgoing.told(case, outgoing.LOOK_AGAIN, seq, people, now))


def _due(session: Session, desk: Desk, found: Living, timer: Timer, now: datetime) -> None:
    """The date has come: what it earned is gone, the level follows, and whoever looks after it is asked."""
    case, number = found.case, rechecks.number_of(timer.key)
    if not rechecks.is_early(timer.key):
        timers.drop_key(session, rechecks.key_of(case.id or 0, number, early=True))
    people = questions.who(desk, session, found, number, now)
    why = "changed" if rechecks.is_early(timer.key) else "date"
    _note(session, case, rules.DUE, number, people, now, why)
    reopening.follow(session, desk, found, now, "recheck_due")
    if number == PICTURE and case.state != State.TRACKED:
        # It waits for its owner's answer now, who looks at the whole of it.
        timers.drop_key(session, timer.key)
        return
    asked_at = rules.slot(now, desk.calendar_of(people[0] if people else case.owner_id))
    _ask(session, desk, found, number, people, now, _next(timer, Ask.AGAIN, asked_at + AFTER_DUE[Ask.AGAIN]))


def _again(session: Session, desk: Desk, found: Living, timer: Timer, now: datetime) -> None:
    """A reminder, three days after the question. Where it could not be asked yet, its time has not begun."""
    number = rechecks.number_of(timer.key)
    asked = rules.asked_people(rules.round_of(found.happened, number))
    reached = [_reached(session, desk, found, number, person, now) for person in asked]
    begins = max(reached, default=now - AFTER_DUE[Ask.AGAIN])
    if begins + AFTER_DUE[Ask.AGAIN] > now:
        timers.put(session, [_next(timer, Ask.AGAIN, begins + AFTER_DUE[Ask.AGAIN])], now)
        return
    people = questions.who(desk, session, found, number, now)
    _note(session, found.case, rules.REMINDED, number, people, now, "silence")
    nudges.end(session, found.case.id or 0, number)
    _ask(session, desk, found, number, people, now, _after(timer, Ask.AGAIN, Ask.BACKUP, now))


def _reached(session: Session, desk: Desk, found: Living, number: int, person: str, now: datetime) -> datetime:
    """Give when a question reached a person, or will at the earliest: when they are prompted next."""
    own = [each for each in nudges.open_of(session, person) if (each.case_id, each.number) == (found.case.id, number)]
    if not own:
        return now - AFTER_DUE[Ask.AGAIN]
    clock = timers.get(session, _key(person))
    later = clock.due_at if clock else rules.slot(now, desk.calendar_of(person))
    return own[0].asked_at or max(later, own[0].due_at)


def _backup(session: Session, desk: Desk, found: Living, timer: Timer, now: datetime) -> None:
    """Whoever answers for the case, and their backup, are asked too."""
    case, number = found.case, rechecks.number_of(timer.key)
    asked = rules.asked_people(rules.round_of(found.happened, number))
    others = [each for each in dict.fromkeys((case.owner_id, case.backup_id)) if each and each not in asked]
    people = [each for each in others if questions.able(desk, session, found, number, each, now)]
    _note(session, case, rules.BACKUP_ASKED, number, people, now, "silence")
    _ask(session, desk, found, number, people, now, _after(timer, Ask.BACKUP, Ask.UP, now))


def _up(session: Session, desk: Desk, found: Living, timer: Timer, now: datetime) -> None:
    """A week of silence moves the case one level up, once for everything that was asked together (S10)."""
    case, number = found.case, rechecks.number_of(timer.key)
    this_round = rules.round_of(found.happened, number)
    _note(session, case, rules.UNANSWERED, number, [], now, "silence")
    # The question stays open on the home of those who were asked; its clock has done what it can.
    timers.drop_key(session, timer.key)
    if case.decision in (Outcome.STOP, Outcome.EXIT) and case.state == State.TRACKED:
        # Silence about a launch that was stopped does not open it again; the record is asked about in its rhythm.
        case.look_again_at = now + desk.policy.cadence[Severity(case.severity)]
        projection.settle(session, living.load(session, desk, case, now), now)
        return
    moved = [each for each in found.happened if each.kind == REOPENED and each.data.get("why") == UNANSWERED]
    if this_round and moved and moved[-1].seq > this_round[0].seq:
        return
    higher = Level(min(case.level + 1, Level.L3))
    data = {"why": UNANSWERED, "number": number}
    reopening.reopen(session, desk, living.load(session, desk, case, now), now, data, level=higher)
    projection.settle(session, living.load(session, desk, case, now), now)


_TAKE: Mapping[Ask, Callable[[Session, Desk, Living, Timer, datetime], None]] = {
    Ask.DUE: _due,
    Ask.AGAIN: _again,
    Ask.BACKUP: _backup,
    Ask.UP: _up,
}


def prompt(session: Session, desk: Desk, _case: Case | None, timer: Timer, now: datetime) -> None:
    """Ask one person, in one message, everything that is due, if it is their hour and they were not asked too often."""
    person = _person(timer.key)
    waiting = [each for each in nudges.open_of(session, person) if each.state == "due"]
    ready = [each for each in waiting if each.due_at <= now]
    if not ready:
        _later(session, desk, timer, waiting, now)
        return
    calendar = desk.calendar_of(person)
    urgent = any(questions.case_at_top(cases.get(session, each.case_id)) for each in ready)
    week = nudges.prompts_since(session, person, rules.week_start(now, calendar))
    today = nudges.prompts_since(session, person, rules.day_start(now, calendar))
    if not rules.may_prompt(now, calendar, week, today, urgent=urgent):
        when = rules.next_prompt(now, calendar, week, today, urgent=urgent)
        timers.put(session, [_clock(person, when)], now)
        return
    batch = f"{outgoing.NUDGE}:{person}:{int(now.timestamp())}"
    outbox.add(session, batch, outgoing.NUDGE, person, due_at=now, data={"batch": batch})
    nudges.mark_asked(session, [each.id for each in ready if each.id is not None], batch, now)
    nudges.prompted(session, person, now, outgoing.NUDGE)
    _later(session, desk, timer, [each for each in waiting if each.due_at > now], now)


def _later(session: Session, desk: Desk, timer: Timer, waiting: Sequence[Nudge], now: datetime) -> None:
    """Look again when what was put off is due; where nothing waits the clock ends."""
    first = min((each.due_at for each in waiting), default=None)
    if first is None:
        timers.drop_key(session, timer.key)
        return
    person = _person(timer.key)
    timers.put(session, [_clock(person, rules.slot(max(first, now), desk.calendar_of(person)))], now)


def ask_again(session: Session, desk: Desk, found: Living, number: int, person: str, until: datetime) -> bool:
    """Put a question to a person off until then, with its clock; say whether it was being asked.

    The caller holds the case locked.
    """
    case_id, now = found.case.id or 0, found.at
    keys = (rechecks.key_of(case_id, number, early=True), rechecks.key_of(case_id, number))
    running = [clock for key in keys if (clock := timers.get(session, key)) is not None and clock.step != Ask.DUE]
    if not running:
        return False
    later = _next(running[0], Ask.AGAIN, until + AFTER_DUE[Ask.AGAIN])
    timers.put(session, [later, *_clocks(session, desk, [person], until)], now)
    nudges.end(session, case_id, number)
    return nudges.due(session, case_id, number, person, until, now)


def is_answered(desk: Desk, row: Outbox) -> bool:
    """Whether nothing is left of what a message was to ask."""
    with desk.db.read() as session:
        return not questions.open_in(session, row.lane, str(row.data["batch"]))


def sent(session: Session, desk: Desk, row: Outbox, now: datetime) -> None:
    """Count a message in the week in which it arrived, where it left later than it was promised (promise 11)."""
    calendar = desk.calendar_of(row.lane)
    if rules.week_start(row.created_at, calendar) != rules.week_start(now, calendar):
        nudges.prompted(session, row.lane, now, outgoing.NUDGE)


def pass_on(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Ask somebody else where the one whom a message is for cannot answer; say whether the message is needless now.

    Asks Slack, so it is called outside of a transaction.
    """
    desk.directory.refresh(row.lane, now)
    if desk.can_answer(row.lane, now):
        return False
    with desk.db.read() as session:
        left = [(each.case_id, each.number) for each in questions.open_in(session, row.lane, str(row.data["batch"]))]
    for case_id, number in left:
        with desk.db.write() as session:
            case = cases.get(session, case_id, lock=True)
            if case is not None:
                _passed(session, desk, case, number, row.lane, now)
    with desk.db.write() as session:
        return outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)


def _passed(session: Session, desk: Desk, case: Case, number: int, gone: str, now: datetime) -> None:
    found = living.load(session, desk, case, now)
    people = questions.who(desk, session, found, number, now)
    held = {"gone": gone}
    _note(session, case, rules.PASSED, number, people, now, "gone", held)
    nudges.end(session, case.id or 0, number)
    _ask(session, desk, found, number, people, now)


def _ask(
    session: Session,
    desk: Desk,
    found: Living,
    number: int,
    people: Sequence[str],
    now: datetime,
    *clocks: NewTimer,
) -> None:
    """Let people be asked with their next message; `clocks` say what follows if they stay silent."""
    timers.put(session, [*clocks, *_clocks(session, desk, people, now)], now)
    for person in people:
        nudges.due(session, found.case.id or 0, number, person, now, now)


def _clocks(session: Session, desk: Desk, people: Sequence[str], at: datetime) -> list[NewTimer]:
    """Give the clocks by which people are prompted for what is due at a moment; one that comes sooner stays.

    It is set in any case: a prompt that is being made right now has not seen what is due since.
    """
    found = []
    for person in people:
        running, when = timers.get(session, _key(person)), rules.slot(at, desk.calendar_of(person))
        found.append(_clock(person, min(running.due_at, when) if running else when))
    return found


def _clock(person: str, at: datetime) -> NewTimer:
    return NewTimer(_key(person), watching.PROMPTS, Ask.DUE, at)


def _key(person: str) -> str:
    return f"person:{person}:{watching.PROMPTS}"


def _person(key: str) -> str:
    return key.split(":")[1]


def _next(timer: Timer, then: Ask, at: datetime) -> NewTimer:
    return NewTimer(timer.key, timer.kind, then, at, timer.case_id)


def _after(timer: Timer, this: Ask, then: Ask, now: datetime) -> NewTimer:
    """Give the clock of the next step, from now: after an outage nobody is passed over who was just asked."""
    return _next(timer, then, now + AFTER_DUE[then] - AFTER_DUE[this])


def _note(
    session: Session,
    case: Case,
    kind: str,
    number: int,
    to: Sequence[str],
    now: datetime,
    why: str,
    data: Mapping[str, str] | None = None,
) -> int:
    """Record what happened to a question, and who is asked; give the number of the event."""
    held = {**(data or {}), "number": number, "to": list(to), "why": why, "level": Level(case.level).name}
    return events.append(session, f"case:{case.id}", kind, at=now, data=held).seq


def tidy(desk: Desk, now: datetime) -> int:
    """Forget who was prompted when, and questions that ended, a quarter of a year ago; give how many rows went."""
    with desk.db.write() as session:
        return nudges.tidy(session, now - KEPT)
