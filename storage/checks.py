"""Checks: the filled question sets and what the rule made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, desc, distinct, func
from sqlalchemy import select as core_select
from sqlmodel import Session, select

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
_FOR_CASE: Final = (
    select(Check)
    .where(_T.c.case_id == bindparam("case"))
    .order_by(desc(_T.c.created_at), desc(_T.c.id))
    .limit(bindparam("most", type_=Integer))
)
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


def for_case(session: Session, case_id: int, limit: int) -> Sequence[Check]:
    """Return the checks of a case, newest first."""
    return session.exec(_FOR_CASE, params={"case": case_id, "most": limit}).all()


def for_cases(session: Session, case_ids: Sequence[int], limit: int) -> dict[int, list[Check]]:
    """Return the checks of several cases, each newest first and up to `limit`; a case without any has none."""
    found: dict[int, list[Check]] = {each: [] for each in case_ids}
    rows = select(Check).where(_T.c.case_id.in_(case_ids)).order_by(desc(_T.c.created_at), desc(_T.c.id))
    for check in session.exec(rows):
        own = found[check.case_id or 0]
        if len(own) < limit:
            own.append(check)
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
