"""Open what is sealed in a case, for the few who may read it; that they did stands in the case (S26, promise 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage import cases, events
from workflows import living
from workflows.access import may_open_seals, visible
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.rules.parts import PARTS
from workflows.rules.record import secrets
from workflows.values import CaseFacts

OPENED = "case.seals_opened"


@dataclass(frozen=True, slots=True)
class Opened:
    """One sealed text: its part and entry, who wrote it, and when (aware UTC). It never leaves a window."""

    part: str
    number: int
    by: str | None
    at: datetime
    text: str


def unseal(desk: Desk, case_id: int, person_id: str, now: datetime) -> tuple[CaseFacts, tuple[Opened, ...]]:
    """Give the case and the sealed texts that stand in it, and note that this person read them.

    Raises:
        NotFound: no such case for this person. Refused: sealed for them, or the key is not here (SealsUnreadable).
    """
    with desk.db.write() as session:
        case = visible(session, desk, cases.get(session, case_id, lock=True), person_id)
        if not may_open_seals(desk, case, person_id):
            raise Refused("holder_only")
        record = living.load(session, desk, case, now).record
        texts = desk.seals.reveal(session, case_id)
        found = tuple(
            Opened(entry.part, entry.number, entry.by, entry.at, texts[seal])
            for part in PARTS
            for entry in record.of(part)
            for seal in secrets(part, entry.fields)
            if seal in texts
        )
        if found:
            events.append(session, f"case:{case_id}", OPENED, at=now, actor_id=person_id)
        return desk.facts(case, now), found
