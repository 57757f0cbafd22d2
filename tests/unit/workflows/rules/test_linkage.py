"""The linkage game (T5): who holds our tables and a log of who used the bot when does not find who wrote a report."""

from __future__ import annotations

import sys

import pytest

from tests.linkage import (
    DAILY,
    DAY,
    ONE_MONDAY,
    OURS,
    SLOT,
    UNPROTECTED,
    WATCHED,
    Game,
    Result,
    play,
    slot_after,
    stolen,
)
from workflows.rules.crowd import DAILY_DAYS, crowd
from workflows.rules.holds import is_weekly

T5 = Game(people=200, a_day=0.1, visits=4, rounds=500)
LOGS = {"every moment": False, "one bit a day": True}


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]):
    def shows(results: list[Result], title: str) -> None:
        with capsys.disabled():
            sys.stdout.write("\n" + "\n".join([f"  {title}", *(f"    {each}" for each in results)]) + "\n")

    return shows


@pytest.mark.parametrize("log", LOGS)
def test_among_two_hundred_people_a_reporter_who_came_four_times_is_not_found(log: str, tell) -> None:
    """Also by somebody who reads the tables every day, as a reader does, and so sees the day of each release."""
    game = Game(T5.people, T5.a_day, T5.visits, T5.rounds, by_day=LOGS[log])
    ours = [play(scheme, game) for scheme in (OURS, WATCHED, stolen(game.visits))]
    tell(ours, f"200 people, 0.1 uses a day, 4 visits, {game.rounds} reports, a log of {log}")
    for result in ours:
        assert result.picked <= 0.05
        assert result.fifth >= 10
    # Who weighs how much each person uses the bot does better: a reporter uses it more. `hrdd privacy meter` says so.
    assert [result.weighed <= most for result, most in zip(ours, (0.22, 0.30, 0.12), strict=True)] == [True] * 3


def test_without_the_hold_and_the_week_the_same_attacker_finds_nearly_everybody(tell) -> None:
    game = Game(T5.people, T5.a_day, T5.visits, 100)
    bare = [play(scheme, game) for scheme in (*UNPROTECTED, DAILY, ONE_MONDAY)]
    tell(bare, "the same without what protects; the last one is what two Mondays rather than one are for")
    assert all(result.picked > 0.95 and result.weighed > 0.95 for result in bare[:3])
    assert bare[3].picked > 0.4
    assert bare[4].picked > 0.05


def test_a_bot_that_is_used_for_reports_only_protects_nobody(tell) -> None:
    alone = play(OURS, Game(T5.people, 0.003, T5.visits, 100))
    tell([alone], "0.003 uses a day")
    assert alone.fifth == 1


def test_where_daily_slots_would_leave_too_few_what_is_added_waits_for_mondays() -> None:
    """The bound of `is_weekly` is met by what the game finds for daily slots, and errs to the careful side."""
    for people, a_day in ((200, 0.1), (400, 0.2), (1000, 0.1), (1000, 0.3)):
        estimate = crowd(people, a_day, T5.visits, DAILY_DAYS)
        found = play(DAILY, Game(people, a_day, T5.visits, 20))
        assert estimate <= 1.6 * found.median + 1
        if not is_weekly(people, estimate):
            assert found.median >= 12


def test_the_daily_slot_after_a_moment_is_the_next_nine_o_clock() -> None:
    assert slot_after(0) == SLOT
    assert slot_after(SLOT - 0.1) == SLOT
    assert slot_after(SLOT) == SLOT + DAY
    assert slot_after(3 * DAY + SLOT + 5) == 4 * DAY + SLOT
