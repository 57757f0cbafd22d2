"""A decision counts when it says what it must: why, and for a go with conditions who looks after them until when."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.decision import Decision, Outcome, missing
from workflows.rules.tables import HOLD_MOST

TODAY = date(2026, 11, 23)
MOST = timedelta(days=90)
GO = Decision(Outcome.GO, "The trial showed no harm")
CONDITIONS = Decision(
    Outcome.CONDITIONS,
    "The trial showed no harm in the pilot region",
    conditions="Only in the pilot region\nTwo people read every refusal",
    condition_type="MIT-HUMANREVIEW",
    keeper="U0DIEGO",
    check_on=date(2027, 2, 1),
)
HOLD = Decision(Outcome.HOLD, "We ask the union first", hold_until=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (GO, ()),
        (replace(GO, reason=" "), ("reason_missing",)),
        (replace(GO, conditions="Only in Berlin"), ()),
        (CONDITIONS, ()),
        (replace(CONDITIONS, conditions=" \n "), ("conditions_missing",)),
        (replace(CONDITIONS, condition_type=""), ("condition_type_missing",)),
        (replace(CONDITIONS, condition_type="MIT-DENY"), ("condition_denies",)),
        (replace(CONDITIONS, keeper=None), ("keeper_missing",)),
        (replace(CONDITIONS, check_on=None), ("check_on_missing",)),
        (replace(CONDITIONS, check_on=TODAY), ("check_on_missing",)),
        (replace(CONDITIONS, check_on=TODAY + timedelta(days=1)), ()),
        (replace(CONDITIONS, check_on=TODAY + MOST), ()),
        (replace(CONDITIONS, check_on=TODAY + MOST + timedelta(days=1)), ("check_on_missing",)),
        (
            Decision(Outcome.CONDITIONS, ""),
            ("reason_missing", "conditions_missing", "condition_type_missing", "keeper_missing", "check_on_missing"),
        ),
        (HOLD, ()),
        (replace(HOLD, hold_until=None), ("hold_date_missing",)),
        (replace(HOLD, hold_until=TODAY), ("hold_date_missing",)),
        (replace(HOLD, hold_until=TODAY + HOLD_MOST), ()),
        (replace(HOLD, reason="", hold_until=TODAY + timedelta(days=200)), ("reason_missing", "hold_date_missing")),
        (Decision(Outcome.STOP, "It cannot be made safe"), ()),
        (Decision(Outcome.EXIT, ""), ("reason_missing",)),
    ],
)
def test_s7_a_decision_learns_everything_that_is_missing_in_the_order_of_the_form(
    decision: Decision, expected: tuple[str, ...]
) -> None:
    assert missing(decision, TODAY, MOST) == expected


def test_s5_benefit_revenue_deadline_and_legality_are_no_inputs_of_a_decision() -> None:
    """S5, S22, S36, S41."""
    assert {field.name for field in fields(Decision)} == {
        "outcome",
        "reason",
        "conditions",
        "condition_type",
        "keeper",
        "check_on",
        "hold_until",
    }


def test_conditions_are_read_one_on_each_line_and_only_where_the_outcome_has_some() -> None:
    assert CONDITIONS.each_condition == ("Only in the pilot region", "Two people read every refusal")
    assert replace(CONDITIONS, outcome=Outcome.GO).each_condition == ()


words = st.sampled_from(["", "  ", "words", "some\nwords\n"])
days = st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1))
decisions = st.builds(
    Decision,
    st.sampled_from(Outcome),
    words,
    words,
    st.sampled_from(["", "MIT-TEST", "MIT-DENY"]),
    st.sampled_from([None, "", "U0DIEGO"]),
    days,
    days,
)


@given(decisions, st.sampled_from([30, 90, 180]))
def test_s13_every_condition_that_counts_has_somebody_and_a_day_on_which_it_is_checked(
    decision: Decision, most: int
) -> None:
    """S7, S10, S13, S21."""
    if missing(decision, TODAY, timedelta(days=most)):
        return
    assert decision.reason.strip()
    if decision.outcome is Outcome.CONDITIONS:
        assert decision.each_condition
        assert decision.keeper
        assert decision.condition_type not in ("", "MIT-DENY")
        assert decision.check_on is not None
        assert timedelta(0) < decision.check_on - TODAY <= timedelta(days=most)
    if decision.outcome is Outcome.HOLD:
        assert decision.hold_until is not None
        assert timedelta(0) < decision.hold_until - TODAY <= HOLD_MOST
