"""One change of context that reaches ten thousand records among a hundred thousand: how long, and how much memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import psutil
from sqlalchemy import text
from sqlmodel import Session, select

from storage import events, mitigations, timers
from storage.database import Database
from storage.models import Outbox, SignalRow
from storage.timers import NewTimer
from storage.values import encode
from tests import year
from tests.bench import cores, people, stores
from tests.bench.load import CannotMeasure, percentile
from tests.bench.measure import Bench
from tests.bench.seed import _moment, _numbers
from workflows import context, escalation, rechecks, watching
from workflows.desk import Desk
from workflows.policy import parse_policy
from workflows.rules.rechecks import Ask
from workflows.rules.signals import EFFECTS
from workflows.sweep import LEASE

CHUNK = 250
THERE = "SD"


def changing(bench: Bench, store: stores.Store) -> None:
    """Report a war where one in ten of the records is used, and work through all of them, as a worker does."""
    reached, known = bench.plan.promises.reached
    with cores.like_a_server():
        database = Database.connect(store.empty("signal"), pool_size=2)
        try:
            fill(database, known, reached)
            _measure(bench, store.name, _desk(database), reached, known)
        finally:
            database.dispose()


def _desk(database: Database) -> Desk:
    desk = year.desk_of(database)
    return Desk(database, parse_policy(people.POLICY, "bench"), desk.bank, desk.directory, desk.seals)


def _measure(bench: Bench, store: str, desk: Desk, reached: int, known: int) -> None:
    now = datetime.now(UTC)
    given = {"signal": "SIG-CONFLICT", "what": "War.", "where": THERE}
    change = context.read(desk, given, now, key="bench")
    began, process = time.perf_counter(), psutil.Process()
    saved = context.save(desk, change, now)
    saving = time.perf_counter() - began
    if saved.cases != reached:
        raise CannotMeasure(f"{saved.cases} cases match, not {reached}")
    before = most = process.memory_info().rss
    turns: list[int] = []
    while (handed := _handed(desk)) is not None:
        turn = time.perf_counter_ns()
        escalation.step(desk, *handed, now)
        turns.append(time.perf_counter_ns() - turn)
        most = max(most, process.memory_info().rss)
        if len(turns) == 1:
            # What is built at first use stays; what counts is what each further case adds.
            before = most = process.memory_info().rss
    took = time.perf_counter() - began
    _check(desk, reached)
    what = f"{store}: a change that reaches {reached:,} of {known:,} cases"
    bench.add(f"{what}, until all are reopened", took, "s", "<= 60")
    bench.add(f"{what}, until it is saved", saving * 1000, "ms")
    bench.add(f"{what}, one job of it, p99", percentile(turns, 99), "ms")
    bench.add(f"{what}, memory it adds", (most - before) / 2**20, "MB", "<= 30")


def _handed(desk: Desk) -> tuple[int, int] | None:
    """Hand out the clock of the change, where it still runs."""
    with desk.db.write() as session:
        clock = timers.get(session, "signal:1")
        if clock is None or clock.id is None:
            return None
        found = timers.hand_due(session, datetime.now(UTC), LEASE, 1)
        mine = [each for each in found if each.id == clock.id]
        if not mine:
            raise CannotMeasure("another clock was due")
        return mine[0].id, mine[0].generation


def _check(desk: Desk, reached: int) -> None:
    with desk.db.read() as session:
        row = session.exec(select(SignalRow)).one()
        messages = len(session.exec(select(Outbox.id)).all())
    if (row.state, row.touched, row.reopened) != ("done", reached, reached):
        raise CannotMeasure(f"{row.touched} were touched, {row.reopened} reopened of {reached}")
    if not 0 < messages < 50:
        raise CannotMeasure(f"{messages} messages for one change")


def fill(database: Database, known: int, reached: int) -> None:
    """Make so many decided records that go on, of which so many are used where the change is, each with its events."""
    every = known // reached
    start = datetime.now(UTC) - timedelta(days=60)
    at = _moment(database, 0)
    cases = f"""
        INSERT INTO hr_case (product_id, launch, launch_key, level, rule_level, floor_level, severity, likelihood,
            scale, scope, irremediability, queue_order, state, owner_id, owner_role, submitter_id, last_check_id,
            opened_at, updated_at, version, anywhere, decision, decided_by, decided_at, look_again_at)
        SELECT 'p' || (i % 50), 'Launch ' || i, 'launch ' || i, 1, 1, 0, 2, 2, 2, 2, 2, i * 7919 % 4444, 'tracked',
            'U10', 'product_lead', 'U' || (i % 2000), 'c' || i, {at}, {at}, 1, {_false(database)}, 'go', 'U10', {at},
            {at} {_numbers(database)}"""
    places = f"INSERT INTO hr_case_country (country, case_id) SELECT CASE i % {every} WHEN 0 THEN '{THERE}' "
    places += f"ELSE 'DE' END, i {_numbers(database)}"
    checks = f"""
        INSERT INTO hr_check (id, request_key, product_id, launch, launch_key, submitter_id, bank, rule_version,
            answers, finding, level, severity, likelihood, case_id, created_at)
        SELECT 'c' || i, 'w' || i, 'p' || (i % 50), 'Launch ' || i, 'launch ' || i, 'U' || (i % 2000), 'MA-1', 'bench',
            :answers, :finding, 1, 2, 2, i, {at} {_numbers(database)}"""
    for statement in (cases, places, checks):
        _run(database, statement, {"epoch": int(start.timestamp()), "many": known})
    numbers = range(every, known + 1, every)
    for first in range(0, len(numbers), CHUNK):
        with database.write() as session:
            for number in numbers[first : first + CHUNK]:
                _history(session, number, start)
    with database.write() as session:
        session.connection().execute(text("ANALYZE"))


def _false(database: Database) -> str:
    return "0" if database.is_sqlite else "false"


def _run(database: Database, statement: str, given: dict[str, object]) -> None:
    values = {"answers": encode(people.ANSWERS), "finding": encode({"level": "L1"}), **given}
    if not database.is_sqlite:
        statement = statement.replace(":answers", "CAST(:answers AS json)")
        statement = statement.replace(":finding", "CAST(:finding AS json)")
    prepared = text(statement)
    with database.write() as session:
        if not database.is_sqlite:
            session.connection().execute(text("SET LOCAL statement_timeout = 0"))
        names = prepared.compile().params
        session.connection().execute(prepared, {name: values[name] for name in names})


def _history(session: Session, number: int, start: datetime) -> None:
    """Write what a decided case has behind it: its picture, two mitigations, an answer, a decision."""
    stream, by = f"case:{number}", f"U{number % 2000}"
    risk = {"scale": "2", "scope": "2", "irremediability": "2", "likelihood": "2", "groups": ["GRP-USERS"]}
    relied = {"risk": "1", "owner": "U10", "signals": sorted(EFFECTS), "evidence": "EV1"}
    check_at = (start + timedelta(days=170)).isoformat()
    written = [
        ("case.opened", {"level": "L1", "severity": "SEV2", "owner": "U10", "role": "product_lead"}),
        ("record.risk", {"number": 1, "fields": risk}),
        ("record.mitigation", {"number": 1, "fields": {**relied, "type": "MIT-DESIGN"}, "check_at": check_at}),
        ("record.mitigation", {"number": 2, "fields": {**relied, "type": "MIT-POLICY"}, "check_at": check_at}),
        ("case.acknowledged", {"level": "L1"}),
        ("case.decided", {"level": "L1", "outcome": "go", "state": "tracked"}),
    ]
    for entry, kind in enumerate(("MIT-DESIGN", "MIT-POLICY"), start=1):
        row = mitigations.Row(number, entry, 1, kind, "U10", "EV1", "unproven", False, start + timedelta(days=170))
        clock = NewTimer(rechecks.key_of(number, entry), watching.RECHECK, Ask.DUE, start + timedelta(days=170), number)
        timers.put(session, [clock], start)
        mitigations.put(session, row, signals=sorted(EFFECTS), countries=(), customers=(), now=start)
    events.append_many(
        session,
        [
            events.NewEvent(stream, kind, start + timedelta(hours=hour), by, data)
            for hour, (kind, data) in enumerate(written)
        ],
    )
