"""The trace of the note, item by item: what each asks for, where it is kept, and which tests name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeGuard

from prompts.models import BankError
from prompts.render import LOCALE
from prompts.source import Source

TRACE_FILE = "trace.yaml"
TESTS_FILE = "trace_tests.yaml"
ITEMS = tuple(f"S{number}" for number in range(1, 96))
"""The ids of the note's items, in its order."""
SAYS_MOST = 90
WORDS = ("missing", "left", "totals")


@dataclass(frozen=True, slots=True)
class TraceItem:
    """One item. `where` is paths inside the project, none where nothing keeps it; `note` says what is missing."""

    id: str
    says: str
    where: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The items in the note's order, the tests that name them (by id of the item), and the words around them."""

    items: tuple[TraceItem, ...]
    tests: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]


def load_trace(root: Traversable | None = None) -> Trace:
    """Read the trace, ours or that of another `root` folder. Raises BankError naming the place of every problem."""
    source = Source(LOCALE, root or files("prompts"))
    items = _items(source)
    tests = _tests(source)
    words = _words(source)
    if source.problems:
        raise BankError("\n".join(source.problems))
    return Trace(items, tests, words)


def _items(source: Source) -> tuple[TraceItem, ...]:
    written = _mapping(source, TRACE_FILE, "items")
    for name in [name for name in ITEMS if name not in written]:
        source.note(TRACE_FILE, "items", f"the item {name} is missing")
    for name in [name for name in written if name not in ITEMS]:
        source.note(TRACE_FILE, "items", f"the item {name} is unknown")
    if not source.problems and list(written) != list(ITEMS):
        source.note(TRACE_FILE, "items", "the items are not in the order of the note")
    return tuple(item for name, row in written.items() if (item := _item(source, name, row)))


def _item(source: Source, name: str, row: Any) -> TraceItem | None:
    place = f"items {name}"
    if not isinstance(row, dict) or set(row) - {"says", "where", "note"}:
        source.note(TRACE_FILE, place, "says, where and note should stand here")
        return None
    says, where, note = row.get("says"), row.get("where"), row.get("note", "")
    if not isinstance(says, str) or not 1 <= len(says) <= SAYS_MOST:
        source.note(TRACE_FILE, f"{place}, says", f"a sentence of at most {SAYS_MOST} characters should stand here")
        return None
    if not _texts(where):
        source.note(TRACE_FILE, f"{place}, where", "a list of files should stand here")
        return None
    if not isinstance(note, str):
        source.note(TRACE_FILE, f"{place}, note", "a sentence should stand here")
        return None
    return TraceItem(name, says, tuple(where), note)


def _tests(source: Source) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for name, tests in _mapping(source, TESTS_FILE, "tests").items():
        if name in ITEMS and _texts(tests):
            found[str(name)] = tuple(tests)
        else:
            source.note(TESTS_FILE, f"tests {name}", "a list of the tests of a known item should stand here")
    return found


def _words(source: Source) -> Mapping[str, str]:
    words = _mapping(source, TRACE_FILE, "words")
    if set(words) != set(WORDS) or not _texts(list(words.values())):
        source.note(TRACE_FILE, "words", f"exactly {', '.join(WORDS)} should stand here")
    return words


def _mapping(source: Source, file: str, key: str) -> Mapping[str, Any]:
    found = source.document(file).get(key)
    if isinstance(found, dict):
        return found
    if source.document(file):
        source.note(file, key, "a set of named entries is missing here")
    return {}


def _texts(found: Any) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(each, str) and each for each in found)
