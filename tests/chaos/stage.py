"""A whole installation to break: a database, a Slack that fails, and the programs, each a process of its own."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select, text, update

from bot.manifest import EVENTS_PATH
from storage.database import Database
from storage.errors import StorageError
from storage.models import Outbox, Timer, table_of
from tests.chaos import programs
from tests.chaos.company import write_policy
from tests.chaos.judge import Verdict, judge
from tests.chaos.people import People
from tests.chaos.programs import Program
from tests.chaos.slack import Slack
from tests.conftest import Server, quick_folder, start_server

Store = Literal["sqlite", "postgresql"]
STORES: tuple[Store, ...] = ("sqlite", "postgresql")
LEASE = 2.5
QUEUE = 40
"""How many messages may wait before people hold back."""
_OUTBOX, _TIMER = table_of(Outbox), table_of(Timer)
_WAITS = ("pending", "handed", "sending")


class Stage:
    """One installation; programs are started by name and may be killed at any time."""

    def __init__(self, store: Store, folder: Path, url: str, server: Any | None, seed: int = 1) -> None:
        self.store, self.folder, self.url, self.server = store, folder, url, server
        self.slack = Slack()
        self.port = _free_port()
        self.people = People(self.slack, seed, self.is_busy)
        self.running: list[Program] = []
        self.ended: list[str] = []
        self.calm_since = datetime.now(UTC)
        self._env = {
            "SLACK_BOT_TOKEN": self.slack.standin.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.standin.signing_secret,
            "SLACK_API_URL": self.slack.standin.api_url,
            "HRDD_DATABASE_URL": url,
            "HRDD_POLICY": str(write_policy(folder)),
            "HRDD_THREADS": "4",
            "HRDD_LEASE_SECONDS": str(LEASE),
            "HRDD_SLACK_TIMEOUT": "1",
            "HRDD_CHANNEL_SECONDS": "0.02",
            "HRDD_POLL_SECONDS": "0.05",
        }
        self.slack.standin.start()
        self.slack.standin.connect(f"http://127.0.0.1:{self.port}{EVENTS_PATH}")
        self.db = Database.connect(url, pool_size=4)

    # -- programs ----------------------------------------------------------------------------------------------

    def start(self, name: str, *argv: str, file_limit: int | None = None, **env: str) -> Program:
        """Start a command under a name; its log is kept in the folder."""
        port = {"HRDD_PORT": str(self.port)} if argv[0] == "run" else {}
        program = programs.start(name, argv, self._env | port | env, self.folder / f"{name}.log", file_limit)
        self.calm_since = datetime.now(UTC)
        self.running.append(program)
        return program

    def app(self, **env: Any) -> Program:
        """Start what answers people; on PostgreSQL it leaves the sending to the workers."""
        return self.start("app", "run", *([] if self.store == "sqlite" else ["--no-worker"]), **env)

    def worker(self, number: int = 1, **env: Any) -> Program:
        """Start what sends: a worker beside the app, or the app itself where one process does both."""
        return self.app(**env) if self.store == "sqlite" else self.start(f"worker{number}", "worker", **env)

    def ended_by_itself(self, program: Program) -> None:
        """Note a program that nobody killed and that is gone all the same."""
        if not program.killed and not program.alive:
            tail = program.log.read_text(errors="replace")[program.begins_at :].strip().splitlines()[-1:]
            self.ended.append(f"{program.name} ended with {program.process.exitcode}: {' '.join(tail)[:200]}")

    def run(self, *argv: str, **env: str) -> int | None:
        """Run a command to its end and give its exit code."""
        return self.start("command", *argv, **env).wait(60)

    # -- looking -----------------------------------------------------------------------------------------------

    def ask(self, statement: str, **values: object) -> list[Any]:
        """Ask the database."""
        with self.db.read() as session:
            return list(session.connection().execute(text(statement), values))

    def time_passes(self, dice: random.Random) -> None:
        """Let one clock that runs come due now, as waiting for it would."""
        now = datetime.now(UTC)
        waiting = select(_TIMER.c.id).where(_TIMER.c.state == "waiting", _TIMER.c.look_at > now)
        with contextlib.suppress(StorageError), self.db.write() as session:
            found = session.connection().execute(waiting).scalars().all()
            if found:
                chosen = _TIMER.c.id == dice.choice(found)
                session.connection().execute(update(_TIMER).where(chosen).values(due_at=now, look_at=now))

    def is_busy(self) -> bool:
        """Whether as much waits to be sent as should."""
        unsent = select(func.count()).where(_OUTBOX.c.state.in_(_WAITS))
        try:
            with self.db.read() as session:
                return int(session.connection().execute(unsent).scalar_one()) > QUEUE
        except StorageError:
            return True

    def waiting(self, most: int = 20) -> list[str]:
        """What is unsent now, for somebody who wonders why it takes so long."""
        now = datetime.now(UTC)
        columns = (_OUTBOX.c.key, _OUTBOX.c.state, _OUTBOX.c.attempts, _OUTBOX.c.error, _OUTBOX.c.due_at)
        with self.db.read() as session:
            unsent = select(*columns).where(_OUTBOX.c.state.in_(_WAITS)).order_by(_OUTBOX.c.due_at.desc())
            rows = session.connection().execute(unsent.limit(most)).all()
        return [
            f"{key}: {state}, attempt {attempts}, {error or 'no error'}, due in {(due - now).total_seconds():.1f} s"
            for key, state, attempts, error, due in rows
        ]

    def longest_wait(self) -> float:
        """For how many seconds the message that is put back the longest still waits."""
        now = datetime.now(UTC)
        with self.db.read() as session:
            put_back = select(func.max(_OUTBOX.c.due_at)).where(_OUTBOX.c.state == "pending")
            last = session.connection().execute(put_back).scalar_one()
        return round(max((last - now).total_seconds(), 0.0), 1) if last else 0.0

    def waits_are_over(self) -> None:
        """Let the time pass for which messages were put back after a failure."""
        now = datetime.now(UTC)
        with contextlib.suppress(StorageError), self.db.write() as session:
            put_back = update(_OUTBOX).where(_OUTBOX.c.state == "pending", _OUTBOX.c.due_at > now)
            session.connection().execute(put_back.values(due_at=now))

    def settles(self, seconds: float, ahead: float = 3600.0) -> bool:
        """Wait until nothing is unsent that is due within `ahead` seconds, and no clock is due."""
        until = time.monotonic() + seconds
        quiet = 0
        while time.monotonic() < until:
            quiet = quiet + 1 if self._is_quiet(ahead) else 0
            if quiet >= 3:
                return True
            time.sleep(0.2)
        return False

    def _is_quiet(self, ahead: float) -> bool:
        now = datetime.now(UTC)
        try:
            with self.db.read() as session:
                unsent = select(func.count()).where(
                    _OUTBOX.c.state.in_(_WAITS),
                    _OUTBOX.c.due_at <= now + timedelta(seconds=ahead),
                )
                due = select(func.count()).where(_TIMER.c.look_at <= now)
                return not any(session.connection().execute(each).scalar_one() for each in (unsent, due))
        except StorageError:
            return False

    def verdict(self) -> Verdict:
        """Judge what happened so far."""
        return judge(self.db, self.slack.stored(), self.people.acknowledged, self.calm_since)

    def close(self) -> None:
        """End every program and everything around them."""
        self.people.go_home()
        for program in self.running:
            program.stop()
        self.people.all_home(2.0)
        self.slack.standin.stop()
        self.db.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stage(store: Store, *, seed: int = 1, upgrade: bool = True) -> Iterator[Stage]:
    """Give an installation with empty tables; everything is gone afterwards."""
    # A short path: the name of a Unix socket may have about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{store[:2]}-", dir=quick_folder()))
    handle, server = start_server(folder) if store == "postgresql" else (None, None)
    url = _postgresql(server) if server else f"sqlite:///{folder / 'hrdd.db'}"
    made = Stage(store, folder, url, handle, seed)
    try:
        if upgrade and made.run("db", "upgrade") != 0:
            raise RuntimeError((folder / "command.log").read_text())
        yield made
    finally:
        made.close()
        if handle is not None:
            handle.cleanup()  # type: ignore[attr-defined]
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql(server: Server) -> str:
    return server.url(server.fresh())
