"""Fill a database with living records in seconds: years of cases by set-based SQL, and whole histories for a sample."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from prompts import load_bank
from storage import events, mitigations, timers, words
from storage.database import Database
from storage.timers import NewTimer
from storage.values import encode
from tests.bench import people, stores
from tests.bench.measure import Bench
from tests.bench.seed import _moment, _numbers
from workflows import answers, rechecks, watching
from workflows.findings import as_data
from workflows.rules.rechecks import Ask
from workflows.rules.severity import assess
from workflows.rules.signals import EFFECTS

CHUNK = 250
THERE = "SD"
"""The country of which a change is reported."""
SECONDS_APART = 5
DAYS = 60
"""How long ago the first case was opened: all of them lie within this time."""
PEOPLE_FOR = 50
"""There is one person for so many cases: a company with more cases has more people."""
_JSON = ("answers", "finding", "risk")
_RISK = {"scale": "2", "scope": "2", "irremediability": "2", "likelihood": "2", "groups": ["GRP-USERS"]}
_WORDS = {
    "what": "People on old photos are recognised and named without having been asked.",
    "evidence_note": "We counted complaints for a month, before and after.",
    "indicator": "Complaints a month",
}


def filled(bench: Bench, store: stores.Store, known: int, reached: int) -> str:
    """Give the address of a database with these records; one that was filled before in this run is given again."""
    url = bench.filled.get((store.name, known))
    if url is None:
        url = bench.filled[store.name, known] = store.empty(f"records_{known}")
        database = Database.connect(url, pool_size=2)
        try:
            fill(database, known, reached)
        finally:
            database.dispose()
    return url


def fill(database: Database, known: int, reached: int) -> None:
    """Make so many cases, of which so many decided ones that go on are used `THERE`, each with all its events.

    Of the others one in ten waits for somebody, one in four goes on after its decision with two mitigations, and the
    rest is closed, some of it used `THERE`.
    """
    every, company = known // reached, max(100, known // PEOPLE_FOR)
    start = datetime.now(UTC) - timedelta(days=DAYS)
    given: dict[str, object] = {"epoch": int(start.timestamp()), "many": known, "every": every, "company": company}
    for statement in _statements(database):
        _run(database, statement, given)
    numbers = range(every, known + 1, every)
    for first in range(0, len(numbers), CHUNK):
        with database.write() as session:
            for number in numbers[first : first + CHUNK]:
                _history(session, number, start)
    _tidy(database)


def _tidy(database: Database) -> None:
    """Leave the tables as an operator's would be: known to the planner, and nothing left to be written."""
    if database.is_sqlite:
        with database.write() as session:
            session.connection().execute(text("ANALYZE"))
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")
        # Its settings are not those of a connection that somebody else should get.
        connection.invalidate()


def _statements(database: Database) -> tuple[str, ...]:
    """Give what fills the tables; `i` is the number of a case."""
    at, numbers = _moment(database, SECONDS_APART), _numbers(database)
    no = "0" if database.is_sqlite else "false"
    digest = "printf('%064d', i)" if database.is_sqlite else "lpad(i::text, 64, '0')"
    others = f"{numbers} WHERE i % :every <> 0"
    tracked = f"{others} AND i % 20 BETWEEN 3 AND 7"
    later = _moment(database, SECONDS_APART).replace(":epoch", f":epoch + {170 * 86400}")
    state = "CASE WHEN i % :every = 0 THEN 'tracked' WHEN i % 20 = 1 THEN 'waiting' WHEN i % 20 = 2 THEN 'acknowledged'"
    state += " WHEN i % 20 BETWEEN 3 AND 7 THEN 'tracked' ELSE 'closed' END"
    owner = "CASE WHEN i % :every = 0 THEN 'U10' WHEN i % 100 IN (1, 2) THEN 'U20' ELSE 'U' || (i % 40) END"
    decided = "i % :every = 0 OR i % 20 NOT IN (1, 2)"
    return (
        f"""INSERT INTO hr_case (product_id, launch, launch_key, level, rule_level, floor_level, severity, likelihood,
            scale, scope, irremediability, queue_order, state, owner_id, owner_role, submitter_id, last_check_id,
            opened_at, updated_at, version, anywhere, decision, decided_by, decided_at, look_again_at, ack_due_at)
        SELECT 'p' || (i % 20), 'Launch ' || i, 'launch ' || i, 1, 1, 0, 2, 2, 2, 2, 2, i % 4444 * 7919 % 4444, {state},
            {owner}, 'product_lead', 'W00' || (i % :company), 'c' || i, {at}, {at}, 1, {no},
            CASE WHEN {decided} THEN 'go' END, CASE WHEN {decided} THEN 'U10' END,
            CASE WHEN {decided} THEN {at} END, CASE WHEN {decided} THEN {at} END,
            CASE WHEN {decided} THEN NULL ELSE {later} END {numbers}""",
        f"""INSERT INTO hr_case_country (country, case_id)
        SELECT CASE WHEN i % :every = 0 OR i % 20 = 13 THEN '{THERE}' ELSE 'DE' END, i {numbers}""",
        f"""INSERT INTO hr_check (id, request_key, product_id, launch, launch_key, submitter_id, bank, rule_version,
            answers, finding, level, severity, likelihood, case_id, created_at)
        SELECT 'c' || i, 'w' || i, 'p' || (i % 20), 'Launch ' || i, 'launch ' || i, 'W00' || (i % :company), 'MA-1',
            'bench', :answers, :finding, 1, 2, 2, i, {at} {numbers}""",
        f"""INSERT INTO hr_event (stream, seq, kind, actor_id, at, data, prev_hash, hash)
        SELECT 'case:' || i, 1, 'record.risk', 'W00' || (i % :company), {at}, :risk, {digest}, {digest} {others}""",
        f"INSERT INTO hr_chain (stream, seq, hash) SELECT 'case:' || i, 1, {digest} {others}",
        f"INSERT INTO hr_words (stream, digest, salt, text) SELECT 'case:' || i, {digest}, 'bench', :said {others}",
        f"""INSERT INTO hr_mitigation (case_id, number, risk, type, owner_id, evidence, status, credited,
            next_check_at, updated_at)
        SELECT i, j, 1, 'MIT-DESIGN', 'W00' || (i % :company), 'EV1', 'unproven', {no}, {later}, {at}
        FROM (SELECT i, 1 AS j {tracked} UNION ALL SELECT i, 2 AS j {tracked}) n""",
        f"""INSERT INTO hr_valid_while (case_id, number, signal, country, customer)
        SELECT i, 1, 'SIG-LAW', '', '' {tracked}""",
        f"""INSERT INTO hr_nudge (case_id, number, person_id, state, due_at, asked_at, created_at)
        SELECT i, 1, 'W00' || (i % :company), 'asked', {at}, {at}, {at} {others} AND i % 20 = 3""",
    )


def _run(database: Database, statement: str, given: dict[str, object]) -> None:
    finding = as_data(assess(answers.read(people.ANSWERS, load_bank())))
    texts = {"answers": people.ANSWERS, "finding": finding, "risk": {"number": 1, "fields": _RISK}}
    values = {**{name: encode(value) for name, value in texts.items()}, "said": _WORDS["what"], **given}
    if not database.is_sqlite:
        for name in _JSON:
            statement = statement.replace(f":{name}", f"CAST(:{name} AS json)")
        for name in ("every", "company"):
            statement = statement.replace(f":{name}", f"CAST(:{name} AS integer)")
    prepared = text(statement)
    with database.write() as session:
        if not database.is_sqlite:
            session.connection().execute(text("SET LOCAL statement_timeout = 0"))
        names = prepared.compile().params
        session.connection().execute(prepared, {name: values[name] for name in names})


def _history(session: Session, number: int, start: datetime) -> None:
    """Write what a decided case has behind it: its picture, two mitigations, an answer, a decision."""
    stream, by = f"case:{number}", f"W00{number % 2000}"
    said = {name: words.keep(session, stream, text) for name, text in _WORDS.items()}
    risk = {**_RISK, "what": said["what"]}
    relied = {**said, "risk": "1", "owner": "U10", "signals": sorted(EFFECTS), "evidence": "EV1"}
    check_at = (start + timedelta(days=170)).isoformat()
    written: list[tuple[str, dict[str, Any]]] = [
        ("case.opened", {"level": "L1", "severity": "SEV2", "owner": "U10", "role": "product_lead"}),
        ("record.risk", {"number": 1, "fields": risk}),
        ("record.mitigation", {"number": 1, "fields": {**relied, "type": "MIT-DESIGN"}, "check_at": check_at}),
        ("record.mitigation", {"number": 2, "fields": {**relied, "type": "MIT-POLICY"}, "check_at": check_at}),
        ("case.acknowledged", {"level": "L1", "late": False}),
        ("case.decided", {"level": "L1", "outcome": "go", "state": "tracked"}),
    ]
    rows = {}
    for entry, kind in enumerate(("MIT-DESIGN", "MIT-POLICY"), start=1):
        row = mitigations.Row(number, entry, 1, kind, "U10", "EV1", "unproven", False, start + timedelta(days=170))
        rows[row] = mitigations.conditions(sorted(EFFECTS), (), ())
        clock = NewTimer(rechecks.key_of(number, entry), watching.RECHECK, Ask.DUE, start + timedelta(days=170), number)
        timers.put(session, [clock], start)
    mitigations.put_all(session, number, rows, start)
    events.append_many(
        session,
        [
            events.NewEvent(stream, kind, start + timedelta(hours=hour), by, data)
            for hour, (kind, data) in enumerate(written)
        ],
    )
