"""Find sealed names in what is about to leave, however they are written (promise 8, S26).

Text is read as a row of letters with the gaps between them. Accents, marks and invisible characters are no letters;
a letter has one or more *looks* (a to z, or itself), and two letters are alike when they share one. A name is found
where its letters stand in a row that begins and ends at the border of a word.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Final

from workflows.rules.lookalikes import LOOKALIKES

LETTERS_LEAST: Final = 3
"""A name of fewer letters would be found everywhere; in scripts that write a syllable or a word as one, fewer do."""
SIGNS_LEAST: Final = 2
DIGITS_LEAST: Final = 6
"""A number, such as that of a telephone, may be sealed too."""
SPREAD_LEAST: Final = 5
"""Shorter names are found across spaces only where every letter stands alone: "an A" is no Ana, "A n a" is."""
TURNED_MOST: Final = 3
"""Up to so many words of a name are looked for in any order."""

_JOINED, _MARK, _SPACE, _EDGE = "\x01", "\x02", "\x03", "\x04"
"""Gaps: a character that nobody sees, which may part words or not; punctuation; white space; the end of one text."""
EDGE: Final = "\x1e"
"""Put between texts that are not read as one."""
_SHAPES: Final = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "I": "l", "ð": "d", "Ð": "d"}
_WRITTEN_OUT: Final = {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH"}
_UNSEEN: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u0640\u2800")
"""Letters by their class that show nothing or only stretch a word."""
_SIGNS: Final = (
    "\u0e00-\u0eff\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u3105-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts that put no space around a name: Thai, Lao, Tibetan, Burmese, Khmer, Han, kana, Hangul."""
_SIGN: Final = re.compile(f"[{_SIGNS}]")
_GAP: Final = re.compile(f"[{_JOINED}-{_EDGE}]+")
_DIGIT_BORDER: Final = re.compile(r"(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,32});")
_BETWEEN_WORDS: Final = re.compile(f"[{_SPACE}{_EDGE}]+")
_COMMAS: Final = str.maketrans(dict.fromkeys(",;、，；", " "))


def _by_character() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for letter, characters in LOOKALIKES.items():
        for character in characters:
            found[character].add(letter)
    return {character: frozenset(letters) for character, letters in found.items()}


_TABLE: Final = _by_character()


class _Reading(dict[int, str]):
    """What each character is read as: letters, or a gap. Filled as characters are met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        read = "".join(_letters(each) for each in _taken_apart(character))
        if unicodedata.category(character)[0] not in "LMN" and _GAP.search(read) is None:
            # A flag or a sign such as ™ is made of letters, yet a word may end before it.
            read = f"{_JOINED}{read}{_JOINED}"
        self[code] = read
        return read


def _taken_apart(character: str) -> str:
    """Part a character from its accents, width and style; what the table knows as it is, and syllables, stay whole."""
    is_syllable = "\uac00" <= character <= "\ud7a3"
    return character if is_syllable or character in _TABLE else unicodedata.normalize("NFKD", character)


def _letters(character: str) -> str:
    kind = unicodedata.category(character)
    if character == EDGE:
        return _EDGE
    if kind == "Cf" or character in _UNSEEN:
        return _JOINED
    if kind in ("Mn", "Me") or "\u02b0" <= character <= "\u02ff":
        return ""
    if kind[0] in "LNM" or character in _TABLE:
        folded = "" if character in _TABLE else character.casefold()
        return _WRITTEN_OUT.get(character) or (folded if len(folded) > 1 else character)
    return _SPACE if kind[0] in "ZC" else _MARK


@cache
def _looks(letter: str) -> frozenset[str]:
    """Give what a letter can be taken for, whether it is written large or small."""
    plain = unicodedata.normalize("NFKD", letter)
    forms = {form for each in (letter, plain) for form in (each, each.casefold(), each.upper()) if len(form) == 1}
    seen: set[str] = set(_SHAPES.get(letter, ""))
    for form in forms:
        seen |= _TABLE.get(form) or {form.casefold()}
    return frozenset(seen)


class _Classes(dict[int, str]):
    """One letter for all that may be alike, over however many steps: coarse, to find places worth a closer look."""

    def __init__(self) -> None:
        self._groups: dict[str, str] = {}
        for letter in (*_TABLE, *_SHAPES):
            first, *others = sorted(_looks(letter))
            for other in others:
                self._groups[self._top(other)] = self._top(first)

    def _top(self, look: str) -> str:
        while (above := self._groups.get(look, look)) != look:
            look = above
        return look

    def __missing__(self, code: int) -> str:
        self[code] = found = self._top(min(_looks(chr(code))))
        return found


_READING: Final = _Reading()
_CLASSES: Final = _Classes()


@dataclass(frozen=True, slots=True)
class Row:
    """A text that was read: its letters, the same coarsely, and which gap is before the letter at a place."""

    letters: str
    coarse: str
    gaps: Mapping[int, str]
    borders: frozenset[int]

    def is_border(self, place: int) -> bool:
        """Whether a word may begin or end before the letter at `place`."""
        return place in self.borders or place in (0, len(self.letters))


def _plain(text: str) -> str:
    """Give a text as letters and gaps."""
    for _ in range(2):
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return unicodedata.normalize("NFC", text).translate(_READING)


def _read(text: str) -> Row:
    read = _plain(text)
    gaps: dict[int, str] = {}
    gone = 0
    for gap in _GAP.finditer(read):
        gaps[gap.start() - gone] = max(gap[0])
        gone += len(gap[0])
    letters = _GAP.sub("", read)
    borders = {*gaps, *(found.start() for found in _DIGIT_BORDER.finditer(letters))}
    for sign in _SIGN.finditer(letters):
        borders |= {sign.start(), sign.end()}
    return Row(letters, letters.translate(_CLASSES), gaps, frozenset(borders))


def read(texts: Iterable[str]) -> Row:
    """Read texts once, for several searches."""
    return _read(EDGE.join(text.replace(EDGE, " ") for text in texts))


def fold(text: str) -> str:
    """Give the letters of a text, coarsely: the same for all writings that count as one, and for some others."""
    return _read(text).coarse


def usable(term: str) -> bool:
    """Whether a name has letters enough to be looked for; a shorter one would stop every message."""
    letters = _read(term).letters
    digits = sum(each.isdigit() for each in letters)
    if _SIGN.search(letters):
        return len(letters) - digits >= SIGNS_LEAST
    return len(letters) - digits >= LETTERS_LEAST or digits >= DIGITS_LEAST


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to write a sealed name: its letters, the same coarsely, and before which letters a word of it begins."""

    letters: str
    coarse: str
    breaks: frozenset[int]

    def is_at(self, row: Row, start: int) -> bool:
        """Whether this name stands in `row` from `start` on, where a word may begin."""
        end = start + len(self.letters)
        if not row.coarse.startswith(self.coarse, start) or not row.is_border(end):
            return False
        written = row.letters[start:end]
        if any(_looks(one).isdisjoint(_looks(other)) for one, other in zip(written, self.letters, strict=True)):
            return False
        # Digits may stand for letters, but a number is no name.
        if written.isdigit() and not self.letters.isdigit():
            return False
        return self._holds_together(row, start, end)

    def _holds_together(self, row: Row, start: int, end: int) -> bool:
        gaps = [row.gaps.get(place, "") for place in range(start + 1, end)]
        torn = [gap for number, gap in enumerate(gaps, 1) if gap > _MARK and number not in self.breaks]
        if not torn:
            return True
        if _EDGE in torn:
            return False
        return len(self.letters) >= SPREAD_LEAST or all(gaps) or _SIGN.search(self.letters) is not None


def _ways(term: str) -> Iterable[_Name]:
    """Give the ways to write a name: its words in any order where they are few."""
    pieces = (_GAP.sub("", piece) for piece in _BETWEEN_WORDS.split(_plain(term.translate(_COMMAS))))
    words = [_small(piece) for piece in pieces if piece]
    orders = permutations(words) if len(words) <= TURNED_MOST else [tuple(words)]
    for order in orders:
        letters, breaks = "", set()
        for word in order:
            letters += word
            breaks.add(len(letters))
        yield _Name(letters, letters.translate(_CLASSES), frozenset(breaks))


def _small(word: str) -> str:
    """Write a word small, but for a large I at its beginning: it looks like a small L there."""
    small = "".join(each.casefold() if len(each.casefold()) == 1 else each for each in word)
    return f"I{small[1:]}" if word.startswith("I") and not word.isupper() else small


class Terms:
    """Sealed names, made ready once for many texts. Names that are not `usable` are left out."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_start: dict[str, list[_Name]] = defaultdict(list)
        ways = {way for term in terms if usable(term) for way in _ways(term)}
        for way in ways:
            self._by_start[way.coarse[:LETTERS_LEAST]].append(way)
        self._count = len(ways)

    def __bool__(self) -> bool:
        return self._count > 0

    def stand_in(self, texts: Iterable[str]) -> bool:
        """Whether any of the names stands in any of the texts.

        The words of a name may stand in texts beside each other; one word is not looked for across two.
        """
        return bool(self) and self.stand_in_row(read(texts))

    def stand_in_row(self, row: Row) -> bool:
        """Whether any of the names stands in texts that were read before."""
        for start in {0, *row.borders}:
            for length in (LETTERS_LEAST, SIGNS_LEAST):
                names = self._by_start.get(row.coarse[start : start + length])
                if names is not None and any(name.is_at(row, start) for name in names):
                    return True
        return False


def finds(text: str, terms: Terms | Iterable[str]) -> bool:
    """Whether one of the names stands in a text. `Terms` that are kept make it fast."""
    ready = terms if isinstance(terms, Terms) else Terms(terms)
    return ready.stand_in([text])
