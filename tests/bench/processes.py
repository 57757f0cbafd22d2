"""Start what is measured and what it talks to, each in a process of its own on its own core, and read its costs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench import cores
from tests.bench.load import CannotMeasure
from tests.bench.people import SECRET

THREADS = "16"
_ROOT = Path(__file__).resolve().parents[2]
_PORT = re.compile(r"(?:http://127\.0\.0\.1:)?(\d{2,5})\b")


@dataclass(slots=True)
class Running:
    """One started process that listens on `port`."""

    name: str
    port: int
    child: subprocess.Popen[str]

    def cpu(self) -> float:
        """Give the processor time spent so far, in seconds, all threads, user and system."""
        times = psutil.Process(self.child.pid).cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Give the resident memory, in MB (a million bytes)."""
        return float(psutil.Process(self.child.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        """End it, kindly first."""
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        if self.child.stdout is not None:
            self.child.stdout.close()


def start(name: str, module: str, *arguments: str, core: set[int], logs: Path, more: Mapping[str, str]) -> Running:
    """Start `python -m module` and wait for the line that names its port."""
    child = launch(name, module, *arguments, core=core, logs=logs, more=more)
    assert child.stdout is not None
    line = child.stdout.readline()
    found = _PORT.search(line)
    if found is None:
        child.kill()
        raise CannotMeasure(f"{name} did not start; see {logs / name}.log")
    return Running(name, int(found[1]), child)


def launch(
    name: str, module: str, *arguments: str, core: set[int], logs: Path, more: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start `python -m module` on a core; its standard error goes to a file."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "HRDD_"))}
    with (logs / f"{name}.log").open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=_ROOT,
            env=kept | dict(more),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=lambda: cores.pin(core),
        )


def slack(sink: Running) -> dict[str, str]:
    """Give the settings that point a bot at the sink."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{sink.port}/api/",
        "HRDD_THREADS": THREADS,
    }


def ours(
    name: str, sink: Running, url: str, policy: Path, logs: Path, also: Mapping[str, str] | None = None
) -> Running:
    """Start `hrdd run` itself, worker inside, on a database; `also` are further settings."""
    more = slack(sink) | hrdd(url, policy, 0) | dict(also or {})
    return start(name, "bot", "run", core=cores.SERVER, logs=logs, more=more)


def worker(
    name: str, sink: Running, url: str, policy: Path, logs: Path, also: Mapping[str, str] | None = None
) -> Running:
    """Start `hrdd worker`, which only keeps promises, on a database; it serves its health."""
    more = slack(sink) | hrdd(url, policy, 0) | dict(also or {})
    return start(name, "bot", "worker", "--port", "0", core=cores.SERVER, logs=logs, more=more)


def hrdd(url: str, policy: Path, port: int) -> dict[str, str]:
    """Give the settings of our own server."""
    return {"HRDD_DATABASE_URL": url, "HRDD_POLICY": str(policy), "HRDD_PORT": str(port)}


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 20.0) -> None:
    """Wait until something listens; looks every two milliseconds, on the core of the load."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.002)
    raise CannotMeasure("the server did not come up")
