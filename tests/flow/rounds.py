"""Rounds of the worker, made by hand: the worker of the company rests, and each round has a time of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot.notifier import SlackNotifier
from storage import outbox
from storage.models import Outbox
from tests.flow.world import World
from workflows import delivery, escalation
from workflows.ports import Job
from workflows.sweep import Swept, sweep

SPOKEN = (
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.open",
    "users.info",
)
"""What a worker asks of Slack."""


AT_ONCE = delivery.Terms(pace=timedelta(0))


class ByHand:
    """Takes jobs as the engine would, and keeps them for whoever does them."""

    def __init__(self) -> None:
        self.found: list[Job] = []

    def enqueue(self, session: Session, job: Job) -> None:
        """Keep a job."""
        self.found.append(job)


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
        patch.setattr(worker, "look", lambda: Swept(0, None))
        yield
    worker.wake()


def goes_down(world: World, error: str = "server_error") -> None:
    """Let Slack answer nothing that a worker asks, from now on."""
    for method in SPOKEN:
        world.standin.faults.fail(method, error, times=1_000_000)


def round_once(world: World, now: datetime, notifier: SlackNotifier | None = None, most: int = 100) -> int:
    """Sweep once at a given time and do the jobs by hand, without the engine; give how many there were."""
    jobs = ByHand()
    sweep(world.desk, jobs, now, limit=most)
    voice = notifier or notifier_of(world)
    for job in jobs.found:
        if job.kind == "step":
            escalation.step(world.desk, job.row_id, job.turn, now)
        else:
            delivery.send(world.desk, voice, job.row_id, job.turn, lambda: now, terms=AT_ONCE)
    return len(jobs.found)


def rounds(world: World, begin: datetime, end: datetime) -> list[tuple[Outbox, datetime]]:
    """Do what is due from `begin` on, each round at the moment something is due; give every row after each."""
    now, seen = begin, []
    while now <= end:
        round_once(world, now)
        seen += [(row, now) for row in world.rows(Outbox)]
        with world.db.read() as session:
            due = outbox.next_look(session)
        if due is None:
            break
        now = max(due, now)
    return seen
