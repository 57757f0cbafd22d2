"""What a message about a change of context says when it leaves: counts and cases as they stand then, for its reader."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import cases, reached, signals
from storage.models import Outbox, SignalRow
from workflows import places
from workflows.access import may_see
from workflows.context import what_was_written
from workflows.desk import Desk
from workflows.ports import CannotSend
from workflows.seals import SealsUnreadable
from workflows.values import CaseFacts, World

SHOWN = 10


def of(desk: Desk, session: Session, row: Outbox, now: datetime) -> World:
    """Give what one reader learns. Raises CannotSend where the change is gone."""
    signal = signals.get(session, int(row.data["signal"]))
    if signal is None or signal.id is None:
        raise CannotSend("signal_gone")
    about, reader = str(row.data["about"]), row.lane
    if about == "reporter":
        return _told(signal, about)
    if about == "one":
        return _one(desk, session, row, signal, now)
    # Leads read of all cases, others of their own; what waits for an answer is always the reader's own.
    whose = None if reader in desk.policy.leads and about == "done" else reader
    found = reached.first(session, signal.id, SHOWN, whose)
    counts = reached.count(session, signal.id, whose)
    return _told(
        signal,
        about,
        what=_what(desk, session, signal, reader),
        top=counts.top,
        waiting=waiting(session, row) if about == "waiting" else counts.all,
        shown=tuple(desk.facts(each, now) for each in found if may_see(session, desk, each, reader)),
    )


def is_answered(desk: Desk, row: Outbox) -> bool:
    """Whether none of the cases of a change waits any more for whom a message is."""
    with desk.db.read() as session:
        return waiting(session, row) == 0


def waiting(session: Session, row: Outbox) -> int:
    """Count the cases of a change that still wait for whom a message is: a person, or a channel where nobody can."""
    signal = int(row.data["signal"])
    if row.lane[:1] in "UW":
        return reached.count(session, signal, row.lane).all
    return reached.count_of_nobody(session, signal)


def _one(desk: Desk, session: Session, row: Outbox, signal: SignalRow, now: datetime) -> World:
    case = cases.get(session, row.case_id or 0)
    if case is None:
        raise CannotSend("case_gone")
    shown = (desk.facts(case, now),) if may_see(session, desk, case, row.lane) else ()
    return _told(signal, "one", what=_what(desk, session, signal, row.lane), shown=shown)


def _told(
    signal: SignalRow, about: str, *, what: str = "", top: int = 0, waiting: int = 0, shown: tuple[CaseFacts, ...] = ()
) -> World:
    return World(
        about=about,
        signal=signal.signal,
        countries=tuple(places.countries().get(each, each) for each in signal.countries),
        since=signal.since,
        what=what,
        touched=signal.touched,
        reopened=signal.reopened,
        raised=signal.raised,
        hit=signal.hit,
        top=top,
        waiting=waiting,
        cases=shown,
    )


def _what(desk: Desk, session: Session, signal: SignalRow, reader: str) -> str:
    """Give what somebody wrote about a change, to one person only, and not where a sealed name stands in it."""
    number = signal.id or 0
    text = what_was_written(session, [number])[number] if reader[:1] in "UW" else ""
    try:
        return "" if not text or desk.seals.refuses([text]) else text
    except SealsUnreadable:
        return ""
