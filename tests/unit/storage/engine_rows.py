"""Looks for words in every row of every table, however they may be wrapped: as they are, escaped, encoded, packed."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from sqlalchemy import inspect
from sqlmodel import text

from storage.database import Database

DEPTH = 4
"""How many wrappings are taken off: base64 in JSON in base64 in a column is three."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){4,}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([\"\\/])")
_HIGH = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def found_in(words: Collection[str], *, db: Database, ours: bool) -> dict[str, set[str]]:
    """Give which of these words stand in which columns ("schema.table.column").

    `ours` looks in our own tables (`hr_`), else in all others, in whatever schema they are.
    """
    found: dict[str, set[str]] = {}
    for place, value in values(db, ours=ours):
        for word in hidden(words, value):
            found.setdefault(word, set()).add(place)
    return found


def values(db: Database, *, ours: bool) -> Iterator[tuple[str, object]]:
    """Give every value of every table, with its place."""
    with db.read() as session:
        connection = session.connection()
        quote = connection.dialect.identifier_preparer.quote
        for schema, table in tables(db):
            if table.startswith("hr_") is not ours:
                continue
            name = ".".join(quote(part) for part in (schema, table) if part)
            for row in connection.execute(text(f"SELECT * FROM {name}")).mappings():
                for column, value in row.items():
                    yield ".".join(part for part in (schema, table, column) if part), value


def tables(db: Database) -> list[tuple[str, str]]:
    """Give every table with its schema, also of schemas that are nobody's; on SQLite the schema is empty."""
    if db.engine.dialect.name == "sqlite":
        with db.read() as session:
            names = session.connection().execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
            return [("", str(name)) for (name,) in names]
    looked = inspect(db.engine)
    schemas = [name for name in looked.get_schema_names() if name not in ("information_schema", "pg_catalog")]
    return [(schema, table) for schema in schemas for table in looked.get_table_names(schema=schema)]


def hidden(words: Collection[str], value: object) -> set[str]:
    """Give which of these words a value holds, whatever it is wrapped in. Case and accents' forms do not matter."""
    wanted = {word: _plain(word).encode() for word in words}
    shapes = [_plain(shape.decode("utf-8", "replace")).encode() for shape in _unwrapped(_bytes(value), DEPTH)]
    return {word for word, sought in wanted.items() if any(sought in shape for shape in shapes)}


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return (value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)).encode()


def _plain(words: str) -> str:
    return unicodedata.normalize("NFC", words).casefold()


def _unwrapped(raw: bytes, depth: int) -> Iterator[bytes]:
    """Give some bytes, and everything that may be wrapped in them. A pickle holds its text as it is."""
    yield raw
    if depth:
        for inner in {shape for peel in _PEELS for shape in peel(raw)} - {raw, b""}:
            yield from _unwrapped(inner, depth - 1)


def _unescaped(raw: bytes) -> Iterator[bytes]:
    r"""Undo the escapes of JSON and of Python: \u00e9, \xe9, \", and pairs of surrogates."""
    said = raw.decode("utf-8", "replace")

    def real(match: re.Match[str]) -> str:
        return match[3] or chr(int(match[1] or match[2], 16))

    whole = _HIGH.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), _ESCAPED.sub(real, said))
    yield whole.encode("utf-8", "replace")


def _from_base64(raw: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(raw):
        packed = match[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(packed + b"=" * (-len(packed) % 4))


def _from_hex(raw: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(raw):
        yield bytes.fromhex(match[0].decode())


def _unpacked(raw: bytes) -> Iterator[bytes]:
    for unpack in (gzip.decompress, zlib.decompress):
        with contextlib.suppress(zlib.error, OSError, EOFError):
            yield unpack(raw)


def _from_url(raw: bytes) -> Iterator[bytes]:
    if b"%" in raw:
        yield unquote_to_bytes(raw)


def _from_utf16(raw: bytes) -> Iterator[bytes]:
    if b"\0" in raw:
        yield raw.replace(b"\0", b"")


_PEELS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (
    _unescaped,
    _from_base64,
    _from_hex,
    _unpacked,
    _from_url,
    _from_utf16,
)


def planted(db: Database, column: str, value: Any) -> None:
    """Put a value into a row of the engine's, to see that it would be found."""
    name, _, field = column.rpartition(".")
    with db.write() as session:
        session.connection().execute(
            text(f"INSERT INTO {name} (workflow_uuid, {field}) VALUES ('planted', :value)"), {"value": value}
        )
