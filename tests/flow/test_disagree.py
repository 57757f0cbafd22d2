"""Seeing it differently: once for each check, welcome, and never a way to lower a case in silence."""

from __future__ import annotations

from bot.playground import Hand
from storage.models import Case, Check
from tests.flow.world import FACES, MILD, SERIOUS, World, buttons, chosen, said

WHY = "The photos stay on the phone"


def sees_it_differently(world: World, who: Hand, answers: dict | None = None, why: str = WHY):
    before = {view["id"] for view in who.stack()}
    who.clicks("check.disagree")
    who.waits(lambda: (who.modal() or {}).get("id") not in before)
    who.sets("disagreement", why)
    world.fills(who, answers or {})
    return who.submits()


def test_a_lower_second_check_leaves_the_case_where_it_is_and_the_owner_reads_why(world: World):
    world.sends(world.amina, "Face tagging", FACES)

    reply = sees_it_differently(world, world.amina, {"M4": "2", "M6": "2"})
    world.settles()

    assert reply.errors == {}
    case = world.case(1)
    assert (case.level, case.owner_id) == (3, "U0RUTH")
    assert len(world.rows(Check)) == 2
    assert world.kinds(1) == ["case.opened", "case.disagreed"]
    (card,) = world.posts("C0BOARD")
    assert "<@U0AMINA> sees it differently; their words are in the case" in said(card)
    assert WHY not in said(card), "a channel has readers whom nobody had in mind"
    world.ruth.types("/hrdd case HR-1")
    assert f"<@U0AMINA> sees it differently:* {WHY}" in said(world.ruth.sees_modal())
    assert "The case stays at L3" in said(reply.modal)


def test_a_check_can_be_seen_differently_once_and_the_second_time_is_refused_kindly(world: World):
    world.sends(world.amina, "Face tagging", FACES)
    world.settles()
    (result,) = world.posts(world.standin.workspace.dm_of("U0AMINA"))
    sees_it_differently(world, world.amina)
    world.settles()
    assert "check.disagree" not in buttons(world.amina.modal())
    while world.amina.stack():
        world.amina.closes()

    world.amina.clicks("check.disagree", message=(result.channel, result.ts))
    window = world.amina.sees_modal()

    assert "Your first disagreement is saved" in said(window)
    assert len(world.rows(Check)) == 2


def test_a_team_decision_that_is_seen_differently_opens_a_case_for_the_product_lead(world: World):
    world.sends(world.amina, "Menus", MILD)
    assert world.rows(Case) == []

    sees_it_differently(world, world.amina, why="Somebody could be outed by it")
    world.settles()

    (case,) = world.rows(Case)
    assert (case.level, case.owner_id, case.state) == (1, "U0DIEGO", "waiting")
    (card,) = world.posts("C0LAUNCHES")
    assert "<@U0DIEGO>, this needs your answer" in said(card)
    assert "their words are in the case" in said(card)


def test_a_higher_second_check_raises_the_case(world: World):
    world.sends(world.amina, "Search", SERIOUS)

    sees_it_differently(world, world.amina, {"M4": "4"})
    world.settles()

    case = world.case(1)
    assert (case.level, case.owner_id) == (3, "U0RUTH")
    assert world.kinds(1) == ["case.opened", "case.level_raised"]


def test_nobody_else_can_disagree_for_the_person_who_sent_the_check(world: World):
    world.sends(world.amina, "Face tagging", FACES)
    (check,) = world.rows(Check)
    forged = world.standin.payloads
    button = {"type": "button", "action_id": "check.disagree", "value": check.id, "text": {}}
    world.settles()
    (card,) = world.ruth.messages("C0BOARD")

    body = forged.message_block_action("U0RUTH", card, {"block_id": "x", "action_ts": "1.1", **button}, {})
    world.standin.delivery.send("interactive", body)

    assert "only the person who sent this check" in said(world.ruth.sees_modal())
    assert len(world.rows(Check)) == 1


def test_a_disagreement_needs_a_sentence(world: World):
    world.sends(world.amina, "Face tagging", FACES)

    reply = sees_it_differently(world, world.amina, why="   ")

    assert set(reply.errors) == {"disagreement"}
    assert len(world.rows(Check)) == 1


def test_the_next_check_of_the_product_starts_with_the_answers_and_without_the_words(world: World):
    world.sends(world.amina, "Face tagging", FACES)
    sees_it_differently(world, world.amina, {"M4": "2"})

    view = world.opens(world.sam, "Face search")

    assert chosen(view, "M4") == "2"
    assert chosen(view, "M7") == FACES["M7"]
    assert WHY not in said(view)
