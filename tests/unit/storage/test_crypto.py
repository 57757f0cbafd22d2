"""Boxes open with their key, in their place, and nowhere else; keys are found, made and told apart."""

from __future__ import annotations

import base64
import stat
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import KEY_FILE, Keyring, Keys, NoSealKey, Place, SealError, new_key, parse_keys

HERE = Place(12, "sealed", 1)


@pytest.fixture
def ring() -> Keyring:
    return parse_keys(new_key())


@given(st.text())
def test_a_text_comes_out_of_its_box_as_it_went_in(text: str) -> None:
    ring = parse_keys(new_key())
    key_id, box = ring.seal(text, HERE)
    assert ring.open(key_id, box, HERE) == text


def test_a_box_shows_nothing_and_never_looks_the_same_twice(ring: Keyring) -> None:
    boxes = [ring.seal("Ana Kovač", HERE)[1] for _ in range(20)]
    assert len(set(boxes)) == 20
    assert not any(b"Ana" in box for box in boxes)


@pytest.mark.parametrize("elsewhere", [Place(13, "sealed", 1), Place(12, "D15", 1), Place(12, "sealed", 2)])
def test_a_box_that_was_moved_does_not_open(ring: Keyring, elsewhere: Place) -> None:
    key_id, box = ring.seal("Ana Kovač", HERE)
    with pytest.raises(SealError, match="moved"):
        ring.open(key_id, box, elsewhere)


def test_a_box_that_was_changed_or_cut_does_not_open(ring: Keyring) -> None:
    key_id, box = ring.seal("Ana Kovač", HERE)
    for number in range(len(box)):
        with pytest.raises(SealError):
            ring.open(key_id, box[:number] + bytes([box[number] ^ 1]) + box[number + 1 :], HERE)
        with pytest.raises(SealError):
            ring.open(key_id, box[:number], HERE)


def test_another_key_is_named_as_missing_and_nothing_is_said_of_the_text(ring: Keyring) -> None:
    key_id, box = ring.seal("Ana Kovač", HERE)
    with pytest.raises(SealError, match=f"needs the key {key_id}: add that key to HRDD_SEAL_KEY") as told:
        parse_keys(new_key()).open(key_id, box, HERE)
    assert "Ana" not in str(told.value)


def test_of_several_keys_the_first_seals_and_all_open() -> None:
    old, new = new_key(), new_key()
    before, after = parse_keys(old), parse_keys(f" {new}, {old} ")
    old_id, box = before.seal("Ana Kovač", HERE)
    assert after.open(old_id, box, HERE) == "Ana Kovač"
    new_id, box = after.seal("Ana Kovač", HERE)
    assert new_id == sha256(base64.b64decode(new)).hexdigest()[:8] != old_id
    with pytest.raises(SealError):
        before.open(new_id, box, HERE)


A_KEY = "bm90IGEgc2VjcmV0LCBhIGtleSBmb3IgdGVzdHMgb24="


@pytest.mark.parametrize("given_key", ["x", "secret-word", A_KEY[:-4], f"{A_KEY},nonsense", "AAAA", "ключ"])
def test_a_key_that_is_none_is_refused_by_the_name_of_the_variable(given_key: str) -> None:
    with pytest.raises(SealError, match="HRDD_SEAL_KEY must be 32 random bytes") as told:
        parse_keys(given_key)
    assert given_key not in str(told.value)


def test_no_key_prints(ring: Keyring) -> None:
    key = new_key()
    assert key not in repr(parse_keys(key))
    assert not parse_keys("")
    assert not parse_keys(" , ")


def test_without_a_key_and_a_folder_nothing_is_sealed() -> None:
    with pytest.raises(NoSealKey, match="set HRDD_SEAL_KEY"):
        Keys("", None).ring_to_seal().seal("Ana", HERE)


def test_the_file_is_made_when_it_is_first_needed_and_for_its_owner_only(tmp_path: Path) -> None:
    keys = Keys("", tmp_path / "data")
    assert not keys.ring()
    assert not (tmp_path / "data").exists()
    key_id, box = keys.ring_to_seal().seal("Ana", HERE)
    file = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Keys("", tmp_path / "data").ring().open(key_id, box, HERE) == "Ana"
    assert [each.name for each in file.parent.iterdir()] == [KEY_FILE]


def test_a_key_that_is_given_comes_before_the_file(tmp_path: Path) -> None:
    assert Keys(new_key(), tmp_path).ring_to_seal()
    assert list(tmp_path.iterdir()) == []


def test_of_many_who_make_the_file_at_once_all_use_the_same_key(tmp_path: Path) -> None:
    start, boxes = threading.Barrier(8), []

    def seal() -> None:
        start.wait()
        boxes.append(Keys("", tmp_path).ring_to_seal().seal("Ana", HERE))

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key_id for key_id, _box in boxes}) == 1
    assert len(boxes) == 8
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"AAAA\n"])
def test_a_file_that_holds_no_key_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    if content:
        with pytest.raises(SealError, match=r"seal\.key in HRDD_DATA_DIR .*HRDD_SEAL_KEY"):
            Keys("", tmp_path).ring_to_seal()
    else:
        with pytest.raises(NoSealKey):
            Keys("", tmp_path).ring_to_seal().seal("Ana", HERE)
    assert (tmp_path / KEY_FILE).read_bytes() == content
