"""Statements for the path that people wait on: compiled once, then run on the driver's own cursor.

SQLAlchemy spends several times longer around a small statement than the database spends on it. A submission runs
eight of them, and one core serves everybody. Statements are still written with SQLAlchemy, and run inside the
session's transaction; only the machinery between the two is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session

from storage.models import Record, table_of

_KEPT: Final = "hr_direct"


class _Compiled:
    """Hold the text of one statement for one database, and how each parameter is converted."""

    __slots__ = ("_names", "_plain", "_positional", "_special", "sql")

    def __init__(self, statement: ClauseElement, keys: Sequence[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(keys) if keys else None)
        self.sql = str(compiled)
        self._positional = bool(compiled.positional)
        self._names: list[str] = list(compiled.positiontup if compiled.positional else compiled.binds)
        makers = {name: compiled.binds[name].type.dialect_impl(dialect) for name in self._names}
        processors = {name: impl.bind_processor(dialect) for name, impl in makers.items()}
        self._special = [(name, processor) for name, processor in processors.items() if processor is not None]
        self._plain = {name: compiled.binds[name].value for name in self._names if not compiled.binds[name].required}

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Convert one set of values to what the driver takes."""
        row = {**self._plain, **values}
        for name, processor in self._special:
            row[name] = processor(row[name])
        return [row[name] for name in self._names] if self._positional else row


def _connection(session: Session) -> Connection:
    """Return the session's connection; asking the session each time costs more than a small statement does."""
    kept = session.info.get(_KEPT)
    if kept is not None and kept[0] is session.get_transaction():
        return kept[1]  # type: ignore[no-any-return]
    connection = session.connection()
    session.info[_KEPT] = (session.get_transaction(), connection)
    return connection


class Prepared:
    """Keep one statement ready; `build` is asked once per kind of database, with its name."""

    def __init__(self, build: Callable[[str], ClauseElement], keys: Sequence[str] | None = None) -> None:
        self._build = build
        self._keys = keys
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, connection: Connection) -> _Compiled:
        """Return the statement for this connection's database; two threads may both compile it, harmlessly."""
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._build(dialect.name), self._keys, dialect)
        return found

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run with one set of values and return the driver's cursor."""
        connection = _connection(session)
        ready = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.execute(ready.sql, ready.parameters(values))
        return cursor

    def first(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run and return the first row as the driver gives it, or None."""
        cursor = self.run(session, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run once per set of values, in one go; return how many rows were touched."""
        connection = _connection(session)
        ready = self._for(connection)
        cursor = connection.connection.cursor()
        if len(rows) == 1:
            # A server's driver opens a pipeline for several, which for one costs more than the statement.
            cursor.execute(ready.sql, ready.parameters(rows[0]))
        else:
            cursor.executemany(ready.sql, [ready.parameters(row) for row in rows])
        touched = int(cursor.rowcount)
        cursor.close()
        return touched


def inserter(
    model: type[Record], *, leave: str | None = None, known: str = "fail", returning: str | None = None
) -> Prepared:
    """Prepare an INSERT of every column except `leave`.

    `known="skip"` passes over rows whose key exists; `returning` names a column to give back.
    """
    table = table_of(model)

    def build(dialect: str) -> ClauseElement:
        made: Any = (insert_sqlite if dialect == "sqlite" else insert_postgresql)(table)
        if known == "skip":
            made = made.on_conflict_do_nothing()
        return made.returning(table.c[returning]) if returning else made  # type: ignore[no-any-return]

    return Prepared(build, [column.name for column in table.columns if column.name != leave])
