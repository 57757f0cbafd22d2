"""What people do, as Slack sends it: really signed, with fresh trigger ids, view ids and names each time."""

from __future__ import annotations

import hmac
import itertools
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

from tests.bench.load import Request

SECRET = "bench-signing-secret"
PRODUCTS = tuple(f"p{number}" for number in range(20))
CHANNEL, PRODUCT_CHANNEL = "C0ELSEWHERE", "C0PRODUCT"
LEAD = "U20"
POLICY = {
    "company": "Bench and Sons",
    "timezone": "Europe/Berlin",
    "holidays": {"country": "DE", "subdivision": "BE"},
    "roles": {
        "product_lead": {"owner": "U10", "backup": LEAD, "channel": "C0LAUNCHES"},
        "human_rights_lead": {"owner": LEAD, "backup": "U21", "channel": "C0RIGHTS"},
        "executive_board": {"owner": "U21", "backup": LEAD, "channel": "C0BOARD"},
    },
    "regions": {"emea": {}},
    "products": [
        {"id": each, "name": f"Product {each[1:]}", "region": "emea"}
        | ({"channels": [PRODUCT_CHANNEL]} if each == "p0" else {})
        for each in PRODUCTS
    ],
    "fallback_channel": "C0RIGHTS",
}
ANSWERS: dict[str, Any] = {
    "M1": ["CHG-DATA", "CHG-REUSE"],
    "M2": ["GRP-USERS", "GRP-CHILD"],
    "M3": ["CTX-NONE"],
    "M4": 3,
    "M5": 2,
    "M6": 2,
    "M7": 3,
    "M8": {
        "mitigations": [{"type": "MIT-DESIGN", "evidence": "EV1"}],
        "gap": "NOT_YET",
        "note": "We ask for consent again and keep the old photos out; Amina measures complaints for a month.",
    },
}

Make = Callable[[], Request]
_numbers = itertools.count(1)
_RUN = secrets.token_hex(4)


def _unique() -> str:
    return f"{_RUN}.{next(_numbers)}"


def _signed(kind: str, body: bytes) -> bytes:
    at = str(int(time.time()))
    signature = hmac.digest(SECRET.encode(), b"v0:" + at.encode() + b":" + body, "sha256").hex()
    return (
        f"POST /slack/events HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\nAccept: application/json,*/*\r\n"
        f"Accept-Encoding: gzip,deflate\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    ).encode() + body


def _form(body: bytes) -> bytes:
    return _signed("application/x-www-form-urlencoded", body)


def command(text: str = "check Face%20tagging", *, channel: str = CHANNEL, person: str = "U1234") -> Make:
    """Somebody types `/hrdd check Face tagging`; `text` is url-encoded. The key is the trigger id."""
    front = urlencode(
        {
            "token": "verification",
            "team_id": "T0BENCH",
            "team_domain": "bench",
            "channel_id": channel,
            "channel_name": "launches",
            "user_id": person,
            "user_name": "amina",
            "command": "/hrdd",
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": "https://hooks.example/commands/T0BENCH/1/abc",
        }
    )
    start = f"{front}&text={text}&trigger_id=".encode()

    def make() -> Request:
        key = _unique()
        return Request(_form(start + key.encode()), key)

    return make


def home_opened(person: str = LEAD) -> Make:
    """Somebody opens the bot's home. The key is the person."""

    def make() -> Request:
        event = {
            "token": "verification",
            "team_id": "T0BENCH",
            "api_app_id": "A0BENCH",
            "event": {
                "type": "app_home_opened",
                "user": person,
                "channel": f"D{person[1:]}",
                "tab": "home",
                "event_ts": f"{time.time():.6f}",
            },
            "type": "event_callback",
            "event_id": f"Ev{_unique()}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": "T0BENCH", "user_id": "U0BOT", "is_bot": True}],
            "is_ext_shared_channel": False,
        }
        return Request(_signed("application/json", json.dumps(event).encode()), person)

    return make


def submission(person: str = "U1234") -> Make:
    """Somebody sends a check with every question answered: the real form, a new view and a new launch each time."""
    pieces = _template(person)
    products = itertools.cycle(PRODUCTS)

    def make() -> Request:
        key = _unique()
        values = {"@@KEY@@": key, "@@PRODUCT@@": next(products)}
        body = b"".join(values[piece].encode() if piece in values else piece.encode() for piece in pieces)
        return Request(_form(body), key)

    return make


def _template(person: str) -> list[str]:
    """Give the body in pieces, url-encoded, with the places where each request differs."""
    payload = {
        "type": "view_submission",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "user": {"id": person, "username": "amina", "name": "amina", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "token": "verification",
        "trigger_id": "t.@@KEY@@",
        "view": _view(),
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }
    # Slack escapes the slash as well.
    text = json.dumps(payload, separators=(",", ":")).replace("/", "\\/")
    encoded = "payload=" + quote_plus(text, safe="@")
    pieces = [encoded]
    for mark in ("@@KEY@@", "@@PRODUCT@@"):
        pieces = [part for piece in pieces for part in _between(piece, mark)]
    return pieces


def _between(text: str, mark: str) -> list[str]:
    parts = text.split(mark)
    return [each for part in parts for each in (mark, part)][1:]


def _view() -> dict[str, Any]:
    """Give the app's own form, filled in, as Slack sends it back."""
    from bot.views.check import CheckForms
    from prompts import load_bank
    from workflows import answers as reader
    from workflows.rules import form as rules
    from workflows.values import CheckForm

    bank = load_bank()
    read = reader.read(ANSWERS, bank)
    products = tuple((each["id"], each["name"]) for each in POLICY["products"])  # type: ignore[index]
    form = CheckForm("p1", "Launch", ANSWERS, CHANNEL, draft_key="check:launch")
    view = CheckForms(bank, products).view(form, rules.visible_questions(read), rules.optional_questions(read))
    values = {block["block_id"]: {"answer": _state(block)} for block in view["blocks"] if block["type"] == "input"}
    return {
        "id": "V@@KEY@@",
        "team_id": "T0BENCH",
        **view,
        "state": {"values": values},
        "hash": "1700000000.abcdefgh",
        "clear_on_close": False,
        "previous_view_id": None,
        "root_view_id": "V@@KEY@@",
        "app_id": "A0BENCH",
        "external_id": "",
        "app_installed_team_id": "T0BENCH",
        "bot_id": "B0BOT",
    }


def _state(block: dict[str, Any]) -> dict[str, Any]:
    element = block["element"]
    kind = element["type"]
    if kind == "plain_text_input":
        value = "Launch @@KEY@@" if block["block_id"] == "launch" else element.get("initial_value")
        return {"type": kind, "value": value}
    if kind.startswith("multi_"):
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    chosen = element.get("initial_option")
    if block["block_id"] == "product":
        chosen = {"text": {"type": "plain_text", "text": "A product", "emoji": True}, "value": "@@PRODUCT@@"}
    return {"type": kind, "selected_option": chosen}
