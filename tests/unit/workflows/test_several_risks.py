"""A case with several risks: what one of them asks for is asked for, also where another is graver (promises 1, 2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import timers
from storage.database import Database
from tests.records import ANNOYING, HIRING, NOOR, REMEDY, RISK, RUTH, Company, desk_of
from workflows import case as acts
from workflows import dossier
from workflows.errors import Locked
from workflows.rules.case import Act
from workflows.rules.decision import Outcome
from workflows.rules.locks import first_communication, to_approve
from workflows.rules.values import Level, Likelihood, Severity

LIKELY_AND_GRAVE = {**HIRING, "M4": 4, "M6": 4, "M7": 3}
"""SEV4 and likely: L3, and nobody is harmed yet."""
HAPPENS = {**RISK, "scale": "3", "likelihood": "4", "groups": ["GRP-USERS"]}
"""SEV3, and it is happening: milder than what is likely, and graver than nothing."""


@pytest.fixture
def company(db: Database) -> Company:
    """A company in which nothing happens by itself."""
    return Company(desk_of(db))


def lacks(company: Company, case_id: int) -> set[str]:
    """Give what is missing before an approval."""
    found = company.living(case_id)
    return {each.id for each in to_approve(found.record, found.facts, found.at)}


def clocks(company: Company, case_id: int) -> set[str]:
    """Give the kinds of clocks that run."""
    with company.desk.db.read() as session:
        return {each.kind for each in timers.of_case(session, case_id)}


def contains(company: Company, case_id: int) -> None:
    """Let the owner say that the harm is stopped."""
    owner = str(company.case(case_id).owner_id)
    acts.contain(company.desk, company.sent(case_id, Act.CONTAIN, owner), company.now)


def test_harm_that_is_happening_is_stopped_first_also_where_something_graver_is_likely(company: Company):
    """T7."""
    case_id = company.opens(answers=LIKELY_AND_GRAVE)
    company.fills(case_id)
    company.acknowledges(case_id)
    assert company.case(case_id).contain_due_at is None

    company.writes(case_id, "risk", NOOR, **HAPPENS)

    case, found = company.case(case_id), company.living(case_id)
    assert (case.severity, case.likelihood) == (Severity.SEV4, Likelihood.LIKELY), "the graver risk still leads"
    assert case.contain_due_at == company.now + timedelta(hours=24)
    assert "contain" in clocks(company, case_id)
    assert (found.facts.harm_goes_on, found.facts.had_harm) == (True, True)
    with pytest.raises(Locked) as refusal:
        company.decides(case_id, Outcome.GO)
    assert "contain_first" in {each.id for each in refusal.value.missing}
    shown = dossier.view(company.desk, case_id, RUTH, company.now).card
    assert any("It has happened to someone" in each for each in shown.reasons)


def test_harm_of_a_lesser_risk_is_stopped_once_and_again_when_it_is_told_anew(company: Company):
    """T7."""
    case_id = company.opens(answers=LIKELY_AND_GRAVE)
    number = company.writes(case_id, "risk", NOOR, **HAPPENS).number
    contains(company, case_id)
    company.passes(minutes=1)
    company.describes(case_id)
    nuisance = dict.fromkeys(("scale", "scope", "irremediability"), "1")
    company.writes(case_id, "risk", NOOR, **{**RISK, **nuisance, "likelihood": "4", "groups": ["GRP-USERS"]})
    assert company.case(case_id).contained_at is not None, "nothing new harms anybody"

    company.writes(case_id, "risk", NOOR, number, **{**HAPPENS, "likelihood": "2"})
    company.passes(minutes=1)
    company.writes(case_id, "risk", NOOR, number, **HAPPENS)

    assert company.case(case_id).contained_at is None
    assert "contain" in clocks(company, case_id)


def test_a_nuisance_that_happens_starts_no_clock_beside_a_grave_risk(company: Company):
    case_id = company.opens(answers=LIKELY_AND_GRAVE)
    nuisance = {**dict.fromkeys(("scale", "scope", "irremediability"), "1"), "groups": ["GRP-USERS"]}

    company.writes(case_id, "risk", NOOR, **{**RISK, **nuisance, "likelihood": "4"})

    assert company.case(case_id).contain_due_at is None


def test_people_are_warned_where_a_lesser_risk_harms_them(company: Company):
    """S16, T7."""
    case_id = company.opens(answers={**HIRING, "M7": 3})
    found = company.living(case_id)
    assert first_communication(found.facts.severity, found.finding) == "COM-INT"

    company.writes(case_id, "risk", NOOR, **{**HAPPENS, "scale": "2"})

    found = company.living(case_id)
    assert found.finding.severity == Severity.SEV3
    assert first_communication(found.facts.severity, found.finding) == "COM-AFF"


PROVEN = {
    **HIRING,
    "M4": 4,
    "M7": 3,
    "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV3"}]},
}
"""SEV4 with proof: graver than any other risk, and no plan for remedy is asked for because of it."""


def proven(company: Company) -> int:
    """A case whose first and gravest risk has a mitigation that is shown to work."""
    case_id = company.opens(answers=PROVEN)
    company.fills(case_id)
    assert not company.living(case_id).finding.remedy_plan_required
    assert not company.living(case_id).record.of("remedy")
    return case_id


@pytest.mark.parametrize("why", ["nothing is proven", "a gap"])
def test_s15_a_plan_for_remedy_is_needed_where_any_risk_asks_for_one(company: Company, why: str):
    """S15."""
    case_id = proven(company)
    assert "remedy_missing" not in lacks(company, case_id)

    number = company.writes(case_id, "risk", NOOR, **RISK).number
    if why == "a gap":
        company.mitigates(case_id, risk=str(number), evidence="EV3")
        fields = {"kind": "CANNOT", "why": "Nobody knows how.", "decided_by": NOOR, "told": "The team"}
        company.writes(case_id, "gap", NOOR, risk=str(number), review_on=company.day(20), **fields)
    found = company.living(case_id)

    assert (found.finding.severity, found.facts.level) == (Severity.SEV4, Level.L3), "the first risk still leads"
    assert "remedy_missing" in lacks(company, case_id)
    assert "D22" in found.facts.needed
    assert dossier.view(company.desk, case_id, RUTH, company.now).card.remedy_plan_required
    company.writes(case_id, "remedy", NOOR, **REMEDY)
    assert "remedy_missing" not in lacks(company, case_id)


def test_the_longer_form_opens_where_any_risk_asks_for_it(company: Company):
    case_id = company.opens(answers={**ANNOYING, "M4": 3, "M7": 1})
    assert not company.living(case_id).finding.deep_form

    unknown = {"scale": "2", "scope": "1", "irremediability": "DK", "likelihood": "1"}
    company.writes(case_id, "risk", NOOR, **{**RISK, **unknown})

    found = company.living(case_id).finding
    assert (found.level, found.deep_form) == (Level.L1, True)


def test_what_is_gravest_asks_for_its_own_care_also_where_something_milder_is_nearer(company: Company):
    case_id = company.opens(answers={**HIRING, "M7": 4})
    before = company.living(case_id)
    assert (before.finding.level, before.finding.severity) == (Level.L3, Severity.SEV3)

    company.writes(case_id, "risk", NOOR, **{**RISK, "scale": "4", "irremediability": "4", "likelihood": "1"})

    after = company.living(case_id)
    assert after.finding.severity == Severity.SEV4, "though it is far off"
    assert company.case(case_id).severity == Severity.SEV4
    assert first_communication(after.facts.severity, after.finding) == "COM-HOLD"
    assert after.facts.harm_goes_on, "and what happens is stopped first all the same"
