"""Whether we are well, what is counted, and what somebody has to look at - on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bot import jobs
from bot.health import Pulse, examine, measure
from bot.metrics import Metrics, why_of
from storage import outbox, timers
from storage.database import Database

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WELL = Pulse(0.5)


def promise(db: Database, key: str, due_at: datetime, lane: str = "U0AMINA") -> None:
    with db.write() as session:
        outbox.add(session, key, "acknowledged", lane, due_at=due_at)


def run_timer(db: Database, due_at: datetime) -> None:
    with db.write() as session:
        timers.put(session, [timers.NewTimer("digest", "digest", "", due_at)], due_at)


def test_a_bot_with_nothing_to_do_is_well(db: Database):
    well, found = examine(db, WELL, NOW)

    assert well
    assert found == {
        "ok": True, "storage": "ok", "sweep": "ok", "clock": "ok", "queue": "ok",
        "outbox": {"pending": 0, "in_flight": 0, "maybe_sent": 0, "parked": 0},
        "timers": {"waiting": 0, "due": 0},
    }  # fmt: skip


def test_a_process_without_a_worker_says_that_others_sweep(db: Database):
    assert examine(db, None, NOW)[1]["sweep"] == "elsewhere"


@pytest.mark.parametrize(
    ("pulse", "what", "said"),
    [(Pulse(31), "sweep", "late"), (Pulse(1, apart=True), "clock", "apart")],
)
def test_a_worker_that_does_not_work_is_not_well(db: Database, pulse: Pulse, what: str, said: str):
    well, found = examine(db, pulse, NOW)
    assert (well, found["ok"], found[what]) == (False, False, said)


def test_what_is_due_for_two_minutes_and_nobody_took_is_stuck(db: Database):
    promise(db, "k", NOW - timedelta(seconds=100))
    assert examine(db, None, NOW)[0]
    assert examine(db, None, NOW + timedelta(seconds=30))[1]["queue"] == "stuck"


def test_a_timer_that_nobody_took_is_stuck(db: Database):
    run_timer(db, NOW)
    assert examine(db, None, NOW + timedelta(seconds=119))[0]
    assert not examine(db, None, NOW + timedelta(seconds=121))[0]


def test_a_long_queue_that_moves_is_not_stuck(db: Database):
    for number in range(3):
        promise(db, f"k{number}", NOW)
    late = NOW + timedelta(minutes=10)
    with db.write() as session:
        outbox.hand_due(session, late, timedelta(seconds=25), 10, timedelta(0))

    assert examine(db, WELL, late)[1]["queue"] == "ok"


def test_a_message_that_waits_for_tomorrow_is_not_stuck(db: Database):
    promise(db, "k", NOW + timedelta(days=1))
    assert examine(db, WELL, NOW)[0]


def test_tables_of_another_version_are_said(db: Database):
    with db.write() as session:
        session.connection().execute(text("UPDATE hr_alembic_version SET version_num = '0001'"))

    assert examine(db, WELL, NOW) == (False, {"ok": False, "storage": "outdated"})


def test_metrics_show_counts_and_no_names(db: Database):
    promise(db, "case:12:secret", NOW, lane="C0SECRET")
    run_timer(db, NOW + timedelta(days=1))
    metrics = Metrics()
    metrics.sent(0.3)
    metrics.swept(0.004)
    metrics.trouble("http_503")

    shown = measure(db, metrics, NOW).decode()

    for line in (
        'hrdd_outbox{state="pending"} 1.0',
        'hrdd_timers{state="waiting"} 1.0',
        "hrdd_overdue_acknowledgements 0.0",
        'hrdd_due_to_sent_seconds_bucket{le="0.5"} 1.0',
        "hrdd_sweep_seconds_count 1.0",
        'hrdd_retries_total{why="server"} 1.0',
        "hrdd_engine_errors_total 0.0",
    ):
        assert line in shown
    assert "secret" not in shown.lower()


def test_two_processes_in_one_do_not_count_together():
    one, other = Metrics(), Metrics()
    one.sent(1.0)
    assert "hrdd_due_to_sent_seconds_count 0.0" in other.text().decode()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ratelimited", "rate_limited"), ("http_502", "server"), ("internal_error", "server"),
        ("TimeoutError", "no_answer"), ("URLError", "no_answer"), ("ConnectionResetError", "no_answer"),
        ("RemoteDisconnected", "no_answer"), ("own:KeyError", "own"), ("StorageDown", "storage"),
        ("maybe_sent", "maybe_sent"), ("U0AMINA said no", "refused"),
    ],
)  # fmt: skip
def test_reasons_are_few_and_known_beforehand(code: str, why: str):
    assert why_of(code) == why


# hrdd jobs


def given_up(db: Database, key: str, state: str) -> None:
    promise(db, key, NOW, lane=f"U0{key.upper()}")
    with db.write() as session:
        session.connection().execute(
            text("UPDATE hr_outbox SET state = :state, error = 'gone', attempts = 3 WHERE key = :key"),
            {"state": state, "key": key},
        )


def test_jobs_say_what_is_promised_and_what_needs_a_look(db: Database):
    promise(db, "waits", NOW - timedelta(minutes=3))
    promise(db, "tomorrow", NOW + timedelta(days=1), lane="U0NOOR")
    given_up(db, "diego", "parked")
    given_up(db, "ruth", "maybe_sent")
    run_timer(db, NOW + timedelta(days=1))

    found = jobs.summary(db, NOW)

    assert {name: found[name] for name in found if name != "given_up"} == {
        "due": 1, "waiting": 1, "pending": 2, "in_flight": 0, "maybe_sent": 1, "parked": 1, "retried": 0,
        "oldest_seconds": 180,
    }  # fmt: skip
    said = "\n".join(jobs.sentences(found))
    assert "the oldest for 3 minutes" in said
    assert "diego  dead letter, to U0DIEGO: gone" in said
    assert "ruth  maybe sent, to U0RUTH: gone" in said


def test_jobs_say_when_nothing_needs_a_look(db: Database):
    assert jobs.sentences(jobs.summary(db, NOW))[-1] == "Nothing was given up."


def test_a_message_that_did_not_arrive_goes_out_again_and_is_not_looked_for(db: Database):
    given_up(db, "ruth", "maybe_sent")

    assert jobs.again(db, "ruth", NOW)
    assert not jobs.again(db, "ruth", NOW)
    with db.read() as session:
        row = session.connection().execute(text("SELECT state, maybe_out FROM hr_outbox")).one()
    assert (row.state, bool(row.maybe_out)) == ("pending", False)


def test_a_message_that_somebody_saw_or_needs_no_more_counts_as_sent(db: Database):
    given_up(db, "ruth", "maybe_sent")
    given_up(db, "diego", "parked")

    assert jobs.was_sent(db, "ruth", NOW)
    assert jobs.was_sent(db, "diego", NOW)
    assert not jobs.was_sent(db, "diego", NOW), "once"
    assert not jobs.was_sent(db, "nobody", NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (59, "less than a minute"), (60, "1 minute"), (3599, "59 minutes"), (3600, "1 hour"),
     (86399, "23 hours"), (86400, "1 day"), (200000, "2 days")],
)  # fmt: skip
def test_ages_are_said_in_words(seconds: int, words: str):
    assert jobs.in_words(timedelta(seconds=seconds)) == words
