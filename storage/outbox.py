"""The outbox: messages that were promised, handed to a sender one lane at a time, never lost, never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, and_, bindparam, func, text, update
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import inserter
from storage.models import UNSENT, Outbox, table_of
from storage.values import in_utc

_T: Final = table_of(Outbox)
_AT: Final = _T.c.due_at.type
_INSERT: Final = inserter(Outbox, leave="id", known="skip")
_NOT_YET: Final = {"claimed_at": None, "sent_at": None, "channel_id": None, "ts": None, "error": None}
_UNSENT: Final = text(f"hr_outbox.{UNSENT}")  # spelled as in the partial indexes, or SQLite would not use them
# One pass in the order of the lane index. Asking for each row whether an earlier one waits would take a square of it.
_PLACED: Final = (
    core_select(_T.c.id, _T.c.due_at, func.row_number().over(partition_by=_T.c.lane, order_by=_T.c.id).label("place"))
    .where(_UNSENT)
    .subquery("placed")
)
_FIRST: Final = (
    core_select(_PLACED.c.id)
    .where(_PLACED.c.place == 1, _PLACED.c.due_at <= bindparam("now", type_=_AT))
    .order_by(_PLACED.c.due_at, _PLACED.c.id)
    .limit(bindparam("most", type_=Integer))
    .cte("first_in_lane")
    # PostgreSQL believes that nothing is ever unsent and would otherwise compute this again for every row.
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_DUE: Final = (
    select(Outbox)
    .join(_FIRST, _FIRST.c.id == _T.c.id)
    # Asked again here because another sender may have been faster while we waited for the row.
    .where(_UNSENT, _T.c.due_at <= bindparam("now", type_=_AT))
    .order_by(_T.c.due_at, _T.c.id)
    .with_for_update(skip_locked=True, of=_T)
    .execution_options(populate_existing=True)
)
_NEXT_DUE: Final = core_select(func.min(_PLACED.c.due_at)).where(_PLACED.c.place == 1)
_DEPTH: Final = (core_select(_T.c.state, func.count()).where(_UNSENT).group_by(_T.c.state)).union_all(
    core_select(_T.c.state, func.count()).where(text("state = 'parked'")).group_by(_T.c.state)
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Describe a message to send; `data` holds ids only, never words."""

    key: str
    kind: str
    lane: str
    due_at: datetime
    case_id: int | None = None
    check_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Hand a message to a sender; `was_sending` means that an earlier sender may have sent it: look it up first.

    `first_tried_at` is when it was first taken up, or None at the first attempt: since then it may be out.
    """

    row: Outbox
    was_sending: bool
    first_tried_at: datetime | None


class Depth(NamedTuple):
    """Count what the outbox holds."""

    pending: int
    sending: int
    parked: int


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
            **_NOT_YET,
            "key": message.key,
            "kind": message.kind,
            "lane": message.lane,
            "case_id": message.case_id,
            "check_id": message.check_id,
            "data": message.data,
            "state": "pending",
            "attempts": 0,
            "due_at": in_utc(message.due_at),
        }
        for message in messages
    ]
    return _INSERT.each(session, rows)


def claim(session: Session, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Take up to `limit` due messages for sending until `now + lease`, only the oldest unsent one of each lane.

    `attempts` counts this claim. Two senders never get the same message while its lease lasts.
    """
    moment = in_utc(now)
    rows = session.execute(_DUE, {"now": moment, "most": limit}).scalars().all()
    claimed = [Claimed(row, row.state == "sending", row.claimed_at) for row in rows]
    for row in rows:
        row.state, row.attempts = "sending", row.attempts + 1
        # Kept from the first attempt on: any of them may have arrived, however long Slack did not answer since.
        row.claimed_at, row.due_at = row.claimed_at or moment, moment + lease
    return claimed


def _settle(session: Session, outbox_id: int, attempt: int | None, **values: Any) -> bool:
    """Move a message on from `sending`; with `attempt`, only if no later claim took it over."""
    mine = and_(_T.c.id == outbox_id, _T.c.state == "sending")
    if attempt is not None:
        mine = and_(mine, _T.c.attempts == attempt)
    return session.connection().execute(update(_T).where(mine).values(**values)).rowcount > 0


def mark_sent(
    session: Session,
    outbox_id: int,
    *,
    at: datetime,
    channel_id: str | None = None,
    ts: str | None = None,
    attempt: int | None = None,
) -> bool:
    """Record that a message is out, and where; say False when it was not being sent, or by somebody else by now."""
    out = {"state": "sent", "sent_at": in_utc(at), "channel_id": channel_id, "ts": ts, "error": None}
    return _settle(session, outbox_id, attempt, **out)


def retry_at(
    session: Session, outbox_id: int, due_at: datetime, *, attempt: int | None = None, error: str | None = None
) -> bool:
    """Put a message back until `due_at`; pass the claim's `attempts` so that a late sender changes nothing.

    `error` is a short code. The lane waits: order is kept.
    """
    return _settle(session, outbox_id, attempt, state="pending", due_at=in_utc(due_at), error=error)


def park(session: Session, outbox_id: int, *, error: str, attempt: int | None = None) -> bool:
    """Give up on a message until a person looks at it; the lane goes on without it."""
    return _settle(session, outbox_id, attempt, state="parked", error=error)


def parked(session: Session, limit: int) -> Sequence[Outbox]:
    """Return the messages that were given up, the oldest first."""
    return session.exec(select(Outbox).where(text("state = 'parked'")).order_by(_T.c.id).limit(limit)).all()


def send_again(session: Session, key: str, now: datetime) -> bool:
    """Take a parked message up again; say False when there is none of this key."""
    again = update(_T).where(_T.c.key == key, text("state = 'parked'"))
    values = {"state": "pending", "attempts": 0, "due_at": in_utc(now)}
    return session.connection().execute(again.values(**values)).rowcount > 0


def depth(session: Session) -> Depth:
    """Count the messages that wait, that are being sent, and that were given up."""
    counts = {state: int(number) for state, number in session.connection().execute(_DEPTH)}
    return Depth(counts.get("pending", 0), counts.get("sending", 0), counts.get("parked", 0))


def next_due(session: Session) -> datetime | None:
    """Return when the next claim can yield something (perhaps already past), or None when all is sent."""
    found: datetime | None = session.connection().execute(_NEXT_DUE).scalar_one()
    return found
