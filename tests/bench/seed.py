"""Fill a database with years of use in seconds: set-based SQL, and whole chains for a sample of the cases."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from storage import events
from storage.database import Database
from storage.values import encode

PRODUCTS = 500
PEOPLE = 2_000
SECONDS_APART = 31
TEN_YEARS = timedelta(days=3650)

ANSWERS = encode(
    {
        "M1": ["CHG-DATA", "CHG-REUSE"],
        "M2": ["GRP-CHILD"],
        "M3": ["CTX-NONE"],
        "M4": 3,
        "M5": 2,
        "M6": 2,
        "M7": 3,
        "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV1"}], "gap": None, "note": "filled by the bench"},
    }
)
FINDING = encode({"level": "L2", "severity": "SEV3", "rules": ["F-CHILD", "T-3"], "clocks": {"acknowledge": "4h"}})


def _numbers(database: Database) -> str:
    """Return a FROM clause that counts i from 1 to :many."""
    if database.is_sqlite:
        return (
            "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n) n"
        )
    return "FROM generate_series(1, CAST(:many AS integer)) AS n(i)"


def _moment(database: Database, step: int) -> str:
    """Return an expression for a moment that grows with i."""
    if database.is_sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%S', :epoch + i * {step}, 'unixepoch') || '.000000'"
    return f"to_timestamp(:epoch + i * {step})"


def _cases(database: Database, step: int) -> str:
    """Return the statement that opens :many cases, nine of ten closed again."""
    at = _moment(database, step)
    return f"""
        INSERT INTO hr_case (product_id, launch, launch_key, level, rule_level, floor_level, severity, likelihood,
            scale, scope, irremediability, queue_order, state, owner_id, owner_role, ack_due_at, submitter_id,
            last_check_id, opened_at, updated_at, version)
        SELECT 'p' || (i % {PRODUCTS}), 'Launch ' || i, 'launch ' || i, 2, 2, 0, 1 + i % 4, 2, 2, 2, 1 + i % 4,
            i * 7919 % 4444, CASE i % 20 WHEN 0 THEN 'waiting' WHEN 1 THEN 'acknowledged' ELSE 'closed' END,
            'U' || (i % 40), 'human_rights_lead', {at}, 'U' || (i % {PEOPLE}), 'old' || i, {at}, {at}, 1
        {_numbers(database)}"""


def _checks(database: Database) -> str:
    """Return the statement that files :many checks, spread over :cases cases."""
    return f"""
        INSERT INTO hr_check (id, request_key, product_id, launch, launch_key, submitter_id, bank, rule_version,
            answers, finding, level, severity, likelihood, case_id, created_at)
        SELECT 'old' || i, 'view' || i, 'p' || (i % {PRODUCTS}), 'Launch ' || i, 'launch ' || i, 'U' || (i % {PEOPLE}),
            'MA-1', 'bench', :answers, :finding, i % 4, 1 + i % 4, 2, 1 + i % :cases,
            {_moment(database, SECONDS_APART)}
        {_numbers(database)}"""


def _messages(database: Database) -> str:
    """Return the statement that records :many messages as sent."""
    at = _moment(database, SECONDS_APART)
    return f"""
        INSERT INTO hr_outbox (key, kind, lane, case_id, data, state, attempts, due_at, sent_at)
        SELECT 'old:' || i, 'case.ping', 'U' || (i % {PEOPLE}), 1 + i % :cases, '{{}}', 'sent', 1, {at}, {at}
        {_numbers(database)}"""


def _clocks(database: Database) -> str:
    """Return the statement that starts a clock for every open case, which does not run out while anything is measured.

    Without one, the first start would find thousands of questions long overdue, and would ask them all at once.
    """
    at = _moment(database, 0)
    return f"""
        INSERT INTO hr_timer (key, case_id, kind, step, due_at, look_at, state, generation, created_at)
        SELECT 'case:' || c.id || '\\:answer', c.id, 'answer', 'repeat', n.at, n.at, 'waiting', 0, n.at
        FROM hr_case c CROSS JOIN (SELECT {at} AS at {_numbers(database)}) n WHERE c.state <> 'closed'"""


def clocks(database: Database, many: int, first: datetime, seconds: float = 25.0) -> None:
    """Start so many clocks of no case, the first due after `first`, one every so many seconds."""
    at = _moment(database, 1).replace("i * 1", f"i * {seconds:g}")
    statement = text(f"""
        INSERT INTO hr_timer (key, kind, step, due_at, look_at, state, generation, created_at)
        SELECT 'bench:' || i, 'look_again', 'look_again', {at}, {at}, 'waiting', 0, {at} {_numbers(database)}""")
    with database.write() as session:
        if not database.is_sqlite:
            session.connection().execute(text("SET LOCAL statement_timeout = 0"))
        session.connection().execute(statement, {"epoch": int(first.timestamp()), "many": many})
    with database.write() as session:
        session.connection().execute(text("ANALYZE"))


def seed(
    database: Database,
    *,
    start: datetime,
    checks: int = 1_000_000,
    cases: int = 100_000,
    messages: int = 200_000,
    chains: int = 1_000,
) -> None:
    """Fill an empty, upgraded database; the first check is filed at `start`, one every 31 seconds."""
    step = SECONDS_APART * max(1, checks // cases)
    given = {"epoch": int(start.timestamp()), "cases": cases, "answers": ANSWERS, "finding": FINDING}
    steps = ((_cases(database, step), cases), (_checks(database), checks), (_messages(database), messages))
    for statement, many in steps:
        if not database.is_sqlite:
            statement = statement.replace(":answers", "CAST(:answers AS json)")
            statement = statement.replace(":finding", "CAST(:finding AS json)").replace("'{}'", "CAST('{}' AS json)")
        prepared = text(statement)
        with database.write() as session:
            if not database.is_sqlite:
                session.connection().execute(text("SET LOCAL statement_timeout = 0"))
            values = {name: given[name] for name in prepared.compile().params if name in given}
            session.connection().execute(prepared, {**values, "many": many})
    later = {"epoch": int((start + TEN_YEARS).timestamp()), "many": 1}
    with database.write() as session:
        session.connection().execute(text(_clocks(database)), later)
    for first in range(0, chains, 500):
        with database.write() as session:
            for number in range(first + 1, min(first + 500, chains) + 1):
                _chain(session, number, start)
    with database.write() as session:
        session.connection().execute(text("ANALYZE"))


def _chain(session: Session, number: int, start: datetime) -> None:
    """Write five events for one case."""
    kinds = ("case.opened", "case.pinged", "case.acknowledged", "case.decided", "case.closed")
    happened = [
        events.NewEvent(f"case:{number}", kind, start + timedelta(hours=hour), f"U{number % PEOPLE}", {"step": hour})
        for hour, kind in enumerate(kinds)
    ]
    events.append_many(session, happened)
