"""Sweeps that run side by side hand out one message of a lane, and the length of the queue costs them nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from storage import lanes, outbox
from storage.database import Database
from tests.unit.storage.people import AMINA, DIEGO, MINUTE, ON_POSTGRESQL, ON_SQLITE, T0
from tests.unit.storage.test_outbox import AHEAD, LEASE, SECOND, hand, number, promise


def test_sweeps_that_run_at_once_never_hand_out_two_messages_of_one_lane(
    db: Database, db_url: str, connect: Callable[..., Database]
) -> None:
    other = connect(db_url)
    # Each sweep reads another time, so each has its own idea of which message is the first one due.
    with db.write() as session:
        messages = [outbox.NewMessage(f"k{n}", "ping", f"U{n % 5}", T0 + (39 - n) * SECOND, n) for n in range(40)]
        outbox.add_many(session, messages)
    start, failures, got = Barrier(4), list[Exception](), list[int]()

    def go(place: int) -> None:
        start.wait(10)
        try:
            for turn in range(6):
                with (db, other)[place % 2].write() as session:
                    now = T0 + (10 + 8 * place + turn) * SECOND / 2
                    got.extend(each.id for each in outbox.hand_due(session, now, MINUTE, 3, AHEAD))
        except Exception as problem:
            failures.append(problem)

    threads = [Thread(target=go, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(got) == len(set(got)) == 5
    with db.read() as session:
        flying = session.connection().execute(
            text("SELECT lane, count(*) FROM hr_outbox WHERE state = 'handed' GROUP BY 1")
        )
        assert {count for _, count in flying} == {1}


@ON_POSTGRESQL
def test_a_sweep_leaves_lanes_alone_that_another_is_at(db: Database) -> None:
    promise(db, ("a2", AMINA, 2), due_at=T0 + SECOND)
    promise(db, ("a1", AMINA, 1), ("d1", DIEGO, 1))
    with db.write() as session:
        [first] = outbox.hand_due(session, T0, LEASE, 1, AHEAD)
        assert first.id == number(db, "a1")
        # A second later the other message is the first of its lane, but the lane is being looked at.
        assert hand(db, T0 + SECOND) == ["d1"]
    assert hand(db, T0 + SECOND) == []


@ON_POSTGRESQL
def test_a_sweep_that_read_before_another_ended_looks_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    promise(db, ("a2", AMINA, 2), due_at=T0 + SECOND)
    promise(db, ("a1", AMINA, 1))
    ask, between = lanes._rows, list[list[str]]()

    def interrupted(statement: lanes.Prepared, *rest: object) -> list[object]:
        found = ask(statement, *rest)  # type: ignore[arg-type]
        if statement is lanes._TO_TAKE and not between:
            between.append([])
            between[0] = hand(db, T0)
        return found

    monkeypatch.setattr(lanes, "_rows", interrupted)
    assert hand(db, T0 + SECOND) == []
    assert between == [["a1"]]


@ON_POSTGRESQL
def test_a_sweep_passes_over_a_message_that_somebody_is_changing(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("d1", DIEGO, 1))
    with db.write() as session:
        session.connection().execute(text("SELECT 1 FROM hr_outbox WHERE key = 'a1' FOR UPDATE"))
        assert hand(db) == ["d1"]
    assert hand(db) == ["a1"]


def test_a_transaction_that_fails_hands_out_nothing(db: Database) -> None:
    promise(db, ("a1", AMINA, 1))

    def stumble() -> None:
        with db.write() as session:
            assert len(outbox.hand_due(session, T0, LEASE, 1, AHEAD)) == 1
            raise LookupError("no engine")

    with pytest.raises(LookupError):
        stumble()
    assert hand(db) == ["a1"]


@ON_SQLITE
@pytest.mark.parametrize("case", ["own", "one", "none"])
def test_handing_out_and_looking_cost_the_same_however_long_the_queue_is(db: Database, case: str) -> None:
    groups: dict[str, Callable[[int], int | None]] = {"own": lambda n: n, "one": lambda _: 1, "none": lambda _: None}

    def steps(moment: datetime) -> int:
        """Count the steps of SQLite's machine."""
        counted = [0]

        def count() -> None:
            counted[0] += 1

        with db.write() as session:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(count, 1)
            outbox.hand_due(session, moment, LEASE, 20, AHEAD)
            outbox.next_look(session)
            driver.set_progress_handler(None, 0)
            session.rollback()
        return counted[0]

    def fill(begin: int, end: int) -> None:
        promise(db, *[(f"k{n}", f"U{n % 20}", groups[case](n)) for n in range(begin, end)])

    fill(0, 200)
    short = steps(T0)
    fill(200, 10_000)
    assert steps(T0) < 1.5 * short


def test_what_waits_for_another_try_keeps_its_place_in_the_lane_and_what_is_held_lets_others_pass(db: Database) -> None:
    promise(db, ("a1", AMINA, 1), ("a2", AMINA, 2), ("d1", DIEGO, 1), ("d2", DIEGO, 2))
    assert hand(db, T0) == ["a1", "d1"]
    with db.write() as session:
        outbox.retry_at(session, number(db, "a1"), T0 + MINUTE, attempt=1, error="http_500", maybe_out=False)
        outbox.hold(session, number(db, "d1"), T0 + MINUTE, 1)

    assert hand(db, T0 + SECOND) == ["d2"]
    with db.read() as session:
        assert outbox.next_look(session) == T0 + SECOND + LEASE, "Amina's lane waits for its first message"
    assert hand(db, T0 + MINUTE) == ["a1", "d1"]
