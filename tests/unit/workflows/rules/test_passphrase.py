"""A passphrase is drawn, can be said aloud, and is understood however somebody types it."""

from __future__ import annotations

import math
import re
from collections import Counter
from random import Random

import pytest

from workflows.rules.passphrase import (
    CONSONANTS,
    SECRET_BYTES,
    VOWELS,
    WORDS,
    passphrase_of,
    read_passphrase,
    same_word,
)

DRAWN = [passphrase_of(Random(seed).randbytes(SECRET_BYTES)) for seed in range(2000)]


def test_six_words_hold_ninety_six_bits() -> None:
    assert math.log2((len(CONSONANTS) ** 3 * len(VOWELS) ** 2) ** WORDS) == 96 == 8 * SECRET_BYTES
    assert 8 * SECRET_BYTES >= 77
    assert len(set(DRAWN)) == len(DRAWN)


def test_every_word_can_be_said_aloud() -> None:
    words = [word for each in DRAWN for word in each.split(" ")]

    assert len(words) == WORDS * len(DRAWN)
    assert all(re.fullmatch("(?:[bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]", word) for word in words)
    first = Counter(word[0] for word in words)
    assert max(first.values()) < 1.25 * len(words) / 16


def test_no_two_secrets_have_the_same_words() -> None:
    assert passphrase_of(bytes(12)) == "babab babab babab babab babab babab"
    assert passphrase_of(b"\xff" * 12) == "zuzuz zuzuz zuzuz zuzuz zuzuz zuzuz"
    assert len({passphrase_of(bytes([each]) + bytes(11)) for each in range(256)}) == 256


@pytest.mark.parametrize(
    "typed",
    [
        "robin tulip pilot habit salad limit",
        "  Robin-tulip-PILOT habit, salad\n limit. ",
        "robin–tulip–pilot·habit·salad·limit",
    ],
)
def test_it_is_understood_however_it_is_typed(typed: str) -> None:
    assert read_passphrase(typed) == "robin tulip pilot habit salad limit"


@pytest.mark.parametrize(
    "typed", ["", "robin", "robin tulip pilot habit salad", "robin tulip pilot habit salad limits", "x" * 10_000]
)
def test_what_cannot_be_one_is_none(typed: str) -> None:
    assert read_passphrase(typed) is None


def test_a_word_is_typed_back_by_its_place() -> None:
    assert same_word(" Tulip ", DRAWN[0].replace(DRAWN[0].split(" ")[1], "tulip"), 2)
    assert not same_word("tulip", "robin tulip pilot habit salad limit", 5)
