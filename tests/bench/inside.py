"""What is promised, measured from inside: one sweep, one transaction, and a year of a case."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from bot.engine import Engine
from bot.engine import running as engine_running
from bot.playground.run import Running, playground
from prompts import load_bank
from storage import cases, events, outbox, timers
from storage.crypto import Keys
from storage.database import Database
from storage.timers import NewTimer
from tests import year
from tests.bench import cores, people, promised, seed, stores
from tests.bench.load import CannotMeasure, percentile
from tests.bench.measure import Bench
from workflows import check, clock, escalation, outgoing, watching
from workflows.desk import Desk
from workflows.policy import parse_policy
from workflows.ports import Job
from workflows.rules import escalation as rules
from workflows.rules.deadlines import due
from workflows.rules.values import Level
from workflows.seals import Seals
from workflows.sweep import LEASE, sweep
from workflows.values import Submission

BREATH = 0.02
ONE_DUE = "bench:due"
MOMENT = timedelta(milliseconds=1)
SETTLE_SECONDS = 20.0


def _desk(db: Database) -> Desk:
    seals = Seals(db, Keys("", None), time.monotonic)
    return Desk(db, parse_policy(people.POLICY, "bench"), load_bank(), year.Everybody(), seals)


def _now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Desk]:
    """Open a database as a server does, on the core of a server."""
    with cores.like_a_server():
        database = Database.connect(url, pool_size=2)
        try:
            yield _desk(database)
        finally:
            database.dispose()


def ticking(bench: Bench, store: stores.Store) -> None:
    """Measure one sweep while few and while very many clocks wait: with nothing due, and with one due."""
    plan = bench.plan.promises
    took: dict[tuple[str, int], list[int]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        desks = {}
        for many in plan.clocks:
            url = store.empty(f"tick_{many}")
            desks[many] = (url, stack.enter_context(_opened(url)))
            seed.clocks(desks[many][1].db, many, _now() + timedelta(days=1))
        for desk in (desk for _, desk in desks.values()):
            _nothing_due(desk, 20)
        for _ in range(3):
            for many, (url, desk) in desks.items():
                took["nothing", many] += _nothing_due(desk, plan.ticks // 3 + 1)
                took["one", many] += _one_due(url, desk, plan.ticks // 3 + 1)
    _report_ticking(bench, store.name, plan.clocks, took)


class _Nobody:
    """Takes no job: there must be none."""

    def enqueue(self, _session: object, _job: Job) -> None:
        raise AssertionError("nothing was due")


def _nothing_due(desk: Desk, many: int) -> list[int]:
    took = []
    for _ in range(many):
        began = time.perf_counter_ns()
        sweep(desk, _Nobody(), _now())
        took.append(time.perf_counter_ns() - began)
    return took


def _one_due(url: str, desk: Desk, many: int) -> list[int]:
    """Sweep with the real engine, which takes the job up at once; a clock that ran out is set before each."""
    took = []
    with engine_running(Engine(url), lambda _job: None) as engine:
        for turn in range(many + 5):
            now = _now()
            with desk.db.write() as session:
                timers.put(session, [NewTimer(ONE_DUE, watching.LOOK_AGAIN, "look_again", now - MOMENT)], now)
            time.sleep(BREATH)
            began = time.perf_counter_ns()
            swept = sweep(desk, engine, _now())
            if turn >= 5:
                took.append(time.perf_counter_ns() - began)
            assert swept.handed == 1, swept
            time.sleep(BREATH)
        with desk.db.write() as session:
            timers.drop_key(session, ONE_DUE)
    return took


def _report_ticking(bench: Bench, store: str, sizes: tuple[int, int], took: dict[tuple[str, int], list[int]]) -> None:
    few, most = sizes
    for due_now in ("nothing", "one"):
        for many in sizes:
            what = f"{store}: sweep, {many:,} clocks wait, {due_now} due"
            limit = "<= 5" if many == most else None
            bench.add(f"{what}, p50", percentile(took[due_now, many], 50), "ms", limit)
            bench.add(f"{what}, p99", percentile(took[due_now, many], 99), "ms", limit)
        ratio = percentile(took[due_now, most], 50) / percentile(took[due_now, few], 50)
        bench.add(f"{store}: sweep, {due_now} due, {most:,} against {few:,}, p50", ratio, "x", "<= 2")


def transacting(bench: Bench, store: stores.Store) -> None:
    """Measure the small transaction of a new case (case, event, two clocks, two messages), and a whole check."""
    many = bench.plan.promises.transactions
    with _opened(store.empty("transaction")) as desk:
        small = _timed(lambda turn: _small(desk, turn), many)
        whole = _timed(lambda turn: _whole(desk, turn), many // 4)
    limit = "<= 5" if store.name == "sqlite" else "<= 10"
    what = f"{store.name}: small transaction (case, event, two clocks, two messages), 1 at a time"
    bench.add(f"{what}, p50", percentile(small, 50), "ms")
    bench.add(f"{what}, p99", percentile(small, 99), "ms", limit)
    bench.add(f"{store.name}: a whole check with its case saved and judged, p50", percentile(whole, 50), "ms")


def _timed(act: Callable[[int], object], many: int) -> list[int]:
    for turn in range(20):
        act(-turn)
    took = []
    for turn in range(1, many + 1):
        began = time.perf_counter_ns()
        act(turn)
        took.append(time.perf_counter_ns() - began)
    return took


def _small(desk: Desk, turn: int) -> None:
    now = _now()
    case = promised.grave_case(turn, "C0BOARD", now)
    with desk.db.write() as session:
        number = cases.add(session, case)
        clocks = [
            NewTimer(watching.key_of(number, kind), kind, step, now + timedelta(days=1), number)
            for kind, step in ((watching.ANSWER, "remind"), (watching.CONTAIN, "backup"))
        ]
        timers.put(session, clocks, now)
        data = {"level": "L3", "owner": case.owner_id, "role": case.owner_role}
        seq = events.append(session, f"case:{number}", "case.opened", at=now, actor_id="U1234", data=data).seq
        told = outgoing.told(case, outgoing.MOVED, seq, ["U1234"], now)
        outbox.add_many(session, [outgoing.card(case, now), *told])


def _whole(desk: Desk, turn: int) -> None:
    key = f"view{turn}.{time.time_ns()}"
    check.submit(desk, Submission(key, "U1234", "p1", f"Launch {key}", people.ANSWERS), _now())


def a_year(bench: Bench, store: stores.Store) -> None:
    """Live through twelve virtual months of one case, without the engine and with it."""
    many = bench.plan.promises.years
    took: dict[str, float] = {}
    for name, live in (("steps and rows, no message sent", _only_steps), ("and every message sent", _by_hand)):
        took[name] = median(_without_engine(store, live) for _ in range(many))
    if store.name == "sqlite":
        rules_alone = median(_timed(lambda _: _only_rules(), many)) / 1e6
        bench.add("a year of one case, the rules alone", rules_alone, "ms", "<= 100")
    what = f"{store.name}: a year of one case without weekly digests"
    for name, best in took.items():
        bench.add(f"{what}, no engine: {name}", best, "ms", "<= 100")
    with_engine = median(_with_engine(store) for _ in range(many))
    bench.add(f"{what}, in the playground with the engine", with_engine, "s", "<= 3")


def _only_rules() -> None:
    """Ask the rules for every step of a year in which nobody answers at the highest level."""
    policy = parse_policy(people.POLICY, "bench")
    clocks, calendar, now = policy.clocks(Level.L3), policy.calendar, year.BEGIN
    assert clocks.acknowledge is not None
    question = rules.Asked(Level.L3, now, due(clocks.acknowledge, now, calendar), has_backup=True)
    watch: rules.Watch | None = rules.first(question, clocks, calendar)
    while watch is not None and watch.due_at < year.END:
        now = watch.due_at
        watch = rules.after(rules.at(watch.step, question, now), question, clocks, calendar, now)


Live = Callable[[Desk], Callable[[datetime], None]]


def _only_steps(desk: Desk) -> Callable[[datetime], None]:
    """Take every step that is due; what it promises to send stays in the outbox."""

    def at(now: datetime) -> None:
        while True:
            with desk.db.write() as session:
                handed = timers.hand_due(session, now, LEASE, 20)
            for each in handed:
                escalation.step(desk, each.id, each.generation, now)
            if not handed:
                return

    return at


def _by_hand(desk: Desk) -> Callable[[datetime], None]:
    return year.without_engine(desk, year.Paper())


def _without_digests(desk: Desk, at: Callable[[datetime], None]) -> Callable[[datetime], None]:
    """End the weekly digest before the first moment: it belongs to the company, not to a case."""
    dropped: list[bool] = []

    def first(now: datetime) -> None:
        if not dropped:
            with desk.db.write() as session:
                dropped.append(timers.drop_key(session, "digest"))
        at(now)

    return first


def _lived(desk: Desk, at: Callable[[datetime], None], launch: str = "Face tagging") -> float:
    """Live through the year; give how many seconds it took."""
    began = time.perf_counter()
    happened = year.live(desk, _without_digests(desk, at), launch)
    took = time.perf_counter() - began
    if happened["case.decided"] < 4 or happened["case.asked_again"] < 8:
        raise CannotMeasure(f"the year went another way: {dict(happened)}")
    return took


def _without_engine(store: stores.Store, live: Live) -> float:
    """Give the milliseconds of a year without the engine."""
    with cores.like_a_server():
        database = Database.connect(store.empty("year"), pool_size=2)
        try:
            desk = year.desk_of(database)
            # A first year builds every statement; the second is what a year costs.
            _lived(desk, live(desk), "The launch before")
            return _lived(desk, live(desk)) * 1000
        finally:
            database.dispose()


def _with_engine(store: stores.Store) -> float:
    """Give the seconds of a year in a playground, whose clock is moved from one due time to the next."""
    with (
        cores.like_a_server(),
        playground(database_url=store.empty("year"), opens_at=year.BEGIN, demo_keys=False) as running,
    ):
        return _lived(running.process.desk, lambda now: _move_to(running, now))


def _move_to(running: Running, now: datetime) -> None:
    """Move the clock to a moment, and on past the rests of recipients, until all is done that is due."""
    control, until = running.standin.workspace.clock, time.monotonic() + SETTLE_SECONDS
    control.advance(max(now - clock.utcnow(), timedelta(0)))
    while True:
        with running.process.desk.db.ask() as session:
            moment = clock.utcnow()
            waiting, depth, following = timers.counts(session, moment), outbox.depth(session, moment), None
            if depth.due:
                following = outbox.next_look(session)
        busy = waiting.due + waiting.handed + depth.handed + depth.sending
        if not busy and not depth.due:
            return
        if not busy and following is not None and following > moment:
            control.advance(following - moment)
        if time.monotonic() > until:
            raise CannotMeasure("the playground did not come to rest")
        time.sleep(0.002)
