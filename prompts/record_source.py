"""Read the words of the record, and note everything that stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import BaseModel

from prompts.models import Choice, ItemWords, PartWords
from prompts.source import Source, rows, validated

M = TypeVar("M", bound=BaseModel)

RECORD_FILE = "questions/record.yaml"
BLOCKS = ("parts", "options", "items")


@dataclass
class RecordSource:
    """What record.yaml says: the parts of it that can be used, and the source that holds ids and problems."""

    source: Source
    parts: dict[str, PartWords] = field(default_factory=dict)
    options: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    items: dict[str, ItemWords] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)
    """The ids as written: of each block, and of each list of options by its name (`options rating`)."""


def read_record(root: Traversable, locale: str) -> RecordSource:
    """Read record.yaml of a locale; `root` is the folder that holds the locale folders."""
    source = Source(locale, root)
    found = RecordSource(source)
    found.parts = _entries(found, "parts", PartWords)
    found.items = _entries(found, "items", ItemWords)
    for name in _block(found, "options"):
        found.options[name] = _choices(found, name)
    for key in source.document(RECORD_FILE):
        if key not in BLOCKS:
            source.note(RECORD_FILE, str(key), "nothing reads this key")
    return found


def _block(found: RecordSource, name: str) -> Mapping[str, object]:
    """Give one block as a mapping, and remember its ids; note what is none."""
    document = found.source.document(RECORD_FILE)
    block = document.get(name)
    if not isinstance(block, dict):
        if document:
            found.source.note(RECORD_FILE, name, "a set of named entries is missing here")
        block = {}
    found.seen[name] = [str(key) for key in block]
    return {str(key): value for key, value in block.items()}


def _entries(found: RecordSource, name: str, model: type[M]) -> dict[str, M]:
    """Validate each entry of a block."""
    read = {
        key: validated(found.source, RECORD_FILE, f"{name} {key}", model, value)
        for key, value in _block(found, name).items()
    }
    return {key: value for key, value in read.items() if value is not None}


def _choices(found: RecordSource, name: str) -> tuple[Choice, ...]:
    """Validate one list of options, in its order."""
    seen = found.seen.setdefault(f"options {name}", [])
    choices = []
    for place, row in rows(found.source, RECORD_FILE, name, within="options"):
        seen.append(str(row.get("id")))
        choices.append(validated(found.source, RECORD_FILE, f"options {place}", Choice, row))
    return tuple(choice for choice in choices if choice is not None)
