"""Bring the tables up to date with Alembic, configured here instead of in an ini file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from storage.engines import BUSY_MS
from storage.models import Record
from storage.version import VERSION_TABLE

LOCK: Final = 0x68726464  # any constant does, as long as every replica takes the same
PATIENCE_MS: Final = 60_000
FALLING: Final = frozenset({"ix_hr_case_caseload", "ix_hr_case_owed", "ix_hr_case_register"})
FOLDER: Final = Path(__file__).with_name("migrations")


def config(connection: Connection | None = None) -> Config:
    """Return an Alembic configuration for our migrations, bound to `connection`."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def newest() -> str | None:
    """Return the id of the last migration."""
    return ScriptDirectory.from_config(config()).get_current_head()


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Say whether Alembic may look at this: tables of others in the same database are none of our business."""
    return kind != "table" or name in Record.metadata.tables


def comparable(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Say whether Alembic can compare this: it cannot read a falling index back. (A test compares those.)"""
    return kind != "index" or name not in FALLING


def settings() -> dict[str, Any]:
    """Return the options that every migration context shares."""
    return {
        "target_metadata": Record.metadata,
        "include_name": ours,
        "include_object": comparable,
        "version_table": VERSION_TABLE,
        "render_as_batch": True,
        "compare_type": True,
        "transaction_per_migration": False,
        "transactional_ddl": True,
    }


def upgrade(engine: Engine) -> None:
    """Run the missing migrations in one transaction; a second process waits for it and then finds nothing to do."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _upgrade_sqlite(connection)
        else:
            with connection.begin():
                connection.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                command.upgrade(config(connection), "head")


def _upgrade_sqlite(connection: Connection) -> None:
    """Run the migrations on SQLite, where rebuilding a table needs foreign keys off before the transaction begins."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        with connection.begin():
            command.upgrade(config(connection), "head")
            if raw.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise RuntimeError("The upgrade would leave rows that point nowhere. Nothing was changed.")
    finally:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
