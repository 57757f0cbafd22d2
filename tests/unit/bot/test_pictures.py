"""The two pictures say in signs what the words beside them say, and fit a phone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from bot.views.pictures import COLOURS, SIGNS, WIDTH, heat_map, mitigation_lines
from workflows.record_values import RiskLine
from workflows.rules.tables import LEVELS
from workflows.rules.timeline import Cell, Lifeline, months
from workflows.rules.values import Level, Likelihood, Severity

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = months(NOW - timedelta(days=100), NOW)


def risk(number: int, severity: int, likelihood: int) -> RiskLine:
    worst, how = Severity(severity), Likelihood(likelihood)
    return RiskLine(number, "", worst, how, LEVELS[worst][how], (), ())


def grid(text: str) -> list[str]:
    """Give the rows of a picture: the lines that begin with a sign."""
    begins = (*COLOURS.values(), *SIGNS.values(), "#")
    return [line for line in text.splitlines() if line.startswith(begins) or "\u20e3" in line[:3]]


def width(line: str) -> int:
    """Count columns as a phone shows them: a picture sign takes two, marks that shape one take none."""
    wide = [2 if unicodedata.east_asian_width(each) in "WF" or ord(each) > 0x2190 else 1 for each in line]
    return sum(size for size, each in zip(wide, line, strict=True) if each not in "\ufe0f\u20e3")


def test_each_field_has_the_colour_of_the_level_that_the_rule_gives_it():
    rows = grid(heat_map([]))[:4]

    for severity, row in zip(sorted(Severity, reverse=True), rows, strict=True):
        expected = "".join(COLOURS[LEVELS[severity][likelihood]] for likelihood in Likelihood)
        assert row == f"{expected}  {severity.name}"


def test_a_risk_stands_in_its_field_and_is_named_in_words():
    drawn = heat_map([risk(1, 3, 3), risk(2, 4, 1), risk(3, 2, 2), risk(4, 2, 2), risk(12, 1, 4)])

    top, third, second, first = grid(drawn)[:4]
    assert top.startswith("2\ufe0f\u20e3")
    assert third[2:].startswith("1\ufe0f\u20e3")
    assert "#️⃣" in second
    assert "#️⃣" in first
    assert "R1: SEV3, likely, so L2" in drawn
    assert "R12: SEV1, it has happened, so L0" in drawn
    assert "R3: SEV2, possible, so L1" in drawn
    assert "R4: SEV2, possible, so L1" in drawn


def test_more_risks_than_fit_are_counted():
    assert "3 more are not in these lines." in heat_map([risk(number, 2, 2) for number in range(1, 16)])


def test_s20_a_mitigation_is_drawn_month_by_month_and_said_in_words():
    cells = (Cell.PROVEN, Cell.PROVEN, Cell.DOUBT, Cell.FAILED, Cell.AHEAD, Cell.CHECK, *(Cell.AHEAD,) * 6)
    drawn = mitigation_lines([Lifeline(1, "MIT-DESIGN", cells, NOW + timedelta(days=40))], START, NOW)

    assert f"{SIGNS[Cell.PROVEN] * 2}{SIGNS[Cell.DOUBT]}{SIGNS[Cell.FAILED]}" in grid(drawn)[0]
    assert (
        "M1, Safer by design: shown to work from Nov 2025, in doubt from Jan 2026, does not hold from Feb 2026, "
        "looked at again in Apr 2026" in drawn
    )
    assert "Nov 2025 to Oct 2026, one sign a month; Mar 2026 is the 5th." in drawn


def test_every_sign_of_a_picture_is_told_apart_without_colours():
    assert len({SIGNS[cell] for cell in Cell}) == len(Cell) - 1, "what is not there and what is to come look alike"
    told = mitigation_lines([Lifeline(1, "MIT-DESIGN", (*Cell, *(Cell.AHEAD,) * 5), NOW)], START, NOW)
    for cell in Cell:
        assert told.count(SIGNS[cell]) >= 2, cell
    assert all(f"{sign} {level.name}" in heat_map([]) for level, sign in COLOURS.items())
    assert set(COLOURS) == set(Level)


def test_without_a_mitigation_it_says_so():
    assert mitigation_lines([], START, NOW).endswith("Nothing is written yet.")


risks = some.lists(some.builds(risk, some.integers(1, 10**4), some.integers(1, 4), some.integers(1, 4)), max_size=15)
cells = some.lists(some.sampled_from(Cell), min_size=12, max_size=12).map(tuple)
lines = some.lists(
    some.builds(Lifeline, some.integers(1, 999), some.sampled_from(["MIT-DESIGN", "MIT-LATER"]), cells, some.none()),
    max_size=10,
)


@settings(max_examples=30, deadline=None)
@given(risks, lines)
def test_pictures_fit_a_phone_and_a_section_whatever_they_show(found: list[RiskLine], drawn: list[Lifeline]):
    for text in (heat_map(found), mitigation_lines(drawn, START, NOW)):
        assert len(text) <= 3000
        assert all(width(row) <= WIDTH for row in grid(text) if not re.search(r"[a-z]{4}", row))
        assert "`" not in text
