"""Rounds of the worker, made by hand: the worker of the company rests, and each round has a time of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from bot.notifier import SlackNotifier
from storage import outbox
from storage.models import Outbox
from tests.flow.world import World
from workflows import delivery

SPOKEN = (
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.open",
    "users.info",
)
"""What a worker asks of Slack."""


def notifier_of(world: World) -> SlackNotifier:
    """Give the worker's own voice, for a round by hand."""
    worker = world.running.process._worker
    assert worker is not None
    return worker._notifier


@contextmanager
def resting(world: World) -> Iterator[None]:
    """Let the worker find nothing to do until the block ends; what was promised then leaves."""
    worker = world.running.process._worker
    assert worker is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "run_once", lambda: 0)
        yield
    worker.wake()


def goes_down(world: World, error: str = "server_error") -> None:
    """Let Slack answer nothing that a worker asks, from now on."""
    for method in SPOKEN:
        world.standin.faults.fail(method, error, times=1_000_000)


def rounds(world: World, begin: datetime, end: datetime) -> list[tuple[Outbox, datetime]]:
    """Send what is due from `begin` on, each round at the moment something is due; give every row after each."""
    now, seen = begin, []
    while now <= end:
        delivery.run_once(world.desk, notifier_of(world), now)
        seen += [(row, now) for row in world.rows(Outbox)]
        with world.db.read() as session:
            due = outbox.next_due(session)
        if due is None:
            break
        now = max(due, now)
    return seen
