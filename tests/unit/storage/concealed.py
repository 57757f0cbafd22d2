"""One database of each kind for a whole file of tests, emptied of concerns before each of them.

Making one anew for every test costs more than most of these tests do.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from storage.database import Database
from storage.models import Record
from tests.conftest import STORES, Server

TABLES = [name for name in Record.metadata.tables if name.startswith(("hr_anon_", "hr_lead_", "hr_fact"))]


@pytest.fixture(scope="module", params=STORES)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Open a database for all tests of a module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "hrdd.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        database = Database.connect(f"sqlite:///{path}")
        yield database
        database.dispose()
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.fresh("hrdd_template")
    database = Database.connect(server.url(name))
    yield database
    database.dispose()
    server.drop(name)


@pytest.fixture
def db(shared: Database) -> Database:
    """Give the database with no row of a concern in it."""
    with shared.write() as session:
        for name in TABLES:
            session.connection().execute(Record.metadata.tables[name].delete())
    return shared
