"""Load the question bank, or say in plain sentences why it cannot be loaded."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from prompts.lint import check, check_record
from prompts.models import (
    Bank,
    BankError,
    Group,
    Item,
    Level,
    MitigationType,
    Option,
    Question,
    Right,
    Signal,
)
from prompts.render import plain_text
from prompts.source import assemble

__all__ = [
    "Bank",
    "BankError",
    "Group",
    "Item",
    "Level",
    "MitigationType",
    "Option",
    "Question",
    "Right",
    "Signal",
    "lint",
    "load_bank",
    "missing",
    "problem",
]


def load_bank(locale: str = "en", root: Traversable | None = None) -> Bank:
    """Load the bank of a locale: ours once per process, or afresh from another `root` folder.

    Raises BankError naming the file and the place of every problem, one line each.
    """
    return _ours(locale) if root is None else _load(locale, root)


def lint(locale: str = "en", root: Traversable | None = None) -> list[str]:
    """List every problem of a locale's words, one sentence each; an empty list means that all is well."""
    folder = root or files("prompts")
    return [*check(folder, locale).problems, *check_record(folder, locale).source.problems]


def problem(name: str, /, **values: object) -> str:
    """Say what went wrong as one plain sentence; escape it with `escape` before it enters mrkdwn.

    Raises BankError for an unknown name.
    """
    sentence = load_bank().problems.get(name)
    if sentence is None:
        raise BankError(f"en/problems.yaml, problems: there is no sentence {name!r}")
    return plain_text(sentence, **values)


def missing(name: str, /, **values: object) -> str:
    """Say what is still missing in a record (`ids.MISSING`) as one plain sentence; escape it as `problem`.

    Raises BankError for an unknown name.
    """
    sentence = load_bank().missing.get(name)
    if sentence is None:
        raise BankError(f"en/missing.yaml, missing: there is no sentence {name!r}")
    return plain_text(sentence, **values)


@cache
def _ours(locale: str) -> Bank:
    """Load our own words once."""
    return _load(locale, files("prompts"))


def _load(locale: str, root: Traversable) -> Bank:
    """Read, check and assemble."""
    source = check(root, locale)
    if source.problems:
        raise BankError("\n".join(source.problems))
    return assemble(source)
