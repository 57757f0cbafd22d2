"""Turn what people or files send into answers the rule can read, against the question bank. Nothing is guessed.

The stored and exchanged shape is one mapping: `{"M1": [ids], "M2": [ids], "M3": [ids], "M4": 1-4 or "DK", "M5", "M6",
"M7", "M8": {"mitigations": [{"type", "evidence"}], "gap": null | "NOT_YET" | "CANNOT", "note": text}}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from prompts import Bank
from workflows.errors import BadAnswer
from workflows.rules import form
from workflows.rules.values import Answers, MitigationAnswer, Rating

LISTS = {"M1": "changes", "M2": "groups", "M3": "contexts"}
RATINGS = {"M4": "scale", "M5": "scope", "M6": "irremediability", "M7": "likelihood"}
GAPS = ("NOT_YET", "CANNOT", "DK")
NOTE_MAX = 300

Filled = dict[str, Any]


def read(filled: Mapping[str, Any], bank: Bank) -> Answers:
    """Check the answers given so far, complete or not, and give them as the rule reads them.

    Raises:
        BadAnswer: an unknown question or id, a wrong type, a contradiction, or a note that is too long; `field`
            names the question (`M3`, `M8.evidence`).
    """
    for name in filled:
        if name not in (*LISTS, *RATINGS, "M8"):
            raise BadAnswer("unknown_option", field=str(name)[:40], value=str(name)[:40])
    lists: dict[str, Any] = {
        attribute: _ids(filled.get(question), question, bank) for question, attribute in LISTS.items()
    }
    ratings = {attribute: _rating(filled.get(question), question) for question, attribute in RATINGS.items()}
    if "CTX-NONE" in lists["contexts"] and len(lists["contexts"]) > 1:
        raise BadAnswer("contradiction_none", field="M3")
    mitigations, gap = _mitigations(filled.get("M8"), bank)
    return Answers(**cast(Any, lists | ratings), mitigations=mitigations, gap=gap)


def require_complete(answers: Answers) -> None:
    """Raise BadAnswer for the first question that still needs an answer."""
    missing = form.missing(answers)
    if missing:
        raise BadAnswer("missing_answer", field=missing[0])


def _ids(value: Any, question: str, bank: Bank) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(each, str) for each in value):
        raise BadAnswer("wrong_type", field=question, expected="a list of ids")
    known = {option.id for option in bank.questions[question].options}
    for each in value:
        if each not in known:
            raise BadAnswer("unknown_option", field=question, value=each[:40])
    return frozenset(value)


def _rating(value: Any, question: str) -> Rating:
    if value is None:
        return None
    if isinstance(value, str) and value in ("1", "2", "3", "4"):
        value = int(value)
    if value == "DK" or (type(value) is int and 1 <= value <= 4):
        return cast(Rating, value)
    raise BadAnswer("wrong_rating", field=question, value=str(value)[:40])


def _mitigations(value: Any, bank: Bank) -> tuple[tuple[MitigationAnswer, ...], str | None]:
    if value is None:
        return (), None
    if not isinstance(value, Mapping):
        raise BadAnswer("wrong_type", field="M8", expected="mitigations, gap and note")
    for name in value:
        if name not in ("mitigations", "gap", "note"):
            raise BadAnswer("unknown_option", field="M8", value=str(name)[:40])
    note = value.get("note") or ""
    if not isinstance(note, str):
        raise BadAnswer("wrong_type", field="M8.note", expected="text")
    if len(note) > NOTE_MAX:
        raise BadAnswer("too_long", field="M8.note", limit=NOTE_MAX)
    gap = value.get("gap")
    if gap is not None and not _is_one_of(gap, GAPS):
        raise BadAnswer("unknown_option", field="M8.gap", value=str(gap)[:40])
    listed = value.get("mitigations") or []
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise BadAnswer("wrong_type", field="M8.mitigations", expected="a list of mitigations")
    return tuple(_mitigation(each, bank) for each in listed), gap


def _mitigation(entry: Any, bank: Bank) -> MitigationAnswer:
    if not isinstance(entry, Mapping) or not set(entry) <= {"type", "evidence"}:
        raise BadAnswer("wrong_type", field="M8.mitigations", expected="entries with a type and an evidence grade")
    kind, evidence = entry.get("type"), entry.get("evidence")
    if not _is_one_of(kind, ("DK", *bank.mitigations)):
        raise BadAnswer("unknown_option", field="M8.mitigations", value=str(kind)[:40])
    if evidence is None:
        raise BadAnswer("missing_answer", field="M8.evidence")
    if not _is_one_of(evidence, ("DK", *bank.evidence)):
        raise BadAnswer("unknown_option", field="M8.evidence", value=str(evidence)[:40])
    return MitigationAnswer(str(kind), str(evidence))


def _is_one_of(value: Any, known: Sequence[str]) -> bool:
    """Whether a value is one of these ids; a list or a mapping in its place is not, and is no crash either."""
    return isinstance(value, str) and value in known
