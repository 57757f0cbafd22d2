"""Statements for the path that people wait on: compiled once, then run on the driver's own cursor.

SQLAlchemy spends several times longer around a small statement than the database spends on it. A submission runs
eight of them, and one core serves everybody. Statements are still written with SQLAlchemy, and run inside the
session's transaction; only the machinery between the two is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Dialect, event
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session

from storage.models import Record, table_of

_KEPT: Final = "hr_direct"
_GATHERED: Final = "hr_gathered"
_OWN_ROWS: Final = "UPDATE hr_case "
"""What a session writes of its cases by itself. It reads nothing, so nothing that waits must be written before it."""


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
        _write_what_waits(session)
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

    def each(self, session: Session, rows: Sequence[Mapping[str, Any]], *, of: Hashable = None) -> int:
        """Run once per set of values, in one go; return how many rows were touched.

        `of` names whose rows these are. Where writes are gathered (`gathered`) they then wait, and 0 is returned.
        """
        waiting: _Gathered | None = session.info.get(_GATHERED)
        if waiting is not None and of is not None:
            waiting.add(self, rows, of)
            return 0
        _write_what_waits(session)
        return self.now(session, rows)

    def now(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run as `each` does, whatever waits."""
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


class _Gathered:
    """Writes that wait to be made together, and what was read ahead.

    Those of one owner stay in their order. Those of two owners touch different rows, so their order does not matter.
    """

    def __init__(self) -> None:
        self.ahead: dict[tuple[str, Hashable], Any] = {}
        self._runs: list[tuple[Prepared, list[Mapping[str, Any]], set[Hashable]]] = []

    def add(self, statement: Prepared, rows: Sequence[Mapping[str, Any]], of: Hashable) -> None:
        """Let writes wait, with others by the same statement where the order of their owner allows it."""
        places = range(len(self._runs))
        last = next((place for place in reversed(places) if of in self._runs[place][2]), 0)
        for known, waiting, owners in self._runs[last:]:
            if known is statement:
                waiting.extend(rows)
                owners.add(of)
                return
        self._runs.append((statement, list(rows), {of}))

    def write(self, session: Session) -> None:
        """Make the writes that wait."""
        runs, self._runs = self._runs, []
        for statement, rows, _ in runs:
            statement.now(session, rows)


@contextmanager
def gathered(session: Session) -> Iterator[None]:
    """Gather writes until the block ends, so that work on many cases takes few round trips to a server.

    Whatever else is asked of the session in between sees them: they are written before it. Modules that read ahead
    (`ahead`) keep what they read in step with what waits.
    """
    waiting, connection = _Gathered(), session.connection()

    def first(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(_OWN_ROWS):
            waiting.write(session)

    session.info[_GATHERED] = waiting
    event.listen(connection, "before_cursor_execute", first)
    try:
        yield
        waiting.write(session)
    finally:
        event.remove(connection, "before_cursor_execute", first)
        del session.info[_GATHERED]


def ahead(session: Session) -> dict[tuple[str, Hashable], Any] | None:
    """Give what was read ahead while writes are gathered, by what it is and whose; None where they are not."""
    waiting: _Gathered | None = session.info.get(_GATHERED)
    return None if waiting is None else waiting.ahead


def _write_what_waits(session: Session) -> None:
    waiting: _Gathered | None = session.info.get(_GATHERED)
    if waiting is not None:
        waiting.write(session)
