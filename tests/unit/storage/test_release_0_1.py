"""A database of release 0.1 with work under way comes over whole, and its replicas may go on beside the new ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from storage import cases, drafts, outbox, timers
from storage.audit import verify
from storage.database import Database
from storage.models import Outbox
from storage.upgrade import config
from storage.version import HEAD, VERSION_TABLE
from tests.unit.storage.people import DAY, MINUTE, ON_POSTGRESQL, SAM, T0

ROWS = Path(__file__).parents[2] / "data" / "release_0_1" / "rows.sql"
LEASE = timedelta(seconds=25)
NUMBERED = ("hr_case", "hr_event", "hr_outbox")
GIVEN = {"hr_case": 3, "hr_event": 8, "hr_outbox": 12}
"""The last numbers that were given out, more than are left for the outbox."""


def to(database: Database, revision: str, *, down: bool = False) -> None:
    """Bring the tables to a revision, as an upgrade does."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            (command.downgrade if down else command.upgrade)(config(connection), revision)


@pytest.fixture
def old(empty_url: str, connect: Callable[..., Database]) -> Database:
    """Give a database as release 0.1 left it."""
    database = connect(empty_url)
    to(database, "0001")
    with database.engine.begin() as connection:
        for statement in ROWS.read_text().splitlines():
            if not statement.startswith("--"):
                connection.exec_driver_sql(statement)
        for table in NUMBERED:
            if database.is_sqlite:
                connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = {GIVEN[table]} WHERE name = '{table}'")
            else:
                connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', {GIVEN[table]})")
    return database


@pytest.fixture
def new(old: Database) -> Database:
    """Give the same database after the upgrade."""
    assert old.pending_migrations()
    old.upgrade()
    assert not old.pending_migrations()
    return old


def messages(database: Database) -> dict[str, Outbox]:
    """Return all messages by key."""
    with database.read() as session:
        return {row.key: row for row in session.exec(select(Outbox))}


def test_messages_under_way_stay_under_way_and_those_that_may_be_out_are_marked(new: Database) -> None:
    found = messages(new)
    assert {key: (row.state, row.attempts, row.maybe_out) for key, row in found.items()} == {
        "ping:1": ("sent", 1, False),
        "card:1": ("sent", 1, False),
        "ping:2": ("sent", 1, False),
        "card:2": ("sending", 2, True),
        "ping:3": ("parked", 1, False),
        "card:3": ("pending", 0, False),
        "result:1": ("sending", 1, True),
        "card:1:2": ("pending", 0, False),
        "result:2": ("pending", 1, False),
        "ping:2:2": ("sending", 1, True),
        "alarm:1": ("sent", 1, False),
    }
    assert all(row.created_at == row.due_at for row in found.values() if row.state != "sent")
    assert found["ping:1"].ts == "1772442002.000100"
    assert found["result:1"].data == {"event": 1}
    assert found["card:2"].claimed_at == T0 + timedelta(seconds=3)


def test_the_work_of_release_0_1_is_taken_up_when_its_leases_are_over(new: Database) -> None:
    before = {row.id: row for row in messages(new).values()}
    with new.write() as session:
        at_once = outbox.hand_due(session, T0 + timedelta(seconds=85), LEASE, 20, timedelta(0))
        later = outbox.hand_due(session, T0 + timedelta(seconds=112), LEASE, 20, timedelta(0))
    # The recipient of two waiting cards has a third one on its way.
    assert at_once == []
    assert [before[each.id].key for each in later] == ["card:2", "result:1", "result:2", "ping:2:2"]
    assert {row.maybe_out for row in messages(new).values() if row.state == "handed"} == {True, False}


def test_cases_checks_events_and_drafts_come_over_as_they_were(new: Database) -> None:
    with new.read() as session:
        assert verify(session).whole
        assert verify(session).events == 8
        found = cases.get(session, 1), cases.get(session, 2), cases.get(session, 3)
        draft = drafts.get(session, SAM, "check")
        assert timers.open_without(session, 10) == [1, 2]
    waiting, acknowledged, closed = found
    assert waiting is not None
    assert (waiting.state, waiting.ack_due_at, waiting.asked_at) == ("waiting", T0 + DAY, T0)
    assert acknowledged is not None
    assert (acknowledged.state, acknowledged.acknowledged_at) == ("acknowledged", T0 + MINUTE)
    assert (acknowledged.asked_at, acknowledged.decision) == (T0 + MINUTE, None)
    assert closed is not None
    assert (closed.state, closed.asked_at) == ("closed", None)
    assert draft is not None


def test_numbers_once_given_are_not_given_again_after_the_upgrade(new: Database) -> None:
    with new.write() as session:
        outbox.add(session, "next", "alarm", "COPS", due_at=T0)
        found = session.connection().execute(text("SELECT id FROM hr_outbox WHERE key = 'next'"))
        assert found.scalar_one() == GIVEN["hr_outbox"] + 1


def test_a_step_back_and_forth_keeps_the_work_under_way(new: Database) -> None:
    with new.write() as session:
        handed = outbox.hand_due(session, T0 + timedelta(seconds=112), LEASE, 20, timedelta(0))
        assert outbox.start_sending(session, handed[0].id, handed[0].attempt, T0 + 2 * MINUTE, T0 + 3 * MINUTE)
    to(new, "0001", down=True)
    assert new.pending_migrations()
    new.upgrade()
    found = messages(new)
    assert (found["card:2"].state, found["card:2"].maybe_out) == ("sending", True)
    assert found["result:1"].state == "pending"
    with new.read() as session:
        assert verify(session).whole


@ON_POSTGRESQL
def test_a_replica_of_release_0_1_goes_on_working_beside_the_new_ones(new: Database) -> None:
    at = "2026-03-02 09:02:00+00"
    with new.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "INSERT INTO hr_outbox (key, kind, lane, data, state, attempts, due_at) "
            f"VALUES ('from:old', 'ping', 'UNEW', '{{}}', 'pending', 0, '{at}')"
        )
    assert not messages(new)["from:old"].maybe_out
    # This is how that release takes a message up, and puts it back without knowing whether it arrived.
    with new.write() as session:
        claim = (
            "UPDATE hr_outbox SET state = 'sending', attempts = 1, due_at = '{}', claimed_at = '{}' WHERE key = '{}'"
        )
        session.connection().exec_driver_sql(claim.format(at, at, "from:old"))
    with new.write() as session:
        session.connection().exec_driver_sql(
            "UPDATE hr_outbox SET state = 'pending', error = 'x' WHERE key = 'from:old'"
        )
    assert messages(new)["from:old"].maybe_out


def test_tables_newer_than_the_program_are_not_pending(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{int(HEAD) + 1:04}'"))
    assert not db.pending_migrations()
    db.upgrade()
    with db.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))
    assert db.pending_migrations()
