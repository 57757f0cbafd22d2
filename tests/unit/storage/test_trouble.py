"""A database that is busy, full or gone says so in time, and nothing is half saved."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from storage import cases, checks
from storage.audit import verify
from storage.database import Database
from storage.errors import Conflict, StorageBusy, StorageDown, StorageError, StorageFull
from tests.conftest import Server, quick_folder, start_server
from tests.unit.storage.people import ON_POSTGRESQL, ON_SQLITE, a_case, a_check, submit


def file_of(url: str) -> str:
    """Return the path in an SQLite address."""
    return url.removeprefix("sqlite:///")


@ON_SQLITE
def test_a_locked_file_is_reported_busy_within_three_seconds_and_works_again_after(db: Database, db_url: str) -> None:
    holder = sqlite3.connect(file_of(db_url), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StorageBusy), db.write() as session:
        submit(session)
    assert 1.0 < time.monotonic() - began < 3.0
    with db.read() as session:
        assert cases.count_open(session) == 0
    holder.execute("ROLLBACK")
    holder.close()
    with db.write() as session:
        submit(session)


@ON_POSTGRESQL
def test_a_locked_row_is_reported_busy_within_three_seconds(db: Database, db_url: str) -> None:
    with db.write() as session:
        number = submit(session)
    with psycopg.connect(db_url) as holder:
        holder.execute("SELECT 1 FROM hr_case FOR UPDATE")
        began = time.monotonic()
        with pytest.raises(StorageBusy), db.write() as session:
            cases.get(session, number, lock=True)
        assert 1.0 < time.monotonic() - began < 3.0


@ON_POSTGRESQL
def test_a_statement_that_takes_too_long_is_stopped(db: Database) -> None:
    began = time.monotonic()
    with pytest.raises(StorageBusy), db.read() as session:
        session.connection().execute(text("SELECT pg_sleep(20)"))
    assert time.monotonic() - began < 3.0


def test_a_write_inside_a_write_or_an_empty_pool_is_busy_and_does_not_hang(
    db_url: str, connect: Callable[..., Database]
) -> None:
    database = connect(db_url, pool_size=1)

    def write_inside_a_write() -> None:
        with database.write() as session:
            submit(session)
            with database.write() as inner:
                inner.connection()

    began = time.monotonic()
    with pytest.raises(StorageBusy):
        write_inside_a_write()
    assert time.monotonic() - began < 3.0
    with database.write() as session:
        submit(session)


@ON_SQLITE
def test_a_full_disk_is_reported_full_saves_nothing_and_works_again_with_room(
    db: Database, db_url: str, connect: Callable[..., Database]
) -> None:
    small = connect(db_url, pool_size=1)
    with small.read() as session:
        raw = session.connection().connection.cursor()
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull), small.write() as session:
        checks.add(session, a_check(1, answers={"note": "x" * 200_000}))
    with db.read() as session:
        assert checks.get(session, "chk1") is None
    with small.read() as session:
        session.connection().connection.cursor().execute("PRAGMA max_page_count = 100000")
    with small.write() as session:
        checks.add(session, a_check(1))


def test_a_file_that_is_no_database_or_a_folder_is_reported_down(
    tmp_path: Path, connect: Callable[..., Database]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are not the rows you are looking for. " * 40)
    with pytest.raises(StorageDown):
        connect(f"sqlite:///{path}").pending_migrations()
    with pytest.raises(StorageDown):
        connect(f"sqlite:///{tmp_path}")
    with pytest.raises(StorageDown):
        connect(f"sqlite:///{path / 'below' / 'x.db'}")


@ON_SQLITE
def test_a_database_set_to_read_only_is_reported_down(db: Database) -> None:
    with db.read() as session:
        session.connection().connection.cursor().execute("PRAGMA query_only = ON")
    with pytest.raises(StorageDown), db.write() as session:
        submit(session)


def test_a_missing_table_is_an_error_with_a_code_and_no_content(
    empty_url: str, connect: Callable[..., Database]
) -> None:
    with pytest.raises(StorageError) as caught, connect(empty_url).write() as session:
        checks.add(session, a_check(launch="Secret launch"))
    assert "Secret" not in str(caught.value)
    assert caught.value.code


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("53100", StorageFull),
        ("53300", StorageBusy),
        ("55P03", StorageBusy),
        ("40P01", StorageBusy),
        ("57P01", StorageDown),
        ("08006", StorageDown),
        ("25006", StorageDown),
        ("42P01", StorageError),
        ("23514", Conflict),
    ],
)
def test_what_the_server_reports_gets_the_name_that_callers_know(
    db: Database, code: str, expected: type[StorageError]
) -> None:
    with pytest.raises(StorageError) as caught, db.write() as session:
        session.connection().exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")
    assert type(caught.value) is expected
    assert caught.value.code == code


def test_an_error_of_the_caller_passes_through_with_its_own_cause(db: Database) -> None:
    cause = KeyError("M1")

    def stumble() -> None:
        with db.write():
            raise LookupError("no such answer") from cause

    with pytest.raises(LookupError) as caught:
        stumble()
    assert caught.value.__cause__ is cause


def test_an_address_where_nobody_answers_is_reported_down(connect: Callable[..., Database]) -> None:
    began = time.monotonic()
    with pytest.raises(StorageDown), connect("postgresql://hrdd@127.0.0.1:9/hrdd").read() as session:
        session.connection()
    assert time.monotonic() - began < 3.0


def test_a_database_that_is_not_there_is_reported_down(
    postgresql_server: Server, connect: Callable[..., Database]
) -> None:
    with pytest.raises(StorageDown), connect(postgresql_server.url("nowhere")).read() as session:
        session.connection()


@ON_POSTGRESQL
def test_connections_cut_by_the_server_are_reported_down_once_and_then_replaced(db: Database, db_url: str) -> None:
    with db.read() as first, db.read() as second:
        assert cases.count_open(first) == cases.count_open(second) == 0
        with db.write() as session:
            submit(session, 1)
    with psycopg.connect(db_url, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StorageDown), db.write() as session:
        submit(session, 2)
    with db.read() as first, db.read() as second:
        assert cases.count_open(first) == cases.count_open(second) == 1
    with db.write() as session:
        submit(session, 2)
    with db.read() as session:
        assert cases.count_open(session) == 2
        assert verify(session).whole


def test_a_server_that_vanished_is_reported_down_and_found_again_when_it_is_back() -> None:
    folder = Path(tempfile.mkdtemp(prefix="hrdd-pg-", dir=quick_folder()))
    handle, server = start_server(folder)
    database = Database.connect(server.uri)

    def lose_the_server_half_way() -> None:
        with database.write() as session:
            submit(session, 1)
            handle.stop()  # type: ignore[attr-defined]
            cases.add(session, a_case(2))

    try:
        database.upgrade()
        with pytest.raises(StorageDown):
            lose_the_server_half_way()
        began = time.monotonic()
        with pytest.raises(StorageDown), database.read() as session:
            cases.count_open(session)
        assert time.monotonic() - began < 3.0
        handle.ensure_postgres_running()  # type: ignore[attr-defined]
        with database.write() as session:
            assert cases.count_open(session) == 0
            submit(session, 1)
    finally:
        database.dispose()
        handle.cleanup()  # type: ignore[attr-defined]
        shutil.rmtree(folder, ignore_errors=True)
