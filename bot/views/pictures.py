"""Two pictures drawn with signs of one width: risks by severity and likelihood, and mitigations over the months.

A picture is text within a window, so that who may see it is decided as for every other word (docs/decisions/0021).
Each picture comes with the same in words, for those who hear a window read to them and for those who see no colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from prompts import Mrkdwn, load_bank, render
from workflows.record_values import RiskLine
from workflows.rules.tables import LEVELS
from workflows.rules.timeline import Cell, Lifeline
from workflows.rules.values import Level, Likelihood, Severity

WIDTH = 34
"""How many columns a phone shows without breaking a line; a square takes two."""
RISKS_SHOWN = 12
LINES_SHOWN = 8
STRETCHES_SHOWN = 5
"""How many changes of one mitigation are said in words, the last ones; a section holds 3,000 characters."""

COLOURS: Mapping[Level, str] = {Level.L0: "⬜", Level.L1: "🟨", Level.L2: "🟧", Level.L3: "🟥"}
SEVERAL = "#️⃣"
"""Marks a field in which several risks stand, or one whose number is too long for a sign; words beneath name them."""
SIGNS: Mapping[Cell, str] = {
    Cell.ABSENT: "▫️",
    Cell.AHEAD: "▫️",
    Cell.PROVEN: "🟩",
    Cell.UNPROVEN: "⬜",
    Cell.DOUBT: "🔶",
    Cell.FAILED: "❌",
    Cell.CHECK: "📅",
}


def heat_map(risks: Sequence[RiskLine]) -> str:
    """Draw where each risk stands, what is proven counted already: severity downwards, likelihood to the right."""
    rows = [
        "".join(_field(risks, severity, likelihood) for likelihood in Likelihood) + f"  {severity.name}"
        for severity in sorted(Severity, reverse=True)
    ]
    return render(
        "picture_heat",
        rows=Mrkdwn("\n".join(rows)),
        colours=[f"{sign} {level.name}" for level, sign in COLOURS.items()],
        risks=risks[:RISKS_SHOWN],
        more=max(len(risks) - RISKS_SHOWN, 0),
    )


def mitigation_lines(lines: Sequence[Lifeline], months: Sequence[datetime], now: datetime) -> str:
    """Draw how each mitigation stood month by month, the present one marked, and when it is looked at next.

    `months` are the first moments of the months (`timeline.months`, with the one behind the last).
    """
    shown = lines[:LINES_SHOWN]
    names = {each.id: each.label for each in load_bank().mitigations.values()}
    return render(
        "picture_time",
        rows=[(f"M{each.number}", Mrkdwn("".join(SIGNS[cell] for cell in each.cells))) for each in shown],
        words=[(f"M{each.number}", names.get(each.type, each.type), _in_words(each, months, now)) for each in shown],
        signs={str(cell): sign for cell, sign in SIGNS.items()},
        first=_name(months[0]),
        last=_name(months[-2]),
        present=_name(now),
        place=sum(each <= now for each in months),
        more=max(len(lines) - LINES_SHOWN, 0),
    )


def _field(risks: Sequence[RiskLine], severity: Severity, likelihood: Likelihood) -> str:
    here = [each.number for each in risks if (each.severity, each.likelihood) == (severity, likelihood)]
    if not here:
        return COLOURS[LEVELS[severity][likelihood]]
    return f"{here[0]}\ufe0f\u20e3" if len(here) == 1 and here[0] <= 9 else SEVERAL


def _in_words(line: Lifeline, months: Sequence[datetime], now: datetime) -> list[tuple[str, str]]:
    """Say the same in words: each stretch with the month in which it began, and when somebody looks next."""
    stretches: list[tuple[str, str]] = [(str(Cell.ABSENT), "")]
    for cell, begin in zip(line.cells, months, strict=False):
        if cell not in (Cell.AHEAD, Cell.CHECK) and stretches[-1][0] != str(cell):
            stretches.append((str(cell), _name(begin)))
    if line.check_at is not None and line.check_at > now:
        stretches.append((str(Cell.CHECK), _name(line.check_at)))
    return stretches[1:][-STRETCHES_SHOWN:]


def _name(at: datetime) -> str:
    return f"{at:%b %Y}"
