"""Promised messages leave once, in order within a lane, and survive a sender that vanished."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread

from sqlalchemy import text

from storage import outbox
from storage.database import Database
from storage.outbox import Depth
from tests.unit.storage.people import MINUTE, ON_POSTGRESQL, ON_SQLITE, T0

LEASE = timedelta(seconds=30)


def promise(database: Database, *messages: tuple[str, str], due_at: datetime = T0) -> None:
    """Promise messages given as (key, lane)."""
    with database.write() as session:
        outbox.add_many(session, [outbox.NewMessage(key, "case.ping", lane, due_at) for key, lane in messages])


def take(database: Database, now: datetime = T0, limit: int = 10) -> list[tuple[str, bool]]:
    """Claim, and return (key, was_sending) of each."""
    with database.write() as session:
        return [(each.row.key, each.was_sending) for each in outbox.claim(session, now, LEASE, limit)]


def row(database: Database, key: str) -> dict[str, object]:
    """Read a row as it is."""
    with database.read() as session:
        found = session.connection().execute(text("SELECT * FROM hr_outbox WHERE key = :key"), {"key": key})
        return dict(found.mappings().one())


def number(database: Database, key: str) -> int:
    """Return the id of a message."""
    return int(str(row(database, key)["id"]))


def test_every_column_of_a_message_comes_back(db: Database) -> None:
    with db.write() as session:
        assert outbox.add(session, "k", "case.ping", "UNOOR", due_at=T0, case_id=3, check_id="chk1", data={"event": 7})
    with db.write() as session:
        [claimed] = outbox.claim(session, T0, LEASE, 1)
    message = claimed.row
    assert (message.key, message.kind, message.lane) == ("k", "case.ping", "UNOOR")
    assert (message.case_id, message.check_id, message.data) == (3, "chk1", {"event": 7})
    assert (message.state, message.attempts, message.claimed_at) == ("sending", 1, T0)
    assert message.due_at == T0 + LEASE
    with db.write() as session:
        assert outbox.mark_sent(session, message.id or 0, at=T0 + MINUTE, channel_id="DNOOR", ts="1.5")
    sent = row(db, "k")
    assert (sent["state"], sent["channel_id"], sent["ts"], sent["error"]) == ("sent", "DNOOR", "1.5", None)


def test_a_message_promised_twice_is_kept_once_as_it_was(db: Database) -> None:
    with db.write() as session:
        assert outbox.add(session, "k", "case.ping", "UNOOR", due_at=T0)
        assert not outbox.add(session, "k", "case.other", "URUTH", due_at=T0)
    assert take(db) == [("k", False)]
    assert row(db, "k")["kind"] == "case.ping"


def test_only_due_messages_are_handed_out_the_longest_due_first(db: Database) -> None:
    promise(db, ("late", "A"), due_at=T0 + MINUTE)
    promise(db, ("now", "B"), due_at=T0)
    promise(db, ("before", "C"), due_at=T0 - MINUTE)
    assert take(db) == [("before", False), ("now", False)]
    assert take(db, T0 + MINUTE)[-1:] == [("late", False)]


def test_a_limit_is_kept(db: Database) -> None:
    promise(db, ("a", "A"), ("b", "B"), ("c", "C"))
    assert len(take(db, limit=2)) == 2


def test_a_lane_gives_one_message_at_a_time_in_order(db: Database) -> None:
    promise(db, ("a1", "A"), ("a2", "A"), ("b1", "B"))
    assert take(db) == [("a1", False), ("b1", False)]
    assert take(db) == []
    with db.write() as session:
        outbox.mark_sent(session, number(db, "a1"), at=T0)
    assert take(db) == [("a2", False)]


def test_a_message_put_back_keeps_its_lane_waiting(db: Database) -> None:
    promise(db, ("a1", "A"), ("a2", "A"))
    take(db)
    with db.write() as session:
        assert outbox.retry_at(session, number(db, "a1"), T0 + MINUTE, error="ratelimited")
    assert take(db, T0 + MINUTE / 2) == []
    assert row(db, "a1")["error"] == "ratelimited"
    assert take(db, T0 + MINUTE) == [("a1", False)]


def test_a_parked_message_lets_its_lane_go_on(db: Database) -> None:
    promise(db, ("a1", "A"), ("a2", "A"))
    take(db)
    with db.write() as session:
        assert outbox.park(session, number(db, "a1"), error="channel_not_found")
    assert take(db) == [("a2", False)]
    with db.read() as session:
        assert outbox.depth(session) == Depth(pending=0, sending=1, parked=1)


def test_a_message_whose_sender_vanished_comes_back_marked_after_the_lease(db: Database) -> None:
    promise(db, ("a1", "A"))
    assert take(db) == [("a1", False)]
    assert take(db, T0 + LEASE - timedelta(microseconds=1)) == []
    assert take(db, T0 + LEASE) == [("a1", True)]
    assert row(db, "a1")["attempts"] == 2


def test_a_sender_that_was_overtaken_cannot_put_the_message_back(db: Database) -> None:
    promise(db, ("a1", "A"))
    take(db)
    take(db, T0 + LEASE)
    with db.write() as session:
        assert not outbox.retry_at(session, number(db, "a1"), T0, attempt=1)
        assert not outbox.park(session, number(db, "a1"), error="x", attempt=1)
        assert outbox.mark_sent(session, number(db, "a1"), at=T0)
        assert not outbox.mark_sent(session, number(db, "a1"), at=T0)
    assert take(db, T0 + 10 * LEASE) == []


def test_the_next_due_moment_ignores_messages_that_wait_behind_others(db: Database) -> None:
    with db.read() as session:
        assert outbox.next_due(session) is None
    promise(db, ("a1", "A"), due_at=T0 + MINUTE)
    promise(db, ("a2", "A"), due_at=T0)
    with db.read() as session:
        assert outbox.next_due(session) == T0 + MINUTE
    take(db, T0 + MINUTE)
    with db.read() as session:
        assert outbox.next_due(session) == T0 + MINUTE + LEASE
        assert outbox.depth(session) == Depth(pending=1, sending=1, parked=0)


def test_senders_that_claim_at_once_never_get_the_same_message(db: Database) -> None:
    promise(db, *[(f"k{index}", f"L{index % 20}") for index in range(40)])
    start, got = Barrier(4), list[str]()

    def go() -> None:
        start.wait(10)
        for _ in range(4):
            got.extend(key for key, _ in take(db, limit=3))

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    got.extend(key for key, _ in take(db, limit=50))
    assert sorted(got) == sorted(f"k{index}" for index in range(20))


@ON_POSTGRESQL
def test_a_claim_passes_over_rows_that_another_sender_is_taking(db: Database) -> None:
    promise(db, ("a1", "A"), ("a2", "A"), ("b1", "B"))
    with db.write() as session:
        assert [each.row.key for each in outbox.claim(session, T0, LEASE, 1)] == ["a1"]
        session.flush()
        assert take(db) == [("b1", False)]


@ON_SQLITE
def test_a_claim_reads_few_rows_however_many_were_sent(db: Database) -> None:
    compiled = outbox._DUE.compile(db.engine)
    given = {**compiled.params, "now": T0.isoformat(), "most": 5}
    with db.read() as session:
        values = tuple(given[name] for name in compiled.positiontup or ())
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        steps = " / ".join(str(step[-1]) for step in plan)
    assert "SCAN hr_outbox USING INDEX ix_hr_outbox_lane" in steps
    assert steps.count("SCAN hr_outbox") == 1


def test_a_message_remembers_when_it_was_first_taken_up_however_often_it_was_put_back(db: Database) -> None:
    promise(db, ("k", "UNOOR"))
    seen = []
    for minutes in (0, 5, 90):
        now = T0 + minutes * MINUTE
        with db.write() as session:
            [claimed] = outbox.claim(session, now, LEASE, 1)
            seen.append(claimed.first_tried_at)
        with db.write() as session:
            assert outbox.retry_at(session, claimed.row.id or 0, now, attempt=claimed.row.attempts, error="http_500")

    assert seen == [None, T0, T0]
