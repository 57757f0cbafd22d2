"""The table of lookalikes is what the library and Unicode say, and nothing an editor made of it."""

from __future__ import annotations

import string

from confusable_homoglyphs.confusables import confusables_data

from scripts.lookalikes import TARGET, table, written
from workflows.rules.lookalikes import LOOKALIKES
from workflows.rules.sealed import finds


def test_the_table_is_what_its_script_makes_of_the_library() -> None:
    assert table() == LOOKALIKES
    assert TARGET.read_text(encoding="utf-8") == written()


def test_whatever_the_library_takes_for_a_letter_is_found_in_its_place() -> None:
    missed = []
    for letter in string.ascii_letters:
        for found in confusables_data[letter]:
            alike = found["c"].strip("\u200e")
            # Marks such as | part words for us, and a capital I stands for an l only where it is written large.
            if len(alike) == 1 and alike.isalnum() and {letter.lower(), alike.lower()} != {"i", "l"}:
                name = f"Ba{letter.lower()}ba"
                if not finds(f"told Ba{alike}ba today", [name]):
                    missed.append((letter, alike))
    assert missed == []
