"""One change of context that reaches ten thousand records among a million: how long, and how much memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import psutil  # type: ignore[import-untyped]
from sqlalchemy import Engine
from sqlmodel import Session, select

from storage import timers
from storage.database import Database
from storage.models import Outbox, SignalRow
from tests.bench import cores, records, stores
from tests.bench.load import CannotMeasure, percentile
from tests.bench.measure import Bench
from tests.bench.records import THERE
from tests.bench.shown import desk_on
from workflows import context, escalation
from workflows.desk import Desk
from workflows.sweep import LEASE


def changing(bench: Bench, store: stores.Store) -> None:
    """Report a war where some of the records are used, and work through all of those, as a worker does."""
    reached, known = bench.plan.promises.reached
    with cores.like_a_server(), desk_on(records.filled(bench, store, known, reached)) as desk:
        watch = Watch(desk.db.engine)
        _measure(bench, store.name, replace(desk, db=watch), watch, reached, known)
    # What was changed is not measured again.
    del bench.filled[store.name, known]


class Watch(Database):
    """A database that notes how long each writing transaction holds everybody else up, in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.held: list[float] = []

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session to write with."""
        with super().write() as session:
            # From here on, for the statement that takes the lock is the first one.
            began = time.perf_counter_ns()
            yield session
        self.held.append((time.perf_counter_ns() - began) / 1e6)


def _measure(bench: Bench, store: str, desk: Desk, watch: Watch, reached: int, known: int) -> None:
    sent_before = _lanes(desk)
    now = datetime.now(UTC)
    given = {"signal": "SIG-CONFLICT", "what": "War.", "where": THERE}
    change = context.read(desk, given, now, key="bench")
    began, process = time.perf_counter(), psutil.Process()
    saved = context.save(desk, change, now)
    saving = time.perf_counter() - began
    if saved.cases != reached:
        raise CannotMeasure(f"{saved.cases} cases match, not {reached}")
    before = most = process.memory_info().rss
    turns: list[int] = []
    while (handed := _handed(desk)) is not None:
        turn = time.perf_counter_ns()
        escalation.step(desk, *handed, now)
        turns.append(time.perf_counter_ns() - turn)
        most = max(most, process.memory_info().rss)
        if len(turns) == 1:
            # What is built at first use stays; what counts is what each further case adds.
            before = most = process.memory_info().rss
    took = time.perf_counter() - began
    _check(desk, reached)
    to_each = _lanes(desk) - sent_before
    what = f"{store}: a change that reaches {reached:,} of {known:,} cases"
    bench.add(f"{what}, until all are reopened", took, "s", "<= 60")
    bench.add(f"{what}, until it is saved", saving * 1000, "ms")
    bench.add(f"{what}, one job of it, p99", percentile(turns, 99), "ms")
    bench.add(f"{what}, longest transaction that others wait for", max(watch.held), "ms")
    bench.add(f"{what}, memory it adds", (most - before) / 2**20, "MB", "<= 30")
    bench.add(f"{what}, people and channels told", len(to_each), "in all")
    bench.add(f"{what}, told most often", max(to_each.values()), "message", "<= 1")


def _handed(desk: Desk) -> tuple[int, int] | None:
    """Hand out the clock of the change, where it still runs."""
    with desk.db.write() as session:
        clock = timers.get(session, "signal:1")
        if clock is None or clock.id is None:
            return None
        found = timers.hand_due(session, datetime.now(UTC), LEASE, 1)
        mine = [each for each in found if each.id == clock.id]
        if not mine:
            raise CannotMeasure("another clock was due")
        return mine[0].id, mine[0].generation


def _check(desk: Desk, reached: int) -> None:
    with desk.db.read() as session:
        row = session.exec(select(SignalRow)).one()
    if (row.state, row.touched, row.reopened) != ("done", reached, reached):
        raise CannotMeasure(f"{row.touched} were touched, {row.reopened} reopened of {reached}")


def _lanes(desk: Desk) -> Counter[str]:
    """Count the messages that were promised, by who gets them."""
    with desk.db.read() as session:
        return Counter(session.exec(select(Outbox.lane)).all())
