"""Places: in which countries what a case is about is used, as far as its record says (S14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import delete
from sqlalchemy import select as core_select
from sqlmodel import Session

from storage import cases
from storage.direct import inserter
from storage.models import CaseCountry, table_of

_T: Final = table_of(CaseCountry)
_ADD: Final = inserter(CaseCountry)


def set_countries(session: Session, case_id: int, countries: Iterable[str]) -> None:
    """Note the countries of a case, by ISO 3166 codes in capitals, in place of those noted before.

    Where none is named it is not known where the case is used: a change in any country then concerns it. The caller
    has locked the case.
    """
    named = sorted(set(countries))
    session.connection().execute(delete(_T).where(_T.c.case_id == case_id))
    if named:
        _ADD.each(session, [{"country": country, "case_id": case_id} for country in named])
    case = cases.get(session, case_id)
    if case is not None:
        case.anywhere = not named
        # Searches of the same transaction that skip the object layer must see it.
        session.flush()


def of_case(session: Session, case_id: int) -> Sequence[str]:
    """Return the countries of a case, in order; none where it is not known."""
    found = core_select(_T.c.country).where(_T.c.case_id == case_id).order_by(_T.c.country)
    return session.connection().execute(found).scalars().all()
