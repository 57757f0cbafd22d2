"""What people can do. Every listener is named in the tables of `register`; Bolt itself sees seven registrations.

Bolt looks through its registrations one by one, so a listener of our own for each button would cost every request
(docs/decisions/0010). Each kind of act is registered once and looked up here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import App

from bot.ids import COMMAND, Action, Callback, Event, Word
from bot.listeners import case, check, context, help, home, recheck, record, risks
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
}
CLOSINGS: dict[str, Listener] = {
    Callback.CHECK_FORM: check.close,
    Callback.RECORD_WRITE: record.close,
    Callback.DEEP_PAGE: record.close,
}
SHORTCUTS: dict[str, Listener] = {Callback.CHECK_START: check.open_form_from_button}
EVENTS: dict[str, Listener] = {Event.HOME_OPENED: home.show}

_ANY = re.compile("")


def register(app: App, bot: Bot) -> None:
    """Register every kind of act once."""
    app.command(COMMAND)(dispatch(bot, COMMANDS, _first_word, otherwise=help.unknown))
    app.action(_ANY)(dispatch(bot, ACTIONS, lambda body: str(body["actions"][0]["action_id"])))
    app.view_submission(_ANY)(dispatch(bot, SUBMISSIONS, _callback_of_view))
    app.view_closed(_ANY)(dispatch(bot, CLOSINGS, _callback_of_view))
    app.shortcut(_ANY)(dispatch(bot, SHORTCUTS, lambda body: str(body["callback_id"])))
    for name in EVENTS:
        app.event(name)(dispatch(bot, EVENTS, lambda body: str(body["event"]["type"])))


def _first_word(body: Mapping[str, Any]) -> str:
    return Typed.of(body).word


def _callback_of_view(body: dict[str, dict[str, object]]) -> str:
    return str(body["view"]["callback_id"])
