"""A case: open it, acknowledge it, hand it up or back."""

from __future__ import annotations

import logging

from slack_sdk.errors import SlackApiError, SlackClientError

from bot import payloads
from bot.ids import Block
from bot.listeners.acts import Act
from bot.views import case as views
from workflows import case
from workflows.errors import NotFound
from workflows.rules.case import Act as Act_
from workflows.values import parse_case_code

log = logging.getLogger(__name__)


def open_by_code(act: Act) -> None:
    """`/hrdd case HR-12`: open a case by the name people use for it."""
    word = payloads.Word.of(act.body)
    case_id = parse_case_code(word.rest)
    if case_id is None:
        raise NotFound("case_usage")
    view = views.whole(case.view(act.desk, case_id, act.person, act.now))
    act.ack()
    act.opens(view)


def open_by_button(act: Act) -> None:
    """Open a case from a card, a message or the home."""
    act.ack()
    act.opens(views.whole(case.view(act.desk, _case_id(act), act.person, act.now)))


def acknowledge(act: Act) -> None:
    """The owner has it: record, then let card and submitter know."""
    case_id = _case_id(act)
    case.acknowledge(act.desk, case_id, act.person, act.now)
    act.ack()
    act.bot.wake()
    _refresh(act, case_id)


def ask_hand_up(act: Act) -> None:
    """Ask what the next person should know."""
    _ask(act, up=True)


def ask_hand_back(act: Act) -> None:
    """Ask why it belongs one level down."""
    _ask(act, up=False)


def hand_up(act: Act) -> None:
    """Hand it up: save, then show where it went."""
    _hand(act, Act_.HAND_UP)


def hand_back(act: Act) -> None:
    """Hand it back: save, then show where it went."""
    _hand(act, Act_.HAND_BACK)


def _ask(act: Act, *, up: bool) -> None:
    act.ack()
    facts = case.view(act.desk, _case_id(act), act.person, act.now).card.case
    act.opens(views.hand_form(facts, up=up))


def _hand(act: Act, which: Act_) -> None:
    view = act.body["view"]
    memory = payloads.HandMemory.load(view["private_metadata"])
    reason = payloads.text_of(view, Block.REASON)
    sent = case.Sent(memory.case_id, act.person, which, reason, str(view["id"]), memory.level)
    facts = case.hand(act.desk, sent, act.now)
    act.ack(response_action="update", view=views.handed(facts))
    act.bot.wake()


def _case_id(act: Act) -> int:
    case_id = parse_case_code(payloads.Click.of(act.body).value)
    if case_id is None:
        raise NotFound
    return case_id


def _refresh(act: Act, case_id: int) -> None:
    """Bring the open window up to date; the card in the channel is edited by the worker."""
    view = act.body.get("view")
    if not view or view["type"] != "modal":
        return
    fresh = views.whole(case.view(act.desk, case_id, act.person, act.now))
    try:
        act.bot.services.client.views_update(view_id=view["id"], view=fresh)
    except (SlackApiError, SlackClientError, OSError) as error:
        # It is saved, and the window says so when it is opened again.
        log.warning("A window was not brought up to date: %s", type(error).__name__)
