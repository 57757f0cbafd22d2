"""Cases: where the risk of each launch stands, who owns it, and by when something is due.

A case is *open* until it is closed, *active* while somebody owes an answer or a decision, and *tracked* between the
two. What lists cases to people who may have no part in them leaves sealed ones out; an owner sees all their own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, desc, func, or_, text, union
from sqlalchemy import case as when
from sqlalchemy import select as core_select
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.models import (
    ACTIVE,
    KNOWN,
    LISTED,
    OPEN,
    OPEN_SEVERE,
    OPENLY,
    WAITING,
    Case,
    CaseGroup,
    CasePerson,
    Check,
    columns_of,
    table_of,
)
from storage.values import in_utc

_T: Final = table_of(Case)
_CHECK: Final = table_of(Check)
_GROUP: Final = table_of(CaseGroup)
_PERSON: Final = table_of(CasePerson)
RECENT: Final = 100
"""How many of a person's last checks are looked through for their cases."""
_COLUMNS: Final = tuple(column.name for column in _T.columns if column.name != "id")
_INSERT: Final = inserter(Case, leave="id", returning="id")
_SHOWN: Final = text("NOT sealed")
_QUEUE: Final = (desc(_T.c.queue_order), _T.c.id)
_OPEN_ID: Final = Prepared(
    lambda _: core_select(_T.c.id).where(
        _T.c.product_id == bindparam("product"), _T.c.launch_key == bindparam("launch"), text(KNOWN)
    )
)
# Written once: to build a statement anew costs as much as to ask it.
_GET: Final = select(Case).where(_T.c.id == bindparam("case", type_=Integer))
_LOCK: Final = _GET.with_for_update().execution_options(populate_existing=True)
_CASELOAD: Final = select(Case).where(text(LISTED)).order_by(*_QUEUE).limit(bindparam("most", type_=Integer))
_OWED: Final = (
    select(Case)
    .where(_T.c.owner_id == bindparam("person"), text(ACTIVE))
    .order_by(*_QUEUE)
    .limit(bindparam("most", type_=Integer))
)
_SINCE: Final = bindparam("since", type_=_T.c.opened_at.type)
_MOST: Final = bindparam("most", type_=Integer)


def _up_to(found: Select[Any]) -> Select[Any]:
    """Count rows, but no more than asked for: who wants to know of three need not wait for a count of thousands."""
    return core_select(func.count()).select_from(found.limit(_MOST).subquery())


_COUNT_OPEN: Final = _up_to(core_select(_T.c.id).where(text(LISTED)))
_COUNT_SEVERE: Final = Prepared(
    lambda _: _up_to(
        core_select(_T.c.id).where(
            text(OPEN_SEVERE), _SHOWN, _T.c.product_id == bindparam("product"), _T.c.opened_at >= _SINCE
        )
    )
)
_ADD_GROUP: Final = inserter(CaseGroup, known="skip")
_COUNT_SEVERE_OF_GROUP: Final = Prepared(
    lambda _: _up_to(
        core_select(_T.c.id)
        .select_from(_GROUP.join(_T, _T.c.id == _GROUP.c.case_id))
        .where(_GROUP.c.group_id == bindparam("group"), _GROUP.c.opened_at >= _SINCE, text(OPEN_SEVERE), _SHOWN)
    )
)
COUNTED: Final = 10_000
"""Up to how many cases, open or late, are counted one by one."""


def add(session: Session, case: Case) -> int:
    """Save a new case at once, set and return its id; later changes to the object are saved with the transaction.

    The block of `Database.write` raises Conflict when the launch has an open case already.
    """
    case.version = 1
    number = int(_INSERT.first(session, columns_of(case, _COLUMNS))[0])
    case.id = number
    make_transient_to_detached(case)
    session.add(case)
    return number


def get(session: Session, case_id: int, *, lock: bool = False) -> Case | None:
    """Return a case; with `lock`, nobody else can change it until this transaction ends."""
    return session.exec(_LOCK if lock else _GET, params={"case": case_id}).first()


def get_many(session: Session, case_ids: Collection[int]) -> dict[int, Case]:
    """Return cases by their ids; what does not exist is missing."""
    if not case_ids:
        return {}
    found = session.exec(select(Case).where(_T.c.id.in_(sorted(case_ids))))
    return {case.id or 0: case for case in found}


def lock_many(session: Session, case_ids: Sequence[int]) -> Sequence[Case]:
    """Return cases in the order of their ids; nobody else can change them until this transaction ends."""
    found = select(Case).where(_T.c.id.in_(case_ids)).order_by(_T.c.id).with_for_update()
    return session.exec(found.execution_options(populate_existing=True)).all()


def open_for(session: Session, product_id: str, launch_key: str, *, lock: bool = True) -> Case | None:
    """Return the open case of a launch, if there is one; never a sealed one, which nobody joins by a check."""
    given = {"product": product_id, "launch": launch_key}
    session.flush()
    found = _OPEN_ID.first(session, given)
    if found is None:
        return None
    case = get(session, int(found[0]), lock=lock)
    # Between the two statements somebody may have closed it.
    return None if case is None or case.state == "closed" else case


def _behind(after: tuple[int, int]) -> ColumnElement[bool]:
    """Return the condition for what comes later in the queue than (queue_order, id)."""
    order, number = after
    same = and_(_T.c.queue_order == order, _T.c.id > number)
    return and_(_T.c.queue_order <= order, or_(_T.c.queue_order < order, same))


def caseload(session: Session, limit: int, after: tuple[int, int] | None = None) -> Sequence[Case]:
    """Return active cases that are not sealed, the most urgent first.

    `after` is (queue_order, id) of the last one already shown.
    """
    if after is None:
        return session.exec(_CASELOAD, params={"most": limit}).all()
    return session.exec(_CASELOAD.where(_behind(after)), params={"most": limit}).all()


def count_open(session: Session) -> int:
    """Count the active cases that are not sealed, up to `COUNTED`."""
    return int(session.connection().execute(_COUNT_OPEN, {"most": COUNTED}).scalar_one())


def count_severe(session: Session, product_id: str, since: datetime, most: int) -> int:
    """Count the open cases of a product, not sealed, found SEV3 or SEV4, opened since then, up to `most`."""
    given = {"product": product_id, "since": in_utc(since), "most": most}
    return int(_COUNT_SEVERE.first(session, given)[0])


def note_groups(session: Session, case_id: int, groups: Sequence[str], opened_at: datetime) -> None:
    """Note the groups at risk that a case touches; those noted before stay."""
    if groups:
        at = in_utc(opened_at)
        _ADD_GROUP.each(session, [{"case_id": case_id, "group_id": each, "opened_at": at} for each in groups])


def count_severe_of_group(session: Session, group_id: str, since: datetime, most: int) -> int:
    """Count the open cases of all products found SEV3 or SEV4 that touch a group, opened since then, up to `most`."""
    given = {"group": group_id, "since": in_utc(since), "most": most}
    return int(_COUNT_SEVERE_OF_GROUP.first(session, given)[0])


def owed_by(session: Session, person_id: str, limit: int) -> Sequence[Case]:
    """Return the active cases that a person owns, sealed ones too, the most urgent first."""
    return session.exec(_OWED, params={"person": person_id, "most": limit}).all()


def raised_by(session: Session, submitter_id: str, limit: int) -> Sequence[Case]:
    """Return the cases that a person sent a check for, newest first, closed ones too."""
    own = (
        core_select(_CHECK.c.case_id)
        .where(_CHECK.c.submitter_id == submitter_id, _CHECK.c.case_id.is_not(None))
        .order_by(desc(_CHECK.c.created_at))
        .limit(RECENT)
    )
    found = select(Case).where(_T.c.id.in_(own))
    return session.exec(found.order_by(desc(_T.c.opened_at), desc(_T.c.id)).limit(limit)).all()


def owners_of_open(session: Session) -> list[str]:
    """Return the people who own an active case, each once."""
    found = (
        core_select(_T.c.owner_id).where(text(ACTIVE), _T.c.owner_id.is_not(None)).distinct().order_by(_T.c.owner_id)
    )
    return list(session.connection().execute(found).scalars())


def open_of_owner(session: Session, owner: str | None, limit: int) -> Sequence[Case]:
    """Return the active cases that a person owns, or (None) that nobody owns, in the order of their ids."""
    found = select(Case).where(text(ACTIVE), _T.c.owner_id == owner)
    return session.exec(found.order_by(_T.c.id).limit(limit)).all()


def open_after(session: Session, after_id: int, limit: int) -> Sequence[Case]:
    """Return active cases in the order of their ids, those behind `after_id`: for walking through all of them."""
    found = select(Case).where(text(ACTIVE), _T.c.id > after_id)
    return session.exec(found.order_by(_T.c.id).limit(limit)).all()


def overdue_acknowledgements(session: Session, now: datetime) -> int:
    """Count the cases that nobody acknowledged in time, up to `COUNTED`."""
    late = core_select(_T.c.id).where(text(WAITING), _T.c.ack_due_at <= in_utc(now)).limit(COUNTED)
    return int(session.connection().execute(core_select(func.count()).select_from(late.subquery())).scalar_one())


def late(session: Session, now: datetime, limit: int) -> Sequence[Case]:
    """Return cases, not sealed, whose acknowledgement or decision is late, the most urgent first."""
    moment = in_utc(now)
    waits = and_(text(WAITING), _T.c.ack_due_at <= moment)
    decides = and_(_T.c.state == "acknowledged", _T.c.decide_due_at <= moment)
    return session.exec(select(Case).where(or_(waits, decides), _SHOWN).order_by(*_QUEUE).limit(limit)).all()


def waiting_at(session: Session, level: int, limit: int) -> Sequence[Case]:
    """Return the cases of a level, not sealed, that nobody has acknowledged, the most urgent first."""
    found = select(Case).where(text(WAITING), _T.c.level == level, _SHOWN)
    return session.exec(found.order_by(*_QUEUE).limit(limit)).all()


def count_by_level(session: Session) -> dict[int, int]:
    """Count the active cases of each level, those that are not sealed."""
    counted = core_select(_T.c.level, func.count()).where(text(LISTED)).group_by(_T.c.level)
    return {int(level): int(count) for level, count in session.connection().execute(counted)}


class Openly(NamedTuple):
    """Count what records that are not closed say openly. Gaps are counted apart and never as mitigated (S14)."""

    cannot: int = 0
    not_yet: int = 0
    no_action: int = 0
    dissent: int = 0
    no_formal: int = 0
    pressure: int = 0


def said_openly(session: Session, acted_before: datetime) -> Openly:
    """Add up what records say, sealed ones left out; of risks that nobody answers those of cases opened before then."""
    late = when((_T.c.opened_at < in_utc(acted_before), _T.c.no_action), else_=0)
    columns = (_T.c.cannot, _T.c.not_yet, late, _T.c.dissent, _T.c.no_formal, _T.c.pressure)
    sums = core_select(*(func.coalesce(func.sum(each), 0) for each in columns)).where(text(KNOWN))
    return Openly(*(int(each) for each in session.connection().execute(sums).one()))


def with_gaps(session: Session, limit: int) -> Sequence[Case]:
    """Return cases, not closed and not sealed, whose record says CANNOT or NOT YET, the most urgent first."""
    return session.exec(select(Case).where(text(OPENLY)).order_by(*_QUEUE).limit(limit)).all()


def count_decided(session: Session, since: datetime) -> int:
    """Count the cases that were decided since then."""
    decided = core_select(func.count()).select_from(_T).where(_T.c.decided_at >= in_utc(since), _SHOWN)
    return int(session.connection().execute(decided).scalar_one())


def _concerns(person_id: str) -> ColumnElement[bool]:
    """Return the condition for cases in which a person has a part."""
    by = core_select(_CHECK.c.case_id).where(_CHECK.c.submitter_id == person_id, _CHECK.c.case_id.is_not(None))
    # Each way in has its index; one condition over several columns would have none.
    owns = core_select(_T.c.id).where(text(OPEN), _T.c.owner_id == person_id)
    backs = core_select(_T.c.id).where(text(OPEN), _T.c.backup_id == person_id)
    named = core_select(_PERSON.c.case_id).where(_PERSON.c.person_id == person_id)
    return _T.c.id.in_(union(by, owns, backs, named))


def search(
    session: Session,
    words: str,
    person_id: str | None,
    limit: int,
    after: tuple[int, int] | None = None,
    products: Sequence[str] = (),
) -> Sequence[Case]:
    """Return cases that are neither closed nor sealed, for the register, the most urgent first.

    A case is found whose launch key contains `words` (folded like it; empty finds all) or whose product is among
    `products`. With a person, only cases that they sent a check of, own, back up or otherwise have a part in.
    `after` is (queue_order, id) of the last one already shown.
    """
    named = _T.c.launch_key.contains(words, autoescape=True)
    found = core_select(_T.c.id).where(text(KNOWN), or_(named, _T.c.product_id.in_(products)))
    if person_id is not None:
        found = found.where(_concerns(person_id))
    if after is not None:
        found = found.where(_behind(after))
    # The ids come from the index alone; only what is shown is read from the table.
    ids = session.connection().execute(found.order_by(*_QUEUE).limit(limit)).scalars().all()
    return session.exec(select(Case).where(_T.c.id.in_(ids)).order_by(*_QUEUE)).all()
