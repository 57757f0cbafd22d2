"""People: who has a part in a case beside its owner, its backup and those who sent a check."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import bindparam, desc, text
from sqlalchemy import delete as core_delete
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.models import OPEN, Case, CasePerson, table_of

_T: Final = table_of(CasePerson)
_CASE: Final = table_of(Case)
_ADD: Final = inserter(CasePerson, known="skip")
_IN: Final = core_select(_T.c.person_id).where(_T.c.case_id == bindparam("case")).distinct().order_by(_T.c.person_id)
_OF_CASE: Final = Prepared(lambda _: _IN)
_WITH_ROLE: Final = Prepared(lambda _: _IN.where(_T.c.role == bindparam("role")))


def add(session: Session, case_id: int, person_id: str, role: str) -> None:
    """Note that a person has a part in a case (see `models.PersonRole`); the parts they have already stay."""
    _ADD.run(session, {"case_id": case_id, "person_id": person_id, "role": role}).close()


def set_role(session: Session, case_id: int, role: str, people: Collection[str]) -> None:
    """Make these people, and nobody else, those who have this part in a case; their other parts stay."""
    gone = core_delete(_T).where(_T.c.case_id == case_id, _T.c.role == role, _T.c.person_id.not_in(list(people)))
    session.connection().execute(gone)
    for each in sorted(people):
        add(session, case_id, each, role)


def of_case(session: Session, case_id: int, role: str | None = None) -> Sequence[str]:
    """Return the people who have a part in a case, or this part, each once, in the order of their ids."""
    if role is None:
        cursor = _OF_CASE.run(session, {"case": case_id})
    else:
        cursor = _WITH_ROLE.run(session, {"case": case_id, "role": role})
    found = [str(row[0]) for row in cursor.fetchall()]
    cursor.close()
    return found


def cases_of(session: Session, person_id: str, limit: int) -> Sequence[Case]:
    """Return the cases, not closed, in which a person has a part, sealed ones too, the most urgent first."""
    own = core_select(_T.c.case_id).where(_T.c.person_id == person_id)
    found = select(Case).where(_CASE.c.id.in_(own), text(OPEN))
    return session.exec(found.order_by(desc(_CASE.c.queue_order), _CASE.c.id).limit(limit)).all()
