"""The loop that keeps promises: it outlives failures, minds clocks, sets the pace and takes nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import Session

from bot import worker as working
from bot.engine import EngineError, Tidied
from bot.playground.run import example_policy
from bot.services import Services, build
from bot.settings import Settings
from bot.worker import Worker
from storage import outbox
from storage.errors import StorageDown
from storage.models import Outbox
from workflows import auditor, clock, delivery
from workflows import sweep as sweeping
from workflows.delivery import Outcome
from workflows.ports import Job
from workflows.sweep import Swept

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Watched:
    """An engine that only notes what is asked of it."""

    def __init__(self) -> None:
        self.nudges = 0
        self.starts = self.stops = 0
        self.failed: tuple[Job, ...] = ()
        self.forgotten: list[Job] = []
        self.tidied_at: list[datetime] = []

    def enqueue(self, session: Session, job: Job) -> None:
        raise AssertionError("nothing is due")

    def start(self, run: Callable[[Job], None]) -> None:
        self.starts += 1

    def stop(self, seconds: float = 15.0) -> None:
        self.stops += 1

    def nudge(self) -> None:
        self.nudges += 1

    def tidy(self, now: datetime) -> Tidied:
        self.tidied_at.append(now)
        return Tidied(0, self.failed)

    def forget(self, jobs: Sequence[Job]) -> None:
        self.forgotten += jobs


@pytest.fixture
def services(db_url: str) -> Iterator[Services]:
    made = build(
        Settings(
            slack_bot_token=SecretStr("xoxb-1"),
            slack_api_url="http://127.0.0.1:9/api/",
            hrdd_database_url=db_url,
            hrdd_policy=example_policy(),
            hrdd_threads=4,
        )
    )
    yield made
    made.desk.db.dispose()
    clock.reset()


@pytest.fixture
def engine() -> Watched:
    return Watched()


@pytest.fixture
def worker(services: Services, engine: Watched) -> Worker:
    made = Worker(services, engine=engine)  # type: ignore[arg-type]
    made._runs = True
    return made


def wait_for(seen: Callable[[], bool]) -> None:
    for _ in range(500):
        if seen():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def test_a_row_that_is_in_hand_is_taken_up_again_only_when_its_job_has_ended(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
):
    gate, runs = threading.Event(), []

    def slow(*given: object) -> Outcome:
        runs.append(given[2:4])
        gate.wait(10)
        return Outcome()

    monkeypatch.setattr(delivery, "send", slow)
    first = threading.Thread(target=worker.do, args=[Job("send", 1, 1)])
    first.start()
    wait_for(lambda: bool(runs))
    worker.do(Job("send", 1, 2))
    worker.do(Job("send", 1, 3))
    worker.do(Job("send", 1, 2))
    assert runs == [(1, 1)]
    gate.set()
    first.join()

    assert runs == [(1, 1), (1, 3)], "the newest turn is the one that counts"
    worker.do(Job("send", 1, 4))
    assert runs == [(1, 1), (1, 3), (1, 4)]


def test_what_was_sent_and_what_was_not_is_counted(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    outcomes = iter([Outcome(sent=True, waited=0.2), Outcome(trouble="ratelimited"), Outcome()])
    monkeypatch.setattr(delivery, "send", lambda *_: next(outcomes))

    for turn in range(3):
        worker.do(Job("send", 1, turn))

    shown = worker.metrics.text().decode()
    assert "hrdd_due_to_sent_seconds_count 1.0" in shown
    assert 'hrdd_retries_total{why="rate_limited"} 1.0' in shown


def test_a_storage_that_fails_ends_neither_a_job_nor_the_loop(worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog):
    looks: list[int] = []

    def away(*_given: object, **_named: object) -> Swept:
        looks.append(1)
        if len(looks) == 1:
            raise StorageDown("gone")
        if len(looks) == 2:
            raise ValueError("Amina wrote this")
        return Swept(0, None)

    monkeypatch.setattr(sweeping, "sweep", away)
    monkeypatch.setattr(working, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(delivery, "send", lambda *_: (_ for _ in ()).throw(StorageDown("gone")))
    worker.start()
    worker.do(Job("send", 1, 1))
    wait_for(lambda: len(looks) > 3)
    worker.stop()

    assert "What is due cannot be read: gone" in caplog.text
    assert "What is due cannot be read: ValueError" in caplog.text
    assert "A send job waits for its next turn: gone" in caplog.text
    assert "Amina" not in caplog.text
    assert worker.pulse.silent < 30


def test_a_beginning_that_fails_is_tried_again_and_holds_nothing_up(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    tries: list[int] = []

    def begin(*_given: object) -> None:
        tries.append(1)
        if len(tries) < 2:
            raise StorageDown("gone")

    monkeypatch.setattr(sweeping, "begin", begin)
    worker._round()
    assert worker.pulse.silent < 1
    worker._begin_at = 0.0
    worker._round()
    worker._round()

    assert len(tries) == 2


# clocks


def test_a_clock_that_goes_back_an_hour_brings_leases_back(worker: Worker, services: Services):
    db = services.desk.db
    with db.write() as session:
        now = clock.utcnow()
        outbox.add(session, "k", "acknowledged", "U0AMINA", due_at=now)
        outbox.hand_due(session, now, timedelta(seconds=25), 10, timedelta(0))
    worker._watch_clock()
    clock.shift(timedelta(hours=-1))
    worker._watch_clock()

    with db.read() as session:
        row = session.get(Outbox, 1)
        assert row is not None
        assert row.due_at <= clock.utcnow() + timedelta(seconds=25)


def test_small_steps_and_leaps_forward_of_the_clock_bring_nothing_back(worker: Worker, monkeypatch):
    calls: list[int] = []
    monkeypatch.setattr(sweeping, "clock_went_back", lambda *_: calls.append(1))
    for hours in (0, 0.0005, -0.0005, 48):
        clock.shift(timedelta(hours=hours))
        worker._watch_clock()
    assert calls == []

    clock.shift(timedelta(hours=-48))
    worker._watch_clock()
    worker._watch_clock()
    assert calls == [1]


def test_the_clock_of_the_playground_is_no_difference_to_the_database(services: Services):
    clock.shift(timedelta(days=90))
    worker = Worker(services)
    worker._compare_clocks()
    assert not worker.pulse.apart


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_machine_whose_clock_is_not_the_databases_takes_nothing(
    services: Services, worker: Worker, engine: Watched, monkeypatch: pytest.MonkeyPatch
):
    runs: list[object] = []
    monkeypatch.setattr(delivery, "send", lambda *_: runs.append(1) or Outcome())
    monkeypatch.setattr(working, "_real", lambda now: now + timedelta(seconds=11))
    monkeypatch.setattr(worker, "run", lambda: None)
    worker._runs = False
    worker.start()
    worker.do(Job("send", 1, 1))
    assert (worker.pulse.apart, engine.starts, runs) == (True, 0, [])

    monkeypatch.setattr(working, "_real", lambda now: now)
    worker._follow_clocks()
    worker.do(Job("send", 1, 1))
    assert (worker.pulse.apart, engine.starts, runs) == (False, 1, [1])

    monkeypatch.setattr(working, "_real", lambda now: now - timedelta(seconds=11))
    worker._follow_clocks()
    assert (worker.pulse.apart, engine.stops) == (True, 1)


def test_an_engine_that_could_not_start_is_started_again_at_the_next_look(
    worker: Worker, engine: Watched, monkeypatch: pytest.MonkeyPatch
):
    worker._runs = False
    starts = iter([EngineError("not yet"), None])

    def start(_run: object) -> None:
        problem = next(starts)
        if problem is not None:
            raise problem

    monkeypatch.setattr(engine, "start", start)
    for expected in (False, True):
        worker._safely("trouble", worker._follow_clocks)
        assert worker._runs is expected
    assert worker.look().handed == 0


# pace and rest


@pytest.mark.parametrize(
    ("handed", "left", "rest"),
    [
        (0, None, 1.0),
        (0, 3600.0, 1.0),
        (0, 0.5, 0.35),
        (0, 0.1, 0.1),
        (0, 0.001, 0.02),
        (0, -5.0, 0.1),
        (20, -5.0, 0.02),
    ],
)
def test_it_rests_until_something_is_due_and_at_most_a_second(handed: int, left: float | None, rest: float):
    next_at = None if left is None else NOW + timedelta(seconds=left)
    assert working._rest(Swept(handed, next_at), NOW) == pytest.approx(rest)


def test_after_a_failure_it_rests_a_second():
    assert working._rest(None, NOW) == 1.0


def test_the_engine_is_told_of_what_was_handed_out_and_of_nothing_else(
    worker: Worker, engine: Watched, monkeypatch: pytest.MonkeyPatch
):
    worker._engine = engine  # type: ignore[assignment]
    for handed in (0, 3, 0):
        monkeypatch.setattr(working.sweeping, "sweep", lambda *_args, handed=handed, **_more: Swept(handed, None))
        worker.look()

    assert engine.nudges == 1


# keeping house


def test_what_the_engine_gave_up_is_told_counted_and_then_forgotten(
    worker: Worker, engine: Watched, monkeypatch: pytest.MonkeyPatch
):
    seen: list[object] = []
    engine.failed = (Job("step", 3, 1),)
    monkeypatch.setattr(auditor, "look", lambda _desk, failed, _now: seen.append((failed, list(engine.forgotten))))
    clock.shift(timedelta(days=30))
    worker._audit()

    assert seen == [((Job("step", 3, 1),), [])]
    assert engine.forgotten == [Job("step", 3, 1)]
    assert "hrdd_engine_errors_total 1.0" in worker.metrics.text().decode()
    # The engine stamps its rows by the real time, wherever the playground's clock stands.
    assert abs(engine.tidied_at[0] - datetime.now(UTC)) < timedelta(minutes=1)


def test_house_is_kept_once_a_minute_and_not_right_after_the_clock_leapt(worker: Worker, monkeypatch):
    audits: list[int] = []
    monkeypatch.setattr(worker, "_audit", lambda: audits.append(1))
    worker._keep_house()
    assert audits == [], "what was due while nobody ran is taken up first"
    worker._house_at = 0.0
    worker._keep_house()
    worker._keep_house()
    assert audits == [1]

    worker._house_at = 0.0
    clock.shift(timedelta(days=90))
    worker._watch_clock()
    worker._keep_house()
    assert audits == [1]


def test_without_an_engine_a_round_can_be_done_by_hand(services: Services, monkeypatch: pytest.MonkeyPatch):
    runs: list[object] = []
    monkeypatch.setattr(delivery, "send", lambda *given: runs.append(given[2:4]) or Outcome())
    with services.desk.db.write() as session:
        outbox.add(session, "k", "acknowledged", "U0AMINA", due_at=clock.utcnow())
    worker = Worker(services)

    assert (worker.run_once(), worker.run_once()) == (1, 0)
    assert runs == [(1, 1)]
