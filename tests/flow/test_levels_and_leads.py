"""What a lead lowered stays lowered, what is severe is told to the lead, what gathers is told to the top."""

from __future__ import annotations

import pytest

from tests.flow.test_time import gathered
from tests.flow.test_two_people import hands
from tests.flow.world import FACES, FLOORED, LIMITED, SERIOUS, World

PROVEN = {**SERIOUS, "M8.mitigations": ["MIT-DESIGN"], "M8.evidence": "EV3"}
"""Serious, and one step lower for what was proven: SEV3 at L1."""
CHILDREN = {**SERIOUS, "M2": ["GRP-CHILD"]}


def lowered(world: World) -> None:
    """Let Noor hand a serious case back to the product lead."""
    world.raises("Search", SERIOUS)
    assert hands(world, world.noor, world.posts("C0RIGHTS")[0], "back", "It reaches ten people").errors == {}
    world.settles()
    assert world.case(1).level == 1


@pytest.mark.every_way("store")
def test_what_a_lead_lowered_stays_lowered_when_the_same_check_is_sent_again(world: World):
    lowered(world)

    world.raises("Search", SERIOUS, who=world.sam)

    assert (world.case(1).level, world.case(1).owner_id) == (1, "U0DIEGO")
    assert world.kinds(1) == ["case.opened", "case.handed_back", "case.checked_again"]


@pytest.mark.every_way("store")
@pytest.mark.parametrize(("worse", "level"), [(FACES, 3), (FLOORED, 2)], ids=["a higher level", "a lowest level"])
def test_what_a_lead_lowered_rises_when_a_check_says_worse(world: World, worse: dict, level: int):
    lowered(world)

    world.raises("Search", worse, who=world.sam)

    assert world.case(1).level == level
    assert world.kinds(1)[-1] == "case.level_raised"


def for_the_lead(world: World) -> list[str]:
    """What the human rights channel was told about cases that others answer."""
    return [each.text for each in world.posts("C0RIGHTS") if "for your information" in each.text]


@pytest.mark.parametrize(("answers", "level"), [(PROVEN, 1), (FACES, 3)], ids=["SEV3 at L1", "L3"])
def test_the_human_rights_lead_is_told_once_of_a_severe_case_that_somebody_else_answers(
    world: World, answers: dict, level: int
):
    case = world.raises("Search", answers)
    assert case.level == level
    assert case.severity >= 3

    world.raises("Search", answers, who=world.sam)

    (told,) = for_the_lead(world)
    assert told.startswith("<@U0NOOR>, for your information: *HR-1*")
    assert f"*L{level}*" in told


def test_a_case_that_limits_a_right_for_a_while_is_left_to_its_owner(world: World):
    world.raises("Voice rooms", LIMITED)

    assert world.posts("C0RIGHTS") == []


@pytest.mark.every_way("store")
def test_three_severe_launches_for_one_group_over_three_products_are_told_at_the_top_once_a_quarter(world: World):
    products = ("harbor-photos", "ferry-chat", "beacon-hiring")
    for product in products[:2]:
        world.raises(f"At {product}", CHILDREN, product=product, channel="DM")
    assert gathered(world) == []

    world.raises("At the third", CHILDREN, product=products[2], channel="DM")

    (told,) = gathered(world)
    label = world.desk.bank.groups["GRP-CHILD"].label
    assert told.startswith(f"<@U0RUTH>, 3 serious or grave risks are open this quarter for *{label}*")
    assert "*HR-3*" in told

    world.raises("At the fourth", CHILDREN, product=products[0], channel="DM")
    assert len(gathered(world)) == 1
    world.clock.moves(days=31)
    world.raises("At the fifth", CHILDREN, product=products[1], channel="DM")
    assert sum(f"*{label}*" in each for each in gathered(world)) == 2, "a new quarter has begun"


def test_a_group_that_is_at_no_special_risk_gathers_nothing(world: World):
    for product in ("harbor-photos", "ferry-chat", "beacon-hiring"):
        world.raises(f"At {product}", {**SERIOUS, "M2": ["GRP-NONUSERS"]}, product=product, channel="DM")

    assert gathered(world) == []
