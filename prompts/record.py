"""The words of the record and of the deep form DA-1 (S5-S34, S41, S45, S48): read on first use, then kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from prompts import ids
from prompts.bank import load_bank
from prompts.lint import check_record
from prompts.models import Bank, BankError, ItemWords, Option, PartWords
from prompts.record_source import RECORD_FILE


@dataclass(frozen=True, slots=True)
class RecordWords:
    """Every word of the record: windows (`parts`), the lists they offer (`lists`), and the items D01-D26."""

    parts: Mapping[str, PartWords]
    lists: Mapping[str, tuple[Option, ...]]
    items: Mapping[str, ItemWords]

    def part(self, name: str) -> PartWords:
        """Give the words of one window. Raises BankError where there is no such part."""
        if name not in self.parts:
            raise BankError(f"{RECORD_FILE}, parts: there is no {name!r}")
        return self.parts[name]

    def options(self, name: str) -> tuple[Option, ...]:
        """Give a list of answers, in its order: the record's own, or one of the bank. Raises BankError if unknown."""
        if name not in self.lists:
            raise BankError(f"{RECORD_FILE}, options: there is no {name!r}")
        return self.lists[name]

    def choices(self, part: str, field: str, options: str) -> tuple[Option, ...]:
        """Give the answers of one field: with words of its own where it has some, else those of the list `options`.

        A rating has the same ids everywhere, but each of its steps means something else for scale, for scope, for
        what cannot be made good and for likelihood (S6). Raises BankError for an unknown part or list.
        """
        words = self.part(part).fields.get(field)
        return self.options((words and words.options_from) or options)


def record_words(locale: str = "en", root: Traversable | None = None) -> RecordWords:
    """Give the words of the record: ours once per process, or afresh from another `root` folder.

    Raises BankError naming the file and the place of every problem, one line each.
    """
    return _ours(locale) if root is None else _load(locale, root)


@cache
def _ours(locale: str) -> RecordWords:
    """Load our own words once."""
    return _load(locale, files("prompts"))


def _load(locale: str, root: Traversable) -> RecordWords:
    """Read and check the file, and add the lists that the record shares with the check."""
    found = check_record(root, locale)
    if found.source.problems:
        raise BankError("\n".join(found.source.problems))
    bank = load_bank(locale, None if root == files("prompts") else root)
    lists = {**found.options, **_from_bank(bank)}
    return RecordWords(MappingProxyType(found.parts), MappingProxyType(lists), MappingProxyType(found.items))


def _from_bank(bank: Bank) -> dict[str, tuple[Option, ...]]:
    """Give the bank's lists by their name, and the answers of its ratings by the id of their question."""
    lists: dict[str, tuple[Option, ...]] = {name: tuple(getattr(bank, name).values()) for name in ids.RECORD_LISTS}
    return lists | {name: bank.questions[name].options for name in ids.RATED}
