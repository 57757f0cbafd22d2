"""What a reporter adds to an anonymous report waits for a person as the report did; no day of it stays (promise 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from storage import timers
from storage.database import Database
from storage.models import AnonCase, Outbox, Timer
from tests.blind import BERLIN, SUNDAY, cases
from tests.inbox import Readers, refused
from tests.records import NOOR, RUTH, SAM
from workflows import spooling
from workflows.inbox_acts import ANSWERED, CLOSING, MESSAGE
from workflows.inbox_values import Line
from workflows.rules.holds import acknowledge_by, answer_by
from workflows.spooling import ACK, FEEDBACK, key_of


@pytest.fixture
def readers(db: Database, tmp_path: Path) -> Readers:
    found = Readers(db, tmp_path / "keys")
    found.set_up(NOOR, RUTH, SAM)
    return found


def adds(readers: Readers, receipt: str, words: str = "They fired me for it", since: str = "worse") -> None:
    """Let a reporter come back and add something, which is shown at once."""
    readers.vault.add(readers.vault.look_up(receipt).token, words, urgent=True, since=since)
    readers.ticks()


def only(readers: Readers) -> tuple[AnonCase, Line]:
    (case,), (line,) = cases(readers.vault), readers.lines(NOOR)
    return case, line


def clock(readers: Readers, step: str) -> Timer | None:
    (case,) = cases(readers.vault)
    with readers.db.read() as session:
        return timers.get(session, key_of(case.id, step))


def due_of(readers: Readers, step: str) -> tuple[datetime, datetime] | None:
    found = clock(readers, step)
    return (found.created_at, found.due_at) if found is not None else None


def messages(readers: Readers) -> int:
    with readers.db.read() as session:
        return len(session.exec(select(Outbox)).all())


@pytest.mark.parametrize("last", [ANSWERED, CLOSING])
def test_what_is_added_to_an_answered_or_closed_report_waits_for_a_person_with_a_clock(
    readers: Readers, last: str
) -> None:
    issued = readers.sends()
    readers.unlock(NOOR, RUTH)
    readers.inbox.write(NOOR, readers.only(NOOR), 0, last, "We looked into it", readers.now)
    assert (clock(readers, ACK), clock(readers, FEEDBACK)) == (None, None)
    sent = messages(readers)
    readers.later(days=100)

    adds(readers, issued.receipt)

    case, line = only(readers)
    promised = acknowledge_by(readers.now.date(), BERLIN)
    assert (case.state, case.closed_month, case.released_on) == ("waiting", None, readers.now.date())
    assert due_of(readers, ACK) == (promised, promised), "as if it had been made when it is due"
    assert (line.answer_by, line.late, line.new, line.worse) == (promised, False, True, True)
    assert clock(readers, FEEDBACK) is None, "what was done was said before"
    assert messages(readers) == sent, "nothing of it is in a message"
    assert readers.vault.look_up(issued.receipt).state == "waiting"

    found = readers.inbox.acknowledge(NOOR, line.id, readers.now).line
    assert (found.state, found.answer_by, found.late) == ("answered", None, False)
    assert (cases(readers.vault)[0].released_on, clock(readers, ACK)) == (None, None)
    assert found.new, "nobody has written back yet"
    found = readers.inbox.write(NOOR, line.id, 1, MESSAGE, "We call a lawyer", readers.now).line
    assert (found.state, found.new, found.worse) == ("answered", False, True)


def test_where_nobody_reads_what_was_added_every_group_is_shown_the_report(readers: Readers) -> None:
    issued = readers.sends()
    readers.unlock(NOOR, RUTH)
    readers.inbox.write(NOOR, readers.only(NOOR), 0, ANSWERED, "We looked into it", readers.now)
    readers.later(days=10)
    adds(readers, issued.receipt)
    assert readers.lines(RUTH) == ()

    readers.now = acknowledge_by(readers.now.date(), BERLIN)
    readers.rings(ACK)

    assert [(line.late, line.new) for line in readers.lines(RUTH)] == [(True, True)]


def test_what_is_added_after_it_was_read_waits_too_and_feedback_stays_promised_for_its_day(readers: Readers) -> None:
    issued = readers.sends()
    readers.unlock(NOOR)
    report = readers.only(NOOR)
    readers.inbox.acknowledge(NOOR, report, readers.now)
    before = due_of(readers, FEEDBACK)
    readers.later(days=10)

    adds(readers, issued.receipt, "It happened again", since="")

    case, line = only(readers)
    assert (case.state, line.new, line.worse) == ("waiting", True, False)
    assert line.answer_by == acknowledge_by(readers.now.date(), BERLIN)
    assert due_of(readers, FEEDBACK) == before
    found = readers.inbox.write(NOOR, report, 0, MESSAGE, "We look into that too", readers.now).line
    assert (found.state, found.answer_by) == ("acknowledged", answer_by(case.release_week, BERLIN))


def test_feedback_that_is_late_stays_late_when_its_reporter_writes_again(readers: Readers) -> None:
    issued = readers.sends()
    readers.unlock(NOOR)
    readers.inbox.acknowledge(NOOR, readers.only(NOOR), readers.now)
    readers.later(days=100)

    adds(readers, issued.receipt)

    case, line = only(readers)
    assert (line.late, line.answer_by) == (True, answer_by(case.release_week, BERLIN))


def test_what_is_added_before_anybody_read_it_moves_no_clock(readers: Readers) -> None:
    issued = readers.sends()
    before = due_of(readers, ACK)
    readers.later(days=2)

    adds(readers, issued.receipt, since="")

    readers.unlock(NOOR)
    case, line = only(readers)
    assert due_of(readers, ACK) == before
    assert (case.released_on, line.new) == (SUNDAY.date(), True)


def test_a_report_that_was_taken_back_takes_nothing_however_things_come_together(readers: Readers) -> None:
    issued = readers.sends()
    readers.unlock(NOOR)
    readers.inbox.write(NOOR, readers.only(NOOR), 0, ANSWERED, "We looked into it", readers.now)
    token = readers.vault.look_up(issued.receipt).token
    for words in ("One", "Two", "Three"):
        readers.vault.add(token, words)
    readers.vault.take_back(token)

    readers.waits_for_follow_ups()

    case, line = only(readers)
    assert (case.state, case.released_on, clock(readers, ACK)) == ("retracted", None, None)
    assert (line.new, line.late, line.answer_by) == (False, False, None)


def test_what_was_written_to_comes_before_what_waits_for_nothing_new(readers: Readers) -> None:
    readers.sends("Grave", leader=True, topic="TOP-RETALIATION")
    issued = readers.sends("Light")
    readers.unlock(NOOR)
    for line in readers.lines(NOOR):
        readers.inbox.write(NOOR, line.id, 0, MESSAGE, "We look into it", readers.now)
    assert [line.level for line in readers.lines(NOOR)] == [3, 2]

    adds(readers, issued.receipt, since="")

    assert [(line.level, line.new) for line in readers.lines(NOOR)] == [(2, True), (3, False)]


def test_a_second_answer_that_it_is_better_takes_the_mark_away(readers: Readers) -> None:
    issued = readers.sends()
    readers.unlock(NOOR)

    adds(readers, issued.receipt, since="worse")
    assert only(readers)[1].worse
    adds(readers, issued.receipt, "", since="fine")

    assert not only(readers)[1].worse


# -- no day of it is kept once it is of no use


@pytest.mark.parametrize("days", range(7))
def test_no_day_is_kept_of_a_report_that_nobody_acknowledges_whichever_day_it_was(readers: Readers, days: int) -> None:
    """The day is gone from the report and from its clock, which rings at the same moments for the whole week."""
    readers.now = datetime.combine(SUNDAY.date() + timedelta(days=1 + days), SUNDAY.timetz())
    readers.sends()
    (case,) = cases(readers.vault)
    assert case.released_on == readers.now.date()
    readers.now = acknowledge_by(case.released_on, BERLIN)

    readers.rings(ACK)

    readers.unlock(NOOR)
    (case,), (line,) = cases(readers.vault), readers.lines(NOOR)
    assert (case.released_on, case.silent) == (None, 1)
    assert (line.late, line.answer_by, line.state) == (True, None, "waiting")
    monday = datetime(2026, 12, 7, tzinfo=BERLIN)
    assert due_of(readers, ACK) == (monday, monday)
    readers.later(days=60)
    readers.rings(ACK)
    assert (readers.lines(NOOR)[0].late, cases(readers.vault)[0].silent) == (True, 2)
    assert spooling.tick(readers.vault, BERLIN, readers.now) == 0
    assert readers.inbox.acknowledge(NOOR, line.id, readers.now).line.state == "acknowledged"
    assert clock(readers, ACK) is None


def test_t4_what_is_added_in_the_morning_and_at_night_leaves_the_same_days(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.vault.below", lambda _: 0)
    receipts = [readers.sends(text).receipt for text in ("One", "Two")]
    readers.unlock(NOOR)
    for line in readers.lines(NOOR):
        readers.inbox.write(NOOR, line.id, 0, ANSWERED, "We looked into it", readers.now)
    day = readers.now.date() + timedelta(days=3)

    for receipt, hour in zip(receipts, (10, 22), strict=True):
        readers.now = datetime(day.year, day.month, day.day, hour, 3, tzinfo=readers.now.tzinfo)
        readers.ticks()
        readers.vault.add(readers.vault.look_up(receipt).token, "They fired me for it")
    readers.later(days=14)
    readers.ticks()

    one, other = cases(readers.vault)
    assert one.released_on is not None
    with readers.db.read() as session:
        kept = [
            (case.state, case.released_on, case.last_week, each.created_at, each.due_at)
            for case in (one, other)
            for each in [timers.get(session, key_of(case.id, ACK))]
            if each is not None
        ]
    assert len(kept) == 2
    assert kept[0] == kept[1]


def test_what_was_added_while_a_window_was_open_is_not_taken_as_read(readers: Readers) -> None:
    issued = readers.sends("They deleted the logs")
    readers.unlock(NOOR)
    report = readers.only(NOOR)
    open_window = readers.inbox.read(NOOR, report, readers.now)
    assert open_window.seen == 1
    readers.vault.add(readers.vault.look_up(issued.receipt).token, "They fired me for it", urgent=True)
    readers.ticks()

    for act in (
        lambda: readers.inbox.acknowledge(NOOR, report, readers.now, seen=open_window.seen),
        lambda: readers.inbox.write(NOOR, report, 0, MESSAGE, "We look", readers.now, seen=open_window.seen),
    ):
        assert refused(act) == "report_changed"
    again = readers.inbox.read(NOOR, report, readers.now)
    assert again.line.state == "waiting"
    assert readers.inbox.acknowledge(NOOR, report, readers.now, seen=again.seen).line.state == "acknowledged"
