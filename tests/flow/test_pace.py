"""A message a second for each recipient: Slack never has to say "too fast", and nobody waits for somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import pytest

from bot.playground.wire import Exchange
from storage import outbox
from storage.models import Outbox
from tests.flow.world import World
from workflows import outgoing

LONG, SHORT, HELD = "C0LAUNCHES", "C0PHOTOS", "C0RIGHTS"
MANY = {LONG: 7, SHORT: 4, HELD: 3}
CASES = 3
RETRY_AFTER = 3
NEAR = 0.85
"""Seconds between two answers: the stand-in refuses what comes within one, but notes an answer a moment later."""
ROOM = 2.5
"""Seconds that a loaded machine may take on top of the pace."""


class Answer(NamedTuple):
    """How Slack answered one post: where to, of which case, the how manieth message, when, and the status."""

    channel: str
    case: str
    number: int
    at: datetime
    status: int


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the pace of the real thing, instead of the haste of the other flow tests."""
    monkeypatch.setenv("HRDD_CHANNEL_SECONDS", "1.0")


def promise(world: World, channel: str, many: int) -> None:
    """Promise messages to a channel, all due now, in turn for each of a few cases."""
    now = world.clock.now()
    alarms = [
        replace(
            outgoing.alarm(channel, "parked", 1, f"{channel}:{900 + each % CASES}:{each}", now),
            case_id=900 + each % CASES,
        )
        for each in range(many)
    ]
    with world.db.write() as session:
        outbox.add_many(session, alarms)


def answers(world: World) -> list[Answer]:
    """Give what Slack answered to posts, in order, refusals included."""
    return [_answer(each) for each in world.standin.wire.calls("chat.postMessage")]


def _answer(call: Exchange) -> Answer:
    asked = call.request
    assert isinstance(asked, dict)
    memory = asked["metadata"]
    key = (json.loads(memory) if isinstance(memory, str) else memory)["event_payload"]["key"]
    *_, case, number = key.split(":")
    return Answer(str(asked["channel"]), case, int(number), call.at, call.status)


def seconds(first: datetime, last: datetime) -> float:
    return (last - first).total_seconds()


def in_order(to: Sequence[Answer]) -> bool:
    """Say whether the messages of each case came in the order in which they were promised."""
    each = {case: [answer.number for answer in to if answer.case == case] for case in {answer.case for answer in to}}
    return all(numbers == sorted(numbers) for numbers in each.values())


@pytest.mark.every_way("store")
def test_a_message_a_second_to_each_channel_is_never_too_fast_and_one_that_must_wait_delays_no_other(
    found: Callable[..., World],
):
    world = found()
    world.standin.faults.strict_rate()
    world.standin.faults.fail("chat.postMessage", "ratelimited", retry_after=RETRY_AFTER)
    promise(world, HELD, MANY[HELD])
    world.running.process.wake()
    (refused,) = world.until(lambda: answers(world))
    assert (refused.channel, refused.status) == (HELD, 429)

    for channel in (LONG, SHORT):
        promise(world, channel, MANY[channel])
    began = world.clock.now()
    world.settles(30)
    world.until(lambda: {row.state for row in world.rows(Outbox)} == {"sent"}, 30)

    sent = answers(world)[1:]
    assert {answer.status for answer in sent} == {200}, "nothing was too fast but what was made to be"
    to = {channel: [answer for answer in sent if answer.channel == channel] for channel in MANY}
    assert {channel: len(each) for channel, each in to.items()} == MANY
    for channel, each in to.items():
        assert in_order(each), channel
        assert min(seconds(one.at, next_.at) for one, next_ in pairwise(each)) >= NEAR, channel
    assert seconds(refused.at, to[HELD][0].at) >= RETRY_AFTER
    assert seconds(refused.at, to[HELD][0].at) <= RETRY_AFTER + ROOM
    for channel in (LONG, SHORT):
        assert seconds(began, to[channel][0].at) <= ROOM, f"{channel} waits for nobody"
        assert seconds(began, to[channel][-1].at) <= MANY[channel] - 1 + ROOM, f"{channel} keeps its own pace"
