"""What may leave the outbox next: the statements over lanes (recipients), their rests and what is on its way to them.

They hop from lane to lane along an index and look at the first rows of each, so that a long queue costs no more than
a short one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from sqlalchemy import ClauseElement, Integer, TextClause, bindparam, text
from sqlmodel import Session

from storage.direct import Prepared
from storage.models import IN_FLIGHT, RETRIED, UNSENT, Lane, table_of

SPACE: Final = 0x68726C61
"""Sets our locks on lanes apart from other advisory locks on the same server; any constant does."""

_AT: Final = table_of(Lane).c.ready_at.type

# Lane after lane with unsent messages, each found by one step down the index.
_ALL: Final = f"""
lanes(lane) AS (
    SELECT min(o.lane) FROM hr_outbox o WHERE o.{UNSENT}
    UNION ALL
    SELECT (SELECT min(o.lane) FROM hr_outbox o WHERE o.{UNSENT} AND o.lane > lanes.lane)
    FROM lanes WHERE lanes.lane IS NOT NULL
)"""  # noqa: S608

# Whether `m` is the first unsent message of its case in its lane. Messages without a case are a group of their own.
# (A comparison with one row found in the order of its index: as a join or a minimum, PostgreSQL reads the whole group
# for every row of it.)
_GROUP: Final = f"SELECT e.id FROM hr_outbox e WHERE e.{UNSENT} AND e.lane = m.lane"  # noqa: S608
_ORDER: Final = "ORDER BY e.case_id, e.lane, e.id LIMIT 1"
_FIRST: Final = f"""
m.id = CASE WHEN m.case_id IS NULL THEN ({_GROUP} AND e.case_id IS NULL {_ORDER})
    ELSE ({_GROUP} AND e.case_id = m.case_id {_ORDER}) END"""

# Whether no message before `m` in its lane waits for another try: order within a lane is kept while Slack fails. What
# is only held for working hours, and what fails on our side, lets others pass.
_WAITS: Final = f"SELECT b.id FROM hr_outbox b WHERE b.{RETRIED} AND b.lane = m.lane"  # noqa: S608
_IN_ORDER: Final = f"m.id <= coalesce(({_WAITS} ORDER BY b.lane, b.id LIMIT 1), m.id)"

# The message that may leave from each lane, among `lanes`. (`IS TRUE` keeps PostgreSQL from reading all that is due in
# a lane and sorting it; the first row in the order of ids is mostly the one.)
_PICKED: Final = f"""
picked(lane, id) AS MATERIALIZED (
    SELECT lanes.lane,
        (SELECT m.id FROM hr_outbox m
         WHERE m.{UNSENT} AND m.lane = lanes.lane AND (m.due_at <= :now) IS TRUE AND {_IN_ORDER} AND {_FIRST}
         ORDER BY m.lane, m.id LIMIT 1)
    FROM lanes LEFT JOIN hr_lane gate ON gate.lane = lanes.lane
    WHERE lanes.lane IS NOT NULL
    AND (gate.ready_at IS NULL OR gate.ready_at <= :ready)
    AND (SELECT f.id FROM hr_outbox f
         WHERE f.{IN_FLIGHT} AND f.lane = lanes.lane AND f.due_at > :now
         ORDER BY f.lane, f.due_at LIMIT 1) IS NULL
)"""  # noqa: S608

_HAND: Final = """
UPDATE hr_outbox SET state = 'handed', attempts = attempts + 1, due_at = :until,
    maybe_out = (maybe_out OR state = 'sending')
WHERE id IN ({chosen}) RETURNING id, attempts"""


def _bound(sql: str, *also: str) -> TextClause:
    """Give a statement its parameters: moments, and the limit where there is one."""
    moments = [bindparam(name, type_=_AT) for name in ("now", "ready", *also)]
    return text(sql).bindparams(*moments)


def _hand_on_sqlite(_dialect: str) -> ClauseElement:
    """Build the one statement that chooses and hands out; SQLite has one writer at a time."""
    chosen = "SELECT id FROM picked WHERE id IS NOT NULL ORDER BY id LIMIT :most"
    return _bound(f"WITH RECURSIVE {_ALL}, {_PICKED} {_HAND.format(chosen=chosen)}", "until").bindparams(
        bindparam("most", type_=Integer)
    )


def _lanes_to_take(_dialect: str) -> ClauseElement:
    """Build the question which lanes have something to hand out."""
    return _bound(
        f"WITH RECURSIVE {_ALL}, {_PICKED} "  # noqa: S608
        "SELECT lane FROM picked WHERE id IS NOT NULL ORDER BY id LIMIT :most"
    ).bindparams(bindparam("most", type_=Integer))


def _hand_on_postgresql(_dialect: str) -> ClauseElement:
    """Build the statement that chooses again in locked lanes and hands out; a row that somebody holds is left."""
    given = "lanes(lane) AS (SELECT unnest(CAST(:held AS text[])))"
    locked = (
        "locked AS MATERIALIZED (SELECT o.id FROM hr_outbox o JOIN picked ON picked.id = o.id "  # noqa: S608
        f"WHERE o.{UNSENT} AND o.due_at <= :now FOR UPDATE OF o SKIP LOCKED)"
    )
    chosen = "SELECT id FROM locked"
    return _bound(f"WITH {given}, {_PICKED}, {locked} {_HAND.format(chosen=chosen)}", "until").bindparams(
        bindparam("held")
    )


_HAND_SQLITE: Final = Prepared(_hand_on_sqlite)
_HAND_POSTGRESQL: Final = Prepared(_hand_on_postgresql)
_TO_TAKE: Final = Prepared(_lanes_to_take)
# The lock ends with the transaction. A lane that somebody else is at is passed over, never waited for.
_TRY_LANES: Final = Prepared(
    lambda _: text(
        "SELECT lane FROM unnest(CAST(:lanes AS text[]), CAST(:numbers AS int[])) AS given(lane, number) "
        "WHERE pg_try_advisory_xact_lock(:space, number)"
    ).bindparams(bindparam("lanes"), bindparam("numbers"), bindparam("space", type_=Integer))
)


def _number(lane: str) -> int:
    """Give a lane a number for its lock, a signed one of 32 bits; two lanes that share one take turns, harmlessly."""
    return crc32(lane.encode()) - 2**31


def _rows(statement: Prepared, session: Session, values: dict[str, Any]) -> list[Any]:
    """Run a prepared statement and return all its rows as the driver gives them."""
    cursor = statement.run(session, values)
    rows: list[Any] = cursor.fetchall()
    cursor.close()
    return rows


def hand_due(session: Session, now: datetime, lease: timedelta, limit: int, ahead: timedelta) -> list[Any]:
    """Hand out what may leave and return (id, attempts) of each; see `outbox.hand_due`. `now` is in UTC."""
    given = {"now": now, "ready": now + ahead, "until": now + lease, "most": limit}
    if session.get_bind().dialect.name == "sqlite":
        return _rows(_HAND_SQLITE, session, given)
    found = _rows(_TO_TAKE, session, given)
    if not found:
        return []
    # A second sweep may have read the same moment as we and yet choose another row of a lane. So each lane is locked,
    # and what may leave is asked again afterwards: that statement sees what the other sweep did.
    lanes = [row[0] for row in found]
    wanted = {"lanes": lanes, "numbers": [_number(lane) for lane in lanes], "space": SPACE}
    held = [row[0] for row in _rows(_TRY_LANES, session, wanted)]
    return _rows(_HAND_POSTGRESQL, session, {**given, "held": held}) if held else []


# From when on each lane can give something: its rest is over, and what is on its way has lost its lease. Where nothing
# is on its way, the first message that waits for no other of its case is looked for.
_WHEN: Final = f"""
WITH RECURSIVE {_ALL}, known(lane, ready, lease) AS MATERIALIZED (
    SELECT lanes.lane, gate.ready_at,
        (SELECT f.due_at FROM hr_outbox f WHERE f.{IN_FLIGHT} AND f.lane = lanes.lane
         ORDER BY f.lane DESC, f.due_at DESC LIMIT 1)
    FROM lanes LEFT JOIN hr_lane gate ON gate.lane = lanes.lane WHERE lanes.lane IS NOT NULL
), moments(ready, at) AS MATERIALIZED (
    SELECT known.ready, coalesce(known.lease,
        (SELECT m.due_at FROM hr_outbox m WHERE m.{UNSENT} AND m.lane = known.lane AND {_IN_ORDER} AND {_FIRST}
         ORDER BY m.lane, m.due_at, m.id LIMIT 1))
    FROM known
)
SELECT min({{latest}}(coalesce(ready, at), at)) AS at FROM moments"""  # noqa: S608
_NEXT_LOOK: Final = {
    dialect: text(_WHEN.format(latest=latest)).columns(at=_AT)
    for dialect, latest in (("sqlite", "max"), ("postgresql", "greatest"))
}


def next_look(session: Session) -> datetime | None:
    """Return when something can next be handed out, or None when nothing is unsent."""
    connection = session.connection()
    found: datetime | None = connection.execute(_NEXT_LOOK[connection.dialect.name]).scalar_one()
    return found


def _set_ready(dialect: str) -> ClauseElement:
    """Build the statement that lets the lane of a message rest; a longer rest is never cut short."""
    latest = "max" if dialect == "sqlite" else "greatest"
    return text(
        "INSERT INTO hr_lane (lane, ready_at) SELECT lane, :ready FROM hr_outbox WHERE id = :message "  # noqa: S608
        f"ON CONFLICT (lane) DO UPDATE SET ready_at = {latest}(hr_lane.ready_at, excluded.ready_at)"
    ).bindparams(bindparam("ready", type_=_AT), bindparam("message", type_=Integer))


_READY: Final = Prepared(_set_ready)


def set_ready(session: Session, outbox_id: int, ready_at: datetime) -> None:
    """Let the lane of this message rest until `ready_at` (in UTC)."""
    _READY.run(session, {"ready": ready_at, "message": outbox_id}).close()
