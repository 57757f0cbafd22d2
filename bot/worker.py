"""The loop that keeps promises: it hands out what is due, runs what the engine gives it, and keeps house.

Three things happen in one process: the loop (a thread of ours) sweeps and keeps house, the engine looks for jobs, and
jobs run on the engine's threads. Where the database says that work is due, somebody does it; nothing here remembers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import Session

from bot.attention import Attention
from bot.health import Pulse
from bot.metrics import Metrics
from bot.notifier import SlackNotifier
from bot.outward import Outward
from bot.services import Services
from bot.settings import SettingsError
from storage.errors import StorageError
from workflows import auditor, clock, delivery, escalation, nudging, rerouting
from workflows import sweep as sweeping
from workflows.check import forget_old_drafts
from workflows.clock import utcnow
from workflows.ports import Job
from workflows.sweep import Swept

if TYPE_CHECKING:
    from bot.engine import Engine

T = TypeVar("T")
IDLE_SECONDS = 1.0
SHORTEST_REST = 0.02
BUSY_REST = 0.1
"""Rest after a look that found due work in somebody else's hands."""
GIVE_WAY_SECONDS = 0.25
HOUSE_SECONDS = 60.0
DRAFTS_SECONDS = 3600.0
OWNERS_SECONDS = 900.0
JUMP = timedelta(seconds=2)
APART = timedelta(seconds=10)
STOP_SECONDS = 15.0
log = logging.getLogger(__name__)


class Directly:
    """Jobs that are not handed to an engine but kept, to be run by hand after the transaction."""

    def __init__(self) -> None:
        self.taken: list[Job] = []

    def enqueue(self, _session: Session, job: Job) -> None:
        """Keep a job."""
        self.taken.append(job)


class Worker:
    """Keeps promises until stopped. `wake` says that something was just promised."""

    def __init__(
        self,
        services: Services,
        attention: Attention | None = None,
        engine: Engine | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self._attention = attention or Attention()
        self._settings = services.settings
        self._desk = services.desk
        self._notifier = SlackNotifier(services.client, Outward(services.desk.seals))
        self._terms = delivery.Terms(services.settings.lease, services.settings.pace)
        self._engine = engine
        self._in_hand: dict[tuple[str, int], Job | None] = {}
        self._guard = threading.Lock()
        self._nudge = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._asks: threading.Thread | None = None
        self._runs = False
        self._begun = self._apart = False
        self._last_sweep = self._seen_steady = time.monotonic()
        self._seen = utcnow()
        self._house_at = self._last_sweep + HOUSE_SECONDS
        self._drafts_at = self._begin_at = 0.0
        self._owners_at = self._last_sweep + OWNERS_SECONDS

    @property
    def pulse(self) -> Pulse:
        """How this worker is."""
        return Pulse(time.monotonic() - self._last_sweep, self._apart)

    def start(self) -> None:
        """Start the engine, and the loop on a thread of its own.

        Raises:
            SettingsError: the engine cannot start, for example because its tables are missing.
        """
        self._compare_clocks()
        if not self._apart:
            self._start_engine()
        self._thread = threading.Thread(target=self.run, name="hrdd-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hand out nothing more, finish what is in hand (at most fifteen seconds), and end."""
        deadline = time.monotonic() + STOP_SECONDS
        self._stop.set()
        self._nudge.set()
        if self._thread is not None:
            self._thread.join(timeout=STOP_SECONDS)
        self._stop_engine(max(0.0, deadline - time.monotonic()))

    def wake(self) -> None:
        """Look now rather than at the next tick: a person did something, or the clock was moved."""
        self._nudge.set()

    def run(self) -> None:
        """Sweep until stopped. A failure is logged by its kind and tried again; it never ends the loop."""
        while not self._stop.is_set():
            self._nudge.wait(self._round())
            self._nudge.clear()

    def run_once(self) -> int:
        """Sweep once and run what was handed out in this thread, without an engine; give how many jobs that were."""
        jobs = Directly()
        sweeping.sweep(self._desk, jobs, utcnow(), lease=self._settings.lease)
        for job in jobs.taken:
            self.do(job)
        return len(jobs.taken)

    def look(self) -> Swept:
        """Hand to the engine what is due now."""
        if self._engine is None or not self._runs:
            return Swept(0, None)
        began = time.monotonic()
        swept = sweeping.sweep(self._desk, self._engine, utcnow(), lease=self._settings.lease)
        if swept.handed:
            self._engine.nudge()
        self._last_sweep = time.monotonic()
        self.metrics.swept(self._last_sweep - began)
        return swept

    def do(self, job: Job) -> None:
        """Run one job. A later turn of a row that is in hand here waits, and runs when the one in hand has ended.

        A moved clock may end a lease early, and a row may be handed out again the moment its job has put it back.
        """
        row = (job.kind, job.row_id)
        with self._guard:
            if self._apart:
                return
            if row in self._in_hand:
                # Left alone it would come back only when its lease ends. Where the first did the work, nothing happens.
                waiting = self._in_hand[row]
                self._in_hand[row] = job if waiting is None or waiting.turn < job.turn else waiting
                return
            self._in_hand[row] = None
        following: Job | None = job
        while following is not None:
            following = self._in_turn(following)
            self._nudge.set()

    def _in_turn(self, job: Job) -> Job | None:
        """Run a job, and give the one that came for the same row meanwhile."""
        row = (job.kind, job.row_id)
        try:
            self._do(job)
        except StorageError as error:
            log.warning("A %s job waits for its next turn: %s", job.kind, error.code or type(error).__name__)
        finally:
            with self._guard:
                following = self._in_hand.pop(row)
                if following is not None:
                    self._in_hand[row] = None
        return following

    def _do(self, job: Job) -> None:
        if job.kind == "step":
            escalation.step(self._desk, job.row_id, job.turn, utcnow())
            return
        # People come first: a message that is due can wait a moment while somebody waits for an answer.
        self._attention.give_way(GIVE_WAY_SECONDS)
        outcome = delivery.send(self._desk, self._notifier, job.row_id, job.turn, utcnow, time.sleep, self._terms)
        if outcome.sent and outcome.waited is not None:
            self.metrics.sent(max(0.0, outcome.waited))
        if outcome.trouble:
            self.metrics.trouble(outcome.trouble)

    def _round(self) -> float:
        """Do what is to do now; give for how many seconds to rest."""
        self._attention.give_way(GIVE_WAY_SECONDS)
        self._safely("The clock cannot be looked at", self._watch_clock)
        if self._apart:
            self._keep_house()
            return IDLE_SECONDS
        self._begin()
        swept = self._safely("What is due cannot be read", self.look)
        self._keep_house()
        return _rest(swept, utcnow())

    def _begin(self) -> None:
        """Bring clocks to what cases call for, once; a bug in it must not keep everything else from being sent."""
        moment = time.monotonic()
        if self._begun or moment < self._begin_at:
            return
        self._begin_at = moment + HOUSE_SECONDS

        def begin() -> bool:
            sweeping.begin(self._desk, utcnow())
            return True

        self._begun = bool(self._safely("The clocks of cases cannot be looked at", begin))
        if not self._begun:
            self._begin_at = moment + IDLE_SECONDS

    def _watch_clock(self) -> None:
        """Notice a clock that was moved: how far it went, compared to how much time really passed."""
        now, steady = utcnow(), time.monotonic()
        jumped = (now - self._seen) - timedelta(seconds=steady - self._seen_steady)
        if abs(jumped) < JUMP:
            self._seen, self._seen_steady = now, steady
            return
        # What was planned for the time in between is taken up first, and is nobody's fault.
        self._house_at = steady + HOUSE_SECONDS
        if jumped < timedelta(0):
            log.warning("The clock went back by %d seconds", -jumped.total_seconds())
            sweeping.clock_went_back(self._desk, now, self._settings.lease)
        self._seen, self._seen_steady = now, steady

    def _keep_house(self) -> None:
        """Once a minute: compare clocks, look for broken promises, tidy. More rarely: owners of cases, old drafts."""
        steady = time.monotonic()
        if steady >= self._drafts_at:
            self._drafts_at = steady + DRAFTS_SECONDS
            self._safely("Old drafts stay for now", lambda: forget_old_drafts(self._desk, utcnow()))
            self._safely("Old prompts stay for now", lambda: nudging.tidy(self._desk, utcnow()))
        if steady < self._house_at:
            return
        self._house_at = steady + HOUSE_SECONDS
        self._safely("The database's clock cannot be read", self._follow_clocks)
        if self._apart:
            return
        self._safely("Promises cannot be looked at", self._audit)
        self._safely("The clocks of cases cannot be looked at", lambda: sweeping.mend(self._desk, utcnow()))
        if steady >= self._owners_at:
            self._owners_at = steady + OWNERS_SECONDS
            self._beside("Owners cannot be looked at", lambda: rerouting.after_absences(self._desk, utcnow()))

    def _audit(self) -> None:
        engine = self._engine
        failed: tuple[Job, ...] = ()
        if engine is not None and self._runs:
            tidied = self._safely("The engine cannot be tidied", lambda: engine.tidy(_real(utcnow())))
            failed = tidied.failed if tidied is not None else ()
        self.metrics.engine_failed(len(failed))
        auditor.look(self._desk, failed, utcnow())
        if engine is not None and failed:
            # After the alarm is saved: told twice is better than not at all.
            engine.forget(failed)

    def _compare_clocks(self) -> None:
        """See whether this machine's clock is the database's; every lease depends on it where replicas share."""
        apart = abs(self._desk.db.clock_apart(_real(utcnow()))) > APART
        if apart != self._apart:
            log.error("The clocks of this machine and of the database are %s", "apart" if apart else "together again")
        self._apart = apart

    def _follow_clocks(self) -> None:
        was = self._apart
        self._compare_clocks()
        if self._apart and not was:
            # Its jobs would be taken up here and then left; another process shall have them.
            self._stop_engine(STOP_SECONDS)
            auditor.alarm(self._desk, "clock", utcnow())
        elif not self._apart and not self._runs:
            # Together again, or the last attempt to start failed.
            self._start_engine()

    def _start_engine(self) -> None:
        from bot.engine import Engine, EngineError  # A process without a worker need not load it.

        if self._engine is None:
            self._engine = Engine(self._settings.database_url, idle=self._settings.hrdd_poll_seconds)
        try:
            self._engine.start(self.do)
        except EngineError as error:
            raise SettingsError(f"HRDD_DATABASE_URL: {error}") from None
        self._runs = True

    def _stop_engine(self, seconds: float) -> None:
        if self._runs and self._engine is not None:
            self._engine.stop(seconds)
        self._runs = False

    def _beside(self, trouble: str, act: Callable[[], object]) -> None:
        """Do what asks Slack many things on a thread of its own: the sweep never waits for it."""
        if self._asks is None or not self._asks.is_alive():
            self._asks = threading.Thread(target=self._safely, args=(trouble, act), name="hrdd-asks", daemon=True)
            self._asks.start()

    def _safely(self, trouble: str, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except StorageError as error:
            log.warning("%s: %s", trouble, error.code or type(error).__name__)
        except Exception as error:
            # Only the kind: the message of an exception may quote what somebody wrote.
            log.error("%s: %s", trouble, type(error).__name__)
        return None


def _rest(swept: Swept | None, now: datetime) -> float:
    """Give how long to rest until there is something to hand out, in seconds, at most one."""
    if swept is None or swept.next_at is None:
        return IDLE_SECONDS
    left = (swept.next_at - now).total_seconds()
    # What waits for its recipient's turn is handed out a moment ahead of it.
    ahead = left - sweeping.AHEAD.total_seconds()
    if left <= 0:
        return SHORTEST_REST if swept.handed else BUSY_REST
    return min(max(ahead if ahead > 0 else left, SHORTEST_REST), IDLE_SECONDS)


def _real(now: datetime) -> datetime:
    """Take out what the clock control of the playground put in."""
    return now - clock.moved()
