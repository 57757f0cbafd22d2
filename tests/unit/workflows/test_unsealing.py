"""What is sealed is read whole by those who may, is gone once it is ended, and is not told by what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from storage.database import Database
from tests.records import AMINA, NOOR, Company, desk_of
from workflows import deciding, dossier
from workflows.errors import BadAnswer, BadAnswers
from workflows.rules.decision import Decision, Outcome
from workflows.unsealing import MET, met, unseal

NAME = "Ana Kovac"


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def left(company: Company, case_id: int) -> list[str]:
    return [each.text for each in unseal(company.desk, case_id, NOOR, company.now)[1]]


def test_s26_to_end_a_sealed_entry_erases_what_was_written_in_it_before_too(company: Company):
    number = company.opens()
    company.writes(number, "sealed", names=NAME)
    company.writes(number, "sealed", names="Petra Novak")
    company.writes(number, "sealed", NOOR, 1, names="Josip Horvat")
    assert left(company, number) == ["Petra Novak", "Josip Horvat"]

    company.writes(number, "ended", part="sealed", entry="1", why="She is safe now")

    assert left(company, number) == ["Petra Novak"]


def test_s26_a_past_day_still_says_that_something_was_sealed(company: Company):
    number = company.opens()
    company.writes(number, "sealed", names=NAME)
    then = company.now
    company.passes(days=2)
    company.writes(number, "sealed", NOOR, 1, names="Josip Horvat")

    seen = dossier.view(company.desk, number, NOOR, company.now).record
    assert seen is not None
    assert seen.seals == 1
    assert company.living(number, then).record.entry("sealed", 1) is not None
    assert left(company, number) == ["Josip Horvat"]


def test_s26_a_name_of_another_open_launch_is_not_sealed(company: Company):
    number = company.opens()
    company.sends("harbor-photos", "Falcon", {"M1": ["CHG-UI"]})
    company.opens("Falcon face search", who=AMINA)

    with pytest.raises((BadAnswer, BadAnswers)) as refused:
        company.writes(number, "sealed", names="Falcon")

    assert refused.value.problem == "name_in_use"


def test_s26_a_statement_refused_for_a_sealed_name_leaves_a_trace_without_words(company: Company):
    number = company.opens()
    company.writes(number, "sealed", names=NAME)

    met(company.desk, number, NOOR, BadAnswers([("why", "missing_answer"), ("statement", "sealed_name")]), company.now)
    met(company.desk, number, NOOR, BadAnswers([("why", "missing_answer")]), company.now)
    met(company.desk, 999, NOOR, BadAnswers([("statement", "sealed_name")]), company.now)

    (event,) = [each for each in company.happened(number) if each.kind == MET]
    assert (event.actor_id, event.data) == (NOOR, {})


def test_s16_the_draft_of_a_statement_leaves_out_a_risk_that_names_somebody_sealed(company: Company):
    number = company.opens()
    company.describes(number)
    company.fills(number)
    decision = Decision(Outcome.GO, "All is said", "", "", None, date(2026, 4, 1), None)
    risk = company.living(number).record.entry("risk", 1)
    assert risk is not None
    assert risk.text("what")[:40] in deciding.statement_draft(company.desk, company.living(number), decision)

    company.writes(number, "risk", NOOR, 1, **{**risk.fields, "what": f"{NAME} could be found"})
    company.writes(number, "sealed", names=NAME)

    draft = deciding.statement_draft(company.desk, company.living(number), decision)
    assert "Kovac" not in draft
    assert "Ranking" in draft
