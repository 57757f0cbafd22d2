"""The windows of anonymous concerns: what they say first, that they look alike, that they carry ids only."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.edge import CHOICES, TEXTS, scrub
from bot.ids import Block, Callback
from bot.payloads_blind import Came, Chosen, Shown
from bot.payloads_concern import Choices
from bot.playground.blockkit import lint_view, view_is_too_large
from bot.playground.inputs import as_state, starting_values
from bot.views import concern as views
from bot.views import reply
from tests.contract.blind_screens import CHOSEN, CONCERNS, FEW, RECEIPT, VISIT, WORDS, blind_screens
from tests.flow.world import said
from workflows.blind_values import TEXT_MOST
from workflows.policy_concerns import Concerns
from workflows.rules import revealing
from workflows.rules.concerns import Mode

SCREENS = blind_screens()
BEFORE = [name for name in SCREENS if name.startswith("concern_before")]
LONG = "<@U0AMINA> & <!channel> 😀 "


def inputs(view: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def shape(view: dict[str, Any]) -> list[tuple[object, ...]]:
    """Return what a window is made of, without its words."""
    return [
        (block["type"], block.get("block_id"), (block.get("element") or {}).get("type")) for block in view["blocks"]
    ]


@pytest.mark.parametrize("name", BEFORE)
def test_t20_what_is_hidden_and_what_is_not_is_said_before_anything_can_be_written(name: str):
    view = SCREENS[name]()

    assert inputs(view) == []
    assert len(said(view["blocks"]).split()) <= 130
    assert "Slack itself sees" in said(view)
    assert "Your employer may see" in said(view)
    assert "your own phone and network" in said(view)


def test_t20_it_names_who_can_open_it_and_where_to_turn_outside():
    shown = said(SCREENS["concern_before"]())

    assert all(each.name in shown for each in CONCERNS.everybody)
    assert all(each.name in shown and each.how in shown for each in CONCERNS.outside)
    assert "Nobody can restore it" in shown


def test_an_emergency_key_is_named_among_those_who_can_open_it():
    key = "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="
    with_key = Concerns.model_validate({**CONCERNS.model_dump(), "recovery_key": key})

    assert "an emergency key" in said(views.before(with_key, offers=True))


def test_among_few_people_nobody_is_promised_to_stay_unknown_and_the_outside_comes_first():
    before, how = said(SCREENS["concern_before_few"]()), SCREENS["concern_how_few"]()

    assert before.startswith("*Outside the company:*") or "\n*Outside the company:*" in before
    assert "nonymous" not in before
    assert [each["value"] for each in how["blocks"][0]["element"]["options"]] == ["named", "confidential", "nothing"]
    assert FEW.is_small


def test_the_window_for_the_words_is_alike_whoever_writes_them():
    made = [
        views.write(CHOSEN),
        views.write(replace(CHOSEN, mode=Mode.NOTHING)),
        views.named_write(replace(CHOSEN, mode=Mode.NAMED)),
        views.named_write(replace(CHOSEN, mode=Mode.CONFIDENTIAL)),
    ]

    assert len({str(shape(view)) for view in made}) == 1
    assert len({str(view["title"]) + str(view["submit"]) for view in made}) == 1
    sizes = [len(json.dumps(view)) for view in made]
    assert max(sizes) - min(sizes) < 150


def test_a_code_is_shown_in_a_window_alike_whether_it_opens_something_or_nothing():
    real, nothing = SCREENS["concern_receipt"](), SCREENS["concern_receipt_nothing"]()

    assert shape(real) == shape(nothing)
    assert abs(len(json.dumps(real)) - len(json.dumps(nothing))) < 400


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_that_a_window_carries_along_is_a_word_or_a_code(name: str):
    memory = SCREENS[name]().get("private_metadata") or ""

    assert not any(word in memory for word in WORDS.split() if len(word) > 3)
    assert RECEIPT not in memory
    assert "U0" not in memory


@pytest.mark.parametrize("name", SCREENS)
def test_what_a_window_asks_and_carries_passes_the_edge(name: str):
    view = SCREENS[name]()
    if view["callback_id"] in (Callback.PROBLEM, Callback.CONCERN_NAMED):
        return
    sent = {"type": "view_submission", "view": view | {"id": "V1", "state": as_state(starting_values(view["blocks"]))}}

    passed = scrub(sent)["view"]

    assert passed["private_metadata"] == view.get("private_metadata", "")
    assert [block["block_id"] for block in passed["blocks"]] == inputs(view)
    assert set(inputs(view)) <= {*TEXTS, *CHOICES}
    options = {
        (block["block_id"], option["value"])
        for block in view["blocks"]
        if block["type"] == "input"
        for option in block["element"].get("options", ())
    }
    assert all(CHOICES[block].fullmatch(value) for block, value in options)


def test_what_was_chosen_comes_back_as_it_went():
    for mode in Mode:
        chosen = replace(CHOSEN, mode=mode, site=None, urgent=True)
        assert Chosen.load(chosen.dump()) == chosen
    shown, came = Shown("0f" * 16, "urgent"), Came("1d" * 16, sure=True, asks=True)
    assert (Shown.load(shown.dump()), Came.load(came.dump())) == (shown, came)


def test_a_named_concern_carries_what_its_own_reader_reads():
    chosen = replace(CHOSEN, mode=Mode.CONFIDENTIAL)

    found = Choices.load(views.named_write(chosen)["private_metadata"])

    assert (found.mode, found.topic, found.site, found.leader, found.left_out, found.checkin, found.nonce) == (
        "confidential",
        "TOP-HARM",
        "berlin",
        True,
        ("board-ruth",),
        True,
        chosen.nonce,
    )


def test_slack_takes_the_longest_words_names_and_places():
    people = [{"id": f"r{n}", "name": (LONG * 9)[:75], "person": f"U0LONG{n}"} for n in range(7)]
    groups = [{"id": f"g{n}", "name": "G", "people": people[n * 3 : n * 3 + 3 + n]} for n in range(2)]
    longest = Concerns.model_validate(
        {
            "staff": 9999,
            "recipients": groups,
            "outside": [{"name": (LONG * 9)[:75], "how": (LONG * 20)[:200]} for _ in range(20)],
            "sites": [{"id": f"s{n}", "name": (LONG * 9)[:75], "staff": 10} for n in range(120)],
        }
    )
    text = (LONG * 200)[:TEXT_MOST]
    kinds = revealing.KINDS
    made = [
        views.before(longest, offers=True),
        views.before(longest, offers=False),
        views.how(longest, offers=True),
        views.wait(longest),
        views.write(CHOSEN, text, kinds, longest.everybody, [each.id for each in longest.everybody]),
        views.named_write(replace(CHOSEN, mode=Mode.NAMED), text),
        reply.read(replace(VISIT, answers=(text,) * 8, asks=True)),
        reply.look_again(Came("1d" * 16, asks=True), text, kinds, "quiet", urgent=True),
        reply.again(Came("1d" * 16, asks=True), text, "quiet", urgent=True, back=True, decided=True),
    ]

    for view in made:
        assert lint_view(view) == []
        assert not view_is_too_large(view)


def test_an_answer_is_shown_whole_and_as_plain_text():
    view = SCREENS["reply_answered"]()

    shown = "".join(
        each["text"]["text"] for each in view["blocks"] if (each.get("text") or {}).get("type") == "plain_text"
    )
    assert shown == "".join(VISIT.answers)
    assert Block.CONCERN in inputs(view)


def test_a_report_that_was_taken_back_takes_nothing_more():
    assert "submit" not in SCREENS["reply_retracted"]()
    assert inputs(SCREENS["reply_retracted"]()) == []
