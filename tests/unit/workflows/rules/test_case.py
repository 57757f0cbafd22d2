"""What may happen to a case: one table, and nobody below the floor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.case import ALLOWED, Act, Standing, State, refusal, snooze_limit
from workflows.rules.deadlines import WorkCalendar
from workflows.rules.queue import queue_order
from workflows.rules.values import Level

HELD = Standing(State.WAITING, Level.L2, Level.L1, holds=True, is_lead=True)


def test_only_the_owner_or_backup_acts() -> None:
    """S7, S57."""
    assert refusal(Act.ACKNOWLEDGE, HELD) is None
    assert refusal(Act.ACKNOWLEDGE, replace(HELD, holds=False)) == "not_yours"


def test_a_case_is_acknowledged_once() -> None:
    assert refusal(Act.ACKNOWLEDGE, replace(HELD, state=State.ACKNOWLEDGED)) == "already_acknowledged"


def test_handing_up_needs_no_reason_and_ends_at_the_top() -> None:
    assert refusal(Act.HAND_UP, HELD) is None
    assert refusal(Act.HAND_UP, replace(HELD, state=State.ACKNOWLEDGED)) is None
    assert refusal(Act.HAND_UP, replace(HELD, level=Level.L3)) == "at_top"


def test_handing_back_needs_a_reason() -> None:
    """S57."""
    assert refusal(Act.HAND_BACK, HELD, " ") == "reason_missing"
    assert refusal(Act.HAND_BACK, HELD, "The trial is over") is None


def test_nobody_goes_below_the_floor_or_below_the_product_lead() -> None:
    """S57."""
    assert refusal(Act.HAND_BACK, replace(HELD, floor_level=Level.L2), "r") == "below_floor"
    assert refusal(Act.HAND_BACK, replace(HELD, level=Level.L1, floor_level=Level.L0), "r") == "below_floor"


@pytest.mark.parametrize("level", [Level.L2, Level.L3])
def test_only_a_human_rights_lead_hands_back_whatever_took_the_case_up(level: Level) -> None:
    """S59, T8: no lowering by those who hold it, also where silence or a person took it up."""
    held = replace(HELD, level=level, is_lead=False)

    assert refusal(Act.HAND_BACK, held, "r") == "needs_lead"
    assert refusal(Act.HAND_BACK, replace(held, is_lead=True, holds=False), "r") is None


@pytest.mark.parametrize("act", list(Act))
def test_a_closed_case_takes_no_act(act: Act) -> None:
    assert not ALLOWED[State.CLOSED]
    closed = replace(HELD, state=State.CLOSED, contain_open=True)
    assert refusal(act, closed, "r") == "already_closed"
    assert refusal(act, replace(closed, holds=False, is_lead=False), "r") == "already_closed"


KEPT = replace(HELD, state=State.ACKNOWLEDGED, contain_open=True)
STRANGER = replace(KEPT, holds=False, is_lead=False)
LEAD = replace(KEPT, holds=False)


@pytest.mark.parametrize("act", [Act.DECIDE, Act.SNOOZE])
def test_who_decides_or_puts_off_says_first_that_they_have_the_case(act: Act) -> None:
    assert refusal(act, replace(KEPT, state=State.WAITING), "r") == "not_acknowledged_yet"
    assert refusal(act, KEPT, "r") is None


@pytest.mark.parametrize("act", list(Act))
def test_a_stranger_does_nothing(act: Act) -> None:
    assert refusal(act, STRANGER, "r") == "not_yours"
    assert refusal(act, replace(STRANGER, state=State.WAITING, may_take=True), "r") == "not_yours", "it has an owner"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (Act.DECIDE, "not_yours"),
        (Act.SNOOZE, "not_yours"),
        (Act.ACKNOWLEDGE, "not_yours"),
        (Act.HAND_UP, None),
        (Act.HAND_BACK, None),
        (Act.REASSIGN, None),
        (Act.CONTAIN, None),
    ],
)
def test_a_lead_moves_the_case_of_another_and_does_not_answer_for_them(act: Act, expected: str | None) -> None:
    assert refusal(act, LEAD, "r") == expected


@pytest.mark.parametrize("act", [Act.REASSIGN, Act.SNOOZE, Act.CONTAIN, Act.HAND_BACK])
def test_what_others_will_ask_about_needs_a_reason(act: Act) -> None:
    assert refusal(act, KEPT, " \n") == "reason_missing"
    assert refusal(act, KEPT, "Noor knows this product") is None


def test_a_decision_is_put_off_once() -> None:
    assert refusal(Act.SNOOZE, replace(KEPT, snoozed=True), "r") == "already_snoozed"
    assert refusal(Act.SNOOZE, replace(KEPT, snoozed=True)) == "already_snoozed", "no reason would help"


def test_only_harm_that_is_happening_can_be_contained() -> None:
    assert refusal(Act.CONTAIN, replace(KEPT, contain_open=False), "r") == "no_harm_to_contain"
    assert refusal(Act.CONTAIN, replace(KEPT, state=State.WAITING), "The feature is off") is None


def test_nobody_decides_alone_about_what_they_raised_themselves() -> None:
    """S2. A product lead may decide about a small risk they raised."""
    assert refusal(Act.DECIDE, replace(KEPT, is_submitter=True)) == "own_check"
    assert refusal(Act.DECIDE, replace(KEPT, is_submitter=True, level=Level.L1)) is None
    assert refusal(Act.HAND_UP, replace(KEPT, is_submitter=True)) is None


def test_whoever_can_answer_takes_a_case_that_nobody_owns() -> None:
    lost = replace(STRANGER, state=State.WAITING, has_owner=False, may_take=True)
    assert refusal(Act.ACKNOWLEDGE, lost) is None
    assert refusal(Act.ACKNOWLEDGE, replace(lost, may_take=False)) == "not_yours"
    assert refusal(Act.ACKNOWLEDGE, replace(lost, is_submitter=True)) == "own_check"
    assert refusal(Act.ACKNOWLEDGE, replace(lost, is_submitter=True, level=Level.L1)) is None
    assert refusal(Act.DECIDE, replace(lost, state=State.ACKNOWLEDGED)) == "not_yours"
    assert refusal(Act.REASSIGN, replace(lost, is_lead=True), "r") is None


def test_a_decision_is_put_off_by_a_week_of_work_and_at_the_top_by_two_days() -> None:
    calendar = WorkCalendar(ZoneInfo("Europe/Berlin"))
    friday = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert snooze_limit(Level.L1, friday, calendar) == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert snooze_limit(Level.L2, friday, calendar) == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert snooze_limit(Level.L3, friday, calendar) == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert snooze_limit(Level.L0, friday, calendar) == friday


standings = st.builds(
    Standing,
    st.sampled_from(State),
    st.sampled_from(list(Level)[1:]),
    st.sampled_from(Level),
    holds=st.booleans(),
    is_lead=st.booleans(),
    is_submitter=st.booleans(),
    snoozed=st.booleans(),
    contain_open=st.booleans(),
    has_owner=st.booleans(),
    may_take=st.booleans(),
)


@given(standings, st.sampled_from(Act), st.text(max_size=3))
def test_what_is_allowed_is_in_the_table_and_done_by_somebody_with_a_part_in_it(
    standing: Standing, act: Act, reason: str
) -> None:
    if refusal(act, standing, reason) is None:
        assert act in ALLOWED[standing.state]
        assert standing.holds or standing.is_lead or (standing.may_take and not standing.has_owner)
        assert act is not Act.DECIDE or not (standing.is_submitter and standing.level >= Level.L2)


@given(standings, st.text(max_size=3))
def test_no_hand_back_that_is_allowed_ever_breaks_the_floor_or_lowers_without_a_lead(
    standing: Standing, reason: str
) -> None:
    if refusal(Act.HAND_BACK, standing, reason) is None:
        assert standing.level - 1 >= max(standing.floor_level, Level.L1)
        assert reason.strip()
        assert standing.is_lead


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
    """S46, T10, UNGP 24: irremediability with delay, then scale, scope, likelihood."""
    names = ("irremediability", "scale", "scope", "likelihood")
    assert queue_order(**dict(zip(names, first, strict=True))) > queue_order(**dict(zip(names, second, strict=True)))
