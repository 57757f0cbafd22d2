"""Mitigations: where each stands, by when it is looked at again, and which changes would end what it relies on.

The rows follow the record of the case, and are written in the transaction of the event that changed it (S13, S14).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final, NamedTuple

from sqlalchemy import ClauseElement, bindparam, delete, text, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.models import OPEN, Case, Mitigation, MitigationStatus, ValidWhile, table_of
from storage.values import in_utc

_T: Final = table_of(Mitigation)
_RELIES: Final = table_of(ValidWhile)
_CASE: Final = table_of(Case)
_COLUMNS: Final = tuple(column.name for column in _T.columns)
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
_HELD: Final = Prepared(
    lambda _: core_select(_RELIES.c.signal, _RELIES.c.country, _RELIES.c.customer).where(
        _RELIES.c.case_id == bindparam("case"), _RELIES.c.number == bindparam("entry")
    )
)
_NUMBERS: Final = Prepared(lambda _: core_select(_T.c.number).where(_T.c.case_id == bindparam("case")))


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


def put(
    session: Session,
    row: Row,
    *,
    signals: Sequence[str],
    countries: Sequence[str],
    customers: Sequence[str],
    now: datetime,
) -> None:
    """Save a mitigation in place of what stood under its number, with the signals that would end what it relies on.

    They count in these countries and for these customers (folded; of a name the first `CUSTOMER` characters); where
    none are named, in any and for any.
    """
    values: dict[str, Any] = {**asdict(row), "updated_at": in_utc(now)}
    values["next_check_at"] = None if row.next_check_at is None else in_utc(row.next_check_at)
    _PUT.run(session, values).close()
    named = [customer[:CUSTOMER] for customer in customers]
    found = {Condition(*each) for each in product(signals, countries or ("",), named or ("",))}
    # Mostly nothing but the status has changed, and a mitigation may rely on dozens of things.
    if found == _held(session, row.case_id, row.number):
        return
    _forget_conditions(session, row.case_id, [row.number])
    key = {"case_id": row.case_id, "number": row.number}
    if found:
        _CONDITION.each(session, [{**key, **condition._asdict()} for condition in sorted(found)])


def _held(session: Session, case_id: int, number: int) -> set[Condition]:
    cursor = _HELD.run(session, {"case": case_id, "entry": number})
    held = {Condition(*row) for row in cursor.fetchall()}
    cursor.close()
    return held


def put_all(session: Session, case_id: int, wanted: Mapping[Row, frozenset[Condition]], now: datetime) -> None:
    """Bring the mitigations of a case to these, each with what it relies on; what stands already is not written again.

    A change of context goes through thousands of cases, and in most of them moves one row or none.
    """
    held = {row.number: row for row in _rows(session, case_id)}
    relied = conditions_of(session, case_id) if held else {}
    fresh = [row for row in wanted if held.get(row.number) != row]
    moment = in_utc(now)
    if fresh:
        _PUT.each(session, [{**asdict(row), "updated_at": moment} for row in fresh])
    moved = {row.number: found for row, found in wanted.items() if found != frozenset(relied.get(row.number, ()))}
    gone = sorted(held.keys() - {row.number for row in wanted})
    if moved or gone:
        _forget_conditions(session, case_id, sorted({*moved, *gone}))
    new = [
        {"case_id": case_id, "number": number, **each._asdict()} for number, found in moved.items() for each in found
    ]
    if new:
        _CONDITION.each(session, new)
    if gone:
        session.connection().execute(delete(_T).where(_T.c.case_id == case_id, _T.c.number.in_(gone)))


def conditions(signals: Sequence[str], countries: Sequence[str], customers: Sequence[str]) -> frozenset[Condition]:
    """Give what ends what a mitigation relies on: these signals, in these countries and for these customers (folded).

    Where no country or customer is named, in any and for any.
    """
    named = [customer[:CUSTOMER] for customer in customers]
    return frozenset(Condition(*each) for each in product(signals, countries or ("",), named or ("",)))


def _rows(session: Session, case_id: int) -> list[Row]:
    columns = [_T.c[name] for name in Row.__dataclass_fields__]
    found = session.connection().execute(core_select(*columns).where(_T.c.case_id == case_id))
    return [Row(*row) for row in found]


def of_case(session: Session, case_id: int) -> Sequence[Mitigation]:
    """Return the mitigations of a case in the order of their numbers."""
    found = select(Mitigation).where(_T.c.case_id == case_id).order_by(_T.c.number)
    return session.exec(found.execution_options(populate_existing=True)).all()


def conditions_of(session: Session, case_id: int) -> Mapping[int, Sequence[Condition]]:
    """Return what the mitigations of a case rely on not to happen, by their numbers."""
    found: dict[int, list[Condition]] = {}
    columns = (_RELIES.c.number, _RELIES.c.signal, _RELIES.c.country, _RELIES.c.customer)
    rows = session.exec(select(*columns).where(_RELIES.c.case_id == case_id).order_by(*columns))
    for number, signal, country, customer in rows:
        found.setdefault(number, []).append(Condition(signal, country, customer))
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


def set_status(
    session: Session,
    case_id: int,
    number: int,
    status: MitigationStatus,
    *,
    credited: bool,
    now: datetime,
    next_check_at: datetime | None = None,
) -> bool:
    """Note where a mitigation stands now, and when it is looked at next (None: as before); say whether there is one."""
    values: dict[str, Any] = {"status": status, "credited": credited, "updated_at": in_utc(now)}
    if next_check_at is not None:
        values["next_check_at"] = in_utc(next_check_at)
    this = update(_T).where(_T.c.case_id == case_id, _T.c.number == number)
    return session.connection().execute(this.values(values)).rowcount > 0


def drop(session: Session, case_id: int, number: int) -> bool:
    """Forget a mitigation that the record does not hold any more; say whether there was one."""
    _forget_conditions(session, case_id, [number])
    this = delete(_T).where(_T.c.case_id == case_id, _T.c.number == number)
    return session.connection().execute(this).rowcount > 0


def keep_only(session: Session, case_id: int, numbers: Iterable[int]) -> int:
    """Forget the mitigations of a case but those with these numbers; return how many."""
    cursor = _NUMBERS.run(session, {"case": case_id})
    gone = sorted({int(row[0]) for row in cursor.fetchall()} - set(numbers))
    cursor.close()
    if not gone:
        return 0
    _forget_conditions(session, case_id, gone)
    return session.connection().execute(delete(_T).where(_T.c.case_id == case_id, _T.c.number.in_(gone))).rowcount


def _forget_conditions(session: Session, case_id: int, numbers: Sequence[int]) -> None:
    """Forget what mitigations relied on."""
    _FORGET.each(session, [{"case": case_id, "entry": number} for number in numbers])
