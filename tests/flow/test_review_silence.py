"""What a review of silence found: each of these went wrong once, or could have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import outbox, timers
from storage.models import Outbox, Timer
from tests.flow.rounds import resting
from tests.flow.test_acts import WHY, asks, day, owned
from tests.flow.test_acts import timers as clocks_of
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, policy_with, said
from workflows import auditor, sweep

HAPPENING = {**SERIOUS, "M4": "2", "M7": "4"}
"""A right limited for a while, and it has happened: L1 with a clock for stopping it."""


@pytest.mark.every_way("store")
def test_a_case_that_lost_its_clock_gets_one_within_the_minute(world: World):
    world.raises("Search", SERIOUS)
    with world.db.write() as session:
        timers.drop(session, 1)

    assert sweep.mend(world.desk, world.clock.now()) == 1
    assert set(clocks_of(world)) == {"answer"}
    assert sweep.mend(world.desk, world.clock.now()) == 0


def test_a_refusal_that_slack_never_gave_before_sends_the_card_another_way(world: World):
    world.standin.faults.fail("chat.postMessage", "restricted_action_read_only_channel", times=2)

    world.raises("Search", SERIOUS)

    assert "case.card_rerouted" in world.kinds(1)
    assert "<@U0NOOR>, this needs your answer" in said(world.posts(world.standin.workspace.dm_of("U0NOOR")))


def test_trouble_with_the_token_parks_nothing_and_is_told_after_half_an_hour(world: World):
    with resting(world):
        world.sends(world.amina, "Search", SERIOUS)
    for method in ("chat.postMessage", "conversations.open"):
        world.standin.faults.fail(method, "account_inactive", times=1_000)
    world.settles()
    for _ in range(5):
        world.clock.moves(minutes=10)
        world.settles()

    found = auditor.look(world.desk, (), world.clock.now())
    assert found.overdue >= 1
    assert found.parked == 0
    world.standin.faults.clear()
    for _ in range(4):
        world.clock.moves(minutes=10)
        world.settles()
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert len(world.posts("C0RIGHTS")) == 1


def test_what_waits_behind_a_message_held_for_the_night_is_not_overdue(world: World):
    world.passes(datetime(2026, 3, 6, 20, 0, tzinfo=UTC))
    world.sends(world.amina, "Search", SERIOUS)
    world.settles()
    world.sends(world.sam, "Search", SERIOUS)
    world.settles()

    later = world.clock.now() + timedelta(hours=20)
    assert auditor.look(world.desk, (), later).overdue == 0
    with world.db.read() as session:
        assert outbox.depth(session, later).due == 0


def test_a_new_level_is_a_new_card_also_where_the_same_person_answers_in_the_same_channel(found, tmp_path: Path):
    def noor_twice(raw: dict) -> None:
        raw["roles"]["executive_board"] = {"owner": "U0NOOR", "backup": "U0RUTH", "channel": "C0RIGHTS"}

    world = found(policy_with(tmp_path, noor_twice))
    world.raises("Face tagging", SERIOUS)
    world.raises("Face tagging", FACES, who=world.sam)

    assert world.case(1).owner_id == "U0NOOR"
    assert len(world.posts("C0RIGHTS")) == 2, "an edit pings nobody"


def test_harm_that_is_reported_later_is_told_by_a_card_of_its_own_and_leaves_the_other_clock(world: World):
    world.raises("Lock out", {**SERIOUS, "M4": "2"})
    before = clocks_of(world)["answer"]
    world.raises("Lock out", HAPPENING, who=world.sam)

    assert len(world.posts("C0LAUNCHES")) == 2
    after = clocks_of(world)
    assert set(after) == {"answer", "contain"}
    assert after["answer"].generation == before.generation


def test_a_held_case_that_goes_to_somebody_else_gives_them_the_time_of_the_level(world: World):
    owned(world)
    asks(world, world.noor, "decide")
    for block, value in {"outcome": "hold", "reason": WHY, "hold_until": day(world, 170)}.items():
        world.noor.sets(block, value)
    assert not world.noor.submits().errors
    while world.noor.modal():
        world.noor.closes()
    asks(world, world.noor, "reassign")
    world.noor.sets("person", "U0RUTH")
    world.noor.sets("reason", WHY)
    assert not world.noor.submits().errors
    world.settles()

    due_at = world.case(1).decide_due_at
    assert due_at is not None
    assert due_at < world.clock.now() + timedelta(days=30)


def test_a_case_that_nobody_owns_grows_late_like_any_other(found, tmp_path: Path):
    world = found(policy_with(tmp_path, lambda raw: raw.update(fallback_channel="C0LAUNCHES")))
    for person in ("U0DIEGO", "U0NOOR", "U0RUTH"):
        world.standin.workspace.change_person(person, deleted=True)
    world.raises("Search", SERIOUS)
    asked_at = world.case(1).asked_at
    for _ in range(3):
        world.waits_for()

    assert world.case(1).asked_at == asked_at
    assert world.case(1).ack_due_at < world.clock.now()


def test_over_a_weekend_nobody_is_passed_over_for_harm_that_they_were_never_asked_about(world: World):
    world.passes(datetime(2026, 3, 6, 17, 0, tzinfo=UTC))
    world.raises("Lock out", HAPPENING)
    world.clock.moves(days=2)
    world.settles()
    assert world.kinds(1) == ["case.opened"], "they are at home"

    world.passes(datetime(2026, 3, 9, 9, 30, tzinfo=UTC))
    assert world.kinds(1) == ["case.opened", "case.contain_late"]
    world.diego.clicks("case.acknowledge", message=at(world.posts("C0LAUNCHES")[0]))
    world.settles()
    assert any("stopped" in text for text in world.told(world.diego)), "acknowledging stops no harm"


def test_nothing_is_approved_while_harm_goes_on(world: World):
    world.raises("Lock out", HAPPENING)
    world.diego.clicks("case.acknowledge", message=at(world.posts("C0LAUNCHES")[0]))
    world.settles()
    asks(world, world.diego, "decide")
    for block, value in {"outcome": "go", "reason": WHY}.items():
        world.diego.sets(block, value)

    shown = world.diego.submits().modal

    assert "nobody has said that it is stopped" in said(shown)
    assert world.case(1).decision is None
    assert set(clocks_of(world)) == {"answer", "contain"}


def test_whoever_sent_a_later_check_does_not_judge_it_either(world: World):
    """S2."""
    world.raises("Search", LIMITED)

    world.raises("Search", SERIOUS, who=world.noor)

    assert (world.case(1).level, world.case(1).owner_id) == (2, "U0RUTH")


def test_a_date_that_is_long_past_cannot_be_put_off_into_the_past(world: World):
    owned(world, "Face tagging", FACES, owner=world.ruth, channel="C0BOARD")
    world.clock.moves(days=15)
    world.settles()
    asks(world, world.ruth, "snooze")
    world.ruth.sets("reason", WHY)
    world.ruth.sets("until", (world.case(1).decide_due_at + timedelta(days=1)).date().isoformat())

    assert set(world.ruth.submits().errors) == {"until"}
    assert world.case(1).snoozed_at is None


def test_the_same_hand_over_sent_again_by_somebody_who_sees_the_case_no_more_gets_the_first_answer(world: World):
    world.raises("Voice rooms", LIMITED)
    world.diego.clicks("case.hand_up", message=at(world.posts("C0LAUNCHES")[0]))
    world.diego.sees_modal()
    body = world.submission(world.diego)

    first, second = world.delivers(body), world.delivers(body)

    assert (first.data or {}).get("response_action") == (second.data or {}).get("response_action") == "update"
    assert world.kinds(1).count("case.handed_up") == 1
    assert {row.kind for row in world.rows(Timer)} == {"answer", "digest"}
