"""The measurements. Servers are compared in rounds, one after the other in each round, and the median round counts."""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import cores, people, processes, stores
from tests.bench.figures import Figure, figure
from tests.bench.load import CannotMeasure, Client, Request, Sample, closed_loop, percentile
from tests.bench.plans import Plan
from tests.bench.processes import Running

HTTP_WAIT = 30.0
BREATH = 0.2
_OPEN, _PUBLISH = "views.open", "views.publish"
median = statistics.median


@dataclass(slots=True)
class Bench:
    """What is at hand for a run, and what it found so far."""

    plan: Plan
    sink: Running
    folder: Path
    policy: Path
    figures: list[Figure] = field(default_factory=list)
    growth: dict[str, dict[str, dict[int, float]]] = field(default_factory=dict)
    filled: dict[tuple[str, int], str] = field(default_factory=dict)
    """The addresses of databases with living records, by store and number of cases: parts share what takes long."""

    def add(self, name: str, value: float, unit: str, limit: str | None = None) -> None:
        """Keep one figure."""
        self.figures.append(figure(name, value, unit, limit))

    def start(self, name: str, url: str) -> Running:
        """Start our own server on a database, without the rest that a recipient gets between two messages.

        What is measured sends more to one person than Slack would take from anybody in so short a time.
        """
        return processes.ours(name, self.sink, url, self.policy, self.folder, {"HRDD_CHANNEL_SECONDS": "0"})

    def forget(self) -> None:
        """Empty the sink."""
        client = Client(self.sink.port)
        client.get("/bench/reset")
        client.close()

    def arrived(self, method: str, many: int) -> dict[str, int]:
        """Wait until this many calls of a method have arrived at the sink; give their times by key."""
        client, until = Client(self.sink.port), time.monotonic() + HTTP_WAIT
        while True:
            found = json.loads(client.get("/bench/arrived")).get(method, [])
            if len(found) >= many:
                client.close()
                return dict(found)
            if time.monotonic() > until:
                raise CannotMeasure(f"only {len(found)} of {many} {method} arrived")
            time.sleep(0.05)


def load_itself(bench: Bench) -> None:
    """Measure the load against a server that does nothing: it must be able to ask for far more than it gets."""
    nothing = processes.start("nothing", "tests.bench.sink", "server", core=cores.SERVER, logs=bench.folder, more={})
    sample = closed_loop(nothing.port, people.command(), 64, seconds=bench.plan.seconds)
    nothing.stop()
    bench.add("load alone, 64 at once: most it can ask for", sample.rate, "req/s")


def warm(server: Running) -> None:
    """Let a server do everything once or more, so that what is built at first use is built."""
    closed_loop(server.port, people.command(), 16, count=160)


class Rounds:
    """Values by what and by whom, one per round."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def add(self, what: str, who: str, value: float) -> None:
        """Keep one round's value."""
        self._kept[what][who].append(value)

    def median(self, what: str, who: str) -> float:
        """Give the middle round."""
        return median(self._kept[what][who])

    def ratio(self, what: str, who: str, base: str) -> float:
        """Give the middle of the rounds' ratios."""
        pairs = zip(self._kept[what][who], self._kept[what][base], strict=True)
        return median(one / other for one, other in pairs)


def acknowledging(bench: Bench, ack: Running, modal: Running, mine: Sequence[Running]) -> None:
    """Compare our acknowledgement and our form with the two baselines."""
    rounds = Rounds()
    for _ in range(bench.plan.rounds):
        for server in (ack, modal, *mine):
            sample = closed_loop(server.port, people.command(), 1, seconds=bench.plan.seconds / 2)
            rounds.add("p50", server.name, sample.percentile(50))
            rounds.add("p99", server.name, sample.percentile(99))
        rate = closed_loop(ack.port, people.command(), 64, seconds=bench.plan.seconds).rate
        rounds.add("rate", ack.name, rate)
        for server in (modal, *mine):
            _with_modal(bench, rounds, server, "", people.command())
        for server in mine:
            make = people.command(channel=people.PRODUCT_CHANNEL)
            _with_modal(bench, rounds, server, " prefilled", make)
    _report_acknowledging(bench, rounds, ack.name, modal.name, [server.name for server in mine])


def _with_modal(bench: Bench, rounds: Rounds, server: Running, kind: str, make: Callable[[], Request]) -> None:
    """Run 64 at once; every acknowledged command must have opened its window, and the time ends with the last one."""
    bench.forget()
    before, began = server.cpu(), time.monotonic_ns()
    sample = closed_loop(server.port, make, 64, seconds=bench.plan.seconds)
    opened = bench.arrived(_OPEN, len(sample.took))
    asked = len(sample.took)
    rounds.add("rate" + kind, server.name, asked / ((max(opened.values()) - began) / 1e9))
    rounds.add("cpu" + kind, server.name, (server.cpu() - before) / asked * 1000)


def _report_acknowledging(bench: Bench, rounds: Rounds, ack: str, modal: str, mine: list[str]) -> None:
    bench.add(f"{ack}: 1 at a time, p50", rounds.median("p50", ack), "ms")
    bench.add(f"{ack}: 64 at once", rounds.median("rate", ack), "req/s")
    bench.add(f"{modal}: 64 at once", rounds.median("rate", modal), "req/s")
    bench.add(f"{modal}: CPU a request", rounds.median("cpu", modal), "ms")
    for name in mine:
        bench.add(f"{name}: ack of /hrdd check, 1 at a time, p50", rounds.median("p50", name), "ms")
        bench.add(f"{name}: ack of /hrdd check, 1 at a time, p99", rounds.median("p99", name), "ms")
        bench.add(f"{name}: ack p50 against (a)", rounds.ratio("p50", name, ack), "x", "<= 0.25")
        bench.add(f"{name}: form opened, 64 at once", rounds.median("rate", name), "req/s")
        bench.add(f"{name}: form opened, 64 at once, against (b)", rounds.ratio("rate", name, modal), "x", ">= 0.7")
        bench.add(f"{name}: CPU a request", rounds.median("cpu", name), "ms")
        bench.add(f"{name}: CPU a request against (b)", rounds.ratio("cpu", name, modal), "x", "<= 2")
        bench.add(f"{name}: pre-filled form opened, 64 at once", rounds.median("rate prefilled", name), "req/s")
        bench.add(f"{name}: pre-filled form, CPU a request", rounds.median("cpu prefilled", name), "ms")


def leaving(bench: Bench, mine: Sequence[Running]) -> None:
    """Measure from the moment a command is sent until its views.open arrives, 8 at once."""
    took: dict[str, list[int]] = defaultdict(list)
    for _ in range(bench.plan.rounds):
        for server in mine:
            bench.forget()
            sample = closed_loop(server.port, people.command(), 8, seconds=bench.plan.seconds)
            opened = bench.arrived(_OPEN, len(sample.took))
            took[server.name] += [opened[key] - sent for key, sent in sample.sent.items()]
    for name, values in took.items():
        bench.add(f"{name}: views.open leaves, 8 at once, p50", percentile(values, 50), "ms")
        bench.add(f"{name}: views.open leaves, 8 at once, p99", percentile(values, 99), "ms", "<= 50")


def submitting(bench: Bench, mine: Sequence[tuple[Running, str]]) -> None:
    """Send whole checks, 8 at once, each saved before it is acknowledged; then count what is in the database."""
    took: dict[str, list[int]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    make = people.submission()
    for server, url in mine:
        closed_loop(server.port, make, 8, count=40)
        stores.wait_until_sent(url)
    before = {server.name: stores.count_checks(url) for server, url in mine}
    for _ in range(bench.plan.rounds):
        for server, url in mine:
            start = server.cpu()
            sample = closed_loop(server.port, make, 8, count=bench.plan.submits)
            _must_be_receipts(sample)
            took[server.name] += sample.took
            cpu[server.name].append((server.cpu() - start) / len(sample.took) * 1000)
            stores.wait_until_sent(url)
    for server, url in mine:
        name = server.name
        bench.add(f"{name}: submit, 8 at once, p50", percentile(took[name], 50), "ms", "<= 10")
        bench.add(f"{name}: submit, 8 at once, p99", percentile(took[name], 99), "ms", "<= 50")
        bench.add(f"{name}: submit, CPU a request (with what the worker sends meanwhile)", median(cpu[name]), "ms")
        lost = before[name] + len(took[name]) - stores.count_checks(url)
        bench.add(f"{name}: acknowledged checks that are not stored", lost, "checks", "<= 0")


def submit_calmly(bench: Bench, mine: Sequence[tuple[Running, str]]) -> None:
    """Send checks as a busy company would: one at a time, and eight people who each take a breath in between."""
    make = people.submission()
    for server, url in mine:
        sample = closed_loop(server.port, make, 1, count=bench.plan.submits // 4)
        bench.add(f"{server.name}: submit, 1 at a time, p50", sample.percentile(50), "ms")
        stores.wait_until_sent(url)
        sample = closed_loop(server.port, make, 8, count=bench.plan.submits, pause=BREATH)
        _must_be_receipts(sample)
        name = f"{server.name}: submit, 8 people {BREATH:g} s apart ({sample.rate:.0f} a second)"
        bench.add(f"{name}, p50", sample.percentile(50), "ms")
        bench.add(f"{name}, p99", sample.percentile(99), "ms")
        stores.wait_until_sent(url)


def _must_be_receipts(sample: Sample) -> None:
    if b'"response_action": "update"' not in sample.last_body and b'"response_action":"update"' not in sample.last_body:
        raise CannotMeasure(f"a check was not accepted: {sample.last_body[:200]!r}")


def remembering(bench: Bench, mine: Sequence[Running]) -> None:
    """Read the resident memory after all that load."""
    for server in mine:
        bench.add(f"{server.name}: resident memory after the load", server.memory(), "MB", "<= 130")


def growing(bench: Bench, store: stores.Store) -> None:
    """Compare the same acts on databases of different sizes, one at a time, side by side."""
    urls = {size: store.url(size, "grow") for size in bench.plan.sizes}
    servers = {size: bench.start(f"grow-{store.name}-{size}", url) for size, url in urls.items()}
    acts = {"check": _until_open, "submit": _until_saved, "home": _until_published}
    took: dict[str, dict[int, list[float]]] = {act: defaultdict(list) for act in acts}
    for server in servers.values():
        warm(server)
        closed_loop(server.port, people.submission(people.LEAD), 1, count=10)
        _until_published(bench, server, 5)
    for url in urls.values():
        stores.wait_until_sent(url)
    for _ in range(bench.plan.rounds):
        for act, run in acts.items():
            for size, server in servers.items():
                took[act][size].append(median(run(bench, server, bench.plan.samples)))
                if act == "submit":
                    # Else this one's worker would still be sending while the next one is measured.
                    stores.wait_until_sent(urls[size])
    for server in servers.values():
        server.stop()
    _report_growing(bench, store.name, took)


def _report_growing(bench: Bench, store: str, took: dict[str, dict[int, list[float]]]) -> None:
    least, most = bench.plan.sizes[0], bench.plan.sizes[-1]
    names = {"check": "form open", "submit": "check saved", "home": "home published"}
    for act, by_size in took.items():
        bench.growth.setdefault(store, {})[act] = {size: median(values) for size, values in by_size.items()}
        for size in (least, most):
            bench.add(f"{store}: {names[act]}, {size:,} stored checks, p50", median(by_size[size]), "ms")
        ratio = median(one / other for one, other in zip(by_size[most], by_size[least], strict=True))
        bench.add(f"{store}: {names[act]}, {most:,} against {least:,}", ratio, "x", "<= 1.3")


def _until_open(bench: Bench, server: Running, many: int) -> list[float]:
    make = people.command(channel=people.PRODUCT_CHANNEL, person=people.LEAD)
    return _until(bench, server, make, _OPEN, many)


def _until_published(bench: Bench, server: Running, many: int) -> list[float]:
    return _until(bench, server, people.home_opened(), _PUBLISH, many)


def _until(bench: Bench, server: Running, make: Callable[[], Request], method: str, many: int) -> list[float]:
    """Do one thing after the other; the time of each ends when Slack is called."""
    bench.forget()
    bot, sink, took = Client(server.port), Client(bench.sink.port), []
    for _ in range(many):
        request = make()
        sent = time.monotonic_ns()
        bot.send(request.data)
        took.append((int(sink.get(f"/bench/wait/{method}/{request.key}")) - sent) / 1e6)
    bot.close()
    sink.close()
    return took


def _until_saved(bench: Bench, server: Running, many: int) -> list[float]:
    sample = closed_loop(server.port, people.submission(people.LEAD), 1, count=many)
    _must_be_receipts(sample)
    return [each / 1e6 for each in sample.took]


def starting(bench: Bench, store: stores.Store) -> None:
    """Start `hrdd run` and ask at once: from the start of the process until the first acknowledged command."""
    url = store.url(bench.plan.sizes[0], "start")
    took = [_start(bench, url) for _ in range(bench.plan.starts)]
    bench.add(f"{store.name}: cold start to the first ack", median(took), "s", "<= 2.5")
    if store.name == "sqlite":
        fresh = [_start(bench, f"sqlite:///{bench.folder}/fresh-{turn}-{time.time_ns()}.db") for turn in range(2)]
        bench.add(f"{store.name}: cold start that makes its tables first", min(fresh), "s", "<= 2.5")


def _start(bench: Bench, url: str) -> float:
    port = processes.free_port()
    more = processes.slack(bench.sink) | processes.hrdd(url, bench.policy, port)
    began = time.monotonic()
    child = processes.launch("cold", "bot", "run", core=cores.SERVER, logs=bench.folder, more=more)
    try:
        processes.wait_for_port(port)
        client = Client(port)
        client.send(people.command()().data)
        took = time.monotonic() - began
        client.close()
    finally:
        child.terminate()
        child.wait(20)
    return took
