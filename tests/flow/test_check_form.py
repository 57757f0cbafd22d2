"""The form of a check: one screen that grows, remembers, and takes "I do not know" for an answer."""

from __future__ import annotations

import pytest

from storage.models import Case, Check, Draft
from tests.flow.world import FACES, LIMITED, MILD, SERIOUS, WORDING, World, block_ids, chosen, said

START = ["product", "launch", "M1"]
PEOPLE = [*START, "M2", "M3"]
WORST = [*PEOPLE, "M4"]
REST = [*WORST, "M5", "M6", "M7", "M8.mitigations", "M8.evidence", "M8.gap", "M8.note"]


def questions(view: dict | None) -> list[str]:
    return [block for block in block_ids(view) if block in REST]


def filled(view: dict | None, like: dict) -> dict:
    """Return what the questions of `like` hold; the order of several does not count."""
    held = {question: chosen(view or {}, question) for question in like}
    return {
        name: sorted(value, key=list(like[name]).index)
        if isinstance(value, list) and set(value) == set(like[name])
        else value
        for name, value in held.items()
    }


def test_the_form_opens_with_three_questions_and_the_name_that_was_typed(world: World):
    view = world.opens(world.amina, "Face tagging")

    assert questions(view) == START
    assert chosen(view, "launch") == "Face tagging"
    assert chosen(view, "product") == "harbor-photos"


def test_no_product_is_assumed_where_the_channel_belongs_to_none(world: World):
    view = world.opens(world.sam, "Voice rooms", channel="DM")

    assert chosen(view, "product") is None


def test_questions_appear_when_the_answers_so_far_call_for_them(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    amina.sets("M1", ["CHG-DATA"])
    world.shows(amina, "M2", "M3")
    assert questions(amina.modal()) == PEOPLE

    amina.sets("M2", ["GRP-CHILD"])
    amina.sets("M3", ["CTX-NOCHOICE"])
    world.shows(amina, "M4")
    assert questions(amina.modal()) == WORST

    amina.sets("M4", "3")
    world.shows(amina, "M7")
    assert questions(amina.modal()) == REST


def test_answering_quickly_never_leaves_the_form_without_its_next_question(world: World):
    amina = world.amina
    world.standin.faults.rates(latency=(0.05, 0.1))
    world.opens(amina, "Face tagging")
    amina.sets("M1", ["CHG-DATA"])
    world.shows(amina, "M2", "M3")
    amina.sets("M2", ["GRP-CHILD"])
    amina.sets("M3", ["CTX-NOCHOICE"])

    world.shows(amina, "M4")

    assert chosen(amina.modal(), "M2") == ["GRP-CHILD"]


def test_what_was_answered_stays_when_the_form_grows(world: World):
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)

    view = world.amina.modal()

    assert filled(view, FACES) == FACES


@pytest.mark.parametrize("answers", [SERIOUS, MILD])
def test_ratings_may_stay_empty_only_where_the_worst_harm_is_small(world: World, answers: dict):
    world.opens(world.amina, "Menus")
    world.fills(world.amina, {name: answers[name] for name in ("M1", "M2", "M3", "M4")})
    world.shows(world.amina, "M5")

    reply = world.amina.submits()

    if answers["M4"] == "1":
        assert "L0" in said(reply.modal)
    else:
        assert set(reply.errors) == {"M5", "M6", "M7"}
        assert world.rows(Check) == []


def test_a_second_check_starts_with_the_answers_of_the_products_last_one(world: World):
    world.raises("Face tagging", {**FACES, "M8.mitigations": ["MIT-DESIGN"], "M8.evidence": "EV2", "M8.note": "x"})

    view = world.opens(world.sam, "Face search")

    assert filled(view, FACES) == FACES
    assert chosen(view, "M8.mitigations") == ["MIT-DESIGN"]
    assert chosen(view, "M8.evidence") == "DK", "evidence for one launch says nothing about another"
    assert chosen(view, "M8.note") is None
    assert "Filled in as in the last check of this product" in said(view)


def test_questions_that_appear_come_filled_in_and_what_is_on_the_screen_stays(world: World):
    world.raises("Voice rooms", LIMITED, product="ferry-chat", channel="DM")
    sam = world.sam
    world.opens(sam, "Louder rooms", channel="DM")

    sam.sets("product", "ferry-chat")
    sam.sets("M1", ["CHG-WORK"])
    sam.waits(lambda: "M7" in block_ids(sam.modal() or {}))

    rest = {question: answer for question, answer in LIMITED.items() if question != "M1"}
    assert filled(sam.modal(), rest) == rest
    assert chosen(sam.modal(), "M1") == ["CHG-WORK"]
    assert chosen(sam.modal(), "launch") == "Louder rooms"


def test_a_change_of_looks_says_nothing_about_the_next_launch(world: World):
    world.sends(world.amina, "New icons", WORDING)

    view = world.opens(world.sam, "Face tagging")

    assert questions(view) == START
    assert chosen(view, "M1") == []


def test_a_draft_survives_a_closed_window_and_is_gone_once_it_is_sent(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, {**LIMITED, "M8.note": "Only with the readers in June"})
    amina.closes()
    world.until(lambda: [d for d in world.rows(Draft) if d.answers["filled"].get("M8")])

    view = world.opens(amina)

    assert filled(view, LIMITED) == LIMITED
    assert chosen(view, "M8.note") == "Only with the readers in June"
    assert chosen(view, "launch") == "Face tagging"
    assert "what you wrote last time" in said(view)

    assert amina.submits().errors == {}
    assert world.rows(Draft) == []
    assert questions(world.opens(amina, "Something else")) == REST


def test_a_draft_belongs_to_one_person(world: World):
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, {"M1": ["CHG-DATA"]})
    world.until(lambda: world.rows(Draft))

    assert questions(world.opens(world.sam, "Face tagging")) == START


def test_a_draft_is_forgotten_after_thirty_days(world: World):
    from workflows.check import forget_old_drafts

    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, {"M1": ["CHG-DATA"]})
    world.until(lambda: world.rows(Draft))
    world.clock.moves(days=29)
    assert forget_old_drafts(world.desk, world.clock.now()) == 0
    world.clock.moves(days=2)

    assert forget_old_drafts(world.desk, world.clock.now()) == 1


def test_i_do_not_know_is_an_answer_everywhere_and_never_the_mild_one(world: World):
    everywhere = {
        "M1": ["DK"],
        "M2": ["DK"],
        "M3": ["CTX-DK"],
        "M4": "DK",
        "M5": "DK",
        "M6": "DK",
        "M7": "DK",
        "M8.mitigations": ["DK"],
        "M8.evidence": "DK",
    }

    reply = world.sends(world.amina, "Whatever comes", everywhere)

    assert reply.errors == {}
    (check,) = world.rows(Check)
    (case,) = world.rows(Case)
    assert (check.severity, check.level, case.level) == (4, 3, 3)
    assert "not known yet" in said(reply.modal)


def test_a_mitigation_without_a_grade_counts_as_not_known(world: World):
    world.raises("Face tagging", {**SERIOUS, "M8.mitigations": ["MIT-DESIGN"]})

    (check,) = world.rows(Check)

    assert check.answers["M8"] == {"mitigations": [{"type": "MIT-DESIGN", "evidence": "DK"}]}
    assert check.level == 2


def test_proven_evidence_lowers_one_step_and_says_so(world: World):
    reply = world.sends(
        world.amina, "Face tagging", {**SERIOUS, "M8.mitigations": ["MIT-DESIGN"], "M8.evidence": "EV3"}
    )

    (check,) = world.rows(Check)
    assert check.level == 1
    assert "one step lower" in said(reply.modal)
