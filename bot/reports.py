"""Changes of context that machines report, over HTTP or on the command line: read, saved once, answered in one way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.payloads import clean
from prompts import problem
from workflows import context, staff
from workflows.context_values import Change, Preview, Saved
from workflows.desk import Desk
from workflows.errors import BadAnswers, HrddError
from workflows.rules.signals import STAFF

FIELDS = ("key", "signal", "countries", "products", "customers", "defeats", "what", "since", "source")
SOURCE = "feed"


class BadReport(Exception):
    """A report that cannot be used, or not now; one sentence that names the field and repeats nothing of it."""


class KeyTaken(BadReport):
    """A report whose key is known for another one, or for one that was taken back."""


def read(desk: Desk, given: Mapping[str, Any], now: datetime) -> Change:
    """Read a report. `given` holds FIELDS, of which key, signal and what are needed. Raises BadReport."""
    unknown = [name for name in given if name not in FIELDS]
    if unknown:
        raise BadReport(f"Nothing is saved yet, because only these fields are known: {', '.join(FIELDS)}.")
    given = {name: _clean(value) for name, value in given.items()}
    source, key = given.get("source") or SOURCE, given.get("key")
    if not isinstance(source, str) or len(source) > context.SOURCE_MOST:
        raise BadReport(f"source: {problem('text_too_long')}")
    fields = {**given, "where": given.get("countries")}
    try:
        named = context.key_of_machine(key if isinstance(key, str) else "")
        return context.read(desk, fields, now, key=named, source=source)
    except BadAnswers as wrong:
        raise BadReport(_sentence(wrong)) from None


def _clean(value: Any) -> Any:
    """Give a text, or a list of texts, without what no store can keep. Anything else is refused by its field."""
    if isinstance(value, list | tuple):
        return [_clean(each) if isinstance(each, str) else each for each in value]
    return clean(value) if isinstance(value, str) else value


def _sentence(wrong: BadAnswers) -> str:
    field, name = wrong.fields[0]
    return f"{'countries' if field == 'where' else field}: {problem(name)}"


def save(desk: Desk, change: Change, now: datetime) -> Saved:
    """Save a report; one that is known by its key already gets the first answer.

    Raises BadReport, and KeyTaken where its key is known for something else or was taken back.
    """
    try:
        return staff.report(desk, change, now) if change.signal == STAFF else context.save(desk, change, now)
    except BadAnswers as wrong:
        raise BadReport(_sentence(wrong)) from None
    except context.KeyTaken as error:
        raise KeyTaken(problem(error.problem)) from None
    except HrddError as error:
        raise BadReport(problem(error.problem, **error.values)) from None


def answer(saved: Saved) -> dict[str, Any]:
    """Give what a machine is told of what it reported."""
    return {"id": saved.id, "cases": saved.cases, "acts_at": saved.acts_at.isoformat()}


def ahead(found: Preview) -> dict[str, Any]:
    """Give what a report would touch: counts only."""
    return {"cases": found.cases, "mitigations": found.mitigations, "acts_at": found.acts_at.isoformat()}
