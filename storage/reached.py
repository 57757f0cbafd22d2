"""Cases that a change of context reopened and on which nobody acted by hand since: they are told of together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, desc, func, or_, text
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.models import ACTIVE, KNOWN, LISTED, Case, CaseCountry, Mitigation, table_of

_T: Final = table_of(Case)
_COUNTRY: Final = table_of(CaseCountry)
_MITIGATION: Final = table_of(Mitigation)


class Waiting(NamedTuple):
    """Count cases that wait: all of them, and those at the highest level."""

    all: int
    top: int


def _of(signal_id: int, person_id: str | None) -> ColumnElement[bool]:
    """Give the condition for active cases of a signal; with a person, those they own or back up."""
    here = and_(_T.c.signal_id == signal_id, text(LISTED))
    return here if person_id is None else and_(here, or_(_T.c.owner_id == person_id, _T.c.backup_id == person_id))


def owners(session: Session, signal_id: int) -> Sequence[str]:
    """Return the people who own a case that this signal reopened, each once."""
    found = core_select(_T.c.owner_id).where(_T.c.signal_id == signal_id, text(ACTIVE), _T.c.owner_id.is_not(None))
    return session.connection().execute(found.distinct().order_by(_T.c.owner_id)).scalars().all()


def count(session: Session, signal_id: int, person_id: str | None = None) -> Waiting:
    """Count the cases of a signal that wait for an answer; with a person, those they own or back up."""
    top = func.coalesce(func.sum(text("CASE WHEN level >= 3 THEN 1 ELSE 0 END")), 0)
    found = core_select(func.count(), top).select_from(_T).where(_of(signal_id, person_id))
    return Waiting(*(int(each) for each in session.connection().execute(found).one()))


def count_of_nobody(session: Session, signal_id: int) -> int:
    """Count the cases of a signal that nobody owns."""
    found = core_select(func.count()).select_from(_T).where(_of(signal_id, None), _T.c.owner_id.is_(None))
    return int(session.connection().execute(found).scalar_one())


def first(session: Session, signal_id: int, limit: int, person_id: str | None = None) -> Sequence[Case]:
    """Return cases of a signal, the most urgent first; with a person, those they own or back up."""
    found = select(Case).where(_of(signal_id, person_id)).order_by(desc(_T.c.queue_order), _T.c.id)
    return session.exec(found.limit(limit)).all()


def count_mitigations(
    session: Session, products: Sequence[str] | None, countries: Sequence[str], types: Sequence[str] | None = None
) -> int:
    """Count the mitigations, of some types or (None) all, of the cases that a signal concerns: see `signals.matching`.

    Reads all of these cases.
    """
    session.flush()
    both = _MITIGATION.join(_T, _T.c.id == _MITIGATION.c.case_id)
    found = core_select(func.count()).select_from(both).where(text(KNOWN))
    if products is not None:
        found = found.where(_T.c.product_id.in_(products))
    if countries:
        here = core_select(_COUNTRY.c.case_id).where(_COUNTRY.c.country.in_(countries))
        found = found.where(or_(text("anywhere"), _T.c.id.in_(here)))
    if types is not None:
        found = found.where(_MITIGATION.c.type.in_(types))
    return int(session.connection().execute(found).scalar_one())
