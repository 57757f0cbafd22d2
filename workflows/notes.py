"""A promised message becomes the note that people read, from what is stored at the moment it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from sqlmodel import Session

from storage import cases, events, words
from storage.events import EventRow
from storage.models import Case, Outbox
from workflows import digest, duties, outgoing, questions, world
from workflows.check import receipt_of
from workflows.desk import Desk
from workflows.ports import CannotSend
from workflows.values import CaseFacts, Note, NoteKind

OF_AN_EVENT = frozenset(
    {
        outgoing.MOVED,
        outgoing.DECIDED,
        outgoing.REASSIGNED,
        outgoing.SNOOZED,
        outgoing.CONTAINED,
        outgoing.PASSED_ON,
        outgoing.REOPENED,
    }
)
"""Notes that tell of one event: who did it and, where there is one, their reason."""


def of(desk: Desk, row: Outbox, now: datetime) -> Note:
    """Give the note of a row. Raises CannotSend where what it tells of is gone."""
    if row.kind == outgoing.RESULT:
        receipt = receipt_of(desk, row.check_id or "", now)
        return Note("result", case=receipt.case, receipt=receipt)
    kind = cast(NoteKind, row.kind)
    with desk.db.read() as session:
        if row.kind == outgoing.DIGEST:
            return Note("digest", digest=digest.of(desk, session, now))
        if row.kind == outgoing.INBOX:
            return Note("inbox")
        if row.kind in outgoing.OF_KEYS:
            return Note(kind, by=str(row.data["of"]), to=row.lane, why=str(row.data["why"]))
        if row.kind == outgoing.PULSE:
            return Note("pulse", tapped=duties.taps_of_last_week(session, desk, now))
        if row.kind == outgoing.NUDGE:
            batch = str(row.data["batch"])
            return Note("nudge", to=row.lane, questions=questions.of_batch(desk, session, row.lane, batch, now))
        if row.kind in (outgoing.WORLD, outgoing.TOGETHER):
            return Note(kind, to=row.lane, world=world.of(desk, session, row, now))
        if row.kind == outgoing.ALARM:
            return Note("alarm", why=row.data["what"], count=int(row.data["count"]))
        case = case_of(session, row)
        facts = desk.facts(case, now)
        event = _event_of(session, row)
        # What is written about a sealed case is read in its window only (S44).
        told = None if case.sealed else event
        reason, conditions = (_words(session, told, name) for name in ("reason", "conditions"))
    by = event.actor_id if event else None
    note = Note(kind, case=facts, by=by, reason=reason, conditions=conditions, to=row.lane)
    return _filled(desk, row, note, event, facts)


def _filled(desk: Desk, row: Outbox, note: Note, event: EventRow | None, facts: CaseFacts) -> Note:
    """Add what this kind of note tells beside the case."""
    data = row.data
    if row.kind == outgoing.MOVED:
        up = event is None or event.kind != "case.handed_back"
        return replace(note, up=up)
    if row.kind == outgoing.REPLACED:
        return replace(note, by=data["gone"], why=str(data.get("why", "left")))
    if row.kind in (outgoing.ACKNOWLEDGED, outgoing.ENTRUSTED, outgoing.INVITED):
        return replace(note, by=data["by"])
    if row.kind == outgoing.REOPENED:
        told = event.data if event else {}
        return replace(note, up=told.get("from") != told.get("level"), why=str(told.get("why", "")))
    if row.kind in (outgoing.SEVERE, outgoing.SEVERAL):
        about = _name_of(desk, data["what"]) if row.kind == outgoing.SEVERAL else ""
        return replace(note, to=data["to"], count=int(data.get("count", 0)), about=about)
    if row.kind in outgoing.ASKING:
        due_at = datetime.fromisoformat(data["due_at"])
        return replace(note, why=data["why"], due_at=due_at, count=int(data["count"]))
    if row.kind == outgoing.DECIDED:
        return replace(note, outcome=str(facts.decision), due_at=facts.look_again_at)
    if row.kind == outgoing.SNOOZED:
        return replace(note, due_at=facts.decide_due_at)
    return replace(note, why=str(data.get("why", "")))


def case_of(session: Session, row: Outbox) -> Case:
    """Give the case that a row tells of. Raises CannotSend where there is none any more."""
    case = cases.get(session, row.case_id or 0)
    if case is None:
        raise CannotSend("case_gone")
    return case


def _event_of(session: Session, row: Outbox) -> EventRow | None:
    if row.kind not in OF_AN_EVENT:
        return None
    return next((each for each in events.of(session, f"case:{row.case_id}") if each.seq == row.data.get("seq")), None)


def _words(session: Session, event: EventRow | None, name: str) -> str:
    """Give what somebody wrote, which is kept beside the event under a digest."""
    digest_of_words = event.data.get(name) if event else None
    return words.of(session, event.stream).get(digest_of_words, "") if event and digest_of_words else ""


def _name_of(desk: Desk, what: str) -> str:
    """Give the name of a group or a product."""
    group = desk.bank.groups.get(what)
    return group.label if group else desk.product_name(what)
