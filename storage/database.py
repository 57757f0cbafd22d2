"""The one door to the database: a session for reading, a session for writing, upgrades, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, NoReturn

from sqlalchemy import Engine, inspect, text
from sqlmodel import Session

from storage.engines import BUSY_MS, WRITES, make_engine
from storage.errors import StorageBusy, StorageDown, translate
from storage.turns import Turns
from storage.version import HEAD, VERSION_TABLE

QUEUE_SECONDS: Final = 1.0
FORGET_MS: Final = 100


class Database:
    """Hold the connections to one database and give out sessions; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = engine.execution_options(**{WRITES: True})
        # On a server a transaction costs two more round trips than a single question does.
        self._asker = engine if self.is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        # SQLite has one writer at a time. Threads of one process that queue here are woken at once; queueing
        # inside SQLite would mean sleeping and polling.
        self._turn = Turns() if self.is_sqlite else None

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 8) -> Database:
        """Open the database at `url` (`sqlite:///file` or `postgresql://...`) without touching its tables.

        Raises ValueError for an address we cannot use and StorageDown when the file cannot be made.
        """
        return cls(make_engine(url, pool_size=pool_size))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment; whatever is changed in it is dropped at the end."""
        try:
            with Session(self.engine, expire_on_commit=False) as session:
                yield session
        except Exception as problem:
            self._raise_named(problem)

    @contextmanager
    def ask(self) -> Iterator[Session]:
        """Give a session for a question or two that need not see the same moment. Nothing may be changed in it."""
        try:
            with Session(self._asker, expire_on_commit=False, autoflush=False) as session:
                yield session
        except Exception as problem:
            self._raise_named(problem)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that is one transaction: all of it is saved at the end of the block, or none of it.

        Raises StorageBusy, StorageFull, StorageDown, Duplicate or Conflict in place of driver errors.
        Never call anything outside the database inside the block: on SQLite everybody else is waiting.
        """
        turn = self._turn
        if turn is not None and not turn.acquire(timeout=QUEUE_SECONDS):
            raise StorageBusy("queue")
        try:
            with Session(self._writer, expire_on_commit=False) as session:
                yield session
                session.commit()
        except Exception as problem:
            self._raise_named(problem)
        finally:
            if turn is not None:
                turn.release()

    def _raise_named(self, problem: Exception) -> NoReturn:
        """Raise `problem` under the name that other rooms know; `from None` keeps row contents out of tracebacks."""
        named = translate(problem)
        if named is problem:
            raise problem
        if isinstance(named, StorageDown) and not self.is_sqlite:
            # The connections that lie in the pool died with this one; each would fail somebody else's request.
            self.engine.dispose()
        raise named from None

    def pending_migrations(self) -> bool:
        """Say whether the tables are older than this program.

        Newer ones are not: a release only adds to the tables of the one before, so that replicas of both run side by
        side during a deploy. Revisions are numbers of four digits and compare as text.
        """
        with self.read() as session:
            connection = session.connection()
            if not inspect(connection).has_table(VERSION_TABLE):
                return True
            found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()  # noqa: S608
        return max(found, default="") < HEAD

    def upgrade(self) -> None:
        """Bring the tables to what this program expects; harmless when they are, and when two do it at once."""
        if not self.pending_migrations():
            return
        from storage.upgrade import upgrade  # Alembic costs start-up time that most starts need not pay.

        try:
            upgrade(self._writer)
        except Exception as problem:
            self._raise_named(problem)

    def forget(self) -> None:
        """Have SQLite's log forget what was deleted; the file does at once, since deleted bytes are written over there.

        Where somebody reads for long just then it is left for the next time, so that nobody waits for it.
        A server does this in its own time; what must not outlast its deletion there is kept nowhere in it.
        """
        if not self.is_sqlite:
            return
        turn = self._turn
        if turn is not None and not turn.acquire(timeout=QUEUE_SECONDS):
            return
        try:
            # Beside the engine, which begins a transaction with every statement; this cannot be in one.
            connection = self.engine.raw_connection()
            try:
                for statement in (f"PRAGMA busy_timeout={FORGET_MS}", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    connection.driver_connection.execute(statement).close()  # type: ignore[union-attr]
            finally:
                connection.driver_connection.execute(f"PRAGMA busy_timeout={BUSY_MS}").close()  # type: ignore[union-attr]
                connection.close()
        except Exception as problem:
            self._raise_named(problem)
        finally:
            if turn is not None:
                turn.release()

    def clock_apart(self, now: datetime) -> timedelta:
        """Say how far `now` is ahead of the server's clock. A file has no clock but that of this machine."""
        if self.is_sqlite:
            return timedelta(0)
        with self.ask() as session:
            there: datetime = session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
        return now - there

    def dispose(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()
