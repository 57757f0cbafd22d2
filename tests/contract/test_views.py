"""Every screen and message is what Slack takes, also with the longest texts, and looks as it did when last looked at.

After a change that is meant: `HRDD_WRITE_VIEWS=1 pytest tests/contract/test_views.py`, then look at the difference.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot import payloads
from bot.explaining import beside, told
from bot.listeners import ACTIONS, BLIND_ACTIONS, BLIND_SUBMISSIONS, CLOSINGS, SUBMISSIONS
from bot.notifier import _note
from bot.payloads import FormMemory
from bot.playground.blockkit import lint_message, lint_view, view_is_too_large
from bot.views import acts, missing, problems
from bot.views import case as case_views
from bot.views.check import receipt
from bot.views.home import home
from prompts import load_bank, problem
from tests.contract.samples import (
    ANSWERS,
    AT,
    CARD,
    CASE,
    EVENTS,
    FILLED,
    FINDING,
    LACKS,
    MESSAGES,
    NOTES,
    PAGE,
    RECEIPT,
    VIEWS,
    card,
    forms,
    message,
)
from tests.flow.world import foreign_mentions
from workflows.deciding import FIELD_OF
from workflows.errors import BadAnswer, BadAnswers
from workflows.findings import reasons
from workflows.rules import form as form_rules
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.rules.values import Answers, Level, MitigationAnswer
from workflows.values import CaseView, CheckForm, CheckLine, Digest, Handed, HistoryLine, HomePage, Note

GOLDEN = Path(__file__).parent / "views"
BANK = load_bank()


@pytest.mark.parametrize("name", [*VIEWS, *MESSAGES])
def test_each_screen_looks_as_it_did(name: str):
    made = (VIEWS | MESSAGES)[name]()
    text = json.dumps(made, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("HRDD_WRITE_VIEWS"):
        path.write_text(text, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text


def test_no_picture_is_left_of_a_screen_that_is_gone():
    assert {path.stem for path in GOLDEN.glob("*.json")} == {*VIEWS, *MESSAGES}


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_each_screen(name: str):
    view = VIEWS[name]()

    assert lint_view(view) == []
    assert not view_is_too_large(view)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_each_message(name: str):
    made = MESSAGES[name]()

    assert lint_message(made) == []
    assert 0 < len(made["text"]) <= 4000


def elements(shown: object) -> list[str]:
    if isinstance(shown, dict):
        own = [shown["action_id"]] if "action_id" in shown else []
        return own + [one for value in shown.values() for one in elements(value)]
    return [one for value in shown for one in elements(value)] if isinstance(shown, list) else []


@pytest.mark.parametrize("name", [*VIEWS, *MESSAGES])
def test_every_button_and_input_has_somebody_who_listens(name: str):
    assert set(elements((VIEWS | MESSAGES)[name]())) <= {*ACTIONS, *BLIND_ACTIONS}


@pytest.mark.parametrize("name", VIEWS)
def test_every_window_that_can_be_sent_has_somebody_who_listens(name: str):
    view = VIEWS[name]()

    assert "submit" not in view or view["callback_id"] in {*SUBMISSIONS, *BLIND_SUBMISSIONS}
    assert not view.get("notify_on_close") or view["callback_id"] in CLOSINGS


def test_every_action_that_is_listened_to_is_on_some_screen():
    shown = {one for make in (*VIEWS.values(), *MESSAGES.values()) for one in elements(make())}

    assert {*ACTIONS, *BLIND_ACTIONS} == shown


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the inputs of a window by the id of their block."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def test_whatever_a_decision_lacks_can_be_said_beside_its_input():
    assert set(FIELD_OF.values()) <= set(inputs(VIEWS["decide"]()))
    assert {"person", "reason"} == set(inputs(VIEWS["reassign"]()))
    assert {"until", "reason"} == set(inputs(VIEWS["snooze"]()))


def test_a_decision_comes_back_as_it_was_filled_in():
    filled: dict[str, dict[str, Any]] = {
        "outcome": {"selected_option": {"value": "conditions"}},
        "reason": {"value": " It is small now "},
        "conditions": {"value": "Off for children"},
        "condition_type": {"selected_option": {"value": "MIT-OPTOUT"}},
        "keeper": {"selected_user": "U0DIEGO"},
        "check_on": {"selected_date": "2026-04-01"},
        "hold_until": {"selected_date": "2026-06-01"},
    }
    view = {"state": {"values": {name: {"answer": value} for name, value in filled.items()}}}

    assert set(filled) == set(inputs(VIEWS["decide"]()))
    assert payloads.decision(view) == Decision(
        Outcome.CONDITIONS,
        "It is small now",
        "Off for children",
        "MIT-OPTOUT",
        "U0DIEGO",
        date(2026, 4, 1),
        date(2026, 6, 1),
    )
    assert {option["value"] for option in inputs(VIEWS["decide"]())["outcome"]["options"]} == set(Outcome)


def test_s31_the_kinds_of_a_condition_begin_with_design_terms_and_leverage_and_never_cut_people_off():
    """S21, S31."""
    kinds = [option["value"] for option in inputs(VIEWS["decide"]())["condition_type"]["options"]]

    assert kinds[:3] == ["MIT-DESIGN", "MIT-TOS", "MIT-LEVERAGE"]
    assert "MIT-DENY" not in kinds


def test_s33_deciders_read_who_sees_it_differently_and_what_good_it_could_do():
    """S5, S22, S33."""
    shown = json.dumps(VIEWS["decide"]())

    for words in ("Nobody asked the night shift", "People find each other after a flood", "Two others sell the same"):
        assert words in shown


def test_every_thing_that_is_missing_leads_to_where_it_is_written():
    view = VIEWS["missing"]()
    buttons = [block["accessory"]["value"] for block in view["blocks"] if block.get("accessory")]

    assert buttons[:3] == ["12:risk:1:0", "12:mitigation:0:1", "12:mitigation:0:1"]
    assert "12:D08:0:0" in buttons
    assert len(LACKS) * 2 == missing.SHOWN + 4


@pytest.mark.parametrize(
    ("block", "value", "problem"),
    [
        ("outcome", {"selected_option": None}, "outcome_missing"),
        ("outcome", {"selected_option": {"value": "of_a_later_version"}}, "outcome_missing"),
        ("check_on", {"selected_date": "2026-02-30"}, "bad_date"),
        ("hold_until", {"selected_date": "2026-02-30"}, "bad_date"),
    ],
)
def test_what_is_no_answer_is_named_beside_its_input(block: str, value: dict[str, Any], problem: str):
    filled = {"outcome": {"selected_option": {"value": "go"}}, block: value}

    with pytest.raises(BadAnswer) as told:
        payloads.decision({"state": {"values": {name: {"answer": each} for name, each in filled.items()}}})

    assert (told.value.field, told.value.problem) == (block, problem)


def test_a_person_or_a_day_that_is_not_chosen_is_asked_for():
    with pytest.raises(BadAnswer, match="nobody_chosen"):
        payloads.person_in({}, "person")
    with pytest.raises(BadAnswer, match="bad_date"):
        payloads.day_in({}, "until")


def test_everything_that_is_missing_is_said_at_once_each_beside_its_input():
    lacks = BadAnswers([("reason", "reason_missing"), ("check_on", "check_on_missing")])

    assert beside(VIEWS["decide"](), told(lacks)) == {
        "reason": problem("reason_missing"),
        "check_on": problem("check_on_missing"),
    }


def test_two_problems_without_a_place_of_their_own_are_both_said():
    placed = beside(VIEWS["decide"](), [(None, "One."), ("gone", "Two.")])

    assert placed == {"outcome": "One. Two."}


SPICE = ["<!channel>", "<@U1>", "&", "🙂", "❤", "`x`", "\u202e", "\n", "http://evil.example", "@here ", "a b "]
pieces = some.one_of(some.sampled_from(SPICE), some.text(max_size=30))


def texts(most: int) -> some.SearchStrategy[str]:
    """Return words of any kind, often as long as can be."""
    long = some.sampled_from(SPICE).map(lambda piece: (piece * most)[:most])
    return some.one_of(long, some.lists(pieces, max_size=40).map(lambda parts: "".join(parts)[:most]))


cases = some.builds(
    lambda launch, product, level, number: replace(CASE, launch=launch, product=product, level=level, id=number),
    texts(150),
    texts(75),
    some.sampled_from(list(Level)),
    some.sampled_from([1, 10**15]),
)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WRITTEN = ("reason", "conditions", "mitigation")
EVERY_RULE = tuple(reason for _ in range(3) for reason in reasons(FINDING, BANK, everything=True)) * 3


def sound(made: dict[str, Any]) -> None:
    found = lint_view(made) if "type" in made else lint_message(made)
    assert found == []
    assert not view_is_too_large(made)
    assert foreign_mentions(made) == []
    assert len(made.get("text", "")) <= 4000


@often
@given(cases, texts(1000), texts(1000))
def test_a_card_takes_any_words(case, disagreement: str, reason: str):
    shown = replace(
        CARD, case=case, disagreement=disagreement, disagreed_by="U0SAM", handed=Handed("U0RUTH", True, reason)
    )

    sound(card(replace(shown, reasons=EVERY_RULE)))
    sound(card(replace(shown, moved=True)))


@often
@given(cases, texts(1000))
def test_a_case_window_takes_any_history(case, reason: str):
    lines = [
        HistoryLine(
            AT + timedelta(hours=hour), "U0NOOR", kind, values | {name: reason for name in WRITTEN if name in values}
        )
        for hour, (kind, values) in enumerate(EVENTS * 30)
    ]

    sound(case_views.whole(CaseView(replace(CARD, case=case, reasons=EVERY_RULE, disagreement=reason), tuple(lines))))
    for act in Act:
        sound(acts.done(replace(case, decision="hold"), act))
        if act is not Act.ACKNOWLEDGE:
            sound(acts.form(CaseView(replace(CARD, case=case), (), date(2026, 3, 23)), act))


@often
@given(cases, texts(1000))
def test_notes_take_any_words(case, reason: str):
    shown = replace(RECEIPT, product=case.product, launch=case.launch, case=case, reasons=EVERY_RULE)

    sound(receipt(shown))
    sound(message(*_note(Note("result", case=case, receipt=shown))))
    sound(message(*_note(Note("moved", case=case, by="U0NOOR", reason=reason))))
    told = [note for note in NOTES.values() if note.case is not None]
    for note in (*told, *(Note(kind) for kind in ("acknowledged", "replaced", "severe", "several"))):
        words = {"reason": reason, "conditions": reason if note.outcome == "conditions" else ""}
        sound(message(*_note(replace(note, case=case, by=note.by or "U0NOOR", to="U0RUTH", count=10**6, **words))))


@often
@given(cases)
def test_a_digest_of_a_busy_week_fits(case):
    busy = Digest(dict.fromkeys(Level, 10**6), (case,) * 40, (case,) * 40, 10**6)

    sound(message(*_note(Note("digest", digest=busy))))


@often
@given(cases, texts(150))
def test_a_home_as_full_as_can_be_fits(case, draft: str):
    line = CheckLine("c" * 32, case.product, case.launch, case.level, case.id, AT)

    sound(home(HomePage((case,) * 10, True, (line,) * 5, (case,) * 5, (case,) * 12, 10**6, (9999, 10**15), draft)))


ids = {name: [option.id for option in BANK.questions[name].options] for name in BANK.questions}
filled = some.fixed_dictionaries(
    {name: some.lists(some.sampled_from(ids[name]), unique=True) for name in ("M1", "M2", "M3")},
    optional={
        **{name: some.sampled_from([1, 2, 3, 4, "DK"]) for name in ("M4", "M5", "M6", "M7")},
        "M8": some.fixed_dictionaries(
            {
                "mitigations": some.lists(some.sampled_from(ids["M8.mitigations"]), unique=True).flatmap(
                    lambda kinds: some.sampled_from(ids["M8.evidence"]).map(
                        lambda grade: [{"type": kind, "evidence": grade} for kind in kinds]
                    )
                ),
                "gap": some.sampled_from([None, "NOT_YET", "CANNOT"]),
                "note": texts(300),
            }
        ),
    },
)
MANY = tuple((f"{'p' * 60}{number}", f"Product number {number} of this company{'!' * 30}") for number in range(100))


@often
@given(filled, texts(150), texts(1000), some.booleans())
def test_a_form_takes_any_answers_of_a_company_with_a_hundred_products(
    answers: dict, launch: str, why: str, again: bool
):
    read = Answers(
        changes=frozenset(answers["M1"]),
        groups=frozenset(answers["M2"]),
        contexts=frozenset(answers["M3"]),
        scale=answers.get("M4"),
        mitigations=tuple(MitigationAnswer(**each) for each in answers.get("M8", {}).get("mitigations", ())),
    )
    shown = CheckForm(
        MANY[99][0],
        launch,
        answers,
        "C0" + "X" * 18,
        "prefilled" if again else None,
        "c" * 32 if again else None,
        why,
        "check:" + "é" * 57,
    )

    view = forms(MANY).view(shown, form_rules.visible_questions(read), form_rules.optional_questions(read))

    assert lint_view(view) == []
    assert not view_is_too_large(view)
    kept = FormMemory.load(view["private_metadata"])
    assert (kept.channel, kept.draft, kept.reopens) == (shown.channel_id, shown.draft_key, shown.reopens)


@often
@given(texts(3000))
def test_a_problem_takes_any_words(sentence: str):
    made = problems.window(sentence or "x")

    assert lint_view(made) == []


def test_the_whole_form_asks_every_question_once_with_the_ids_that_others_rely_on():
    shown = [block["block_id"] for block in VIEWS["check_form_whole"]()["blocks"] if block["type"] == "input"]

    assert shown == [
        "product", "launch", "M1", "M2", "M3", "M4", "M5", "M6", "M7",
        "M8.mitigations", "M8.evidence", "M8.gap", "M8.note",
    ]  # fmt: skip
    assert VIEWS["check_form_whole"]()["callback_id"] == "check.form"
    assert ANSWERS.changes == set(FILLED["M1"])
    assert PAGE.open_cases == 40
