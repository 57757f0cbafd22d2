"""Names that say nothing: two words drawn at random, by which those who read an anonymous report call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from prompts.loader import read_yaml
from prompts.render import LOCALE


def drawn_label(below: Callable[[int], int]) -> str:
    """Give two words; `below` draws a number below a limit."""
    words = _words()
    return " ".join(words[part][below(len(words[part]))] for part in ("first", "second"))


@cache
def _words() -> Mapping[str, Sequence[str]]:
    text = files("prompts").joinpath(LOCALE, "concern_labels.yaml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = read_yaml(text)
    return found
