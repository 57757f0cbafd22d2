"""The form keeps what was answered: taken back, closed, crossed on the way, sent again, while nothing can be kept."""

from __future__ import annotations

import copy
import threading

import pytest

from bot import payloads
from storage.models import Case, Check, Draft
from tests.flow.test_check_form import filled
from tests.flow.test_disagree import WHY, sees_it_differently
from tests.flow.test_storage_trouble import somebody_writes
from tests.flow.world import FACES, LIMITED, SERIOUS, WORDING, World, at, block_ids, chosen, said
from workflows import check
from workflows.clock import utcnow

NOTE = "Only with the readers in June"
EVERYTHING = {**FACES, "M8.mitigations": ["MIT-DESIGN"], "M8.evidence": "EV2", "M8.gap": "NOT_YET", "M8.note": NOTE}
QUESTIONS = ["M2", "M3", "M4", "M5", "M6", "M7", "M8.mitigations", "M8.evidence", "M8.gap", "M8.note"]


def questions(world: World) -> list[str]:
    return [block for block in block_ids(world.amina.modal()) if block in QUESTIONS]


@pytest.mark.every_way("store")
@pytest.mark.parametrize("meanwhile", [[], ["CHG-UI"]], ids=["taken back", "look and wording for a moment"])
def test_a_first_answer_that_is_taken_back_loses_no_other_answer(world: World, meanwhile: list[str]):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, EVERYTHING)

    amina.sets("M1", meanwhile)
    amina.waits(lambda: questions(world) == [])
    assert ("attestation" in block_ids(amina.modal())) == bool(meanwhile)
    amina.sets("M1", FACES["M1"])
    world.shows(amina, *QUESTIONS)

    assert filled(amina.modal(), EVERYTHING) == EVERYTHING
    assert amina.submits().errors == {}
    (saved,) = world.rows(Check)
    assert saved.answers["M8"] == {
        "mitigations": [{"type": "MIT-DESIGN", "evidence": "EV2"}],
        "gap": "NOT_YET",
        "note": NOTE,
    }


def test_the_own_answers_come_back_and_not_those_of_the_products_last_check(world: World):
    world.raises("Voice rooms", LIMITED)
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, EVERYTHING)

    amina.sets("M1", ["CHG-UI"])
    amina.waits(lambda: questions(world) == [])
    amina.sets("M1", FACES["M1"])
    world.shows(amina, *QUESTIONS)

    assert filled(amina.modal(), EVERYTHING) == EVERYTHING
    assert "Filled in as in the last check" not in said(amina.modal())


def test_look_and_wording_of_a_product_whose_last_check_was_grave_is_still_the_teams(world: World):
    world.raises("Face tagging", FACES)
    world.opens(world.sam, "New icons")
    world.shows(world.sam, "M7")

    world.sam.sets("M1", ["CHG-UI"])
    world.shows(world.sam, "attestation")
    world.sam.waits(lambda: "M2" not in block_ids(world.sam.modal()))
    reply = world.sam.submits()

    assert "L0" in said(reply.modal)
    (saved,) = [each for each in world.rows(Check) if each.submitter_id == "U0SAM"]
    assert (saved.level, saved.answers) == (0, {"M1": ["CHG-UI"]})
    assert len(world.rows(Case)) == 1


@pytest.mark.parametrize("second", [{}, {"M1": ["CHG-UI"]}], ids=["as before", "look and wording"])
def test_the_form_grows_as_always_after_a_disagreement_and_attests_nothing(world: World, second: dict):
    world.sends(world.amina, "Menus", WORDING if second else LIMITED)
    sees_it_differently(world, world.amina, second)
    world.settles()
    sam = world.sam

    view = world.opens(sam, "Face tagging")
    assert "attestation" not in block_ids(view)
    assert "disagreement" not in block_ids(view)
    assert WHY not in said(view)
    assert ("M2" in block_ids(view)) == (not second)
    world.fills(sam, FACES)

    assert "attestation" not in block_ids(sam.modal())
    assert sam.submits().errors == {}
    assert max(each.level for each in world.rows(Check)) == 3


@pytest.mark.every_way("store")
def test_a_disagreement_that_was_written_and_closed_is_there_when_the_button_is_pressed_again(world: World):
    amina = world.amina
    world.sends(amina, "Search", SERIOUS)
    world.settles()
    (result,) = world.posts(world.standin.workspace.dm_of("U0AMINA"))
    while amina.stack():
        amina.closes()
    for _ in range(2):
        amina.clicks("check.disagree", message=at(result))
        amina.sees_modal()
        if not chosen(amina.modal() or {}, "disagreement"):
            amina.sets("disagreement", WHY)
            amina.sets("M5", "3")
            amina.closes()
            world.until(lambda: [each for each in world.rows(Draft) if each.answers["disagreement"]])

    view = amina.modal() or {}
    assert (chosen(view, "disagreement"), chosen(view, "M5")) == (WHY, "3")
    assert amina.submits().errors == {}
    assert [each.disagreement for each in world.rows(Check)] == [None, WHY]
    assert world.rows(Draft) == []


@pytest.mark.every_way("store")
def test_the_same_window_with_a_changed_answer_is_a_second_check_of_the_same_case(world: World):
    world.opens(world.amina, "Search")
    world.fills(world.amina, SERIOUS)
    body = world.submission(world.amina)
    changed = copy.deepcopy(body)
    option = changed["view"]["state"]["values"]["M4"]["answer"]["selected_option"]
    option["value"] = "4"

    for sent in (body, changed, body, changed):
        assert (world.delivers(sent).data or {})["response_action"] == "update"
    world.settles()

    assert [each.answers["M4"] for each in world.rows(Check)] == [3, 4]
    (case,) = world.rows(Case)
    assert case.level == 3
    assert world.kinds(1) == ["case.opened", "case.level_raised"]
    assert len(world.told(world.amina)) == 2


@pytest.mark.every_way("store")
def test_of_two_answers_handled_out_of_order_the_newer_draft_stays(world: World, monkeypatch: pytest.MonkeyPatch):
    real, newer, order = check.keep_draft, threading.Event(), []

    def keep_draft(desk, person, form, now):
        older = form.filled["M1"] == ["CHG-DATA"]
        if older:
            assert newer.wait(5)
        real(desk, person, form, now)
        order.append(form.filled["M1"])
        newer.set()

    monkeypatch.setattr(check, "keep_draft", keep_draft)
    world.opens(world.amina, "Face tagging")
    world.amina.sets("M1", ["CHG-DATA"])
    world.amina.sets("M1", ["CHG-DATA", "CHG-SENSITIVE"])

    world.until(lambda: len(order) == 2)

    assert order[-1] == ["CHG-DATA"], "the older answer was handled last"
    (draft,) = world.rows(Draft)
    assert draft.answers["filled"]["M1"] == ["CHG-DATA", "CHG-SENSITIVE"]


@pytest.mark.every_way("store")
def test_the_form_grows_while_nothing_can_be_kept_and_only_sending_says_so(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    with somebody_writes(world):
        amina.sets("M1", ["CHG-DATA"])
        amina.waits(lambda: "M2" in block_ids(amina.modal()), timeout=10)
        amina.sets("M2", ["GRP-USERS"])
        amina.sets("M3", ["CTX-NONE"])
        amina.waits(lambda: "M4" in block_ids(amina.modal()), timeout=10)
        amina.sets("M4", "1")
        amina.waits(lambda: "M7" in block_ids(amina.modal()), timeout=10)
        assert len(amina.stack()) == 1, "no window about it lies on the form"
        reply = amina.submits()

    (sentence,) = reply.errors.values()
    assert "nothing is saved yet" in sentence
    assert chosen(amina.modal() or {}, "launch") == "Face tagging"
    assert amina.submits().errors == {}
    assert len(world.rows(Check)) == 1


@pytest.mark.every_way("store")
def test_an_answer_that_is_handled_after_the_sending_brings_no_draft_back(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, FACES)
    late = payloads.check_form(amina.modal())

    assert amina.submits().errors == {}
    check.keep_draft(world.desk, "U0AMINA", late, utcnow())

    assert len(world.rows(Check)) == 1
    assert world.rows(Draft) == []


def test_a_closing_that_says_nothing_of_the_answers_leaves_the_draft_as_it_was(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, EVERYTHING)
    amina.sets("M1", [])
    amina.waits(lambda: questions(world) == [])
    (before,) = world.rows(Draft)
    closed = world.submission(amina) | {"type": "view_closed", "is_cleared": False}
    closed["view"]["state"] = {"values": {}}

    world.delivers(closed)

    (after,) = world.rows(Draft)
    assert (after.answers, after.updated_at) == (before.answers, before.updated_at)
    assert after.answers["launch"] == "Face tagging"


def test_a_form_that_somebody_only_looked_at_leaves_no_draft(world: World):
    world.raises("Voice rooms", LIMITED, product="ferry-chat", channel="DM")
    world.opens(world.sam, "", channel="DM")

    world.sam.closes()
    world.settles()

    assert world.rows(Draft) == []
