"""Write workflows/rules/lookalikes.py anew: which characters look like a letter from a to z.

Usage: .venv/bin/python -m scripts.lookalikes. The table comes from the Unicode data in `confusable-homoglyphs` and from
the names of Unicode itself; only this script and a test need that library.
"""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from confusable_homoglyphs.confusables import confusables_data

TARGET = Path(__file__).parents[1] / "workflows" / "rules" / "lookalikes.py"
HEAD = '''"""Characters that look like a letter from a to z, by that letter. Written by scripts/lookalikes.py.

Left out is what Unicode itself makes the same letter (full width, mathematical letters, accents). A character that
looks like two letters stands under both.
"""

from __future__ import annotations

from collections.abc import Mapping

LOOKALIKES: Mapping[str, str] = {
'''
ZERO_WIDTH = "\u200e\u200f"
NAMED = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER |LATIN LETTER SMALL CAPITAL |NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER "
    r"|REGIONAL INDICATOR SYMBOL LETTER |LATIN SMALL LETTER DOTLESS )(?P<letter>[A-Z])(?: WITH .+)?"
)


def plain(text: str) -> str:
    """Give a text as Unicode sees it without width, style, accents and capitals."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    kept = (each for each in decomposed if unicodedata.category(each)[0] != "M" and each not in ZERO_WIDTH)
    return "".join(kept).casefold()


def is_letter(text: str) -> bool:
    """Whether this is one letter from a to z."""
    return len(text) == 1 and text in string.ascii_lowercase


def from_library() -> Iterator[tuple[str, str]]:
    """Give pairs of letter and lookalike that the library knows. Marks such as | stay what parts words."""
    for character, glyphs in confusables_data.items():
        bare = character.strip(ZERO_WIDTH)
        if len(bare) != 1 or unicodedata.category(bare)[0] not in "LN" or bare in string.ascii_letters + string.digits:
            continue
        for glyph in glyphs:
            if is_letter(plain(glyph["c"])):
                yield plain(glyph["c"]), bare


def from_names() -> Iterator[tuple[str, str]]:
    """Give pairs of letter and lookalike that the names of characters tell, such as O WITH STROKE."""
    for code in range(0x80, sys.maxunicode + 1):
        found = NAMED.fullmatch(unicodedata.name(chr(code), ""))
        if found:
            yield found["letter"].lower(), chr(code)


def table() -> Mapping[str, str]:
    """Give the whole table: each letter, and in the order of Unicode what looks like it."""
    found: dict[str, set[str]] = defaultdict(set)
    for letter, character in (*from_library(), *from_names()):
        if plain(character) != letter:
            found[letter].add(character)
    return {letter: "".join(sorted(found[letter])) for letter in string.ascii_lowercase}


def written() -> str:
    """Give the module as it is written."""
    rows = []
    for letter, characters in table().items():
        # Escaped, so that no editor turns characters round or into others.
        pieces = [each.encode("unicode_escape").decode() for each in characters]
        lines, line = [], ""
        for piece in pieces:
            if len(line) + len(piece) > 108:
                lines.append(line)
                line = ""
            line += piece
        lines.append(line)
        if len(lines) == 1:
            rows.append(f'    "{letter}": "{lines[0]}",\n')
        else:
            rows.append(f'    "{letter}": (\n' + "".join(f'        "{each}"\n' for each in lines) + "    ),\n")
    return HEAD + "".join(rows) + "}\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
