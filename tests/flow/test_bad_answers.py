"""Answers that cannot be: refused in one sentence beside their field, nothing saved, and the next try works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.playground.deliver import Ack
from storage.models import Check
from tests.flow.world import FACES, SERIOUS, World

Values = dict[str, dict[str, Any]]
NOTHING = {"checks": 0, "cases": 0, "events": 0, "messages": 0}


def some(*ids: str) -> dict[str, Any]:
    return {"type": "multi_static_select", "selected_options": [{"value": each} for each in ids]}


def one(value: str | None) -> dict[str, Any]:
    return {"type": "radio_buttons", "selected_option": None if value is None else {"value": value}}


def text(value: object) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def saved(world: World) -> dict[str, int]:
    return {name: count for name, count in world.counts().items() if name != "drafts"}


def sends(world: World, **changes: dict[str, Any]) -> Ack:
    """Let a filled form reach the bot with some inputs replaced, as no person could fill them."""
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)
    body = world.submission(world.amina)
    for block, value in changes.items():
        body["view"]["state"]["values"][block] = {"answer": value}
    return world.delivers(body)


def errors(answer: Ack) -> dict[str, str]:
    assert answer.status == 200
    assert answer.data is not None, answer.text
    assert answer.data["response_action"] == "errors", answer.data
    found: dict[str, str] = answer.data["errors"]
    return found


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("M1", some("CHG-NOPE")),
        ("M1", some("CHG-DATA", "x" * 3000)),
        ("M2", some("GRP-NOBODY")),
        ("M3", some("CTX-<!channel>")),
        ("M4", one("5")),
        ("M5", one("0")),
        ("M6", one("")),
        ("M7", one("often")),
        ("M8.gap", one("MAYBE")),
        ("M8.mitigations", some("MIT-MAGIC")),
        ("product", {"type": "static_select", "selected_option": {"value": "no-such-product"}}),
        ("launch", text("x" * 3001)),
        ("M8.note", text("x" * 3001)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_was_never_offered_is_refused_beside_its_field(world: World, block: str, value: dict):
    found = errors(sends(world, **{block: value}))

    assert list(found) == [block]
    assert found[block].startswith("Nothing is saved yet, because")
    assert saved(world) == NOTHING


def test_an_evidence_grade_that_does_not_exist_is_refused(world: World):
    found = errors(sends(world, **{"M8.mitigations": some("MIT-DESIGN"), "M8.evidence": one("EV9")}))

    assert list(found) == ["M8.evidence"]
    assert saved(world) == NOTHING


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("M1", some()),
        ("M2", some()),
        ("M3", some()),
        ("M4", one(None)),
        ("M5", one(None)),
        ("product", {"type": "static_select", "selected_option": None}),
        ("launch", text(None)),
        ("launch", text("  \n ")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_missing_is_asked_for_beside_its_field(world: World, block: str, value: dict):
    found = errors(sends(world, **{block: value}))

    assert list(found) == [block]
    assert saved(world) == NOTHING


def test_none_of_these_does_not_go_with_another_answer(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, {**FACES, "M3": ["CTX-NONE", "CTX-NOCHOICE"]})

    reply = amina.submits()

    assert '"None of these" stands beside another answer' in reply.errors["M3"]
    assert saved(world) == NOTHING
    amina.sets("M3", ["CTX-NOCHOICE"])
    assert amina.submits().errors == {}
    assert len(world.rows(Check)) == 1


@pytest.mark.parametrize(
    "break_it",
    [
        lambda view: view["state"].update(values={}),
        lambda view: view.pop("state"),
        lambda view: view.update(private_metadata="not ours"),
        lambda view: view.update(private_metadata='{"a": 1}'),
        lambda view: view["state"]["values"].update(M4={"answer": {"type": "radio_buttons", "selected_option": "4"}}),
        lambda view: view["state"]["values"].update(M1={"answer": {"type": "x", "selected_options": {"value": "DK"}}}),
        lambda view: view["state"]["values"].update(M1={"answer": None}),
        lambda view: view["state"]["values"].update(M1={"other": some("DK")}),
        lambda view: view["state"]["values"].update(launch={"answer": text(["a", "list"])}),
        lambda view: view["state"]["values"].update({"M9": {"answer": one("1")}}),
        lambda view: view.update(id=""),
        lambda view: view.update(id="V" * 500),
    ],
)
def test_a_form_of_a_strange_shape_gives_an_answer_and_saves_nothing_or_one_check(
    world: World, break_it: Callable[[dict[str, Any]], object]
):
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)
    body = world.submission(world.amina)
    break_it(body["view"])

    answers = [world.delivers(body) for _ in range(2)]

    assert all(answer.status == 200 and answer.failure is None for answer in answers)
    assert all((answer.data or {}).get("response_action") in ("errors", "update") for answer in answers)
    kept = sum((answer.data or {})["response_action"] == "update" for answer in answers) > 0
    assert len(world.rows(Check)) <= int(kept)
    assert world.whole()


def test_a_form_that_shows_too_few_questions_grows_instead_of_refusing(world: World):
    amina = world.amina
    world.opens(amina, "Face tagging")
    world.fills(amina, {"M1": ["CHG-DATA"], "M2": ["GRP-CHILD"], "M3": ["CTX-NOCHOICE"], "M4": "3"})
    body = world.submission(amina)
    body["view"]["blocks"] = [block for block in body["view"]["blocks"] if block["block_id"] < "M5"]

    answer = world.delivers(body)

    assert (answer.data or {})["response_action"] == "update"
    assert saved(world) == NOTHING


@pytest.mark.parametrize("value", ["", "HR-0", "0", "-x", "9" * 400, "<!channel>", "HR-1; DROP TABLE hr_case", "🙂"])
def test_a_button_with_a_strange_value_is_answered_in_words(world: World, value: str):
    world.raises("Search", SERIOUS)
    before = world.counts()
    (card,) = world.posts("C0RIGHTS")
    button = {"type": "button", "block_id": "x", "value": value, "text": {}, "action_ts": "1.1"}

    for action in ("case.acknowledge", "case.open"):
        body = world.standin.payloads.message_block_action("U0NOOR", card, {"action_id": action, **button}, {})
        assert world.delivers(body).failure is None
        assert "no case that you can see" in str(world.noor.sees_modal())

    assert world.counts() == before
    assert world.case(1).state == "waiting"


@pytest.mark.parametrize("value", ["", "x", "1", "99:", ":", "a:b", "1:2:3"])
def test_a_page_that_is_no_page_leaves_the_home_as_it_is(world: World, value: str):
    world.raises("Search", SERIOUS)
    home = world.noor.opens_home()
    assert home is not None
    view = world.standin.workspace.modals.homes["U0NOOR"]
    button = {"type": "button", "action_id": "home.more", "block_id": "x", "value": value, "text": {}}

    answer = world.delivers(world.standin.payloads.view_action(view, {**button, "action_ts": "1.1"}))

    assert answer.failure is None


def test_a_command_with_three_thousand_signs_opens_a_form_with_the_first_of_them(world: World):
    view = world.opens(world.amina, "Face & tagging " * 200)

    assert len(view["state"]["values"]["launch"]["answer"]["value"]) == 150
