"""The engine: jobs promised with their rows, run once, kept free of words, and never the end of anything."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.bell import Bell
from bot.engine import (
    AT_ONCE,
    VERSION,
    Engine,
    EngineError,
    _address,
    job_of,
    running,
    workflow_id,
)
from storage.database import Database
from workflows.ports import Job

SECRET = "Amina wrote about the strike"


@pytest.fixture
def engine(db: Database, db_url: str) -> Engine:
    Engine.migrate(db_url)
    return Engine(db_url, idle=0.02)


class Taken:
    """Jobs that were run, in order."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.changed = threading.Condition()

    def __call__(self, job: Job) -> None:
        with self.changed:
            self.jobs.append(job)
            self.changed.notify_all()

    def wait(self, number: int) -> list[Job]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.jobs) >= number, timeout=20), self.jobs
            return self.jobs


def promise(db: Database, engine: Engine, *jobs: Job) -> None:
    with db.write() as session:
        for job in jobs:
            engine.enqueue(session, job)


def rows(db: Database, store: str, table: str = "workflow_status") -> list[dict]:
    schema = "" if store == "sqlite" else "dbos."
    with db.read() as session:
        found = session.connection().execute(text(f"SELECT * FROM {schema}{table}"))
        return [dict(row) for row in found.mappings()]


def settled(db: Database, store: str) -> list[dict]:
    """Give the engine's rows once none of them is under way."""
    for _ in range(400):
        found = rows(db, store)
        if all(row["status"] in {"SUCCESS", "ERROR", "CANCELLED"} for row in found):
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def test_a_job_that_is_promised_with_its_row_runs(db: Database, engine: Engine, store: str):
    taken = Taken()
    with running(engine, taken):
        promise(db, engine, Job("send", 7, 1), Job("step", 7, 3))

        assert set(taken.wait(2)) == {Job("send", 7, 1), Job("step", 7, 3)}
        assert {row["status"] for row in settled(db, store)} == {"SUCCESS"}


def test_a_job_whose_transaction_fails_was_never_there(db: Database, engine: Engine, store: str):
    taken = Taken()
    with running(engine, taken):
        with db.read() as session:
            engine.enqueue(session, Job("send", 1, 1))
            session.rollback()
        promise(db, engine, Job("send", 2, 1))

        assert taken.wait(1) == [Job("send", 2, 1)]
        assert [row["workflow_uuid"] for row in settled(db, store)] == ["send:2:a1"]


def test_the_same_turn_of_a_row_runs_once_and_a_new_turn_runs_again(db: Database, engine: Engine, caplog):
    taken = Taken()
    with running(engine, taken):
        promise(db, engine, Job("send", 1, 1))
        taken.wait(1)
        promise(db, engine, Job("send", 1, 1), Job("send", 1, 2))

        assert taken.wait(2) == [Job("send", 1, 1), Job("send", 1, 2)]
    assert "under a turn that was used before" in caplog.text


def test_rows_of_the_engine_hold_integers_and_nothing_else_of_ours(db: Database, engine: Engine, store: str):
    with running(engine, Taken()):
        promise(db, engine, Job("send", 12, 1), Job("step", 5, 2))
        found = settled(db, store)

        for row in found:
            assert row["serialization"] == "portable_json"
            assert row["application_version"] == VERSION
            assert {row[name] for name in ("authenticated_user", "error", "attributes")} <= {None, "null"}
        inputs = {row["workflow_uuid"]: json.loads(row["inputs"]) for row in rows(db, store, "workflow_input")}
        assert inputs == {
            "send:12:a1": {"positionalArgs": [12, 1], "namedArgs": {}},
            "step:5:g2": {"positionalArgs": [5, 2], "namedArgs": {}},
        }
        assert {row["output"] for row in rows(db, store, "workflow_output")} <= {None, "null"}


def test_an_exception_in_a_job_ends_only_this_turn_and_its_words_are_kept_nowhere(
    db: Database, engine: Engine, store: str, caplog
):
    def fails(_job: Job) -> None:
        raise ValueError(SECRET)

    with running(engine, fails):
        promise(db, engine, Job("send", 1, 1))
        found = settled(db, store)

    assert [row["status"] for row in found] == ["SUCCESS"]
    assert "A send job failed: ValueError" in caplog.text
    assert SECRET not in caplog.text + str(found) + str(rows(db, store, "workflow_output"))


def test_what_dbos_says_is_cut_to_where_it_comes_from(engine: Engine, caplog):
    log = logging.getLogger("dbos")
    with caplog.at_level(logging.INFO):
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            log.error(f"Exception in queue: {error}", exc_info=True)
        log.warning("again, from the same place: %s", SECRET)
        log.info("nothing but chatter: %s", SECRET)

    assert SECRET not in caplog.text
    assert caplog.text.count("The engine reports KeyError in ") == 1
    assert "Traceback" not in caplog.text


def test_an_engine_starts_and_stops_again_and_again_and_leaves_no_thread(db: Database, engine: Engine):
    before = set(threading.enumerate())
    for turn in range(1, 4):
        taken = Taken()
        with running(engine, taken):
            promise(db, engine, Job("step", 1, turn))
            taken.wait(1)
        # A thread that has just done its job may still be on its way out.
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
        assert set(threading.enumerate()) <= before


def test_two_engines_in_one_process_are_refused(engine: Engine, db_url: str):
    with running(engine, Taken()), pytest.raises(EngineError, match="already"):
        Engine(db_url).start(Taken())


def test_nothing_is_promised_without_an_engine(db: Database, engine: Engine):
    with pytest.raises(EngineError, match="does not run"):
        promise(db, engine, Job("send", 1, 1))


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_without_its_tables_the_engine_says_what_to_do(empty_url: str, store: str):
    with pytest.raises(EngineError, match="hrdd db upgrade"):
        Engine(empty_url).start(Taken())
    Engine.migrate(empty_url)
    with running(Engine(empty_url), Taken()):
        pass


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_an_engine_whose_connections_all_break_goes_on(db: Database, engine: Engine, store: str):
    taken = Taken()
    with running(engine, taken):
        promise(db, engine, Job("send", 1, 1))
        taken.wait(1)
        with db.write() as session:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            session.connection().execute(text(f"{others} AND pid <> pg_backend_pid()"))
        db.dispose()

        began = time.monotonic()
        promise(db, engine, Job("send", 2, 1))
        taken.wait(2)
        assert time.monotonic() - began < 10


def test_several_processes_may_make_the_tables_at_once(db: Database, db_url: str):
    problems: list[Exception] = []

    def make() -> None:
        try:
            Engine.migrate(db_url)
        except EngineError as error:
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_stop_lets_what_is_in_hand_finish(db: Database, engine: Engine, store: str):
    begun, ended = threading.Event(), threading.Event()

    def slow(_job: Job) -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    engine.start(slow)
    promise(db, engine, Job("send", 1, 1))
    assert begun.wait(10)
    engine.stop()

    assert ended.is_set()
    assert [row["status"] for row in rows(db, store)] == ["SUCCESS"]


def test_no_more_jobs_run_at_once_than_it_takes_on(db: Database, engine: Engine):
    gate, most = threading.Event(), []
    inside = threading.Semaphore(0)

    def held(_job: Job) -> None:
        most.append(1)
        inside.release()
        gate.wait(10)

    with running(engine, held):
        promise(db, engine, *(Job("send", number, 1) for number in range(AT_ONCE + 4)))
        for _ in range(AT_ONCE):
            assert inside.acquire(timeout=10)
        assert not inside.acquire(timeout=0.3)
        gate.set()


def test_a_job_promised_here_is_taken_up_at_once_and_not_at_the_next_look(db: Database, engine: Engine, db_url: str):
    taken = Taken()
    with running(Engine(db_url, idle=600.0), taken) as hardly_looking:
        bell = hardly_looking._bell
        assert bell is not None
        assert bell.within_earshot.is_set(), "DBOS waits elsewhere"
        for number in range(1, 6):
            promise(db, hardly_looking, Job("send", number, 1))
            hardly_looking.nudge()
            taken.wait(number)


def test_a_ring_while_the_engine_looks_is_heard_at_its_next_wait():
    stop, heard = threading.Event(), []
    bell = Bell([stop], "looker")
    bell.ring()

    def look() -> None:
        heard.append(stop.wait(30))
        heard.append(stop.wait(30))

    thread = threading.Thread(target=look, name="looker")
    thread.start()
    stop.set()
    thread.join(10)

    assert not thread.is_alive()
    assert heard[1] is True


def test_other_threads_that_wait_for_the_stop_do_not_hear_the_bell():
    stop = threading.Event()
    bell = Bell([stop], "looker")
    bell.ring()

    before = time.monotonic()
    assert stop.wait(0.2) is False
    assert time.monotonic() - before >= 0.19
    stop.set()
    assert stop.wait(30) is True


def test_tidying_removes_what_ended_and_what_the_dead_left_but_nothing_of_the_last_hour(
    db: Database, engine: Engine, store: str
):
    now = datetime.now(UTC)
    taken = Taken()
    with running(engine, taken):
        promise(db, engine, Job("send", 1, 1), Job("send", 2, 1))
        taken.wait(2)
        settled(db, store)
        left_by_the_dead(db, store, "send:2:a1")

        assert engine.tidy(now).removed == 0
        assert engine.tidy(now + timedelta(hours=2)).removed == 2
        assert rows(db, store) == []


def left_by_the_dead(db: Database, store: str, name: str) -> None:
    schema = "" if store == "sqlite" else "dbos."
    with db.write() as session:
        session.connection().execute(
            text(
                f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = 'gone' WHERE workflow_uuid = :n"
            ),
            {"n": name},
        )


def test_tidying_leaves_what_is_in_hand_alone(db: Database, engine: Engine, store: str):
    gate, begun = threading.Event(), threading.Event()

    def held(_job: Job) -> None:
        begun.set()
        gate.wait(10)

    with running(engine, held):
        promise(db, engine, Job("send", 1, 1))
        assert begun.wait(10)
        assert engine.tidy(datetime.now(UTC) + timedelta(hours=2)).removed == 0
        gate.set()
        assert [row["status"] for row in settled(db, store)] == ["SUCCESS"]


def test_jobs_that_the_engine_gave_up_are_told_until_they_are_forgotten(db: Database, engine: Engine, store: str):
    with running(engine, Taken()):
        promise(db, engine, Job("step", 4, 2), Job("send", 5, 1))
        settled(db, store)
        schema = "" if store == "sqlite" else "dbos."
        with db.write() as session:
            session.connection().execute(text(f"UPDATE {schema}workflow_status SET status = 'ERROR'"))

        for _ in range(2):
            assert set(engine.tidy(datetime.now(UTC)).failed) == {Job("step", 4, 2), Job("send", 5, 1)}
        engine.forget([Job("step", 4, 2), Job("send", 5, 1)])
        assert engine.tidy(datetime.now(UTC)).failed == ()


def test_the_engine_gives_up_on_a_server_that_does_not_answer_and_keeps_what_its_address_says():
    given = _address("postgresql://noor:secret@db.example.org/hrdd?connect_timeout=9")
    assert given.startswith("postgresql://noor:secret@db.example.org/hrdd?")
    assert set(given.split("?")[1].split("&")) == {"connect_timeout=9", "tcp_user_timeout=5000"}
    assert _address("sqlite:////data/hrdd.db") == "sqlite:////data/hrdd.db"


@pytest.mark.parametrize("job", [Job("send", 1, 1), Job("step", 123456, 99)])
def test_a_job_is_known_by_its_name(job: Job):
    assert job_of(workflow_id(job)) == job


@pytest.mark.parametrize("name", ["", "send:1", "send:x:a1", "send:-1:a1", "step:1:g", "other:1:a1", "send:1:a1 "])
def test_other_names_are_no_jobs(name: str):
    assert job_of(name) is None


def test_the_version_never_changes_with_a_release():
    assert VERSION == "jobs-v1"


@pytest.fixture(autouse=True)
def no_repeats_swallowed() -> Iterator[None]:
    """Let every test hear the engine: it speaks once a minute for each place."""
    yield
    for each in logging.getLogger("dbos").filters:
        spoken: dict | Callable = getattr(each, "_spoken", {})
        if isinstance(spoken, dict):
            spoken.clear()
