"""Start the real `hrdd` commands as processes of their own, and kill them.

A fork server has everything imported and nothing started; each program is a fork of it that runs `bot.cli.main` as
the console script does. A start costs a fraction of a second in place of the imports, so a thousand kills take minutes.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

_PRELOAD = ["__main__", "tests.chaos.warm"]
_DIE_WITH_PARENT = 1
_READY = b"ready"
_starting = threading.Lock()
_context = multiprocessing.get_context("forkserver")


@dataclass
class Program:
    """One started command: its log, and how it ended."""

    name: str
    log: Path
    process: Any
    begins_at: int
    killed: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        """The process id."""
        return int(self.process.pid)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return bool(self.process.is_alive())

    def ready(self) -> bool:
        """Whether it said that it is ready."""
        with self.log.open("rb") as log:
            log.seek(self.begins_at)
            return _READY in log.read()

    def wait_ready(self, seconds: float = 15.0) -> bool:
        """Wait until it says so; False where it ended or took too long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.alive:
            if self.ready():
                return True
            time.sleep(0.02)
        return False

    def kill(self) -> None:
        """End it as a power cut does to the process: nothing of it runs any more after this line."""
        self.killed = True
        os.kill(self.pid, signal.SIGKILL)
        self.process.join()

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def stop(self, seconds: float = 20.0) -> None:
        """End it kindly, and by force where that takes too long."""
        if self.alive:
            self.signal(signal.SIGTERM)
        self.process.join(seconds)
        if self.alive:
            self.kill()

    def wait(self, seconds: float = 30.0) -> int | None:
        """Wait for its end and give its exit code."""
        self.process.join(seconds)
        code: int | None = self.process.exitcode
        return code


def prepare() -> None:
    """Load everything once, before any thread is started."""
    _context.set_forkserver_preload(_PRELOAD)


def start(name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, file_limit: int | None = None) -> Program:
    """Run `hrdd` with these arguments; with `file_limit` no file may grow beyond so many bytes."""
    with _starting:
        begins_at = log.stat().st_size if log.exists() else 0
        log.touch()
        process = _context.Process(
            target=_enter, args=(list(argv), dict(env), str(log), file_limit), name=name, daemon=True
        )
        process.start()
        return Program(name, log, process, begins_at)


def _enter(argv: list[str], env: dict[str, str], log: str, file_limit: int | None) -> None:
    """In the child: become the command."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    for name in [each for each in os.environ if each.startswith(("SLACK_", "HRDD_"))]:
        del os.environ[name]
    os.environ.update(env)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGUSR1, _an_hour_back)
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))
    from bot.cli import main

    sys.exit(main(argv))


def _an_hour_back(*_: object) -> None:
    """Set the clock that this program reads back by an hour, as somebody who sets the machine's clock would."""
    from workflows import clock

    clock.shift(-timedelta(hours=1))
