"""Three shares of a secret: any two give it, one gives nothing, and no slip of the pen goes unnoticed."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.fingerprints import fingerprint, read_fingerprint
from workflows.rules.receipts import ALPHABET
from workflows.rules.shares import (
    RANDOM_BYTES,
    SECRET_BYTES,
    SHARES,
    BadShare,
    Share,
    _sum,
    _write,
    join,
    read_share,
    split,
)

SECRET = bytes(range(SECRET_BYTES))
RANDOM = bytes((7 * number + 3) % 256 for number in range(RANDOM_BYTES))
KNOWN = split(SECRET, RANDOM)
SECRETS = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)
RANDOMS = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(SECRETS, RANDOMS)
def test_any_two_of_the_three_shares_give_the_secret(secret: bytes, random: bytes) -> None:
    for first, second in permutations(split(secret, random), 2):
        assert join(first, second) == secret


@pytest.mark.parametrize("number", range(1, SHARES + 1))
@given(SECRETS, RANDOMS, SECRETS)
def test_one_share_fits_every_secret_there_could_be(number: int, secret: bytes, random: bytes, other: bytes) -> None:
    share = read_share(split(secret, random)[number - 1])

    # The piece that this share leaves out decides, and each of its values is as likely as any other.
    missing = _sum(other, *share.pieces.values())

    pieces = {**share.pieces, number: missing}
    assert _sum(*pieces.values()) == other
    assert split(other, pieces[1] + pieces[2] + share.of)[number - 1] == split(secret, random)[number - 1]


def test_both_pieces_of_every_share_are_random_whatever_the_secret_is() -> None:
    zeros, ones = split(bytes(SECRET_BYTES), RANDOM), split(b"\xff" * SECRET_BYTES, RANDOM)

    assert zeros[2] == ones[2]
    assert bytes(SECRET_BYTES) not in [piece for each in zeros for piece in read_share(each).pieces.values()]


def test_every_single_slip_is_found() -> None:
    plain = KNOWN[0].replace("-", "")
    for place, right in enumerate(plain):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(BadShare):
                read_share(plain[:place] + wrong + plain[place + 1 :])


def test_two_neighbours_that_changed_places_are_found() -> None:
    plain = KNOWN[1].replace("-", "")
    for place, (one, other) in enumerate(pairwise(plain)):
        if one != other:
            with pytest.raises(BadShare):
                read_share(plain[:place] + other + one + plain[place + 2 :])


def test_shares_are_read_as_people_type_them() -> None:
    first, second = (each.lower().replace("-", " ").replace("0", "o").replace("1", "l") for each in KNOWN[:2])

    assert join(f"  {first}\n", second) == SECRET


@pytest.mark.parametrize("text", ["", "7K3QD", KNOWN[0][:-1], KNOWN[0] + "0", "Ü" * 100, "U" * 117, "\ud800"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadShare, match=r"^This is no share"):
        read_share(text)


def test_the_same_share_twice_and_shares_of_two_keys_are_refused() -> None:
    other = split(SECRET, RANDOM[:-1] + b"\x00")

    with pytest.raises(BadShare, match="the same share twice"):
        join(KNOWN[0], KNOWN[0])
    for (place, one), (another, second) in combinations(list(enumerate(zip(KNOWN, other, strict=True))), 2):
        assert place != another
        with pytest.raises(BadShare, match="not of the same key"):
            join(one[0], second[1])


def test_a_share_that_somebody_changed_and_wrote_anew_does_not_fit_the_others() -> None:
    share = read_share(KNOWN[0])
    forged = _write(Share(share.number, share.of, {2: share.pieces[2], 3: bytes(SECRET_BYTES)}))

    with pytest.raises(BadShare, match="do not fit together"):
        join(forged, KNOWN[1])


def test_no_refusal_and_no_repr_shows_anything_of_a_share() -> None:
    assert "pieces" not in repr(read_share(KNOWN[0]))
    with pytest.raises(BadShare) as refused:
        read_share(KNOWN[0][:-1] + "Z")
    assert KNOWN[0][:11] not in str(refused.value)


@pytest.mark.parametrize(
    ("secret", "random"), [(b"", RANDOM), (SECRET, b""), (SECRET[:-1], RANDOM), (SECRET, RANDOM[1:])]
)
def test_nothing_is_split_with_too_few_bytes(secret: bytes, random: bytes) -> None:
    with pytest.raises(ValueError):
        split(secret, random)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_fingerprint_is_read_back_in_any_case_and_differs_by_key(one: bytes, other: bytes) -> None:
    shown = fingerprint(one)

    assert (len(shown), shown.count("-")) == (39, 7)
    assert read_fingerprint(shown.lower().replace("-", " ")) == shown
    assert (fingerprint(other) == shown) == (one == other)


@pytest.mark.parametrize("text", ["", "xyz", "12", "3F2A-11C0", "G" * 32, "١" * 32, "a" * 31, "a" * 33])
def test_what_is_no_fingerprint_is_not_read(text: str) -> None:
    assert read_fingerprint(text) is None
