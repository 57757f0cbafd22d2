"""Build small checks of JSON values out of smaller ones; every finding names its place.

A check takes a value, the JSON pointer where it stands, and the list that collects findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from bot.playground.limits import LIMITS
from bot.playground.values import Json

Findings = list[tuple[str, str]]
Check = Callable[[object, str, Findings], None]
Rule = Callable[[Json, str, Findings], None]

_URL = re.compile(r"https?://\S+", re.IGNORECASE)


def limit(most: int | str) -> int:
    """Return a number as it is, or look its name up in the table of limits."""
    return LIMITS[most] if isinstance(most, str) else most


def string(most: int | str, least: int = 1) -> Check:
    """Require text of `least` to `most` characters."""
    top = limit(most)

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, str):
            found.append((at, "must be a string"))
        elif len(value) > top:
            found.append((at, f"must be less than {top + 1} characters"))
        elif len(value) < least:
            found.append((at, f"must be more than {least - 1} characters"))

    return check


def matching(pattern: str, what: str) -> Check:
    """Require text of one form, such as a date."""
    form = re.compile(pattern)

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, str) or not form.fullmatch(value):
            found.append((at, f"must be {what}"))

    return check


def url(most: int | str) -> Check:
    """Require a web address of at most `most` characters."""
    length = string(most)

    def check(value: object, at: str, found: Findings) -> None:
        before = len(found)
        length(value, at, found)
        if len(found) == before and not _URL.fullmatch(cast(str, value)):
            found.append((at, "must be a valid URL"))

    return check


def boolean(value: object, at: str, found: Findings) -> None:
    """Require true or false."""
    if not isinstance(value, bool):
        found.append((at, "must be a boolean"))


def anything(value: object, at: str, found: Findings) -> None:
    """Accept every value."""


def integer(low: int, high: int | None = None) -> Check:
    """Require a whole number within bounds."""

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            found.append((at, "must be an integer"))
        elif value < low or (high is not None and value > high):
            found.append((at, f"must be between {low} and {high if high is not None else 'any number'}"))

    return check


def one_of(*allowed: str) -> Check:
    """Require one of a few words."""

    def check(value: object, at: str, found: Findings) -> None:
        if value not in allowed:
            found.append((at, f"must be one of: {', '.join(allowed)}"))

    return check


def items(check_one: Check, most: int | str, least: int = 1) -> Check:
    """Require a list of `least` to `most` values that each pass a check."""
    top = limit(most)

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, list):
            found.append((at, "must be an array"))
            return
        if len(value) > top:
            found.append((at, f"no more than {top} items allowed"))
        elif len(value) < least:
            found.append((at, f"must contain at least {least} items"))
        for index, one in enumerate(value):
            check_one(one, f"{at}/{index}", found)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Rule) -> Check:
    """Require an object with these fields and no others; `rules` run when its fields are sound."""
    known = {**required, **(optional or {})}

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.append((at, "must be an object"))
            return
        before = len(found)
        for name in required:
            if value.get(name) is None:
                found.append((f"{at}/{name}", f"missing required field: {name}"))
        for name, given in value.items():
            inner = known.get(name)
            if inner is None:
                found.append((f"{at}/{name}", f"unknown field: {name}"))
            elif given is not None:
                inner(given, f"{at}/{name}", found)
        if len(found) == before:
            for rule in rules:
                rule(value, at, found)

    return check


def tagged(table: Mapping[str, Check], what: str = "type") -> Check:
    """Require an object whose `type` is one of the table's keys, and apply the check found there."""

    def check(value: object, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.append((at, "must be an object"))
            return
        inner = table.get(cast(Any, value.get("type"))) if isinstance(value.get("type"), str) else None
        if inner is None:
            found.append((f"{at}/type", f"unsupported {what}: {value.get('type')}"))
        else:
            inner(value, at, found)

    return check


def only(table: Mapping[str, Check], names: Iterable[str]) -> Mapping[str, Check]:
    """Cut a table down to some of its keys."""
    return {name: table[name] for name in names}


_PLAIN_EXTRA = {"emoji": boolean}


def plain(most: int | str) -> Check:
    """Require a `plain_text` object; mrkdwn is refused."""
    return shape({"type": one_of("plain_text"), "text": string(most)}, _PLAIN_EXTRA)


def text(most: int | str) -> Check:
    """Require a text object of either kind."""
    marked = shape({"type": anything, "text": string(most)}, {"verbatim": boolean})
    return tagged({"plain_text": plain(most), "mrkdwn": marked}, "text type")
