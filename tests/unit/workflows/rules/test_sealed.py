"""A sealed name is found however it is written, and nothing else is taken for it (S26, promise 8)."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Iterator
from itertools import pairwise, permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows.rules.lookalikes import LOOKALIKES
from workflows.rules.sealed import SPREAD_LEAST, Terms, finds, fold, usable

ANA = ["Ana Kovač"]
DISGUISED = [
    "Ana Kovač",
    "ana kovac",
    "ANA KOVAČ",
    "A n a  Ko-vac",
    "Kovac, Ana",
    "AnaKovac",
    "ana.kovac@example.org",
    "A\u200bna Ko\u00advac",
    "the\u200bAna Kovac",
    "Ａｎａ Ｋｏｖａｃ",
    "𝓐𝓷𝓪 𝕂𝕠𝕧𝕒𝕔",
    "Аnа Коvас",
    "Αna Κοvac",
    "Ana K0vac",
    "*Ana* _Kovac_",
    "`Ana`~Kovac~",
    "&#65;na &amp;#75;ovac",
    "R&amp;Ana Kovac",
    "A̶n̶a̶ K̶o̶v̶a̶c̶",
    "Ⓐⓝⓐ 🅺🅾🆅🅰🅲",
    "Ana\nKovac",
    "<https://example.org|Ana Kovac>",
    "Ana Kovac™ said",
    "Ana Kovac🇭🇷",
    "Ana Kovac2",
]
OTHERS = ["Anna Kovacs", "Banana Kovacic", "Kovac and Ana", "Ana and Kovac", "Ivana Kovac", "Ava Kovac", "An ak ova cx"]


@pytest.mark.parametrize("text", DISGUISED)
def test_s26_a_sealed_name_is_found_however_it_is_written(text: str) -> None:
    assert finds(text, ANA)
    assert finds(f"We asked {text}, and heard.", ANA)


@pytest.mark.parametrize("text", OTHERS)
def test_s26_another_name_is_not_taken_for_the_sealed_one(text: str) -> None:
    assert not finds(text, ANA)


@pytest.mark.parametrize("text", ["Banana", "manage", "an area", "an A-level", "in an. A", "Ava", "Anab", "Hanа", ""])
def test_a_short_name_is_not_found_inside_other_words(text: str) -> None:
    assert not finds(text, ["Ana"])


@pytest.mark.parametrize("text", ["A n a", "A.n.a", "An-a", "an_a", "so, ANA!", "Ana2", "(Ana)", "2Ana"])
def test_a_short_name_is_found_where_it_is_spread(text: str) -> None:
    assert finds(text, ["Ana"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("محمد علي", "قال محمّد، علي"),
        ("محمد علي", "عـلي محمد"),
        ("王伟", "我和王伟说过"),
        ("王小明", "王 小明"),
        ("山田太郎", "山田太郎さん"),
        ("ガルシア", "ｶﾞﾙｼｱさん"),
        ("김민수", "김민수는"),
        ("김민수", "\u1100\u1175\u11b7\u1106\u1175\u11ab\u1109\u116e"),
        ("สมชาย", "คุณสมชายครับ"),
        ("Андрей Иванов", "ИВАНОВ АНДРЕЙ"),
        ("Ольга", "Oльга"),
        ("Νίκος", "ΝΙΚΟΣ"),
        ("Νίκος", "Νικoς"),
        ("Արամ Խան", "արամ խան"),
        ("राम कुमार", "राम  कुमार"),
        ("Łukasz Đorđević", "lukasz dordevic"),
        ("Søren Æbelø", "soren aebelo"),
        ("Straße", "STRASSE"),
        ("İlkay Işık", "ilkay isik"),
        ("Ivan", "lvan"),
        ("Ivan", "1van"),
        ("Ali", "A1i"),
        ("Bob", "B0b"),
        ("O'Brien", "OBrien"),
        ("Jean-Luc Picard", "Picard Jean Luc"),
        ("+41 79 123 45 67", "call 0041791234567 or +41791234567"),
    ],
)
def test_names_of_many_scripts_are_found(name: str, text: str) -> None:
    assert usable(name)
    assert finds(text, [name])


@pytest.mark.parametrize(
    ("name", "text"), [("Ali", "All of it"), ("Ali", "ALL"), ("Lolo", "1010 people"), ("ابو", "الا بوابة")]
)
def test_what_only_looks_near_is_left_alone(name: str, text: str) -> None:
    assert not finds(text, [name])


@pytest.mark.parametrize("name", ["", " ", "An", "A.", "-- !", "12", "王", "a\u200b\u0301b"])
def test_a_name_too_short_is_not_usable_and_stops_nothing(name: str) -> None:
    assert not usable(name)
    assert not Terms([name])
    assert not finds(f"so {name} it is, An A. 12 王 ab", [name])


def test_one_word_is_not_pieced_together_from_two_texts_but_a_name_is() -> None:
    assert not Terms(["Helena"]).stand_in(["Helen", "a level"])
    assert Terms(ANA).stand_in(["Ana", "Kovac"])


def test_the_words_of_a_name_stand_in_any_order_up_to_three() -> None:
    for order in permutations(["Ana", "Maria", "Kovac"]):
        assert finds(" ".join(order), ["Ana Maria Kovač"])
    assert finds("Ana Maria de Kovac", ["Ana Maria de Kovač"])
    assert not finds("Kovac Ana Maria de", ["Ana Maria de Kovač"])


def test_writings_that_count_as_one_fold_to_one() -> None:
    assert len({fold(text) for text in ("Ana Kovač", "аna kovac", "ＡＮＡ-K0VAC", "A\u200bna*Kovac*")}) == 1


# --- any disguise is found -------------------------------------------------------------------------------------------

ACCENTS, UNSEEN = "\u0300\u0301\u0308\u030c\u0327\u0336", "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e"
DIGITS = {"o": "0", "l": "1", "i": "1"}
SURROUNDINGS = st.text(" .,;:!?()[]\"'\n\t*_~`>|/—", max_size=6)
words = st.text("abcdefghjkmnoprstuvwz", min_size=3, max_size=9)
names = st.lists(words, min_size=1, max_size=3).map(" ".join)


def disguised(name: str, chance: random.Random) -> str:
    """Write a name in another way."""
    parts = name.split()
    if len(parts) <= 3:
        chance.shuffle(parts)
    whole = sum(map(len, parts))
    apart = chance.random() < 0.2
    written = [_word(word, chance, apart, whole) for word in parts]
    return chance.choice((" ", ", ", "  ", "-", "\n", "* *", "")).join(written)


def _word(word: str, chance: random.Random, apart: bool, whole: int) -> str:
    pieces = []
    for number, letter in enumerate(word):
        inside = 0 < number < len(word) - 1
        pieces.append(_letter(letter, chance, inside))
        if inside or number == 0:
            pieces.append(_between(chance, apart, whole))
    mark = chance.choice(("", "", "*", "_", "~", "`", "**"))
    return f"{mark}{''.join(pieces)}{mark}"


def _letter(letter: str, chance: random.Random, inside: bool) -> str:
    how = chance.randrange(8)
    if how == 0:
        return letter.upper()
    if how == 1:
        return letter + chance.choice(ACCENTS)
    if how == 2:
        return chr(ord(letter) + 0xFEE0)
    if how == 3 and LOOKALIKES[letter]:
        return chance.choice(LOOKALIKES[letter])
    if how == 4 and inside and letter in DIGITS:
        return DIGITS[letter]
    if how == 5:
        return chance.choice((f"&#{ord(letter)};", f"&#x{ord(letter):x};", f"&amp;#{ord(letter)};"))
    return letter


def _between(chance: random.Random, apart: bool, whole: int) -> str:
    if apart:
        return chance.choice((" ", "  ", "\u00a0", "-", ". "))
    if chance.random() < 0.15:
        return chance.choice((*UNSEEN, "-", ".", "_", "'", *((" ",) if whole >= SPREAD_LEAST else ())))
    return ""


@given(names, SURROUNDINGS, SURROUNDINGS, st.integers(0, 2**32))
@example("van", " ", " ", 5)
def test_s26_any_disguise_of_a_sealed_name_is_found(name: str, before: str, after: str, seed: int) -> None:
    text = f"told {before} {disguised(name, random.Random(seed))} {after} today"
    assert finds(text, [name]), text


# --- and nothing else is: against a slow reading of the same rule -----------------------------------------------------


def slowly(text: str, name: str) -> bool:
    """Look at every piece of a text of small letters a to k, spaces and hyphens."""
    return any(_is(text, start, end, name) for start in range(len(text)) for end in range(start + 1, len(text) + 1))


def _is(text: str, start: int, end: int, name: str) -> bool:
    piece = text[start:end]
    if not (piece[0].isalpha() and piece[-1].isalpha()):
        return False
    if (start and text[start - 1].isalpha()) or (end < len(text) and text[end].isalpha()):
        return False
    return any(_spells(piece, order) for order in permutations(name.split()))


def _spells(piece: str, order: tuple[str, ...]) -> bool:
    letters = "".join(order)
    if "".join(filter(str.isalpha, piece)) != letters:
        return False
    gaps = list(_gaps(piece))
    ends = {sum(map(len, order[:count])) for count in range(1, len(order))}
    torn = [number for number, gap in enumerate(gaps, 1) if " " in gap and number not in ends]
    return not torn or len(letters) >= 5 or all(gaps)


def _gaps(piece: str) -> Iterator[str]:
    places = [number for number, letter in enumerate(piece) if letter.isalpha()]
    for one, other in pairwise(places):
        yield piece[one + 1 : other]


@given(
    st.text("aabc -", max_size=24),
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=3).map(" ".join),
)
def test_s26_what_is_found_is_what_a_slow_reader_finds(text: str, name: str) -> None:
    if usable(name):
        assert finds(text, [name]) == slowly(text, name)


@given(st.text(), st.lists(st.text(max_size=20), max_size=4))
def test_nothing_that_anybody_writes_breaks_the_search(text: str, given_names: list[str]) -> None:
    terms = Terms(given_names)
    terms.stand_in([text, *given_names])
    for name in given_names:
        if usable(name):
            assert finds(name, [name])


def test_a_thousand_names_in_four_thousand_letters_take_less_than_five_milliseconds() -> None:
    chance = random.Random(26)

    def made() -> str:
        return "".join(chance.choice(string.ascii_lowercase) for _ in range(chance.randint(4, 9))).title()

    terms = Terms([f"{made()} {made()}" for _ in range(1000)])
    usual = "the launch of what may harm people where nobody looks after it any more or can tell why".split()
    text = " ".join(chance.choice(usual) for _ in range(1000))[:4000]
    took = []
    for _ in range(30):
        began = time.perf_counter()
        assert not terms.stand_in([text])
        took.append(time.perf_counter() - began)
    assert min(took) < 0.005
