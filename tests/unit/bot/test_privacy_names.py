"""`hrdd privacy scan` and names that may be any word: found where they can be nothing else, and what is said."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from bot import privacy_command
from bot.cli import main
from storage import scan
from storage.database import Database
from storage.models import Record
from storage.needles import Needles
from tests.unit.bot.test_privacy_command import installed
from tests.unit.bot.test_privacy_scan import ENCODINGS, KEYED, ON_A_FILE, SECRET, SHOWN, filled, noise, places, plant
from workflows.privacy import Findings, Known, look

__all__ = ["filled", "installed"]

DANA = Known("U0DANA55231", "Dana", "dweber", "d.weber@example.org", others=("Dana", "Zsófia", "Bo Li"))
NOOR = Known("U0NOOR1234X", "Noor", "support", others=("Noor Haddad",))
SHORT = {each.text: each.what for each in (*DANA.surfaces(1), *NOOR.surfaces(2)) if each.guarded}
PLAIN = {"utf-8", "small", "capital", "backwards", "JSON", "Python", "mail", "an address"}
"""Ways of writing in which a word of ASCII may be any other word."""
INSIDE = {"base64, second alignment", "base64, third alignment", "base64 for addresses"}
"""Ways in which something else stands beside the word."""


@pytest.fixture(scope="module")
def needles() -> Needles:
    return Needles([*DANA.surfaces(1), *NOOR.surfaces(2)], [SECRET])


def scanned(db: Database, tmp_path: Path) -> Findings:
    return look(db, [DANA, NOOR], places(tmp_path), [SECRET])


def test_one_short_word_or_a_very_short_name_is_not_looked_for_in_plain_text(needles: Needles) -> None:
    expected = {"Dana": "name", "dweber": "handle", "Zsófia": "other name", "Bo Li": "other name", "Noor": "name"}
    assert expected | {"support": "handle"} == SHORT
    prose = "Our support team, Dana, Noor, Bo Li and dweber, wrote to Zsófia. SUPPORT! support\n".encode() * 20
    assert list(needles.found_in(prose)) == []
    assert {hit.what for hit in needles.found_in(b"by Noor Haddad,")} == {"other name"}


@pytest.mark.parametrize("said", SHORT)
def test_a_short_name_is_found_as_any_digest(needles: Needles, said: str) -> None:
    missed = [
        (name, shown)
        for name, digest in KEYED.items()
        for shown, show in SHOWN.items()
        for written in (said, said.lower(), said.upper())
        if not [
            hit for hit in needles.found_in(b"\x00 " + show(digest(written.encode())) + b" ") if hit.what == SHORT[said]
        ]
    ]
    assert missed == []


@pytest.mark.parametrize("how", sorted(ENCODINGS.keys() - PLAIN - INSIDE))
def test_a_handle_that_may_be_a_word_is_found_in_whatever_is_no_plain_text(needles: Needles, how: str) -> None:
    for said in ("dweber", "Dweber"):
        for around in (b"\n", b"\x00\x00"):
            found = list(needles.found_in(around + ENCODINGS[how](said) + around))
            assert {(hit.who, hit.what) for hit in found} == {(1, "handle")}, said


@pytest.mark.parametrize("said", ["Noor", "NOOR", "noor", "Dana"])
def test_a_name_of_four_letters_is_found_in_base64_and_base32(needles: Needles, said: str) -> None:
    for form in (base64.b64encode(said.encode()), base64.b32encode(said.encode())):
        for around in (b'{"user": "', b"=", b" "):
            assert {hit.what for hit in needles.found_in(around + form + b'"}')} == {"name"}


def test_nothing_is_found_by_chance_where_half_the_workspace_has_a_common_name() -> None:
    words = sorted(
        {each for path in Path(__file__).parents[3].glob("docs/*.md") for each in path.read_text().lower().split()}
    )
    people = [Known(f"U0P{number:07d}", word.title(), word) for number, word in enumerate(words) if word.isalpha()]
    needles = Needles([each for who, known in enumerate(people, 1) for each in known.surfaces(who) if each.guarded])
    prose = "\n".join(path.read_text() for path in Path(__file__).parents[3].glob("docs/*.md")).encode()
    assert len(people) > 1000
    for raw in (prose, noise(7, 400_000), base64.b64encode(noise(8, 200_000)), noise(9, 100_000).hex().encode()):
        assert list(needles.found_in(raw)) == []
    assert list(needles.found_in(base64.b64encode(prose[:50_000]))) == []
    assert list(needles.found_in(gzip.compress(prose))) == []


def test_a_store_is_clean_though_its_own_words_are_handles(filled: Database, tmp_path: Path) -> None:
    words = (
        "waiting",
        "open",
        "check",
        "draft",
        "alpha",
        "south",
        "uses",
        "safety",
        "success",
        "admin",
        "worker",
        "here",
    )
    people = [Known(f"U0P{number:07d}", word.title(), word) for number, word in enumerate(words)]
    found = look(filled, people, places(tmp_path), [SECRET])
    assert (found.found, found.is_clean) == ({}, True)


def test_a_value_that_is_a_short_name_and_nothing_else_is_found(filled: Database, tmp_path: Path) -> None:
    plant(filled, "UPDATE hr_anon_case SET label = :v", v="Dweber")
    plant(filled, "UPDATE hr_anon_msg SET blob = :v", v="zsÓfia".encode())
    found = scanned(filled, tmp_path).found
    assert {place: (what, how) for place, what, how in found} == {
        "hr_anon_case.label": ("handle", "the whole of it"),
        "hr_anon_msg.blob": ("other name", "the whole of it"),
    }
    assert set().union(*found.values()) == {1}


def test_a_digest_of_a_short_handle_is_found_in_a_row(filled: Database, tmp_path: Path) -> None:
    plant(filled, "UPDATE hr_anon_case SET site = :v", v=hashlib.sha256(b"dweber").hexdigest()[:40])
    plant(filled, "UPDATE hr_anon_case SET label = :v", v=hmac.digest(SECRET, b"Noor", "sha256").hex()[:32])
    found = scanned(filled, tmp_path).found
    assert {(place, what, *who) for (place, what, _), who in found.items() if place.startswith("hr_")} == {
        ("hr_anon_case.site", "handle", 1),
        ("hr_anon_case.label", "name", 2),
    }


def test_what_stands_alone_in_the_record_by_chance_makes_nobody_named(filled: Database, tmp_path: Path) -> None:
    """Whoever stands in the record is not looked for in the raw bytes of its file; a word is not enough for that."""
    with filled.write() as session:
        session.connection().exec_driver_sql("UPDATE hr_draft SET draft_key = 'dweber'")
    found = scanned(filled, tmp_path)
    assert (found.named, found.found) == (0, {})


def test_every_column_of_ours_with_words_is_one_of_people_or_of_our_words_or_is_looked_at_whole() -> None:
    """A new column is decided on: what is in none of these lists must never hold one word of ours alone."""
    known = {
        f"{table.name}.{column.name}"
        for table in Record.metadata.tables.values()
        for column in table.columns
        if str(column.type).startswith(("VARCHAR", "JSON"))
    }
    ours = {each for each in scan.OUR_WORDS if each.startswith("hr_")}
    assert ours <= known
    assert not ours & scan.PEOPLE
    assert {each.partition(".")[2] for each in known - ours - scan.PEOPLE} == set(
        "card_channel_id card_ts channel_id check_id closed_month dir finding hash id kdf key_id label "
        "last_check_id last_week prev_hash release_week reopens_id request_key salt digest stream ts value".split()
    )


# --- what is said


@ON_A_FILE
def test_short_and_common_names_are_counted_and_what_was_not_done_is_said(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (
        f"{DANA.id},{DANA.name},{DANA.handle},,Zsófia",
        f"{NOOR.id},Noor Haddad,support,,Noor",
        "U0CLEAR1234,Bo Li",
    )
    installed.write_text("\n".join(lines))
    assert main(["privacy", "scan", "--users", str(installed)]) == 0
    said = capsys.readouterr().out
    assert main(["privacy", "scan", "--users", str(installed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["not_in_plain_text"] == {"handle": 2, "name": 2, "other name": 2}
    note = next(each for each in told["notes"] if "plain text" in each)
    assert note in said.splitlines()
    for part in ("fewer than 10 letters", "less than 6 bytes", "handle: 2, name: 2, other name: 2", "as a digest"):
        assert part in note
    assert not [each for each in ("Dana", "dweber", "Noor", "support") if each in said]


@ON_A_FILE
def test_where_every_name_is_looked_for_everywhere_nothing_is_said_of_it(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["privacy", "scan", "--users", str(installed)]) == 0
    assert "plain text" not in capsys.readouterr().out


def test_every_name_that_slack_knows_is_looked_for() -> None:
    profile = {
        "real_name": "Zsófia K",
        "real_name_normalized": "Zsofia K",
        "display_name": "zsofi the great",
        "email": "",
    }
    found = privacy_command._read({"id": "U0CANARY", "name": "zk", "real_name": "Zsófia Kanári", "profile": profile})
    assert {(each.what, each.text) for each in found.surfaces(1)} == {
        ("id", "U0CANARY"),
        ("name", "Zsófia K"),
        ("handle", "zk"),
        ("other name", "Zsofia K"),
        ("other name", "zsofi the great"),
        ("other name", "Zsófia Kanári"),
    }
