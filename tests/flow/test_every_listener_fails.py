"""Whichever listener breaks, and however: every log at DEBUG holds no word, secret or person (anonymity.md, T12).

The listeners are the real ones. Each is let run until it first asks anything of the rooms behind it, or builds its
first view; there an error is thrown that carries all that was sent. One company hears all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from sqlalchemy.exc import IntegrityError

import bot
from bot import listeners
from bot.ids import Action, Block, Callback, Event
from bot.playground.deliver import Ack
from bot.playground.values import Json
from storage.errors import Conflict
from tests.flow.test_blind_edge import IDENTITY, TYPED, log, logged
from tests.flow.world import World, said
from workflows.duties import TAPS

__all__ = ["log"]

Break = Callable[[str], Exception]
ROOT = Path(bot.__file__).parents[1]
BEHIND = tuple(str(ROOT / room) for room in ("workflows", "storage", "prompts", "bot/views"))
WORDS = "kakapo: the lead of Harbor told us to be quiet"
PASSPHRASE = "copper lantern drifts over seven quiet fjords"
RECEIPT = "K7QX3-M2VDA-9TRWE-H4ZPC-8YFSN"
PLANTED = ("kakapo", "copper lantern", "m2vda", "u0sam", "sam ", "canary")
"""What no line may hold. Whoever acts with a name is Sam; behind the edge nobody is, and canaries are planted."""
COMMANDS = sorted({*listeners.COMMANDS, *listeners.BLIND_COMMANDS})
ACTIONS = sorted({*listeners.ACTIONS, *listeners.BLIND_ACTIONS})
SUBMISSIONS = sorted({*listeners.SUBMISSIONS, *listeners.BLIND_SUBMISSIONS})
SHORTCUTS = sorted({*listeners.SHORTCUTS, Action.CONCERN_OPEN})
TABLES = (
    listeners.COMMANDS,
    listeners.ACTIONS,
    listeners.SUBMISSIONS,
    listeners.CLOSINGS,
    listeners.SHORTCUTS,
    listeners.EVENTS,
    listeners.BLIND_COMMANDS,
    listeners.BLIND_ACTIONS,
    listeners.BLIND_SUBMISSIONS,
)


class Number(BaseModel):
    """Quotes in its error what was no number."""

    number: int


def in_our_code(carried: str) -> Exception:
    return RuntimeError(f"refused: {carried}")


def in_a_table(carried: str) -> Exception:
    refused = Conflict("SQLITE_CONSTRAINT")
    refused.__cause__ = IntegrityError("INSERT INTO hr_check", {"words": carried}, ValueError(carried))
    return refused


def in_a_model(carried: str) -> Exception:
    try:
        Number.model_validate({"number": carried})
    except ValidationError as error:
        return error
    raise AssertionError


def in_slack(carried: str) -> Exception:
    answer = {"ok": False, "error": "invalid_arguments", "response_metadata": {"messages": [carried]}}
    response = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="views.open",
        req_args={"json": carried},
        data=answer,
        headers={},
        status_code=200,
    )
    return SlackApiError(f"refused: {carried}", response)


class Broken:
    """Lets every listener run into an error, and knows which were called, and which ran into it."""

    def __init__(self, how: Break, monkeypatch: pytest.MonkeyPatch) -> None:
        self.how = how
        self.called: list[str] = []
        self.broke: list[str] = []
        for table in TABLES:
            for name, listener in table.items():
                monkeypatch.setitem(table, name, self._breaking(name, listener))  # type: ignore[arg-type]

    def _breaking(self, name: str, listener: Callable[[Any], None]) -> Callable[[Any], None]:
        def broken(act: Any) -> None:
            self.called.append(name)
            carried = f"{WORDS} {PASSPHRASE} {RECEIPT} {IDENTITY['user']} U0SAM {dict(act.body)}"
            with self._thrown(name, self.how(carried)):
                listener(act)

        return broken

    @contextmanager
    def _thrown(self, name: str, error: Exception) -> Iterator[None]:
        """Throw an error where this thread first comes to something behind the listeners."""
        before = sys.gettrace()

        def trace(frame: FrameType, event: str, arg: Any) -> None:
            if frame.f_code.co_filename.startswith(BEHIND):
                sys.settrace(before)
                self.broke.append(name)
                raise error

        broke = len(self.broke)
        sys.settrace(trace)
        try:
            yield
        except (LookupError, ValueError):
            # What is made up here is not what this window sends, and it stumbled over that.
            if len(self.broke) > broke:
                raise
            self.broke.append(name)
            raise error from None
        finally:
            sys.settrace(before)


@pytest.mark.parametrize("how", [in_our_code, in_a_table, in_a_model, in_slack])
def test_t12_whichever_listener_breaks_no_log_holds_words_secrets_or_people_and_a_sentence_is_said(
    world: World, how: Break, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
):
    broken = Broken(how, monkeypatch)
    sentence = "did not get through" if how is in_a_table else "on our side"
    acts = [
        *((name, lambda name=name: types(world, name)) for name in COMMANDS),
        *((name, lambda name=name: world.delivers(press(world, name))) for name in ACTIONS),
        *((name, lambda name=name: world.delivers(shortcut(world, name))) for name in SHORTCUTS),
        *((name, lambda name=name: world.delivers(submission(world, name, "view_submission"))) for name in SUBMISSIONS),
    ]
    for name, act in acts:
        if (how, name) == (in_a_table, Action.ANSWER):
            # A draft that cannot be kept stops nobody who is filling a form in; sending it says what is wrong.
            act()
        else:
            told(world, act, sentence)
    for name in sorted(listeners.CLOSINGS):
        # The window is gone, and with it where anything could be said.
        assert world.delivers(submission(world, name, "view_closed")).status == 200
    for name in sorted(listeners.EVENTS):
        event = {"type": name, "user": "U0SAM", "tab": "home", "channel": "D0SAM", "text": WORDS}
        world.standin.delivery.send("events_api", world.standin.payloads.event(event))
        assert name == Event.HOME_OPENED, "a home that breaks leaves the old one"
    world.until(lambda: len(broken.called) >= sum(len(table) for table in TABLES) + 1)

    world.until(lambda: len(broken.broke) == len(broken.called))
    assert set(broken.called) == {name for table in TABLES for name in table}
    assert [each for each in PLANTED if each in logged(log).lower()] == []


def types(world: World, word: str) -> Ack:
    blind = word in listeners.BLIND_COMMANDS
    text = word if blind or not word else f"{word} {WORDS}"
    body = world.standin.payloads.command("U0SAM", "C0PHOTOS", "/hrdd", text)
    return world.standin.delivery.send("slash_commands", body | (TYPED if blind else {}))


def press(world: World, action: str) -> Json:
    """Give what Slack sends when a button in a message is pressed."""
    value = TAPS[0] if action == Action.PULSE_TAP else f"1 {WORDS}"
    pressed = {"type": "button", "action_id": action, "value": value, "block_id": "1"}
    body = shortcut(world, action) | {"type": "block_actions", "actions": [pressed]}
    body.pop("callback_id")
    return body


def shortcut(world: World, callback: str) -> Json:
    found = world.standin.payloads.shortcut("U0SAM", callback)
    return found | (IDENTITY if callback in listeners.BLIND_ACTIONS else {})


def submission(world: World, callback: str, kind: str) -> Json:
    """Give what Slack sends for a window that holds planted words in every field that we have."""
    secrets = {Block.RECEIPT: RECEIPT, Block.PASSPHRASE: PASSPHRASE}
    values = {block: {"answer": {"type": "plain_text_input", "value": secrets.get(block, WORDS)}} for block in Block}
    view = {
        "id": "V0",
        "root_view_id": "V0",
        "previous_view_id": None,
        "type": "modal",
        "callback_id": callback,
        "private_metadata": "[1]",
        "hash": "1.2",
        "title": {"type": "plain_text", "text": "A window"},
        "blocks": [{"type": "input", "block_id": block} for block in Block],
        "state": {"values": values},
    }
    found: Mapping[str, Any] = world.standin.payloads.shortcut("U0SAM", callback) | {"type": kind, "view": view}
    blind = Callback(callback) in listeners.BLIND_SUBMISSIONS
    return {name: each for name, each in found.items() if name != "callback_id"} | (IDENTITY if blind else {})


def told(world: World, act: Callable[[], Ack], sentence: str) -> None:
    """Do something, and see that a sentence is said in answer to it: at once, in a window, or in the conversation."""
    before = len(world.sam.messages("C0PHOTOS"))
    answer = act()

    def seen() -> bool:
        shown = [answer.text, str(answer.data), said(world.sam.modal())]
        return sentence in "".join([*shown, *(each.text for each in world.sam.messages("C0PHOTOS")[before:])])

    world.until(seen)
    while world.sam.modal():
        world.sam.closes()
