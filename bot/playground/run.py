"""`hrdd playground`: the real bot beside a stand-in workspace, in one process, on a database that goes away again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from bot.engine import Engine
from bot.manifest import EVENTS_PATH, PROJECT, read_manifest
from bot.playground import demo
from bot.playground.company import CHANNELS, COMPANY, PEOPLE, MovableClock
from bot.playground.server import StandIn, refuse_real_tokens
from bot.process import Process
from bot.services import Services, build
from bot.settings import Settings
from storage import outbox, timers
from workflows import clock, watching
from workflows.rules.deadlines import next_moment_of_work

Transport = Literal["http", "socket"]
HELD = timedelta(minutes=1)
CONNECTING = 5.0
DAILY = frozenset({watching.INBOX, watching.PULSE})
"""What comes by itself every day or week is not what somebody who moves the clock waits for."""


@dataclass(frozen=True, slots=True)
class Running:
    """A playground that runs: its page, and the bot behind it."""

    standin: StandIn
    process: Process

    @property
    def url(self) -> str:
        """The page to open."""
        return self.standin.url


@contextmanager
def playground(
    *,
    port: int = 0,
    transport: Transport = "http",
    policy: Path | None = None,
    database_url: str = "",
    opens_at: datetime | None = None,
    demo_keys: bool = True,
) -> Iterator[Running]:
    """Run a playground until the block ends; it opens at `opens_at`, or else when the company is at work next.

    With `demo_keys`, who reads anonymous reports can open them from the start, with a passphrase that the page shows.

    Raises:
        RealTokens: the environment names a real workspace.
        PolicyError, SettingsError, StorageError: as `hrdd run`.
    """
    refuse_real_tokens(os.environ)
    clock.reset()
    with tempfile.TemporaryDirectory(prefix="hrdd-playground-") as folder:
        parts: list[tuple[Services, Process]] = []
        time = MovableClock(lambda now: _next_due(parts[0][0], now), lambda: parts[0][1].wake())
        standin = _stand_in(time, transport, port)
        services = build(_settings(standin, Path(folder), policy, database_url))
        now = clock.utcnow()
        clock.shift((opens_at or next_moment_of_work(now, services.desk.calendar_of(None))) - now)
        services.desk.db.upgrade()
        Engine.migrate(services.settings.database_url)
        if services.vault is not None:
            # The folder of keys is a new one each time, whatever the database is.
            services.vault.give_up_held()
        if demo_keys:
            services, standin.notice = demo.with_demo_keys(services, clock.utcnow())
        process = Process(services)
        parts.append((services, process))
        standin.start()
        try:
            process.start()
            if transport == "http":
                standin.connect(process.url + EVENTS_PATH)
            else:
                # The bot has its connection a moment before the stand-in knows of it.
                standin.workspace.wait_for(lambda: standin.socket.connected, CONNECTING)
            yield Running(standin, process)
        finally:
            if transport == "socket":
                standin.socket.stop()
            process.stop()
            standin.stop()
            clock.reset()


def _next_due(services: Services, now: datetime) -> datetime | None:
    """Give when something happens next, for who moves the clock there."""
    with services.desk.db.read() as session:
        due, held = timers.next_due(session, now, DAILY), outbox.next_look(session)
    # What leaves within a minute leaves by itself; only messages held for working hours count here.
    waiting = held if held is not None and held > now + HELD else None
    return min((each for each in (due, waiting, demo.released_at(services, now)) if each is not None), default=None)


def _stand_in(time: MovableClock, transport: Transport, port: int) -> StandIn:
    return StandIn(
        people=PEOPLE,
        channels=CHANNELS,
        manifest=read_manifest(),
        clock=time,
        company=COMPANY,
        transport=transport,
        port=port,
    )


def _settings(standin: StandIn, folder: Path, policy: Path | None, database_url: str) -> Settings:
    """The settings of a bot that talks to this stand-in; nothing of the real environment but its threads."""
    socket = standin.transport == "socket"
    return Settings(
        slack_bot_token=SecretStr(standin.bot_token),
        slack_signing_secret=SecretStr(standin.signing_secret),
        slack_app_token=SecretStr(standin.app_token) if socket else None,
        slack_api_url=standin.api_url,
        hrdd_data_dir=folder,
        hrdd_database_url=database_url,
        hrdd_policy=policy or example_policy(),
        hrdd_host="127.0.0.1",
        hrdd_port=0,
    )


def example_policy() -> Path:
    """The policy of the invented company: beside the packages in a checkout, inside them in an installed wheel."""
    beside = PROJECT / "policy.yaml"
    return beside if beside.is_file() else PROJECT / "bot" / "policy.yaml"
