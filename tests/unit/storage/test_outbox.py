"""Promised messages leave in order, one at a time to each recipient, and survive whoever carried them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from storage import lanes, outbox
from storage.database import Database
from storage.outbox import Depth
from tests.unit.storage.people import AMINA, DIEGO, MINUTE, NOOR, RUTH, T0

LEASE = timedelta(seconds=25)
AHEAD = timedelta(milliseconds=150)
SECOND = timedelta(seconds=1)


def promise(database: Database, *messages: tuple[str, str, int | None], due_at: datetime = T0) -> None:
    """Promise messages given as (key, lane, case)."""
    with database.write() as session:
        outbox.add_many(session, [outbox.NewMessage(key, "ping", lane, due_at, case) for key, lane, case in messages])


def hand(database: Database, now: datetime = T0, limit: int = 20) -> list[str]:
    """Hand out what is due and return the keys."""
    with database.write() as session:
        handed = outbox.hand_due(session, now, LEASE, limit, AHEAD)
    with database.read() as session:
        rows = session.connection().execute(text("SELECT id, key, attempts FROM hr_outbox")).all()
    known = {row.id: row for row in rows}
    assert all(known[each.id].attempts == each.attempt for each in handed)
    return [known[each.id].key for each in handed]


def row(database: Database, key: str) -> outbox.Outbox:
    """Read a message as it is."""
    with database.read() as session:
        found = session.get(outbox.Outbox, number(database, key))
        assert found is not None
        return found


def number(database: Database, key: str) -> int:
    """Return the id of a message."""
    with database.read() as session:
        found = session.connection().execute(text("SELECT id FROM hr_outbox WHERE key = :key"), {"key": key})
        return int(found.scalar_one())


def sent(database: Database, key: str, at: datetime = T0, ready_at: datetime | None = None) -> None:
    """Say that a message is out."""
    with database.write() as session:
        assert outbox.mark_sent(session, number(database, key), at=at, ready_at=ready_at)


def look(database: Database) -> datetime | None:
    """Ask when a sweep can next hand something out."""
    with database.ask() as session:
        return outbox.next_look(session)


def test_every_column_of_a_message_comes_back(db: Database) -> None:
    with db.write() as session:
        assert outbox.add(session, "k", "ping", NOOR, due_at=T0, case_id=3, check_id="chk1", data={"event": 7})
    with db.write() as session:
        [handed] = outbox.hand_due(session, T0, LEASE, 1, AHEAD)
    with db.read() as session:
        taken = outbox.take(session, handed.id, handed.attempt)
    assert taken is not None
    message = taken.row
    assert (message.id, message.key, message.kind, message.lane) == (handed.id, "k", "ping", NOOR)
    assert (message.case_id, message.check_id, message.data) == (3, "chk1", {"event": 7})
    assert (message.state, message.attempts, message.maybe_out) == ("handed", 1, False)
    assert (message.created_at, message.due_at, message.claimed_at) == (T0, T0 + LEASE, None)


def test_a_message_goes_from_hand_to_hand_until_it_is_out(db: Database) -> None:
    promise(db, ("k", NOOR, 1))
    hand(db)
    with db.write() as session:
        assert outbox.start_sending(session, number(db, "k"), 1, T0 + SECOND, T0 + LEASE + SECOND)
    assert (row(db, "k").state, row(db, "k").claimed_at, row(db, "k").due_at) == (
        "sending",
        T0 + SECOND,
        T0 + LEASE + SECOND,
    )
    with db.write() as session:
        out = {"channel_id": "DNOOR", "ts": "1.5", "attempt": 1, "ready_at": T0 + 3 * SECOND}
        assert outbox.mark_sent(session, number(db, "k"), at=T0 + 2 * SECOND, **out)  # type: ignore[arg-type]
    left = row(db, "k")
    assert (left.state, left.sent_at, left.channel_id, left.ts) == ("sent", T0 + 2 * SECOND, "DNOOR", "1.5")
    assert look(db) is None


def test_a_message_promised_twice_is_kept_once_as_it_was(db: Database) -> None:
    with db.write() as session:
        assert outbox.add(session, "k", "ping", NOOR, due_at=T0)
        assert not outbox.add(session, "k", "other", RUTH, due_at=T0)
    assert hand(db) == ["k"]
    assert row(db, "k").kind == "ping"


def test_only_due_messages_are_handed_out(db: Database) -> None:
    promise(db, ("late", AMINA, 1), due_at=T0 + MINUTE)
    promise(db, ("now", DIEGO, 1), due_at=T0)
    assert hand(db) == ["now"]
    assert hand(db, T0 + MINUTE) == ["late", "now"]


def test_a_limit_is_kept(db: Database) -> None:
    promise(db, ("a", AMINA, 1), ("b", DIEGO, 1), ("c", NOOR, 1))
    assert hand(db, limit=2) == ["a", "b"]
    assert hand(db, limit=2) == ["c"]


@pytest.mark.parametrize("case", [7, None])
def test_messages_of_a_case_reach_a_person_one_at_a_time_in_order(db: Database, case: int | None) -> None:
    promise(db, ("a1", AMINA, case), ("a2", AMINA, case), ("d1", DIEGO, case))
    assert hand(db) == ["a1", "d1"]
    assert hand(db) == []
    sent(db, "a1")
    assert hand(db) == ["a2"]


@pytest.mark.parametrize("case", [7, None])
def test_a_message_that_waits_for_another_try_holds_up_those_behind_it(db: Database, case: int | None) -> None:
    promise(db, ("first", NOOR, case), ("second", NOOR, case), ("other", NOOR, 8))
    hand(db)
    with db.write() as session:
        error = {"error": "http_500", "maybe_out": True}
        assert outbox.retry_at(session, number(db, "first"), T0 + MINUTE, attempt=1, **error)  # type: ignore[arg-type]
    assert (row(db, "first").error, row(db, "first").maybe_out) == ("http_500", True)
    assert hand(db) == []
    assert look(db) == T0 + MINUTE
    assert hand(db, T0 + MINUTE) == ["first"]


@pytest.mark.parametrize("case", [7, None])
def test_a_message_held_for_the_night_holds_up_its_own_case_and_no_other(db: Database, case: int | None) -> None:
    promise(db, ("first", NOOR, case), ("second", NOOR, case), ("other", NOOR, 8))
    hand(db)
    with db.write() as session:
        assert outbox.hold(session, number(db, "first"), T0 + MINUTE, 1)
    assert hand(db) == ["other"]
    sent(db, "other")
    assert look(db) == T0 + MINUTE
    assert hand(db) == []
    assert hand(db, T0 + MINUTE) == ["first"]


def test_a_recipient_gets_the_next_message_only_after_a_rest(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("a2", AMINA, 2))
    hand(db)
    sent(db, "a1", ready_at=T0 + SECOND)
    assert look(db) == T0 + SECOND
    assert hand(db, T0 + SECOND - 2 * AHEAD) == []
    assert hand(db, T0 + SECOND - AHEAD) == ["a2"]
    with db.read() as session:
        taken = outbox.take(session, number(db, "a2"), 1)
    assert taken is not None
    assert taken.ready_at == T0 + SECOND


def test_a_rest_that_slack_asked_for_is_not_cut_short_by_another_message(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("a2", AMINA, 2))
    hand(db)
    with db.write() as session:
        later = T0 + 30 * SECOND
        outbox.retry_at(session, number(db, "a1"), later, error="ratelimited", maybe_out=False, ready_at=later)
    with db.write() as session:
        lanes.set_ready(session, number(db, "a2"), T0 + SECOND)
    assert look(db) == later


def test_a_given_up_message_lets_its_case_go_on(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("a2", AMINA, 1), ("a3", AMINA, 1))
    hand(db)
    with db.write() as session:
        assert outbox.park(session, number(db, "a1"), error="channel_not_found", attempt=1)
    assert hand(db) == ["a2"]
    with db.write() as session:
        assert outbox.maybe_sent(session, number(db, "a2"), error="no_history", attempt=1)
    assert hand(db) == ["a3"]
    with db.read() as session:
        assert [(each.key, each.state) for each in outbox.given_up(session, 10)] == [
            ("a1", "parked"),
            ("a2", "maybe_sent"),
        ]


def test_a_handed_message_whose_job_vanished_comes_back_unmarked_after_its_lease(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("a2", AMINA, 1))
    hand(db)
    assert look(db) == T0 + LEASE
    assert hand(db, T0 + LEASE - timedelta(microseconds=1)) == []
    assert hand(db, T0 + LEASE) == ["a1"]
    assert (row(db, "a1").attempts, row(db, "a1").maybe_out) == (2, False)


def test_a_message_whose_sender_vanished_comes_back_marked_as_perhaps_out(db: Database) -> None:
    promise(db, ("a1", AMINA, 1))
    hand(db)
    with db.write() as session:
        assert outbox.start_sending(session, number(db, "a1"), 1, T0, T0 + LEASE)
    assert hand(db, T0 + LEASE) == ["a1"]
    assert (row(db, "a1").state, row(db, "a1").maybe_out, row(db, "a1").claimed_at) == ("handed", True, T0)
    # Another job that vanishes before it sends does not take the mark away.
    assert hand(db, T0 + 2 * LEASE) == ["a1"]
    assert row(db, "a1").maybe_out


def test_a_job_that_was_overtaken_changes_nothing(db: Database) -> None:
    promise(db, ("a1", AMINA, 1))
    hand(db)
    hand(db, T0 + LEASE)
    this, now = number(db, "a1"), T0 + LEASE
    with db.write() as session:
        assert outbox.take(session, this, 1) is None
        assert not outbox.start_sending(session, this, 1, now, now + LEASE)
        assert not outbox.renew(session, this, 1, now + LEASE)
        assert not outbox.retry_at(session, this, now, attempt=1, maybe_out=False)
        assert not outbox.hold(session, this, now, 1)
        assert not outbox.park(session, this, error="x", attempt=1)
        assert not outbox.maybe_sent(session, this, error="x", attempt=1)
        assert not outbox.mark_sent(session, this, at=now, attempt=1)
        assert outbox.mark_sent(session, this, at=now, attempt=2)
        assert not outbox.mark_sent(session, this, at=now, attempt=2)
    assert hand(db, T0 + 10 * LEASE) == []


def test_a_job_that_comes_after_its_lease_may_not_post_even_if_nobody_took_over(db: Database) -> None:
    promise(db, ("a1", AMINA, 1))
    hand(db)
    with db.write() as session:
        assert not outbox.start_sending(session, number(db, "a1"), 1, T0 + LEASE, T0 + 2 * LEASE)
    assert hand(db, T0 + LEASE) == ["a1"]


def test_a_renewed_lease_keeps_others_away(db: Database) -> None:
    promise(db, ("a1", AMINA, 1))
    hand(db)
    with db.write() as session:
        assert outbox.renew(session, number(db, "a1"), 1, T0 + 2 * LEASE)
    assert hand(db, T0 + LEASE) == []


def test_a_message_held_for_the_night_is_hurried_by_what_happens_to_its_case(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("d1", DIEGO, 2))
    hand(db)
    with db.write() as session:
        for key in ("a1", "d1"):
            assert outbox.hold(session, number(db, key), T0 + 60 * MINUTE, 1)
    assert (row(db, "a1").state, row(db, "a1").attempts, row(db, "a1").error) == ("pending", 1, None)
    with db.write() as session:
        assert outbox.hurry(session, 1, T0 + MINUTE) == 1
        assert outbox.hurry(session, 1, T0 + MINUTE) == 0
    assert hand(db, T0 + MINUTE) == ["a1"]
    assert row(db, "a1").attempts == 2


def test_a_message_that_a_person_sends_again_is_looked_up_first_unless_they_insist(db: Database) -> None:
    promise(db, ("parked", AMINA, 1), ("maybe", DIEGO, 1), ("seen", NOOR, 1))
    hand(db)
    with db.write() as session:
        assert not outbox.send_again(session, "parked", T0)
        outbox.park(session, number(db, "parked"), error="is_archived")
        outbox.maybe_sent(session, number(db, "maybe"), error="no_history")
        outbox.maybe_sent(session, number(db, "seen"), error="no_history")
        assert outbox.send_again(session, "parked", T0 + MINUTE)
        assert outbox.send_again(session, "maybe", T0 + MINUTE)
        assert outbox.say_sent(session, "seen", T0 + MINUTE)
        assert not outbox.say_sent(session, "seen", T0 + MINUTE)
        assert not outbox.send_again(session, "nothing", T0)
    assert (row(db, "parked").maybe_out, row(db, "maybe").maybe_out) == (False, True)
    assert (row(db, "seen").state, row(db, "seen").sent_at) == ("sent", T0 + MINUTE)
    assert hand(db, T0 + MINUTE) == ["parked", "maybe"]
    # The number goes on: a job of this name and number ran before.
    assert row(db, "maybe").attempts == 2
    with db.write() as session:
        outbox.maybe_sent(session, number(db, "maybe"), error="no_history")
        assert outbox.send_again(session, "maybe", T0 + MINUTE, force=True)
    assert not row(db, "maybe").maybe_out


def test_the_depth_counts_every_state_and_what_is_late(db: Database) -> None:
    with db.read() as session:
        assert outbox.depth(session, T0) == Depth(0, 0, 0, 0, 0, 0, None, 0)
    promise(db, *[(f"k{lane}", f"U{lane}", lane) for lane in range(7)])
    hand(db, limit=6)
    with db.write() as session:
        outbox.start_sending(session, number(db, "k1"), 1, T0, T0 + LEASE)
        outbox.mark_sent(session, number(db, "k2"), at=T0)
        outbox.park(session, number(db, "k3"), error="x")
        outbox.maybe_sent(session, number(db, "k4"), error="x")
        outbox.retry_at(session, number(db, "k5"), T0 + MINUTE, error="http_500", maybe_out=True)
    with db.read() as session:
        assert outbox.depth(session, T0 + SECOND) == Depth(
            pending=2, handed=1, sending=1, parked=1, maybe_sent=1, due=1, oldest_due=T0, retried=1
        )
        stuck = outbox.stuck(session, T0 + LEASE + SECOND, 10)
        assert [each.key for each in stuck] == ["k6", "k0", "k1"]


def test_the_next_look_ignores_messages_that_wait_behind_others(db: Database) -> None:
    assert look(db) is None
    promise(db, ("a1", AMINA, 1), due_at=T0 + MINUTE)
    promise(db, ("a2", AMINA, 1), due_at=T0)
    assert look(db) == T0 + MINUTE
    promise(db, ("a3", AMINA, 2), due_at=T0 + SECOND)
    assert look(db) == T0 + SECOND
    hand(db, T0 + MINUTE)
    assert look(db) == T0 + MINUTE + LEASE


def test_a_clock_that_was_set_back_holds_nothing_up(db: Database) -> None:
    promise(db, ("now", AMINA, 1), ("flying", DIEGO, 1), ("resting", NOOR, 1), ("after", NOOR, 2))
    with db.write() as session:
        outbox.add_many(session, [outbox.NewMessage("held", "ping", RUTH, T0 + 8 * MINUTE, 1, created_at=T0)])
    with db.write() as session:
        outbox.hand_due(session, T0, LEASE, 2, AHEAD)
        outbox.hold(session, number(db, "now"), T0 + 8 * MINUTE)
        outbox.hand_due(session, T0, LEASE, 1, AHEAD)
        outbox.mark_sent(session, number(db, "resting"), at=T0, ready_at=T0 + SECOND)
    promise(db, ("new", AMINA, 2))
    back = T0 - 60 * MINUTE
    with db.write() as session:
        assert outbox.clock_went_back(session, back, LEASE) == 3
    assert row(db, "new").due_at == row(db, "after").due_at == back
    assert row(db, "flying").due_at == back + LEASE
    assert row(db, "now").due_at == row(db, "held").due_at == T0 + 8 * MINUTE
    assert hand(db, back) == ["new"]
    assert hand(db, back + LEASE) == ["flying", "after", "new"]


def test_message_numbers_are_never_given_twice(db: Database) -> None:
    promise(db, ("a", AMINA, 1))
    first = number(db, "a")
    with db.write() as session:
        session.connection().execute(text("DELETE FROM hr_outbox"))
    promise(db, ("b", AMINA, 1))
    assert number(db, "b") > first
