"""A database of release 0.2 with work under way comes over whole, goes back, and its replicas may go on beside us."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from storage import cases, mitigations, nudges, outbox, places, signals, timers
from storage.audit import verify
from storage.database import Database
from storage.errors import Conflict
from tests.unit.storage.people import DAY, DIEGO, MINUTE, NOOR, ON_POSTGRESQL, T0
from tests.unit.storage.test_release_0_1 import GIVEN, NUMBERED, ROWS, to

AT = "2026-03-03 09:00:00.123456+00"
COLUMNS = (
    "product_id, launch, launch_key, level, rule_level, floor_level, severity, likelihood, scale, scope, "
    "irremediability, queue_order, state, owner_id, owner_role, submitter_id, last_check_id, opened_at, updated_at, "
    "version"
)
NEW_LAUNCH = (
    f"INSERT INTO hr_case ({COLUMNS}) VALUES ('maps', 'L', '{{}}', 2, 2, 0, 3, 3, 3, 2, 3, 9, 'waiting', 'UDIEGO', "
    f"'product_lead', 'UAMINA', 'chk9', '{AT}', '{AT}', 1)"
)
UNDER_WAY = (
    f"UPDATE hr_case SET decision = 'go', decided_by = 'UNOOR', decided_at = '{AT}' WHERE id = 3",
    "UPDATE hr_case SET decision = 'hold', keeper_id = 'UNOOR' WHERE id = 2",
    "INSERT INTO hr_timer (key, case_id, kind, step, due_at, look_at, state, generation, created_at) "
    f"VALUES ('case:1:answer', 1, 'answer', 'remind', '{AT}', '{AT}', 'waiting', 4, '{AT}')",
    "INSERT INTO hr_timer (key, case_id, kind, step, due_at, look_at, state, generation, created_at) "
    f"VALUES ('case:2:look_again', 2, 'look_again', 'look_again', '{AT}', '{AT}', 'handed', 7, '{AT}')",
    f"INSERT INTO hr_lane (lane, ready_at) VALUES ('UNOOR', '{AT}')",
    f"INSERT INTO hr_fact (key, value, at) VALUES ('policy', 'abc', '{AT}')",
)


def alike(statement: str, database: Database) -> str:
    """Write moments the way the database keeps them."""
    return statement.replace(AT, AT.removesuffix("+00")) if database.is_sqlite else statement


@pytest.fixture
def old(empty_url: str, connect: Callable[..., Database]) -> Database:
    """Give a database as release 0.2 left it, which had been one of release 0.1."""
    database = connect(empty_url)
    to(database, "0001")
    with database.engine.begin() as connection:
        for statement in ROWS.read_text().splitlines():
            if not statement.startswith("--"):
                connection.exec_driver_sql(statement)
        for table in NUMBERED:
            if database.is_sqlite:
                connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = {GIVEN[table]} WHERE name = '{table}'")
            else:
                connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', {GIVEN[table]})")
    to(database, "0002")
    with database.engine.begin() as connection:
        for statement in UNDER_WAY:
            connection.exec_driver_sql(alike(statement, database))
    return database


@pytest.fixture
def new(old: Database) -> Database:
    """Give the same database after the upgrade."""
    assert old.pending_migrations()
    old.upgrade()
    assert not old.pending_migrations()
    return old


COUNTS = ("cannot", "not_yet", "no_action", "dissent", "no_formal", "pressure")


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the tables that release 0.2 knows."""
    tables = ("check", "case", "case_group", "event", "chain", "words", "draft", "timer", "lane", "fact", "outbox")
    found: dict[str, list[tuple[object, ...]]] = {}
    with database.engine.connect() as connection:
        for table in tables:
            rows = connection.execute(text(f"SELECT * FROM hr_{table}")).mappings()
            mine = ("sealed", "anywhere", "signal_id", "closed_at", *COUNTS)
            plain = [tuple(str(value) for name, value in row.items() if name not in mine) for row in rows]
            found[table] = sorted(plain)
    return found


def test_everything_of_release_0_2_comes_over_as_it_was_and_goes_back(old: Database) -> None:
    before = dump(old)
    old.upgrade()
    assert dump(old) == before
    to(old, "0002", down=True)
    assert dump(old) == before
    old.upgrade()
    assert dump(old) == before
    with old.read() as session:
        assert verify(session).whole


def test_cases_come_over_open_to_sight_and_used_anywhere(new: Database) -> None:
    with new.write() as session:
        for number in (1, 2, 3):
            case = cases.get(session, number)
            assert case is not None
            assert (case.sealed, case.anywhere, case.signal_id, case.closed_at) == (False, True, None, None)
        assert [case.id for case in cases.caseload(session, 10)] == [1, 2]
        assert signals.matching(session, ["maps"], ["KE"], 0, 10) == [1, 2]
        assert [timer.generation for timer in (*timers.of_case(session, 1), *timers.of_case(session, 2))] == [4, 7]
        assert timers.open_without(session, 10) == []


def test_numbers_once_given_are_not_given_again(new: Database) -> None:
    with new.write() as session:
        session.connection().exec_driver_sql(alike(NEW_LAUNCH.format("launch 9"), new))
        found = session.connection().execute(text("SELECT max(id) FROM hr_case"))
        assert found.scalar_one() == GIVEN["hr_case"] + 1
        outbox.add(session, "next", "alarm", "COPS", due_at=T0)
        found = session.connection().execute(text("SELECT id FROM hr_outbox WHERE key = 'next'"))
        assert found.scalar_one() == GIVEN["hr_outbox"] + 1


def test_a_step_back_closes_what_is_tracked_and_ends_the_clocks_nobody_knows_there(new: Database) -> None:
    with new.write() as session:
        case = cases.get(session, 2, lock=True)
        assert case is not None
        case.state = "tracked"
        case.closed_at = T0
        places.set_countries(session, 2, ["KE"])
        row = mitigations.Row(2, 1, 1, "MIT-DESIGN", DIEGO, "EV3", "working", True, T0 + DAY)
        mitigations.put_all(session, 2, {row: mitigations.conditions(["SIG-LAW"], ["KE"], [])}, T0)
        nudges.due(session, 2, 1, DIEGO, T0, T0)
        timers.put(session, [timers.NewTimer("signal:1", "signal", "work", T0)], T0)
    to(new, "0002", down=True)
    assert new.pending_migrations()
    with new.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM hr_case ORDER BY id")).scalars().all() == [
            "waiting",
            "closed",
            "closed",
        ]
        assert connection.execute(text("SELECT key FROM hr_timer")).scalars().all() == ["case:1:answer"]
    new.upgrade()
    with new.write() as session:
        assert mitigations.of_case(session, 2) == []
        session.connection().exec_driver_sql(alike(NEW_LAUNCH.format("launch 2"), new))


def test_a_state_that_does_not_exist_is_still_refused(new: Database) -> None:
    with pytest.raises(Conflict), new.write() as session:
        session.connection().execute(text("UPDATE hr_case SET state = 'forgotten' WHERE id = 1"))


@ON_POSTGRESQL
def test_a_replica_of_release_0_2_goes_on_opening_and_closing_cases_beside_us(new: Database) -> None:
    """Its statements name the columns it knows, and no others."""
    with new.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(NEW_LAUNCH.format("from the old one"))
        connection.exec_driver_sql("UPDATE hr_case SET state = 'closed', version = version + 1 WHERE id = 1")
        opened = cases.open_for(session, "maps", "from the old one")
        assert opened is not None
        assert (opened.sealed, opened.anywhere, opened.owner_id) == (False, True, DIEGO)
    with new.write() as session:
        # What is tracked is open to it: a second case of the launch is refused there too.
        opened = cases.open_for(session, "maps", "from the old one")
        assert opened is not None
        opened.state = "tracked"
    with pytest.raises(Conflict), new.write() as session:
        session.connection().exec_driver_sql(NEW_LAUNCH.format("from the old one"))
    with new.read() as session:
        assert [case.id for case in cases.owed_by(session, NOOR, 10)] == [2]
        assert cases.overdue_acknowledgements(session, T0 + MINUTE) == 0
