"""A posted form reads the same as by the standard library, and what is odd is left to Bolt."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt import BoltRequest

from bot.web.inbound import bolt_request, unquote

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
    ours, theirs = bolt_request(raw, FORM), BoltRequest(body=raw.decode(), headers=dict(FORM))

    assert (ours.raw_body, ours.body, ours.headers) == (theirs.raw_body, theirs.body, theirs.headers)
    assert ours.context.to_copyable() == theirs.context.to_copyable()


def test_a_payload_that_is_no_json_is_an_error_as_with_bolt() -> None:
    with pytest.raises(ValueError):
        bolt_request(b"payload=no+json", FORM)


def test_half_a_character_is_read_as_bolt_reads_it() -> None:
    raw = b"payload=" + quote_plus(json.dumps({"type": "view_submission", "text": "half \ud83d"})).encode()

    assert bolt_request(raw, FORM).body == BoltRequest(body=raw.decode(), headers=dict(FORM)).body
