"""A threat to our own people: the top at once, sealed, told to two named roles and to nobody else (S19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from prompts import label
from storage import cases, drafts, events, outbox, signals
from storage.events import NewEvent
from storage.models import Case
from workflows import context, outgoing, watching
from workflows.context_values import Change, Saved
from workflows.desk import Desk
from workflows.opening import assign
from workflows.rules import living
from workflows.rules.record import PREFIX, SIGNAL, Happened, fold
from workflows.rules.signals import STAFF
from workflows.rules.values import Finding, Level
from workflows.sealing import opened, sealed_case
from workflows.unsealing import MACHINE

WRITTEN_IN = ("D15", "exposed")
"""The part of the record, and the field, in which what was reported is sealed. It is prose: it stops no message."""


def report(desk: Desk, change: Change, now: datetime) -> Saved:
    """Open a sealed case of its own and tell two people; touch no other case, and keep the words sealed.

    Raises Refused: there is no key to seal it with.
    """
    with desk.db.write() as session:
        # Neither who reported it nor where is kept outside of the sealed case.
        bare = replace(change, countries=(), products=(), customers=(), defeats=(), by=None, case_id=None)
        row = context.row_of(bare, now, now, now)
        row.state, row.done_at = "done", now
        number = signals.add(session, row)
        _forget_drafts(session, change.by)
        if number is not None:
            _open(session, desk, change, number, now)
    if number is None:
        known = context.known(desk, change.key, now)
        return known or Saved(0, 0, now, again=True, staff=True)
    return Saved(number, 0, now, staff=True)


def _forget_drafts(session: Session, person_id: str | None) -> None:
    """Forget every change that somebody began: they may have written the threat under another kind first."""
    while person_id is not None and (found := drafts.latest(session, person_id, context.DRAFTS)) is not None:
        drafts.delete(session, person_id, found.draft_key)


def _open(session: Session, desk: Desk, change: Change, number: int, now: datetime) -> None:
    hit: dict[str, Any] = {"signal": STAFF, "signal_row": number}
    finding = living.found((), fold([Happened(1, SIGNAL, now, None, hit)]), now)
    case = _case(desk, change, finding, now)
    owner = assign(session, desk, case, Level.L3, (), now)
    cases.add(session, case)
    stream, by = f"case:{case.id}", change.by
    part, field = WRITTEN_IN
    seal = desk.seals.keep(session, case.id or 0, part, 1, change.what, by or MACHINE, now)
    told = events.append_many(
        session,
        [
            NewEvent(stream, "case.opened", now, by, dict(opened(case, finding, owner))),
            NewEvent(stream, SIGNAL, now, by, hit),
            NewEvent(stream, f"{PREFIX}{part}", now, by, {"number": 1, "fields": {field: seal}}),
        ],
    )
    watching.start(session, desk, case, now)
    people = [each for each in (case.owner_id, case.backup_id) if each]
    outbox.add_many(session, outgoing.told(case, outgoing.STAFF, told[0].seq, people, now))


def _case(desk: Desk, change: Change, finding: Finding, now: datetime) -> Case:
    """Give the case, whose name says nothing of what happened to whom."""
    product_id = change.products[0] if change.products else desk.policy.products[0].id
    return sealed_case(product_id, label("staff_launch"), finding, Level.L3, Level.L3, change.by or "", now)
