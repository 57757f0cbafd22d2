"""A concern by name or in confidence: save it, come back to it, answer it, and say how one has been since."""

from __future__ import annotations

import secrets

from bot import payloads, payloads_concern
from bot.ids import Block
from bot.listeners.acts import Act
from bot.payloads_concern import Choices, Place
from bot.views import named as views
from workflows import concern, concern_thread
from workflows.concern_values import Given


def save(act: Act) -> None:
    """The words of a named or confidential concern: save them, then show the receipt."""
    _save(act, payloads_concern.given(act.body["view"]))


def open_about(act: Act) -> None:
    """Raise a concern about a message: the window shows the way to it, not its text."""
    act.ack()
    policy = act.desk.policy
    choices = Choices(secrets.token_hex(16), link=payloads_concern.link_of(act.body))
    readers = policy.concerns.everybody if policy.concerns else ()
    act.opens(views.about(choices, [(each.id, each.name) for each in policy.products], readers))


def save_about(act: Act) -> None:
    """A concern about a message: save it, then show the receipt."""
    _save(act, payloads_concern.given_about(act.body["view"]))


def _save(act: Act, given: Given) -> None:
    raised = concern.raise_concern(act.desk, given, act.person, act.now)
    act.ack(response_action="update", view=views.sent(raised))
    act.bot.wake()


def finish(act: Act) -> None:
    """The receipt was read."""
    act.ack(response_action="update", view=views.done("sent"))


def read(act: Act) -> None:
    """Open a concern: who raised it sees the answers, one of the two who answer it sees what was raised."""
    place = Place.load(payloads.Click.of(act.body).value)
    act.ack()
    if place.held:
        found = concern_thread.heard(act.desk, place.case_id, act.person, act.now)
    else:
        found = concern_thread.own(act.desk, place.case_id, act.person)
    act.opens(views.thread(found))


def reply(act: Act) -> None:
    """Something was written in the window of a concern: an answer, or more from who raised it."""
    view = act.body["view"]
    place, key = Place.load(view.get("private_metadata")), str(view["id"])
    text = payloads.text_of(view, Block.CONCERN)
    if place.held:
        about = payloads_concern.about_of(view)
        concern_thread.answer(act.desk, place.case_id, act.person, text, about, key, act.now)
    else:
        concern_thread.add(act.desk, place.case_id, act.person, text, key, act.now)
    act.ack(response_action="update", view=views.done("answered" if place.held else "added"))
    act.bot.wake()


def since(act: Act) -> None:
    """One tap: how somebody has been since they raised a concern."""
    case_id, days, how = payloads_concern.since_of(payloads.Click.of(act.body).value)
    first = concern.since(act.desk, case_id, days, how, act.person, act.now)
    act.ack()
    act.bot.wake()
    act.opens(views.done(f"since_{how}" if first else "since_before"))
