"""Engines for the two databases that we speak: an SQLite file and a PostgreSQL server."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url

from storage.errors import StorageDown
from storage.values import to_column

BUSY_MS: Final = 1500
STATEMENT_MS: Final = 2500
CONNECT_SECONDS: Final = 2
WRITES: Final = "hr_writes"

PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)


def make_engine(url: str, *, pool_size: int) -> Engine:
    """Build the engine for `url`; ValueError for a database we do not speak or an SQLite without a file."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return _sqlite(parsed, pool_size)
    if kind in {"postgresql", "postgres"}:
        return _postgresql(parsed, pool_size)
    raise ValueError("HRDD_DATABASE_URL must begin with sqlite:/// or postgresql://")


def _common(pool_size: int) -> dict[str, Any]:
    """Return the engine settings that both databases share.

    Parameters stay out of error messages: they hold what people wrote. The pool does not ping: a dead
    connection shows at its first statement, and the whole pool is then renewed.
    """
    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": BUSY_MS / 1000,
        "pool_use_lifo": True,
        "hide_parameters": True,
        "json_serializer": to_column,
    }


def _private_file(database: str) -> Path:
    """Create the database file readable by its owner only, and the folders above it likewise."""
    path = Path(database)
    try:
        for folder in reversed(path.parent.absolute().parents):
            folder.mkdir(mode=0o700, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        raise StorageDown(f"file:{problem.errno}") from None
    return path


def _sqlite(url: URL, pool_size: int) -> Engine:
    """Build the SQLite engine: WAL, full sync, erased content zeroed, and transactions that we begin ourselves."""
    if not url.database or url.database == ":memory:":
        raise ValueError("An SQLite database needs a file, for example sqlite:////var/lib/hrdd/hrdd.db")
    _private_file(url.database)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"isolation_level": None, "timeout": BUSY_MS / 1000, "check_same_thread": False},
        **_common(pool_size),
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # The driver would begin too late, and not at all before a SELECT: two writers could read the same state.
        writes = connection.get_execution_options().get(WRITES)
        connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()

    return engine


def _postgresql(url: URL, pool_size: int) -> Engine:
    """Build the PostgreSQL engine: UTC, and no wait that outlives the three seconds that Slack gives us."""
    options = f"-c timezone=UTC -c lock_timeout={BUSY_MS} -c statement_timeout={STATEMENT_MS}"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={
            "options": options,
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": STATEMENT_MS,
            "application_name": "hrdd-bot",
        },
        **_common(pool_size),
    )
