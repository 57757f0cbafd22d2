"""Places of the spool look alike, hold what they are given under the key of the day, and forget with it."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from storage import anonymous, spool
from storage.database import Database
from storage.models import AnonSpool, table_of
from tests.unit.storage.concealed import db, shared

__all__ = ["db", "shared"]

NAME, KEY = "spool-1", b"k" * 32
NEXT, NEXT_KEY = "spool-2", b"n" * 32
KEYS = {NAME: KEY}
THING = (b"a head", b"a body")
TABLE = table_of(AnonSpool)


def rows(db: Database) -> list[tuple[int, str, bytes, bytes]]:
    with db.read() as session:
        found = session.connection().execute(TABLE.select().order_by(TABLE.c.place)).all()
    return [(place, key_id, bytes(head), bytes(body)) for place, key_id, head, body in found]


@pytest.fixture
def ready(db: Database) -> Database:
    with db.write() as session:
        anonymous.set_up(session, "argon2id$m=65536,t=3,p=1", b"s" * 16)
        spool.prepare(session, NAME, KEY, 4)
    return db


def held(db: Database, keys: dict[str, bytes]) -> dict[int, tuple[bytes | None, bytes | None]]:
    with db.read() as session:
        return {each.place: (each.head, spool.body(session, each.place, keys)) for each in spool.heads(session, keys)}


def test_the_first_places_are_made_once_and_hold_nothing(ready: Database) -> None:
    with ready.write() as session:
        spool.prepare(session, NEXT, NEXT_KEY, 9)
    assert held(ready, KEYS) == dict.fromkeys(range(4), (None, None))


def test_what_is_put_into_a_place_is_found_there_and_only_there(ready: Database) -> None:
    with ready.write() as session:
        spool.lock(session)
        spool.put(session, NAME, KEY, [(2, THING), (0, None)])
        spool.put(session, NAME, KEY, [])
    assert held(ready, KEYS) == {0: (None, None), 1: (None, None), 2: THING, 3: (None, None)}


def test_a_place_with_something_and_one_with_nothing_look_alike(ready: Database) -> None:
    with ready.write() as session:
        spool.put(session, NAME, KEY, [(0, THING), (1, None), (2, (b"h" * 252, b"b" * 25_000))])
    found = rows(ready)
    assert {(key_id, len(head), len(body)) for _, key_id, head, body in found} == {
        (NAME, spool.HEAD_BYTES + 28, spool.BODY_BYTES + 28)
    }
    for *_, body in found:
        counts = Counter(body)
        expected = len(body) / 256
        # 255 degrees of freedom: above 390 once in ten million.
        assert sum((counts[byte] - expected) ** 2 / expected for byte in range(256)) < 390


def test_a_place_that_is_written_again_with_the_same_looks_different(ready: Database) -> None:
    before = rows(ready)
    with ready.write() as session:
        spool.put(session, NAME, KEY, [(place, None) for place in range(4)])
    assert all(old[2:] != new[2:] for old, new in zip(before, rows(ready), strict=True))


def test_a_head_or_body_that_was_moved_changed_or_cut_holds_nothing(ready: Database) -> None:
    with ready.write() as session:
        spool.put(session, NAME, KEY, [(1, THING)])
    _, _, head, body = rows(ready)[1]
    changed = head[:20] + bytes([head[20] ^ 1]) + head[21:]
    for place, values in (
        (2, {"head": head, "body": body}),
        (1, {"head": body[: len(head)], "body": body}),
        (1, {"head": changed, "body": body[:-1]}),
        (1, {"head": b"", "body": b""}),
    ):
        with ready.write() as session:
            session.connection().execute(TABLE.update().where(TABLE.c.place == place).values(**values))
        assert held(ready, KEYS)[place][0] is None


def test_what_was_closed_under_a_key_that_is_gone_is_forgotten(ready: Database) -> None:
    with ready.write() as session:
        spool.put(session, NAME, KEY, [(1, THING)])
        spool.put(session, NEXT, NEXT_KEY, [(3, THING)])
    assert held(ready, {NEXT: NEXT_KEY}) == {0: (None, None), 1: (None, None), 2: (None, None), 3: THING}
    assert held(ready, {NAME: NEXT_KEY, NEXT: KEY}) == dict.fromkeys(range(4), (None, None))
    with ready.read() as session:
        assert spool.body(session, 99, KEYS) is None


def test_more_places_can_be_added_and_taken_away_again(ready: Database) -> None:
    with ready.write() as session:
        assert spool.add(session, NAME, KEY, 3) == [4, 5, 6]
        spool.put(session, NAME, KEY, [(6, THING)])
    assert held(ready, KEYS)[6] == THING
    with ready.write() as session:
        spool.shrink(session, 4)
    assert sorted(held(ready, KEYS)) == [0, 1, 2, 3]


@pytest.mark.parametrize(("head", "body"), [(spool.HEAD_BYTES - 3, 1), (1, spool.BODY_BYTES - 3)])
def test_what_does_not_fit_is_refused_and_nothing_is_written(ready: Database, head: int, body: int) -> None:
    before = rows(ready)
    with pytest.raises(ValueError, match="does not fit") as told, ready.write() as session:
        spool.put(session, NAME, KEY, [(0, (os.urandom(head), os.urandom(body)))])
    assert told.value.args == ("this does not fit into the spool",)
    assert rows(ready) == before
