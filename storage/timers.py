"""Timers: the clocks that run, one row each, and the statement by which a sweep hands out what is due.

Every setting and every handing-out gives a timer a new generation. An act that sets or drops a timer in its own
transaction thereby turns a job that is already on its way into one that does nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ClauseElement, Integer, bindparam, delete, exists, func, literal, text, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage.direct import Prepared, ahead
from storage.models import HANDED, OPEN, WAITING, Case, Timer, table_of
from storage.values import in_utc

COUNTED: Final = 100_000
"""Up to how many waiting timers are counted one by one."""

_T: Final = table_of(Timer)
_CASE: Final = table_of(Case)
_AT: Final = _T.c.due_at.type
_COLUMNS: Final = tuple(column.name for column in _T.columns if column.name != "id")


@dataclass(frozen=True, slots=True)
class NewTimer:
    """Describe a clock to start, or to set anew: `step` of `kind` is to happen at `due_at` (aware)."""

    key: str
    kind: str
    step: str
    due_at: datetime
    case_id: int | None = None


class Handed(NamedTuple):
    """Name a timer that was handed out, and the turn in which its job may act."""

    id: int
    generation: int


class TimerCounts(NamedTuple):
    """Count the timers: not due yet (up to `COUNTED`), due and not handed out, handed out; the oldest of the latter."""

    waiting: int
    due: int
    handed: int
    oldest_due: datetime | None


def _upsert(dialect: str) -> ClauseElement:
    """Build the statement that starts a timer or sets it anew."""
    made: Any = (insert_sqlite if dialect == "sqlite" else insert_postgresql)(_T)
    new = {name: made.excluded[name] for name in ("case_id", "kind", "step", "due_at", "look_at", "state")}
    return made.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=["key"], set_={**new, "generation": _T.c.generation + 1}
    )


def _hand(dialect: str) -> ClauseElement:
    """Build the one statement that hands out what is due."""
    due = "SELECT id FROM hr_timer WHERE look_at <= :now ORDER BY look_at, id LIMIT :most"
    # As an array it is worked out once; inside a join PostgreSQL might run it, and its limit, once for every row.
    among = f"IN ({due})" if dialect == "sqlite" else f"= ANY (ARRAY({due} FOR UPDATE SKIP LOCKED))"
    statement = text(
        "UPDATE hr_timer SET state = 'handed', generation = generation + 1, look_at = :until "  # noqa: S608
        f"WHERE id {among} RETURNING id, generation"
    )
    return statement.bindparams(
        bindparam("now", type_=_AT), bindparam("until", type_=_AT), bindparam("most", type_=Integer)
    )


_PUT: Final = Prepared(_upsert, _COLUMNS)
_HAND: Final = Prepared(_hand)
_NEXT_LOOK: Final = core_select(_T.c.look_at).order_by(_T.c.look_at, _T.c.id).limit(1)
_NEXT_DUE: Final = (
    core_select(_T.c.look_at)
    .where(text(WAITING), _T.c.look_at > bindparam("after", type_=_AT))
    .order_by(_T.c.look_at, _T.c.id)
    .limit(1)
)
_ONE: Final = select(Timer).where(_T.c.key == bindparam("key")).execution_options(populate_existing=True)
_OF_CASE: Final = (
    select(Timer)
    .where(_T.c.case_id == bindparam("case", type_=Integer))
    .order_by(_T.c.due_at, _T.c.id)
    .execution_options(populate_existing=True)
)
_PEEK: Final = (
    select(Timer)
    .where(
        _T.c.id == bindparam("timer", type_=_T.c.id.type),
        text(HANDED),
        _T.c.generation == bindparam("turn", type_=_T.c.generation.type),
    )
    .execution_options(populate_existing=True)
)
_TAKE: Final = _PEEK.with_for_update()
_DROP: Final = Prepared(
    lambda _: delete(_T).where(_T.c.case_id == bindparam("case", type_=Integer), _T.c.kind == bindparam("of_kind"))
)
_AHEAD: Final = "timers"
_NEWEST: Final = 2**63
_DROP_KEY: Final = Prepared(lambda _: delete(_T).where(_T.c.key == bindparam("key")))


def put(session: Session, timers: Sequence[NewTimer], now: datetime) -> None:
    """Start timers; one that runs under the same key is set anew, and a job already made for it does nothing."""
    if not timers:
        return
    moment = in_utc(now)
    rows = [
        {
            "key": timer.key,
            "case_id": timer.case_id,
            "kind": timer.kind,
            "step": timer.step,
            "due_at": in_utc(timer.due_at),
            "look_at": in_utc(timer.due_at),
            "state": "waiting",
            "generation": 0,
            "created_at": moment,
        }
        # In one order for everybody; else two writers could wait for each other.
        for timer in sorted(timers, key=lambda timer: timer.key)
    ]
    cases = {timer.case_id for timer in timers}
    of = cases.pop() if len(cases) == 1 else None
    _put_ahead(session, rows)
    _PUT.each(session, rows, of=of)


def drop(session: Session, case_id: int, kinds: Sequence[str] | None = None) -> int:
    """End the timers of a case, all or those of some kinds; return how many ran, 0 while writes are gathered."""
    if kinds is not None and not kinds:
        return 0
    known = _ahead(session, case_id)
    for key in [key for key, each in known.items() if kinds is None or each.kind in kinds]:
        del known[key]
    if kinds is not None:
        rows = [{"case": case_id, "of_kind": kind} for kind in sorted(set(kinds))]
        return _DROP.each(session, rows, of=case_id)
    return session.connection().execute(delete(_T).where(_T.c.case_id == case_id)).rowcount


def drop_key(session: Session, key: str, *, case_id: int | None = None) -> bool:
    """End the timer of this key; say whether it ran.

    Given the case it belongs to, the end waits where writes are gathered, and False is returned.
    """
    for (what, _), known in (ahead(session) or {}).items():
        if what == _AHEAD:
            known.pop(key, None)
    return _DROP_KEY.each(session, [{"key": key}], of=case_id) > 0


def hand_due(session: Session, now: datetime, lease: timedelta, limit: int) -> list[Handed]:
    """Hand out up to `limit` timers whose moment, or whose lease, is over; their lease then ends at `now + lease`.

    Two sweeps never get the same timer while its lease lasts. The work depends on how many are due, not on how many
    wait.
    """
    moment = in_utc(now)
    cursor = _HAND.run(session, {"now": moment, "until": moment + lease, "most": limit})
    handed = [Handed(int(row[0]), int(row[1])) for row in cursor.fetchall()]
    cursor.close()
    return sorted(handed)


def peek(session: Session, timer_id: int, generation: int) -> Timer | None:
    """Return a timer if it is handed out in this turn, without locking it.

    A job reads the case from it, locks the case, and only then calls `take`: acts lock in that order too, and in any
    other the two could wait for each other.
    """
    return _in_turn(session, timer_id, generation, lock=False)


def take(session: Session, timer_id: int, generation: int) -> Timer | None:
    """Lock a timer for the job of this turn; None when it was set anew, ended or handed to a later job meanwhile."""
    return _in_turn(session, timer_id, generation, lock=True)


def _in_turn(session: Session, timer_id: int, generation: int, *, lock: bool) -> Timer | None:
    """Read a timer if it is handed out with this generation."""
    return session.exec(_TAKE if lock else _PEEK, params={"timer": timer_id, "turn": generation}).first()


def get(session: Session, key: str) -> Timer | None:
    """Return the timer that runs under a key."""
    return session.exec(_ONE, params={"key": key}).first()


def running(session: Session, keys: Collection[str]) -> frozenset[str]:
    """Return those of these keys under which a timer runs."""
    if not keys:
        return frozenset()
    found = core_select(_T.c.key).where(_T.c.key.in_(sorted(keys)))
    return frozenset(session.connection().execute(found).scalars())


def read_ahead(session: Session, case_ids: Sequence[int]) -> None:
    """Read the timers of several cases at once, where writes are gathered; `of_case` then asks no more for them."""
    known = ahead(session)
    if known is None:
        return
    found: dict[int | None, dict[str, Timer]] = {each: {} for each in case_ids}
    theirs = select(Timer).where(_T.c.case_id.in_(case_ids)).execution_options(populate_existing=True)
    for timer in session.exec(theirs):
        found[timer.case_id][timer.key] = timer
    known.update({(_AHEAD, case_id): of_it for case_id, of_it in found.items()})


def _ahead(session: Session, case_id: int | None) -> dict[str, Timer]:
    """Give the timers of a case that were read ahead, as what waits will leave them; nobody keeps an empty answer."""
    known: dict[str, Timer] = (ahead(session) or {}).get((_AHEAD, case_id), {})
    return known


def _put_ahead(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was read ahead in step with timers that are put: see `_upsert`."""
    for row in rows if ahead(session) is not None else ():
        known = _ahead(session, row["case_id"])
        before = known.get(row["key"])
        kept: dict[str, Any] = {}
        if before is not None:
            kept = {"id": before.id, "generation": before.generation + 1, "created_at": before.created_at}
        known[row["key"]] = Timer(**{**row, **kept})


def of_case(session: Session, case_id: int) -> Sequence[Timer]:
    """Return the timers of a case, the first due first."""
    known = ahead(session)
    if known is not None and (_AHEAD, case_id) in known:
        return sorted(known[_AHEAD, case_id].values(), key=lambda each: (each.due_at, each.id or _NEWEST))
    return session.exec(_OF_CASE, params={"case": case_id}).all()


def next_look(session: Session) -> datetime | None:
    """Return when a sweep must look next (perhaps already past), or None when no clock runs."""
    found: datetime | None = session.connection().execute(_NEXT_LOOK).scalar_one_or_none()
    return found


def next_due(session: Session, after: datetime, but: frozenset[str] = frozenset()) -> datetime | None:
    """Return the first moment after `after` at which a waiting timer falls due, of any kind but some."""
    given = {"after": in_utc(after)}
    asked = _NEXT_DUE.where(_T.c.kind.not_in(sorted(but))) if but else _NEXT_DUE
    found: datetime | None = session.connection().execute(asked, given).scalar_one_or_none()
    return found


def counts(session: Session, now: datetime, but: Collection[str] = ()) -> TimerCounts:
    """Count the timers by how far they are. A timer is in one of the three numbers only.

    Those that wait under one of the keys in `but` are left out.
    """
    moment, connection = in_utc(now), session.connection()
    left_out = core_select(func.count()).where(_T.c.key.in_(sorted(but)), text(WAITING), _T.c.look_at > moment)
    hidden = int(connection.execute(left_out).scalar_one()) if but else 0
    later = core_select(_T.c.id).where(text(WAITING), _T.c.look_at > moment).limit(COUNTED + hidden).subquery()
    due = core_select(func.count(), func.min(_T.c.look_at)).where(text(WAITING), _T.c.look_at <= moment)
    handed = core_select(func.count(), func.min(_T.c.due_at)).where(text(HANDED))
    waiting = int(connection.execute(core_select(func.count()).select_from(later)).scalar_one()) - hidden
    due_number, due_first = connection.execute(due).one()
    handed_number, handed_first = connection.execute(handed).one()
    oldest = min((first for first in (due_first, handed_first) if first is not None), default=None)
    return TimerCounts(waiting, int(due_number), int(handed_number), oldest)


def overdue(session: Session, before: datetime, limit: int) -> Sequence[Timer]:
    """Return timers that were due before `before` and have not ended yet, the longest due first."""
    moment = in_utc(before)
    # One question for each index: `look_at` of a handed timer says nothing about when it was due.
    waiting = select(Timer).where(text(WAITING), _T.c.look_at < moment).order_by(_T.c.look_at, _T.c.id)
    handed = select(Timer).where(text(HANDED), _T.c.due_at < moment).order_by(_T.c.due_at, _T.c.id)
    fresh = {"populate_existing": True}
    found = [
        *session.exec(waiting.limit(limit).execution_options(**fresh)),
        *session.exec(handed.limit(limit).execution_options(**fresh)),
    ]
    return sorted(found, key=lambda timer: (timer.due_at, timer.id))[:limit]


def hand_again(session: Session, timer_id: int, generation: int, now: datetime) -> bool:
    """End the lease of a handed timer at once, so that the next sweep hands it out; False when it moved on."""
    mine = update(_T).where(_T.c.id == timer_id, text(HANDED), _T.c.generation == generation)
    return session.connection().execute(mine.values(look_at=in_utc(now))).rowcount > 0


def clock_went_back(session: Session, now: datetime, lease: timedelta) -> int:
    """Shorten leases that were given before the clock was set back; return how many.

    What is due stays due at the moment it was promised for.
    """
    until = in_utc(now) + lease
    late = update(_T).where(text(HANDED), _T.c.look_at > until)
    return session.connection().execute(late.values(look_at=until)).rowcount


def open_without(session: Session, limit: int) -> Sequence[int]:
    """Return the ids of cases at level 1 or above, tracked ones too, for which no clock runs; there should be none."""
    runs = exists(literal(1)).where(_T.c.case_id == _CASE.c.id)
    found = core_select(_CASE.c.id).where(text(OPEN), _CASE.c.level >= 1, ~runs).order_by(_CASE.c.id).limit(limit)
    return session.connection().execute(found).scalars().all()
