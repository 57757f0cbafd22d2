"""What happened to a case, one plain sentence for each thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.views import parts
from prompts import BankError, label, load_bank, quote, record_words, render
from workflows.rules.decision import GAPS, Outcome
from workflows.rules.parts import PARTS
from workflows.rules.record import PREFIX, SIGNAL
from workflows.values import HistoryLine

PART_MAX = 200
"""How much of each part of a decision the history shows, in characters."""


def line(happened: HistoryLine) -> str:
    """Say one thing that happened, with when and who, as mrkdwn."""
    values = happened.values
    text = render(
        "case_event",
        kind=happened.kind,
        values=values,
        by=parts.person(happened.by, "the bot"),
        owner=parts.person(values.get("owner")),
        gone=parts.person(values.get("gone")),
        told=parts.told(values.get("to")),
        outcome=outcome_name(values.get("outcome")),
        until=parts.calendar_day(values.get("until")),
        parts=_decision(values) if happened.kind == "case.decided" else (),
        written=_written(happened),
        signal=signal_name(values.get("signal")) if happened.kind == SIGNAL else "",
    )
    return f"{parts.moment(happened.at)}  {text}"


def outcome_name(outcome: str | None) -> str:
    """Give the name of an outcome; one of a later version, or none, is just "decided"."""
    known = outcome in {str(each) for each in Outcome}
    return label(f"outcome_{outcome}") if known else label("decided")


def signal_name(signal: str | None) -> str:
    """Give the name of a change of context; one of a later version keeps its id."""
    known = load_bank().signals.get(str(signal))
    return known.label if known else str(signal)


def _written(happened: HistoryLine) -> str:
    """Name what of the record was written, with its number where there are several; nothing for other events."""
    if not happened.kind.startswith(PREFIX):
        return ""
    part = happened.kind.removeprefix(PREFIX)
    try:
        name = record_words().part(part).name
    except BankError:
        return part
    several = part in PARTS and PARTS[part].many
    return f"{name} {happened.values.get('number', 1)}" if several else name


def _decision(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parts of a decision that were filled in, each with its name; those of the first version are kept."""
    gap = values.get("gap")
    keeper = values.get("keeper") or values.get("mitigation_owner")
    found = (
        ("part_conditions", quote(values.get("conditions") or "", PART_MAX)),
        ("part_mitigation", quote(values.get("mitigation") or "", PART_MAX)),
        ("part_keeper", parts.person(keeper) if keeper else ""),
        ("part_gap", load_bank().option("M8.gap", gap).label if gap in GAPS else ""),
        ("part_look_again", parts.calendar_day(values.get("look_again"))),
    )
    return [(label(name), text) for name, text in found if text]
