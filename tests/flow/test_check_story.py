"""The main story: an engineer checks a launch, its owner is asked and answers, the engineer hears of it."""

from __future__ import annotations

import pytest

from storage.models import Case, Check
from tests.flow.world import FACES, WORDING, World, at, block_ids, buttons, said

pytestmark = pytest.mark.every_way


def test_a_grave_launch_reaches_its_owner_who_acknowledges_and_the_engineer_hears_of_it(world: World):
    reply = world.sends(world.amina, "Face tagging", FACES)

    shown = reply.modal
    assert shown is not None
    assert "L3" in said(shown)
    assert "<@U0RUTH>" in said(shown)
    assert "The launch waits for a decision" in said(shown)
    (card,) = world.ruth.waits(lambda: world.ruth.messages("C0BOARD"))
    assert "<@U0RUTH>, this needs your answer" in said(card)
    assert "Face tagging" in card.text
    assert world.case(1).state == "waiting"

    world.settles()
    world.ruth.clicks("case.acknowledge", message=at(card))
    world.settles()

    case = world.case(1)
    assert (case.state, case.acknowledged_by) == ("acknowledged", "U0RUTH")
    result, told = world.told(world.amina)
    assert "L3" in result
    assert "<@U0RUTH> has acknowledged *HR-1*" in told
    (edited,) = world.posts("C0BOARD")
    assert edited.ts == card.ts
    assert edited.edited
    assert "<@U0RUTH> has this case" in said(edited)
    assert "case.acknowledge" not in buttons(edited)
    assert world.kinds(1) == ["case.opened", "case.acknowledged"]
    assert world.whole()


def test_wording_only_ends_at_once_and_nobody_is_pinged(world: World):
    world.opens(world.amina, "New icons")
    world.amina.sets("M1", ["CHG-UI"])
    world.shows(world.amina, "attestation")
    assert block_ids(world.amina.modal())[1:] == ["product", "launch", "M1", "attestation"]

    reply = world.amina.submits()

    assert "L0" in said(reply.modal)
    assert "Your team decides" in said(reply.modal)
    (check,) = world.rows(Check)
    assert (check.level, check.case_id) == (0, None)
    assert world.rows(Case) == []
    assert world.counts()["messages"] == 0
    assert [each for channel in world.standin.workspace.channels for each in world.posts(channel)] == []
    assert WORDING["M1"] == check.answers["M1"]


def test_the_human_rights_lead_hears_of_a_severe_case_that_the_board_owns(world: World):
    world.raises("Face tagging", FACES)

    (note,) = world.posts("C0RIGHTS")

    assert "HR-1" in note.text
    assert "case.acknowledge" not in buttons(note)
