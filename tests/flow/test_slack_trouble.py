"""Slack fails: the check is saved, the receipt is shown, and each message goes out once, later."""

from __future__ import annotations

import pytest

from storage.models import Check, Outbox
from tests.flow.world import FACES, SERIOUS, World, at, buttons, said

FAULTS = [
    ("server_error", True),
    ("server_error", False),
    ("drop", True),
    ("drop", False),
    ("timeout", True),
    ("timeout", False),
    ("internal_error", False),
    ("fatal_error", True),
]


def impatient(world: World) -> None:
    """Make a timeout a matter of a moment."""
    world.standin.faults.hold_seconds = 0.4


def patience(world: World) -> None:
    """Let the waits between attempts pass."""
    for _ in range(12):
        world.clock.moves(minutes=10)
        world.settles()
        if not [row for row in world.rows(Outbox) if row.state in ("pending", "sending")]:
            return


@pytest.mark.parametrize(("error", "before_storing"), FAULTS)
def test_a_message_that_failed_goes_out_once(world: World, error: str, before_storing: bool):
    impatient(world)
    world.standin.faults.fail("chat.postMessage", error, times=3, before_storing=before_storing)

    reply = world.sends(world.amina, "Search", SERIOUS)

    assert "HR-1" in said(reply.modal)
    patience(world)
    assert len(world.posts("C0RIGHTS")) == 1
    assert len(world.told(world.amina)) == 1
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    (card,) = world.posts("C0RIGHTS")
    assert (world.case(1).card_channel_id, world.case(1).card_ts) == at(card)


@pytest.mark.parametrize(("error", "before_storing"), FAULTS)
def test_an_edit_that_failed_is_made_up_for_later(world: World, error: str, before_storing: bool):
    impatient(world)
    world.raises("Search", SERIOUS)
    world.standin.faults.fail("chat.update", error, times=2, before_storing=before_storing)

    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    patience(world)

    (card,) = world.posts("C0RIGHTS")
    assert "<@U0NOOR> has this case" in said(card)
    assert len(world.told(world.amina)) == 2


def test_slack_asking_to_wait_is_obeyed(world: World):
    world.standin.faults.fail("chat.postMessage", "ratelimited", times=1, retry_after=30)
    world.sends(world.amina, "Search", SERIOUS)
    world.settles()
    waiting = [row for row in world.rows(Outbox) if row.state == "pending"]
    assert [row.error for row in waiting] == ["ratelimited"]
    assert (waiting[0].due_at - world.clock.now()).total_seconds() > 25

    world.clock.moves(seconds=31)
    world.settles()

    assert len(world.posts("C0RIGHTS")) == 1
    assert world.standin.wire.calls("conversations.history") == [], "what was refused is certainly not out"


def test_a_message_that_waits_holds_up_nobody_else(world: World):
    world.standin.faults.fail("chat.postMessage", "server_error", times=1)
    world.sends(world.amina, "Search", SERIOUS)
    world.settles()

    assert len(world.posts("C0RIGHTS")) + len(world.told(world.amina)) == 1


def test_slack_gone_for_hours_loses_nothing(world: World):
    world.opens(world.amina, "Search")
    world.fills(world.amina, SERIOUS)
    world.standin.faults.fail("chat.postMessage", "server_error", times=9)

    reply = world.amina.submits()
    patience(world)

    assert reply.errors == {}
    assert len(world.rows(Check)) == 1
    assert (len(world.posts("C0RIGHTS")), len(world.told(world.amina))) == (1, 1)


def test_a_message_waits_for_days_while_slack_fails_and_goes_out_once(world: World):
    world.standin.faults.fail("conversations.open", "server_error", times=1_000_000)
    world.sends(world.amina, "Search", SERIOUS)

    for _ in range(15):
        world.clock.moves(hours=5)
        world.settles()
    assert world.told(world.amina) == []
    assert len(world.posts("C0RIGHTS")) == 1
    world.standin.faults.clear()
    patience(world)

    assert len([text for text in world.told(world.amina) if "Your check of" in text]) == 1
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert len(world.posts("C0RIGHTS")) == 1


def test_messages_at_more_than_one_a_second_are_spaced_out_and_all_arrive(world: World):
    world.standin.faults.strict_rate(True)
    for number in range(3):
        world.sends(world.amina, f"Launch {number}", SERIOUS)

    world.until(lambda: all(row.state == "sent" for row in world.rows(Outbox)) or world.clock.moves(seconds=1), 15)

    cards = [each for each in world.posts("C0RIGHTS") if "case.acknowledge" in buttons(each)]
    assert len(cards) == 3


def test_a_window_that_opens_too_late_is_explained_to_the_person(world: World):
    world.standin.faults.fail("views.open", "expired_trigger_id", times=1)

    world.amina.types("/hrdd check Face tagging", "C0PHOTOS")

    told = world.amina.waits(lambda: [each for each in world.amina.messages("C0PHOTOS") if each.ephemeral])
    assert "too little time to open the window" in told[0].text
    assert world.opens(world.amina, "Face tagging")


@pytest.mark.parametrize("error", ["server_error", "drop", "internal_error"])
def test_a_window_that_cannot_open_is_explained_with_a_reference(world: World, error: str):
    world.standin.faults.fail("views.open", error, times=1)

    world.amina.types("/hrdd check Face tagging", "C0PHOTOS")

    told = world.amina.waits(lambda: [each for each in world.amina.messages("C0PHOTOS") if each.ephemeral])
    assert "reference" in told[0].text


def test_a_home_that_cannot_be_drawn_is_drawn_the_next_time(world: World):
    world.standin.faults.fail("views.publish", "server_error", times=1)
    assert world.amina.opens_home(wait=0.5) is None

    assert world.amina.opens_home() is not None


def test_slack_not_saying_who_somebody_is_changes_no_owner(world: World):
    world.standin.faults.fail("users.info", "server_error", times=3)

    world.raises("Face tagging", FACES)

    assert world.case(1).owner_id == "U0RUTH"
    assert "<@U0RUTH>, this needs your answer" in said(world.posts("C0BOARD")[0])
