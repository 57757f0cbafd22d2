"""One measured figure, its limit, and how a list of them is printed and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A name, a value with its unit, and the limit it must keep: `<= 50` or `>= 0.7`; None where it only informs."""

    name: str
    value: float
    unit: str
    limit: str | None
    ok: bool | None


def figure(name: str, value: float, unit: str, limit: str | None = None) -> Figure:
    """Judge a value by its limit."""
    ok = None
    if limit is not None:
        sign, _, bound = limit.partition(" ")
        ok = value <= float(bound) if sign == "<=" else value >= float(bound)
    return Figure(name, round(value, 4), unit, limit, ok)


def table(figures: Iterable[Figure]) -> str:
    """Set figures as a table for a terminal."""
    rows = [("what", "value", "unit", "limit", ""), *(cells(each) for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(_line(row, widths) for row in rows)


def missed(figures: Iterable[Figure]) -> list[str]:
    """Name the figures that do not keep their limit."""
    return [each.name for each in figures if each.ok is False]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    what, value, *rest = (
        cell.rjust(width) if place == 1 else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([what, value, *rest]).rstrip()


def cells(each: Figure) -> tuple[str, str, str, str, str]:
    """Give the cells of a row."""
    verdict = "" if each.ok is None else "ok" if each.ok else "MISSED"
    return each.name, shown(each.value), each.unit, each.limit or "", verdict


def shown(value: float) -> str:
    """Write a number with as many digits as it deserves."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Write them as JSON: a list of {name, value, unit, limit, ok}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n", encoding="utf-8")
