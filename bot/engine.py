"""The engine that runs what is due: DBOS, behind a handful of methods. Nothing else in the project knows it.

Business rows hold time and say whether a job still counts; the engine holds only work that is due now
(docs/decisions/0017). So its own recovery is not needed: every process has a fresh executor id, and what a dead process
had in hand is handed out anew when the lease of its row ends. Rows that the dead left behind are only tidied away.

DBOS is one per process. Starting a second engine while one runs is refused; start, stop, start works.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from dbos import DBOS, DBOSClient, DBOSConfig, WorkflowSerializationFormat
from dbos import error as dbos_errors
from sqlalchemy import make_url
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from bot.bell import Bell
from workflows.ports import Job

NAME: Final = "hrdd"
SCHEMA: Final = "dbos"
QUEUE: Final = "work"
VERSION: Final = "jobs-v1"
"""Never changes with a release. Left to DBOS it would be a hash of source code and its own version, and every upgrade
would strand work; a new value would make old replicas stop taking jobs, so it is only for a new shape of jobs."""
AT_ONCE: Final = 16
"""Jobs that one process runs at the same time."""
IDLE_SECONDS: Final = 1.0
"""How often the engine looks for jobs that another process promised; its own are taken up at once."""
FIRST_SECONDS: Final = 0.05
EARSHOT_SECONDS: Final = 3.0
QUIET_SECONDS: Final = 60.0
KEPT: Final = timedelta(hours=1)
PATIENCE: Final = {"connect_timeout": "2", "tcp_user_timeout": "5000"}
"""For the driver: seconds until a connection stands, milliseconds until data that was sent must be acknowledged."""
BATCH: Final = 500
MOST_BATCHES: Final = 20
_ID: Final = re.compile(r"(send|step):([0-9]{1,18}):[ag]([0-9]{1,9})")
_MARK: Final = {"send": "a", "step": "g"}
log = logging.getLogger(__name__)


class EngineError(Exception):
    """The engine cannot start; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What tidying found: how many rows went, and the jobs that the engine itself gave up (an alarm)."""

    removed: int = 0
    failed: tuple[Job, ...] = ()


def workflow_id(job: Job) -> str:
    """Name a job for the engine: the same row and turn is the same job, however often it is promised."""
    return f"{job.kind}:{job.row_id}:{_MARK[job.kind]}{job.turn}"


def job_of(name: str) -> Job | None:
    """Give the job of this name, or None where the name is not one of ours."""
    found = _ID.fullmatch(name)
    return Job(cast(Literal["send", "step"], found[1]), int(found[2]), int(found[3])) if found else None


class _Quiet(logging.Filter):
    """Leaves of DBOS's messages only where they come from: their texts quote exceptions, and those quote rows.

    One place speaks once a minute at most, or a database that is away would fill the log.
    """

    def __init__(self) -> None:
        super().__init__()
        self._spoken: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Strip the record of everything but a short kind."""
        place, moment = record.funcName or "somewhere", time.monotonic()
        if moment - self._spoken.get(place, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self._spoken[place] = moment
        kind = type(record.exc_info[1]).__name__ if record.exc_info and record.exc_info[1] else "trouble"
        record.msg, record.args = "The engine reports %s in %s", (kind, place)
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def _quiet() -> None:
    """Make DBOS's log quiet, once; with a handler in place it does not set up one of its own."""
    dbos = logging.getLogger("dbos")
    if not any(isinstance(each, _Quiet) for each in dbos.filters):
        dbos.addFilter(_Quiet())
        dbos.addHandler(logging.NullHandler())
    dbos.setLevel(logging.WARNING)


class _Stage:
    """Which engine runs in this process. DBOS keeps its workflows for the whole process; engines come and go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Engine | None = None

    def enter(self, engine: Engine) -> None:
        """Take the stage. Raises EngineError while another engine has it."""
        with self._lock:
            if self._running is not None:
                raise EngineError("An engine runs in this process already.")
            self._running = engine

    def leave(self) -> None:
        """Free the stage."""
        with self._lock:
            self._running = None

    def take_up(self, job: Job) -> None:
        """Run a job on the engine that runs; without one its lease brings it back."""
        engine = self._running
        if engine is not None:
            engine.take_up(job)


_STAGE: Final = _Stage()


# The arguments are integers only: whatever a job needs to know, it reads from its row (docs/decisions/0017).
@DBOS.workflow(name="send")
def _send(outbox_id: int, attempt: int) -> None:
    """Send one message of the outbox."""
    _STAGE.take_up(Job("send", outbox_id, attempt))


@DBOS.workflow(name="step")
def _step(timer_id: int, generation: int) -> None:
    """Take the step of one timer."""
    _STAGE.take_up(Job("step", timer_id, generation))


class Engine:
    """Hands jobs to whichever process takes them up first, and runs those that this process takes up.

    `url` is the address of our database; the engine's tables are in the same file, or in a schema of their own.
    `idle` is how many seconds lie between two looks for jobs that other processes promised.
    """

    def __init__(self, url: str, *, idle: float = IDLE_SECONDS) -> None:
        _quiet()
        self._url = _address(url)
        self._idle = idle
        self._run: Callable[[Job], None] | None = None
        self._client: DBOSClient | None = None
        self._in_hand: set[Job] = set()
        self._changed = threading.Condition()
        self._bell: Bell | None = None

    @staticmethod
    def migrate(url: str) -> None:
        """Make or update the engine's tables; harmless when they are there, and when several do it at once.

        DBOS serializes it: by the write lock on SQLite, by an advisory lock of its own on PostgreSQL. (We must not
        hold one of ours around it: it builds indexes concurrently, and those wait for every open transaction.)
        Raises EngineError.
        """
        _quiet()
        try:
            DBOS.migrate(_address(url), schema=SCHEMA)
        except Exception as error:
            raise EngineError(f"The engine's tables cannot be made ({type(error).__name__}).") from None

    def enqueue(self, session: Session, job: Job) -> None:
        """Promise a job in the caller's transaction. A second promise of the same turn changes nothing."""
        if self._client is None:
            raise EngineError("The engine does not run.")
        try:
            self._client.enqueue_in_transaction(
                session,
                {
                    "workflow_name": job.kind,
                    "queue_name": QUEUE,
                    "workflow_id": workflow_id(job),
                    "workflow_id_reuse_policy": "reject",
                    # The enum: an unknown name in its place is ignored, and arguments would be pickled.
                    "serialization_type": WorkflowSerializationFormat.PORTABLE,
                    # No application version: any release may run it.
                },
                job.row_id,
                job.turn,
            )
        except dbos_errors.DBOSWorkflowIDInUseError:
            # Turns only ever grow, so this is a mistake of ours. The lease of the row brings it back under a new turn.
            log.error("A %s job was promised under a turn that was used before", job.kind)

    def start(self, run: Callable[[Job], None]) -> None:
        """Begin to take up jobs; `run` is called for each, on threads of the engine. Raises EngineError."""
        _STAGE.enter(self)
        try:
            self._run = run
            # Before the launch, which may start work at once that hands out more.
            self._client = self._connect()
            # Before the launch too, or DBOS would see the queue a second late.
            # The first wait is short, since nobody can end it yet; from the second on there is the bell.
            queue = self._client.register_queue(
                QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=min(FIRST_SECONDS, self._idle)
            )
            dbos = DBOS(config=self._config())
            DBOS.launch()
            self._bell = Bell(dbos.background_thread_stop_events, f"queue-worker-{QUEUE}")
            if self._bell.within_earshot.wait(EARSHOT_SECONDS):
                queue.set_polling_interval_sec(self._idle)
        except Exception as error:
            self._end()
            if isinstance(error, dbos_errors.DBOSInitializationError | ProgrammingError):
                raise EngineError("The engine's tables are not of this version. Run `hrdd db upgrade` first.") from None
            raise EngineError(f"The engine cannot start ({type(error).__name__}).") from None

    def stop(self, seconds: float = 15.0) -> None:
        """Take up nothing more, let what is in hand finish for at most so many seconds, and end."""
        if self._client is None:
            return
        # DBOS looks whether its work is done once a second; where there is none, that second is spared.
        self._end(int(seconds) if self._in_hand else 0)
        with self._changed:
            self._changed.wait_for(lambda: not self._in_hand, timeout=1.0)

    def take_up(self, job: Job) -> None:
        """Run one job. Nothing it raises reaches DBOS: there, an exception ends a job for good, and is kept with it."""
        run = self._run
        if run is None:
            return
        with self._changed:
            self._in_hand.add(job)
        try:
            run(job)
        except BaseException as error:
            log.error("A %s job failed: %s", job.kind, type(error).__name__)
        finally:
            with self._changed:
                self._in_hand.discard(job)
                self._changed.notify_all()

    def nudge(self) -> None:
        """Look for jobs at once: some were just promised here."""
        if self._bell is not None:
            self._bell.ring()

    def tidy(self, now: datetime) -> Tidied:
        """Remove what ended an hour ago and what the dead left behind; give the jobs that the engine gave up.

        `now` is the real time, in UTC, also where the clock of the playground was moved: the engine stamps its rows by
        the database. Give the failed jobs to `forget` once somebody was told.
        """
        if self._client is None:
            return Tidied()
        removed = sum(self._remove(ids) for ids in self._old(now, ["SUCCESS", "CANCELLED"]))
        for left in self._old(now, ["PENDING"]):
            self._client.cancel_workflows(left)
            removed += self._remove(left)
        given_up = self._client.list_workflows(
            status=["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"], limit=BATCH, load_input=False, load_output=False
        )
        jobs = (job_of(each.workflow_id) for each in given_up)
        return Tidied(removed, tuple(job for job in jobs if job is not None))

    def forget(self, jobs: Sequence[Job]) -> None:
        """Remove jobs that the engine gave up, after somebody was told of them."""
        if self._client is not None and jobs:
            self._client.delete_workflows([workflow_id(job) for job in jobs])

    def _old(self, now: datetime, status: list[str]) -> Iterator[list[str]]:
        """Give the ids of rows older than an hour, in batches, but for what this process has in hand."""
        mine = {workflow_id(job) for job in tuple(self._in_hand)}
        for _ in range(MOST_BATCHES):
            rows = cast(DBOSClient, self._client).list_workflows(
                status=cast(Any, status),
                end_time=(now - KEPT).isoformat(),
                limit=BATCH,
                load_input=False,
                load_output=False,
            )
            ids = [each.workflow_id for each in rows if each.workflow_id not in mine]
            if ids:
                yield ids
            if len(rows) < BATCH or not ids:
                return

    def _remove(self, ids: list[str]) -> int:
        cast(DBOSClient, self._client).delete_workflows(ids)
        return len(ids)

    def _end(self, seconds: int = 0) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=seconds)
        if self._client is not None:
            self._client.destroy()
        self._client, self._run, self._bell = None, None, None
        _STAGE.leave()

    def _connect(self) -> DBOSClient:
        """Open the way by which jobs are promised. It raises where the database is away: the sweep tries again."""
        return DBOSClient(
            system_database_url=self._url,
            dbos_system_schema=SCHEMA,
            system_database_pool_size=1,
            application_name=NAME,
            lazy=True,
            retry_connection_errors=False,
        )

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name=NAME,
            system_database_url=self._url,
            dbos_system_schema=SCHEMA,
            application_version=VERSION,
            # Fresh: two processes with one id would take up each other's work.
            executor_id=uuid.uuid4().hex,
            run_migrations=False,
            use_listen_notify=False,
            sys_db_pool_size=6,
            max_executor_threads=AT_ONCE + 8,
            log_level="WARNING",
            # Neither schedules nor notifications are used. The poller of notifications sleeps through a stop.
            scheduler_polling_interval_sec=600.0,
            notification_listener_polling_interval_sec=0.05,
            enable_otlp=False,
        )


def _address(url: str) -> str:
    """Give the address of the database as DBOS understands it: it chooses the driver by itself.

    On a server, an answer that never comes is given up after seconds, as everywhere in this program.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(drivername="sqlite").render_as_string(hide_password=False)
    patient = {name: value for name, value in PATIENCE.items() if name not in parsed.query}
    return parsed.set(drivername="postgresql").update_query_dict(patient).render_as_string(hide_password=False)


@contextmanager
def running(engine: Engine, run: Callable[[Job], None]) -> Iterator[Engine]:
    """Run an engine until the block ends."""
    engine.start(run)
    try:
        yield engine
    finally:
        engine.stop()
