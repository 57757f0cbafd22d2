"""Assess checks from a file: the same rule as the modal, for a CI gate (`hrdd assess`, architecture: contracts)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from prompts import Bank, problem
from workflows import answers as answer_reader
from workflows.errors import BadAnswer, BadCheckFile
from workflows.findings import as_data
from workflows.rules.severity import assess
from workflows.rules.tables import BANK
from workflows.rules.values import Finding, Level, Signal

TEXT_MAX = {"product": 150, "launch": 150, "benefit": 3000, "note": 3000}
KNOWN = frozenset({"bank", "answers", "signals", *TEXT_MAX})


def read_document(text: str) -> Any:
    """Read YAML or JSON. Raises BadCheckFile in one line when it is neither."""
    try:
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else yaml.safe_load(text)
    except (json.JSONDecodeError, RecursionError):
        pass
    except (yaml.YAMLError, ValueError) as error:
        raise BadCheckFile(_not_readable(error)) from None
    try:
        # YAML written in braces is no JSON, but it is a document all the same.
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # ValueError: a date that no calendar has, a number of thousands of digits.
        raise BadCheckFile(_not_readable(error)) from None


def assess_document(document: Any, bank: Bank) -> list[Finding]:
    """Assess one check or a list of them.

    Raises:
        BadCheckFile: one line that names the field (`checks[2].answers.M3: ...`).
    """
    if not isinstance(document, list):
        return [_assess_one(document, bank, "")]
    if not document:
        raise BadCheckFile("checks: the list is empty; there is nothing to assess.")
    return [_assess_one(each, bank, f"checks[{index}].") for index, each in enumerate(document)]


def report(document: Any, findings: list[Finding]) -> Any:
    """Give what `--json` prints: an object for one check, a list for a list."""
    printed = [as_data(finding) for finding in findings]
    return printed if isinstance(document, list) else printed[0]


def must_wait(findings: list[Finding]) -> bool:
    """Whether any of these launches must wait for somebody's decision (L2, L3)."""
    return any(finding.level >= Level.L2 for finding in findings)


def _assess_one(raw: Any, bank: Bank, place: str) -> Finding:
    if not isinstance(raw, Mapping):
        raise BadCheckFile(
            f"{place or 'the file'}: a check is a set of named fields, such as `answers:`.".replace(".:", ":")
        )
    for name in raw:
        if name not in KNOWN:
            raise BadCheckFile(
                f"{place}{str(name)[:40]}: is not a field of a check; known are {', '.join(sorted(KNOWN))}."
            )
    if raw.get("bank") not in (None, BANK):
        raise BadCheckFile(f"{place}bank: only {BANK} can be assessed here.")
    _check_texts(raw, place)
    if not isinstance(raw.get("answers"), Mapping):
        raise BadCheckFile(f"{place}answers: is missing, or is not a set of named answers.")
    try:
        answers = answer_reader.read(raw["answers"], bank)
        signals = _signals(raw.get("signals"), bank, place)
        if not (signals and answers.changes == {"CHG-UI"}):
            answer_reader.require_complete(answers)
    except BadAnswer as error:
        raise BadCheckFile(f"{place}answers.{error.field}: {problem(error.problem, **error.values)}") from None
    return assess(answers, signals)


def _check_texts(raw: Mapping[str, Any], place: str) -> None:
    """Benefit and note are recorded elsewhere and never weighed; here they only have to be text."""
    for name, limit in TEXT_MAX.items():
        value = raw.get(name)
        if value is not None and not isinstance(value, str):
            raise BadCheckFile(f"{place}{name}: must be text.")
        if value is not None and len(value) > limit:
            raise BadCheckFile(f"{place}{name}: is longer than {limit} characters.")


def _signals(raw: Any, bank: Bank, place: str) -> tuple[Signal, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        raise BadCheckFile(f"{place}signals: must be a list.")
    return tuple(_signal(each, bank, f"{place}signals[{index}]") for index, each in enumerate(raw))


def _signal(raw: Any, bank: Bank, place: str) -> Signal:
    if not isinstance(raw, Mapping) or not set(raw) <= {"id", "date", "defeats"}:
        raise BadCheckFile(f"{place}: a signal has an id, a date and what it defeats.")
    if not _is_known(raw.get("id"), bank.signals):
        raise BadCheckFile(f"{place}.id: {str(raw.get('id'))[:40]} is not a known signal.")
    defeats = raw.get("defeats") or []
    if not isinstance(defeats, list) or not all(_is_known(each, bank.mitigations) for each in defeats):
        raise BadCheckFile(f"{place}.defeats: must be a list of known mitigations.")
    _check_date(raw.get("date"), place)
    return Signal(raw["id"], frozenset(defeats))


def _is_known(value: Any, known: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and value in known


def _check_date(value: Any, place: str) -> None:
    if value is None or isinstance(value, date):
        return
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        raise BadCheckFile(f"{place}.date: must be a date such as 2026-11-30.") from None


def _not_readable(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f" (line {mark.line + 1})" if mark is not None else ""
    return f"the file: is neither YAML nor JSON{line}."
