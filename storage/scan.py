"""Read everything that is kept, for an auditor: every row of every table, raw files, copies. Never writes anything."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, DateTime, inspect, text
from sqlmodel import Session

from storage.database import Database
from storage.models import Record

CHUNK: Final = 4 * 1024 * 1024
OVERLAP: Final = 8 * 1024
"""Pieces of a file share this much, so that nothing is missed where one ends."""
_BETWEEN: Final = b"\n\x1f\n"
_NOTHING: Final = b"null"
"""What stands in JSON where there is nothing."""

ANONYMOUS: Final = "hr_anon_"
PEOPLE: Final = frozenset(
    f"{table}.{column}"
    for table, columns in {
        "hr_case": "owner_id backup_id keeper_id submitter_id acknowledged_by contained_by decided_by launch "
        "launch_key",
        "hr_case_person": "person_id",
        "hr_check": "submitter_id launch launch_key answers disagreement",
        "hr_concern": "person_key excluded",
        "hr_draft": "person_id draft_key answers",
        "hr_event": "actor_id data",
        "hr_lane": "lane",
        "hr_lead_audit": "lead",
        "hr_lead_key": "lead person",
        "hr_lead_key_waiting": "lead person",
        "hr_mitigation": "owner_id",
        "hr_nudge": "person_id batch",
        "hr_outbox": "key lane data",
        "hr_prompt": "person_id",
        "hr_seal": "created_by",
        "hr_signal": "by_id customers source key",
        "hr_timer": "key",
        "hr_valid_while": "customer",
        "hr_words": "text",
    }.items()
    for column in columns.split()
)
"""The columns of the named record that may hold people, or words in which somebody may name one. No other may."""
OUR_WORDS: Final = frozenset(
    f"{table}.{column}"
    for table, columns in {
        "alembic_version": "version_num",
        "application_versions": "version_id version_name application_name",
        "hr_anon_case": "state topic site",
        "hr_anon_count": "period what",
        "hr_anon_setup": "name",
        "hr_case": "product_id state owner_role decision",
        "hr_case_country": "country",
        "hr_case_group": "group_id",
        "hr_case_person": "role",
        "hr_check": "product_id bank rule_version",
        "hr_concern": "kind topic",
        "hr_event": "kind",
        "hr_fact": "key",
        "hr_lead_audit": "action",
        "hr_mitigation": "type evidence status",
        "hr_nudge": "state",
        "hr_outbox": "kind state error",
        "hr_prompt": "kind",
        "hr_seal": "part",
        "hr_signal": "signal countries products defeats state",
        "hr_timer": "kind step state",
        "hr_valid_while": "signal country",
        "operation_outputs": "function_name serialization",
        "queues": "name application_name",
        "sqlite_sequence": "name",
        "workflow_schedules": "schedule_name workflow_name workflow_class_name status queue_name cron_timezone",
        "workflow_status": "status name class_name config_name queue_name serialization executor_id schedule_name "
        "application_id application_name application_version",
    }.items()
    for column in columns.split()
)
"""The columns in which words of ours, of the policy or of the engine stand alone, which may be a handle by chance."""
_OF_PEOPLE: Final = re.compile(
    r"user|person|people|actor|author|submitter|owner|team|channel|workspace|e?mail|phone|handle|(^|_)ip($|_)|agent|"
    r"device|session|request|created|updated|_at$|time|moment|stamp"
)


class Piece(NamedTuple):
    """Some bytes to look through, and where they stand. `rows` is how many rows they are of."""

    place: str
    raw: bytes
    rows: int = 0

    def whole_values(self) -> Sequence[bytes]:
        """Give the values of a column one by one, where one of them may be nobody's name; none of other columns."""
        column = ".".join(self.place.split(".")[-2:])
        if self.place in PEOPLE or column in OUR_WORDS:
            return ()
        return [each for each in self.raw.split(_BETWEEN) if each != _NOTHING]


def rows(db: Database) -> Iterator[Piece]:
    """Give every value of every table in the database, ours and anybody's, as pieces of one column each."""
    with db.read() as session:
        if not db.is_sqlite:
            session.connection().execute(text("SET LOCAL statement_timeout = 0"))
        for schema, table in _tables(session):
            yield from _columns(session, schema, table)


def _tables(session: Session) -> list[tuple[str | None, str]]:
    looked = inspect(session.connection())
    if session.connection().dialect.name == "sqlite":
        return [(None, name) for name in [*looked.get_table_names(), "sqlite_sequence"] if _is_there(session, name)]
    schemas = [name for name in looked.get_schema_names() if name not in ("information_schema", "pg_catalog")]
    return [(schema, table) for schema in schemas for table in looked.get_table_names(schema=schema)]


def _is_there(session: Session, table: str) -> bool:
    asked = text("SELECT count(*) FROM sqlite_master WHERE name = :name")
    return bool(session.connection().execute(asked, {"name": table}).scalar_one())


def _columns(session: Session, schema: str | None, table: str) -> Iterator[Piece]:
    """Give the values of a table, column by column, so many rows at a time."""
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    name = ".".join(quote(part) for part in (schema, table) if part)
    shown = table if schema in (None, "public") else f"{schema}.{table}"
    found = connection.execution_options(yield_per=500).execute(text(f"SELECT * FROM {name}"))  # noqa: S608
    keys = list(found.keys())
    for some in found.partitions():
        for number, key in enumerate(keys):
            values = [_bytes(row[number]) for row in some if row[number] is not None]
            yield Piece(f"{shown}.{key}", _BETWEEN.join(values), len(some) if number == 0 else 0)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return said.encode("utf-8", "surrogatepass")


def own_files(db: Database) -> list[Path]:
    """Give the files of an SQLite database with its log and journal; none for a server."""
    if not db.is_sqlite:
        return []
    whole = Path(str(db.engine.url.database))
    return [each for each in (whole, *(Path(f"{whole}{end}") for end in ("-wal", "-shm", "-journal"))) if each.exists()]


def everything_in(folder: Path) -> list[Path]:
    """Give every file under a folder, or the file itself. Raises OSError where there is none."""
    if not folder.exists():
        raise FileNotFoundError(2, "there is nothing of this name", str(folder))
    return [folder] if folder.is_file() else sorted(each for each in folder.rglob("*") if each.is_file())


def raw(file: Path) -> Iterator[Piece]:
    """Give the bytes of a file, unpacked where it is gzip, in pieces that overlap. Raises OSError."""
    with file.open("rb") as start:
        packed = start.read(3) == b"\x1f\x8b\x08"
    before = b""
    with gzip.open(file) if packed else file.open("rb") as stream:
        while some := stream.read(CHUNK):
            yield Piece(str(file), before + some)
            before = (before + some)[-OVERLAP:]


def lint(db: Database) -> list[str]:
    """Say what is wrong with the tables of anonymous reports as they really are: T19 of the plan, on a live store."""
    problems: list[str] = []
    with db.read() as session:
        looked = inspect(session.connection())
        names = [name for name in looked.get_table_names() if name.startswith(ANONYMOUS)]
        for name in names:
            known = Record.metadata.tables.get(name)
            for column in looked.get_columns(name):
                problems += _wrong(name, column, known is not None and column["name"] in known.columns)
            problems += [f"{name} refers to another table" for _ in looked.get_foreign_keys(name)]
            if db.is_sqlite:
                problems += _numbered(session, name)
        if db.is_sqlite and not session.connection().exec_driver_sql("PRAGMA secure_delete").scalar():
            problems.append("secure_delete is off: what is deleted stays in the file")
        if not db.engine.hide_parameters:
            problems.append("errors of the database would quote values")
    if not names:
        problems.append("there are no tables of anonymous reports")
    return problems


def _wrong(table: str, column: Any, known: bool) -> Iterator[str]:
    name = f"{table}.{column['name']}"
    if not known:
        yield f"{name} is not one of ours"
    if _OF_PEOPLE.search(column["name"]):
        yield f"{name} sounds like a person or a moment"
    if isinstance(column["type"], DateTime) or (isinstance(column["type"], Date) and column["name"] != "released_on"):
        yield f"{name} can hold a moment"
    if column.get("autoincrement") is True or column.get("identity") or "nextval" in str(column["default"]):
        yield f"{name} counts rows"


def _numbered(session: Session, table: str) -> Iterator[str]:
    asked = text("SELECT sql FROM sqlite_master WHERE name = :name")
    if "WITHOUT ROWID" not in str(session.connection().execute(asked, {"name": table}).scalar_one()).upper():
        yield f"{table} numbers its rows in the order in which they came"
