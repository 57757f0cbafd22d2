"""What may happen to a case: one table, and nobody below the floor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.case import ALLOWED, Act, Standing, State, refusal
from workflows.rules.queue import queue_order
from workflows.rules.values import Level

HELD = Standing(State.WAITING, Level.L2, Level.L2, Level.L1, holds=True, is_lead=True)


def test_only_the_owner_or_backup_acts() -> None:
    assert refusal(Act.ACKNOWLEDGE, HELD) is None
    assert refusal(Act.ACKNOWLEDGE, replace(HELD, holds=False)) == "not_yours"


def test_a_case_is_acknowledged_once() -> None:
    assert refusal(Act.ACKNOWLEDGE, replace(HELD, state=State.ACKNOWLEDGED)) == "already_acknowledged"


def test_handing_up_needs_no_reason_and_ends_at_the_top() -> None:
    assert refusal(Act.HAND_UP, HELD) is None
    assert refusal(Act.HAND_UP, replace(HELD, state=State.ACKNOWLEDGED)) is None
    assert refusal(Act.HAND_UP, replace(HELD, level=Level.L3)) == "at_top"


def test_handing_back_needs_a_reason() -> None:
    assert refusal(Act.HAND_BACK, HELD, " ") == "reason_missing"
    assert refusal(Act.HAND_BACK, HELD, "The trial is over") is None


def test_nobody_goes_below_the_floor_or_below_the_product_lead() -> None:
    assert refusal(Act.HAND_BACK, replace(HELD, floor_level=Level.L2), "r") == "below_floor"
    assert refusal(Act.HAND_BACK, replace(HELD, level=Level.L1, floor_level=Level.L0), "r") == "below_floor"


def test_below_what_the_rule_asked_for_only_a_human_rights_lead_goes() -> None:
    assert refusal(Act.HAND_BACK, replace(HELD, is_lead=False), "r") == "needs_lead"
    handed_up = replace(HELD, level=Level.L3, is_lead=False)
    assert refusal(Act.HAND_BACK, handed_up, "r") is None, "undoing a hand-up lowers nothing"


def test_a_closed_case_takes_no_act() -> None:
    assert not ALLOWED[State.CLOSED]


standings = st.builds(
    Standing,
    st.sampled_from(State),
    st.sampled_from(list(Level)[1:]),
    st.sampled_from(Level),
    st.sampled_from(Level),
    holds=st.booleans(),
    is_lead=st.booleans(),
)


@given(standings, st.text(max_size=3))
def test_no_hand_back_that_is_allowed_ever_breaks_the_floor_or_lowers_without_a_lead(
    standing: Standing, reason: str
) -> None:
    if refusal(Act.HAND_BACK, standing, reason) is None:
        assert standing.level - 1 >= max(standing.floor_level, Level.L1)
        assert reason.strip()
        assert standing.is_lead or standing.level - 1 >= standing.rule_level


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((4, 1, 1, 1), (3, 4, 4, 3)),
        ((3, 1, 1, 4), (3, 4, 4, 3)),
        ((3, 4, 1, 1), (3, 3, 4, 3)),
        ((3, 3, 4, 1), (3, 3, 3, 3)),
        ((3, 3, 3, 3), (3, 3, 3, 2)),
    ],
)
def test_what_gets_worse_by_waiting_comes_first(
    first: tuple[int, int, int, int], second: tuple[int, int, int, int]
) -> None:
    """T10, UNGP 24: irremediability with delay, then scale, scope, likelihood."""
    names = ("irremediability", "scale", "scope", "likelihood")
    assert queue_order(**dict(zip(names, first, strict=True))) > queue_order(**dict(zip(names, second, strict=True)))
