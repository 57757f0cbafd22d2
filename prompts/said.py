"""Everything that we ourselves say, as one text: a name that stands in it cannot be kept out of messages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from prompts.render import LOCALE


@cache
def said() -> str:
    """Give the text of all questions, sentences and templates of our locale.

    Not the trace, which is sent to nobody, nor the words that anonymous reports are called by.
    """
    return "\n".join(_texts(files("prompts").joinpath(LOCALE)))


def _texts(place: Traversable) -> Iterator[str]:
    for entry in sorted(place.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _texts(entry)
        elif entry.name.endswith((".yaml", ".j2")) and not entry.name.startswith(("trace", "concern_labels")):
            yield entry.read_text(encoding="utf-8")
