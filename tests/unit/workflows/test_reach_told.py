"""Who hears of a change, what it asks to look at, and what a key stands for (S19, S20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import events
from storage.database import Database
from storage.models import Outbox, SignalRow
from tests.records import ANNOYING, DIEGO, Company, desk_of
from tests.unit.workflows.test_reach import asked_now, change, reports, rows, tracked
from workflows import context, outgoing, reach, staff, world
from workflows.rules.case import State
from workflows.rules.decision import Outcome


@pytest.fixture
def company(db: Database) -> Company:
    """A company with nothing in it yet."""
    return Company(desk_of(db))


def test_s20_what_a_change_puts_in_doubt_is_looked_at_now_though_the_record_reopens(company: Company):
    case = tracked(company, signals=["SIG-DRIFT"])

    reports(company, "SIG-LAW")

    found = company.living(case).facts.mitigations
    assert company.case(case).state == State.WAITING
    assert asked_now(company, case) == {each.number for each in found if each.hits}
    assert len(asked_now(company, case)) == 1, "the other one relies on something else"


def test_s20_a_case_on_hold_is_asked_about_what_a_change_puts_in_doubt(company: Company):
    case = company.opens()
    company.fills(case)
    company.acknowledges(case)
    company.passes(minutes=1)
    company.decides(case, Outcome.HOLD, hold_until=(company.now + timedelta(days=85)).date())
    company.passes(minutes=1)

    reports(company, "SIG-RESOURCE")

    assert asked_now(company, case) == {each.number for each in company.living(case).facts.mitigations}


@pytest.mark.parametrize("many", [1, 5])
def test_s20_the_owner_of_a_case_that_stays_as_it_is_hears_of_it_alone_or_among_many(company: Company, many: int):
    for number in range(many):
        company.acknowledges(company.opens(f"L{number}", ANNOYING))
    owner = str(company.case(1).owner_id)

    reports(company, "SIG-RESOURCE")

    told = [row.data["about"] for row in rows(company, Outbox) if row.kind == outgoing.WORLD and row.lane == owner]
    assert told == ["one" if many == 1 else "done"]
    assert company.case(1).state == State.ACKNOWLEDGED


def test_s20_an_owner_hears_of_many_cases_once_though_they_take_many_steps(
    company: Company, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reach, "BATCH", 2)
    for number in range(7):
        company.acknowledges(company.opens(f"L{number}", ANNOYING))

    reports(company, "SIG-RESOURCE")

    told = [row for row in rows(company, Outbox) if row.kind == outgoing.WORLD and row.lane == DIEGO]
    assert [row.data["about"] for row in told] == ["done"]
    with company.desk.db.read() as session:
        kept = [each for each in events.of(session, "signal:1") if each.kind == reach.CONCERNS]
        said = world.of(company.desk, session, told[0], company.now)
    assert [each.data for each in kept] == [{"owners": [DIEGO]}]
    assert (said.touched, said.waiting) == (7, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"signal": "SIG-FINDING"},
        {"where": "KE"},
        {"products": ["ferry-chat"]},
        {"customers": "A bank"},
        {"defeats": ["MIT-DESIGN"]},
        {"since": "2026-02-01"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_s20_another_report_under_a_known_key_is_refused_and_not_taken_for_the_first(
    company: Company, other: dict[str, Any]
):
    reports(company, key="feed:1")

    with pytest.raises(context.KeyTaken) as refused:
        context.save(company.desk, change(company, **{"signal": "SIG-LAW", **other}, key="feed:1"), company.now)

    assert refused.value.problem == "context_key_taken"
    assert len(rows(company, SignalRow)) == 1


def test_s20_a_report_that_was_taken_back_is_not_said_to_be_saved_when_it_comes_again(company: Company):
    planned = change(company, key="feed:1", since=company.day(200))
    context.save(company.desk, planned, company.now)
    assert context.cancel(company.desk, "feed:1", company.now)

    with pytest.raises(context.KeyTaken) as refused:
        context.save(company.desk, planned, company.now)

    assert refused.value.problem == "context_cancelled"


def test_s19_a_threat_under_the_key_of_something_else_is_not_taken_for_it(company: Company):
    reports(company, key="feed:1")

    with pytest.raises(context.KeyTaken):
        staff.report(company.desk, change(company, "SIG-STAFF", key="feed:1"), company.now)
