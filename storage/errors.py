"""What can go wrong when remembering, as a handful of names that the other rooms understand.

Drivers raise dozens of exceptions, some of which quote the row they refused. They are translated here, in
one place, into errors that carry a short code and never a value.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

REQUEST_KEY: Final = "request_key"


class StorageError(Exception):
    """Say that the database did not do what it was asked; `code` names the reason, without any content."""

    sentence = "The database refused this. Nothing was saved."

    def __init__(self, code: str = "") -> None:
        super().__init__(f"{self.sentence} ({code})" if code else self.sentence)
        self.code = code


class StorageBusy(StorageError):
    """Say that somebody else held the database for too long; trying again is right."""

    sentence = "The database is busy. Nothing was saved."


class StorageFull(StorageError):
    """Say that there is no room left to write."""

    sentence = "The database has no room left. Nothing was saved."


class StorageDown(StorageError):
    """Say that the database cannot be reached, opened or written to."""

    sentence = "The database cannot be reached. Nothing was saved."


class Duplicate(StorageError):
    """Say that this request was saved before; the first row is the answer."""

    sentence = "This was saved before."


class Conflict(StorageError):
    """Say that a rule of the tables was broken, for example a second open case for one launch."""

    sentence = "Somebody else changed the same thing first. Nothing was saved."


_SQLITE: Final[dict[int, type[StorageError]]] = {
    sqlite3.SQLITE_BUSY: StorageBusy,
    sqlite3.SQLITE_LOCKED: StorageBusy,
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_READONLY: StorageDown,
    sqlite3.SQLITE_CANTOPEN: StorageDown,
    sqlite3.SQLITE_IOERR: StorageDown,
    sqlite3.SQLITE_PERM: StorageDown,
    sqlite3.SQLITE_AUTH: StorageDown,
    sqlite3.SQLITE_CORRUPT: StorageDown,
    sqlite3.SQLITE_NOTADB: StorageDown,
    sqlite3.SQLITE_PROTOCOL: StorageBusy,
    sqlite3.SQLITE_CONSTRAINT: Conflict,
}

# The first prefix that fits decides, so the longer ones stand first.
_POSTGRESQL: Final[tuple[tuple[str, type[StorageError]], ...]] = (
    ("53100", StorageFull),  # disk full
    ("53300", StorageBusy),  # too many connections
    ("53", StorageDown),
    ("55P03", StorageBusy),  # lock not available in time
    ("57014", StorageBusy),  # statement timeout
    ("40", StorageBusy),  # deadlock or serialisation: the same act may succeed next time
    ("08", StorageDown),
    ("57P", StorageDown),  # shutdown, crash, starting up
    ("25006", StorageDown),  # a standby that only reads
    ("28", StorageDown),  # login refused
    ("3D000", StorageDown),  # no such database
    ("58", StorageDown),  # the server's own disk
    ("XX", StorageDown),
    ("23", Conflict),
)


def _from_sqlite(problem: sqlite3.Error) -> StorageError:
    """Translate an error of the SQLite driver by its result code."""
    code = getattr(problem, "sqlite_errorcode", 0) or 0
    name = getattr(problem, "sqlite_errorname", "") or type(problem).__name__
    if code == sqlite3.SQLITE_CONSTRAINT_UNIQUE and str(problem).endswith(f".{REQUEST_KEY}"):
        return Duplicate(REQUEST_KEY)
    return _SQLITE.get(code & 0xFF, StorageError)(name)


def _from_postgresql(problem: BaseException, *, gone: bool) -> StorageError:
    """Translate an error of the PostgreSQL driver by its SQLSTATE; none at all means the line is dead."""
    state = getattr(problem, "sqlstate", None)
    if state is None:
        down = gone or type(problem).__name__ in {"OperationalError", "ConnectionTimeout", "InterfaceError"}
        return (StorageDown if down else StorageError)(type(problem).__name__)
    constraint = getattr(getattr(problem, "diag", None), "constraint_name", None) or ""
    if state == "23505" and constraint.endswith(REQUEST_KEY):
        return Duplicate(REQUEST_KEY)
    for prefix, kind in _POSTGRESQL:
        if state.startswith(prefix):
            return kind(state)
    return StorageDown(state) if gone else StorageError(state)


def translate(problem: Exception) -> Exception:
    """Return the error to raise in place of `problem`; errors that are not the database's come back as they are."""
    if isinstance(problem, PoolTimeout):
        return StorageBusy("pool")
    if isinstance(problem, StaleDataError):
        return Conflict("stale")
    gone = False
    cause: BaseException | None = problem
    if isinstance(problem, StatementError):
        gone = isinstance(problem, DBAPIError) and problem.connection_invalidated
        cause = problem.orig
    if isinstance(cause, sqlite3.Error):
        return _from_sqlite(cause)
    if type(cause).__module__.partition(".")[0] == "psycopg":
        return _from_postgresql(cause, gone=gone)  # type: ignore[arg-type]
    if isinstance(problem, StatementError):
        # A value that no column takes (a time without a zone, say): the caller's mistake, told without the SQL.
        return ValueError(str(cause)) if isinstance(cause, (ValueError, TypeError)) else StorageError("statement")
    return problem
