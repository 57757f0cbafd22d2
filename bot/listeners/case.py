"""A case: open it, acknowledge it, and every act that asks for something first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from slack_sdk.errors import SlackApiError, SlackClientError

from bot import payloads
from bot.ids import Block
from bot.listeners.acts import Act, Listener
from bot.views import acts as forms
from bot.views import case as views
from bot.views import sealed
from storage.errors import StorageError
from workflows import case, deciding, dossier
from workflows.errors import HrddError, NotFound
from workflows.rules.case import Act as Act_
from workflows.unsealing import unseal
from workflows.values import CaseFacts, parse_case_code

log = logging.getLogger(__name__)


def open_by_code(act: Act) -> None:
    """`/hrdd case HR-12`: open a case by the name people use for it."""
    word = payloads.Word.of(act.body)
    case_id = parse_case_code(word.rest)
    if case_id is None:
        raise NotFound("case_usage")
    view = views.whole(dossier.view(act.desk, case_id, act.person, act.now))
    act.ack()
    act.opens(view)


def open_by_button(act: Act) -> None:
    """Open a case from a card, a message or the home."""
    act.ack()
    act.opens(views.whole(dossier.view(act.desk, _case_id(act), act.person, act.now)))


def turn(act: Act) -> None:
    """Another page of the window of a case, as of the day that it shows."""
    act.ack()
    _shows(act, payloads.CasePlace.load(payloads.Click.of(act.body).value))


def as_of(act: Act) -> None:
    """The case as it stood on a past day, at the page that is open."""
    here = payloads.CasePlace.load(act.body["view"]["private_metadata"])
    act.ack()
    _shows(act, payloads.CasePlace(here.case_id, here.page, day=payloads.chosen_day(act.body)))


def open_seals(act: Act) -> None:
    """What is sealed in a case, for those who may read it: in a window of their own, never in a message."""
    facts, found = unseal(act.desk, _case_id(act), act.person, act.now)
    act.ack()
    act.opens(sealed.window(facts, found))


def _shows(act: Act, place: payloads.CasePlace) -> None:
    """Show a place in the window in which it was asked for."""
    if place.day is None:
        view = dossier.view(act.desk, place.case_id, act.person, act.now)
    else:
        view = dossier.as_of(act.desk, place.case_id, act.person, place.day, act.now)
    client = act.bot.services.client
    client.views_update(view_id=str(act.body["view"]["id"]), view=views.whole(view, place))


def acknowledge(act: Act) -> None:
    """The owner has it: record, then let card and submitter know."""
    case_id = _case_id(act)
    seen_in = (act.body.get("channel") or {}).get("id")
    case.acknowledge(act.desk, case_id, act.person, act.now, seen_in)
    act.ack()
    act.bot.wake()
    view = act.body.get("view") or {}
    if view.get("type") == "modal":
        _refresh(act, case_id, str(view["id"]))


def ask(which: Act_) -> Listener:
    """Give the listener that opens the window in which an act says what it needs."""

    def listener(act: Act) -> None:
        act.ack()
        act.opens(forms.form(dossier.prepare(act.desk, _case_id(act), act.person, which, act.now), which))

    return listener


def do(which: Act_) -> Listener:
    """Give the listener for such a window when it is sent: save, then show what came of it."""

    def listener(act: Act) -> None:
        view = act.body["view"]
        memory = payloads.HandMemory.load(view["private_metadata"])
        reason = payloads.text_of(view, Block.REASON)
        sent = case.Sent(memory.case_id, act.person, which, reason, str(view["id"]), memory.level)
        facts = _DO[which](act, sent, view)
        act.ack(response_action="update", view=forms.done(facts, which))
        act.bot.wake()
        below = view.get("previous_view_id")
        if below:
            _refresh(act, memory.case_id, str(below))

    return listener


def _hand(act: Act, sent: case.Sent, _view: payloads.Payload) -> CaseFacts:
    return case.hand(act.desk, sent, act.now)


def _decide(act: Act, sent: case.Sent, view: payloads.Payload) -> CaseFacts:
    return deciding.decide(act.desk, sent, payloads.decision(view), act.now)


def _reassign(act: Act, sent: case.Sent, view: payloads.Payload) -> CaseFacts:
    return case.reassign(act.desk, sent, payloads.person_in(view, Block.PERSON), act.now)


def _snooze(act: Act, sent: case.Sent, view: payloads.Payload) -> CaseFacts:
    return case.snooze(act.desk, sent, payloads.day_in(view, Block.UNTIL), act.now)


def _contain(act: Act, sent: case.Sent, _view: payloads.Payload) -> CaseFacts:
    return case.contain(act.desk, sent, act.now)


def _close(act: Act, sent: case.Sent, _view: payloads.Payload) -> CaseFacts:
    return deciding.close(act.desk, sent, act.now)


_DO: Mapping[Act_, Callable[[Act, case.Sent, payloads.Payload], CaseFacts]] = {
    Act_.HAND_UP: _hand,
    Act_.HAND_BACK: _hand,
    Act_.DECIDE: _decide,
    Act_.REASSIGN: _reassign,
    Act_.SNOOZE: _snooze,
    Act_.CONTAIN: _contain,
    Act_.CLOSE: _close,
}


def _case_id(act: Act) -> int:
    case_id = parse_case_code(payloads.Click.of(act.body).value)
    if case_id is None:
        raise NotFound
    return case_id


def _refresh(act: Act, case_id: int, view_id: str) -> None:
    """Bring a case's open window up to date; the card in the channel is edited by the worker.

    The act is saved and answered by now, so nothing that goes wrong here is told: the window says how the case stands
    when it is opened again.
    """
    try:
        fresh = views.whole(dossier.view(act.desk, case_id, act.person, act.now))
        act.bot.services.client.views_update(view_id=view_id, view=fresh)
    except (HrddError, StorageError, SlackApiError, SlackClientError, OSError) as error:
        log.warning("A window was not brought up to date: %s", type(error).__name__)
