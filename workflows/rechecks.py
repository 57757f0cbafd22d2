"""Which clocks run for the re-checks of a case: one for each mitigation, each gap, and the picture (S10, S13, S20)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlmodel import Session

from storage import nudges, timers
from storage.models import Case, Timer
from storage.timers import NewTimer
from workflows import watching
from workflows.living import Living
from workflows.rules.case import State
from workflows.rules.rechecks import CONFIRMED, PICTURE, Ask

EARLY = "now"
"""The end of the name of a clock that asks before the date, because the world around it changed."""
_KINDS = frozenset({watching.RECHECK, watching.LOOK_AGAIN})


def key_of(case_id: int, number: int, *, early: bool = False) -> str:
    """Give the name of the clock of a mitigation, of a gap (below 0), or of the picture (0)."""
    name = watching.key_of(case_id, watching.LOOK_AGAIN if number == PICTURE else f"{watching.RECHECK}:{number}")
    return f"{name}:{EARLY}" if early else name


def number_of(key: str) -> int:
    """Give the number that a clock of a re-check is for."""
    last = key.removesuffix(f":{EARLY}").rsplit(":", 1)[-1]
    return PICTURE if last == watching.LOOK_AGAIN else int(last)


def is_early(key: str) -> bool:
    """Whether a clock asks before the date."""
    return key.endswith(f":{EARLY}")


def plan(session: Session, living: Living) -> None:
    """Bring the clocks of a case's re-checks to what its record says; running it twice changes nothing.

    A clock that has fired and is being asked about goes on as it stands, unless its date moved.
    """
    case = living.case
    if case.state == State.CLOSED:
        timers.drop(session, case.id or 0)
        nudges.end(session, case.id or 0)
        return
    wanted = {each.key: each for each in _wanted(living)}
    running = {each.key: each for each in timers.of_case(session, case.id or 0) if each.kind in _KINDS}
    for key, clock in running.items():
        if key_of(case.id or 0, number_of(key)) not in wanted or (is_early(key) and not stands(living, clock)):
            timers.drop_key(session, key, case_id=case.id)
            nudges.end(session, case.id or 0, number_of(key))
    fresh = [each for key, each in wanted.items() if _moved(living, running.get(key), each)]
    timers.put(session, fresh, living.at)
    for each in fresh:
        before = running.get(each.key)
        if before is None or before.step != Ask.DUE:
            # A new date is an answer: nobody is asked about the old one any more.
            nudges.end(session, case.id or 0, number_of(each.key))


def look_now(session: Session, living: Living, now: datetime, only: Collection[int] | None = None) -> int:
    """Ask now, before their dates, about every mitigation and the picture of a case; return how many (S20).

    `only` names some of them. Their own dates stay. What is being asked about already goes on as it stands. The caller
    holds the case locked.
    """
    wanted = {number_of(each.key) for each in _wanted(living)}
    numbers = {each for each in wanted if each >= PICTURE and (only is None or each in only)}
    if not numbers:
        return 0
    running = timers.of_case(session, living.case.id or 0)
    asked = [each for each in running if each.kind in _KINDS and (is_early(each.key) or each.step != Ask.DUE)]
    numbers -= {number_of(each.key) for each in asked}
    fresh = [_clock(living.case, number, now, early=True) for number in sorted(numbers)]
    timers.put(session, fresh, now)
    return len(fresh)


def stands(living: Living, clock: Timer) -> bool:
    """Whether what a clock asks about is still to be looked at: nobody has, since its date or since it was set."""
    number = number_of(clock.key)
    if is_early(clock.key):
        answered = _answered_at(living, number)
        return answered is None or answered <= clock.created_at
    at = due_at(living, number)
    return at is not None and at <= living.at


def due_at(living: Living, number: int) -> datetime | None:
    """Give when a mitigation, a gap or the picture is to be looked at (aware UTC); None where it is not, or is gone."""
    return next((each.due_at for each in _wanted(living) if number_of(each.key) == number), None)


def _answered_at(living: Living, number: int) -> datetime | None:
    """Give when somebody last looked: answered a re-check, wrote the entry anew, or confirmed the picture."""
    if number == PICTURE:
        return max((each.at for each in living.happened if each.kind == CONFIRMED), default=None)
    if number < PICTURE:
        gap = living.record.entry("gap", -number)
        return gap.at if gap else None
    written = living.record.entry("mitigation", number)
    own = [each.answered_at for each in living.facts.mitigations if each.number == number]
    return max((at for at in [*own, written.at if written else None] if at is not None), default=None)


def _wanted(living: Living) -> Iterator[NewTimer]:
    case = living.case
    # Where the launch does not happen nothing has to hold; the record itself is still looked at until it is whole.
    stopped = case.state == State.TRACKED and case.decision in ("stop", "exit")
    for mitigation in () if stopped else living.facts.mitigations:
        if mitigation.check_at is not None:
            yield _clock(case, mitigation.number, mitigation.check_at)
    for gap in () if stopped else living.record.of("gap"):
        if gap.check_at is not None:
            yield _clock(case, -gap.number, gap.check_at)
    if case.state == State.TRACKED and case.look_again_at is not None:
        yield _clock(case, PICTURE, case.look_again_at)


def _clock(case: Case, number: int, at: datetime, *, early: bool = False) -> NewTimer:
    kind = watching.LOOK_AGAIN if number == PICTURE else watching.RECHECK
    return NewTimer(key_of(case.id or 0, number, early=early), kind, Ask.DUE, at, case.id)


def _moved(living: Living, running: Timer | None, wanted: NewTimer) -> bool:
    """Whether a clock is to be set: it does not run, or what it is for has another date than when it was set."""
    if running is None:
        # Its date passed and everything was asked; only a new date asks anew.
        return wanted.due_at > living.at
    if running.step == Ask.DUE:
        return running.due_at != wanted.due_at
    return wanted.due_at > living.at
