"""The inbox over HTTP for readers who keep their key themselves (`hrdd inbox`): only what is sealed comes and goes."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot.services import Services
from bot.slack_client import steady
from prompts import problem
from storage.errors import StorageBusy, StorageError, StorageFull
from storage.keystore import KeystoreError
from workflows.clock import utcnow
from workflows.errors import HrddError
from workflows.inbox_acts import ABOUT, ACKNOWLEDGED
from workflows.inbox_door import Answer, InboxDoor, NoEntry, NoSuch

FRONT: Final = "/inbox"
BODY_MAX: Final = 64 * 1024
NAME_MOST: Final = 40
BLOB_MOST: Final = 32 * 1024
ASKED_A_MINUTE: Final = 120
"""How often anybody may knock, and whoever is in may fetch and answer, in a minute."""
SEQ_MOST: Final = 2**31 - 1
log = logging.getLogger(__name__)
_STORAGE: dict[type[Exception], str] = {StorageFull: "storage_full", StorageBusy: "storage_busy"}

Reply = tuple[Response, int]


class BadBody(Exception):
    """What was sent cannot be used; the sentence names the field and never what stood in it."""


class TooLarge(BadBody):
    """More was sent than anything here needs."""


class TooMany(Exception):
    """There was too much in a minute."""


class Rate:
    """Counts what came in this minute, all of it together: whoever it is, nobody is told apart."""

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most, self._seconds = most, seconds
        self._guard = threading.Lock()
        self._minute, self._count = 0, 0

    def take(self) -> None:
        """Count one. Raises TooMany."""
        with self._guard:
            minute = int(self._seconds() // 60)
            self._minute, self._count = minute, self._count + 1 if minute == self._minute else 1
            if self._count > self._most:
                raise TooMany


def add_inbox(site: Flask, services: Services) -> None:
    """Let the site hand out and take in what is sealed. Without concerns in the policy there is nothing there."""
    if services.vault is None:
        return
    door = InboxDoor(services.vault, ZoneInfo(services.desk.policy.timezone), steady)
    # Who knocks without a key cannot use up the room of those who are in.
    knocks, asks = Rate(ASKED_A_MINUTE, steady), Rate(ASKED_A_MINUTE, steady)
    inbox = Blueprint("inbox", __name__, url_prefix=FRONT)

    @inbox.post("/challenge")
    def challenge() -> Reply:
        """Give a challenge to whoever says who they are."""
        return _guarded(knocks, lambda: _challenge(door, _body()))

    @inbox.post("/session")
    def session() -> Reply:
        """Give a token to whoever opened their challenge."""
        return _guarded(knocks, lambda: _session(door, _body()))

    @inbox.post("/reports")
    def reports() -> Reply:
        """Give all reports, as sealed as they are."""
        return _guarded(asks, lambda: _reports(door, _body()))

    @inbox.post("/answer")
    def answer() -> Reply:
        """Take what a reader does with a report."""
        return _guarded(asks, lambda: _answer(door, _body()))

    site.register_blueprint(inbox)


def _challenge(door: InboxDoor, body: dict[str, Any]) -> Reply:
    made = door.challenge(_text(body, "lead", NAME_MOST))
    return jsonify(sealed=_coded(made.sealed), stamp=_coded(made.stamp)), 200


def _session(door: InboxDoor, body: dict[str, Any]) -> Reply:
    lead, stamp, answer = _text(body, "lead", NAME_MOST), _bytes(body, "stamp"), _bytes(body, "answer")
    welcome = door.enter(lead, stamp, answer, utcnow())
    return jsonify(token=welcome.token, group=welcome.group, groups=welcome.groups), 200


def _reports(door: InboxDoor, body: dict[str, Any]) -> Reply:
    found = door.reports(_text(body, "token"), utcnow())
    listed = [
        {"id": each.id.hex(), "wraps": [_coded(wrap) for wrap in each.wraps], "bundle": _coded(each.bundle)}
        for each in found
    ]
    return jsonify(reports=listed), 200


def _answer(door: InboxDoor, body: dict[str, Any]) -> Reply:
    about, seq, case_id = body.get("about"), body.get("seq"), _text(body, "id", NAME_MOST)
    if about not in ABOUT:
        raise BadBody("about: is not something that can be done with a report.")
    if type(seq) is not int or not 0 <= seq <= SEQ_MOST:
        raise BadBody("seq: is no number.")
    try:
        found = bytes.fromhex(case_id)
    except ValueError:
        raise BadBody("id: is not written as ids are.") from None
    blob = _bytes(body, "blob")
    if not blob and about != ACKNOWLEDGED:
        raise BadBody("blob: an answer needs words.")
    given = Answer(found, _text(body, "ticket"), str(about), seq, blob)
    return jsonify(state=door.act(_text(body, "token"), given, utcnow())), 200


def _guarded(rate: Rate, act: Callable[[], Reply]) -> Reply:
    """Do what was asked, and say in one sentence why not where it cannot be done."""
    try:
        rate.take()
        return act()
    except TooMany:
        return _refused("There were too many requests in this minute: please try again in a minute.", 429)
    except BadBody as refusal:
        return _refused(f"Nothing was done. {refusal}", 413 if isinstance(refusal, TooLarge) else 400)
    except NoEntry:
        return _refused("This needs a key that is registered here: please unlock again.", 401)
    except NoSuch:
        return _refused("Nothing is saved, because this fits no report that you have opened: please fetch again.", 404)
    except HrddError as refusal:
        return _refused(problem(refusal.problem, **refusal.values), 409)
    except (StorageError, KeystoreError) as error:
        log.error("The inbox cannot be read or written: %s", type(error).__name__)
        return _refused(problem(_STORAGE.get(type(error), "storage_down")), 503)
    except HTTPException:
        raise
    except Exception as error:
        reference = secrets.token_hex(4)
        log.error("Unexpected %s in the inbox (reference %s)", type(error).__name__, reference)
        return _refused(problem("unexpected", reference=reference), 500)


def _body() -> dict[str, Any]:
    raw = b"" if (request.content_length or 0) > BODY_MAX else request.get_data(cache=False)
    if max(request.content_length or 0, len(raw)) > BODY_MAX:
        raise TooLarge(f"A request has at most {BODY_MAX // 1024} kB.")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadBody("The body is no JSON object.")
    return found


def _text(body: dict[str, Any], name: str, most: int = 128) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= most or not found.isascii() or not found.isprintable():
        raise BadBody(f"{name}: is missing, too long, or not written in plain letters.")
    return found


def _bytes(body: dict[str, Any], name: str) -> bytes:
    found = body.get(name)
    try:
        raw = base64.b64decode(found, validate=True) if isinstance(found, str) else None
    except (binascii.Error, ValueError):
        raw = None
    if raw is None or len(raw) > BLOB_MOST:
        raise BadBody(f"{name}: is missing, too long, or not base64.")
    return raw


def _coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _refused(sentence: str, status: int) -> Reply:
    return jsonify({"error": sentence}), status
