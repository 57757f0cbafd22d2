"""`hrdd privacy`: whoever is planted is found, however and wherever; where nobody is, nobody is; nobody is quoted."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import os
import random
import sys
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from storage import anonymous, drafts, scan
from storage.database import Database
from storage.keystore import Keystore
from storage.needles import DIGESTS, Hit, Needles, Surface
from tests.unit.storage.test_anonymous import report, wraps
from workflows.privacy import Known, Places, look

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECRET = b"a secret of the configuration"
CANARY = Known("U0CANARY7Q9", "Zsófia Kanári-Wójcik", "zsofia.kanari", "zsofia.kanari@example.org", "T0KANARI")
AMINA = Known("U0AMINA4711", "Amina Haddad-Testa", "amina.haddad")
SURFACES = {each.what: each.text for each in CANARY.surfaces(1)}


def wide(code: str) -> Callable[[str], bytes]:
    return lambda said: said.encode(code)


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "small": lambda said: said.lower().encode(),
    "capital": lambda said: said.upper().encode(),
    "utf-16-le": wide("utf-16-le"),
    "utf-16-be": wide("utf-16-be"),
    "utf-32": wide("utf-32-le"),
    "hex": lambda said: said.encode().hex().encode(),
    "HEX": lambda said: said.encode().hex().upper().encode(),
    "hex with colons": lambda said: said.encode().hex(":").encode(),
    "base64": lambda said: base64.b64encode(said.encode()),
    "base64, second alignment": lambda said: base64.b64encode(b"x" + said.encode() + b"yz"),
    "base64, third alignment": lambda said: base64.b64encode(b"xy" + said.encode() + b"z"),
    "base64 for addresses": lambda said: base64.urlsafe_b64encode(b"\xff\xfe" + said.encode()),
    "base64 without its end": lambda said: base64.b64encode(said.encode()).rstrip(b"="),
    "base32": lambda said: base64.b32encode(said.encode()),
    "an address": lambda said: quote(said, safe="").encode(),
    "an address, all of it": lambda said: "".join(f"%{byte:02X}" for byte in said.encode()).encode(),
    "JSON": lambda said: json.dumps(said).encode(),
    "JSON, all of it": lambda said: "".join(f"\\u{ord(letter):04x}" for letter in said).encode(),
    "Python": lambda said: repr(said.encode()).encode(),
    "HTML": lambda said: "".join(f"&#{ord(letter)};" for letter in said).encode(),
    "HTML, hex": lambda said: "".join(f"&#x{ord(letter):x};" for letter in said).encode(),
    "mail": lambda said: "".join(f"={byte:02X}" for byte in said.encode()).encode(),
    "backwards": lambda said: said[::-1].encode(),
    "gzip": lambda said: gzip.compress(said.encode()),
    "zlib": lambda said: zlib.compress(said.encode()),
    "hex in base64": lambda said: base64.b64encode(said.encode().hex().encode()),
    "base64 in gzip": lambda said: gzip.compress(b'{"user": "' + base64.b64encode(said.encode()) + b'"}'),
}
KEYED: dict[str, Callable[[bytes], bytes]] = {
    **{name: lambda said, name=name: hashlib.new(name, said).digest() for name in DIGESTS},  # type: ignore[misc]
    "hmac-sha256": lambda said: hmac.digest(SECRET, said, "sha256"),
    "hmac-sha1": lambda said: hmac.digest(SECRET, said, "sha1"),
    "secret before": lambda said: hashlib.sha256(SECRET + said).digest(),
    "secret after": lambda said: hashlib.sha256(said + SECRET).digest(),
    "keyed blake2b": lambda said: hashlib.blake2b(said, key=SECRET).digest(),
}
SHOWN: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "its first 64 bits": lambda digest: digest[:8],
    "hex": lambda digest: digest.hex().encode(),
    "HEX": lambda digest: digest.hex().upper().encode(),
    "64 bits in hex": lambda digest: digest[:8].hex().encode(),
    "base64": base64.b64encode,
    "base64 for addresses": base64.urlsafe_b64encode,
}


ON_A_FILE = pytest.mark.parametrize("store", ["sqlite"])
"""For what does not depend on the kind of database."""


def noise(seed: int, size: int = 200) -> bytes:
    return random.Random(seed).randbytes(size)


def needles(*people: Known) -> Needles:
    return Needles([each for who, known in enumerate(people, 1) for each in known.surfaces(who)], [SECRET])


@pytest.fixture(scope="module")
def canary() -> Needles:
    return needles(CANARY, AMINA)


def test_whoever_is_planted_is_found_in_every_way_of_writing(
    canary: Needles, capsys: pytest.CaptureFixture[str]
) -> None:
    planted, missed = 0, []
    for number, (how, encode) in enumerate(ENCODINGS.items()):
        for what, said in SURFACES.items():
            for around in (b"", b"\n", noise(number)):
                planted += 1
                if all(hit.who != 1 for hit in canary.found_in(around + encode(said) + around)):
                    missed.append((how, what, around[:4]))
    for name, digest in KEYED.items():
        for shown, show in SHOWN.items():
            for what, said in SURFACES.items():
                planted += 1
                if Hit(1, what, "") not in {
                    Hit(hit.who, hit.what, "")
                    for hit in canary.found_in(b"\x00 " + show(digest(said.encode())) + b" \x00")
                }:
                    missed.append((name, shown, what))
    with capsys.disabled():
        sys.stdout.write(f" [{planted - len(missed)} of {planted} planted are found] ")
    assert missed == []
    assert len(ENCODINGS) >= 16


def test_where_nobody_is_nobody_is_found(canary: Needles) -> None:
    prose = " ".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[3].glob("docs/*.md")).encode()
    assert list(canary.found_in(noise(7, 400_000))) == []
    assert list(canary.found_in(base64.b64encode(noise(8, 50_000)))) == []
    assert list(canary.found_in(prose[:400_000])) == []


def test_a_name_is_found_as_a_word_and_not_inside_another() -> None:
    found = Needles([Surface(1, "handle", "tenderness")])
    assert list(found.found_in(b"<tenderness>"))
    assert not list(found.found_in(b"untendernessy"))


def test_ten_thousand_people_take_a_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """T2. A fifth of them here, all of them under HRDD_LONG."""
    count = 10_000 if os.environ.get("HRDD_LONG") else 2_000
    before = time.process_time()
    found = Needles([Surface(who, "id", f"U{who:010d}") for who in range(count)], [SECRET])
    made = time.process_time() - before
    data = noise(3, 500_000) + hmac.digest(SECRET, b"U0000001234", "sha256")
    hits = list(found.found_in(data))
    with capsys.disabled():
        sys.stdout.write(
            f" [{count} people, {found.count:,} needles: {made:.1f} s to make, "
            f"{time.process_time() - before - made:.1f} s for half a megabyte] "
        )
    assert [hit.who for hit in hits] == [1234]


# --- on a store


@pytest.fixture
def filled(db: Database, tmp_path: Path) -> Database:
    """Amina stands in the named record; there is an anonymous report, of whom nobody knows."""
    with db.write() as session:
        drafts.save(session, AMINA.id, "check", {"launch": f"<@{AMINA.id}> asked"}, at=NOW)
        anonymous.set_up(session, "argon2id$m=65536,t=3,p=1", b"the salt of here")
        anonymous.add(session, report(1), wraps(1))
        anonymous.add_message(session, b"\x01" * 16, "R", 1, noise(1, 500))
    Keystore(tmp_path / "keys").change(put={"01" * 16: b"k" * 32})
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "hrdd.log").write_text("INFO hrdd.worker: ready\n" * 50)
    (tmp_path / "copies").mkdir()
    with gzip.open(tmp_path / "copies" / "monday.sql.gz", "wb") as copy:
        copy.write(b"-- a copy\n" + noise(5, 3000))
    return db


def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "keys", [tmp_path / "logs"], [tmp_path / "copies"])


def scanned(db: Database, tmp_path: Path) -> Any:
    return look(db, [CANARY, AMINA], places(tmp_path), [SECRET])


def test_a_store_in_which_all_is_as_it_should_be_is_clean(filled: Database, tmp_path: Path) -> None:
    found = scanned(filled, tmp_path)
    assert found.found == {}
    assert found.schema == []
    assert found.is_clean
    assert (found.users, found.named) == (2, 1)
    assert found.rows > 10
    assert found.files >= 5 + filled.is_sqlite
    assert any("WAL" in note for note in found.notes) is not filled.is_sqlite


def plant(db: Database, statement: str, **values: object) -> None:
    with db.write() as session:
        session.connection().execute(text(statement), values)


def test_whoever_is_planted_in_a_row_is_found_in_that_column(
    filled: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the person of whom the record knows, too, where no person may be."""
    schema = "" if filled.is_sqlite else "dbos."
    spots: dict[str, Callable[[Known], None]] = {
        "hr_anon_case.site": lambda who: plant(filled, "UPDATE hr_anon_case SET site = :v", v=who.handle),
        "hr_anon_case.rwrap": lambda who: plant(
            filled, "UPDATE hr_anon_case SET rwrap = :v", v=noise(2, 60) + hashlib.sha256(who.id.encode()).digest()[:16]
        ),
        "hr_anon_msg.blob": lambda who: plant(
            filled, "UPDATE hr_anon_msg SET blob = :v", v=b"\x01" + zlib.compress(f"von {who.name}".encode())
        ),
        "hr_anon_count.what": lambda who: plant(
            filled,
            "INSERT INTO hr_anon_count (period, what, count) VALUES (:p, :v, 1)",
            p=f"2026-W{int(who is AMINA)}",
            v=hmac.digest(SECRET, who.id.encode(), "sha256").hex()[:32],
        ),
        f"{schema}workflow_status.inputs": lambda who: plant(
            filled,
            f"INSERT INTO {schema}workflow_status (workflow_uuid, inputs) VALUES (:u, :v)",
            u=f"planted-{who is AMINA}",
            v=base64.b64encode(json.dumps({"user": who.id}).encode()).decode(),
        ),
        "hr_fact.value": lambda who: plant(
            filled,
            "INSERT INTO hr_fact (key, value, at) VALUES (:k, :v, :n)",
            k=f"planted-{who is AMINA}",
            v=f"last:{who.id}",
            n="2026-11-22 09:00:00.000000" if filled.is_sqlite else NOW,
        ),
    }
    for who, number in ((AMINA, 2), (CANARY, 1)):
        for put in spots.values():
            put(who)
        rows = {place for (place, _, _), people in scanned(filled, tmp_path).found.items() if number in people}
        files = {place for place in rows if str(tmp_path) in place}
        assert rows - files == set(spots)
        # Of whom the record knows nothing, the raw bytes of the file have to know nothing either.
        assert bool(files) is (filled.is_sqlite and who is CANARY)
    with capsys.disabled():
        sys.stdout.write(f" [{2 * len(spots)} of {2 * len(spots)} planted in rows are found] ")


@ON_A_FILE
def test_whoever_is_planted_in_a_file_is_found_in_that_file(
    filled: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = 0
    log, key = tmp_path / "logs" / "hrdd.log", tmp_path / "keys" / "keys.json"
    copy, packed = tmp_path / "copies" / "raw", tmp_path / "copies" / "monday.sql.gz"
    for file in (log, key, copy, packed):
        before = file.read_bytes() if file.exists() else None
        for encode in (ENCODINGS["utf-8"], ENCODINGS["base64, second alignment"]):
            planted += 1
            hidden = noise(9, 50) + b"\n" + encode(CANARY.id) + b"\n"
            file.write_bytes(gzip.compress(hidden) if file is packed else (before or b"") + hidden)
            found = scanned(filled, tmp_path).found
            assert {place for place, _, _ in found} == {str(file)}
            assert set().union(*found.values()) == {1}
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    log.write_text(f"INFO hrdd: {AMINA.id} opened a window\n")
    copy.write_text(AMINA.id)
    assert {place for place, _, _ in scanned(filled, tmp_path).found} == {str(log)}
    with capsys.disabled():
        sys.stdout.write(f" [{planted} of {planted} planted in files are found] ")


def test_what_was_deleted_and_lies_in_the_file_still_is_found(tmp_path: Path) -> None:
    database = Database.connect(f"sqlite:///{tmp_path / 'one.db'}")
    database.upgrade()
    plant(database, "INSERT INTO hr_anon_count (period, what, count) VALUES ('p', :v, 1)", v=CANARY.id)
    plant(database, "DELETE FROM hr_anon_count")
    # The log of SQLite holds the page as it was until the next checkpoint.
    found = look(database, [CANARY], Places(), [])
    database.dispose()
    assert {Path(place).name for place, _, _ in found.found} == {"one.db-wal"}


def test_a_needle_that_lies_across_two_pieces_of_a_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: Needles
) -> None:
    monkeypatch.setattr(scan, "CHUNK", 1000)
    monkeypatch.setattr(scan, "OVERLAP", 100)
    for start in (990, 995, 999, 1000, 1989):
        file = tmp_path / "copy"
        file.write_bytes(b"." * start + CANARY.id.encode() + b"." * 700)
        assert {hit.what for piece in scan.raw(file) for hit in canary.found_in(piece.raw)} == {"id"}


def test_tables_that_are_not_as_they_should_be_are_told(filled: Database, tmp_path: Path) -> None:
    kind = "TEXT" if filled.is_sqlite else "TIMESTAMPTZ"
    plant(filled, f"ALTER TABLE hr_anon_case ADD COLUMN created_at {kind}")
    plant(filled, "CREATE TABLE hr_anon_extra (id INTEGER PRIMARY KEY, user_id TEXT REFERENCES hr_fact (key))")
    told = scanned(filled, tmp_path).schema
    assert "hr_anon_case.created_at is not one of ours" in told
    assert "hr_anon_case.created_at sounds like a person or a moment" in told
    assert "hr_anon_extra.user_id sounds like a person or a moment" in told
    assert "hr_anon_extra refers to another table" in told
    assert ("hr_anon_extra numbers its rows in the order in which they came" in told) is filled.is_sqlite
    assert ("hr_anon_case.created_at can hold a moment" in told) is not filled.is_sqlite
