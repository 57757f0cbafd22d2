"""The engine together with the rows: work outlives its replica, and jobs of one release run on the next."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from bot.engine import VERSION, Engine, running
from bot.manifest import PROJECT
from storage import outbox, timers
from storage.database import Database
from workflows.ports import Job
from workflows.sweep import sweep

STORES = ("sqlite", "postgresql")
LEASE = timedelta(seconds=1)
GOLDEN = Path(__file__).parent.parent / "contract" / "engine_job.json"
REPLICA = """
import os, sys, threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from bot.engine import Engine
from storage.database import Database
from workflows.sweep import sweep

database = Database.connect(sys.argv[1])
engine = Engine(sys.argv[1], idle=0.02)

def never_ends(job):
    os.write(1, f"{job.kind} {job.row_id} {job.turn}\\n".encode())
    threading.Event().wait()

engine.start(never_ends)
sweep(SimpleNamespace(db=database), engine, datetime.now(UTC), lease=timedelta(seconds=1))
threading.Event().wait()
"""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ready(db: Database, db_url: str) -> Database:
    Engine.migrate(db_url)
    return db


@pytest.fixture
def replica(ready: Database, db_url: str) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start processes that take up what is due and never end; the test ends them."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", REPLICA, db_url]
        started.append(subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def promised(db: Database) -> tuple[int, int]:
    """Promise one message and one step, both due; give their row ids."""
    now = datetime.now(UTC)
    with db.write() as session:
        outbox.add(session, "key:1", "acknowledged", "U0AMINA", due_at=now)
        timers.put(session, [timers.NewTimer("digest", "digest", "", now)], now)
    with db.read() as session:
        timer = timers.get(session, "digest")
        message = session.connection().execute(text("SELECT id FROM hr_outbox")).scalar_one()
    assert timer is not None
    assert timer.id is not None
    return int(message), timer.id


def keep_sweeping(db: Database, engine: Engine, until: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "nobody did the work of the dead replica"
        sweep(SimpleNamespace(db=db), engine, datetime.now(UTC), lease=LEASE)
        time.sleep(0.05)


def test_work_outlives_the_replica_that_had_it_in_hand(
    ready: Database, db_url: str, replica: Callable[[], subprocess.Popen[str]]
):
    message, timer = promised(ready)
    dead = replica()
    assert dead.stdout is not None
    begun = {dead.stdout.readline().strip(), dead.stdout.readline().strip()}
    assert f"send {message} 1" in begun
    dead.kill()
    dead.wait()

    again: list[Job] = []
    with running(Engine(db_url, idle=0.02), again.append) as engine:
        keep_sweeping(ready, engine, lambda: {job.kind for job in again} == {"send", "step"})

    first = {int(line.split()[2]) for line in begun if line.startswith("step")}
    assert {(job.kind, job.row_id) for job in again} == {("send", message), ("step", timer)}
    assert min(job.turn for job in again if job.kind == "send") == 2
    assert min(job.turn for job in again if job.kind == "step") > max(first)


def test_a_replica_that_lives_keeps_its_work_while_the_lease_lasts(ready: Database, db_url: str):
    promised(ready)
    taken: list[Job] = []
    with running(Engine(db_url, idle=0.02), taken.append) as engine:
        now = datetime.now(UTC)
        for _ in range(3):
            sweep(SimpleNamespace(db=ready), engine, now, lease=timedelta(minutes=5))
        keep_sweeping_until = time.monotonic() + 10
        while len(taken) < 2 and time.monotonic() < keep_sweeping_until:
            time.sleep(0.02)

    assert sorted((job.kind, job.turn) for job in taken) == sorted({(job.kind, job.turn) for job in taken})
    assert len(taken) == 2


# A job that one release wrote runs on the next. `engine_job.json` is how release 0.2 stores its jobs; it is not edited.


def stored(db: Database, store: str) -> list[dict[str, Any]]:
    """Give the rows of jobs as the engine stores them, without what differs from one moment to the next."""
    schema = "" if store == "sqlite" else "dbos."
    query = f"""SELECT s.*, i.inputs AS stored_inputs FROM {schema}workflow_status s
        LEFT JOIN {schema}workflow_input i ON i.workflow_uuid = s.workflow_uuid ORDER BY s.workflow_uuid"""
    with db.read() as session:
        found = [dict(row) for row in session.connection().execute(text(query)).mappings()]
    return [{name: row[name] for name in COLUMNS} | {"inputs": json.loads(row["stored_inputs"])} for row in found]


COLUMNS = (
    "workflow_uuid", "name", "status", "queue_name", "class_name", "config_name", "application_version",
    "application_name", "serialization", "priority", "deduplication_id", "queue_partition_key", "workflow_timeout_ms",
)  # fmt: skip


def test_jobs_are_stored_as_they_always_were(ready: Database, db_url: str, store: str):
    engine = Engine(db_url)
    engine._client = engine._connect()
    try:
        with ready.write() as session:
            engine.enqueue(session, Job("send", 12, 1))
            engine.enqueue(session, Job("step", 5, 2))
    finally:
        engine._client.destroy()

    assert stored(ready, store) == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_a_job_that_an_earlier_release_wrote_runs(ready: Database, db_url: str, store: str):
    schema = "" if store == "sqlite" else "dbos."
    with ready.write() as session:
        for job in json.loads(GOLDEN.read_text(encoding="utf-8")):
            row = {name: job[name] for name in COLUMNS}
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            session.connection().execute(text(f"INSERT INTO {schema}workflow_status ({names}) VALUES ({values})"), row)
            session.connection().execute(
                text(f"INSERT INTO {schema}workflow_input (workflow_uuid, inputs) VALUES (:id, :inputs)"),
                {"id": job["workflow_uuid"], "inputs": json.dumps(job["inputs"])},
            )
    done = threading.Event()
    taken: list[Job] = []

    def take(job: Job) -> None:
        taken.append(job)
        if len(taken) == 2:
            done.set()

    with running(Engine(db_url, idle=0.02), take):
        assert done.wait(10), taken
    assert set(taken) == {Job("send", 12, 1), Job("step", 5, 2)}


def test_jobs_are_bound_to_no_release(ready: Database, db_url: str, store: str):
    assert VERSION == "jobs-v1"
    assert {job["application_version"] for job in json.loads(GOLDEN.read_text(encoding="utf-8"))} == {None}
