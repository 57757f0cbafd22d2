"""Changes of context from machines (a watch on laws, a customer list) over HTTP, behind a token of their own."""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot import reports
from bot.services import Services
from prompts import problem
from storage.errors import StorageBusy, StorageError, StorageFull
from workflows.clock import utcnow

PATH = "/signals"
INBOX = "/inbox/"
"""What `bot/web/inbox.py` serves; a site has one handler for what Flask itself refuses."""
BODY_MAX = 64 * 1024
log = logging.getLogger(__name__)
_STORAGE = {StorageFull: "storage_full", StorageBusy: "storage_busy"}

Answer = tuple[Response, int]


def add_signals(site: Flask, services: Services) -> None:
    """Let the site take reports. Without HRDD_SIGNAL_TOKEN there is nothing at this address."""
    token = services.settings.hrdd_signal_token

    @site.post(PATH)
    def signals() -> Answer:
        """Save one report: 202, 200 where it is known by its key, 409 where that is for something else.

        The worker sees its clock within a second or so.
        """
        if token is None:
            return _refused("There is nothing here.", 404)
        if not _is_theirs(request.headers.get("Authorization", ""), token.get_secret_value()):
            return _refused("This needs the token that the people who run the bot have set.", 401)
        if (request.content_length or 0) > BODY_MAX:
            return _too_large()
        try:
            body = request.get_data(cache=False)
            return _too_large() if len(body) > BODY_MAX else _saved(services, body)
        except reports.KeyTaken as refusal:
            return _refused(str(refusal), 409)
        except reports.BadReport as refusal:
            return _refused(str(refusal), 400)
        except StorageError as error:
            log.error("Storage refused: %s %s", type(error).__name__, error.code)
            return _refused(problem(_STORAGE.get(type(error), "storage_down")), 503)
        except HTTPException:
            raise
        except Exception as error:
            # Never the message or the traceback's values: they may hold what was reported.
            reference = secrets.token_hex(4)
            log.error("Unexpected %s (reference %s) at %s", type(error).__name__, reference, _place(error))
            return _refused(problem("unexpected", reference=reference), 500)

    @site.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Answer | HTTPException:
        """Say in the same form what Flask itself refuses here: another method, or a body past all limits."""
        is_of_machines = request.path == PATH or request.path.startswith(INBOX)
        return _refused(f"{error.name}.", error.code or 500) if is_of_machines else error


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "unknown"


def _is_theirs(header: str, token: str) -> bool:
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())


def _saved(services: Services, body: bytes) -> Answer:
    now, desk = utcnow(), services.desk
    saved = reports.save(desk, reports.read(desk, _object(body), now), now)
    return jsonify(reports.answer(saved)), 200 if saved.again else 202


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise reports.BadReport("Nothing is saved yet, because the body is no JSON object: please send one.")
    return found


def _too_large() -> Answer:
    return _refused(f"A report has at most {BODY_MAX // 1024} kB.", 413)


def _refused(sentence: str, status: int) -> Answer:
    return jsonify({"error": sentence}), status
