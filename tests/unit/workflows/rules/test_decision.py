"""A decision counts when it says what it must: why, what stands against the harm, and when somebody looks again."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.decision import GAPS, Decision, Outcome, missing

TODAY = date(2026, 11, 23)
GO = Decision(
    Outcome.GO,
    "The trial showed no harm",
    mitigation="Faces are blurred before storage",
    mitigation_owner="U0DIEGO",
    look_again=date(2027, 2, 1),
)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (GO, ()),
        (replace(GO, reason=" "), ("reason_missing",)),
        (replace(GO, mitigation=""), ("mitigation_missing",)),
        (replace(GO, mitigation="", mitigation_owner=None), ("mitigation_missing",)),
        (replace(GO, mitigation_owner=None), ("mitigation_owner_missing",)),
        (replace(GO, mitigation="", mitigation_owner=None, gap="CANNOT"), ()),
        (replace(GO, mitigation="", mitigation_owner=None, gap="NOT_YET"), ()),
        (replace(GO, mitigation="", mitigation_owner=None, gap="DK"), ("mitigation_missing",)),
        (replace(GO, look_again=None), ("look_again_missing",)),
        (replace(GO, look_again=TODAY), ("look_again_missing",)),
        (replace(GO, look_again=TODAY + timedelta(days=1)), ()),
        (replace(GO, look_again=TODAY + timedelta(days=180)), ()),
        (replace(GO, look_again=TODAY + timedelta(days=181)), ("look_again_missing",)),
        (replace(GO, outcome=Outcome.CONDITIONS), ("conditions_missing",)),
        (replace(GO, outcome=Outcome.CONDITIONS, conditions="Berlin only"), ()),
        (
            Decision(Outcome.CONDITIONS, ""),
            ("reason_missing", "conditions_missing", "mitigation_missing", "look_again_missing"),
        ),
        (Decision(Outcome.HOLD, "We ask the union first"), ("hold_date_missing",)),
        (Decision(Outcome.HOLD, "We ask the union first", look_again=date(2026, 12, 1)), ()),
        (Decision(Outcome.HOLD, "", look_again=TODAY + timedelta(days=200)), ("reason_missing", "hold_date_missing")),
        (Decision(Outcome.STOP, "It cannot be made safe"), ()),
        (Decision(Outcome.EXIT, ""), ("reason_missing",)),
    ],
)
def test_a_decision_learns_everything_that_is_missing_in_the_order_of_the_form(
    decision: Decision, expected: tuple[str, ...]
) -> None:
    """S7."""
    assert missing(decision, TODAY) == expected


def test_benefit_is_no_input() -> None:
    """S5."""
    assert {field.name for field in fields(Decision)} == {
        "outcome",
        "reason",
        "conditions",
        "mitigation",
        "mitigation_owner",
        "gap",
        "look_again",
    }


words = st.sampled_from(["", "  ", "words"])
decisions = st.builds(
    Decision,
    st.sampled_from(Outcome),
    words,
    words,
    words,
    st.sampled_from([None, "", "U0DIEGO"]),
    st.sampled_from([None, "NOT_YET", "CANNOT", "DK"]),
    st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)


@given(decisions)
def test_no_launch_is_approved_without_a_mitigation_or_an_open_gap_and_a_day_to_look_again(decision: Decision) -> None:
    """S8, S10, S12."""
    if missing(decision, TODAY):
        return
    assert decision.reason.strip()
    if decision.outcome in (Outcome.GO, Outcome.CONDITIONS):
        assert (decision.mitigation.strip() and decision.mitigation_owner) or decision.gap in GAPS
        assert decision.look_again is not None
        assert timedelta(0) < decision.look_again - TODAY <= timedelta(days=180)
