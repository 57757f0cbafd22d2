"""What readers of concerns owe, by the clock: deadlines of anonymous reports, the daily note, the weekly question.

Nobody is ever told of a single report, since whoever is named in it would learn of it that way. Every reader gets the
same note every working day, whether there are none or fifty; a deadline that passed shows the report to every group
that can open it (promise 6; reference/anonymity.md 3.9, T22).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import anonymous, facts, outbox, timers
from storage.models import AnonCase, Case, Timer
from storage.timers import NewTimer
from workflows import outgoing, reader_keys, watching
from workflows.desk import Desk
from workflows.inbox_acts import is_waiting_for
from workflows.policy_concerns import Concerns
from workflows.report_clocks import ACK
from workflows.rules.crowd import shown
from workflows.rules.holds import monday_of, next_slot, slots_between, week_of
from workflows.rules.recipients import may_start
from workflows.spooling import LAST_SLOT
from workflows.usage import TAPS, tapped

AGAIN: Final = timedelta(days=3)
"""How long after a deadline that passed it is looked at again, as often as it takes."""
SLOT_LATE: Final = timedelta(hours=1)
REPEAT: Final = "repeat"
WEEK: Final = timedelta(days=7)


def start(session: Session, desk: Desk, now: datetime) -> None:
    """Start the daily note and the weekly question, once anonymous reports can be taken; those that run go on."""
    concerns = _taken(session, desk)
    if concerns is None:
        return
    wanted = [_daily(desk, concerns, now)]
    if concerns.pulse_channel is not None:
        wanted.append(_weekly(desk, concerns, now))
    running = timers.running(session, {each.key for each in wanted})
    timers.put(session, [each for each in wanted if each.key not in running], now)


def overdue(session: Session, desk: Desk, _case: Case | None, timer: Timer, now: datetime) -> None:
    """A deadline of a report has passed: count that nobody answered, and look again; end the clock where they did.

    The day on which it was shown was kept for the time until somebody acknowledges, and is forgotten with it.
    """
    _, _, rest = timer.key.partition(":")
    report, _, step = rest.partition(":")
    case = anonymous.get(session, bytes.fromhex(report), lock=True)
    if case is None or not is_waiting_for(case, step):
        timers.drop_key(session, timer.key)
        return
    look = _look_again(desk, case, step, timer, now)
    anonymous.change(session, case.id, silent=case.silent + 1, **({"released_on": None} if step == ACK else {}))
    # Begun anew, since a clock that is moved keeps the moment at which it was begun, which tells the day as well.
    timers.drop_key(session, timer.key)
    timers.put(session, [NewTimer(timer.key, timer.kind, step, look)], look)


def _look_again(desk: Desk, case: AnonCase, step: str, timer: Timer, now: datetime) -> datetime:
    """Give when a deadline that passed is looked at again: from what was promised, since when this runs says too much.

    That of an acknowledgement tells the day on which its report was shown, which nobody needs once it has passed. So
    it is looked at again from a Monday on that is the same for all reports of the week.
    """
    due_at = timer.due_at
    if step == ACK and case.released_on is not None:
        monday = monday_of(week_of(case.released_on)) + 2 * WEEK
        due_at = datetime.combine(monday, time(), ZoneInfo(desk.policy.timezone))
        if due_at > now:
            return due_at
    return due_at + (max(now - due_at, timedelta(0)) // AGAIN + 1) * AGAIN


def send_daily(session: Session, desk: Desk, _case: Case | None, timer: Timer, now: datetime) -> None:
    """Promise the note of today to every reader, and set the clock for the next working day."""
    concerns = _taken(session, desk)
    if concerns is None:
        timers.drop_key(session, timer.key)
        return
    day = _today(desk, now)
    here = [each.person for each in concerns.everybody if desk.directory.known(each.person).active]
    outbox.add_many(session, [outgoing.inbox(person, day, now) for person in here])
    timers.put(session, [_daily(desk, concerns, now)], now)


def send_pulse(session: Session, desk: Desk, _case: Case | None, timer: Timer, now: datetime) -> None:
    """Promise this week's question, and set the clock for the next one."""
    concerns = _taken(session, desk)
    if concerns is None or concerns.pulse_channel is None:
        timers.drop_key(session, timer.key)
        return
    outbox.add_many(session, [outgoing.pulse(concerns.pulse_channel, _today(desk, now), now)])
    timers.put(session, [_weekly(desk, concerns, now)], now)


def is_slot_late(session: Session, desk: Desk, now: datetime) -> bool:
    """Whether the daily slot came and nobody did its work, however much or little is held: reports go on waiting then.

    Before the first one ever it is not.
    """
    concerns, last = _taken(session, desk), facts.get(session, LAST_SLOT)
    if concerns is None or last is None:
        return False
    zone = ZoneInfo(desk.policy.timezone)
    return bool(slots_between(date.fromisoformat(last), now - SLOT_LATE, concerns.release_at, zone))


def taps_of_last_week(session: Session, desk: Desk, now: datetime) -> Mapping[str, int]:
    """Give what was tapped in the week before, rounded; too few to be shown are left out."""
    zone = ZoneInfo(desk.policy.timezone)
    week = week_of((now - WEEK).astimezone(zone).date())
    counts = {what: shown(anonymous.counted(session, tapped(what)).get(week, 0)) for what in TAPS}
    return {what: count for what, count in counts.items() if count is not None}


def _taken(session: Session, desk: Desk) -> Concerns | None:
    """Give how concerns are taken, None where anonymous ones are not (yet, or any more)."""
    concerns = desk.policy.concerns
    if concerns is None or concerns.is_small:
        return None
    return concerns if may_start(concerns.everybody, reader_keys.usable(session, concerns)) else None


def _daily(desk: Desk, concerns: Concerns, now: datetime) -> NewTimer:
    calendar = desk.calendar_of(None)
    days = (at for at in _slots(desk, concerns, now) if calendar.is_working_day(_day(desk, at)))
    return NewTimer(watching.INBOX, watching.INBOX, REPEAT, next(days))


def _weekly(desk: Desk, concerns: Concerns, now: datetime) -> NewTimer:
    mondays = (at for at in _slots(desk, concerns, now) if _day(desk, at).weekday() == 0)
    return NewTimer(watching.PULSE, watching.PULSE, REPEAT, next(mondays))


def _slots(desk: Desk, concerns: Concerns, now: datetime) -> Iterator[datetime]:
    """Give the daily slots after `now`, one after the other."""
    zone, at = ZoneInfo(desk.policy.timezone), now
    while True:
        at = next_slot(at, concerns.release_at, zone)
        yield at


def _day(desk: Desk, at: datetime) -> date:
    return at.astimezone(ZoneInfo(desk.policy.timezone)).date()


def _today(desk: Desk, now: datetime) -> str:
    return _day(desk, now).isoformat()
