"""What belongs together in a writing of a part: evidence with its proof, a reply to each question (2.8-2.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.rules.parts import OUTWARD, Part, lines


def missing(part: Part, fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give what a writing of a part lacks: pairs of field and id of the sentence, in the order of the form.

    Whether ids exist was checked before; this is about what belongs together (S13, S14, S23, S25, S34, S45).
    """
    found = [(each.id, "field_missing") for each in part.fields if each.required and not _given(fields, each.id)]
    check = _TOGETHER.get(part.id)
    return (*found, *(check(fields) if check else ()))


def _given(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    return bool(value.strip() if isinstance(value, str) else value)


def _mitigation(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Evidence that would earn credit says what was measured, and when (2.8)."""
    if fields.get("evidence") not in ("EV3", "EV4"):
        return []
    return [(name, "evidence_unexplained") for name in ("evidence_note", "evidence_on") if not _given(fields, name)]


def _recheck(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who says that it works says what shows it (S13)."""
    claims = fields.get("effect") in ("EFFECTIVE", "PARTLY")
    lacks = [name for name in ("evidence", "shown_by") if claims and not _given(fields, name)]
    return [(name, "evidence_unexplained") for name in lacks]


def _engagement(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was learned and what changed; or why nobody was asked, who stands in, and where that ends (S34, S71)."""
    nobody = fields.get("party") == "NOBODY_YET"
    needed = ("why_not", "stand_in", "limits") if nobody else ("who", "learned", "changed")
    return [(name, "field_missing") for name in needed if not _given(fields, name)]


def _dilemma(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """At least two options, one on each line (S45)."""
    if not _given(fields, "options") or len(lines(fields["options"])) >= 2:
        return []
    return [("options", "two_options")]


def _discussion(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Two people at least: one voice is no discussion (S48)."""
    people = fields.get("people") or ()
    return [("people", "two_people")] if 0 < len(set(people)) < 2 else []


def _communication(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Holding back and going out exclude each other."""
    codes = set(fields.get("codes") or ())
    if "COM-HOLD" in codes and len(codes) > 1:
        return [("codes", "hold_alone")]
    outward = codes & OUTWARD
    return [("pattern", "field_missing")] if outward and not _given(fields, "pattern") else []


def _formal(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A formal report says where (S17)."""
    return [("where", "field_missing")] if fields.get("report") == "YES" and not _given(fields, "where") else []


_TOGETHER = {
    "mitigation": _mitigation,
    "recheck": _recheck,
    "engagement": _engagement,
    "dilemma": _dilemma,
    "discussion": _discussion,
    "communication": _communication,
    "formal": _formal,
}
