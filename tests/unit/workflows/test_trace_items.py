"""Items of the note that are kept by a use case as a whole, against a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.database import Database
from tests.records import AMINA, DENIAL, DIEGO, ENGAGEMENT, NOOR, Company, desk_of
from workflows import digest
from workflows.errors import BadAnswers
from workflows.rules.decision import Outcome
from workflows.rules.locks import to_approve
from workflows.values import Digest


@pytest.fixture
def company(db: Database) -> Company:
    """A company whose first case waits."""
    return Company(desk_of(db))


def lacks(company: Company, case_id: int) -> set[str]:
    """Give what is missing before an approval."""
    found = company.living(case_id)
    return {each.id for each in to_approve(found.record, found.facts, found.at)}


def told(company: Company) -> Digest:
    """Give this week's digest."""
    with company.desk.db.read() as session:
        return digest.of(company.desk, session, company.now)


@pytest.mark.parametrize("name", ["notice", "appeal", "lose", "who"])
def test_s23_who_is_cut_off_is_told_in_time_and_can_object(company: Company, name: str):
    case_id = company.opens()
    number = company.mitigates(case_id, type="MIT-DENY", what="No contract with the agency.")

    with pytest.raises(BadAnswers) as refusal:
        company.writes(case_id, "denial", NOOR, **{**DENIAL, "mitigation": str(number), name: " "})

    assert (name, "field_missing") in refusal.value.fields


def test_s23_cutting_off_is_assessed_and_signed_before_it_goes_ahead(company: Company):
    case_id = company.opens()
    company.fills(case_id)
    number = company.mitigates(case_id, type="MIT-DENY", what="No contract with the agency.")
    assert "denial_missing" in lacks(company, case_id)

    company.writes(case_id, "denial", DIEGO, **{**DENIAL, "mitigation": str(number)})
    assert "denial_unsigned" in lacks(company, case_id)
    company.writes(case_id, "denial_signed", NOOR, denial="1", why="Schools keep their access.")
    assert not lacks(company, case_id) & {"denial_missing", "denial_unsigned"}

    company.now += timedelta(days=1)
    company.writes(case_id, "denial", DIEGO, 1, **{**DENIAL, "mitigation": str(number), "notice": "None"})
    assert "denial_unsigned" in lacks(company, case_id), "what changed after it was signed is signed again"


def test_s49_a_risk_that_nobody_takes_care_of_is_in_the_digest_after_a_week(company: Company):
    company.opens("Old")
    company.passes(days=8)
    second = company.opens("New")

    assert told(company).openly["no_action"] == 1

    company.passes(days=8)
    company.describes(second)
    company.mitigates(second)
    assert told(company).openly["no_action"] == 1


def test_s14_gaps_are_counted_apart_and_each_case_that_has_one_is_in_the_digest(company: Company):
    numbers = [company.opens(name) for name in ("One", "Two", "Three")]
    for number, kind in zip(numbers, ("CANNOT", "NOT_YET", "NOT_YET"), strict=True):
        fields = {"risk": "1", "kind": kind, "why": "Nobody knows how.", "decided_by": NOOR, "told": "The team"}
        company.writes(number, "gap", NOOR, **fields, review_on=company.day(20))

    found = told(company)

    assert (found.openly["cannot"], found.openly["not_yet"]) == (1, 2)
    assert {case.id for case in found.gaps} == set(numbers)
    assert all(not each.is_credited(company.now) for each in company.living(numbers[0]).facts.mitigations)


def test_s22_commercial_pressure_is_counted_in_the_digest_and_lowers_nothing(company: Company):
    case_id = company.opens()
    before = company.case(case_id).level

    company.writes(case_id, "D25", DIEGO, present="YES", what="Two others have launched it.")

    assert told(company).openly["pressure"] == 1
    assert company.case(case_id).level == before


def test_s33_a_view_that_differs_reaches_the_digest_and_stands_in_nobodys_way(company: Company):
    case_id = company.opens()
    company.fills(case_id)
    company.writes(case_id, "dissent", AMINA, who="The couriers", why="A month is too long.")

    assert told(company).openly["dissent"] == 1
    company.acknowledges(case_id)
    assert company.decides(case_id, Outcome.GO).state == "tracked"


@pytest.mark.parametrize("party", ["EXPERT", "ACADEMIC", "CIVIL_SOCIETY"])
def test_s67_experts_do_not_stand_for_those_affected_s34(company: Company, party: str):
    case_id = company.opens()
    company.writes(case_id, "engagement", NOOR, **{**ENGAGEMENT, "party": party})
    assert "engagement_missing" in lacks(company, case_id)


@pytest.mark.parametrize("party", ["AFFECTED", "REPRESENTATIVE", "WORKERS", "EMERGING"])
def test_s92_a_group_that_is_only_forming_counts_like_any_other_that_speaks_for_itself(company: Company, party: str):
    case_id = company.opens()
    company.writes(case_id, "engagement", NOOR, **{**ENGAGEMENT, "party": party})
    assert "engagement_missing" not in lacks(company, case_id)


def test_s71_what_was_learned_and_what_changed_is_said_or_why_nobody_was_asked(company: Company):
    case_id = company.opens()
    with pytest.raises(BadAnswers) as refusal:
        company.writes(case_id, "engagement", NOOR, party="AFFECTED", who="Applicants")
    assert {name for name, _ in refusal.value.fields} == {"learned", "changed"}

    with pytest.raises(BadAnswers) as refusal:
        company.writes(case_id, "engagement", NOOR, party="NOBODY_YET")
    assert {name for name, _ in refusal.value.fields} == {"why_not", "stand_in", "limits"}


def test_s10_a_tracked_case_is_looked_at_again_in_the_rhythm_of_its_severity(company: Company):
    case_id = company.opens()
    company.fills(case_id)
    company.acknowledges(case_id)

    facts = company.decides(case_id, Outcome.GO)

    assert facts.look_again_at == company.now + company.desk.policy.cadence[facts.severity]


def test_s1_countries_are_all_there_by_code_and_by_name_and_none_is_presumed(company: Company):
    case_id = company.opens()
    assert company.case(case_id).anywhere is True, "nobody said where, so it may be anywhere"

    company.writes(case_id, "places", NOOR, countries="Kenya, ge; South Korea, Timor-Leste")
    assert company.case(case_id).anywhere is False
    assert company.living(case_id).record.of("places")[0].text("countries") == "KE, GE, KR, TL"
    with pytest.raises(BadAnswers):
        company.writes(case_id, "places", NOOR, countries="Atlantis")
    company.writes(case_id, "places", NOOR, countries="")
    assert company.case(case_id).anywhere is True
