"""A case moves: checked again, handed up, handed back, acknowledged by one of two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.playground import Hand, Message
from storage import cases
from storage.models import Case, Check
from tests.flow.world import FACES, FLOORED, LIMITED, SERIOUS, World, at, buttons, said

WHY = "The readers in Lima have what they need"


def hands(world: World, who: Hand, card: Message, where: str, reason: str = ""):
    who.clicks(f"case.hand_{where}", message=at(card))
    who.sees_modal()
    if reason:
        who.sets("reason", reason)
    reply = who.submits()
    if not reply.errors:
        world.settles()
    return reply


@pytest.mark.every_way("store")
def test_the_same_launch_checked_again_updates_its_case_and_a_higher_level_goes_to_a_new_owner(world: World):
    first = world.raises("Face tagging", LIMITED)
    assert (first.level, first.owner_id) == (1, "U0DIEGO")
    world.diego.clicks("case.acknowledge", message=at(world.posts("C0LAUNCHES")[0]))
    world.settles()

    world.raises("  face   TAGGING ", FACES, who=world.sam)

    (case,) = world.rows(Case)
    assert (case.level, case.owner_id, case.state, case.submitter_id) == (3, "U0RUTH", "waiting", "U0AMINA")
    assert len(world.rows(Check)) == 2
    (old,) = world.posts("C0LAUNCHES")
    assert "This case has moved on: it is at *L3* now, with <@U0RUTH>" in said(old)
    assert buttons(old) == ["case.open"]
    (new,) = world.posts("C0BOARD")
    assert "<@U0RUTH>, this needs your answer" in said(new)
    assert world.kinds(1) == ["case.opened", "case.acknowledged", "case.level_raised"]
    assert world.whole()


def test_a_lower_check_of_the_same_launch_lowers_nothing(world: World):
    world.raises("Face tagging", FACES)

    reply = world.sends(world.sam, "Face tagging", {**LIMITED, "M1": ["CHG-FEATURE"]})
    world.settles()

    assert world.case(1).level == 3
    assert "The case stays at L3" in said(reply.modal)
    assert world.kinds(1) == ["case.opened", "case.checked_again"]
    assert len(world.posts("C0BOARD")) == 1


def test_the_same_name_at_another_product_is_another_case(world: World):
    world.raises("Search", SERIOUS)
    world.raises("Search", SERIOUS, product="ferry-chat", channel="DM")

    assert [case.product_id for case in world.rows(Case)] == ["harbor-photos", "ferry-chat"]


def test_handed_up_goes_to_the_next_level_and_the_engineer_hears_why(world: World):
    world.raises("Search", SERIOUS)
    (card,) = world.posts("C0RIGHTS")

    reply = hands(world, world.noor, card, "up", "The board should know")

    assert "is at *L3* now, with <@U0RUTH>" in said(reply.modal)
    case = world.case(1)
    assert (case.level, case.owner_id, case.state) == (3, "U0RUTH", "waiting")
    assert "<@U0NOOR> handed *HR-1*" in world.told(world.amina)[-1]
    assert "The board should know" in world.told(world.amina)[-1]
    (new,) = world.posts("C0BOARD")
    assert "*Handed up* by <@U0NOOR>; the reason is in the case" in said(new)
    assert "This case has moved on" in said(world.posts("C0RIGHTS")[0])


def test_handing_up_needs_no_reason(world: World):
    world.raises("Search", SERIOUS)

    reply = hands(world, world.noor, world.posts("C0RIGHTS")[0], "up")

    assert reply.errors == {}
    assert world.case(1).level == 3


def test_the_highest_level_offers_no_way_up(world: World):
    world.raises("Face tagging", FACES)

    assert "case.hand_up" not in buttons(world.posts("C0BOARD")[0])


def test_handed_back_with_a_reason_goes_down_and_both_read_it(world: World):
    """S57, S59."""
    world.raises("Search", SERIOUS)

    hands(world, world.noor, world.posts("C0RIGHTS")[0], "back", WHY)

    case = world.case(1)
    assert (case.level, case.owner_id) == (1, "U0DIEGO")
    assert WHY in world.told(world.amina)[-1]
    assert WHY not in said(world.posts("C0LAUNCHES")[0]), "a channel has readers whom nobody had in mind"
    world.diego.types("/hrdd case HR-1")
    assert WHY in said(world.diego.sees_modal())
    assert world.kinds(1) == ["case.opened", "case.handed_back"]


def test_handing_back_without_a_reason_is_refused_beside_the_field(world: World):
    world.raises("Search", SERIOUS)

    reply = hands(world, world.noor, world.posts("C0RIGHTS")[0], "back", "   ")

    assert "needs its reason" in reply.errors["reason"]
    assert world.case(1).level == 2


def test_a_case_cannot_go_below_what_its_facts_ask_for(world: World):
    world.raises("Face tagging", FLOORED)
    (card,) = world.posts("C0RIGHTS")
    assert "case.hand_back" not in buttons(card)

    # The button is not offered; a click that comes all the same (an old card) is refused.
    shown = forged_hand_back(world, world.noor, 1)

    assert "lowest level" in said(shown)
    assert world.case(1).level == 2


def forged_hand_back(world: World, who: Hand, case_id: int) -> object:
    dm = world.standin.workspace.dm_of(who.id)
    note = world.standin.workspace.post(dm, world.standin.workspace.bot_user, "an old card", [], by_bot=True)
    button = {"type": "button", "action_id": "case.hand_back", "block_id": "x", "value": str(case_id), "text": {}}
    body = world.standin.payloads.message_block_action(who.id, note, {**button, "action_ts": "1.1"}, {})
    world.standin.delivery.send("interactive", body)
    return who.sees_modal()


def test_somebody_who_does_not_hold_the_case_cannot_hand_it_back(world: World):
    world.raises("Search", SERIOUS)

    world.diego.clicks("case.hand_back", message=at(world.posts("C0RIGHTS")[0]))

    assert "belongs to the owner or the backup" in said(world.diego.sees_modal())
    assert world.kinds(1) == ["case.opened"]


def test_an_owner_who_is_no_lead_cannot_lower_what_the_rule_asked_for(world: World):
    world.raises("Search", SERIOUS)
    # As releases before this one could leave it: a product lead who answers for L2.
    with world.db.write() as session:
        held = cases.get(session, 1, lock=True)
        assert held is not None
        held.owner_id = "U0DIEGO"

    shown = forged_hand_back(world, world.diego, 1)

    assert "only a human rights lead can lower" in said(shown)
    assert world.case(1).level == 2


@pytest.mark.every_way
def test_two_people_who_acknowledge_at_once_give_one_outcome_and_a_friendly_answer(world: World):
    world.raises("Search", SERIOUS)
    card = at(world.posts("C0RIGHTS")[0])

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda who: who.clicks("case.acknowledge", message=card), (world.noor, world.ruth)))
    world.settles()

    assert world.kinds(1) == ["case.opened", "case.acknowledged"]
    first = world.case(1).acknowledged_by
    late = world.ruth if first == "U0NOOR" else world.noor
    assert "Someone else acknowledged this case before you" in said(late.sees_modal())
    assert len(world.told(world.amina)) == 2
    assert f"<@{first}> has acknowledged" in world.told(world.amina)[-1]


def test_a_stranger_in_the_channel_cannot_acknowledge(world: World):
    world.raises("Search", SERIOUS)

    world.diego.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))

    assert "belongs to the owner or the backup" in said(world.diego.sees_modal())
    assert world.case(1).state == "waiting"


def test_a_deleted_card_is_posted_again_when_the_case_changes(world: World):
    world.raises("Search", SERIOUS)
    (card,) = world.posts("C0RIGHTS")
    world.standin.workspace.remove(card)
    world.noor.types("/hrdd case HR-1")
    world.noor.sees_modal()

    world.noor.clicks("case.acknowledge")
    world.settles()

    (again,) = world.posts("C0RIGHTS")
    assert "<@U0NOOR> has this case" in said(again)
    assert world.case(1).card_ts == again.ts


def test_the_window_of_a_case_shows_what_happened_and_changes_with_it(world: World):
    world.raises("Search", SERIOUS)
    world.noor.types("/hrdd case hr1")
    view = world.noor.sees_modal()
    assert "sent the check that opened this case at *L2*" in said(view)

    world.noor.clicks("case.acknowledge")
    world.noor.waits(lambda: "acknowledged it" in said(world.noor.modal()))

    assert "case.acknowledge" not in buttons(world.noor.modal() or {})
