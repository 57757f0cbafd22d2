"""Clocks run until they end, are handed out once a turn, and an act always wins over a job on its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from storage import cases, timers
from storage.database import Database
from storage.models import Timer
from storage.timers import Handed, NewTimer, TimerCounts
from tests.unit.storage.people import DAY, MINUTE, ON_POSTGRESQL, ON_SQLITE, T0, a_case

LEASE = timedelta(seconds=25)


def start(database: Database, *keys: str, due_at: datetime = T0, case_id: int | None = None) -> None:
    """Start timers given by their keys; the kind is the last part of the key."""
    with database.write() as session:
        wanted = [NewTimer(key, key.rpartition(":")[2], "remind", due_at, case_id) for key in keys]
        timers.put(session, wanted, T0 - DAY)


def hand(database: Database, now: datetime = T0, limit: int = 20) -> list[Handed]:
    """Hand out what is due."""
    with database.write() as session:
        return timers.hand_due(session, now, LEASE, limit)


def get(database: Database, key: str) -> Timer:
    """Return the timer of a key, which must run."""
    with database.read() as session:
        found = timers.get(session, key)
    assert found is not None
    return found


def new_case(database: Database, number: int = 1, **change: object) -> int:
    """Save a case and return its number."""
    with database.write() as session:
        return cases.add(session, a_case(number, **change))


def test_every_column_of_a_timer_comes_back(db: Database) -> None:
    case_id = new_case(db)
    start(db, "case:1:answer", case_id=case_id)
    timer = get(db, "case:1:answer")
    assert (timer.key, timer.case_id, timer.kind, timer.step) == ("case:1:answer", case_id, "answer", "remind")
    assert (timer.due_at, timer.look_at, timer.created_at) == (T0, T0, T0 - DAY)
    assert (timer.state, timer.generation) == ("waiting", 0)


def test_only_due_timers_are_handed_out_the_longest_due_within_the_limit(db: Database) -> None:
    start(db, "late", due_at=T0 + MINUTE)
    start(db, "old", due_at=T0 - MINUTE)
    start(db, "now")
    assert hand(db, limit=1) == [Handed(get(db, "old").id or 0, 1)]
    assert hand(db) == [Handed(get(db, "now").id or 0, 1)]
    assert hand(db) == []
    assert (get(db, "now").state, get(db, "now").look_at, get(db, "now").due_at) == ("handed", T0 + LEASE, T0)


def test_a_timer_whose_job_vanished_is_handed_out_again_after_its_lease_under_a_new_generation(db: Database) -> None:
    start(db, "a")
    [first] = hand(db)
    assert hand(db, T0 + LEASE - timedelta(microseconds=1)) == []
    [second] = hand(db, T0 + LEASE)
    assert second == Handed(first.id, first.generation + 1)
    with db.write() as session:
        assert timers.take(session, *first) is None
        assert timers.take(session, *second) is not None


def test_a_timer_set_anew_turns_the_job_on_its_way_into_one_that_does_nothing(db: Database) -> None:
    start(db, "a")
    [job] = hand(db)
    with db.write() as session:
        timers.put(session, [NewTimer("a", "answer", "backup", T0 + DAY)], T0 + MINUTE)
    with db.write() as session:
        assert timers.peek(session, *job) is None
        assert timers.take(session, *job) is None
    timer = get(db, "a")
    assert (timer.id, timer.step, timer.state, timer.generation) == (job.id, "backup", "waiting", 2)
    assert (timer.due_at, timer.look_at, timer.created_at) == (T0 + DAY, T0 + DAY, T0 - DAY)
    assert hand(db, T0 + LEASE) == []


def test_a_timer_that_ended_turns_the_job_on_its_way_into_one_that_does_nothing(db: Database) -> None:
    start(db, "a")
    [job] = hand(db)
    with db.write() as session:
        assert timers.drop_key(session, "a")
        assert not timers.drop_key(session, "a")
    start(db, "a")
    with db.write() as session:
        assert timers.take(session, *job) is None
        # The engine ignores a job whose name it has seen, so a number is never given twice.
        assert (get(db, "a").id or 0) > job.id


def test_a_timer_that_waits_is_not_taken_by_anybody(db: Database) -> None:
    start(db, "a", due_at=T0 + DAY)
    with db.write() as session:
        assert timers.take(session, get(db, "a").id or 0, 0) is None


def test_the_timers_of_a_case_end_together_or_by_kind(db: Database) -> None:
    one, two = new_case(db, 1), new_case(db, 2)
    start(db, "case:1:answer", "case:1:contain", "case:1:look_again", case_id=one)
    start(db, "case:2:answer", case_id=two)
    start(db, "digest")
    with db.write() as session:
        assert timers.running(session, {"case:1:answer", "digest", "case:3:answer"}) == {"case:1:answer", "digest"}
        assert timers.running(session, ()) == frozenset()
        assert timers.drop(session, one, ["contain", "decide"]) == 1
        assert [timer.kind for timer in timers.of_case(session, one)] == ["answer", "look_again"]
        assert timers.drop(session, one, []) == 0
        assert timers.drop(session, one) == 2
        assert timers.of_case(session, one) == []
        assert len(timers.of_case(session, two)) == 1
        assert timers.get(session, "digest") is not None


def test_what_comes_next_is_found(db: Database) -> None:
    with db.ask() as session:
        assert (timers.next_look(session), timers.next_due(session, T0)) == (None, None)
    start(db, "now")
    start(db, "soon", due_at=T0 + MINUTE)
    start(db, "late", due_at=T0 + DAY)
    hand(db)
    with db.ask() as session:
        assert timers.next_look(session) == T0 + LEASE
        assert timers.next_due(session, T0) == T0 + MINUTE
        assert timers.next_due(session, T0 + MINUTE) == T0 + DAY
        assert timers.next_due(session, T0 + DAY) is None


def test_timers_are_counted_by_how_far_they_are(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.read() as session:
        assert timers.counts(session, T0) == TimerCounts(0, 0, 0, None)
    start(db, "handed", due_at=T0 - DAY)
    hand(db, T0 - MINUTE)
    start(db, "due")
    start(db, "x", "y", "z", due_at=T0 + DAY)
    with db.read() as session:
        assert timers.counts(session, T0) == TimerCounts(waiting=3, due=1, handed=1, oldest_due=T0 - DAY)
        monkeypatch.setattr(timers, "COUNTED", 2)
        assert timers.counts(session, T0).waiting == 2


def test_clocks_that_are_left_out_change_no_count(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    start(db, "x", "y", due_at=T0 + DAY)
    with db.read() as session:
        before = timers.counts(session, T0)
    hidden = ("anon:00ff:ack", "anon:00ff:feedback", "anon:ff00:ack")
    start(db, *hidden, due_at=T0 + DAY)

    with db.read() as session:
        assert timers.counts(session, T0, {*hidden, "anon:0f0f:ack"}) == before
        assert timers.counts(session, T0).waiting == before.waiting + 3
        monkeypatch.setattr(timers, "COUNTED", 1)
        assert timers.counts(session, T0, hidden).waiting == 1


def test_timers_that_should_have_ended_long_ago_are_found_and_handed_out_again(db: Database) -> None:
    start(db, "handed", due_at=T0 - DAY)
    [job] = hand(db)
    start(db, "waiting", due_at=T0 - MINUTE)
    start(db, "fresh")
    with db.write() as session:
        assert [timer.key for timer in timers.overdue(session, T0, 10)] == ["handed", "waiting"]
        assert [timer.key for timer in timers.overdue(session, T0, 1)] == ["handed"]
        assert not timers.hand_again(session, job.id, job.generation - 1, T0)
        assert timers.hand_again(session, *job, T0)
    assert Handed(job.id, job.generation + 1) in hand(db)


def test_a_clock_that_was_set_back_shortens_leases_and_moves_no_promise(db: Database) -> None:
    start(db, "handed")
    hand(db)
    start(db, "waiting", due_at=T0 + DAY)
    back = T0 - 60 * MINUTE
    with db.write() as session:
        assert timers.clock_went_back(session, back, LEASE) == 1
    assert get(db, "handed").look_at == back + LEASE
    assert get(db, "waiting").look_at == T0 + DAY


def test_an_open_case_for_which_no_clock_runs_is_found(db: Database) -> None:
    watched, forgotten = new_case(db, 1), new_case(db, 2)
    new_case(db, 3, level=0, rule_level=0)
    new_case(db, 4, state="closed")
    start(db, "case:1:answer", case_id=watched)
    with db.read() as session:
        assert timers.open_without(session, 10) == [forgotten]


def test_starting_nothing_is_harmless_and_a_time_without_a_zone_is_refused(db: Database) -> None:
    with db.write() as session:
        timers.put(session, [], T0)
    with pytest.raises(ValueError, match="zone"), db.write() as session:
        timers.put(session, [NewTimer("a", "answer", "remind", datetime(2026, 3, 2))], T0)


def test_a_transaction_that_fails_hands_out_nothing(db: Database) -> None:
    start(db, "a")

    def stumble() -> None:
        with db.write() as session:
            assert len(timers.hand_due(session, T0, LEASE, 1)) == 1
            raise LookupError("no engine")

    with pytest.raises(LookupError):
        stumble()
    assert (get(db, "a").state, get(db, "a").generation) == ("waiting", 0)


def test_sweeps_that_run_at_once_never_hand_out_the_same_timer(
    db: Database, db_url: str, connect: Callable[..., Database]
) -> None:
    other = connect(db_url)
    start(db, *[f"k{number}" for number in range(40)])
    gate, got, failures = Barrier(4), list[Handed](), list[Exception]()

    def go(place: int) -> None:
        gate.wait(10)
        try:
            for _ in range(4):
                got.extend(hand((db, other)[place % 2], limit=3))
        except Exception as problem:
            failures.append(problem)

    threads = [Thread(target=go, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    got.extend(hand(db, limit=40))
    assert failures == []
    assert sorted(each.id for each in got) == sorted({each.id for each in got})
    assert len(got) == 40


@ON_POSTGRESQL
def test_a_sweep_passes_over_a_timer_that_a_job_is_at(db: Database) -> None:
    start(db, "a", "b")
    [one, two] = hand(db)
    with db.write() as session:
        assert timers.take(session, *one) is not None
        assert hand(db, T0 + LEASE) == [Handed(two.id, 2)]


@ON_SQLITE
def test_a_sweep_reads_what_is_due_and_nothing_of_what_waits(db: Database) -> None:

    def steps() -> int:
        """Count the steps of SQLite's machine for one tick and the questions around it."""
        counted = [0]

        def count() -> None:
            counted[0] += 1

        with db.write() as session:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            driver.set_progress_handler(count, 1)
            timers.next_look(session)
            timers.next_due(session, T0)
            assert len(timers.hand_due(session, T0, LEASE, 20)) == 5
            driver.set_progress_handler(None, 0)
            session.rollback()
        return counted[0]

    start(db, *[f"due{number}" for number in range(5)])
    few = steps()
    with db.write() as session:
        session.connection().execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                "INSERT INTO hr_timer (key, kind, step, due_at, look_at, state, generation, created_at) "
                "SELECT 'later' || i, 'answer', 'remind', :at, :at, 'waiting', 0, :at FROM n"
            ),
            {"at": "2026-05-01 09:00:00.000000"},
        )
    assert steps() < 1.2 * few
