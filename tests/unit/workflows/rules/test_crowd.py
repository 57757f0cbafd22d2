"""How large the crowd is: what is never shown, and an estimate that never flatters."""

from __future__ import annotations

import math
import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.crowd import LEAST_COUNTED, WINDOW_DAYS, crowd, last_weeks, shown, uses_a_day


@given(st.integers(0, 10_000))
def test_a_count_is_shown_by_fives_and_never_a_small_one(count: int) -> None:
    """T18: cells of statistics."""
    found = shown(count)
    if count < LEAST_COUNTED:
        assert found is None
    else:
        assert found is not None
        assert found % 5 == 0
        assert found >= LEAST_COUNTED
        assert abs(found - count) <= 2


def test_the_last_four_whole_weeks_count_over_the_end_of_a_year_and_with_those_in_which_nobody_came() -> None:
    counted = {"2026-W30": 999, "2026-W52": 20, "2027-W01": 10, "2027-W02": 5}

    assert last_weeks(counted, "2027-W02") == [0, 20, 0, 10], "2026 has 53 weeks"
    assert last_weeks({"2027-W01": 10, "2027-W02": 5}, "2027-W02") == [10], "before that nothing was counted"
    assert last_weeks({"2027-W02": 5}, "2027-W02") == []
    assert last_weeks({}, "2027-W02") == []


def test_uses_a_day_are_those_of_one_person() -> None:
    assert uses_a_day(140, 200) == pytest.approx(0.1)
    assert uses_a_day(0, 200) == uses_a_day(140, 0) == 0


@given(st.integers(1, 5_000), st.floats(0, 3), st.integers(0, 12))
def test_the_estimate_lies_between_one_and_everybody_and_shrinks_with_every_visit(
    staff: int, a_day: float, visits: int
) -> None:
    found = crowd(staff, a_day, visits)
    assert 1 <= found <= staff
    assert crowd(staff, a_day, visits + 1) <= found
    assert crowd(staff + 1, a_day, visits) >= found
    assert crowd(staff, a_day + 0.1, visits) >= found


def test_without_staff_there_is_no_crowd_and_without_visits_it_is_everybody() -> None:
    assert crowd(0, 0.1, 1) == 0
    assert crowd(-3, 0.1, 1) == 0
    assert crowd(200, 0.1, 0) == 200
    assert crowd(200, 0.0, 1) == 1


@pytest.mark.parametrize(("staff", "a_day", "visits"), [(200, 0.1, 1), (200, 0.1, 4), (1000, 0.05, 2), (200, 0.003, 4)])
def test_the_estimate_is_what_counting_gives(staff: int, a_day: float, visits: int) -> None:
    """People are drawn who use the bot at random; those who did in each of the windows are counted."""
    chance, draw = 1 - math.exp(-a_day * WINDOW_DAYS), random.Random(18)
    sizes = [1 + sum(all(draw.random() < chance for _ in range(visits)) for _ in range(staff - 1)) for _ in range(60)]
    assert median(sizes) == pytest.approx(crowd(staff, a_day, visits), rel=0.15, abs=2)
