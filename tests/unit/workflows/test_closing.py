"""Close a record and speak about it, against a real database: nothing is left empty and nobody is put in danger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from prompts import problem
from storage.database import Database
from tests.records import (
    AMINA,
    DISCUSSION,
    HIRING,
    NOOR,
    RUTH,
    SAM,
    Company,
    desk_of,
)
from workflows import case as acts
from workflows import deciding
from workflows.errors import BadAnswers, Locked, Refused
from workflows.rules.case import Act
from workflows.rules.decision import Outcome

GRAVE = {**HIRING, "M4": 4, "M6": 3}
"""SEV4."""


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def opened(company: Company, answers: dict[str, Any] = HIRING) -> int:
    """Let Amina send a check, and the owner take the case."""
    number = company.opens(answers=answers)
    company.acknowledges(number)
    return number


def closes(company: Company, number: int, who: str | None = None) -> None:
    by = who or str(company.case(number).owner_id)
    deciding.close(company.desk, company.sent(number, Act.CLOSE, by), company.now)


def talks_at_the_end(company: Company, number: int, who: str = NOOR) -> None:
    company.writes(number, "communication", who, codes=["COM-INT"], why="It is ours alone.")
    company.writes(number, "discussion", who, **{**DISCUSSION, "moment": "CLOSING"})


def test_s27_a_grave_case_begins_with_holding_everything_back_and_speaks_after_two_reviews(company: Company) -> None:
    """S26, S27."""
    number = opened(company, GRAVE)
    company.decides(number, Outcome.HOLD, hold_until=(company.now + timedelta(days=20)).date())
    said = company.living(number).record.one("communication")
    assert said is not None
    assert said.ids("codes") == ("COM-HOLD",)
    outward = {
        "codes": ["COM-PUB"],
        "pattern": "AGGREGATE",
        "why": "People should know.",
        "statement": said.text("statement"),
    }

    for reviewer, expected in ((None, "safety_second"), (RUTH, "safety_second"), (NOOR, "safety_outside")):
        if reviewer:
            reviews = dict.fromkeys(("affected", "defenders", "staff", "partners"), "Nobody is named.")
            company.writes(number, "safety_review", reviewer, judgement="SAFE", **reviews)
        with pytest.raises(BadAnswers) as told:
            company.writes(number, "communication", RUTH, **outward)
        assert ("codes", expected) in told.value.fields
        assert problem(expected)
    company.writes(number, "invited", RUTH, person=SAM)
    reviews = dict.fromkeys(("affected", "defenders", "staff", "partners"), "Nobody is named.")
    company.writes(number, "safety_review", SAM, judgement="SAFE", **reviews)
    company.writes(number, "communication", RUTH, **outward)


def test_s9_a_record_lives_on_after_a_go_and_closes_when_it_is_whole(company: Company) -> None:
    """S9, S13, S48."""
    number = opened(company)
    with pytest.raises(Refused, match="not_decided_yet"):
        closes(company, number)
    company.fills(number)
    company.decides(number, Outcome.GO)

    with pytest.raises(Locked) as told:
        closes(company, number)
    assert told.value.case_id == number
    assert [each.id for each in told.value.missing] == ["communication_missing", "discussion_closing"]
    talks_at_the_end(company, number)
    closes(company, number)

    assert company.case(number).state == "closed"
    with pytest.raises(Refused, match="record_closed"):
        company.describes(number)
    company.passes(hours=1)
    with pytest.raises(Refused, match="already_closed"):
        closes(company, number)


def test_s9_a_stop_closes_at_once_where_its_record_is_whole_already(company: Company) -> None:
    number = opened(company)
    company.fills(number)
    talks_at_the_end(company, number)

    assert company.decides(number, Outcome.STOP).state == "closed"
    assert company.living(number).record.then.state == "closed"


def test_s17_a_grave_case_does_not_close_before_it_is_said_whether_it_is_reported(company: Company) -> None:
    """S14, S17."""
    number = opened(company, GRAVE)
    company.describes(number)
    company.decides(number, Outcome.STOP)
    company.writes(number, "communication", RUTH, codes=["COM-HOLD"], why="A review comes first.")
    company.writes(number, "discussion", RUTH, **{**DISCUSSION, "moment": "CLOSING"})
    with pytest.raises(Locked) as told:
        closes(company, number)
    assert [each.id for each in told.value.missing] == ["formal_missing"]

    with pytest.raises(Refused, match="lead_only"):
        company.writes(number, "formal", AMINA, report="NO", why="No.")
    with pytest.raises(BadAnswers, match="where"):
        company.writes(number, "formal", NOOR, report="YES", why="The law asks for it.")
    company.writes(number, "formal", NOOR, report="NO", why="Nothing was launched.")
    closes(company, number)


def test_s25_remedy_is_delivered_when_those_who_were_harmed_say_so_or_it_is_said_why_they_cannot(
    company: Company,
) -> None:
    """S15, S24, S25."""
    number = opened(company, {**HIRING, "M7": 4})
    owner = str(company.case(number).owner_id)
    contained = company.sent(number, Act.CONTAIN, owner)
    acts.contain(company.desk, contained, company.now)
    company.fills(number)
    company.decides(number, Outcome.STOP)
    talks_at_the_end(company, number)
    with pytest.raises(Locked) as told:
        closes(company, number)
    assert [each.id for each in told.value.missing] == ["remedy_not_delivered"]

    with pytest.raises(BadAnswers, match="confirmed_by"):
        company.writes(number, "remedy_done", owner, remedy="1", how="We wrote to them.")
    company.writes(number, "remedy_done", owner, remedy="1", confirmed_by="AFFECTED", how="They wrote back.")
    closes(company, number)


def test_s33_dissent_is_kept_through_the_decision_and_the_end(company: Company) -> None:
    """S33."""
    number = opened(company)
    company.fills(number)
    company.writes(number, "dissent", AMINA, who="The night shift", why="Nobody asked us.")
    talks_at_the_end(company, number)
    company.decides(number, Outcome.GO)
    closes(company, number)

    assert [each.text("why") for each in company.living(number).record.of("dissent")] == ["Nobody asked us."]
