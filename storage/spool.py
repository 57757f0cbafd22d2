"""The spool: places that look alike whether something is held in them or not.

Each place is a head and a body of fixed sizes, closed under a key that lives in the keystore and is replaced whenever
all places are written anew. What a head and a body mean is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlmodel import Session

from storage.envelopes import CannotOpen, box, unbox
from storage.models import AnonSetup, AnonSpool, table_of

PLACES: Final = 64
"""How many places there are at first; more are added when all are taken."""
HEAD_BYTES: Final = 256
BODY_BYTES: Final = 25 * 1024
_T: Final = table_of(AnonSpool)
_SETUP: Final = table_of(AnonSetup)
_LENGTH_BYTES: Final = 4


class Held(NamedTuple):
    """One place: what its head says, None where nothing is held."""

    place: int
    head: bytes | None


def lock(session: Session) -> None:
    """Let one process at a time choose places; the lock ends with the transaction. (SQLite has one writer anyway.)"""
    session.connection().execute(select(_SETUP.c.name).with_for_update()).all()


def prepare(session: Session, key_id: str, key: bytes, places: int = PLACES) -> None:
    """Make the first places, all empty, where there are none."""
    connection = session.connection()
    if connection.execute(select(func.count()).select_from(_T)).scalar_one() == 0:
        connection.execute(insert(_T), [_row(place, key_id, key, None) for place in range(places)])


def heads(session: Session, keys: Mapping[str, bytes]) -> list[Held]:
    """Give the heads of all places. One whose key is gone counts as empty: it was to be forgotten."""
    rows = session.connection().execute(select(_T.c.place, _T.c.key_id, _T.c.head).order_by(_T.c.place))
    return [Held(place, _opened(head, keys.get(key_id), place, b"head")) for place, key_id, head in rows]


def key_ids(session: Session) -> frozenset[str]:
    """Give the names of the keys under which places are closed."""
    return frozenset(session.connection().execute(select(_T.c.key_id).distinct()).scalars())


def restart(session: Session, key_id: str, key: bytes) -> None:
    """Give up whatever is held, and begin with empty places: the database is an older copy of itself."""
    session.connection().execute(delete(_T))
    prepare(session, key_id, key)


def places(session: Session) -> list[int]:
    """Give the numbers of all places."""
    return list(session.connection().execute(select(_T.c.place).order_by(_T.c.place)).scalars())


def body(session: Session, place: int, keys: Mapping[str, bytes]) -> bytes | None:
    """Give the body of a place, None where nothing is held there."""
    found = session.connection().execute(select(_T.c.key_id, _T.c.body).where(_T.c.place == place)).first()
    return None if found is None else _opened(found[1], keys.get(found[0]), place, b"body")


def contents(
    session: Session, places: Sequence[int], keys: Mapping[str, bytes]
) -> dict[int, tuple[bytes, bytes] | None]:
    """Give the head and the body of each of these places, None where nothing is held."""
    rows = session.connection().execute(select(_T).where(_T.c.place.in_(places))).all()
    found: dict[int, tuple[bytes, bytes] | None] = {}
    for row in rows:
        key = keys.get(row.key_id)
        head = _opened(row.head, key, row.place, b"head")
        content = _opened(row.body, key, row.place, b"body")
        found[row.place] = None if head is None else (head, content or b"")
    return found


def put(session: Session, key_id: str, key: bytes, things: Sequence[tuple[int, tuple[bytes, bytes] | None]]) -> None:
    """Write places over: each with a head and a body, or with nothing, which looks the same."""
    if not things:
        return
    change = (
        update(_T)
        .where(_T.c.place == bindparam("at"))
        .values(key_id=bindparam("by"), head=bindparam("new_head"), body=bindparam("new_body"))
    )
    rows = [_row(place, key_id, key, thing) for place, thing in things]
    given = [{"at": row["place"], "by": key_id, "new_head": row["head"], "new_body": row["body"]} for row in rows]
    session.connection().execute(change, given)


def add(session: Session, key_id: str, key: bytes, count: int) -> list[int]:
    """Add empty places; give their numbers."""
    connection = session.connection()
    first = int(connection.execute(select(func.coalesce(func.max(_T.c.place), -1))).scalar_one()) + 1
    places = list(range(first, first + count))
    connection.execute(insert(_T), [_row(place, key_id, key, None) for place in places])
    return places


def shrink(session: Session, to: int = PLACES) -> None:
    """Remove places past the first ones. The caller has seen that nothing is held there."""
    session.connection().execute(delete(_T).where(_T.c.place >= to))


def _row(place: int, key_id: str, key: bytes, thing: tuple[bytes, bytes] | None) -> dict[str, object]:
    head, content = thing if thing is not None else (b"", b"")
    return {
        "place": place,
        "key_id": key_id,
        "head": box(_padded(head, HEAD_BYTES), key, _info(place, b"head")),
        "body": box(_padded(content, BODY_BYTES), key, _info(place, b"body")),
    }


def _opened(blob: bytes, key: bytes | None, place: int, part: bytes) -> bytes | None:
    if key is None:
        return None
    try:
        padded = unbox(blob, key, _info(place, part))
    except CannotOpen:
        return None
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length] or None


def _padded(plain: bytes, size: int) -> bytes:
    """Bring bytes to a size."""
    if len(plain) > size - _LENGTH_BYTES:
        raise ValueError("this does not fit into the spool")
    rest = size - _LENGTH_BYTES - len(plain)
    return len(plain).to_bytes(_LENGTH_BYTES, "big") + plain + bytes(rest)


def _info(place: int, part: bytes) -> bytes:
    return b"hrdd/v1/spool|" + place.to_bytes(4, "big") + part
