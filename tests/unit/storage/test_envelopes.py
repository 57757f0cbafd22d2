"""Envelopes of concerns open with their key, in their place, and nowhere else; all of a kind look alike."""

from __future__ import annotations

import os
import random
import sys
from itertools import product

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import envelopes
from storage.envelopes import FOR_PASSPHRASES, FOR_RECEIPTS, CannotOpen, Kdf, TooLong, parse_kdf
from tests import hpke
from workflows.blind_values import TEXT_MOST

LONG = bool(os.environ.get("HRDD_LONG"))
ONE, OTHER = b"1" * 16, b"2" * 16
SHRED = b"s" * 32
PLACES = [envelopes.message_info(case, way, seq) for case, way, seq in product((ONE, OTHER), "RL", (1, 2, 256))]
FAST = Kdf(64, 1)


@pytest.fixture(scope="module")
def pair() -> envelopes.Pair:
    return envelopes.new_pair()


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=TEXT_MOST))
def test_a_text_comes_out_as_it_went_in_and_all_are_of_one_size(text: str) -> None:
    pair = envelopes.new_pair()
    blob = envelopes.seal_text(text, pair.public, PLACES[0])
    assert envelopes.unseal_text(blob, pair.private, PLACES[0]) == text
    assert len(blob) == 1 + 32 + envelopes.PADDED_BYTES + 16


def test_the_longest_text_that_a_window_takes_always_fits(pair: envelopes.Pair) -> None:
    longest = "\U0001f9ed" * TEXT_MOST
    assert envelopes.unpad(envelopes.pad(longest)) == longest


def test_a_text_that_is_too_long_or_no_text_is_refused_without_being_quoted() -> None:
    with pytest.raises(TooLong) as told:
        envelopes.pad("kanári" * 4000)
    assert str(told.value) == ""
    for odd in (b"", b"\xff" * envelopes.PADDED_BYTES, b"\x00\x00\x00\x01\xff".ljust(envelopes.PADDED_BYTES, b"\0")):
        with pytest.raises(CannotOpen) as told_too:
            envelopes.unpad(odd)
        assert told_too.value.__cause__ is None


def test_half_a_letter_is_kept_as_a_question_mark_and_carries_no_text_into_an_error() -> None:
    assert envelopes.unpad(envelopes.pad("Amina \ud83d wrote")) == "Amina ? wrote"


def test_an_envelope_opens_in_no_other_report_number_or_direction(pair: envelopes.Pair) -> None:
    assert len(set(PLACES)) == len(PLACES)
    tried = 0
    for here in PLACES:
        blob = envelopes.seal_text("Amina wrote this", pair.public, here)
        for there in PLACES:
            if there != here:
                tried += 1
                with pytest.raises(CannotOpen):
                    envelopes.unseal(blob, pair.private, there)
    assert tried == len(PLACES) * (len(PLACES) - 1)


def test_an_envelope_with_any_byte_changed_or_cut_off_does_not_open(
    pair: envelopes.Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    info = PLACES[0]
    blob = envelopes.seal(b"Amina wrote this", pair.public, info)
    tried = 0
    for number, bit in product(range(len(blob)), (1, 0x80)):
        tried += 1
        # Also the last bit of the key, which means nothing to X25519 (RFC 7748 5): HPKE binds all of it.
        with pytest.raises(CannotOpen):
            envelopes.unseal(blob[:number] + bytes([blob[number] ^ bit]) + blob[number + 1 :], pair.private, info)
    for length in range(len(blob)):
        tried += 1
        with pytest.raises(CannotOpen):
            envelopes.unseal(blob[:length], pair.private, info)
    with pytest.raises(CannotOpen):
        envelopes.unseal(blob + b"\0", pair.private, info)
    with capsys.disabled():
        sys.stdout.write(f" [{tried + 1} changed envelopes, 0 opened] ")


def test_a_whole_padded_message_with_a_changed_byte_does_not_open(pair: envelopes.Pair) -> None:
    blob = envelopes.seal_text("Amina wrote this", pair.public, PLACES[0])
    some = range(len(blob)) if LONG else random.Random(4).sample(range(len(blob)), 1500)
    for number in some:
        with pytest.raises(CannotOpen):
            envelopes.unseal(blob[:number] + bytes([blob[number] ^ 4]) + blob[number + 1 :], pair.private, PLACES[0])


def test_a_wrap_opens_for_its_reader_in_its_report_of_its_kind_with_its_shred_key_only(pair: envelopes.Pair) -> None:
    secret, other = os.urandom(32), envelopes.new_pair()
    blob = envelopes.wrap(secret, pair.public, ONE, SHRED)
    assert envelopes.unwrap(blob, pair.private, ONE, SHRED) == secret
    for private, case_id, shred, kind in (
        (other.private, ONE, SHRED, "wrap"),
        (pair.private, OTHER, SHRED, "wrap"),
        (pair.private, ONE, b"t" * 32, "wrap"),
        (pair.private, ONE, SHRED, "rwrap"),
    ):
        with pytest.raises(CannotOpen):
            envelopes.unwrap(blob, private, case_id, shred, kind)
    for number in range(len(blob)):
        changed = blob[:number] + bytes([blob[number] ^ 1]) + blob[number + 1 :]
        with pytest.raises(CannotOpen):
            envelopes.unwrap(changed, pair.private, ONE, SHRED)
        with pytest.raises(CannotOpen):
            envelopes.unwrap(blob[:number], pair.private, ONE, SHRED)


def test_a_wrap_that_opens_for_nobody_is_of_the_same_size_as_every_other(pair: envelopes.Pair) -> None:
    real = [envelopes.wrap(os.urandom(32), pair.public, ONE, SHRED, kind) for kind in ("wrap", "rwrap")]
    dummies = [envelopes.dummy_wrap(ONE, SHRED) for _ in range(20)]
    assert {len(each) for each in real + dummies} == {envelopes.WRAP_BYTES}
    for each in dummies:
        with pytest.raises(CannotOpen):
            envelopes.unwrap(each, pair.private, ONE, SHRED)
        # Below the shred layer, too, it begins as any other does.
        assert envelopes.unbox(each, SHRED, b"hrdd/v1/wrap|" + ONE)[:1] == envelopes.X25519_SUITE


def test_bytes_of_a_wrap_under_the_shred_layer_tell_nothing_of_whether_it_is_real(pair: envelopes.Pair) -> None:
    def spread(blobs: list[bytes]) -> float:
        counts = [0] * 256
        for byte in b"".join(blobs):
            counts[byte] += 1
        expected = sum(counts) / 256
        return sum((count - expected) ** 2 / expected for count in counts)

    real = spread([envelopes.wrap(os.urandom(32), pair.public, ONE, SHRED) for _ in range(300)])
    dummy = spread([envelopes.dummy_wrap(ONE, SHRED) for _ in range(300)])
    # 255 degrees of freedom: above 390 once in ten million.
    assert max(real, dummy) < 390


def test_no_ephemeral_key_and_no_nonce_is_ever_used_twice(
    pair: envelopes.Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 100_000 if LONG else 4_000
    seen = {envelopes.seal(b"", pair.public, b"x")[1:33] for _ in range(count)}
    nonces = {envelopes.box(b"", SHRED, b"x")[: envelopes.NONCE_BYTES] for _ in range(count)}
    assert len(seen) == len(nonces) == count
    with capsys.disabled():
        sys.stdout.write(f" [{count:,} ephemeral keys and {count:,} nonces, 0 twice] ")


def test_an_envelope_is_the_standard_one_both_ways(pair: envelopes.Pair) -> None:
    """RFC 9180, written again in tests/hpke.py."""
    for size in (0, 1, 32, envelopes.PADDED_BYTES):
        plain, info = os.urandom(size), PLACES[size % 3]
        ours = envelopes.seal(plain, pair.public, info)
        assert ours[:1] == b"\x01"
        assert hpke.unseal(ours[1:], pair.private, info) == plain
        assert envelopes.unseal(b"\x01" + hpke.seal(plain, pair.public, info), pair.private, info) == plain
        with pytest.raises(InvalidTag):
            hpke.unseal(ours[1:], pair.private, info + b"x")


def test_the_second_writing_of_the_standard_is_right() -> None:
    """The vector of RFC 9180 A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode."""
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    ephemeral = bytes.fromhex("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600")
    public = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
    private = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
    plain = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
    sealed = hpke.seal(plain, public, info, ephemeral, aad=bytes.fromhex("436f756e742d30"))
    assert sealed[:32].hex() == "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    assert sealed[32:].hex() == (
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )
    assert hpke.unseal(sealed, private, info, aad=b"Count-0") == plain


def test_what_follows_from_a_receipt_is_the_same_each_time_and_tells_nothing_of_the_other_part() -> None:
    root = b"r" * 32
    locator, keys = envelopes.from_root(root)
    assert (locator, keys) == envelopes.from_root(root)
    assert len(locator) == envelopes.ID_BYTES
    assert envelopes.from_root(b"q" * 32)[0] != locator
    assert locator not in keys.private + keys.public


def test_keys_are_never_printed(pair: envelopes.Pair) -> None:
    assert repr(pair) == str(pair) == "Pair(...)"


def test_a_key_for_which_nothing_can_be_hidden_is_none(pair: envelopes.Pair) -> None:
    assert envelopes.is_public_key(pair.public)
    for raw in (b"", b"x" * 31, b"x" * 33, bytes(32), (1).to_bytes(32, "little"), b"\xed" + b"\xff" * 30 + b"\x7f"):
        assert not envelopes.is_public_key(raw)


def test_parameters_of_stretching_are_written_and_read_back() -> None:
    assert str(FOR_RECEIPTS) == "argon2id$m=65536,t=3,p=1"
    for kdf in (FOR_RECEIPTS, FOR_PASSPHRASES, FAST):
        assert parse_kdf(str(kdf)) == kdf
    good = str(FOR_RECEIPTS)
    for odd in ("", "argon2id", "argon2id$", "argon2i$m=65536,t=3,p=1", "argon2id$m=65536,t=3", "argon2id$m=x,t=3,p=1"):
        with pytest.raises(ValueError):
            parse_kdf(odd)
    for odd in (good.replace("p=1", "p=0"), good.replace("t=3", "t=-3"), good.replace("3", "03"), f"{good},p=2"):
        with pytest.raises(ValueError):
            parse_kdf(odd)


@pytest.mark.parametrize("weak", [Kdf(64 * 1024 - 1, 3), Kdf(64 * 1024, 2), Kdf(1024 * 1024, 1), FAST])
def test_weaker_stretching_than_the_floor_is_told(weak: Kdf) -> None:
    assert not weak.at_least(FOR_RECEIPTS)
    assert FOR_RECEIPTS.at_least(FOR_RECEIPTS)
    assert FOR_PASSPHRASES.at_least(FOR_RECEIPTS)


def test_stretching_depends_on_the_secret_the_salt_and_the_cost() -> None:
    made = {
        kdf.stretch(secret, salt)
        for kdf, secret, salt in product((FAST, Kdf(64, 2), Kdf(72, 1)), (b"a", b"b"), (b"x" * 16, b"y" * 16))
    }
    assert len(made) == 12
    assert {len(each) for each in made} == {32}


def test_a_box_opens_with_its_key_in_its_place_only() -> None:
    blob = envelopes.box(b"held", SHRED, b"here")
    assert envelopes.unbox(blob, SHRED, b"here") == b"held"
    for key, place, given_blob in ((b"t" * 32, b"here", blob), (SHRED, b"there", blob), (SHRED, b"here", blob[:11])):
        with pytest.raises(CannotOpen):
            envelopes.unbox(given_blob, key, place)
