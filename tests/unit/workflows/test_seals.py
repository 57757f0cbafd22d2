"""Names are sealed in the transaction of the record, known at once, and never let out where they cannot be opened."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.playground.run import example_policy
from storage import seals as rows
from storage.crypto import Keys, new_key
from storage.database import Database
from storage.models import Seal
from workflows.errors import BadAnswer, Refused
from workflows.policy import load_policy
from workflows.seals import KEPT_SECONDS, LOOK_SECONDS, Seals, SealsUnreadable, public_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NAMES = "Ana Kovač\nJosip Horvat\n"


class Steady:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def make(db: Database, steady: Steady) -> Callable[..., Seals]:
    key = new_key()

    def one(keys: str | None = None, folder: Path | None = None) -> Seals:
        return Seals(db, Keys(key if keys is None else keys, folder), steady, ["Maria Search", "U0NOOR"])

    return one


def seal(db: Database, seals: Seals, text: str = NAMES, case_id: int = 12) -> int:
    with db.write() as session:
        return seals.keep(session, case_id, "sealed", 1, text, "U_NOOR", NOW)


def test_s26_what_noor_seals_is_refused_from_then_on_and_given_to_who_may_read_it(
    db: Database, make: Callable[..., Seals]
) -> None:
    seals = make()
    assert not seals.refuses(["We met Ana Kovač."])
    number = seal(db, seals)
    assert seals.refuses(["We met *ana kovac*."])
    assert seals.refuses(["Nothing here", "Horvat, Josip"])
    assert not seals.refuses(["We met somebody."])
    with pytest.raises(Refused, match="sealed_name"):
        seals.require_clean(["for Ana Kovač"])
    with db.read() as session:
        assert seals.reveal(session, 12) == {number: NAMES}
        assert seals.reveal(session, 13) == {}


def test_s26_the_database_holds_no_sealed_name(db: Database, make: Callable[..., Seals]) -> None:
    seal(db, make())
    with db.read() as session:
        (row,) = rows.all_open(session)
    assert all("Ana" not in str(value) and b"Ana" not in bytes(row.box) for value in row.model_dump().values())


def test_a_name_is_kept_inside_even_before_its_transaction_ends(db: Database, make: Callable[..., Seals]) -> None:
    seals = make()
    assert not seals.terms()
    with db.write() as session:
        seals.keep(session, 12, "sealed", 1, NAMES, "U_NOOR", NOW)
        assert seals.refuses(["Ana Kovač"])


def test_a_name_whose_transaction_was_taken_back_is_forgotten_in_a_while(
    db: Database, make: Callable[..., Seals], steady: Steady
) -> None:
    seals = make()
    with db.write() as session:
        seals.keep(session, 12, "sealed", 1, NAMES, "U_NOOR", NOW)
        session.rollback()
    assert seals.refuses(["Ana Kovač"])
    steady.now += KEPT_SECONDS
    assert not seals.refuses(["Ana Kovač"])


def test_another_process_knows_within_a_second(db: Database, make: Callable[..., Seals], steady: Steady) -> None:
    here, there = make(), make()
    assert not there.refuses(["Ana Kovač"])
    seal(db, here)
    steady.now += LOOK_SECONDS
    assert there.refuses(["Ana Kovač"])


def test_an_erased_name_may_leave_again(db: Database, make: Callable[..., Seals], steady: Steady) -> None:
    seals = make()
    number = seal(db, seals)
    steady.now += LOOK_SECONDS
    assert seals.refuses(["Ana Kovač"])
    with db.write() as session:
        rows.erase(session, number, NOW)
    steady.now += LOOK_SECONDS
    assert not seals.refuses(["Ana Kovač"])


@pytest.mark.parametrize("text", ["An", "Ana Kovač\n--", "Ana Kovač\nXY"])
def test_a_name_too_short_to_be_looked_for_is_not_taken(db: Database, make: Callable[..., Seals], text: str) -> None:
    with pytest.raises(BadAnswer, match="name_too_short"):
        seal(db, make(), text)


@pytest.mark.parametrize(
    "text", ["Maria", "Ana Kovač\nNobody", "will", "acknowledge", "Kenya", "january", "Monday", "Sep", "U0NOOR"]
)
def test_a_name_that_stands_in_what_we_must_say_is_not_taken(
    db: Database, make: Callable[..., Seals], text: str
) -> None:
    seals = make()
    with pytest.raises(BadAnswer, match="name_in_use"):
        seal(db, seals, text)
    with db.read() as session:
        assert not rows.any_open(session)
    assert not seals.terms()


def test_the_full_name_of_somebody_called_like_a_month_or_a_country_is_taken(
    db: Database, make: Callable[..., Seals]
) -> None:
    seals = make()
    seal(db, seals, "Jan Novak\nChad Horvat")
    assert seals.refuses(["for Chad Horvat"])
    assert not seals.refuses(["in Chad, from 3 Jan"])


def test_prose_that_is_sealed_is_looked_for_nowhere(db: Database, make: Callable[..., Seals], steady: Steady) -> None:
    seals = make()
    with db.write() as session:
        number = seals.keep(session, 12, "D15", 1, "primary", "U_SAM", NOW)
    steady.now += LOOK_SECONDS
    assert not seals.refuses(["primary"])
    with db.read() as session:
        assert seals.reveal(session, 12) == {number: "primary"}


def test_what_a_policy_names_is_public() -> None:
    public = public_of(load_policy(example_policy()))
    assert {"Harbor Photos", "harbor-photos", "U0NOOR", "C0RIGHTS"} <= set(public)


def test_s26_a_correction_erases_what_it_takes_the_place_of_and_of_prose_it_erases_nothing(
    db: Database, make: Callable[..., Seals]
) -> None:
    seals = make()
    seal(db, seals, "Ana Kovač", 13)
    for text in ("Ana Kovač", "Petra Novak"):
        seal(db, seals, text)
    with db.write() as session:
        for text in ("The first report", "Another"):
            seals.keep(session, 12, "D15", 1, text, "U_NOOR", NOW)
    with db.read() as session:
        assert [text for _box, text in seals.opened(session, 12)] == ["Petra Novak", "The first report", "Another"]
        assert len(seals.opened(session, 13)) == 1


def test_without_a_key_nothing_is_sealed_and_everything_else_goes_on(
    db: Database, make: Callable[..., Seals], caplog: pytest.LogCaptureFixture
) -> None:
    seals = make("")
    with pytest.raises(Refused, match="seal_key_missing"):
        seal(db, seals)
    assert "HRDD_SEAL_KEY" in caplog.text
    assert "Ana" not in caplog.text
    assert not seals.refuses(["Ana Kovač"])


@pytest.mark.parametrize("keys", ["", "YW5vdGhlciBrZXksIGZvciBzZWFscyBvZiBvdGhlcnM="], ids=["none", "another"])
def test_where_seals_cannot_be_opened_nothing_is_called_clean(
    db: Database, make: Callable[..., Seals], caplog: pytest.LogCaptureFixture, keys: str
) -> None:
    seal(db, make())
    stranger = make(keys)
    for _ in range(2):
        with pytest.raises(SealsUnreadable):
            stranger.refuses(["harmless"])
    with pytest.raises(SealsUnreadable), db.read() as session:
        stranger.reveal(session, 12)
    assert "HRDD_SEAL_KEY" in caplog.text
    assert "Ana" not in caplog.text
    with db.read() as session:
        assert make().reveal(session, 12)


def test_a_box_moved_to_another_case_is_not_opened_there(db: Database, make: Callable[..., Seals]) -> None:
    seals = make()
    number = seal(db, seals)
    with db.write() as session:
        row = session.get(Seal, number)
        assert row is not None
        row.case_id = 13
    with pytest.raises(SealsUnreadable), db.read() as session:
        seals.reveal(session, 13)


def test_a_key_that_takes_the_place_of_another_opens_what_both_sealed(db: Database, make: Callable[..., Seals]) -> None:
    old, new = new_key(), new_key()
    seal(db, make(old))
    both = make(f"{new},{old}")
    seal(db, both, "Petra Novak", 13)
    assert both.refuses(["Ana Kovač"])
    assert both.refuses(["Petra Novak"])
    with db.read() as session:
        assert [len(both.reveal(session, case_id)) for case_id in (12, 13)] == [1, 1]


def test_a_lost_key_file_is_not_replaced_while_seals_need_it(
    db: Database, make: Callable[..., Seals], tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    seal(db, make("", folder))
    (folder / "seal.key").unlink()
    after = make("", folder)
    with pytest.raises(Refused, match="seal_key_missing"):
        seal(db, after, "Petra Novak")
    assert not (folder / "seal.key").exists()
    with pytest.raises(SealsUnreadable):
        after.refuses(["harmless"])


def test_where_nothing_is_sealed_a_look_reads_the_database_once_a_second(
    db: Database, make: Callable[..., Seals], monkeypatch: pytest.MonkeyPatch, steady: Steady
) -> None:
    asked = []
    real = rows.version
    monkeypatch.setattr(rows, "version", lambda session: asked.append(1) or real(session))
    seals = make("")
    for _ in range(50):
        assert not seals.refuses(["Ana Kovač"])
    steady.now += LOOK_SECONDS
    assert not seals.refuses(["Ana Kovač"])
    assert len(asked) == 2


def test_logging_never_carries_a_name(
    db: Database, make: Callable[..., Seals], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seals = make()
    seal(db, seals)
    with pytest.raises(Refused):
        seals.require_clean(["Ana Kovač"])
    assert "Kova" not in caplog.text
