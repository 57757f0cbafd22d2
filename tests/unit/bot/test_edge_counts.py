"""What the edge counts: windows for the limiter, and uses of the bot for the size of the crowd."""

from __future__ import annotations

from typing import Any

from bot.edge import Edge
from bot.limiter import MOST, Limiter
from tests.unit.bot.test_edge import AMINA, chosen, command, window


def test_whoever_comes_to_a_full_bucket_waits_with_the_next_window_and_finishes_this_one() -> None:
    passing = Edge(Limiter(25, 0.0), lambda: 0.0)
    written = window("concern.write", {})

    waited = [passing.takes(command("concern"))["wait"] for _ in range(MOST + 1)]

    assert waited == [False] * MOST + [True]
    assert passing.takes(written)["wait"] is False
    assert passing.take_uses() == MOST + 1
    assert passing.take_uses() == 0


def test_every_form_that_anybody_opens_counts_and_what_leads_look_through_does_not() -> None:
    button = {"type": "block_actions", "user": AMINA, "actions": [{"type": "button", "action_id": "context.open"}]}
    shortcut = {"type": "shortcut", "user": AMINA, "callback_id": "check.start"}
    for one in (command("check Search"), command("context"), button, shortcut):
        passing = Edge(Limiter(25, 0.0), lambda: 0.0)
        for _ in range(MOST):
            passing.takes(one)
        assert passing.takes(command("reply"))["wait"] is True
    passing = Edge(Limiter(25, 0.0), lambda: 0.0)
    for _ in range(100):
        passing.takes(command("case HR-1"))
        passing.takes(window("check.form", {}))
    assert passing.takes(command("reply"))["wait"] is False


def uses_of(*payloads: dict[str, Any]) -> int:
    """Give how many uses of the bot are counted."""
    passing = Edge(Limiter(240, 0.0), lambda: 0.0)
    for each in payloads:
        passing.takes(each)
    return passing.take_uses()


def test_a_whole_check_with_all_its_clicks_is_one_use() -> None:
    clicks = [chosen("answer") for _ in range(9)]

    assert uses_of(command("check Face tagging"), *clicks, window("check.form", {})) == 1
    assert uses_of(chosen("check.start", "home"), *clicks, window("check.form", {})) == 1


def test_a_whole_concern_is_one_use_and_so_is_a_tap_on_the_weekly_question() -> None:
    windows = [window(f"concern.{each}", {}) for each in ("before", "how", "write", "receipt")]

    assert uses_of(command("concern"), *windows) == 1
    assert uses_of(command("reply"), window("reply.code", {}), window("reply.read", {})) == 1
    assert uses_of(chosen("pulse.tap", "")) == 1


def test_what_readers_and_owners_look_through_makes_the_crowd_no_larger() -> None:
    looking = ("inbox.open", "inbox.read", "inbox.act", "case.open", "case.page")
    looked = [chosen(each, "inbox.list") for each in looking]

    assert uses_of(*looked * 20, window("inbox.unlock", {}), command("case HR-1"), command("help"), command("")) == 0


def test_a_tap_on_the_weekly_question_takes_no_room_for_a_window() -> None:
    passing = Edge(Limiter(25, 0.0), lambda: 0.0)
    for _ in range(3 * MOST):
        passing.takes(chosen("pulse.tap", ""))

    assert passing.takes(command("concern"))["wait"] is False


def test_an_event_is_no_act_of_anybody() -> None:
    passing = Edge(Limiter(240, 0.0), lambda: 0.0)

    passing.takes({"type": "event_callback", "event": {"type": "app_home_opened", "user": "U0AMINA"}})
    passing.takes({"type": "block_suggestion", "user": AMINA, "value": "x"})

    assert passing.take_uses() == 0


def test_where_no_concerns_are_taken_nobody_is_counted() -> None:
    passing = Edge.for_staff(None)

    assert not any(passing.takes(command("concern"))["wait"] for _ in range(100))
    assert passing.take_uses() == 0
