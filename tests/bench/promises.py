"""What is promised, measured from outside: whole processes, the strict sink, and rows that fall due."""

from __future__ import annotations

import contextlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]

from storage.database import Database
from tests.bench import cores, people, processes, promised, seed, stores
from tests.bench.load import CannotMeasure, closed_loop, percentile
from tests.bench.measure import Bench
from tests.bench.processes import Running
from tests.bench.promised import Post

CHANNELS = tuple(f"C0STORM{number:02d}" for number in range(20))
FIRST = timedelta(seconds=3)
"""How far ahead the first planned moment lies: the rows are there before it comes."""
ARRIVE_SECONDS = 30.0
WAITING_CLOCKS = 1_000
_PER_MESSAGE = 1.5
"""Seconds after which a message of a storm counts as not coming, for each before it in its channel."""


@contextlib.contextmanager
def strict(bench: Bench) -> Iterator[Running]:
    """Run a strict sink until the block ends."""
    sink = processes.start("strict", "tests.bench.strict", "rest", core=cores.REST, logs=bench.folder, more={})
    try:
        yield sink
    finally:
        sink.stop()


@contextlib.contextmanager
def running(bench: Bench, sink: Running, kind: str, name: str, url: str) -> Iterator[Running]:
    """Run `hrdd run` or `hrdd worker` on a database until the block ends, with the settings of an operator."""
    begin = processes.worker if kind == "worker" else processes.ours
    server = begin(name, sink, url, bench.policy, bench.folder, _settings(bench))
    try:
        yield server
    finally:
        server.stop()


def _settings(bench: Bench) -> dict[str, str]:
    """Give what is set beside the address: nothing, but for the short lease of a test."""
    lease = bench.plan.promises.lease
    return {} if lease is None else {"HRDD_LEASE_SECONDS": f"{lease[0]:g}", "HRDD_SLACK_TIMEOUT": f"{lease[1]}"}


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database.connect(url, pool_size=1)
    try:
        yield database
    finally:
        database.dispose()


def _now() -> datetime:
    return datetime.now(UTC)


def _nanoseconds(moment: datetime) -> int:
    """Give a moment as the sink does; whole numbers, since a float of this size is coarse."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def deadlines(bench: Bench, chosen: Sequence[stores.Store]) -> None:
    """Measure from the due time until the POST arrives: what was planned, and what somebody sets off after quiet."""
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(strict(bench))
        mine = []
        for store in chosen:
            url = store.empty("deadlines")
            server = stack.enter_context(running(bench, sink, "run", f"deadlines-{store.name}", url))
            mine.append((store.name, server, url))
        for name, _server, url in mine:
            _planned(bench, sink, name, url)
        _after_quiet(bench, sink, mine)


def _planned(bench: Bench, sink: Running, name: str, url: str) -> None:
    plan, rng = bench.plan.promises, random.Random(7)
    promised.forget(sink)
    due: dict[int, datetime] = {}
    by_clock: set[int] = set()
    with _opened(url) as db:
        begin = _now() + FIRST + timedelta(milliseconds=20 * plan.planned)
        for place, case in enumerate(promised.grave_cases(db, 2 * plan.planned, _now())):
            moment = due[case.id or 0] = begin + timedelta(seconds=rng.uniform(0, plan.span))
            if place % 2:
                promised.promise(db, [promised.reminder(case, 1, moment)])
            else:
                promised.runs_out(db, case, moment)
                by_clock.add(case.id or 0)
    if _now() > begin:
        raise CannotMeasure("the machine is too slow to plan ahead")
    seconds = (begin - _now()).total_seconds() + plan.span + ARRIVE_SECONDS
    took: dict[bool, list[int]] = defaultdict(list)
    for post in promised.wait_for(sink, 2 * plan.planned, seconds):
        number = int(post.key.split(":")[1])
        took[number in by_clock].append(post.at - _nanoseconds(due[number]))
    _report_due(bench, f"{name}: a planned message is due until its POST", took[False])
    _report_due(bench, f"{name}: a clock runs out until the POST of what it brings", took[True])


def _after_quiet(bench: Bench, sink: Running, mine: Sequence[tuple[str, Running, str]]) -> None:
    """Let somebody send a check after nothing has happened for a while; the answer is promised in that moment."""
    plan = bench.plan.promises
    # Everybody has a conversation of their own: the sink would refuse two servers that speak in one at the same time.
    makes = [people.submission(f"U{1234 + number}") for number in range(len(mine))]
    took: dict[str, list[int]] = defaultdict(list)
    for _ in range(plan.after_quiet):
        time.sleep(plan.quiet)
        for (name, server, url), make in zip(mine, makes, strict=True):
            promised.forget(sink)
            closed_loop(server.port, make, 1, count=1)
            (post,) = promised.wait_for(sink, 1, ARRIVE_SECONDS, "result:")
            with _opened(url) as db, db.read() as session:
                took[name].append(post.at - _nanoseconds(promised.promised_at(session, post.key)))
    for name, values in took.items():
        what = f"{name}: promised after {plan.quiet:g} s of quiet ({len(values)} times) until its POST"
        _report_due(bench, what, values)


def _report_due(bench: Bench, what: str, took: list[int]) -> None:
    bench.add(f"{what}, p50", percentile(took, 50), "ms")
    bench.add(f"{what}, p99", percentile(took, 99), "ms", "<= 300")
    bench.add(f"{what}, max", max(took) / 1e6, "ms")


def idling(bench: Bench, chosen: Sequence[stores.Store]) -> None:
    """Measure what processes cost that have nothing to do but to wait for a thousand clocks, none of them due."""
    plan = bench.plan.promises
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(strict(bench))
        mine = []
        for store in chosen:
            for kind in ("run", "worker"):
                url = store.empty(f"idle_{kind}")
                with _opened(url) as db:
                    seed.clocks(db, WAITING_CLOCKS, _now() + timedelta(days=1))
                name = f"{store.name}: hrdd {kind}"
                server = stack.enter_context(running(bench, sink, kind, f"idle-{store.name}-{kind}", url))
                mine.append((name, server))
        time.sleep(plan.settle)
        began, before = time.monotonic(), [server.cpu() for _, server in mine]
        time.sleep(plan.idle)
        for (name, server), spent in zip(mine, before, strict=True):
            percent = (server.cpu() - spent) / (time.monotonic() - began) * 100
            bench.add(f"{name}, idle for {plan.idle:g} s, processor time", percent, "% of a core", "<= 2")


def dead_replica(bench: Bench, store: stores.Store) -> None:
    """Kill the one of two workers that waits for Slack's answer; measure until the other posts the message."""
    plan, took = bench.plan.promises, []
    url = store.empty("replica")
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(strict(bench))
        workers = [_worker(bench, stack, sink, f"replica-{number}", url) for number in range(2)]
        db = stack.enter_context(_opened(url))
        for turn, case in enumerate(promised.grave_cases(db, plan.kills, _now())):
            channel = f"C0HELD{turn}"
            promised.hold(sink, channel)
            message = promised.reminder(case, 1, _now(), channel)
            promised.promise(db, [message])
            port = until(lambda here=channel: promised.held(sink, here), ARRIVE_SECONDS)  # type: ignore[misc]
            victim = next(each for each in workers if _talks_from(each, port))
            killed = time.time_ns()
            victim.child.kill()
            victim.child.wait()
            (post,) = promised.wait_for(sink, 1, 120.0, message.key)
            took.append((post.at - killed) / 1e9)
            workers.remove(victim)
            if turn + 1 < plan.kills:
                workers.append(_worker(bench, stack, sink, f"replica-{turn + 2}", url))
    what = f"{store.name}: one of two workers is killed while it sends, until the other posts, longest of {len(took)}"
    bench.add(what, max(took), "s", "<= 35")


def _worker(bench: Bench, stack: contextlib.ExitStack, sink: Running, name: str, url: str) -> Running:
    return stack.enter_context(running(bench, sink, "worker", name, url))


def _talks_from(server: Running, port: int) -> bool:
    found = psutil.Process(server.child.pid).net_connections(kind="tcp4")
    return any(each.laddr.port == port for each in found)


def until(look: Callable[[], int], seconds: float) -> int:
    """Wait until there is something to see, and give it. Raises CannotMeasure where it takes too long."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise CannotMeasure("what was waited for did not happen")
        time.sleep(0.02)
    return found


def storm(bench: Bench, store: stores.Store) -> None:
    """Promise a thousand messages at once over twenty channels, to a Slack that takes one a second in each."""
    many, url = bench.plan.promises.storm, store.empty("storm")
    kinds = ["run"] if store.name == "sqlite" else ["worker"] * 3
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(strict(bench))
        for number, kind in enumerate(kinds):
            stack.enter_context(running(bench, sink, kind, f"storm-{store.name}-{number}", url))
        db = stack.enter_context(_opened(url))
        now = _now()
        five = promised.grave_cases(db, 5 * len(CHANNELS), now, CHANNELS)
        messages = [
            promised.reminder(case, number, now, case.channel_id)
            for number, case in ((number, five[number % len(five)]) for number in range(many))
        ]
        began = time.time_ns()
        promised.promise(db, messages)
        found = promised.wait_for(sink, many, many / len(CHANNELS) * _PER_MESSAGE + ARRIVE_SECONDS)
        refused = promised.refused(sink)
    what = f"{store.name}: storm of {many:,} messages over {len(CHANNELS)} channels, {len(kinds)} x hrdd {kinds[0]}"
    _report_storm(bench, what, found, [message.key for message in messages], refused, began)


def _report_storm(bench: Bench, what: str, found: list[Post], keys: list[str], refused: int, began: int) -> None:
    by_channel: dict[str, list[Post]] = defaultdict(list)
    for post in sorted(found, key=lambda post: post.at):
        by_channel[post.channel].append(post)
    rates = [(len(each) - 1) * 1e9 / (each[-1].at - each[0].at) for each in by_channel.values()]
    last = max(post.at for post in found)
    bench.add(f"{what}: refused with 429", refused, "posts", "<= 0")
    bench.add(f"{what}: slowest channel", min(rates), "messages/s", ">= 0.95")
    whole = len(found) / len(by_channel) * 1e9 / (last - began)
    bench.add(f"{what}: from the promise to the last POST, a channel", whole, "messages/s", ">= 0.95")
    bench.add(f"{what}: posted twice or not at all", wrong(found, keys), "messages", "<= 0")
    bench.add(f"{what}: overtaken by a later one of its case", overtaken(by_channel, keys), "messages", "<= 0")


def wrong(found: list[Post], keys: list[str]) -> int:
    """Count the messages that came more than once, and those that never came."""
    seen = [post.key for post in found]
    return len(seen) - len(set(seen)) + len(set(keys) - set(seen))


def overtaken(by_channel: dict[str, list[Post]], keys: list[str]) -> int:
    """Count the messages that came after one that was promised after them, for the same case in the same channel."""
    order, late = {key: place for place, key in enumerate(keys)}, 0
    for each in by_channel.values():
        latest: dict[str, int] = {}
        for post in each:
            case = post.key.split(":")[1]
            late += order[post.key] < latest.get(case, -1)
            latest[case] = max(latest.get(case, -1), order[post.key])
    return late
