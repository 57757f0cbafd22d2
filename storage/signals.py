"""Signals: changes in the context of use, which cases each of them concerns, and how far those were worked through.

A case that is closed or sealed is never found here. A case of which nobody said where it is used is concerned by a
change in any country (S14).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    TextClause,
    bindparam,
    desc,
    func,
    literal,
    or_,
    text,
    update,
)
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.mitigations import CUSTOMER
from storage.models import ANYWHERE, KNOWN, Case, CaseCountry, SignalRow, ValidWhile, columns_of, table_of
from storage.values import in_utc

_T: Final = table_of(SignalRow)
_CASE: Final = table_of(Case)
_COUNTRY: Final = table_of(CaseCountry)
_RELIES: Final = table_of(ValidWhile)
_COLUMNS: Final = tuple(column.name for column in _T.columns if column.name != "id")
_ADD: Final = inserter(SignalRow, leave="id", known="skip", returning="id")
_LAST: Final = 2**63 - 1
_UNDER_WAY: Final = ("planned", "running")


def add(session: Session, signal: SignalRow) -> int | None:
    """Save a new signal and return its id; None when one with this key is known already.

    The object stays a plain value: later changes to it are not saved.
    """
    found = _ADD.first(session, columns_of(signal, _COLUMNS))
    return None if found is None else int(found[0])


def get(session: Session, signal_id: int, *, lock: bool = False) -> SignalRow | None:
    """Return a signal; with `lock`, nobody else can change it until this transaction ends."""
    found = select(SignalRow).where(_T.c.id == signal_id)
    found = found.with_for_update() if lock else found
    return session.exec(found.execution_options(populate_existing=True)).first()


def by_key(session: Session, key: str) -> SignalRow | None:
    """Return the signal with this key."""
    found = select(SignalRow).where(_T.c.key == key)
    return session.exec(found.execution_options(populate_existing=True)).first()


def progress(
    session: Session,
    signal_id: int,
    cursor: int,
    *,
    touched: int = 0,
    reopened: int = 0,
    raised: int = 0,
    hit: int = 0,
    done_at: datetime | None = None,
) -> bool:
    """Note that the cases up to `cursor` were worked through, and add to the counts; with `done_at` it is done.

    Return False, and change nothing, when the signal is done or cancelled already, or was ahead of `cursor`.
    """
    added = {"touched": touched, "reopened": reopened, "raised": raised, "hit": hit}
    values: dict[str, Any] = {name: _T.c[name] + more for name, more in added.items()}
    values |= {"cursor": cursor, "state": "running"}
    if done_at is not None:
        values |= {"state": "done", "done_at": in_utc(done_at)}
    this = update(_T).where(_T.c.id == signal_id, _T.c.state.in_(_UNDER_WAY), _T.c.cursor <= cursor)
    return session.connection().execute(this.values(values)).rowcount > 0


def cancel(session: Session, signal_id: int, now: datetime) -> bool:
    """Take back a signal that was not acted on yet; say whether it could still be taken back."""
    this = update(_T).where(_T.c.id == signal_id, _T.c.state == "planned")
    return session.connection().execute(this.values(state="cancelled", done_at=in_utc(now))).rowcount > 0


def planned(session: Session, limit: int) -> Sequence[SignalRow]:
    """Return the signals that are not acted on yet, the first to act in front."""
    found = select(SignalRow).where(_T.c.state == "planned").order_by(_T.c.acts_at, _T.c.id).limit(limit)
    return session.exec(found.execution_options(populate_existing=True)).all()


def lately(session: Session, kinds: Collection[str], since: datetime) -> Sequence[SignalRow]:
    """Return signals of some kinds that were acted on, and were done or began since a moment (aware); oldest first."""
    when = or_(_T.c.done_at.is_(None), _T.c.done_at >= in_utc(since), _T.c.since >= in_utc(since))
    found = select(SignalRow).where(_T.c.state.in_(("running", "done")), _T.c.signal.in_(sorted(kinds)), when)
    return session.exec(found.order_by(_T.c.id).execution_options(populate_existing=True)).all()


def recent(session: Session, limit: int) -> Sequence[SignalRow]:
    """Return the signals that came in last, newest first."""
    found = select(SignalRow).order_by(desc(_T.c.id)).limit(limit)
    return session.exec(found.execution_options(populate_existing=True)).all()


def _next(condition: str, *more: ColumnElement[bool]) -> Prepared:
    """Prepare the question for the next ids behind `after`, up to `until`, of cases that fulfil the conditions."""
    found = core_select(_CASE.c.id).where(text(condition), *_within(_CASE.c.id), *more).order_by(_CASE.c.id)
    return Prepared(lambda _: found.limit(_MOST))


def _within(number: Column[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for ids behind `after`, up to `until`."""
    return number > bindparam("after"), number <= bindparam("until")


def _is_there(found: Select[Any]) -> ColumnElement[bool]:
    """Return the condition that a question finds something, asked row by row along an index.

    A join, or EXISTS which is turned into one, may read or sort a whole table for every batch.
    """
    return found.limit(1).scalar_subquery().is_not(None)


def _placed() -> Prepared:
    """Prepare the question for the next cases that name a country, whatever their product."""
    known = core_select(literal(1)).where(_CASE.c.id == _COUNTRY.c.case_id, text(KNOWN)).correlate(_COUNTRY)
    found = core_select(_COUNTRY.c.case_id).where(_HERE, *_within(_COUNTRY.c.case_id), _is_there(known))
    return Prepared(lambda _: found.order_by(_COUNTRY.c.case_id).limit(_MOST))


def _placed_of() -> Prepared:
    """Prepare the question for the next cases of a product that name one of `countries`, codes with commas between."""
    # One question for all countries: a case names few, and a product that is used in none of them is read once only.
    named = core_select(literal(1)).where(_COUNTRY.c.case_id == _CASE.c.id, _AMONG.contains(_COUNTRY.c.country))
    return _next(KNOWN, _THIS_PRODUCT, _is_there(named.correlate(_CASE)))


_MOST: Final = bindparam("most", type_=Integer)
_HERE: Final = _COUNTRY.c.country == bindparam("country")
_AMONG: Final = bindparam("countries", type_=String)
_THIS_PRODUCT: Final = _CASE.c.product_id == bindparam("product")
_ALL: Final = _next(KNOWN)
_ALL_OF: Final = _next(KNOWN, _THIS_PRODUCT)
_UNPLACED: Final = _next(ANYWHERE)
_UNPLACED_OF: Final = _next(ANYWHERE, _THIS_PRODUCT)
_PLACED: Final = _placed()
_PLACED_OF: Final = _placed_of()


def _questions(products: Sequence[str] | None, countries: Sequence[str]) -> Iterator[tuple[Prepared, dict[str, str]]]:
    """Give the small questions that together find what a signal concerns; each walks along one index.

    What an index answers exactly comes first, so that the others need not look far.
    """
    of: list[dict[str, str]] = [{}] if products is None else [{"product": product} for product in products]
    if not countries:
        yield from ((_ALL if products is None else _ALL_OF, each) for each in of)
        return
    yield from ((_UNPLACED if products is None else _UNPLACED_OF, each) for each in of)
    if products is None:
        yield from ((_PLACED, {"country": country}) for country in countries)
    else:
        yield from ((_PLACED_OF, {**each, "countries": ",".join(countries)}) for each in of)


def matching(
    session: Session, products: Sequence[str] | None, countries: Sequence[str], after_id: int, limit: int
) -> list[int]:
    """Return the ids, in order, of the next cases behind `after_id` that a signal concerns.

    Those are cases of one of `products` (None: of any), used in one of `countries` (empty: all) or perhaps anywhere.
    The work depends on `limit` and on how many products and countries are named, not on how many cases there are.
    """
    session.flush()
    found: set[int] = set()
    until = _LAST
    for question, values in _questions(products, countries):
        cursor = question.run(session, {**values, "after": after_id, "until": until, "most": limit})
        found.update(row[0] for row in cursor.fetchall())
        cursor.close()
        if len(found) >= limit:
            found = set(sorted(found)[:limit])
            until = max(found)
    return sorted(found)


def count_matching(session: Session, products: Sequence[str] | None, countries: Sequence[str]) -> int:
    """Count the cases that `matching` finds, all of them."""
    session.flush()
    of = () if products is None else (_CASE.c.product_id.in_(products),)
    if not countries:
        return _count(session, core_select(_CASE.c.id).where(text(KNOWN), *of))
    unplaced = core_select(_CASE.c.id).where(text(ANYWHERE), *of)
    # From the few to the many: from the countries to their cases, or from the products' cases to their countries.
    among = core_select(_COUNTRY.c.case_id).where(_COUNTRY.c.country.in_(countries))
    named = _CASE.c.id.in_(among) if products is None else _names(countries)
    placed = core_select(_CASE.c.id).where(text(KNOWN), text("NOT anywhere"), *of, named)
    return _count(session, unplaced) + _count(session, placed)


def _names(countries: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for cases that name one of these countries, asked of each case."""
    here = core_select(literal(1)).where(_COUNTRY.c.case_id == _CASE.c.id, _COUNTRY.c.country.in_(countries))
    return here.correlate(_CASE).exists()


def _count(session: Session, found: Select[Any]) -> int:
    """Count what a question finds."""
    return int(session.connection().execute(core_select(func.count()).select_from(found.subquery())).scalar_one())


def count_hit(
    session: Session,
    signal: str,
    products: Sequence[str] | None,
    countries: Sequence[str],
    customers: Sequence[str],
) -> int:
    """Count the mitigations, credited or not, of the cases that a signal concerns that rely on it not to happen.

    One that relies on a country or a customer (folded) counts where that is among those named, or where none is named.
    """
    session.flush()
    own: list[ColumnElement[bool]] = [_RELIES.c.signal == signal]
    if countries:
        own.append(_RELIES.c.country.in_(("", *countries)))
    if customers:
        own.append(_RELIES.c.customer.in_(("", *(customer[:CUSTOMER] for customer in customers))))
    where: list[ColumnElement[bool] | TextClause] = [text(KNOWN)]
    if products is not None:
        where.append(_CASE.c.product_id.in_(products))
    if countries:
        where.append(or_(text("anywhere"), _names(countries)))
    both = _RELIES.join(_CASE, _CASE.c.id == _RELIES.c.case_id)
    return _count(
        session, core_select(_RELIES.c.case_id, _RELIES.c.number).select_from(both).where(*own, *where).distinct()
    )
