"""A record that comes to a place learns of what happened there before, as if it had been there (S14, S20)."""

from __future__ import annotations

from typing import Any

import pytest

from storage import cases, places
from storage.audit import verify
from storage.database import Database
from storage.models import Event, Outbox
from tests.records import ANNOYING, HIRING, NOOR, Company, desk_of
from tests.unit.workflows.test_reach import asked_now, change, reports, rows, runs, tracked
from workflows import catching_up, context, living, outgoing
from workflows.rules.case import State


@pytest.fixture
def company(db: Database) -> Company:
    """A company with nothing in it yet."""
    return Company(desk_of(db))


def comes_to(company: Company, case: int, *countries: str) -> bool:
    """Let a record say where it is used, and learn of what happened there."""
    with company.desk.db.write() as session:
        found = cases.get(session, case, lock=True)
        assert found is not None
        places.set_countries(session, case, countries)
        return catching_up.catch_up(
            session, company.desk, living.load(session, company.desk, found, company.now), company.now
        )


def begins(company: Company, case: int) -> None:
    """Let a record that was opened a moment ago learn of what happened before; twice is once."""
    for _ in range(2):
        with company.desk.db.write() as session:
            found = cases.get(session, case, lock=True)
            assert found is not None
            catching_up.begin(session, company.desk, found, company.now)


def noted(company: Company, case: int) -> list[Event]:
    """Give the changes that stand in a record."""
    return [each for each in company.happened(case) if each.kind == "case.signal"]


def test_s20_a_decided_record_that_comes_to_a_country_after_the_war_began_there_reopens(company: Company):
    case = tracked(company, signals=["SIG-CONFLICT"])
    comes_to(company, case, "DE")
    company.passes(days=1)
    reports(company, "SIG-CONFLICT", where="UA", since=company.day(0))
    assert (noted(company, case), company.case(case).state) == ([], State.TRACKED)
    company.passes(days=20)

    assert comes_to(company, case, "DE", "UA")

    (event,) = noted(company, case)
    assert (event.data["signal"], event.data["countries"], event.data["signal_row"]) == ("SIG-CONFLICT", ["UA"], 1)
    assert company.case(case).state == State.WAITING
    doubted = {each.number for each in company.living(case).facts.mitigations if each.hits}
    assert doubted
    assert asked_now(company, case) == doubted
    with company.desk.db.read() as session:
        assert verify(session).whole


def test_s20_a_change_is_noted_once_however_often_a_record_comes_to_its_country(company: Company):
    case = company.opens()
    reports(company, "SIG-CONFLICT", where="UA")

    assert not comes_to(company, case, "UA")
    assert not comes_to(company, case, "DE")
    assert not comes_to(company, case, "DE", "UA")

    assert len(noted(company, case)) == 1


@pytest.mark.parametrize(
    ("signal", "given", "touched"),
    [
        ("SIG-CONFLICT", {"where": "UA"}, 1),
        ("SIG-CONFLICT", {}, 1),
        ("SIG-CONFLICT", {"where": "PE", "products": ["ferry-chat"]}, 0),
        ("SIG-CONFLICT", {"where": "PE", "products": ["beacon-hiring"]}, 1),
        ("SIG-MISUSE", {}, 0),
        ("SIG-MISUSE", {"where": "PE"}, 0),
        ("SIG-MISUSE", {"products": ["ferry-chat"]}, 0),
        ("SIG-MISUSE", {"products": ["beacon-hiring"]}, 1),
        ("SIG-COMPETITOR", {"where": "UA"}, 0),
    ],
)
def test_s20_a_new_record_that_may_be_anywhere_learns_of_what_concerns_it(
    company: Company, signal: str, given: dict[str, Any], touched: int
):
    reports(company, signal, **given)
    case = company.opens()

    begins(company, case)

    assert len(noted(company, case)) == touched


def test_s20_a_new_record_begins_at_the_level_that_a_war_asks_for(company: Company):
    reports(company, "SIG-UNREST", where="UA")
    case = company.opens("Ranking", ANNOYING)

    begins(company, case)

    assert (company.case(case).level, company.case(case).owner_id) == (2, NOOR)


@pytest.mark.parametrize(("days", "touched"), [(179, 1), (181, 0)])
def test_s20_what_is_half_a_year_past_is_not_brought_up_again(company: Company, days: int, touched: int):
    reports(company, "SIG-CONFLICT", where="UA")
    company.passes(days=days)
    case = company.opens()

    begins(company, case)

    assert len(noted(company, case)) == touched


def test_s20_a_law_that_acted_ahead_of_its_day_is_known_to_a_record_opened_before_that_day(company: Company):
    reports(company, since=company.day(80))
    company.passes(days=1)
    case = company.opens()

    begins(company, case)

    assert [each.data["signal"] for each in noted(company, case)] == ["SIG-LAW"]


def test_s20_a_change_that_is_planned_or_taken_back_is_not_noted_early(company: Company):
    context.save(company.desk, change(company, "SIG-ELECTION", key="a", since=company.day(400)), company.now)
    context.save(company.desk, change(company, "SIG-ELECTION", key="b", since=company.day(400)), company.now)
    context.cancel(company.desk, "b", company.now)
    case = company.opens()

    begins(company, case)

    assert noted(company, case) == []


def test_s20_a_change_that_is_on_its_way_reaches_a_new_record_once(company: Company):
    context.save(company.desk, change(company, "SIG-CONFLICT"), company.now)
    case = company.opens()
    begins(company, case)

    runs(company)
    begins(company, case)

    assert len(noted(company, case)) == 1


def test_the_owner_of_a_waiting_case_hears_of_what_its_new_country_brings(company: Company):
    case = company.opens("Ranking", HIRING)
    comes_to(company, case, "DE")
    reports(company, "SIG-AUTHORITY", where="UA")
    company.acknowledges(case)

    comes_to(company, case, "UA")

    told = [row for row in rows(company, Outbox) if row.kind == outgoing.WORLD and row.lane == NOOR]
    assert [(row.case_id, row.data["about"]) for row in told] == [(case, "one")]
    assert company.case(case).state == State.ACKNOWLEDGED


def test_a_sealed_record_learns_of_nothing(company: Company):
    case = company.opens()
    comes_to(company, case, "DE")
    reports(company, "SIG-CONFLICT", where="UA")
    with company.desk.db.write() as session:
        found = cases.get(session, case, lock=True)
        assert found is not None
        found.sealed = True

    assert not comes_to(company, case, "UA")
    assert noted(company, case) == []


def test_customers_that_do_not_use_it_do_not_count(company: Company):
    case = company.opens()
    company.writes(case, "places", countries="DE", customers="A hospital")
    reports(company, "SIG-AUTHORITY", where="UA", customers="A bank")
    reports(company, "SIG-AUTHORITY", key="two", where="UA", customers="a HOSPITAL")

    comes_to(company, case, "UA")

    assert [each.data["signal_row"] for each in noted(company, case)] == [2]
