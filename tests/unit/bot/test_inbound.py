"""A posted form reads the same as by the standard library, and what is odd is left to Bolt."""

from __future__ import annotations

import json
import time
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt import BoltRequest

from bot.edge import Edge
from bot.limiter import Limiter
from bot.playground.deliver import sign
from bot.web.inbound import NotSigned, bolt_request, unquote

SECRET = "a secret of Slack's and ours"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@given(text=st.text())
def test_what_was_encoded_is_decoded_again(text: str) -> None:
    for encode in (quote, quote_plus):
        assert unquote(encode(text).encode()) == text.encode()


@given(raw=st.lists(st.sampled_from([*b"%%%%2adAF03=+_ \t.zZ"]), max_size=20).map(bytes))
def test_anything_odd_is_either_read_as_the_standard_library_does_or_not_at_all(raw: bytes) -> None:
    assert unquote(raw) in (None, unquote_to_bytes(raw.replace(b"+", b" ")))


@pytest.mark.parametrize("raw", [b"100%", b"%zz", b"%%", b"a%\nb", b"a\r\nb"])
def test_what_is_no_url_encoding_is_not_guessed_at(raw: bytes) -> None:
    assert unquote(raw) is None


def _bodies() -> list[bytes]:
    payload = {
        "type": "view_submission",
        "team": {"id": "T1", "domain": "tidewater"},
        "user": {"id": "U0AMINA"},
        "view": {
            "id": "V1",
            "state": {"values": {"launch": {"answer": {"value": "Öresund 50% + 'faces' <!channel> 🚢"}}}},
        },
    }
    form = quote_plus(json.dumps(payload)).encode()
    return [
        b"payload=" + form,
        b"payload=" + form + b"&ssl_check=1",
        b"team_id=T1&user_id=U0AMINA&command=%2Fhrdd&text=check+Face+tagging",
        json.dumps({"type": "event_callback", "team_id": "T1", "event": {"type": "app_home_opened"}}).encode(),
        b"",
    ]


@pytest.mark.parametrize("raw", _bodies(), ids=["form", "form with more", "command", "event", "empty"])
def test_a_request_is_the_one_bolt_would_have_read(raw: bytes) -> None:
    ours, theirs = bolt_request(raw, FORM, Edge(), SECRET), BoltRequest(body=raw.decode(), headers=dict(FORM))

    assert (ours.raw_body, ours.body, ours.headers) == (theirs.raw_body, theirs.body, theirs.headers)
    assert ours.context.to_copyable() == theirs.context.to_copyable()


def test_a_payload_that_is_no_json_is_an_error_as_with_bolt() -> None:
    with pytest.raises(ValueError):
        bolt_request(b"payload=no+json", FORM, Edge(), SECRET)


def test_half_a_character_is_read_as_bolt_reads_it() -> None:
    raw = b"payload=" + quote_plus(json.dumps({"type": "view_submission", "text": "half \ud83d"})).encode()

    assert bolt_request(raw, FORM, Edge(), SECRET).body == BoltRequest(body=raw.decode(), headers=dict(FORM)).body


def _blind(text: str = "concern Diego", *, age: int = 0) -> tuple[bytes, dict[str, str]]:
    raw = f"team_id=T1&user_id=U0AMINA&user_name=amina&command=%2Fhrdd&text={quote_plus(text)}&trigger_id=1.2"
    stamp = str(int(time.time()) - age)
    return raw.encode(), FORM | {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(SECRET, stamp, raw)}


def test_a_blind_request_holds_no_body_as_it_came_no_header_and_no_time() -> None:
    request = bolt_request(*_blind(), Edge(), SECRET)

    assert (request.raw_body, request.headers, request.query) == ("", {}, {})
    assert request.body == {
        "command": "/hrdd",
        "text": "concern +",
        "trigger_id": "1.2",
        "blind": True,
        "wait": False,
    }
    assert request.context.to_copyable() == {"is_enterprise_install": False}


@pytest.mark.parametrize("secret", [SECRET, "another"])
def test_a_blind_request_that_is_not_slacks_is_refused_before_anybody_is_counted(secret: str) -> None:
    edge = Edge(Limiter(240, 0.0), lambda: 0.0)

    with pytest.raises(NotSigned):
        bolt_request(*_blind(age=400 if secret == SECRET else 0), edge, secret)

    assert edge.take_uses() == 0
