"""The inbox of those who read anonymous reports: set up a key, unlock, read, answer."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from bot import payloads
from bot.ids import Block, Callback
from bot.listeners.acts import Act
from bot.payloads_inbox import ACTS, CASE, Place, Wanted
from bot.views import inbox as views
from storage.errors import StorageError
from storage.keystore import KeystoreError
from workflows.errors import HrddError, NotFound, Refused
from workflows.inbox import Inbox

log = logging.getLogger(__name__)


def open_inbox(act: Act) -> None:
    """Open the inbox as far as it goes: to set up a key, to unlock it, the list; or do what else the button says."""
    inbox, wanted = _inbox(act), payloads.Click.of(act.body).value
    act.ack()
    if wanted == views.LOCK:
        inbox.keys.lock(act.person, act.now)
        _turn(act, views.locked())
    elif wanted.startswith(views.PAGE):
        number = wanted.partition(":")[2]
        _turn(act, views.listing(inbox.listing(act.person, act.now), int(number) if number.isdigit() else 0))
    else:
        act.opens(_first(act, inbox, new=wanted == views.NEW))


def _first(act: Act, inbox: Inbox, *, new: bool) -> dict[str, Any]:
    has_key = inbox.keys.has_key(act.person)
    inbox.keys.check_in(act.person, new=new)
    if new or not has_key:
        nonce = secrets.token_hex(16)
        return views.key(inbox.keys.passphrase_for(nonce), nonce, again=has_key)
    if not inbox.keys.unlocked.is_open(inbox.keys.reader(act.person).id):
        return views.unlock(inbox.demo, inbox.keys.asked_at(act.person))
    return views.listing(inbox.listing(act.person, act.now))


def set_up(act: Act) -> None:
    """Make a key under the passphrase that was shown, once two of its words were typed back."""
    view = act.body["view"]
    shown = payloads.text_of(view, Block.PASSPHRASE)
    typed = (payloads.text_of(view, Block.SECOND_GROUP), payloads.text_of(view, Block.FOURTH_GROUP))
    made = _inbox(act).keys.set_up(act.person, str(view.get("private_metadata") or ""), shown, typed, act.now)
    act.ack(response_action="update", view=views.key_done(made))
    act.bot.wake()


def unlock(act: Act) -> None:
    """Open the inbox with a passphrase and show the list; then close anew what is not closed for today's readers."""
    inbox = _inbox(act)
    found = inbox.keys.unlock(act.person, payloads.text_of(act.body["view"], Block.PASSPHRASE), act.now)
    if found.code:
        act.ack(response_action="update", view=views.code(found.code))
        return
    act.ack(response_action="update", view=views.listing(inbox.listing(act.person, act.now), asked=found.asked))
    act.bot.wake()
    _close_anew(act, inbox)


def confirm(act: Act) -> None:
    """Say of another reader's new key that it is theirs."""
    view, inbox = act.body["view"], _inbox(act)
    lead, _, code = str(view.get("private_metadata") or "").partition(":")
    inbox.keys.confirm(act.person, lead, code, payloads.text_of(view, Block.PASSPHRASE), act.now)
    act.ack(response_action="update", view=views.listing(inbox.listing(act.person, act.now), done="confirmed"))
    act.bot.wake()
    _close_anew(act, inbox)


def _close_anew(act: Act, inbox: Inbox) -> None:
    try:
        inbox.renew(act.person, act.now)
    except (StorageError, KeystoreError, HrddError) as error:
        # The next unlocking goes on with it.
        log.warning("Reports stay closed for those before: %s", type(error).__name__)


def read(act: Act) -> None:
    """Open a report, or another page of the one that is open."""
    place = Place.load(payloads.Click.of(act.body).value)
    act.ack()
    view = views.reading(_inbox(act).read(act.person, place.report, act.now), place.number)
    if (act.body.get("view") or {}).get("callback_id") == Callback.INBOX_READ:
        _turn(act, view)
    else:
        act.opens(view)


def do(act: Act) -> None:
    """Do what takes no words: say that a report was read, let new readers in, compare another's new key."""
    name, _, rest = payloads.Click.of(act.body).value.partition(":")
    inbox = _inbox(act)
    if name == views.CONFIRM:
        _compare(act, inbox, rest)
        return
    place = Place.load(rest)
    report = place.report
    act.ack()
    if name == "ack":
        _turn(act, views.reading(inbox.acknowledge(act.person, report, act.now, seen=place.seen), done="acknowledge"))
    elif name == "let_in":
        _turn(act, views.reading(inbox.let_in(act.person, report, act.now), done="let_in"))
    else:
        raise NotFound("report_gone")


def _compare(act: Act, inbox: Inbox, key: str) -> None:
    waiting = inbox.listing(act.person, act.now).waiting
    wanted = next((each for each in waiting if key == f"{each.lead}:{each.fingerprint}"), None)
    if wanted is None:
        raise NotFound("inbox_no_waiting")
    act.ack()
    act.opens(views.confirm(wanted))


def write(act: Act) -> None:
    """Write to the reporter, say what came of it, close the report, or open a case from it; then show it again."""
    wanted, inbox = Wanted.of(act.body["view"]), _inbox(act)
    report, code = wanted.place.report, ""
    if wanted.act == CASE:
        key = f"inbox:{act.body['view']['id']}"
        code = inbox.raise_case(act.person, report, wanted.text, key, act.now).code
        found = inbox.read(act.person, report, act.now)
    else:
        place = wanted.place
        written = (ACTS[wanted.act], wanted.text, act.now)
        found = inbox.write(act.person, report, place.number, *written, seen=place.seen)
    act.ack(response_action="update", view=views.reading(found, done=wanted.act, code=code))
    act.bot.wake()


def _inbox(act: Act) -> Inbox:
    """Give the inbox. Raises Refused where the policy says nothing of concerns."""
    inbox = act.bot.services.inbox
    if inbox is None:
        raise Refused("inbox_not_yours")
    return inbox


def _turn(act: Act, view: dict[str, Any]) -> None:
    """Show something in the place of the window in which it was asked for."""
    act.bot.services.client.views_update(view_id=str(act.body["view"]["id"]), view=view)
