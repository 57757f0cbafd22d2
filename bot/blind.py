"""What listeners behind the edge are given: no person, no moment, no channel. Only an answer and a window to open.

A failure is explained as everywhere (bot/explaining.py), but never by an address that Slack gave for one person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.context.ack import Ack
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.attention import Attention
from bot.explaining import beside, code, inputs, told
from bot.ids import Action, Word
from bot.payloads import text_of
from bot.views import concern, problems
from prompts import Bank
from workflows.policy_concerns import Concerns
from workflows.vault import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BlindDesk:
    """What blind listeners have at hand: the blind core (None: not set up), how concerns are taken, and the bank."""

    vault: Vault | None
    concerns: Concerns | None
    bank: Bank


@dataclass(frozen=True, slots=True)
class BlindAct:
    """One thing that somebody did: its scrubbed payload, and how to acknowledge it (once)."""

    desk: BlindDesk
    body: Mapping[str, Any] = field(repr=False)
    ack: Ack
    show: Callable[..., object]

    @property
    def vault(self) -> Vault:
        """The blind core. Raises LookupError where no concerns are taken; no window of theirs is shown then."""
        if self.desk.vault is None:
            raise LookupError("no blind core")
        return self.desk.vault

    @property
    def concerns(self) -> Concerns:
        """How concerns are taken. Raises LookupError where none are."""
        if self.desk.concerns is None:
            raise LookupError("no concerns")
        return self.desk.concerns

    @property
    def view(self) -> Mapping[str, Any]:
        """The window in which it happened; empty where there was none."""
        found: Mapping[str, Any] = self.body.get("view") or {}
        return found

    @property
    def memory(self) -> str:
        """What the window carries along; empty where that was not ours."""
        return str(self.view.get("private_metadata") or "")

    @property
    def value(self) -> str:
        """What the button that was pressed stands for."""
        return str((self.body.get("actions") or [{}])[0].get("value") or "")

    @property
    def said_more(self) -> bool:
        """Whether more was typed after the word of a command. What it was is not known here."""
        return str(self.body.get("text") or "").endswith("+")

    @property
    def waits(self) -> bool:
        """Whether too many windows were opened today."""
        return bool(self.body.get("wait"))

    @property
    def own_name(self) -> bool:
        """Whether the sender's own name stands in the words. Which it is, and where, is not known here."""
        return self.body.get("own_name") is True

    def text(self, block: str) -> str:
        """Give what was written in one input."""
        return text_of(self.view, block)

    def chosen(self, block: str) -> tuple[str, ...]:
        """Give the ids of what was chosen in one input, of one kind or another."""
        values = (self.view.get("state") or {}).get("values") or {}
        answer = (values.get(block) or {}).get(Action.ANSWER) or {}
        one = answer.get("selected_option")
        options = [one] if one else answer.get("selected_options") or ()
        return tuple(str(each["value"]) for each in options)

    def opens(self, view: Mapping[str, Any]) -> None:
        """Open a window where there is none yet. A window that was sent is answered with `ack(update)` instead."""
        self.show(trigger_id=str(self.body.get("trigger_id") or ""), view=dict(view))

    def comes_in(self, word: Word, first: Callable[[Concerns], Mapping[str, Any]]) -> None:
        """Open the first window of a way in; or say why not: there is none, words stood after it, or too many did."""
        concerns = self.desk.concerns
        if concerns is None or self.desk.vault is None:
            self.opens(concern.off())
        elif self.said_more:
            self.opens(concern.typed(word))
        elif self.waits:
            self.opens(concern.wait(concerns))
        else:
            self.opens(first(concerns))


BlindListener = Callable[[BlindAct], None]


def dispatch_blind(
    desk: BlindDesk,
    show: Callable[..., object],
    attention: Attention,
    table: Mapping[str, BlindListener],
    name_of: Callable[[Mapping[str, Any]], str],
) -> Callable[[dict[str, Any], Ack], None]:
    """Give one Bolt listener that finds a blind one by name, and that never lets an exception reach Bolt.

    `show` opens a window (the client's `views_open`). What a listener leaves unanswered is acknowledged after it, so
    that one that opens a window can do so first.
    """

    def listener(body: dict[str, Any], ack: Ack) -> None:
        act = BlindAct(desk, body, ack, show)
        with attention.on_a_person():
            try:
                _answer(act, table.get(name_of(body)))
            except Exception as error:
                _explain(act, error)
        if ack.response is None:
            ack()

    return listener


def _answer(act: BlindAct, chosen: BlindListener | None) -> None:
    if chosen is not None:
        chosen(act)
    if act.body.get("type") == "view_submission" and act.ack.response is None:
        # An empty acknowledgement would close the window, and a closed window means saved.
        raise LookupError("nobody answered")


def _explain(act: BlindAct, error: Exception) -> None:
    """Say what happened where whoever did it is looking."""
    sentences = told(error)
    sentence = sentences[0][1]
    try:
        if act.body.get("type") == "view_submission":
            _explain_in_window(act, sentences)
        elif "command" in act.body and act.ack.response is None:
            act.ack(sentence)
        elif act.body.get("trigger_id"):
            act.ack()
            act.opens(problems.window(sentence))
    except (SlackApiError, SlackClientError, OSError) as trouble:
        log.warning("A problem could not be shown: %s", code(trouble))


def _explain_in_window(act: BlindAct, sentences: list[tuple[str | None, str]]) -> None:
    """Say it beside an input, or on top of a window that has none; either keeps every word."""
    if inputs(act.view):
        act.ack(response_action="errors", errors=beside(act.view, sentences))
    else:
        act.ack(response_action="push", view=problems.window(" ".join(each for _, each in sentences)))
