"""Keys of recipients, and the notes of what they did: nothing is lost, changed or cut off unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any

from sqlalchemy import delete, text, update

from storage import lead_keys
from storage.database import Database
from storage.models import LeadAudit, table_of
from tests.unit.storage.concealed import db, shared

__all__ = ["db", "shared"]

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=UTC)
CASE = b"c" * 16
TABLE = table_of(LeadAudit)


def kept(db: Database, lead: str) -> tuple[bytes, bytes, bytes, int] | None:
    with db.read() as session:
        found = lead_keys.get(session, lead, f"U0{lead.upper()}")
        return None if found is None else (bytes(found.pk), bytes(found.salt), bytes(found.sealed_sk), found.generation)


def test_a_new_pair_takes_the_place_of_the_one_before_under_a_new_number(db: Database) -> None:
    assert kept(db, "noor") is None
    for number in (1, 2):
        with db.write() as session:
            assert lead_keys.put(session, "noor", "U0NOOR", bytes([number]) * 32, b"salt", b"sealed", NOW) == number
    with db.write() as session:
        assert lead_keys.put(session, "ruth", "U0RUTH", b"r" * 32, b"", b"", NOW) == 1
    assert kept(db, "noor") == (b"\x02" * 32, b"salt", b"sealed", 2)
    with db.read() as session:
        assert lead_keys.publics(session) == {("noor", "U0NOOR"): b"\x02" * 32, ("ruth", "U0RUTH"): b"r" * 32}


def waits(db: Database) -> list[tuple[str, str, bytes]]:
    with db.read() as session:
        return [(each.lead, each.person, bytes(each.pk)) for each in lead_keys.waiting(session)]


def test_a_new_pair_that_waits_is_kept_beside_the_one_that_is_used_and_the_last_one_counts(db: Database) -> None:
    with db.write() as session:
        lead_keys.put(session, "noor", "U0NOOR", b"n" * 32, b"salt", b"sealed", NOW)
        lead_keys.wait(session, "noor", "U0NOOR", b"1" * 32, b"one", b"first", NOW)
        lead_keys.wait(session, "noor", "U0NOOR", b"2" * 32, b"two", b"second", NOW)

    assert waits(db) == [("noor", "U0NOOR", b"2" * 32)]
    assert kept(db, "noor") == (b"n" * 32, b"salt", b"sealed", 1)
    with db.read() as session:
        found = lead_keys.waiting_of(session, "noor", "U0NOOR", lock=True)
        assert found is not None
        assert (bytes(found.sealed_sk), found.made_at) == (b"second", NOW)
        assert lead_keys.waiting_of(session, "noor", "U0RUTH") is None
    with db.write() as session:
        lead_keys.put(session, "noor", "U0NOOR", b"2" * 32, b"two", b"second", NOW)
    assert waits(db) == []


def test_a_pair_that_waits_is_forgotten_once(db: Database) -> None:
    with db.write() as session:
        lead_keys.wait(session, "noor", "U0NOOR", b"1" * 32, b"one", b"first", NOW)
        assert lead_keys.forget_waiting(session, "noor", "U0NOOR")
        assert not lead_keys.forget_waiting(session, "noor", "U0NOOR")
    assert waits(db) == []


def noted(db: Database) -> Database:
    for number, (lead, action) in enumerate((("noor", "unlock"), ("noor", "read"), ("ruth", "unlock"))):
        with db.write() as session:
            lead_keys.note(session, lead, action, CASE if action == "read" else None, NOW + timedelta(seconds=number))
    return db


def whole(db: Database) -> bool:
    with db.read() as session:
        return lead_keys.is_whole(session)


def test_notes_follow_each_other(db: Database) -> None:
    assert whole(db)
    noted(db)
    assert whole(db)
    with db.read() as session:
        found = lead_keys.notes(session)
        assert [(each.lead, each.action) for each in found] == [
            ("noor", "unlock"),
            ("noor", "read"),
            ("ruth", "unlock"),
        ]
        assert [each.prev_hash for each in found] == [lead_keys.GENESIS, found[0].hash, found[1].hash]


def test_a_moment_of_another_zone_is_the_same_moment(db: Database) -> None:
    with db.write() as session:
        lead_keys.note(session, "noor", "unlock", None, NOW.astimezone(timezone(timedelta(hours=3))))
    assert whole(db)


SPOILS: dict[str, Callable[[int], Any]] = {
    "another lead": lambda row: update(TABLE).where(TABLE.c.id == row).values(lead="sam"),
    "another act": lambda row: update(TABLE).where(TABLE.c.id == row).values(action="answer"),
    "another report": lambda row: update(TABLE).where(TABLE.c.id == row).values(case_id=b"d" * 16),
    "another moment": lambda row: update(TABLE).where(TABLE.c.id == row).values(at=NOW + timedelta(days=1)),
    "another hash": lambda row: update(TABLE).where(TABLE.c.id == row).values(hash="0" * 64),
    "taken out": lambda row: delete(TABLE).where(TABLE.c.id == row),
}


def test_a_note_that_was_changed_or_taken_out_shows_wherever_it_stood(db: Database) -> None:
    noted(db)
    for what, number in product(SPOILS, range(3)):
        with db.read() as session:
            row = lead_keys.notes(session)[number].id
            assert row is not None
            session.connection().execute(SPOILS[what](row))
            # The last one, too: how many there are is kept beside them. What this session changed is dropped.
            assert not lead_keys.is_whole(session), what
    assert whole(db)


def test_notes_that_were_all_taken_away_show(db: Database) -> None:
    noted(db)
    with db.write() as session:
        session.connection().execute(text("DELETE FROM hr_lead_audit"))
    assert not whole(db)


def test_recipients_who_act_at_once_are_noted_one_after_the_other(db: Database) -> None:
    problems: list[BaseException] = []
    start = threading.Barrier(4)

    def acts(lead: str) -> None:
        try:
            start.wait(5)
            for _ in range(5):
                with db.write() as session:
                    lead_keys.note(session, lead, "read", CASE, NOW)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=acts, args=(lead,)) for lead in ("noor", "ruth", "diego", "sam")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert whole(db)
    with db.read() as session:
        assert len(lead_keys.notes(session)) == 20
