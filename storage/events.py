"""Events: what happened, one row each, chained by hash so that no row can be changed, lost or moved unseen.

The hash of an event covers its stream, number, kind, actor, time, data and the hash before it. The head of
each stream (`hr_chain`) holds the last number and hash, so that a cut tail shows too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy import select as core_select
from sqlmodel import Session

from storage.direct import Prepared, ahead, inserter
from storage.models import Chain, Event, table_of
from storage.values import Encoded, batches, encode, in_utc, iso

GENESIS: Final = "0" * 64
_AHEAD: Final = "head"

_E: Final = table_of(Event)
_C: Final = table_of(Chain)
_HEAD: Final = Prepared(
    lambda _: core_select(_C.c.seq, _C.c.hash).where(_C.c.stream == bindparam("stream")).with_for_update()
)
_NEW_HEAD: Final = inserter(Chain, known="skip", returning="stream")
_MOVE_HEAD: Final = Prepared(
    lambda _: (
        update(_C)
        .where(_C.c.stream == bindparam("of_stream"))
        .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
    )
)
_INSERT: Final = inserter(Event, leave="id")
_EVERY: Final = core_select(
    _E.c.stream, _E.c.seq, _E.c.kind, _E.c.actor_id, _E.c.at, _E.c.data, _E.c.prev_hash, _E.c.hash
)
# Written once: to build a statement anew costs as much as to ask it.
_OF: Final = _EVERY.where(_E.c.stream == bindparam("stream")).order_by(_E.c.seq)


class EventRow(NamedTuple):
    """One event as it is stored; see `models.Event`. A case has dozens, read at each look: plain rows cost a third."""

    stream: str
    seq: int
    kind: str
    actor_id: str | None
    at: datetime
    data: dict[str, Any]
    prev_hash: str
    hash: str


class Written(NamedTuple):
    """Tell where an event came to stand."""

    stream: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Describe something that happened, before it has a number and a hash."""

    stream: str
    kind: str
    at: datetime
    actor_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def hash_of(stream: str, seq: int, kind: str, actor_id: str | None, at: str, data: Encoded, prev_hash: str) -> str:
    """Return the SHA-256, in hex, of the canonical JSON array of these values.

    `at` is ISO 8601 in UTC with microseconds (`values.iso`), `data` is canonical JSON already.
    """
    front = encode([stream, seq, kind, actor_id, at])
    return sha256(f'{front[:-1]},{data},"{prev_hash}"]'.encode("ascii")).hexdigest()


def append(
    session: Session,
    stream: str,
    kind: str,
    *,
    at: datetime,
    actor_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> Written:
    """Write one event at the end of its stream; say which number and hash it got."""
    return append_many(session, [NewEvent(stream, kind, at, actor_id, data or {})])[0]


def append_many(session: Session, events: Sequence[NewEvent]) -> list[Written]:
    """Write events at the ends of their streams, in the given order.

    Two writers of one stream wait for each other, so the chain stays whole.
    """
    if not events:
        return []
    places: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        places.setdefault(event.stream, []).append(place)
    rows: list[dict[str, Any]] = [{}] * len(events)
    moved: list[dict[str, Any]] = []
    # Everybody takes heads in the same order, one after the other; else two writers could wait for each other.
    for stream in sorted(places):
        known, chained = _continue(session, stream, [events[place] for place in places[stream]])
        if known:
            moved.append({"of_stream": stream, "new_seq": chained[-1]["seq"], "new_hash": chained[-1]["hash"]})
        for place, row in zip(places[stream], chained, strict=True):
            rows[place] = row
    # What goes to one stream can wait where writes are gathered.
    of = events[0].stream if len(places) == 1 else None
    if moved:
        _MOVE_HEAD.each(session, moved, of=of)
    _INSERT.each(session, rows, of=of)
    return [Written(row["stream"], row["seq"], row["hash"]) for row in rows]


def read_ahead(session: Session, streams: Sequence[str]) -> None:
    """Lock the heads of several streams at once, where writes are gathered; `append` then asks no more for them."""
    known = ahead(session)
    if known is None:
        return
    # In the order of code points, as `append_many` takes them, whatever the language of the server.
    stream = _C.c.stream if session.get_bind().dialect.name == "sqlite" else _C.c.stream.collate("C")
    for part in batches(sorted(streams)):
        found = core_select(_C.c.stream, _C.c.seq, _C.c.hash).where(_C.c.stream.in_(part))
        for row in session.connection().execute(found.order_by(stream).with_for_update()):
            known[_AHEAD, row[0]] = (row[1], row[2])


def _continue(session: Session, stream: str, events: Sequence[NewEvent]) -> tuple[bool, list[dict[str, Any]]]:
    """Lock or make the head of one stream; say whether it was there, and return the events behind it as rows."""
    known = ahead(session)
    if known is not None and (_AHEAD, stream) in known:
        rows = _chained(events, *known[_AHEAD, stream])
        known[_AHEAD, stream] = (rows[-1]["seq"], rows[-1]["hash"])
        return True, rows
    head = _HEAD.first(session, {"stream": stream})
    if head is None:
        rows = _chained(events, 0, GENESIS)
        if _NEW_HEAD.first(session, rows[-1]) is not None:
            return False, rows
        # Somebody began the same stream in this very moment: continue behind them.
        head = _HEAD.first(session, {"stream": stream})
    return True, _chained(events, head[0], head[1])


def _chained(events: Sequence[NewEvent], last: int, previous: str) -> list[dict[str, Any]]:
    """Number and hash events of one stream behind the event `last` with the hash `previous`; return rows."""
    rows: list[dict[str, Any]] = []
    for seq, event in enumerate(events, start=last + 1):
        at, data = in_utc(event.at), encode(event.data)
        this = hash_of(event.stream, seq, event.kind, event.actor_id, iso(at), data, previous)
        rows.append(
            {
                "stream": event.stream,
                "seq": seq,
                "kind": event.kind,
                "actor_id": event.actor_id,
                "at": at,
                "data": data,
                "prev_hash": previous,
                "hash": this,
            }
        )
        previous = this
    return rows


def of(session: Session, stream: str) -> Sequence[EventRow]:
    """Return the events of a stream in the order they happened."""
    return [EventRow(*row) for row in session.connection().execute(_OF, {"stream": stream})]


def of_many(session: Session, streams: Sequence[str]) -> Mapping[str, Sequence[EventRow]]:
    """Return the events of several streams, each in the order they happened; a stream without any has none."""
    found: dict[str, list[EventRow]] = {stream: [] for stream in streams}
    for part in batches(list(found)):
        theirs = _EVERY.where(_E.c.stream.in_(part)).order_by(_E.c.stream, _E.c.seq)
        for row in session.connection().execute(theirs):
            found[row[0]].append(EventRow(*row))
    return found
