"""The passphrase of somebody who reads concerns: six words that can be said aloud, drawn and never chosen.

Each word has five letters, consonants and vowels in turn: four bits a consonant and two a vowel, so 16 bits a word and
96 in all (reference/anonymity.md 3.6 asks for 77). Nobody could guess it, and people can keep it in their heads.
"""

from __future__ import annotations

import re
from typing import Final

CONSONANTS: Final = "bdfghjklmnprstvz"
VOWELS: Final = "aiou"
WORDS: Final = 6
SECRET_BYTES: Final = 2 * WORDS
ASKED_BACK: Final = (2, 5)
"""The words, counted from one, that are typed back before the window closes."""
_WORD: Final = re.compile(f"(?:[{CONSONANTS}][{VOWELS}]){{2}}[{CONSONANTS}]")
_BETWEEN: Final = re.compile(r"[\s,.·–-]+")
_TYPED_MOST: Final = 200


def passphrase_of(secret: bytes) -> str:
    """Write 12 random bytes as six words."""
    pairs = (int.from_bytes(secret[place : place + 2], "big") for place in range(0, SECRET_BYTES, 2))
    return " ".join(_word(pair) for pair in pairs)


def read_passphrase(text: str) -> str | None:
    """Read a passphrase as people type it; give it as it is written here, or None where it cannot be one."""
    words = [each for each in _BETWEEN.split(text[:_TYPED_MOST].lower().strip()) if each]
    if len(words) != WORDS or not all(_WORD.fullmatch(each) for each in words):
        return None
    return " ".join(words)


def same_word(typed: str, passphrase: str, place: int) -> bool:
    """Whether somebody typed this word of a passphrase, counted from one."""
    return typed.strip().lower() == passphrase.split(" ")[place - 1]


def _word(number: int) -> str:
    first, one, second, two, third = (
        number >> 12 & 15,
        number >> 10 & 3,
        number >> 6 & 15,
        number >> 4 & 3,
        number & 15,
    )
    return CONSONANTS[first] + VOWELS[one] + CONSONANTS[second] + VOWELS[two] + CONSONANTS[third]
