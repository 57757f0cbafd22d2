"""Nobody can answer: whoever left, is a bot or a guest is passed over when the card goes out, and it is on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.models import Outbox
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, policy_with, said

GONE = [{"deleted": True}, {"is_bot": True}, {"is_restricted": True}]


@pytest.mark.parametrize("change", GONE, ids=lambda change: next(iter(change)))
def test_the_backup_gets_the_card_of_an_owner_who_cannot_answer(world: World, change: dict):
    world.standin.workspace.change_person("U0DIEGO", **change)

    world.raises("Voice rooms", LIMITED)

    (card,) = world.posts("C0LAUNCHES")
    assert "<@U0NOOR>, this needs your answer" in said(card)
    assert (world.case(1).owner_id, world.case(1).level) == ("U0NOOR", 1)
    opened, _picture, replaced = world.happened(1)
    assert (opened.data["owner"], replaced.kind) == ("U0DIEGO", "case.owner_replaced")
    assert (replaced.data["gone"], replaced.data["owner"]) == ("U0DIEGO", "U0NOOR")
    world.noor.clicks("case.acknowledge", message=at(card))
    assert world.case(1).acknowledged_by == "U0NOOR"


def test_somebody_whom_slack_does_not_know_is_passed_over(found: Callable[..., World], tmp_path: Path):
    def stranger(policy: dict) -> None:
        policy["roles"]["product_lead"]["owner"] = "U0STRANGER"

    world = found(policy_with(tmp_path, stranger))
    world.raises("Voice rooms", LIMITED)

    assert world.case(1).owner_id == "U0NOOR"
    assert world.kinds(1) == ["case.opened", "case.owner_replaced"]


def test_the_next_level_gets_it_where_owner_and_backup_are_gone(world: World):
    for person in ("U0DIEGO", "U0NOOR"):
        world.standin.workspace.change_person(person, deleted=True)

    world.raises("Voice rooms", LIMITED)

    case = world.case(1)
    assert (case.owner_id, case.level) == ("U0RUTH", 1)
    (card,) = world.posts(str(case.channel_id))
    assert "<@U0RUTH>, this needs your answer" in said(card)
    assert world.posts("C0LAUNCHES") == []


@pytest.mark.every_way("store")
def test_the_fallback_channel_is_told_where_everybody_is_gone(world: World):
    for person in ("U0DIEGO", "U0NOOR", "U0RUTH"):
        world.standin.workspace.change_person(person, deleted=True)

    world.raises("Search", SERIOUS)

    assert world.case(1).owner_id is None
    (card,) = [each for each in world.posts("C0RIGHTS") if "HR-1" in each.text]
    assert "Nobody named in the policy can answer this" in said(card)
    assert {row.state for row in world.rows(Outbox)} == {"sent"}


def test_nobody_judges_alone_the_severe_risk_they_raised(world: World):
    """S2."""
    world.raises("Search", SERIOUS, who=world.noor, product="ferry-chat", channel="DM")

    assert world.case(1).owner_id == "U0RUTH"
    assert world.happened(1)[0].data["passed_over"] == ["U0NOOR"]


def test_an_owner_who_leaves_after_acknowledging_keeps_what_was_said(world: World):
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    world.settles()
    world.standin.workspace.change_person("U0NOOR", deleted=True)

    world.raises("Search", SERIOUS)

    case = world.case(1)
    assert (case.owner_id, case.acknowledged_by) == ("U0NOOR", "U0NOOR")
    assert "case.owner_replaced" not in world.kinds(1)


def test_a_submitter_who_left_blocks_no_card(world: World):
    world.sends(world.amina, "Face tagging", FACES)
    world.standin.workspace.change_person("U0AMINA", deleted=True)
    world.settles()

    world.ruth.clicks("case.acknowledge", message=at(world.posts("C0BOARD")[0]))
    world.settles()

    assert "<@U0RUTH> has this case" in said(world.posts("C0BOARD")[0])


def test_an_archived_channel_sends_the_card_to_the_owner_directly(world: World):
    world.standin.workspace.change_channel("C0RIGHTS", archived=True)

    world.raises("Search", SERIOUS)

    (card,) = world.posts(world.standin.workspace.dm_of("U0NOOR"))
    assert "<@U0NOOR>, this needs your answer" in said(card)
    assert world.kinds(1) == ["case.opened", "case.card_rerouted"]
    assert world.happened(1)[-1].data["code"] == "is_archived"
    world.noor.clicks("case.acknowledge", message=at(card))
    world.settles()
    assert "<@U0NOOR> has this case" in said(world.posts(world.standin.workspace.dm_of("U0NOOR"))[0])


@pytest.mark.parametrize("channel", ["C0LAUNCHES", "C0RIGHTS"])
def test_a_channel_without_the_bot_sends_the_card_to_the_owner_directly(world: World, channel: str):
    world.standin.workspace.change_channel(channel, bot_is_member=False)
    answers, owner = (LIMITED, "U0DIEGO") if channel == "C0LAUNCHES" else (SERIOUS, "U0NOOR")

    world.raises("Voice rooms", answers)

    (card,) = world.posts(world.standin.workspace.dm_of(owner))
    assert f"<@{owner}>, this needs your answer" in said(card)
    assert world.kinds(1)[-1] == "case.card_rerouted"
    assert "Your check of" in world.told(world.amina)[0]


def test_a_card_that_fits_nowhere_is_kept_for_the_people_who_run_the_bot(world: World):
    world.standin.workspace.change_channel("C0RIGHTS", archived=True)
    world.standin.faults.fail("conversations.open", "user_disabled", times=20)

    world.raises("Search", SERIOUS)

    assert {row.error for row in world.rows(Outbox) if row.state == "parked"} == {"is_archived", "user_disabled"}
    assert world.kinds(1) == ["case.opened", "case.card_rerouted"]


def test_a_word_to_the_lead_goes_to_them_directly_where_their_channel_is_closed(world: World):
    world.standin.workspace.change_channel("C0RIGHTS", archived=True)

    world.raises("Face tagging", FACES)

    assert any("HR-1" in text for text in world.told(world.noor))
