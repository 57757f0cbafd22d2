"""What somebody began to write in a record and has not sent: kept for them alone, and never what is to be sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import drafts
from workflows import record
from workflows.desk import Desk
from workflows.errors import NotFound
from workflows.record import Sheet
from workflows.rules.parts import PARTS, Kind, Part

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody left unsent. `behind`: somebody else has written there since, so it would undo theirs."""

    fields: Fields
    behind: bool = False


def begin(
    desk: Desk, case_id: int, person_id: str, part: str, number: int, now: datetime
) -> tuple[Sheet, Draft | None]:
    """Give a part for somebody who is about to write it, and what they left unsent there, None where nothing.

    Raises:
        NotFound, Refused, Locked: as `record.sheet`; also where the entry to correct is gone.
    """
    sheet = record.sheet(desk, case_id, person_id, part, number, now)
    if sheet.part.many and sheet.number != number:
        raise NotFound("entry_unknown")
    with desk.db.ask() as session:
        row = drafts.get(session, person_id, _key(case_id, sheet.part, number))
    if row is None:
        return sheet, None
    return sheet, Draft(row.answers["fields"], row.answers["over"] != sheet.seq)


def keep(desk: Desk, person_id: str, case_id: int, part_id: str, number: int, fields: Fields, now: datetime) -> None:
    """Keep what somebody wrote in a window that was closed; where it says what is written already, keep nothing.

    Raises NotFound, Refused or Locked where they may not write it any more, StorageError where nothing was kept.
    """
    sheet = record.sheet(desk, case_id, person_id, part_id, number, now)
    wrote = _open(sheet, fields)
    key = _key(case_id, sheet.part, number)
    with desk.db.write() as session:
        if _adds(sheet, wrote):
            drafts.save(session, person_id, key, {"fields": wrote, "over": sheet.seq}, at=now)
        else:
            drafts.delete(session, person_id, key)


def forget(desk: Desk, person_id: str, case_id: int, part_id: str, number: int) -> None:
    """Forget a draft whose writing is saved. Raises StorageError."""
    with desk.db.write() as session:
        drafts.delete(session, person_id, _key(case_id, PARTS[part_id], number))


def _adds(sheet: Sheet, wrote: Fields) -> bool:
    """Whether this is more than what the window began with; what a new entry points to was filled in by us."""
    open_fields = [each for each in sheet.part.fields if each.kind is not Kind.SECRET]
    if not sheet.fields:
        return any(wrote.get(each.id) for each in open_fields if each.kind is not Kind.ENTRY)
    return any(wrote.get(each.id) != (sheet.fields.get(each.id) or None) for each in open_fields)


def _open(sheet: Sheet, fields: Fields) -> dict[str, Any]:
    """Give the fields that are not sealed."""
    known = {each.id for each in sheet.part.fields if each.kind is not Kind.SECRET}
    return {name: value for name, value in fields.items() if name in known}


def _key(case_id: int, part: Part, number: int) -> str:
    return f"record:{case_id}:{part.id}:{number if part.many else 0}"
