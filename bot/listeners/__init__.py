"""What people can do. Every listener is named in the tables of `register`; Bolt itself sees eight registrations.

Bolt looks through its registrations one by one, so a listener of our own for each button would cost every request
(docs/decisions/0010). Each kind of act is registered once and looked up here. What `bot/edge.py` rebuilt goes to the
blind tables, whose listeners know nobody; everything else goes to the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App
from slack_bolt.context.ack import Ack

from bot.blind import BlindDesk, BlindListener, dispatch_blind
from bot.ids import COMMAND, Action, Callback, Event, Word
from bot.listeners import case, check, concern, context, help, home, inbox, named, pulse, recheck, record, reply, risks
from bot.listeners.acts import Bot, Listener, dispatch
from bot.payloads import Word as Typed
from workflows.rules.case import Act

COMMANDS: dict[str, Listener] = {
    Word.CHECK: check.open_form,
    Word.CASE: case.open_by_code,
    Word.RISKS: risks.open_register,
    Word.CONTEXT: context.open_by_word,
    Word.HELP: help.show,
    "": help.show,
}
ACTIONS: dict[str, Listener] = {
    Action.ANSWER: check.answer,
    Action.CHECK_START: check.open_form_from_button,
    Action.CHECK_DISAGREE: check.disagree,
    Action.CHECK_OPEN: check.open_receipt,
    Action.CASE_ACKNOWLEDGE: case.acknowledge,
    Action.CASE_HAND_UP: case.ask(Act.HAND_UP),
    Action.CASE_HAND_BACK: case.ask(Act.HAND_BACK),
    Action.CASE_DECIDE: case.ask(Act.DECIDE),
    Action.CASE_REASSIGN: case.ask(Act.REASSIGN),
    Action.CASE_SNOOZE: case.ask(Act.SNOOZE),
    Action.CASE_CONTAIN: case.ask(Act.CONTAIN),
    Action.CASE_CLOSE: case.ask(Act.CLOSE),
    Action.CASE_OPEN: case.open_by_button,
    Action.CONTEXT_OPEN: context.open_by_button,
    Action.CASE_PAGE: case.turn,
    Action.CASE_FIRST: case.turn,
    Action.CASE_TODAY: case.turn,
    Action.CASE_TIMELINE: case.turn,
    Action.CASE_RECORD: case.turn,
    Action.CASE_AS_OF: case.as_of,
    Action.CASE_SEALS: case.open_seals,
    Action.RISKS_FIRST: risks.turn,
    Action.RISKS_MORE: risks.turn,
    Action.RECORD_WRITE: record.write,
    Action.DEEP_OPEN: record.open_deep,
    Action.DEEP_PAGE: record.open_page,
    Action.DEEP_ASK: record.ask_deep,
    Action.RECHECK_SAME: recheck.same,
    Action.RECHECK_RIGHT: recheck.right,
    Action.RECHECK_SNOOZE: recheck.snooze,
    Action.HOME_MORE: home.turn_page,
    Action.HOME_FIRST: home.turn_page,
    Action.CONCERN_READ: named.read,
    Action.CONCERN_SINCE: named.since,
    Action.INBOX_OPEN: inbox.open_inbox,
    Action.INBOX_READ: inbox.read,
    Action.INBOX_ACT: inbox.do,
}
SUBMISSIONS: dict[str, Listener] = {
    Callback.CHECK_FORM: check.submit,
    Callback.CASE_HAND_UP: case.do(Act.HAND_UP),
    Callback.CASE_HAND_BACK: case.do(Act.HAND_BACK),
    Callback.CASE_DECIDE: case.do(Act.DECIDE),
    Callback.CASE_REASSIGN: case.do(Act.REASSIGN),
    Callback.CASE_SNOOZE: case.do(Act.SNOOZE),
    Callback.CASE_CONTAIN: case.do(Act.CONTAIN),
    Callback.CASE_CLOSE: case.do(Act.CLOSE),
    Callback.RISKS_VIEW: risks.search,
    Callback.RECORD_WRITE: record.save,
    Callback.DEEP_PAGE: record.save_page,
    Callback.CONTEXT_FORM: context.look,
    Callback.CONTEXT_PREVIEW: context.save,
    Callback.CONCERN_NAMED: named.save,
    Callback.CONCERN_ABOUT: named.save_about,
    Callback.CONCERN_SENT: named.finish,
    Callback.CONCERN_READ: named.reply,
    Callback.INBOX_KEY: inbox.set_up,
    Callback.INBOX_CONFIRM: inbox.confirm,
    Callback.INBOX_UNLOCK: inbox.unlock,
    Callback.INBOX_READ: inbox.write,
}
CLOSINGS: dict[str, Listener] = {
    Callback.CHECK_FORM: check.close,
    Callback.RECORD_WRITE: record.close,
    Callback.DEEP_PAGE: record.close,
}
SHORTCUTS: dict[str, Listener] = {
    Callback.CHECK_START: check.open_form_from_button,
    Callback.CONCERN_ABOUT: named.open_about,
}
EVENTS: dict[str, Listener] = {Event.HOME_OPENED: home.show}

BLIND_COMMANDS: dict[str, BlindListener] = {Word.CONCERN: concern.begin, Word.REPLY: reply.begin}
BLIND_ACTIONS: dict[str, BlindListener] = {
    Action.CONCERN_OPEN: concern.begin,
    Action.REPLY_OPEN: reply.begin,
    Action.PULSE_TAP: pulse.tap,
}
"""Buttons; and the shortcut that has the id of a button."""
BLIND_SUBMISSIONS: dict[str, BlindListener] = {
    Callback.CONCERN_BEFORE: concern.go_on,
    Callback.CONCERN_HOW: concern.choose,
    Callback.CONCERN_WRITE: concern.send,
    Callback.CONCERN_RECEIPT: concern.finish,
    Callback.REPLY_CODE: reply.look_up,
    Callback.REPLY_READ: reply.send,
}

_ANY = re.compile("")
_Heard = Callable[[dict[str, Any], Ack], None]


def register(app: App, bot: Bot, blind: BlindDesk) -> None:
    """Register every kind of act once."""

    def either(
        named: _Heard, table: Mapping[str, BlindListener], name_of: Callable[[Mapping[str, Any]], str]
    ) -> _Heard:
        return _either(named, dispatch_blind(blind, bot.services.client.views_open, bot.attention, table, name_of))

    app.command(COMMAND)(
        either(dispatch(bot, COMMANDS, _first_word, otherwise=help.unknown), BLIND_COMMANDS, _blind_word)
    )
    app.action(_ANY)(either(dispatch(bot, ACTIONS, _action), BLIND_ACTIONS, _action))
    app.view_submission(_ANY)(
        either(dispatch(bot, SUBMISSIONS, _callback_of_view), BLIND_SUBMISSIONS, _callback_of_view)
    )
    app.view_closed(_ANY)(either(dispatch(bot, CLOSINGS, _callback_of_view), {}, _callback_of_view))
    app.shortcut(_ANY)(either(dispatch(bot, SHORTCUTS, _callback), BLIND_ACTIONS, _callback))
    app.options(_ANY)(_no_options)
    for name in EVENTS:
        app.event(name)(dispatch(bot, EVENTS, lambda body: str(body["event"]["type"])))


def _either(named: _Heard, blind: _Heard) -> _Heard:
    """Let those hear a payload who may: the mark is set by the edge alone."""

    def listener(body: dict[str, Any], ack: Ack) -> None:
        (blind if body.get("blind") is True else named)(body, ack)

    return listener


def _no_options(ack: Ack) -> None:
    """Nothing here asks for options while somebody types. Unanswered, Bolt would write what was typed into a log."""
    ack(options=[])


def _first_word(body: Mapping[str, Any]) -> str:
    return Typed.of(body).word


def _blind_word(body: Mapping[str, Any]) -> str:
    return str(body["text"]).partition(" ")[0]


def _action(body: Mapping[str, Any]) -> str:
    return str(body["actions"][0]["action_id"])


def _callback(body: Mapping[str, Any]) -> str:
    return str(body["callback_id"])


def _callback_of_view(body: Mapping[str, Any]) -> str:
    return str(body["view"]["callback_id"])
