"""Events are chained, never changed, and the walk finds every kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import text

from storage import events, values, words
from storage.audit import Verdict, verify
from storage.database import Database
from storage.errors import StorageError
from storage.values import encode, iso
from tests.unit.storage.people import AMINA, MINUTE, NOOR, ON_POSTGRESQL, T0

UNLOCK = {
    "sqlite": ["DROP TRIGGER hr_event_no_update", "DROP TRIGGER hr_event_no_delete"],
    "postgresql": ["DROP TRIGGER hr_event_no_change ON hr_event"],
}


@pytest.fixture
def story(db: Database) -> Database:
    """Keep four events of one case and one of another."""
    with db.write() as session:
        for number in range(4):
            events.append(session, "case:12", f"step.{number}", at=T0 + number * MINUTE, data={"n": number})
        events.append(session, "case:2", "case.opened", at=T0, actor_id=AMINA, data={"level": 2})
    return db


def damage(database: Database, *statements: str) -> Verdict:
    """Do harm behind the triggers' back and walk the chains."""
    with database.engine.begin() as connection:
        for statement in (*UNLOCK[database.engine.dialect.name], *statements):
            connection.exec_driver_sql(statement)
    with database.read() as session:
        return verify(session, batch=2)


def test_events_come_back_in_order_with_every_column(db: Database) -> None:
    data = {"b": [1, 2.5, None, True], "a": {"x": 'ünï \u2028 \\ " \x00 \ud800'}}
    with db.write() as session:
        first = events.append(session, "case:1", "case.opened", at=T0, actor_id=AMINA, data=data)
        second = events.append(session, "case:1", "case.acknowledged", at=T0 + MINUTE)
    with db.read() as session:
        rows = events.of(session, "case:1")
    assert [(row.seq, row.kind, row.actor_id, row.at) for row in rows] == [
        (1, "case.opened", AMINA, T0),
        (2, "case.acknowledged", None, T0 + MINUTE),
    ]
    assert rows[0].data == data
    assert rows[1].data == {}
    assert [row.prev_hash for row in rows] == [events.GENESIS, first.hash]
    assert [row.hash for row in rows] == [first.hash, second.hash]


def test_the_same_event_has_the_same_hash_on_every_database_and_for_ever(db: Database) -> None:
    with db.write() as session:
        written = events.append(session, "case:1", "case.opened", at=T0, actor_id=AMINA, data={"b": 1, "a": "é"})
    assert written.hash == "b37dc6785e1fcf6e780eaac2d30c24c2284f1f81b6c3df5aa176d8cbf3947944"


def test_the_hash_does_not_depend_on_key_order_or_on_the_zone_the_time_was_given_in() -> None:
    lima = T0.astimezone(timezone(timedelta(hours=-5)))
    one = events.hash_of("s", 1, "k", None, iso(T0), encode({"a": 1, "b": 2}), events.GENESIS)
    assert one == events.hash_of("s", 1, "k", None, iso(lima), encode({"b": 2, "a": 1}), events.GENESIS)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, T0])
def test_what_json_cannot_say_is_refused(db: Database, value: object) -> None:
    with pytest.raises((TypeError, ValueError)), db.write() as session:
        events.append(session, "case:1", "case.opened", at=T0, data={"x": value})


def test_an_event_without_a_time_zone_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="zone"), db.write() as session:
        events.append(session, "case:1", "case.opened", at=datetime(2026, 3, 2))


@pytest.mark.parametrize("act", ["UPDATE hr_event SET kind = 'x'", "DELETE FROM hr_event"])
def test_the_database_itself_refuses_to_change_or_remove_events(story: Database, act: str) -> None:
    with pytest.raises(StorageError), story.write() as session:
        session.connection().execute(text(act))
    with story.read() as session:
        assert verify(session) == Verdict(2, 5, ())


@ON_POSTGRESQL
def test_the_database_refuses_to_empty_the_table_of_events(story: Database) -> None:
    with pytest.raises(StorageError), story.write() as session:
        session.connection().execute(text("TRUNCATE hr_event"))
    with story.read() as session:
        assert verify(session) == Verdict(2, 5, ())


def test_whole_chains_are_reported_whole_with_their_numbers(story: Database) -> None:
    with story.read() as session:
        verdict = verify(session, batch=2)
    assert verdict == Verdict(streams=2, events=5, problems=())
    assert verdict.whole


def test_an_empty_database_has_nothing_wrong(db: Database) -> None:
    with db.read() as session:
        assert verify(session) == Verdict(0, 0, ())


@pytest.mark.parametrize(
    "change",
    ["data = '{\"n\":7}'", "kind = 'step.x'", f"actor_id = '{NOOR}'", "at = '2026-03-02 09:02:00.123457'"],
)
def test_a_changed_event_is_found(story: Database, change: str) -> None:
    if not story.is_sqlite:
        change = change.replace("123457'", "123457+00'")
    found = damage(story, f"UPDATE hr_event SET {change} WHERE stream = 'case:12' AND seq = 3")
    assert found.problems == ("case:12: event 3 was changed after it was written.",)


def test_a_changed_event_with_a_fresh_hash_breaks_the_link_to_the_next(story: Database) -> None:
    fresh = events.hash_of("case:2", 1, "case.opened", AMINA, iso(T0), encode({"level": 0}), events.GENESIS)
    change = f"UPDATE hr_event SET data = '{{\"level\":0}}', hash = '{fresh}' WHERE stream = 'case:2'"
    assert damage(story, change).problems == ("case:2: the head does not match the last event.",)


def test_events_that_changed_places_are_found(story: Database) -> None:
    moved = "UPDATE hr_event SET seq = {} WHERE stream = 'case:12' AND seq = {}"
    found = damage(story, moved.format(99, 2), moved.format(2, 3), moved.format(3, 99))
    assert "case:12: event 2 does not follow the event before it." in found.problems
    assert "case:12: event 3 was changed after it was written." in found.problems


def test_a_missing_event_is_found(story: Database) -> None:
    found = damage(story, "DELETE FROM hr_event WHERE stream = 'case:12' AND seq = 2")
    assert found.problems == ("case:12: event 2 is missing.",)


def test_a_missing_first_event_is_found(story: Database) -> None:
    found = damage(story, "DELETE FROM hr_event WHERE stream = 'case:12' AND seq = 1")
    assert found.problems == ("case:12: event 1 is missing.",)


def test_a_cut_tail_is_found(story: Database) -> None:
    found = damage(story, "DELETE FROM hr_event WHERE stream = 'case:12' AND seq > 2")
    assert found.problems == ("case:12: the end was cut after event 2 of 4.",)


def test_a_cut_tail_with_a_moved_head_number_is_found(story: Database) -> None:
    found = damage(
        story,
        "DELETE FROM hr_event WHERE stream = 'case:12' AND seq > 2",
        "UPDATE hr_chain SET seq = 2 WHERE stream = 'case:12'",
    )
    assert found.problems == ("case:12: the head does not match the last event.",)


def test_a_forged_head_is_found(story: Database) -> None:
    found = damage(story, f"UPDATE hr_chain SET hash = '{'f' * 64}' WHERE stream = 'case:2'")
    assert found.problems == ("case:2: the head does not match the last event.",)


def test_a_removed_head_and_a_removed_stream_are_found(story: Database) -> None:
    found = damage(
        story, "DELETE FROM hr_chain WHERE stream = 'case:2'", "DELETE FROM hr_event WHERE stream = 'case:12'"
    )
    assert found.problems == ("case:2: the head is missing.", "case:12: all events are missing.")


def test_many_writers_of_the_same_and_of_new_streams_keep_every_chain_whole(
    db: Database, db_url: str, connect: Callable[..., Database]
) -> None:
    other = connect(db_url)
    failures: list[Exception] = []

    def go(database: Database, writer: int) -> None:
        try:
            for turn in range(8):
                with database.write() as session:
                    batch = [events.NewEvent(f"case:{turn}", "a", T0), events.NewEvent("case:all", "b", T0)]
                    events.append_many(session, batch if writer % 2 else batch[::-1])
        except Exception as problem:
            failures.append(problem)

    threads = [Thread(target=go, args=((db, other)[writer % 2], writer)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with db.read() as session:
        assert verify(session) == Verdict(streams=9, events=96, problems=())
        assert len(events.of(session, "case:all")) == 48
        assert len(events.of(session, "case:3")) == 6


def test_appending_nothing_is_harmless(db: Database) -> None:
    with db.write() as session:
        assert events.append_many(session, []) == []


def test_the_events_of_several_streams_are_read_together_each_in_its_order(
    story: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "BATCH", 2)
    with story.read() as session:
        found = events.of_many(session, ["case:2", "case:12", "case:99"])
        assert events.of_many(session, []) == {}
    assert {stream: [each.seq for each in those] for stream, those in found.items()} == {
        "case:2": [1],
        "case:12": [1, 2, 3, 4],
        "case:99": [],
    }


def test_the_words_of_several_streams_are_read_together_and_erased_ones_are_missing(db: Database) -> None:
    with db.write() as session:
        kept = words.keep(session, "case:1", "We asked the drivers.")
        other = words.keep(session, "signal:1", "An election was called.")
        assert words.keep(session, "case:2", "") == ""
    with db.read() as session:
        assert words.of_many(session, ["case:1", "signal:1", "case:2"]) == {
            "case:1": {kept: "We asked the drivers."},
            "signal:1": {other: "An election was called."},
            "case:2": {},
        }
