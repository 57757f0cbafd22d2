"""Where bytes can be left behind: the files of a database, its log, and every other file of an installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from storage.database import Database

FIRST_OF_OURS = 16384
"""Files with smaller numbers are the server's own catalogues, of which only one knows what stands in rows."""
STATISTICS = ("pg_statistic", "pg_toast.pg_toast_2619")
PAGE, SHORT_HEAD, LONG_HEAD = 8192, 24, 40
"""How the log of a server is divided."""


def files_of(folder: Path, name: str = "") -> dict[str, bytes]:
    """Give every file in a folder and in those below it."""
    front = name or folder.name
    return {f"{front}/{each.relative_to(folder)}": each.read_bytes() for each in _files(folder)}


def database_files(db: Database, since: str = "") -> dict[str, bytes]:
    """Give the files in which a database keeps things, with its log; on a server since a place in the log."""
    if not db.is_sqlite:
        return dict(_server_files(db, since))
    path = Path(str(db.engine.url.database))
    return {each.name: each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*"))}


def here(db: Database) -> str:
    """Give how far the log of a server has come; nothing for a file."""
    return "" if db.is_sqlite else str(_ask(db, "SELECT pg_current_wal_insert_lsn()::text"))


def _server_files(db: Database, since: str) -> Iterator[tuple[str, bytes]]:
    """Read the server's own files: those of this database, and its log."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
    data = Path(str(_ask(db, "SHOW data_directory")))
    number = _ask(db, "SELECT oid::text FROM pg_database WHERE datname = current_database()")
    statistics = {str(_ask(db, f"SELECT pg_relation_filenode('{name}')")) for name in STATISTICS}
    for each in _files(data / "base" / str(number)):
        node = each.name.partition(".")[0].partition("_")[0]
        if node in statistics or (node.isdigit() and int(node) >= FIRST_OF_OURS):
            yield f"base/{each.name}", each.read_bytes()
    yield from _log(db, data / "pg_wal", since)


def _log(db: Database, folder: Path, since: str) -> Iterator[tuple[str, bytes]]:
    """Read the log from a place to its end; behind that lies what is older and will be written over."""
    first, start = _segment(db, since)
    last, end = _segment(db, here(db))
    for each in _files(folder):
        if first <= each.name <= last and len(each.name) == len(first):
            raw = each.read_bytes()[: end if each.name == last else None]
            whole = _without_heads(raw)
            yield f"pg_wal/{each.name}", whole[max(0, start - PAGE) :] if each.name == first else whole


def _segment(db: Database, place: str) -> tuple[str, int]:
    """Give the file of a place in the log, and how far into it that is."""
    with db.ask() as session:
        name, start = session.connection().execute(text(f"SELECT * FROM pg_walfile_name_offset('{place}')")).one()
    return str(name), int(start)


def _without_heads(segment: bytes) -> bytes:
    """Leave out the heads of pages, by which records are cut in two."""
    pages = [segment[start : start + PAGE] for start in range(0, len(segment), PAGE)]
    return b"".join(page[LONG_HEAD if not number else SHORT_HEAD :] for number, page in enumerate(pages))


def _ask(db: Database, question: str) -> object:
    with db.ask() as session:
        return session.connection().execute(text(question)).scalar_one()


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file()) if folder.is_dir() else []
