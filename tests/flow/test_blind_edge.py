"""Behind the edge nobody is known: a planted person raises a concern, and no request, context or log holds a trace.

What the real windows say and keep is told elsewhere (test_concern_*.py); the listeners here stand in for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import BoltRequest
from slack_bolt.middleware.middleware import Middleware

from bot import listeners
from bot.blind import BlindAct
from bot.ids import Action, Block, Callback
from bot.playground.blockkit import lint_view
from bot.playground.values import Json
from bot.settings import SettingsError
from prompts import problem
from tests.flow.test_doors import REFUSED, knocks, signed
from tests.flow.world import World, said
from tests.unit.bot.fuzz import CANARY

SECRET = "kakapo: the lead of Harbor told us to be quiet"
IDENTITY = {
    "user": {"id": "U0CANARY77", "username": "canary.person", "name": "canary.person", "team_id": "T0CANARY99"},
    "team": {"id": "T0CANARY99", "domain": "canary-tide"},
    "enterprise": {"id": "E0CANARY33", "name": "Canary Group"},
    "channel": {"id": "C0CANARY55", "name": "canary-room"},
    "message": {"user": "U0CANARY77", "text": "canary@person.example"},
    "container": {"type": "message", "channel_id": "C0CANARY55", "message_ts": "1.2"},
    "response_url": "https://hooks.example/actions/T0CANARY99/1/2",
    "response_urls": [{"response_url": "https://hooks.example/actions/T0CANARY99/1/2"}],
}
TYPED = {
    "user_id": "U0CANARY77",
    "user_name": "canary.person",
    "team_id": "T0CANARY99",
    "team_domain": "canary-tide",
    "channel_id": "C0CANARY55",
    "channel_name": "canary-room",
    "response_url": "https://hooks.example/commands/T0CANARY99/1/2",
}


def window(callback: str, *blocks: str) -> Json:
    """Give a window with fields for words, and one without any where no block is named."""
    inputs = [
        {
            "type": "input",
            "block_id": block,
            "optional": True,
            "label": {"type": "plain_text", "text": "What happened?"},
            "element": {"type": "plain_text_input", "action_id": "answer"},
        }
        for block in blocks
    ]
    view = {
        "type": "modal",
        "callback_id": callback,
        "title": {"type": "plain_text", "text": "A concern"},
        "submit": {"type": "plain_text", "text": "Go on"},
        "close": {"type": "plain_text", "text": "Back"},
        "notify_on_close": True,
        "private_metadata": '{"topic":"TOP-HARM","nonce":"00ff"}',
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Before you write."}}, *inputs],
    }
    assert not lint_view(view)
    return view


@dataclass
class Blind:
    """What reached the blind listeners, and every request that Bolt was given."""

    acts: list[BlindAct] = field(default_factory=list)
    requests: list[BoltRequest] = field(default_factory=list)
    fails: bool = False

    def opens(self, act: BlindAct) -> None:
        """Open the window to write in."""
        self.acts.append(act)
        if self.fails:
            raise RuntimeError(f"refused: {SECRET} {CANARY}")
        act.opens(window(Callback.CONCERN_WRITE, Block.CONCERN))

    def takes(self, act: BlindAct) -> None:
        """Take what was written."""
        self.acts.append(act)
        if self.fails:
            raise RuntimeError(f"refused: {act.text(Block.CONCERN)} {CANARY}")
        act.ack(response_action="update", view=window(Callback.CONCERN_RECEIPT))


class Watch(Middleware):
    """Keeps every request as Bolt gets it; where `stops` it gives no answer and lets nobody else."""

    def __init__(self, requests: list[BoltRequest], *, stops: bool = False) -> None:
        self._requests, self._stops = requests, stops

    def process(self, *, req: BoltRequest, resp: Any, next: Callable[[], Any]) -> Any:
        self._requests.append(req)
        return None if self._stops else next()


@pytest.fixture
def blind(world: World, monkeypatch: pytest.MonkeyPatch) -> Blind:
    """Put listeners behind the edge, and a watch before everything else in Bolt."""
    made = Blind()
    for word in ("concern", "reply"):
        monkeypatch.setitem(listeners.BLIND_COMMANDS, word, made.opens)
    for action in (Action.CONCERN_OPEN, Action.REPLY_OPEN):
        monkeypatch.setitem(listeners.BLIND_ACTIONS, action, made.opens)
    for callback in (Callback.CONCERN_WRITE, Callback.CONCERN_BEFORE):
        monkeypatch.setitem(listeners.BLIND_SUBMISSIONS, callback, made.takes)
    app(world)._middleware_list.insert(0, Watch(made.requests))
    return made


@pytest.fixture
def log(world: World, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Turn every log that there is down to where it says everything, as only a test does."""
    named = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    before = [(each, each.level) for each in named]
    caplog.set_level(logging.DEBUG)
    for each in named:
        each.setLevel(logging.DEBUG)
    yield caplog
    for each, level in before:
        each.setLevel(level)


def app(world: World) -> Any:
    return world.running.process._app


def logged(log: pytest.LogCaptureFixture) -> str:
    """Give all lines with everything that hangs on them. The other side of the wire has a log of its own."""
    form = logging.Formatter("%(name)s %(message)s")
    ours = [each for each in log.records if not each.name.startswith("websockets")]
    return "\n".join(form.format(each) + repr(each.args) for each in ours)


def held(requests: list[BoltRequest]) -> str:
    """Give everything that hangs on requests."""
    return "\n".join(repr(vars(each)) + repr(dict(each.context)) for each in requests)


def types(world: World, text: str) -> Any:
    body = world.standin.payloads.command("U0SAM", "C0PHOTOS", "/hrdd", text)
    return world.standin.delivery.send("slash_commands", body | TYPED)


def heard(answer: Any) -> str:
    """Give what is said where a command was typed, which each way in wraps in its own manner."""
    return str((answer.data or {}).get("text") or answer.text)


def presses(world: World, action: str) -> Any:
    """Press a button in a message, such as the one that goes to everybody once a week."""
    body = world.standin.payloads.shortcut("U0SAM", "x") | {"type": "block_actions", "view": {"type": "home"}}
    body["actions"] = [{"type": "button", "action_id": action, "value": "", "block_id": "canary"}]
    return world.delivers(body | IDENTITY)


def uses_shortcut(world: World) -> Any:
    return world.delivers(world.standin.payloads.shortcut("U0SAM", "concern.open") | IDENTITY)


def sends(world: World, words: str = SECRET) -> Any:
    """Submit the window on top, as the planted person."""
    if words:
        world.sam.sets(Block.CONCERN, words)
    body = world.submission(world.sam)
    body["view"] |= {"team_id": "T0CANARY99", "app_installed_team_id": "T0CANARY99"}
    return world.delivers(body | IDENTITY)


WAYS_IN: dict[str, Callable[[World], Any]] = {
    "the word": lambda world: types(world, "concern"),
    "the button": lambda world: presses(world, "concern.open"),
    "the shortcut": uses_shortcut,
    "the word to come back": lambda world: types(world, "reply"),
}


@pytest.mark.every_way("all")
def test_no_request_context_or_log_holds_who_it_was_and_no_log_what_they_wrote(
    world: World, blind: Blind, log: pytest.LogCaptureFixture
):
    for way_in in WAYS_IN.values():
        assert way_in(world).status == 200
    answered = sends(world)
    view = world.standin.workspace.modals.top("U0SAM")
    assert view is not None
    world.delivers(world.standin.payloads.view_closed(view, False) | IDENTITY)
    typed_in_search = {"type": "block_suggestion", "action_id": "signal", "block_id": "x", "value": f"{SECRET} canary"}
    suggested = world.delivers(typed_in_search | IDENTITY)
    types(world, f"concern {SECRET}")

    assert (answered.data or {}).get("response_action") == "update"
    assert suggested.data == {"options": []}
    assert len(blind.requests) == len(WAYS_IN) + 4
    assert [each.text(Block.CONCERN) for each in blind.acts] == ["", "", "", "", SECRET, ""]
    assert [each.said_more for each in blind.acts] == [False] * 5 + [True]
    assert not any(each.waits for each in blind.acts)
    for text in (held(blind.requests), repr([each.body for each in blind.acts])):
        assert CANARY not in text.lower()
        assert "U0SAM" not in text
        assert "kakapo" not in text
    assert CANARY not in logged(log).lower()
    assert "kakapo" not in logged(log)
    called = {each.kind for each in world.standin.wire.since() if each.direction == "from_bot"}
    assert called - {"apps.connections.open", "users.info"} == {"views.open"}, "the bot learns beforehand who leads"
    types(world, "help")
    assert CANARY in held(blind.requests).lower(), "where nothing is blind the same watch sees who it was"


def test_a_request_that_slack_did_not_sign_now_is_refused_and_counts_for_nothing(world: World, blind: Blind):
    body = urlencode(world.standin.payloads.command("U0SAM", "C0PHOTOS", "/hrdd", "concern Face"))
    tried = [make(world, body) for make in REFUSED.values()]
    for header in ("X-Slack-Signature", "X-Slack-Request-Timestamp"):
        odd = signed(world, body)
        tried.append(odd._replace(headers=odd.headers | {header: "v0=\xfc"}))

    for request in tried:
        assert knocks(world, request) == (401, '{"error":"invalid request"}\n')

    assert (blind.requests, blind.acts, world.running.process.edge.take_uses()) == ([], [], 0)
    refused = signed(world, body.replace("concern", "help"), age=400)
    for text in ("concern", "help", "check"):
        types(world, text)
    assert knocks(world, refused)[0] == 401
    assert world.running.process.edge.take_uses() == 2, "what Slack signed counts, blind or not; help is no form"


@pytest.mark.every_way("transport")
def test_t12_a_blind_listener_that_breaks_gives_a_sentence_and_leaves_no_word_in_any_log(
    world: World, blind: Blind, log: pytest.LogCaptureFixture
):
    types(world, "concern")
    world.sam.sees_modal()
    blind.fails = True

    in_window = sends(world)
    by_word = types(world, "reply")
    presses(world, "concern.open")
    world.sam.waits(lambda: "reference" in said(world.sam.modal()))
    uses_shortcut(world)
    world.until(lambda: logged(log).count("Unexpected RuntimeError (reference") == 4)

    assert "reference" in str((in_window.data or {}).get("errors", {}).get(Block.CONCERN))
    assert "reference" in heard(by_word)
    assert len(blind.acts) == 5
    for word in (SECRET, "kakapo", CANARY):
        assert word not in logged(log).lower()


def test_what_nobody_answers_does_not_look_saved(world: World, blind: Blind, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(listeners.BLIND_SUBMISSIONS, Callback.CONCERN_WRITE, lambda _: None)
    types(world, "concern")
    silent = sends(world)
    monkeypatch.delitem(listeners.BLIND_SUBMISSIONS, Callback.CONCERN_WRITE)
    unknown = sends(world)
    monkeypatch.setitem(listeners.BLIND_COMMANDS, "concern", lambda act: act.opens(window(Callback.CONCERN_BEFORE)))
    types(world, "concern")
    blind.fails = True
    without_a_field = sends(world, "")

    answers = [(each.data or {})["response_action"] for each in (silent, unknown, without_a_field)]
    assert answers == ["errors", "errors", "push"]
    assert "reference" in said((without_a_field.data or {})["view"])


def test_a_window_that_slack_does_not_open_is_explained_where_the_word_was_typed(world: World, blind: Blind):
    world.standin.faults.fail("views.open", "expired_trigger_id", times=1)

    assert heard(types(world, "concern")) == problem("expired_trigger")


@pytest.mark.every_way("transport")
def test_t12_a_part_of_bolt_that_gives_no_answer_writes_nothing_of_it_down(
    world: World, blind: Blind, log: pytest.LogCaptureFixture
):
    types(world, "concern")
    # No answer never comes; over a socket Slack would wait for it.
    world.standin.socket.timeout = 0.2
    app(world)._middleware_list.append(Watch([], stops=True))

    for way_in in WAYS_IN.values():
        way_in(world)
    sends(world)
    world.delivers({"type": "canary_kind", "callback_id": "concern.open", "value": SECRET} | IDENTITY)

    assert "middleware" in logged(log), "Bolt says so, with what it was given"
    assert CANARY not in logged(log).lower()
    assert "kakapo" not in logged(log)


def test_whoever_comes_to_a_full_bucket_is_heard_and_asked_to_wait(world: World, blind: Blind):
    while not blind.acts or not blind.acts[-1].waits:
        assert len(blind.acts) < 30
        types(world, "concern")

    assert len(blind.acts) > 12


def test_the_bot_does_not_start_where_a_log_would_write_down_what_people_send(
    found: Callable[..., World], caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG), pytest.raises(SettingsError, match="The log root is at DEBUG"):
        found()
