"""What time brings: a missed answer shows, clocks follow working days, severe launches gather to a word at the top."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, said


def test_clocks_start_when_the_check_is_saved_and_follow_working_days(world: World):
    world.raises("Voice rooms", LIMITED)

    case = world.case(1)

    assert case.ack_due_at is not None
    assert case.ack_due_at.date() == datetime(2026, 3, 9, tzinfo=UTC).date(), "Monday and five working days"


def test_a_missed_answer_shows_on_the_home_of_owner_and_lead(world: World):
    world.raises("Search", SERIOUS)
    assert "*Late:* to be acknowledged by" not in said(world.noor.opens_home())

    world.clock.moves(days=3)

    assert said(world.noor.opens_home()).count("*Late:* to be acknowledged by") == 2


def test_a_late_acknowledgement_counts_and_says_that_it_was_late(world: World):
    world.raises("Search", SERIOUS)
    world.clock.moves(days=3)

    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))

    assert world.happened(1)[-1].data["late"] is True
    world.noor.types("/hrdd case HR-1")
    assert "after the time was up" in said(world.noor.sees_modal())


def test_a_decision_that_is_late_shows_after_the_acknowledgement(world: World):
    world.raises("Face tagging", FACES)
    world.ruth.clicks("case.acknowledge", message=at(world.posts("C0BOARD")[0]))

    world.clock.moves(days=6)

    assert "*late:* to be decided by" in said(world.ruth.opens_home())


def test_harm_that_is_happening_has_a_clock_of_its_own(world: World):
    reply = world.sends(world.amina, "Lock out", {**SERIOUS, "M7": "4"})

    assert "stop it from happening again, by" in said(reply.modal)
    case = world.case(1)
    assert case.contain_due_at is not None
    assert (case.contain_due_at - case.opened_at).total_seconds() == 24 * 3600


def gathered(world: World) -> list[str]:
    return [each.text for each in world.posts("C0BOARD") if "Please look at them together" in each.text]


def test_three_severe_launches_of_one_product_are_told_at_the_top_once_a_quarter(world: World):
    world.raises("One", SERIOUS)
    world.raises("Two", SERIOUS)
    assert gathered(world) == []

    world.raises("Three", SERIOUS)
    (told,) = gathered(world)
    assert told.startswith("<@U0RUTH>, 3 serious or grave risks are open")
    assert "Harbor Photos" in told
    assert "*HR-3*" in told

    world.raises("Four", SERIOUS)
    assert len(gathered(world)) == 1

    world.clock.moves(days=31)
    world.raises("Five", SERIOUS)
    assert len(gathered(world)) == 2, "a new quarter has begun"


def test_severe_launches_of_different_products_do_not_add_up(world: World):
    for product in ("harbor-photos", "ferry-chat", "beacon-hiring"):
        world.raises(f"At {product}", SERIOUS, product=product, channel="DM")

    assert gathered(world) == []
