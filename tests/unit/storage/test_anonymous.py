"""Tables of anonymous reports: what stands in them, and that nothing in them tells a person, a moment or an order."""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Date, DateTime, Integer, LargeBinary, String, inspect, text
from sqlmodel import AutoString

from storage import anonymous, spool
from storage.database import Database
from storage.errors import StorageError
from storage.models import AnonCase, Record
from tests.unit.storage.concealed import db, shared

__all__ = ["db", "shared"]

ANON = {name: table for name, table in Record.metadata.tables.items() if name.startswith("hr_anon_")}
ABOUT_PEOPLE = re.compile(
    r"user|person|people|actor|author|submitter|reporter_id|owner|team|channel|workspace|e?mail|phone|handle|ip\b|_ip|"
    r"agent|device|session|nonce|trigger|request|created|updated|_at$|time|moment|stamp"
)
LABEL = "calm harbor"


def report(number: int, **changed: object) -> AnonCase:
    values = {
        "id": bytes([number]) * 16,
        "locator": bytes([number + 100]) * 16,
        "case_pk": os.urandom(32),
        "reporter_pk": os.urandom(32),
        "rwrap": os.urandom(109),
        "label": LABEL,
        "state": "waiting",
        "topic": "TOP-HARM",
        "level": 2,
        "release_week": "2026-W47",
        "released_on": date(2026, 11, 22),
        "last_week": "2026-W47",
    }
    return AnonCase(**(values | changed))


def wraps(number: int) -> list[bytes]:
    return [bytes([number, place]) * 54 for place in range(8)]


@pytest.fixture
def two(db: Database) -> Database:
    with db.write() as session:
        for number in (2, 1):
            anonymous.add(session, report(number), wraps(number))
    return db


def test_a_report_is_found_by_its_receipt_and_by_its_id_only(two: Database) -> None:
    with two.read() as session:
        found = anonymous.by_locator(session, b"\x65" * 16)
        assert found is not None
        assert bytes(found.id) == b"\x01" * 16
        assert (found.released_on, found.site, found.silent) == (date(2026, 11, 22), None, 0)
        assert anonymous.by_locator(session, b"\x01" * 16) is None
        assert anonymous.get(session, b"\x02" * 16, lock=True) is not None
        assert anonymous.get(session, b"\x65" * 16) is None
        assert [bytes(each.id)[0] for each in anonymous.everything(session)] == [1, 2]


def test_two_reports_never_share_a_receipt(two: Database) -> None:
    with pytest.raises(StorageError), two.write() as session:
        anonymous.add(session, report(3, locator=b"\x65" * 16), wraps(3))
    with two.read() as session:
        assert len(anonymous.everything(session)) == 2
        assert anonymous.wraps(session, b"\x03" * 16) == []


def test_wraps_are_kept_in_their_order_and_replaced_as_a_whole(two: Database) -> None:
    with two.write() as session:
        assert anonymous.wraps(session, b"\x01" * 16) == wraps(1)
        anonymous.set_wraps(session, b"\x01" * 16, wraps(9))
    with two.read() as session:
        assert anonymous.wraps(session, b"\x01" * 16) == wraps(9)
        assert anonymous.wraps(session, b"\x02" * 16) == wraps(2)


def test_messages_of_both_directions_have_numbers_of_their_own(two: Database) -> None:
    one = b"\x01" * 16
    with two.write() as session:
        assert anonymous.last_seq(session, one, "R") == 0
        for way, seq in (("R", 1), ("L", 1), ("R", 2)):
            anonymous.add_message(session, one, way, seq, f"{way}{seq}".encode())
        assert [anonymous.last_seq(session, one, way) for way in "RL"] == [2, 1]
        # Two replicas may have sealed for one number at once; both are kept.
        anonymous.add_message(session, one, "R", 2, b"R2 too")
    with two.read() as session:
        assert [bytes(each.blob) for each in anonymous.messages(session, one)] == [b"L1", b"R1", b"R2", b"R2 too"]
        assert [each.twin for each in anonymous.messages(session, one, "R")] == [0, 0, 1]
        assert anonymous.messages(session, b"\x02" * 16) == []


def test_of_a_long_dialogue_the_first_message_and_the_last_ones_are_read(two: Database) -> None:
    one, size = b"\x01" * 16, 100
    with two.write() as session:
        spool.prepare(session, "key", bytes(32), places=12)
        for seq in range(1, 21):
            anonymous.add_message(session, one, "R", seq, f"R{seq}".encode())
            anonymous.add_message(session, one, "L", seq, f"L{seq}".encode())
        anonymous.add_message(session, one, "R", 20, b"R20 too")
    with two.read() as session:
        found = anonymous.some_messages(session, one, 3, 2, size)
        nothing = anonymous.some_messages(session, b"\x02" * 16, 3, 2, size)
    assert [bytes(each.blob) for each in found] == [b"L19", b"L20", b"R1", b"R19", b"R20", b"R20 too"]
    assert [(each.dir, len(each.blob)) for each in nothing] == [("", size)] * 6


def test_one_message_can_be_sealed_anew_and_the_others_stay(two: Database) -> None:
    one = b"\x01" * 16
    with two.write() as session:
        for seq in (1, 2):
            anonymous.add_message(session, one, "R", seq, b"old")
        anonymous.set_message(session, anonymous.messages(session, one)[0], b"new")
    with two.read() as session:
        assert [bytes(each.blob) for each in anonymous.messages(session, one)] == [b"new", b"old"]


def test_what_changes_in_a_report_changes_in_this_one_only(two: Database) -> None:
    with two.write() as session:
        assert anonymous.change(session, b"\x01" * 16, state="closed", released_on=None, closed_month="2026-11")
        assert not anonymous.change(session, b"\x09" * 16, state="closed")
    with two.read() as session:
        assert [each.state for each in anonymous.everything(session)] == ["closed", "waiting"]


def test_a_state_or_direction_that_is_none_is_refused(two: Database) -> None:
    for act in (
        lambda session: anonymous.change(session, b"\x01" * 16, state="seen"),
        lambda session: anonymous.add_message(session, b"\x01" * 16, "X", 1, b""),
    ):
        with pytest.raises(StorageError), two.write() as session:
            act(session)


def test_a_report_that_is_removed_takes_everything_of_it_along(two: Database) -> None:
    with two.write() as session:
        anonymous.add_message(session, b"\x01" * 16, "R", 1, b"words")
        anonymous.remove(session, b"\x01" * 16)
    with two.read() as session:
        for table in ("hr_anon_case", "hr_anon_wrap", "hr_anon_msg"):
            left = session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert left == {"hr_anon_case": 1, "hr_anon_wrap": 8, "hr_anon_msg": 0}[table]


def test_how_receipts_are_stretched_is_set_up_once(db: Database) -> None:
    with db.write() as session:
        assert anonymous.setup(session) is None
        anonymous.set_up(session, "first", b"1" * 16)
    with db.write() as session:
        anonymous.set_up(session, "second", b"2" * 16)
        kept = anonymous.setup(session)
        assert kept is not None
        assert (kept.kdf, bytes(kept.salt)) == ("first", b"1" * 16)


def test_counts_add_up_by_period(db: Database) -> None:
    with db.write() as session:
        for period, more in (("2026-W46", 3), ("2026-W47", 1), ("2026-W46", 4)):
            anonymous.count(session, period, "uses", more)
        anonymous.count(session, "2026Q4", "TOP-HARM")
    with db.read() as session:
        assert anonymous.counted(session, "uses") == {"2026-W46": 7, "2026-W47": 1}
        assert anonymous.counted(session, "none") == {}


def test_the_tables_are_those_that_are_meant() -> None:
    assert set(ANON) == {f"hr_anon_{name}" for name in ("setup", "case", "wrap", "msg", "spool", "count")}


@pytest.mark.parametrize("name", sorted(ANON))
def test_no_column_of_an_anonymous_table_can_hold_a_person_a_moment_or_an_order(name: str) -> None:
    """T19. The only day is the one of release, which is emptied once somebody has acknowledged."""
    for column in ANON[name].columns:
        assert not ABOUT_PEOPLE.search(column.name), column
        assert not isinstance(column.type, DateTime), column
        assert isinstance(column.type, AutoString | String | LargeBinary | Integer | Date), column
        assert not isinstance(column.type, Date) or str(column) == "hr_anon_case.released_on"
        assert column.default is None or not callable(column.default.arg), column
        assert column.server_default is None, column
        assert column is not ANON[name].autoincrement_column, column
        assert column.identity is None, column
    assert not ANON[name].foreign_keys
    assert {each.name for each in ANON[name].indexes} == set()


def test_the_real_tables_number_no_rows_and_keep_no_more_than_the_models_say(db: Database) -> None:
    """T19, on what the migration made."""
    looked = inspect(db.engine)
    for name, table in ANON.items():
        columns = looked.get_columns(name)
        assert {each["name"] for each in columns} == set(table.columns.keys())
        assert not any(isinstance(each["type"], DateTime) for each in columns)
        assert not any(each.get("autoincrement") is True or each.get("identity") for each in columns), name
        assert not any("nextval" in str(each["default"]) for each in columns)
        assert looked.get_foreign_keys(name) == []
        if db.is_sqlite:
            with db.read() as session:
                asked = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
                made = session.connection().execute(asked, {"name": name}).scalar_one()
                assert re.search(r"\)\s*WITHOUT ROWID\s*$", made), made
                with pytest.raises(Exception, match="no such column: rowid"):
                    session.connection().exec_driver_sql(f"SELECT rowid FROM {name}")


def test_no_trigger_and_no_sequence_is_tied_to_an_anonymous_table(db: Database) -> None:
    asked = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' UNION SELECT name FROM sqlite_sequence"
        if db.is_sqlite
        else "SELECT event_object_table FROM information_schema.triggers "
        "UNION SELECT sequencename FROM pg_sequences WHERE sequencename LIKE 'hr_%'"
    )
    with db.read() as session:
        assert not [name for (name,) in session.connection().execute(text(asked)) if name.startswith("hr_anon_")]


def test_an_error_of_the_database_quotes_no_value(two: Database) -> None:
    assert two.engine.hide_parameters
    with pytest.raises(StorageError) as told, two.write() as session:
        anonymous.add(session, report(3, locator=b"\x65" * 16, label="kanari label"), wraps(3))
    assert "kanari" not in f"{told.value!r} {told.value.__cause__!r}"
    assert told.value.__suppress_context__


def test_reports_stand_in_the_file_in_the_order_of_their_random_ids(tmp_path: Path) -> None:
    """Not in the order in which they came: SQLite keeps these rows by their key alone."""
    database = Database.connect(f"sqlite:///{tmp_path / 'one.db'}")
    database.upgrade()
    with database.write() as session:
        for number in (7, 3, 9, 1):
            anonymous.add(session, report(number, label=f"label{number}"), wraps(number))
    with database.read() as session:
        found = [label for (label,) in session.connection().exec_driver_sql("SELECT label FROM hr_anon_case")]
    database.dispose()
    assert found == ["label1", "label3", "label7", "label9"]


COLUMNS = [column.name for column in ANON["hr_anon_case"].columns]


def test_the_week_is_the_closest_thing_to_a_moment(two: Database) -> None:
    with two.read() as session:
        for case in anonymous.everything(session):
            assert not any(isinstance(getattr(case, name), datetime) for name in COLUMNS)
