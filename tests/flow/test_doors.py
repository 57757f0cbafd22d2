"""The way in over HTTP: only what Slack signed a moment ago is heard, and hearing it twice counts once."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from bot.playground.deliver import sign
from storage.models import Check
from tests.flow.world import FACES, World


class Request(NamedTuple):
    """What arrives at the door."""

    body: bytes
    headers: dict[str, str]


def signed(world: World, body: str, *, age: float = 0, secret: str | None = None) -> Request:
    moment = str(int(time.time() - age))
    signature = sign(secret or world.standin.signing_secret, moment, body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": signature,
    }
    return Request(body.encode(), headers)


def without(name: str) -> Callable[[World, str], Request]:
    def change(world: World, body: str) -> Request:
        request = signed(world, body)
        del request.headers[name]
        return request

    return change


def knocks(world: World, request: Request) -> tuple[int, str]:
    place = urlsplit(str(world.standin.http.url))
    line = http.client.HTTPConnection(str(place.hostname), place.port, timeout=5)
    try:
        line.request("POST", place.path, request.body, request.headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def filled_form(world: World) -> str:
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)
    return urlencode({"payload": json.dumps(world.submission(world.amina))})


REFUSED: dict[str, Callable[[World, str], Request]] = {
    "with another secret": lambda world, body: signed(world, body, secret="guessed"),
    "six minutes old": lambda world, body: signed(world, body, age=360),
    "from the future": lambda world, body: signed(world, body, age=-360),
    "without a signature": without("X-Slack-Signature"),
    "without a time": without("X-Slack-Request-Timestamp"),
    "with another body": lambda world, body: signed(world, body)._replace(body=body.replace("Face", "Fake").encode()),
    "with a signature of nothing": lambda world, body: signed(world, "")._replace(body=body.encode()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_slack_did_not_sign_now_is_refused(world: World, name: str):
    body = filled_form(world)

    status, _ = knocks(world, REFUSED[name](world, body))

    assert status == 401
    assert world.rows(Check) == []


def test_a_replayed_submission_gives_the_first_receipt_and_counts_once(world: World):
    request = signed(world, filled_form(world))

    first, second, third = (knocks(world, request) for _ in range(3))
    world.settles()

    assert first[0] == second[0] == third[0] == 200
    assert shown(first[1]) == shown(second[1]) == shown(third[1])
    assert (len(world.rows(Check)), len(world.posts("C0BOARD"))) == (1, 1)


def shown(answer: str) -> object:
    """Return what a receipt shows; block ids that Slack would invent are not part of it."""
    return json.loads(answer)["view"]["blocks"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "payload=",
        "payload=%7B",
        "payload=not+json",
        "payload=%FF%FE",
        "payload=[]",
        "payload=%7B%7D",
        "{",
        "[]",
        "x=1",
    ],
)
def test_a_signed_request_without_sense_is_refused_and_the_next_one_is_heard(world: World, body: str):
    status, answer = knocks(world, signed(world, body))

    assert status in (400, 404)
    assert "Traceback" not in answer
    assert world.amina.types("/hrdd help").ephemeral


def test_a_body_of_many_megabytes_is_refused(world: World):
    status, _ = knocks(world, signed(world, "payload=" + "x" * (3 * 1024 * 1024)))

    assert status == 413


def test_bytes_that_are_no_text_are_refused(world: World):
    request = signed(world, "payload=x")._replace(body=b"payload=\xff\xfe")

    assert knocks(world, request)[0] in (400, 401)
