"""How far the note is kept: each item with its state, where it is kept and the tests that show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prompts.trace import Trace, TraceItem


class State(StrEnum):
    """How far an item is kept. It is read off the entry, so that no state can contradict what is written."""

    BUILT = "built"
    PARTLY = "partly"
    NOT_BUILT = "not built yet"


@dataclass(frozen=True, slots=True)
class Line:
    """One item as it is shown. `tests` are ids as pytest takes them."""

    item: TraceItem
    state: State
    tests: tuple[str, ...]


def lines(trace: Trace) -> tuple[Line, ...]:
    """Give every item in the note's order."""
    return tuple(Line(item, state_of(item), trace.tests.get(item.id, ())) for item in trace.items)


def state_of(item: TraceItem) -> State:
    """Nothing keeps it: not built yet. Something keeps it and a note says what is missing: partly. Else built."""
    if not item.where:
        return State.NOT_BUILT
    return State.PARTLY if item.note else State.BUILT


def report(trace: Trace) -> list[dict[str, Any]]:
    """Give the trace as data for JSON: id, says, state, where and tests of each item."""
    return [
        {
            "id": line.item.id,
            "says": line.item.says,
            "state": str(line.state),
            "where": list(line.item.where),
            "tests": list(line.tests),
        }
        for line in lines(trace)
    ]


def table(trace: Trace) -> list[str]:
    """Give the trace as lines of text: what is kept first, then what is not built yet, then the counts."""
    shown = lines(trace)
    kept = [line for line in shown if line.state is not State.NOT_BUILT]
    left = [line for line in shown if line.state is State.NOT_BUILT]
    width = max((len(_first(line.item.where)) for line in kept), default=0)
    text = [row for line in kept for row in _rows(line, width, trace)]
    if left:
        text += ["", trace.words["left"], *(f"{line.item.id:<4} {line.item.says}" for line in left)]
    counts = Counter(line.state for line in shown)
    totals = trace.words["totals"].format(
        built=counts[State.BUILT], partly=counts[State.PARTLY], left=counts[State.NOT_BUILT], all=len(shown)
    )
    return [*text, "", totals]


def _rows(line: Line, width: int, trace: Trace) -> list[str]:
    item = line.item
    rows = [f"{item.id:<4} {line.state:<7} {_first(item.where):<{width}}  {_first(line.tests)}".rstrip()]
    rows.append(f"     {item.says}")
    if item.note:
        rows.append("     " + trace.words["missing"].format(note=item.note))
    return rows


def _first(names: tuple[str, ...]) -> str:
    """Name the first and count the others."""
    if not names:
        return ""
    return names[0] + (f" (+{len(names) - 1})" if len(names) > 1 else "")
