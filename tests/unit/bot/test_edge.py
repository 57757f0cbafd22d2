"""The edge: of what blind windows, buttons and words send only ids of ours, one-time ids and written words go on."""

from __future__ import annotations

import copy
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot import edge
from bot.edge import CHOICES, TEXTS, Edge, refuse_loud_logs, scrub
from bot.ids import BLIND_CALLBACKS, Callback
from bot.limiter import Limiter
from bot.payloads import text_of
from bot.settings import SettingsError
from tests.unit.bot.fuzz import CANARY, WRITTEN, Fuzz

EXAMPLES, EACH = 400, 25
SHAPE = {
    "type",
    "callback_id",
    "command",
    "text",
    "trigger_id",
    "actions",
    "action_id",
    "view",
    "blind",
    "wait",
    "own_name",
}
AMINA = {"id": "U0AMINA", "username": "amina", "name": "amina", "team_id": "T0TIDE"}


def without_words(scrubbed: dict[str, Any]) -> dict[str, Any]:
    """Give a scrubbed payload without what was written in the four fields that are meant for it."""
    rest = copy.deepcopy(scrubbed)
    for block, inputs in rest.get("view", {}).get("state", {}).get("values", {}).items():
        if block in TEXTS:
            assert inputs["answer"]["type"] == "plain_text_input"
            inputs["answer"]["value"] = ""
    return rest


def check_shape(scrubbed: dict[str, Any]) -> None:
    """See that nothing is there that is not on the list."""
    assert set(scrubbed) <= SHAPE
    assert scrubbed.get("own_name", False) in (True, False)
    assert all(set(each) == {"action_id", "value"} for each in scrubbed.get("actions", []))
    view = scrubbed.get("view", {})
    assert set(view) <= {"type", "id", "callback_id", "private_metadata", "state", "blocks"}
    assert view.get("callback_id", "concern.how") in BLIND_CALLBACKS
    assert all(set(block) == {"block_id", "type"} for block in view.get("blocks", []))
    for block, inputs in view.get("state", {}).get("values", {}).items():
        assert block in TEXTS or block in CHOICES
        (answer,) = inputs.values()
        assert answer["type"] in ("plain_text_input", "static_select", "radio_buttons", "checkboxes")
        assert set(answer) <= {"type", "value", "selected_option", "selected_options"}
        assert len(answer.get("value") or "") <= 3000


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(seed=some.integers(0, 2**32))
def test_t14_no_identity_passes_outside_the_fields_for_words_whatever_comes(seed: int) -> None:
    fuzz, passing = Fuzz(seed), Edge(Limiter(240, 0.0), lambda: 0.0)
    for _ in range(EACH):
        payload = fuzz.payload()
        before = copy.deepcopy(payload)

        scrubbed = passing.takes(payload)

        if scrubbed is payload:
            assert not isinstance(payload, dict) or not edge.is_blind(payload)
            assert repr(payload) == repr(before), "what goes on as it came is not touched"
        elif scrubbed.get("blind"):
            check_shape(scrubbed)
            assert CANARY not in json.dumps(without_words(scrubbed)).lower()


def test_ten_thousand_payloads_are_tried_and_most_of_them_are_blind() -> None:
    assert EXAMPLES * EACH >= 10_000
    fuzz = Fuzz(7)
    scrubbed = [scrub(fuzz.payload()) for _ in range(1000)]

    blind = [each for each in scrubbed if isinstance(each, dict) and each.get("blind")]

    assert len(blind) > 400
    assert sum("kakapo" in json.dumps(each) for each in blind) > 50
    assert sum(CANARY in repr(fuzz.payload()).lower() for _ in range(100)) > 95


def command(text: object) -> dict[str, Any]:
    return {
        "command": "/hrdd",
        "text": text,
        "user_id": "U0AMINA",
        "user_name": "amina",
        "channel_id": "C0PHOTOS",
        "trigger_id": "1.2.ab",
        "response_url": "https://hooks.example/1",
    }


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("concern", "concern"),
        ("  Concern ", "concern"),
        ("concerns.", "concern"),
        ("concern my boss sells it", "concern +"),
        ("concern: Diego", "concern +"),
        ("'concern' Diego", "concern +"),
        ("CONCERN\nDiego", "concern +"),
        ("reply", "reply"),
        ("replies", "reply"),
        ("reply ABCDE-FGHJK", "reply +"),
    ],
)
def test_of_a_blind_word_it_goes_on_which_one_it_is_and_that_more_was_typed(typed: str, heard: str) -> None:
    assert scrub(command(typed)) == {
        "command": "/hrdd",
        "text": heard,
        "trigger_id": "1.2.ab",
        "blind": True,
        "wait": False,
    }


@pytest.mark.parametrize("typed", ["", "check Face tagging", "concerned people", "case HR-1", "replying", None, 7])
def test_any_other_word_goes_on_as_it_came(typed: object) -> None:
    body = command(typed)

    assert scrub(body) is body


def test_a_button_on_the_home_goes_on_without_the_home() -> None:
    home = {"id": "V1", "type": "home", "callback_id": "", "private_metadata": "U0AMINA", "blocks": []}
    action = {"type": "button", "action_id": "concern.open", "value": "", "text": {"text": "Amina"}}
    body = {"type": "block_actions", "user": AMINA, "trigger_id": "1.2.ab", "actions": [action], "view": home}

    assert scrub(body) == {
        "type": "block_actions",
        "trigger_id": "1.2.ab",
        "actions": [{"action_id": "concern.open", "value": ""}],
        "blind": True,
        "wait": False,
    }


@pytest.mark.parametrize("kind", ["shortcut", "message_action"])
def test_the_shortcut_goes_on_without_who_and_where(kind: str) -> None:
    body = {"type": kind, "callback_id": "concern.open", "user": AMINA, "trigger_id": "1.2", "channel": {"id": "C0X"}}

    assert scrub(body) == {
        "type": "shortcut",
        "callback_id": "concern.open",
        "trigger_id": "1.2",
        "blind": True,
        "wait": False,
    }


def chosen(action: str, callback: str = "check.form") -> dict[str, Any]:
    """Give what comes of a button, or of an input that tells at once what was chosen in it."""
    view = {"type": "modal", "callback_id": callback}
    return {"type": "block_actions", "user": AMINA, "view": view, "actions": [{"action_id": action, "value": "good"}]}


def window(callback: str, values: dict[str, Any], metadata: str = "") -> dict[str, Any]:
    blocks = [{"type": "input", "block_id": each, "label": {"text": "?"}} for each in values]
    state = {"values": {block: {"answer": answer} for block, answer in values.items()}}
    view = {"id": "V0ABC", "callback_id": callback, "private_metadata": metadata, "blocks": blocks, "state": state}
    return {"type": "view_submission", "user": AMINA, "trigger_id": "1.2", "view": view | {"team_id": "T0TIDE"}}


def test_what_is_chosen_and_written_goes_on_and_nothing_beside_it() -> None:
    option = {"value": "anonymous", "text": {"text": "Amina"}}
    values = {
        "mode": {"type": "radio_buttons", "selected_option": option},
        "left_out": {"type": "checkboxes", "selected_options": [{"value": "rights-noor"}, {"value": "U0NOOR"}]},
        "site": {"type": "static_select", "selected_option": None},
        "concern": {"type": "plain_text_input", "value": WRITTEN},
        "urgent": {"type": "users_select", "selected_user": "U0AMINA"},
        "person": {"type": "users_select", "selected_user": "U0AMINA"},
    }

    view = scrub(window("concern.write", values, '{"topic":"TOP-HARM","nonce":"00ff"}'))["view"]

    assert view == {
        "type": "modal",
        "id": "V0ABC",
        "callback_id": "concern.write",
        "private_metadata": '{"topic":"TOP-HARM","nonce":"00ff"}',
        "blocks": [{"block_id": each, "type": "input"} for each in ("mode", "left_out", "site", "concern", "urgent")],
        "state": {
            "values": {
                "mode": {"answer": {"type": "radio_buttons", "selected_option": {"value": "anonymous"}}},
                "left_out": {"answer": {"type": "checkboxes", "selected_options": [{"value": "rights-noor"}]}},
                "site": {"answer": {"type": "static_select", "selected_option": None}},
                "concern": {"answer": {"type": "plain_text_input", "value": WRITTEN}},
            }
        },
    }


def test_what_was_written_can_be_read_and_does_not_print_itself() -> None:
    view = scrub(window("concern.write", {"concern": {"type": "plain_text_input", "value": WRITTEN}}))["view"]

    assert text_of(view, "concern") == WRITTEN
    assert WRITTEN in json.dumps(view)
    assert "kakapo" not in repr(view) + f"{view}"


def written(text: str, callback: str = "concern.write", block: str = "concern") -> dict[str, Any]:
    return window(callback, {block: {"type": "plain_text_input", "value": text}})


@pytest.mark.parametrize("callback", ["concern.write", "reply.read"])
@pytest.mark.parametrize("text", ["Amina was asked first", "it was <@U0AMINA>", "AMINA", "u0amina."])
def test_of_an_own_name_in_the_words_nothing_goes_on_but_that_it_is_there(callback: str, text: str) -> None:
    scrubbed = scrub(written(text, callback))

    assert scrubbed.pop("own_name") is True
    del scrubbed["view"]["state"]["values"]["concern"]
    assert "amina" not in json.dumps(scrubbed).lower()


def test_words_without_an_own_name_leave_the_same_whoever_sends_them() -> None:
    sent = written("The lead of Harbor told Diego to be quiet")
    other = sent | {"user": {"id": "U0SAM", "username": "sam.t", "name": "sam.t", "team_id": "T0OTHER"}}

    assert scrub(sent)["own_name"] is False
    assert json.dumps(scrub(sent)) == json.dumps(scrub(other))


def test_an_own_name_is_looked_for_where_words_are_sent_and_nowhere_else() -> None:
    sent = written("Amina was asked first")

    assert scrub(written("amina", "concern.receipt", "second_group"))["own_name"] is False
    assert "own_name" not in scrub(sent | {"type": "view_closed"})
    assert "own_name" not in scrub(command("concern amina") | {"own_name": True})
    assert "own_name" not in scrub(chosen("reply.open", "") | {"own_name": True})
    assert scrub(written("Nobody") | {"own_name": True})["own_name"] is False, "it cannot be set from outside"
    for odd in (None, "amina", {"id": 7, "username": ["amina"], "name": None}, {}):
        assert scrub(sent | {"user": odd})["own_name"] is False


@pytest.mark.parametrize(
    "memory",
    ["U0AMINA", '["U0AMINA"]', '{"team":"T0TIDEWATER"}', "amina@tide.example", '{"name":"Amina Diallo"}', "a.b", "ü"],
)
def test_a_memory_that_could_name_somebody_becomes_empty(memory: str) -> None:
    assert scrub(window("concern.how", {}, memory))["view"]["private_metadata"] == ""


@pytest.mark.parametrize(
    "memory",
    [
        "",
        "00ffeedd00ffeedd00ffeedd00ffeedd",
        '{"mode":"anonymous","topic":"TOP-DISCRIMINATION","site":null,"leader":false,"left_out":["board-ruth"]}',
        '["TOP-RETALIATION","TOP-CONDUCT","rights-noor",true,12]',
    ],
)
def test_a_memory_of_ids_stays(memory: str) -> None:
    assert scrub(window("concern.how", {}, memory))["view"]["private_metadata"] == memory


def test_a_window_that_is_closed_leaves_its_words_behind() -> None:
    body = window("concern.write", {"concern": {"type": "plain_text_input", "value": WRITTEN}})

    scrubbed = scrub(body | {"type": "view_closed", "is_cleared": True})

    assert scrubbed["view"]["state"] == {"values": {}}
    assert WRITTEN not in json.dumps(scrubbed)


@pytest.mark.parametrize("callback", sorted(set(Callback) - BLIND_CALLBACKS))
def test_every_other_window_goes_on_as_it_came(callback: str) -> None:
    body = window(callback, {"concern": {"type": "plain_text_input", "value": WRITTEN}})

    assert scrub(body) is body


@pytest.mark.parametrize("kind", ["block_suggestion", "dialog_suggestion"])
def test_what_is_typed_in_search_of_options_stays_behind_wherever_it_is_typed(kind: str) -> None:
    body = {"type": kind, "user": AMINA, "value": "Amina knows", "action_id": "signal", "view": {"callback_id": "x"}}

    assert scrub(body) == {"type": "block_suggestion", "action_id": "nothing", "blind": True, "wait": False}


def test_nobody_sets_the_mark_from_outside() -> None:
    body = command("check Search")

    assert scrub(body | {"blind": True}) == body


# -- the process around it -------------------------------------------------------------------------------------------


@pytest.fixture
def levels() -> Iterator[None]:
    """Put the levels of all logs back."""
    import sqlalchemy  # noqa: F401  gives its own log a level when it is loaded

    before = {each: each.level for each in every_log()}
    yield
    for each in every_log():
        each.setLevel(before.get(each, logging.NOTSET))


def every_log() -> list[logging.Logger]:
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(each for each in named if isinstance(each, logging.Logger))]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("", logging.DEBUG),
        ("slack_bolt", logging.DEBUG),
        ("slack_bolt.App", logging.DEBUG),
        ("slack_sdk", logging.DEBUG),
        ("slack_sdk.web.base_client", logging.DEBUG),
        ("bolt", logging.DEBUG),
        ("hrdd.slack", logging.DEBUG),
        ("sqlalchemy.engine", logging.INFO),
        ("sqlalchemy.engine.Engine", logging.INFO),
    ],
)
@pytest.mark.usefixtures("levels")
def test_a_log_that_would_write_down_what_people_send_keeps_the_bot_from_starting(name: str, level: int) -> None:
    logging.getLogger(name or None).setLevel(logging.WARNING)
    refuse_loud_logs()
    logging.getLogger(name or None).setLevel(level)

    with pytest.raises(SettingsError, match=f"The log {name or 'root'} is at {logging.getLevelName(level)}"):
        refuse_loud_logs()


@pytest.mark.usefixtures("levels")
def test_the_levels_of_hrdd_run_are_quiet_enough() -> None:
    logging.root.setLevel(logging.INFO)

    refuse_loud_logs()


@pytest.mark.skipif(sys.platform != "linux", reason="as far as the system knows it; Linux knows all of it")
def test_memory_is_written_to_no_core_file_and_shown_to_no_debugger() -> None:
    code = (
        "import ctypes, resource; from bot.edge import harden; harden();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "(0, 0) 0"
