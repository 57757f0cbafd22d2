"""From a decision that something comes before, to each thing that is missing, and back to the decision: in windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.payloads_record import Written
from bot.playground import Hand
from tests.flow.test_acts import WHY, asks, owned
from tests.flow.world import LIMITED, SERIOUS, World, at, chosen, said
from tests.records import DILEMMA, DISCUSSION, ENGAGEMENT, ITEMS, MITIGATION, NOOR, REMEDY, RISK


def words_for(world: World, part: str) -> Mapping[str, Any]:
    """Give what is written in the window of a part; what a window knows already stays as it is."""
    soon = (world.clock.now() + timedelta(days=29)).date().isoformat()
    given: Mapping[str, Mapping[str, Any]] = {
        "risk": {"what": RISK["what"]},
        "mitigation": {**{name: each for name, each in MITIGATION.items() if name != "risk"}, "next_check": soon},
        "engagement": ENGAGEMENT,
        "discussion": DISCUSSION,
        "remedy": REMEDY,
        "dilemma": {**DILEMMA, "decides": NOOR, "by": soon},
        **ITEMS,
    }
    return given[part]


def writes_what_is_asked_first(world: World, who: Hand) -> str:
    """Press the first button of what is missing, fill its window, and send it; give the part."""
    first = next(block for block in (who.modal() or {})["blocks"] if "record.write" in str(block.get("accessory")))
    who.clicks("record.write", block_id=first["block_id"])
    view = who.waits(lambda: (each := who.modal() or {})["callback_id"] == "record.write" and each)
    part = Written.load(view["private_metadata"]).parts[0]
    for field, value in words_for(world, part).items():
        who.sets(field, value)
    reply = who.submits()
    assert not reply.errors, (part, reply.errors)
    return part


@pytest.mark.every_way("store")
def test_s8_every_thing_that_an_approval_waits_for_is_reached_from_it_and_written_without_losing_a_word(world: World):
    """S8, S9, S12, S34, S48."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "go")
    world.noor.sets("reason", WHY)
    assert world.noor.submits().modal["callback_id"] == "missing"

    written = []
    while "record.write" in str(world.noor.modal()["blocks"]):
        written.append(writes_what_is_asked_first(world, world.noor))
        assert len(world.noor.stack()) <= 3, "Slack takes no fourth window"
        assert len(written) < 20

    assert {"risk", "mitigation", "engagement", "discussion", "remedy", "dilemma", "D08"} <= set(written)
    world.noor.closes()
    assert chosen(world.noor.modal(), "reason") == WHY
    assert "Saved" in said(world.noor.submits().modal)
    world.settles()
    assert (world.case(1).state, world.case(1).decision) == ("tracked", "go")


def test_s8_the_window_of_a_decision_says_beforehand_what_a_go_waits_for(world: World):
    owned(world)
    asks(world, world.noor, "decide")

    shown = said(world.noor.modal())

    assert "Open before a go" in shown
    assert "Risk 1 is rated and not yet put in words" in shown
    assert "named when these are written" in shown, "no wall of words"


def test_s8_benefits_are_refused_with_what_comes_first_before_anybody_writes_a_page(world: World):
    """S5, S8."""
    owned(world)
    world.noor.types("/hrdd case HR-1")
    world.noor.sees_modal()
    window = world.standin.workspace.modals.top(world.noor.id)
    assert window is not None
    click = {"type": "button", "action_id": "record.write", "block_id": "x", "value": "1:D19:0:0", "action_ts": "1.0"}

    world.delivers(world.standin.payloads.view_action(window, click))

    shown = world.noor.waits(lambda: (each := world.noor.modal() or {})["callback_id"] == "missing" and each)
    assert "benefits are weighed once there is an answer" in said(shown)
    assert "Risk 1 is rated" in said(shown)


@pytest.mark.parametrize("who", ["amina", "diego"])
def test_s57_the_buttons_of_a_decision_lead_nobody_else_to_it(world: World, who: str):
    """S7, S57, S59: neither the person who sent the check, nor the product lead."""
    card = owned(world)
    person: Hand = getattr(world, who)
    if who == "amina":
        person.types("/hrdd case HR-1")
        assert "case.decide" not in str(person.sees_modal())
        return

    person.clicks("case.decide", message=at(card))

    assert person.sees_modal()["callback_id"] == "problem"
    assert world.case(1).decision is None


def test_s57_at_l1_a_product_lead_decides_with_little_to_write(world: World):
    """S57: little is asked where little can happen."""
    owned(world, "Voice rooms", LIMITED, owner=world.diego, channel="C0LAUNCHES")
    asks(world, world.diego, "decide")
    world.diego.sets("outcome", "go")
    world.diego.sets("reason", WHY)
    world.diego.submits()

    written = []
    while "record.write" in str(world.diego.modal()["blocks"]):
        written.append(writes_what_is_asked_first(world, world.diego))

    assert written == ["risk", "mitigation"]
    world.diego.closes()
    assert "Saved" in said(world.diego.submits().modal)
    assert world.case(1).decision == "go"


def test_s59_lowering_is_a_leads_act_with_a_reason_and_the_submitter_is_told(world: World):
    """S57, S59, T8."""
    world.raises("Search", SERIOUS)
    asks(world, world.noor, "hand_back")
    world.noor.sets("reason", "Two readers are there now")
    assert not world.noor.submits().errors
    world.settles()

    assert world.case(1).level == 1
    assert any("Two readers are there now" in text for text in world.told(world.amina))
    world.diego.types("/hrdd case HR-1")
    assert "case.hand_back" not in str(world.diego.sees_modal()), "a product lead lowers nothing"
