"""Walk all chains of events and say, in sentences, where they no longer hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Integer, Select, Text, cast, func, literal, text
from sqlalchemy import select as core_select
from sqlmodel import Session

from storage.events import GENESIS, hash_of
from storage.models import Chain, Event, table_of
from storage.values import Encoded

MOST_PROBLEMS: Final = 1000

_E: Final = table_of(Event)
_C: Final = table_of(Chain)
_EMPTY: Final = (
    core_select(_C.c.stream)
    .where(~core_select(_E.c.id).where(_E.c.stream == _C.c.stream).exists())
    .order_by(_C.c.stream)
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what a walk found: how much was read, and a sentence for each problem (the first thousand)."""

    streams: int
    events: int
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Say whether every chain holds."""
        return not self.problems


class _Read(NamedTuple):
    """Name the columns of the walk. Time and data stay text: it is the stored form that was hashed."""

    stream: str
    seq: int
    kind: str
    actor_id: str | None
    at: str
    data: str
    prev_hash: str
    hash: str
    head_seq: int | None
    head_hash: str | None


def _walk(dialect: str) -> Select[Any]:
    """Build the statement that reads all events in order, each with the head of its stream."""
    if dialect == "sqlite":
        at: Any = func.replace(cast(_E.c.at, Text), " ", "T", type_=Text) + literal("+00:00")
    else:
        at = func.to_char(func.timezone("UTC", _E.c.at), 'YYYY-MM-DD"T"HH24:MI:SS.US', type_=Text) + literal("+00:00")
    # Casting numbers costs little and keeps a tampered SQLite cell, which may hold anything, from stopping the walk.
    seq, head_seq = cast(_E.c.seq, Integer), cast(_C.c.seq, Integer)
    plain = (_E.c.prev_hash, _E.c.hash)
    return (
        core_select(_E.c.stream, seq, _E.c.kind, _E.c.actor_id, at, cast(_E.c.data, Text), *plain, head_seq, _C.c.hash)
        .select_from(_E.outerjoin(_C, _C.c.stream == _E.c.stream))
        .order_by(_E.c.stream, _E.c.seq)
    )


class _Walk:
    """Follow the events of one stream after the other and remember what is wrong."""

    def __init__(self) -> None:
        self.streams = 0
        self.events = 0
        self.problems: list[str] = []
        self._last: _Read | None = None

    def note(self, sentence: str) -> None:
        """Keep a problem, up to a bound: a broken million needs no million sentences."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)

    def take(self, event: _Read) -> None:
        """Check one event against its own hash and against the event before it."""
        last = self._last
        if last is None or last.stream != event.stream:
            self.close()
            self.streams += 1
            expected, previous = 1, GENESIS
        else:
            expected, previous = last.seq + 1, last.hash
        self.events += 1
        if event.seq != expected:
            self.note(f"{event.stream}: event {expected} is missing.")
        elif event.prev_hash != previous:
            self.note(f"{event.stream}: event {event.seq} does not follow the event before it.")
        if not _holds(event):
            self.note(f"{event.stream}: event {event.seq} was changed after it was written.")
        self._last = event

    def close(self) -> None:
        """Check the last event of a stream against the stream's head."""
        last, self._last = self._last, None
        if last is None:
            return
        if last.head_seq is None:
            self.note(f"{last.stream}: the head is missing.")
        elif last.head_seq > last.seq:
            self.note(f"{last.stream}: the end was cut after event {last.seq} of {last.head_seq}.")
        elif (last.head_seq, last.head_hash) != (last.seq, last.hash):
            self.note(f"{last.stream}: the head does not match the last event.")


def _holds(event: _Read) -> bool:
    """Say whether an event still has the content that its hash was made of."""
    stream, seq, kind, actor_id, at, data, prev_hash, found = event[:8]
    if not (data.isascii() and prev_hash.isascii()):
        return False
    return hash_of(stream, seq, kind, actor_id, at, Encoded(data), prev_hash) == found


def verify(session: Session, batch: int = 10_000) -> Verdict:
    """Read every event, `batch` rows at a time, and report where a chain is broken.

    Finds changed, moved, missing and cut events and forged heads. A stream removed together with its head leaves
    no trace here: compare the counts with an earlier verdict kept elsewhere.
    """
    connection = session.connection()
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    walk = _Walk()
    for row in connection.execute(_walk(dialect), execution_options={"yield_per": batch}):
        walk.take(_Read(*row))
    walk.close()
    for stream in connection.execute(_EMPTY).scalars():
        walk.streams += 1
        walk.note(f"{stream}: all events are missing.")
    return Verdict(walk.streams, walk.events, tuple(walk.problems))
