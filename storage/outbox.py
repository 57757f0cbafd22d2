"""The outbox: messages that were promised, handed to a sender one lane at a time, never lost, never doubled.

To one recipient (a lane) the messages of one case leave in the order of their ids, and one message is on its way at
a time. The statements that find what may leave stand in `storage.lanes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, false, func, or_, text, true, update
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage import lanes
from storage.direct import Prepared, inserter
from storage.models import GIVEN_UP, UNSENT, Lane, Outbox, table_of
from storage.values import in_utc

_T: Final = table_of(Outbox)
_LANE: Final = table_of(Lane)
_EARLIER: Final = _T.alias("earlier")
TRIED_FOR: Final = timedelta(minutes=25)
_INSERT: Final = inserter(Outbox, leave="id", known="skip")
_NEW: Final = {
    "state": "pending",
    "attempts": 0,
    "maybe_out": False,
    "claimed_at": None,
    "sent_at": None,
    "channel_id": None,
    "ts": None,
    "error": None,
}
_UNSENT: Final = text(f"hr_outbox.{UNSENT}")  # spelled as in the partial indexes, or SQLite would not use them
_GIVEN_UP: Final = text(f"hr_outbox.{GIVEN_UP}")
_IN_FLIGHT: Final = ("handed", "sending")
_HANDED: Final = and_(
    _T.c.id == bindparam("message", type_=_T.c.id.type),
    _T.c.state == "handed",
    _T.c.attempts == bindparam("attempt", type_=_T.c.attempts.type),
)
# Written once: to build a statement anew costs as much as to ask it.
_TAKE: Final = select(Outbox).where(_HANDED).execution_options(populate_existing=True)
_READY: Final = core_select(_LANE.c.ready_at).where(_LANE.c.lane == bindparam("of_lane"))
_AT: Final = _T.c.due_at.type
_ANY: Final = -1
_SENT: Final = Prepared(
    lambda _: (
        update(_T)
        .where(
            _T.c.id == bindparam("message", type_=_T.c.id.type),
            text("state IN ('handed', 'sending')"),
            or_(
                _T.c.attempts == bindparam("attempt", type_=_T.c.attempts.type),
                bindparam("attempt", type_=_T.c.attempts.type) == _ANY,
            ),
        )
        .values(
            state="sent",
            sent_at=bindparam("moment", type_=_AT),
            channel_id=bindparam("channel", type_=_T.c.channel_id.type),
            ts=bindparam("place", type_=_T.c.ts.type),
            error=None,
        )
    )
)
_START: Final = Prepared(
    lambda _: (
        update(_T)
        .where(_HANDED, _T.c.due_at > bindparam("moment", type_=_AT))
        .values(
            state="sending",
            due_at=bindparam("until", type_=_AT),
            # The first moment is kept: any attempt since then may have arrived, however long Slack did not answer.
            claimed_at=func.coalesce(_T.c.claimed_at, bindparam("moment", type_=_AT)),
        )
    )
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Describe a message to send; `data` holds ids only, never words. `created_at` is `due_at` unless given."""

    key: str
    kind: str
    lane: str
    due_at: datetime
    case_id: int | None = None
    check_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None


class Handed(NamedTuple):
    """Name a message that was handed out, and the attempt in which its job may act."""

    id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Give a sender its message (cut off from the session), and from when on its recipient may get it."""

    row: Outbox
    ready_at: datetime | None


class Depth(NamedTuple):
    """Count what the outbox holds, and what of it is `due` (waits though its time has come), from when on.

    `retried` are unsent messages whose last try failed or may have arrived.
    """

    pending: int
    handed: int
    sending: int
    parked: int
    maybe_sent: int
    due: int
    oldest_due: datetime | None
    retried: int


def add(
    session: Session,
    key: str,
    kind: str,
    lane: str,
    *,
    due_at: datetime,
    case_id: int | None = None,
    check_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Promise one message; say False, and change nothing, when this key was promised before."""
    return add_many(session, [NewMessage(key, kind, lane, due_at, case_id, check_id, data or {})]) > 0


def add_many(session: Session, messages: Sequence[NewMessage]) -> int:
    """Promise messages in one statement; return how many were new (a known key is left as it is)."""
    if not messages:
        return 0
    rows = [
        {
            **_NEW,
            "key": message.key,
            "kind": message.kind,
            "lane": message.lane,
            "case_id": message.case_id,
            "check_id": message.check_id,
            "data": message.data,
            "created_at": in_utc(message.created_at or message.due_at),
            "due_at": in_utc(message.due_at),
        }
        for message in messages
    ]
    return _INSERT.each(session, rows)


def hand_due(session: Session, now: datetime, lease: timedelta, limit: int, ahead: timedelta) -> list[Handed]:
    """Hand out up to `limit` due messages until `now + lease`, at most one of each lane.

    Of a lane with nothing on its way, and ready by `now + ahead`, that is the lowest id among those that are due and
    first of their case. A message whose lease is over is handed out again, marked `maybe_out` if it was being sent.
    Two sweeps never hand out the same message, nor two messages of one lane.
    """
    rows = lanes.hand_due(session, in_utc(now), lease, limit, ahead)
    return [Handed(int(row[0]), int(row[1])) for row in sorted(rows)]


def take(session: Session, outbox_id: int, attempt: int) -> Taken | None:
    """Return the message handed out in this attempt, without locking it; None when the job comes too late."""
    row = session.exec(_TAKE, params={"message": outbox_id, "attempt": attempt}).first()
    if row is None:
        return None
    session.expunge(row)
    return Taken(row, session.connection().execute(_READY, {"of_lane": row.lane}).scalar_one_or_none())


def _settle(
    session: Session,
    outbox_id: int,
    attempt: int | None,
    *,
    states: Sequence[str] = _IN_FLIGHT,
    ready_at: datetime | None = None,
    **values: Any,
) -> bool:
    """Move a message on from where it is on its way; with `attempt`, only if no later one took it over."""
    mine = and_(_T.c.id == outbox_id, _T.c.state.in_(states))
    if attempt is not None:
        mine = and_(mine, _T.c.attempts == attempt)
    moved = session.connection().execute(update(_T).where(mine).values(**values)).rowcount > 0
    if moved and ready_at is not None:
        lanes.set_ready(session, outbox_id, in_utc(ready_at))
    return moved


def hand_again(session: Session, outbox_id: int, attempt: int, now: datetime) -> bool:
    """End the lease of a message on its way at once, so that the next sweep hands it out; False when it moved on."""
    return _settle(session, outbox_id, attempt, due_at=in_utc(now))


def renew(session: Session, outbox_id: int, attempt: int, until: datetime) -> bool:
    """Let the lease of a message on its way end at `until`; False when it is somebody else's by now."""
    return _settle(session, outbox_id, attempt, due_at=in_utc(until))


def start_sending(session: Session, outbox_id: int, attempt: int, now: datetime, until: datetime) -> bool:
    """Mark a handed message as about to be posted, under a lease that ends at `until`.

    False when the lease is over at `now` or the message is somebody else's: then nothing may be posted.
    """
    given = {"message": outbox_id, "attempt": attempt, "moment": in_utc(now), "until": in_utc(until)}
    return _START.each(session, [given]) > 0


def mark_sent(
    session: Session,
    outbox_id: int,
    *,
    at: datetime,
    channel_id: str | None = None,
    ts: str | None = None,
    attempt: int | None = None,
    ready_at: datetime | None = None,
) -> bool:
    """Record that a message is out (or needless), and where; its lane rests until `ready_at`.

    False when it was not on its way, or, given `attempt`, is somebody else's by now.
    """
    given = {"message": outbox_id, "attempt": _ANY if attempt is None else attempt}
    out = _SENT.each(session, [{**given, "moment": in_utc(at), "channel": channel_id, "place": ts}]) > 0
    if out and ready_at is not None:
        lanes.set_ready(session, outbox_id, in_utc(ready_at))
    return out


def retry_at(
    session: Session,
    outbox_id: int,
    due_at: datetime,
    *,
    attempt: int | None = None,
    error: str | None = None,
    maybe_out: bool,
    ready_at: datetime | None = None,
) -> bool:
    """Put a message back until `due_at`; `error` is a short code. Those behind it of the same case wait with it.

    `maybe_out` is written as given: whether any attempt so far may have arrived. The lane rests until `ready_at`.
    """
    back: dict[str, Any] = {"state": "pending", "due_at": in_utc(due_at), "error": error, "maybe_out": maybe_out}
    return _settle(session, outbox_id, attempt, ready_at=ready_at, **back)


def hold(session: Session, outbox_id: int, until: datetime, attempt: int | None = None) -> bool:
    """Put a message back until `until` because it may not be sent at this hour; nothing went wrong."""
    return _settle(session, outbox_id, attempt, state="pending", due_at=in_utc(until), error=None)


def park(session: Session, outbox_id: int, *, error: str, attempt: int | None = None) -> bool:
    """Give up on a message that can never arrive; the lane goes on without it."""
    return _settle(session, outbox_id, attempt, state="parked", error=error)


def maybe_sent(session: Session, outbox_id: int, *, error: str, attempt: int | None = None) -> bool:
    """Leave it to a person to see whether a message arrived, because we cannot; the lane goes on without it."""
    return _settle(session, outbox_id, attempt, state="maybe_sent", maybe_out=True, error=error)


def hurry(session: Session, case_id: int, now: datetime) -> int:
    """Let all held messages of a case become due now; return how many."""
    moment = in_utc(now)
    held = and_(_UNSENT, _T.c.state == "pending", _T.c.error.is_(None), _T.c.case_id == case_id, _T.c.due_at > moment)
    return session.connection().execute(update(_T).where(held).values(due_at=moment)).rowcount


def given_up(session: Session, limit: int) -> Sequence[Outbox]:
    """Return the messages that wait for a person, `parked` or `maybe_sent`, the oldest first."""
    return session.exec(select(Outbox).where(_GIVEN_UP).order_by(_T.c.id).limit(limit)).all()


def send_again(session: Session, key: str, now: datetime, *, force: bool = False) -> bool:
    """Take up a message again that was given up; False when there is none of this key.

    It is looked up first if it may be out, unless `force`. Attempts count on: the engine ignores a job it has seen.
    """
    out = false() if force else case((_T.c.state == "maybe_sent", true()), else_=_T.c.maybe_out)
    values = {"state": "pending", "due_at": in_utc(now), "error": None, "maybe_out": out}
    again = update(_T).where(_T.c.key == key, _GIVEN_UP).values(values)
    return session.connection().execute(again).rowcount > 0


def say_sent(session: Session, key: str, now: datetime) -> bool:
    """Record that a person saw a message, or that nobody needs it any more; False when none of this key waits."""
    seen = update(_T).where(_T.c.key == key, _GIVEN_UP)
    values = {"state": "sent", "sent_at": in_utc(now), "error": None}
    return session.connection().execute(seen.values(values)).rowcount > 0


def _waits_behind(moment: datetime) -> ColumnElement[bool]:
    """Say whether a message of the same lane comes first: of the same case and held, or of any case and tried again."""
    same_case = func.coalesce(_EARLIER.c.case_id, 0) == func.coalesce(_T.c.case_id, 0)
    held = and_(same_case, _EARLIER.c.due_at >= moment)
    tried_again = and_(_EARLIER.c.state == "pending", _EARLIER.c.error.is_not(None))
    before_it = and_(_EARLIER.c.lane == _T.c.lane, _EARLIER.c.id < _T.c.id, or_(held, tried_again))
    return exists().where(text(f"earlier.{UNSENT}"), before_it)


def depth(session: Session, now: datetime) -> Depth:
    """Count the messages that are not sent. Reads all of them, and none that is sent."""
    late = and_(_T.c.state == "pending", _T.c.due_at <= in_utc(now), ~_waits_behind(in_utc(now)))
    again = or_(_T.c.error.is_not(None), _T.c.maybe_out)
    unsent = core_select(
        _T.c.state,
        func.count(),
        func.sum(case((late, 1), else_=0)),
        func.min(case((late, _T.c.due_at))),
        func.sum(case((again, 1), else_=0)),
    ).where(_UNSENT)
    connection = session.connection()
    found = {row[0]: row for row in connection.execute(unsent.group_by(_T.c.state))}
    lost = core_select(_T.c.state, func.count()).where(_GIVEN_UP).group_by(_T.c.state)
    number = {row[0]: int(row[1]) for row in (*found.values(), *connection.execute(lost))}
    waiting = found.get("pending")
    return Depth(
        pending=number.get("pending", 0),
        handed=number.get("handed", 0),
        sending=number.get("sending", 0),
        parked=number.get("parked", 0),
        maybe_sent=number.get("maybe_sent", 0),
        due=int(waiting[2]) if waiting else 0,
        oldest_due=waiting[3] if waiting else None,
        retried=sum(int(row[4]) for row in found.values()),
    )


def next_look(session: Session) -> datetime | None:
    """Return when a sweep can next hand something out (perhaps already past), or None when all is sent.

    Counts the lanes' rests and the leases of what is on its way.
    """
    return lanes.next_look(session)


def stuck(session: Session, before: datetime, limit: int) -> Sequence[Outbox]:
    """Return messages that should be out: due, or with a lease that was over, before `before`, the longest first.

    What waits behind a message that is held or tried again is not due yet. A message that has been tried since
    `TRIED_FOR` before that counts, whenever its next attempt is.
    """
    moment = in_utc(before)
    due = and_(_T.c.due_at < moment, ~_waits_behind(moment))
    in_vain = and_(_T.c.error.is_not(None), func.coalesce(_T.c.claimed_at, _T.c.created_at) < moment - TRIED_FOR)
    late = select(Outbox).where(_UNSENT, or_(due, in_vain))
    return session.exec(late.order_by(_T.c.due_at, _T.c.id).limit(limit)).all()


def clock_went_back(session: Session, now: datetime, lease: timedelta) -> int:
    """Repair what was written before the clock was set back; return how many messages were touched.

    What was promised for the moment it was written, or waits for another try, becomes due. Leases and the rests of
    lanes end by `now + lease`. Messages held until a chosen moment stay held.
    """
    moment, connection = in_utc(now), session.connection()
    until = moment + lease
    planned = and_(_T.c.created_at > moment, _T.c.due_at == _T.c.created_at)
    # What waits for another try was to wait for minutes; an hour of wrong clock must not be added to them.
    at_once = and_(_UNSENT, _T.c.state == "pending", or_(planned, _T.c.error.is_not(None)))
    leased = and_(_UNSENT, _T.c.state.in_(_IN_FLIGHT), _T.c.due_at > until)
    connection.execute(update(_LANE).where(_LANE.c.ready_at > until).values(ready_at=until))
    freed = connection.execute(update(_T).where(at_once).values(due_at=moment)).rowcount
    return freed + connection.execute(update(_T).where(leased).values(due_at=until)).rowcount
