"""Receipts: enough bits, no preference, and no slip of a finger that would go unnoticed."""

from __future__ import annotations

import hmac
import os
import random
import sys
from collections import Counter
from itertools import combinations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules import receipts
from workflows.rules.receipts import ALPHABET, SYMBOLS, groups, read_receipt, receipt_of, same_group

SECRETS = st.binary(min_size=receipts.SECRET_BYTES, max_size=receipts.SECRET_BYTES)
KNOWN = receipt_of(bytes(range(15)))


def plain(receipt: str) -> str:
    return receipt.replace("-", "")


def test_a_receipt_has_at_least_a_hundred_bits() -> None:
    assert len(set(ALPHABET)) == 32
    assert SYMBOLS * log2(len(ALPHABET)) == 8 * receipts.SECRET_BYTES == 120


@given(SECRETS)
def test_a_receipt_is_five_groups_of_five_and_is_read_back(secret: bytes) -> None:
    receipt = receipt_of(secret)
    assert [len(each) for each in receipt.split("-")] == [5] * 5
    assert read_receipt(receipt) == plain(receipt)
    assert "-".join(groups(receipt)) == receipt


@given(SECRETS)
def test_every_bit_of_the_secret_is_in_the_receipt(secret: bytes) -> None:
    symbols = plain(receipt_of(secret))[:SYMBOLS]
    number = 0
    for symbol in symbols:
        number = number * 32 + ALPHABET.index(symbol)
    assert number.to_bytes(15, "big") == secret


def test_symbols_are_uniform_over_a_million(capsys: pytest.CaptureFixture[str]) -> None:
    """T6. The check symbol, too, is as good as random."""
    pepper, count = os.urandom(32), 40_000
    made = [plain(receipt_of(hmac.digest(pepper, n.to_bytes(16, "big"), "sha256")[:15])) for n in range(count)]
    places = [Counter(each[place] for each in made) for place in range(SYMBOLS + 1)]
    whole = sum(places, Counter())
    assert whole.total() == 1_000_000

    def chi2(counts: Counter[str]) -> float:
        expected = counts.total() / 32
        return sum((counts[symbol] - expected) ** 2 / expected for symbol in ALPHABET)

    worst = max(map(chi2, places))
    with capsys.disabled():
        sys.stdout.write(f" [1,000,000 symbols: chi2 {chi2(whole):.1f} over 31, worst place {worst:.1f}] ")
    # 31 degrees of freedom: above 90 less than once in ten million tries.
    assert chi2(whole) < 90
    assert worst < 90


def test_a_million_receipts_are_a_million_receipts() -> None:
    """T6. What is written out is one to one with these bytes."""
    pepper = os.urandom(32)
    assert len({hmac.digest(pepper, n.to_bytes(16, "big"), "sha256")[:15] for n in range(1_000_000)}) == 1_000_000


def test_every_single_wrong_symbol_is_noticed() -> None:
    for secret in (bytes(15), b"\xff" * 15, bytes(range(15)), random.Random(6).randbytes(15)):
        receipt = plain(receipt_of(secret))
        for place, symbol in ((place, symbol) for place in range(25) for symbol in ALPHABET):
            typed = receipt[:place] + symbol + receipt[place + 1 :]
            assert (read_receipt(typed) is None) == (typed != receipt)


def test_every_two_symbols_that_changed_places_are_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    tried = 0
    for secret in (random.Random(seed).randbytes(15) for seed in range(12)):
        receipt = plain(receipt_of(secret))
        for left, right in combinations(range(25), 2):
            typed = list(receipt)
            typed[left], typed[right] = typed[right], typed[left]
            if typed[left] != typed[right]:
                tried += 1
                assert read_receipt("".join(typed)) is None
    with capsys.disabled():
        sys.stdout.write(f" [{tried} swaps, 0 unnoticed] ")


def test_a_symbol_too_many_or_too_few_is_noticed() -> None:
    receipt = plain(KNOWN)
    for place in range(25):
        assert read_receipt(receipt[:place] + receipt[place + 1 :]) is None
        assert read_receipt(receipt[:place] + "7" + receipt[place:]) is None


@pytest.mark.parametrize(
    "typed",
    [
        KNOWN.lower(),
        f"  {KNOWN}\n",
        KNOWN.replace("-", " "),
        KNOWN.replace("-", "–"),
        plain(KNOWN),
        KNOWN.replace("0", "o").replace("1", "l"),
        KNOWN.replace("0", "O").replace("1", "I"),
        " ".join(KNOWN),
    ],
)
def test_a_receipt_is_understood_as_people_type_it(typed: str) -> None:
    assert read_receipt(typed) == plain(KNOWN)


@pytest.mark.parametrize(
    "typed", ["", "-", "U" * 25, "7" * 26, "٣" * 25, "７" * 25, KNOWN + "A", "ß" * 13, "\ud800" * 25]
)
def test_what_is_no_receipt_is_none(typed: str) -> None:
    assert read_receipt(typed) is None
    assert groups(typed) == ()


@given(st.text(max_size=60))
def test_any_text_at_all_is_answered(typed: str) -> None:
    found = read_receipt(typed)
    assert found is None or len(found) == 25


def test_groups_that_are_typed_back_are_compared_as_people_type_them() -> None:
    second = groups(KNOWN)[1]
    assert same_group(f" {second.lower()} ", second)
    assert same_group("-".join(second), second)
    assert not same_group(groups(KNOWN)[3], second)
    assert not same_group("", second)
    assert receipts.ASKED_BACK == (2, 4)
