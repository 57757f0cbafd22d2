"""Mitigations: where each stands, by when it is looked at again, and which changes would end what it relies on.

The rows follow the record of the case, and are written in the transaction of the event that changed it (S13, S14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final, NamedTuple

from sqlalchemy import ClauseElement, Integer, and_, bindparam, delete, text
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage.direct import Prepared, ahead, inserter
from storage.models import OPEN, Case, Mitigation, ValidWhile, table_of
from storage.values import in_utc

_T: Final = table_of(Mitigation)
_RELIES: Final = table_of(ValidWhile)
_CASE: Final = table_of(Case)
_COLUMNS: Final = tuple(column.name for column in _T.columns)
_AHEAD: Final = "mitigations"
CUSTOMER: Final = 80
"""How many characters of a customer's name are compared."""


def _upsert(dialect: str) -> ClauseElement:
    """Build the statement that saves a mitigation over an earlier writing of it."""
    made: Any = (insert_sqlite if dialect == "sqlite" else insert_postgresql)(_T)
    new = {name: made.excluded[name] for name in _COLUMNS if name not in ("case_id", "number")}
    return made.on_conflict_do_update(index_elements=["case_id", "number"], set_=new)  # type: ignore[no-any-return]


_PUT: Final = Prepared(_upsert, _COLUMNS)
_CONDITION: Final = inserter(ValidWhile)
_FORGET: Final = Prepared(
    lambda _: delete(_RELIES).where(_RELIES.c.case_id == bindparam("case"), _RELIES.c.number == bindparam("entry"))
)
# Written once: to build a statement anew costs as much as to ask it.
_EACH_HELD: Final = (
    core_select(
        *(_T.c[name] for name in ("case_id", "number", "risk", "type", "owner_id", "evidence", "status", "credited")),
        _T.c.next_check_at,
        _RELIES.c.signal,
        _RELIES.c.country,
        _RELIES.c.customer,
    )
    .select_from(_T.outerjoin(_RELIES, and_(_RELIES.c.case_id == _T.c.case_id, _RELIES.c.number == _T.c.number)))
    .where(_T.c.case_id.in_(bindparam("cases", expanding=True, type_=Integer)))
)
_CONDITIONS: Final = Prepared(
    lambda _: (
        core_select(_RELIES.c.number, _RELIES.c.signal, _RELIES.c.country, _RELIES.c.customer)
        .where(_RELIES.c.case_id == bindparam("case"))
        .order_by(_RELIES.c.number, _RELIES.c.signal, _RELIES.c.country, _RELIES.c.customer)
    )
)


class Condition(NamedTuple):
    """Name a change that would end what a mitigation relies on; an empty country or customer means any."""

    signal: str
    country: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Describe where one mitigation stands; see `models.Mitigation`. Times are aware."""

    case_id: int
    number: int
    risk: int
    type: str
    owner_id: str | None
    evidence: str
    status: str
    credited: bool
    next_check_at: datetime | None


_Held = tuple[dict[int, Row], dict[int, set[Condition]]]


def put_all(session: Session, case_id: int, wanted: Mapping[Row, frozenset[Condition]], now: datetime) -> None:
    """Bring the mitigations of a case to these, each with what it relies on; what stands already is not written again.

    A change of context goes through thousands of cases, and in most of them moves one row or none.
    """
    held, relied = _held(session, case_id)
    fresh = [row for row in wanted if held.get(row.number) != row]
    moment = in_utc(now)
    if fresh:
        _PUT.each(session, [{**asdict(row), "updated_at": moment} for row in fresh], of=case_id)
    moved = {row.number: found for row, found in wanted.items() if found != relied.get(row.number, set())}
    gone = sorted(held.keys() - {row.number for row in wanted})
    if moved or gone:
        _forget_conditions(session, case_id, sorted({*moved, *gone}))
    new = [
        {"case_id": case_id, "number": number, **each._asdict()} for number, found in moved.items() for each in found
    ]
    if new:
        _CONDITION.each(session, new, of=case_id)
    if gone:
        session.connection().execute(delete(_T).where(_T.c.case_id == case_id, _T.c.number.in_(gone)))


def conditions(signals: Sequence[str], countries: Sequence[str], customers: Sequence[str]) -> frozenset[Condition]:
    """Give what ends what a mitigation relies on: these signals, in these countries and for these customers (folded).

    Where no country or customer is named, in any and for any.
    """
    named = [customer[:CUSTOMER] for customer in customers]
    return frozenset(Condition(*each) for each in product(signals, countries or ("",), named or ("",)))


def read_ahead(session: Session, case_ids: Sequence[int]) -> None:
    """Read the mitigations of several cases at once, where writes are gathered; `put_all` then asks no more for them.

    That holds for the first writing of each case; who writes twice is answered by the database again.
    """
    known = ahead(session)
    if known is not None:
        known.update({(_AHEAD, case_id): found for case_id, found in _all_held(session, case_ids).items()})


def _held(session: Session, case_id: int) -> _Held:
    """Give the mitigations of a case, and what each relies on, by their numbers."""
    found: _Held | None = (ahead(session) or {}).pop((_AHEAD, case_id), None)
    return _all_held(session, [case_id])[case_id] if found is None else found


def _all_held(session: Session, case_ids: Sequence[int]) -> dict[int, _Held]:
    """Read them, for several cases, in one question to the database."""
    found: dict[int, _Held] = {each: ({}, {}) for each in case_ids}
    for *row, signal, country, customer in session.connection().execute(_EACH_HELD, {"cases": list(case_ids)}):
        held, relied = found[row[0]]
        number = row[1]
        if number not in held:
            held[number] = Row(*row)
        if signal is not None:
            relied.setdefault(number, set()).add(Condition(signal, country, customer))
    return found


def of_case(session: Session, case_id: int) -> Sequence[Mitigation]:
    """Return the mitigations of a case in the order of their numbers."""
    found = select(Mitigation).where(_T.c.case_id == case_id).order_by(_T.c.number)
    return session.exec(found.execution_options(populate_existing=True)).all()


def conditions_of(session: Session, case_id: int) -> Mapping[int, Sequence[Condition]]:
    """Return what the mitigations of a case rely on not to happen, by their numbers."""
    found: dict[int, list[Condition]] = {}
    cursor = _CONDITIONS.run(session, {"case": case_id})
    for number, signal, country, customer in cursor.fetchall():
        found.setdefault(number, []).append(Condition(signal, country, customer))
    cursor.close()
    return found


def of_owner(session: Session, person_id: str, limit: int) -> Sequence[Mitigation]:
    """Return the mitigations that a person owns in cases that are not closed, the one to look at first in front."""
    found = (
        select(Mitigation)
        .join(Case, _CASE.c.id == _T.c.case_id)
        .where(_T.c.owner_id == person_id, text(OPEN))
        .order_by(_T.c.next_check_at.is_(None), _T.c.next_check_at, _T.c.case_id, _T.c.number)
    )
    return session.exec(found.limit(limit).execution_options(populate_existing=True)).all()


def _forget_conditions(session: Session, case_id: int, numbers: Sequence[int]) -> None:
    """Forget what mitigations relied on."""
    _FORGET.each(session, [{"case": case_id, "entry": number} for number in numbers], of=case_id)
