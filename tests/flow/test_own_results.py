"""One's own checks stand on the home, and each opens its result again, for nobody else."""

from __future__ import annotations

import pytest

from bot.playground import Hand
from storage.models import Check
from tests.flow.world import FACES, MILD, WORDING, World, at, said


def lines(who: Hand) -> dict[str, str]:
    """Give the block of each own check on the home by the words in it."""
    home = who.opens_home() or {}
    with_button = [block for block in home["blocks"] if "check.open" in str(block.get("accessory"))]
    return {block["text"]["text"]: block["block_id"] for block in with_button}


def opens(who: Hand, launch: str) -> str:
    (block,) = [block for words, block in lines(who).items() if launch in words]
    who.clicks("check.open", home=True, block_id=block)
    return said(who.waits(lambda: who.modal() or {}))


@pytest.mark.every_way("store")
def test_each_own_check_on_the_home_opens_its_result_again(world: World):
    launches = {"Face tagging": (FACES, "L3"), "Menus": (MILD, "L0"), "New icons": (WORDING, "L0")}
    for launch, (answers, _) in launches.items():
        world.sends(world.amina, launch, answers)
        world.amina.closes()
    assert len(lines(world.amina)) == 3

    for launch, (_, level) in launches.items():
        shown = opens(world.amina, launch)
        assert shown.startswith(f"{level} · ")
        assert f"Harbor Photos: {launch}" in shown
        assert "Why this level" in shown
        world.amina.closes()
    assert "Nothing changes for people" in opens(world.amina, "New icons")


def test_a_result_opened_again_tells_where_the_case_stands_now(world: World):
    world.raises("Face tagging", FACES)
    world.amina.closes()
    world.ruth.clicks("case.acknowledge", message=at(world.posts("C0BOARD")[0]))
    world.settles()

    assert "Acknowledged by <@U0RUTH>" in opens(world.amina, "Face tagging")


def presses(world: World, who: Hand, check_id: str) -> str:
    """Press a button with this check's id that somebody made up; return what is shown."""
    button = {
        "type": "button",
        "action_id": "check.open",
        "value": check_id,
        "text": {"type": "plain_text", "text": "x"},
    }
    row = {"type": "actions", "block_id": "made-up", "elements": [button]}
    dm = world.standin.workspace.dm_of(who.id)
    note = world.standin.workspace.post(dm, world.standin.workspace.bot_user, "made up", [row], by_bot=True)
    who.clicks("check.open", message=at(note))
    window = who.sees_modal()
    who.closes()
    return said(window)


def test_the_check_of_somebody_else_answers_like_one_that_does_not_exist(world: World):
    world.sends(world.amina, "New icons", WORDING)
    (check,) = world.rows(Check)

    for who in (world.sam, world.noor):
        assert presses(world, who, check.id) == presses(world, who, "0" * 32)
        assert "New icons" not in presses(world, who, check.id)
    world.amina.closes()
    assert "New icons" in presses(world, world.amina, check.id)
