"""Checks: the filled question sets and what the rule made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, cast, desc, distinct, func
from sqlalchemy import select as core_select
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.direct import Prepared, inserter
from storage.models import Check, columns_of, table_of
from storage.values import in_utc

_T: Final = table_of(Check)
_COLUMNS: Final = tuple(column.name for column in _T.columns)
_INSERT: Final = inserter(Check)
_SEVERE: Final = 3
_SEVERE_SINCE: Final = core_select(func.count(distinct(_T.c.launch_key))).where(
    _T.c.product_id == bindparam("product"),
    _T.c.created_at >= bindparam("since", type_=_T.c.created_at.type),
    _T.c.severity >= _SEVERE,
)
# Written once: to build a statement anew costs as much as to ask it.
_NEWEST_FIRST: Final = (desc(_T.c.created_at), desc(_T.c.id))
# The same answers say the same again; a case has few that differ, however often a launch is sent anew.
_ALIKE: Final = (_T.c.case_id, _T.c.submitter_id, cast(_T.c.answers, Text), _T.c.level, _T.c.severity)
_WITHIN: Final = _T.c.case_id.in_(bindparam("cases", expanding=True))
_BY_THEN: Final = _T.c.created_at <= bindparam("until", type_=_T.c.created_at.type)


def _different(*where: ColumnElement[bool]) -> SelectOfScalar[Check]:
    place = func.row_number().over(partition_by=_ALIKE, order_by=_NEWEST_FIRST).label("place")
    ranked = core_select(_T.c.id, place).where(*where).subquery()
    return select(Check).join(ranked, ranked.c.id == _T.c.id).where(ranked.c.place == 1).order_by(*_NEWEST_FIRST)


_FOR_CASES: Final = _different(_WITHIN)
_FOR_CASES_THEN: Final = _different(_WITHIN, _BY_THEN)
_SUBMITTERS: Final = Prepared(
    lambda _: (
        core_select(_T.c.submitter_id)
        .where(_T.c.case_id == bindparam("case"))
        .group_by(_T.c.submitter_id)
        .order_by(func.min(_T.c.created_at))
    )
)


def add(session: Session, check: Check) -> None:
    """Save a new check; the block of `Database.write` raises Duplicate when its request_key was saved before.

    The object stays a plain value: later changes to it are not saved.
    """
    _INSERT.run(session, columns_of(check, _COLUMNS)).close()


def get(session: Session, check_id: str) -> Check | None:
    """Return the check with this id; what is changed in it is saved with the transaction."""
    return session.get(Check, check_id)


def by_request_key(session: Session, request_key: str) -> Check | None:
    """Return the check that this submission produced, if it was saved before."""
    return session.exec(select(Check).where(_T.c.request_key == request_key)).first()


def last_for_product(session: Session, product_id: str) -> Check | None:
    """Return the newest check of a product, for "same as last time"."""
    return session.exec(
        select(Check).where(_T.c.product_id == product_id).order_by(desc(_T.c.created_at), desc(_T.c.id)).limit(1)
    ).first()


def recent_for(session: Session, submitter_id: str, limit: int) -> Sequence[Check]:
    """Return a person's checks, newest first."""
    return session.exec(
        select(Check)
        .where(_T.c.submitter_id == submitter_id)
        .order_by(desc(_T.c.created_at), desc(_T.c.id))
        .limit(limit)
    ).all()


def for_case(session: Session, case_id: int, until: datetime | None = None) -> Sequence[Check]:
    """Return the checks of a case that differ, newest first; with `until` (aware) those sent by then.

    Of checks by one person with the same answers, level and severity only the newest comes. None else is left out:
    a mild one that was sent later must not hide a grave one, nor who sent it.
    """
    return for_cases(session, [case_id], until)[case_id]


def for_cases(session: Session, case_ids: Sequence[int], until: datetime | None = None) -> dict[int, list[Check]]:
    """Return the checks of several cases, each as `for_case` does; a case without any has none."""
    found: dict[int, list[Check]] = {each: [] for each in case_ids}
    given: dict[str, Any] = {"cases": list(case_ids)}
    if until is not None:
        given["until"] = in_utc(until)
    for check in session.exec(_FOR_CASES if until is None else _FOR_CASES_THEN, params=given):
        found[check.case_id or 0].append(check)
    return found


def severe_since(session: Session, product_id: str, since: datetime) -> int:
    """Count the different launches of a product that were found SEV3 or SEV4 since then."""
    given = {"product": product_id, "since": in_utc(since)}
    return int(session.connection().execute(_SEVERE_SINCE, given).scalar_one())


def submitters_of(session: Session, case_id: int) -> Sequence[str]:
    """Return everybody who sent a check of a case, each once, in the order of their first."""
    cursor = _SUBMITTERS.run(session, {"case": case_id})
    found = [str(row[0]) for row in cursor.fetchall()]
    cursor.close()
    return found


def recent_keys(session: Session, submitter_id: str, limit: int) -> Sequence[str]:
    """Return the request keys of a person's last checks, newest first."""
    found = core_select(_T.c.request_key).where(_T.c.submitter_id == submitter_id)
    return session.connection().execute(found.order_by(desc(_T.c.created_at)).limit(limit)).scalars().all()
