"""`python -m tests.bench`: measure, print a table, write build/bench.json. A missed limit ends it with 1."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.bench import (
    cores,
    docs,
    figures,
    inside,
    measure,
    people,
    plans,
    processes,
    promises,
    reached,
    shown,
    stores,
)
from tests.bench.load import CannotMeasure

BUILD = Path("build")
PARTS = ("load", "ack", "leave", "submit", "memory", "grow", "start")
PROMISES = ("transaction", "tick", "year", "record", "signal", "deadlines", "idle", "replica", "storm")


def main() -> int:
    """Give 0 when everything could be measured and kept its limit, 1 otherwise."""
    arguments = _arguments()
    cores.pin(cores.REST)
    BUILD.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    _say(f"load of the machine before: {load:.2f} (figures count when this is near 0)")
    try:
        with _bench(arguments) as bench:
            _measure(bench, arguments)
    except CannotMeasure as trouble:
        _say(f"could not measure: {trouble}")
        return 1
    _say("\n" + figures.table(bench.figures))
    figures.keep(bench.figures, BUILD / "bench.json")
    if arguments.docs:
        docs.write(bench.figures, bench.growth, Path("docs"), load)
    missed = figures.missed(bench.figures)
    if missed:
        _say(f"{len(missed)} of {len(bench.figures)} figures missed their limit: {'; '.join(missed)}")
    return 1 if missed and not arguments.allow_missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes rather than an hour; smaller databases")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), help="measure on one store only")
    parser.add_argument("--only", action="append", choices=PARTS + PROMISES, help="one part; may be given again")
    parser.add_argument("--docs", action="store_true", help="write docs/speed.md and docs/speed.svg")
    parser.add_argument(
        "--allow-missed", action="store_true", help="end with 0 where limits are missed, as known ones are"
    )
    parser.add_argument("--data", type=Path, help="keep the databases here, and use them again")
    return parser.parse_args()


@contextlib.contextmanager
def _bench(arguments: argparse.Namespace) -> Iterator[measure.Bench]:
    """Prepare a folder, a policy and the sink."""
    # Beside the project, not in /tmp, which may be memory: the disk is part of what is measured.
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=BUILD)).resolve()
    policy = folder / "policy.yaml"
    policy.write_text(yaml.safe_dump(people.POLICY), encoding="utf-8")
    sink = processes.start("sink", "tests.bench.sink", "rest", core=cores.REST, logs=folder, more={})
    try:
        yield measure.Bench(plans.QUICK if arguments.quick else plans.FULL, sink, folder, policy)
    except CannotMeasure:
        _say(f"what the servers said is in {folder}/*.log")
        raise
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        sink.stop()


def _measure(bench: measure.Bench, arguments: argparse.Namespace) -> None:
    data = (arguments.data or bench.folder).resolve()
    parts = set(arguments.only or PARTS + PROMISES)
    with contextlib.ExitStack() as stack:
        chosen: list[stores.Store] = []
        if arguments.store != "postgresql":
            chosen.append(stores.Sqlite(data))
        if arguments.store != "sqlite":
            chosen.append(stack.enter_context(stores.postgresql(data)))
        if "load" in parts:
            measure.load_itself(bench)
        if parts & {"ack", "leave", "submit", "memory"}:
            _side_by_side(bench, chosen, parts)
        for store in chosen:
            if "grow" in parts:
                _say(f"{store.name}: the same with more stored checks")
                measure.growing(bench, store)
            if "start" in parts:
                measure.starting(bench, store)
        keep_promises(bench, chosen, parts)


MEASURED = (
    ("transaction", inside.transacting),
    ("tick", inside.ticking),
    ("year", inside.a_year),
    ("record", shown.showing),
    ("signal", reached.changing),
)


def keep_promises(bench: measure.Bench, chosen: list[stores.Store], parts: set[str]) -> None:
    """Measure clocks and messages: what they cost, and how well they keep their moment."""
    for part, one in MEASURED:
        for store in chosen:
            if part in parts:
                _say(f"{store.name}: {part}")
                one(bench, store)
    for part, both in (("deadlines", promises.deadlines), ("idle", promises.idling)):
        if part in parts:
            _say(part)
            both(bench, chosen)
    for store in chosen:
        if "replica" in parts and store.name == "postgresql":
            _say("replica: a lease has to end, so this takes a while")
            promises.dead_replica(bench, store)
        if "storm" in parts:
            _say(f"{store.name}: storm")
            promises.storm(bench, store)


def _side_by_side(bench: measure.Bench, chosen: list[stores.Store], parts: set[str]) -> None:
    """Have the baselines and ours up at the same time, on the same core; idle ones cost next to nothing."""
    with contextlib.ExitStack() as stack:
        mine = []
        for store in chosen:
            url = store.url(bench.plan.sizes[0], f"main{time.time_ns()}")
            server = bench.start(store.name, url)
            stack.callback(server.stop)
            mine.append((server, url))
        servers = [server for server, _ in mine]
        baselines = []
        for name, kind in (("(a) only acks", "ack"), ("(b) fixed modal", "modal")):
            more = processes.slack(bench.sink)
            server = processes.start(
                name, "tests.bench.baselines", kind, core=cores.SERVER, logs=bench.folder, more=more
            )
            stack.callback(server.stop)
            baselines.append(server)
        for server in (*baselines, *servers):
            measure.warm(server)
        if "ack" in parts:
            _say("ack and form, beside the baselines")
            measure.acknowledging(bench, baselines[0], baselines[1], servers)
        if "leave" in parts:
            measure.leaving(bench, servers)
        if "submit" in parts:
            _say("submit")
            measure.submitting(bench, mine)
            measure.submit_calmly(bench, mine)
        if "memory" in parts:
            measure.remembering(bench, servers)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
