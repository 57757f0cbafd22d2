"""The migrations build what the models say, once, and touch nothing of anybody else."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from storage import engines
from storage.database import Database
from storage.models import Record
from storage.upgrade import newest, settings
from storage.version import HEAD, VERSION_TABLE
from tests.conftest import AS_SHIPPED, Server

UPGRADE = (
    "import sys; from storage.database import Database; d = Database.connect(sys.argv[1]); d.upgrade(); d.dispose()"
)


@pytest.fixture
def db(
    store: str, request: pytest.FixtureRequest, tmp_path: Path, connect: Callable[..., Database]
) -> Iterator[Database]:
    """Give a database with our tables alone, without the engine's."""
    if store == "sqlite":
        database = connect(f"sqlite:///{tmp_path / 'ours.db'}")
        database.upgrade()
        yield database
        return
    server = request.getfixturevalue("postgresql_server")
    name = server.fresh()
    database = connect(server.url(name))
    database.upgrade()
    yield database
    database.dispose()
    server.drop(name)


def differences(database: Database) -> list[object]:
    """Return what Alembic would change to bring the tables to the models."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=settings()), Record.metadata))


def layout(database: Database) -> dict[str, str]:
    """Return the database's own description of our indexes, checks, columns, with white space evened out."""
    if database.is_sqlite:
        query = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND sql IS NOT NULL"
    else:
        query = (
            "SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT 'constraint ' || conname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' UNION ALL "
            "SELECT 'column ' || table_name || '.' || column_name, concat_ws(' ', data_type, "
            "character_maximum_length, is_nullable, is_identity, left(column_default, 7)) "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        )
    with database.engine.connect() as connection:
        found = {str(name): str(made) for name, made in connection.execute(text(query))}
    return {
        name: " ".join(sorted(re.split(r",\s*|\s*\n\s*", made.replace('"', "").replace("\t", ""))))
        for name, made in found.items()
        if VERSION_TABLE not in name and "trigger" not in name
    }


def test_the_migrations_and_the_models_describe_the_same_tables(
    db: Database, empty_url: str, connect: Callable[..., Database]
) -> None:
    by_models = connect(empty_url)
    with by_models.engine.begin() as connection:
        Record.metadata.create_all(connection)
    assert layout(db) == layout(by_models)
    assert len(layout(db)) >= 18


def test_alembic_finds_nothing_to_change_after_an_upgrade(db: Database) -> None:
    assert differences(db) == []


def test_alembic_would_notice_a_missing_column(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hr_draft ADD COLUMN extra INTEGER"))
    assert "extra" in str(differences(db))


def test_tables_of_others_in_the_same_database_are_left_alone(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE workflow_status (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO workflow_status VALUES (7)"))
    assert differences(db) == []
    db.upgrade()
    with db.read() as session:
        assert session.connection().execute(text("SELECT id FROM workflow_status")).scalars().all() == [7]


def test_an_empty_database_is_upgraded_once_and_a_second_time_does_nothing(
    empty_url: str, connect: Callable[..., Database]
) -> None:
    database = connect(empty_url)
    assert database.pending_migrations()
    database.upgrade()
    assert not database.pending_migrations()
    before = layout(database)
    database.upgrade()
    assert layout(database) == before


def test_the_head_named_in_the_program_is_the_last_migration() -> None:
    assert newest() == HEAD


def test_an_older_version_mark_counts_as_pending(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0000'"))
    assert db.pending_migrations()


def test_three_processes_that_upgrade_at_once_all_succeed(empty_url: str, connect: Callable[..., Database]) -> None:
    runs = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    complaints = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], complaints
    assert not connect(empty_url).pending_migrations()


def test_a_failed_upgrade_leaves_nothing_behind(
    empty_url: str, connect: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connect(empty_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE hr_outbox (id INTEGER)"))
    with pytest.raises(Exception, match="refused"):
        database.upgrade()
    assert inspect(database.engine).get_table_names() == ["hr_outbox"]


def test_the_file_and_its_new_folders_are_private(tmp_path: Path, connect: Callable[..., Database]) -> None:
    path = tmp_path / "var" / "hrdd" / "hrdd.db"
    old = os.umask(0)
    try:
        connect(f"sqlite:///{path}").upgrade()
    finally:
        os.umask(old)
    assert [stat.S_IMODE(at.stat().st_mode) for at in (path.parent.parent, path.parent, path)] == [0o700, 0o700, 0o600]
    assert {stat.S_IMODE(at.stat().st_mode) for at in path.parent.iterdir()} == {0o600}


def test_sqlite_is_set_to_survive_power_loss_and_to_erase_what_is_deleted(
    tmp_path: Path, connect: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PRAGMAS", AS_SHIPPED)
    database = connect(f"sqlite:///{tmp_path / 'x.db'}")
    with database.write() as session:
        raw = session.connection().connection.cursor()
        found = {
            name: raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 1500,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_postgresql_sessions_never_wait_longer_than_slack_does(
    postgresql_server: Server, connect: Callable[..., Database]
) -> None:
    with connect(postgresql_server.url("hrdd_template")).read() as session:
        shown = [
            session.connection().execute(text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "timezone")
        ]
    assert shown == ["1500ms", "2500ms", "UTC"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_an_address_that_cannot_hold_our_records_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///"):
        Database.connect(url)


def test_opening_an_upgraded_database_does_not_load_alembic(db_url: str) -> None:
    code = UPGRADE + "; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, db_url], check=False, timeout=60).returncode == 0
