"""What readers of concerns owe: deadlines that passed show a report to all, and the same note for everybody (T22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.notifier import _note
from bot.playground.blockkit import lint_message
from bot.views.wire import as_dict
from storage import anonymous, timers
from storage.database import Database
from storage.models import AnonCase, Outbox, Timer
from tests.blind import BERLIN, cases, report
from tests.inbox import GROUPS, Readers, concerns
from tests.records import NOOR, RUTH, SAM
from tests.year import ByHand
from workflows import auditor, duties, escalation, notes, spooling, sweep
from workflows.blind_values import Report
from workflows.inbox_acts import ANSWERED
from workflows.report_clocks import ACK, FEEDBACK, KIND, key_of
from workflows.rules.holds import acknowledge_by, answer_by, monday_of, next_slot
from workflows.usage import tapped
from workflows.values import Note


@pytest.fixture
def readers(db: Database, tmp_path: Path) -> Readers:
    found = Readers(db, tmp_path / "keys")
    found.set_up(NOOR, RUTH, SAM)
    return found


def clock(readers: Readers, key: str) -> Timer | None:
    with readers.db.read() as session:
        return timers.get(session, key)


def due_of(readers: Readers, key: str) -> datetime:
    found = clock(readers, key)
    assert found is not None
    return found.due_at


def rings(readers: Readers, key: str) -> None:
    """Go to the moment of a clock and do what is due then."""
    readers.now = max(readers.now, due_of(readers, key))
    jobs = ByHand()
    sweep.sweep(readers.desk, jobs, readers.now, limit=100)
    for job in jobs.found:
        if job.kind == "step":
            escalation.step(readers.desk, job.row_id, job.turn, readers.now)


def promised(readers: Readers, kind: str) -> list[Outbox]:
    with readers.db.read() as session:
        found = session.exec(select(Outbox).order_by("id")).all()
    return [row for row in found if row.kind == kind]


def message_of(readers: Readers, row: Outbox) -> Mapping[str, Any]:
    return _wire(notes.of(readers.desk, row, readers.now))


def _wire(note: Note) -> Mapping[str, Any]:
    blocks, text = _note(note)
    made = {"text": text, "blocks": [as_dict(block) for block in blocks]}
    assert lint_message(made) == []
    return made


# -- deadlines


def test_a_deadline_that_passed_shows_the_report_to_every_group_and_is_looked_at_again(readers: Readers) -> None:
    readers.sends()
    (case,) = cases(readers.vault)
    assert case.released_on is not None
    key = key_of(case.id, ACK)
    assert due_of(readers, key) == acknowledge_by(case.released_on, BERLIN)

    rings(readers, key)

    readers.unlock(RUTH, SAM)
    assert (len(readers.lines(RUTH)), len(readers.lines(SAM))) == (1, 1)
    assert readers.lines(RUTH)[0].late
    (case,) = cases(readers.vault)
    assert (case.silent, case.released_on) == (1, None)
    assert due_of(readers, key) == monday_after_next(case)

    rings(readers, key)
    (case,) = cases(readers.vault)
    assert case.silent == 2
    assert due_of(readers, key) == monday_after_next(case) + timedelta(days=3)
    assert {row.kind for row in rows(readers)} <= {"inbox", "pulse", "digest", "key_waits"}, (
        "nobody is told of a single report"
    )


def monday_after_next(case: AnonCase) -> datetime:
    """Give from when a report is looked at again: the same for all of its week."""
    return datetime.combine(monday_of(case.release_week) + timedelta(days=14), time(), BERLIN)


def rows(readers: Readers) -> list[Outbox]:
    with readers.db.read() as session:
        return list(session.exec(select(Outbox)).all())


def test_a_clock_that_rings_after_the_answer_counts_no_silence_and_ends(readers: Readers) -> None:
    readers.sends()
    readers.unlock(NOOR)
    (case,) = cases(readers.vault)
    assert due_of(readers, key_of(case.id, FEEDBACK)) == answer_by(case.release_week, BERLIN)
    readers.inbox.write(NOOR, readers.only(NOOR), 0, ANSWERED, "It is off", readers.now)
    key = key_of(case.id, ACK)
    with readers.db.write() as session:
        timers.put(session, [timers.NewTimer(key, KIND, ACK, readers.now)], readers.now)

    rings(readers, key)

    assert clock(readers, key) is None
    assert clock(readers, key_of(case.id, FEEDBACK)) is None
    assert cases(readers.vault)[0].silent == 0


def test_a_bot_that_slept_counts_one_silence_and_keeps_to_the_promised_moments(readers: Readers) -> None:
    readers.sends()
    (case,) = cases(readers.vault)
    key = key_of(case.id, ACK)
    promised_for = due_of(readers, key)
    readers.now = promised_for + timedelta(days=7, hours=5)

    rings(readers, key)

    assert cases(readers.vault)[0].silent == 1
    assert due_of(readers, key) == monday_after_next(case) + timedelta(days=6)


def test_the_clock_of_a_report_that_is_erased_ends(readers: Readers) -> None:
    readers.sends()
    (case,) = cases(readers.vault)
    with readers.db.write() as session:
        anonymous.remove(session, case.id)

    rings(readers, key_of(case.id, ACK))

    assert clock(readers, key_of(case.id, ACK)) is None


# -- the daily note


@pytest.mark.parametrize("many", [0, 1, 50])
def test_t22_the_note_is_the_same_for_everybody_whether_there_are_none_or_fifty(readers: Readers, many: int) -> None:
    for number in range(many):
        readers.vault.submit(_report(number))
    readers.ticks()
    assert len(cases(readers.vault)) == many

    rings(readers, "inbox")

    sent = promised(readers, "inbox")
    assert [row.lane for row in sent] == [NOOR, RUTH, SAM]
    assert {row.case_id for row in sent} == {None}
    assert {str(row.data) for row in sent} == {"{}"}
    assert {str(message_of(readers, row)) for row in sent} == {str(_wire(Note("inbox")))}


def _report(number: int) -> Report:
    return report(f"Report {number}", urgent=True, excluded=frozenset({"sam"} if number % 2 else ()))


def test_the_note_comes_at_the_same_hour_of_every_working_day(readers: Readers) -> None:
    days = []
    for _ in range(6):
        rings(readers, "inbox")
        days.append(readers.now.astimezone(BERLIN))

    assert [f"{day:%a %H:%M}" for day in days] == [f"{day} 09:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Mon")]
    assert len({row.key for row in promised(readers, "inbox")}) == 18


def test_nothing_comes_before_two_groups_have_keys_nor_after_one_has_none(db: Database, tmp_path: Path) -> None:
    readers = Readers(db, tmp_path / "keys")
    with db.write() as session:
        duties.start(session, readers.desk, readers.now)
    assert clock(readers, "inbox") is None
    readers.set_up(NOOR)
    assert clock(readers, "inbox") is None
    readers.set_up(RUTH)
    assert clock(readers, "inbox") is not None
    assert clock(readers, "pulse") is None, "the policy names no channel for it"

    readers.begins(concerns(*GROUPS[1:]))
    rings(readers, "inbox")
    assert clock(readers, "inbox") is None
    assert promised(readers, "inbox") == []


# -- the weekly question


def test_the_question_comes_on_mondays_and_shows_last_week_once_there_are_five_taps(readers: Readers) -> None:
    readers.begins(concerns(pulse_channel="C0LAUNCHES"))
    sweep.begin(readers.desk, readers.now)
    for what, count in (("good", 11), ("mixed", 4)):
        for _ in range(count):
            readers.vault.usage.add(tapped(what))
    spooling.tick(readers.vault, BERLIN, readers.now)
    assert not any((readers.vault.usage.take(readers.now) or {}).values())

    rings(readers, "pulse")

    (row,) = promised(readers, "pulse")
    assert (row.lane, f"{readers.now.astimezone(BERLIN):%a %H:%M}") == ("C0LAUNCHES", "Mon 09:00")
    said = message_of(readers, row)
    assert "yes about 10." in said["text"]
    assert "partly" not in said["text"]
    assert [
        each["action_id"] for block in said["blocks"] for each in block.get("elements", ()) if "action_id" in each
    ] == ["pulse.tap", "pulse.tap", "pulse.tap", "reply.open", "concern.open"]

    rings(readers, "pulse")
    assert "Last week" not in message_of(readers, promised(readers, "pulse")[1])["text"]


def test_what_runs_already_is_not_started_anew(readers: Readers) -> None:
    before = due_of(readers, "inbox")

    with readers.db.write() as session:
        duties.start(session, readers.desk, datetime(2026, 12, 24, tzinfo=UTC))

    assert due_of(readers, "inbox") == before


# -- the people who run it


def test_a_daily_slot_that_nobody_did_is_told_to_those_who_run_it_once_a_day_whatever_is_held(readers: Readers) -> None:
    def looks() -> int:
        return auditor.look(readers.desk, (), readers.now).slot

    readers.later(days=2)
    assert looks() == 0, "there was none yet"
    readers.ticks()
    assert looks() == 0
    slot = next_slot(readers.now, readers.company.release_at, BERLIN)

    readers.now = slot + timedelta(minutes=59)
    assert looks() == 0
    for minutes in (61, 90):
        readers.now = slot + timedelta(minutes=minutes)
        assert looks() == 1

    (row,) = [each for each in promised(readers, "alarm") if each.data["what"] == "slot"]
    assert row.data["count"] == 1
    assert "HRDD_KEYSTORE" in message_of(readers, row)["text"]
    readers.ticks()
    assert looks() == 0


def test_where_anonymous_reports_are_not_taken_no_slot_is_late(readers: Readers) -> None:
    readers.ticks()
    readers.begins(concerns(staff=20))
    readers.later(days=3)

    assert auditor.look(readers.desk, (), readers.now).slot == 0
