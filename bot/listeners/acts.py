"""What every listener is given, and how a failure becomes one plain sentence in the right place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt.context.ack import Ack
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.attention import Attention
from bot.explaining import beside, code, told
from bot.ids import Callback
from bot.services import TIMEOUT, Services
from bot.views import missing, problems
from prompts import problem
from workflows.clock import utcnow
from workflows.desk import Desk
from workflows.errors import Locked

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bot:
    """The services, how to say that the outbox has something new, and that somebody waits for an answer."""

    services: Services
    wake: Callable[[], None]
    attention: Attention


@dataclass(frozen=True, slots=True)
class Act:
    """One thing one person did: its payload, how to acknowledge it (once), and the moment it was read."""

    bot: Bot
    body: Mapping[str, Any]
    ack: Ack
    now: datetime

    @property
    def desk(self) -> Desk:
        """What use cases have at hand."""
        return self.bot.services.desk

    @property
    def person(self) -> str:
        """Who did it."""
        return str(self.body.get("user_id") or self.body["user"]["id"])

    def opens(self, view: Mapping[str, Any]) -> None:
        """Open a window, or lay it on top of the one in which the act happened, which may give way to it."""
        client, below = self.bot.services.client, self.body.get("view") or {}
        if below.get("type") != "modal":
            client.views_open(trigger_id=str(self.body["trigger_id"]), view=dict(view))
        elif _gives_way(below):
            client.views_update(view_id=str(below["id"]), view=dict(view))
        else:
            client.views_push(trigger_id=str(self.body["trigger_id"]), view=dict(view))


def _gives_way(view: Mapping[str, Any]) -> bool:
    """Whether a window makes room: it says why something was not done, or Slack takes no fourth window on top of it.

    A window in which somebody may have written never does.
    """
    if any(block.get("type") == "input" for block in view.get("blocks") or ()):
        return False
    return view.get("callback_id") in (Callback.MISSING, Callback.PROBLEM) or _is_third(view)


def _is_third(view: Mapping[str, Any]) -> bool:
    """Whether there are two windows below this one."""
    below = view.get("previous_view_id")
    return bool(below) and below != view.get("root_view_id")


Listener = Callable[[Act], None]


def dispatch(
    bot: Bot,
    table: Mapping[str, Listener],
    name_of: Callable[[Mapping[str, Any]], str],
    otherwise: Listener | None = None,
) -> Callable[[dict[str, Any], Ack], None]:
    """Give one Bolt listener that finds ours by name, and that never lets an exception reach Bolt."""

    def listener(body: dict[str, Any], ack: Ack) -> None:
        act = Act(bot, body, ack, utcnow())
        chosen = table.get(name_of(body), otherwise)
        if chosen is None:
            # A button of an older version: nothing to do, and no error for the person who clicked.
            ack()
            return
        with bot.attention.on_a_person():
            try:
                chosen(act)
            except Exception as error:
                _explain(act, error)

    return listener


def _explain(act: Act, error: Exception) -> None:
    """Say what happened where the person is looking: beside the field, in the form, or in a window."""
    body = act.body
    try:
        if isinstance(error, Locked) and _shows_missing(act, error):
            return
        sentences = told(error)
        sentence = sentences[0][1]
        if body.get("type") == "view_submission":
            act.ack(response_action="errors", errors=beside(body["view"], sentences))
        elif body.get("command"):
            _tell_command(act, sentence)
        else:
            act.ack()
            if body.get("trigger_id"):
                act.opens(problems.window(sentence))
    except (SlackApiError, SlackClientError, OSError) as trouble:
        log.warning("A problem could not be shown: %s", code(trouble))


def _shows_missing(act: Act, error: Locked) -> bool:
    """Show what comes first, each thing with its button; say whether there is room for such a window.

    It lies on top of the window that was sent, which keeps every word.
    """
    body = act.body
    view = missing.window(error.case_id, problem(error.problem), error.missing)
    if body.get("type") == "view_submission":
        if _is_third(body["view"]):
            return False
        act.ack(response_action="push", view=view)
        return True
    if body.get("command") or not body.get("trigger_id"):
        return False
    act.ack()
    act.opens(view)
    return True


def _tell_command(act: Act, sentence: str) -> None:
    """Answer a command: in the acknowledgement where it is still open, else by its response address.

    That address works where the bot is no member, which a launch channel often is.
    """
    if act.ack.response is None:
        act.ack(sentence)
        return
    answer = WebhookClient(str(act.body["response_url"]), timeout=TIMEOUT, logger=log)
    answer.send(text=sentence, response_type="ephemeral")
