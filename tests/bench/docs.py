"""Write what was measured where people look: docs/speed.md, and docs/speed.svg with how cost grows."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figure, cells
from tests.bench.picture import draw

Growth = Mapping[str, Mapping[str, Mapping[int, float]]]

_WHY = {
    "submit, 8 at once": (
        "Eight clients that never pause ask one core for eight submissions at once, and each waits for all eight: "
        "10 ms would leave 1.25 ms for one. In process one takes about 3 ms: reading the 60 kB that Slack sends 0.9, "
        "Bolt, Flask and waitress 0.7, checking and saving (check, case, events, clocks, messages) 1.3, the result "
        "0.2; threads that take turns at the interpreter add the rest, and so does the engine, which works off two or "
        "three messages for each submission on the same core. A `hrdd run --no-worker` leaves that to others. Since "
        "this run each message gives way to people before it leaves; the short version then gave a p50 of 31 and "
        "42 ms, and 9 and 17 ms for the eight people who pause."
    ),
    "form opened, 64 at once": (
        "A draft? A last check? Two questions for each form, and since the engine is in the process one more program "
        "on the same core. Near the limit and not steady: right after this run the short version gave 0.75 and 0.76 "
        "times (b). CPU against (b) is within its limit."
    ),
    "resident memory": "The job engine and what it imports are 22 MB of it. A `hrdd run --no-worker` does not load it.",
    "one due": (
        "The look itself is the row `nothing due`. With something due a sweep also promises the job to the engine and "
        "commits, in one transaction that waits for the disk; its slowest are the disk's. It does not grow with the "
        "number of clocks: see the ratio."
    ),
    "nothing due, p99": (
        "One look is two questions to the server on a core that the load shares; the middle one takes 0.7 ms."
    ),
    "no engine: ": (
        "The rules alone live through a year in 3 ms. With rows a year is some forty steps, each a few transactions "
        "that wait for the disk, and with messages about two hundred transactions more, one to two milliseconds each."
    ),
    "in the playground with the engine": (
        "Each of the forty moments is a job for which the engine writes three rows, and so is each message, all "
        "through the server's disk; on SQLite it is within the limit."
    ),
}
"""Why a limit is missed, by a part of the figure's name; written by people after looking."""

_TEXT = """# How fast it is

Measured by `make bench` (`python -m tests.bench --docs` writes this page) on {day}.

| | |
|---|---|
| Machine | {machine} |
| Python | {python} |
| System | {system} |
| Load before the run | {load:.2f} |

The server under test has one core to itself. The load, a stand-in for Slack that answers at once, and PostgreSQL share
the other. `hrdd run` is measured as it is installed: signed requests over HTTP, worker inside, full durability.
(a) is a Bolt app that only acknowledges; (b) also opens a fixed form of five blocks; both run on the same web server
with the same number of threads. Servers are compared in rounds, side by side, and the middle round counts.

Clocks and messages are measured with the settings of an operator, against a stand-in that takes one message a second in
each conversation and refuses more. A POST counts when it arrives there. Planned rows fall due at random moments of a
minute; an answer after quiet is that to a check which somebody sends. A replica is killed while it waits for Slack's
answer to a message that was not kept; the other has to wait until the lease of 25 s is over. Processor time of an idle
process includes its engine, not the database server. One sweep is measured with the engine that takes up what it hands
out. A year of a case is lived from one due time to the next, up to a decision; files are as durable as in use.
A change of context is worked through by one process as a worker does it; memory is what it adds after its first job.
Cases with records: one in ten waits for somebody, one in four goes on after its decision, most are closed; there is one
person for every fifty cases. A case and a home are read and put together as Slack gets them, in turns with the small
company; eight questions are open for each person whose home it is. What is written has the whole record behind it.

{table}

## How cost grows

![Time of a check, a submission and the home, with 1,000 to 1,000,000 stored checks](speed.svg)

## What was missed, and why

{missed}
"""


def write(figures: Sequence[Figure], growth: Growth, folder: Path, load: float) -> None:
    """Write both files."""
    folder.mkdir(exist_ok=True)
    values = {
        "day": f"{datetime.now(UTC):%d %b %Y}",
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}",
        "load": load,
        "table": _table(figures),
        "missed": _missed(figures),
    }
    (folder / "speed.md").write_text(_TEXT.format(**values), encoding="utf-8")
    if growth:
        (folder / "speed.svg").write_text(draw(growth), encoding="utf-8")


def _table(figures: Sequence[Figure]) -> str:
    lines = ["| What | Value | Unit | Limit | |", "|---|---:|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(cells(each))} |" for each in figures)])


def _missed(figures: Sequence[Figure]) -> str:
    missed = [each for each in figures if each.ok is False]
    if not missed:
        return "Nothing."
    lines = [
        f"- **{each.name}**: {each.value:.3g} {each.unit}, limit {each.limit}. {_why(each.name)}" for each in missed
    ]
    return "\n".join(lines)


def _why(name: str) -> str:
    return next((reason for part, reason in _WHY.items() if part in name), "Not explained yet.")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
