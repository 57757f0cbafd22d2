"""What somebody adds to a concern whose case rests is read, and an owner who left swallows nothing of it (S44)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.views import named as views
from storage import cases
from storage.database import Database
from storage.models import Event, Timer
from tests.conftest import STORES
from tests.records import NOOR, RUTH, SAM, Company, desk_of
from tests.unit.workflows.test_concern import raises, rows, sweeps, told
from tests.unit.workflows.test_concern_review import is_needless, leaves
from workflows import concern_clocks, concern_thread, outgoing

BOTH = pytest.mark.parametrize("store", STORES)
KEY = "raised:1:more"


@pytest.fixture
def store() -> str:
    return "sqlite"


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def rests(company: Company, state: str) -> int:
    """Give a concern whose reporter was told what came of it, and whose case rests since."""
    number = raises(company)
    answers(company, "feedback", "a1")
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.state, case.closed_at = state, company.now if state == "closed" else None
    company.passes(days=30)
    return number


def answers(company: Company, about: str, key: str, who: str = NOOR) -> None:
    concern_thread.answer(company.desk, 1, who, "It is mended", about, key, company.now)


def adds(company: Company, key: str = "m1") -> None:
    concern_thread.add(company.desk, 1, SAM, "They fired me for it", key, company.now)


def clocks(company: Company) -> dict[str, datetime]:
    return {each.key: each.due_at for each in rows(company, Timer) if each.kind == "raised"}


@BOTH
@pytest.mark.parametrize("state", ["tracked", "closed"])
def test_what_is_added_to_a_case_that_rests_is_answered_within_seven_days_or_silence_goes_on(
    company: Company, state: str
):
    number = rests(company, state)
    assert clocks(company) == {}
    since = company.now

    adds(company)
    adds(company)

    assert {each.lane for each in told(company, outgoing.CONCERN_MORE)} == {NOOR, RUTH}
    assert clocks(company) == {KEY: since + timedelta(days=5)}
    by = since + timedelta(days=7)
    assert concern_thread.own(company.desk, number, SAM).facts.more_by == by
    assert views.thread(concern_thread.heard(company.desk, number, NOOR, company.now))

    sweeps(company, timedelta(days=6, hours=1))
    assert [each.lane for each in told(company, outgoing.REMINDER)] == [NOOR]
    assert [each.lane for each in told(company, outgoing.BACKUP_ASKED)] == [RUTH]
    assert {each.data["due_at"] for each in told(company, outgoing.REMINDER)} == {by.isoformat()}
    assert not is_needless(company, told(company, outgoing.REMINDER)[0])
    sweeps(company, timedelta(days=2))
    assert {each.lane for each in told(company, outgoing.ASKED_AGAIN)} == {NOOR, RUTH}
    assert (company.case(number).state, company.case(number).level) == (state, 2), "nothing is asked of the case"


@BOTH
def test_any_answer_ends_it_and_the_next_addition_begins_again(company: Company):
    number = rests(company, "tracked")
    adds(company)
    company.passes(days=5)
    adds(company, "m2")
    assert concern_thread.own(company.desk, number, SAM).facts.more_by == company.now + timedelta(days=2)
    sweeps(company, timedelta(hours=1))
    (asked,) = told(company, outgoing.REMINDER)

    answers(company, "message", "a2")

    assert clocks(company) == {}
    assert is_needless(company, asked)
    assert concern_thread.own(company.desk, number, SAM).facts.more_by is None
    company.passes(days=20)
    adds(company, "m3")
    assert clocks(company) == {KEY: company.now + timedelta(days=5)}
    sweeps(company, timedelta(days=5, hours=1))
    assert len(told(company, outgoing.REMINDER)) == 2


@BOTH
def test_where_its_owner_left_somebody_who_is_here_is_told_and_owes_the_answer(company: Company):
    number = rests(company, "closed")
    leaves(company, NOOR)

    adds(company)

    case = company.case(number)
    assert (case.owner_id, case.state) == (RUTH, "closed")
    assert RUTH in {each.lane for each in told(company, outgoing.CONCERN_MORE)}
    assert NOOR not in {each.lane for each in told(company, outgoing.CONCERN_MORE)}
    (replaced,) = [each for each in rows(company, Event) if each.kind == "case.owner_replaced"]
    assert (replaced.data["gone"], replaced.data["owner"], replaced.data["why"]) == (NOOR, RUTH, "left")
    sweeps(company, timedelta(days=5, hours=1))
    assert [each.lane for each in told(company, outgoing.REMINDER)] == [RUTH]


def test_what_is_added_while_a_first_answer_is_owed_waits_with_it(company: Company):
    raises(company)
    before = clocks(company)

    adds(company)

    assert clocks(company) == before
    assert set(before) == {"raised:1:ack", "raised:1:feedback"}
    assert set(concern_clocks.PROMISES) == {"ack", "feedback", "more"}
