"""People: who has a part in a case beside its owner, its backup and those who sent a check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import desc, text
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import inserter
from storage.models import OPEN, Case, CasePerson, table_of

_T: Final = table_of(CasePerson)
_CASE: Final = table_of(Case)
_ADD: Final = inserter(CasePerson, known="skip")


def add(session: Session, case_id: int, person_id: str, role: str) -> None:
    """Note that a person has a part in a case (see `models.PersonRole`); the parts they have already stay."""
    _ADD.run(session, {"case_id": case_id, "person_id": person_id, "role": role}).close()


def of_case(session: Session, case_id: int, role: str | None = None) -> Sequence[str]:
    """Return the people who have a part in a case, or this part, each once, in the order of their ids."""
    found = core_select(_T.c.person_id).where(_T.c.case_id == case_id)
    if role is not None:
        found = found.where(_T.c.role == role)
    return session.connection().execute(found.distinct().order_by(_T.c.person_id)).scalars().all()


def cases_of(session: Session, person_id: str, limit: int) -> Sequence[Case]:
    """Return the cases, not closed, in which a person has a part, sealed ones too, the most urgent first."""
    own = core_select(_T.c.case_id).where(_T.c.person_id == person_id)
    found = select(Case).where(_CASE.c.id.in_(own), text(OPEN))
    return session.exec(found.order_by(desc(_CASE.c.queue_order), _CASE.c.id).limit(limit)).all()
