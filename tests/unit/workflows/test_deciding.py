"""Decide, against a real database: who may, what comes first, and what is written down by it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prompts import missing
from storage.database import Database
from tests.records import (
    AMINA,
    ANNOYING,
    DIEGO,
    DILEMMA,
    DISCUSSION,
    ENGAGEMENT,
    HIRING,
    ITEMS,
    NOOR,
    REMEDY,
    SAM,
    Company,
    desk_of,
)
from workflows import deciding, record
from workflows.errors import BadAnswer, BadAnswers, Locked, NotFound, Refused
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.rules.locks import to_approve
from workflows.rules.values import Level


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def opened(company: Company, answers: dict[str, Any] = HIRING) -> int:
    """Let Amina send a check, and the owner take the case."""
    number = company.opens(answers=answers)
    company.acknowledges(number)
    return number


def refused(company: Company, number: int, outcome: Outcome = Outcome.GO, **more: Any) -> list[str]:
    """Let the owner decide, in vain; give what is missing."""
    before = len(company.happened(number))
    with pytest.raises(Locked) as told:
        company.decides(number, outcome, **more)
    assert len(company.happened(number)) == before, "nothing was saved"
    assert company.case(number).decision is None
    return [each.id for each in told.value.missing]


def test_s7_a_decision_has_a_named_person_and_a_reason(company: Company) -> None:
    """S7."""
    number = opened(company)
    with pytest.raises(BadAnswers, match="reason"):
        deciding.decide(company.desk, company.sent(number, Act.DECIDE, NOOR), Decision(Outcome.STOP, " "), company.now)
    company.decides(number, Outcome.STOP)

    (event,) = [each for each in company.happened(number) if each.kind == "case.decided"]
    assert (event.actor_id, company.case(number).decided_by) == (NOOR, NOOR)


@pytest.mark.parametrize("who", [AMINA, DIEGO, SAM])
def test_s57_nobody_but_the_owner_and_the_backup_decides(company: Company, who: str) -> None:
    """S7, S57, S59."""
    number = opened(company)
    company.fills(number)

    with pytest.raises((Refused, NotFound)):
        company.decides(number, Outcome.GO, who=who)

    assert company.case(number).decision is None


def test_s8_each_thing_that_is_missing_is_named_until_the_last_is_there(company: Company) -> None:
    """S8, S12, S15, S34, S45, S48: the refusal shrinks with every thing that is written."""
    number = opened(company)
    needed = company.living(number).facts.needed
    steps: list[tuple[str, Callable[[], object]]] = [
        ("risk_not_described", lambda: company.describes(number)),
        ("risk_not_answered", lambda: company.mitigates(number)),
        ("remedy_missing", lambda: company.writes(number, "remedy", **REMEDY)),
        ("engagement_missing", lambda: company.writes(number, "engagement", **ENGAGEMENT)),
        ("discussion_missing", lambda: company.writes(number, "discussion", **DISCUSSION)),
        ("alternatives_missing", lambda: company.writes(number, "dilemma", decides=NOOR, by=company.day(9), **DILEMMA)),
    ]

    for name, write in steps:
        assert name in refused(company, number)
        write()
    items = [each for each in needed if each in ITEMS]
    for each in items:
        assert set(refused(company, number)) == {"item_missing"}
        company.writes(number, each, **ITEMS[each])

    assert company.decides(number, Outcome.GO).state == "tracked"


def test_s8_benefits_unlock_nothing_and_are_locked_themselves_until_there_is_an_answer_to_the_risks(
    company: Company,
) -> None:
    """S5, S8."""
    number = opened(company)
    for ask in (
        lambda: company.writes(number, "D19", benefits="It saves a million lives"),
        lambda: record.sheet(company.desk, number, NOOR, "D19", 0, company.now),
    ):
        with pytest.raises(Locked) as told:
            ask()
        assert told.value.problem == "weigh_locked"
        assert [each.id for each in told.value.missing][:2] == ["risk_not_described", "risk_not_answered"]
    company.describes(number)
    company.mitigates(number)
    before = refused(company, number)

    company.writes(number, "D19", benefits="It saves a million lives", kept="YES")
    company.writes(number, "D25", present="YES", what="Two others ship it next week")

    assert refused(company, number) == before, "benefit and pressure change nothing"
    assert company.case(number).level == Level.L2


def test_s8_conditions_answer_what_has_no_answer_yet_and_plan_its_check(company: Company) -> None:
    """S8, S13, S20: a condition is a mitigation, unproven, that any change of context puts in doubt."""
    number = opened(company)
    company.fills(number)
    company.writes(number, "ended", part="mitigation", entry="1", why="Only an idea")
    assert set(refused(company, number)) == {"risk_not_answered", "check_not_planned"}
    day = (company.now + timedelta(days=30)).date()

    company.decides(
        number, Outcome.CONDITIONS, conditions="One\nTwo", condition_type="MIT-TEST", keeper=SAM, check_on=day
    )

    made = company.living(number).facts.mitigations
    assert [(each.owner, each.evidence, each.status(company.now)) for each in made] == [(SAM, "EV1", "unproven")] * 2
    assert [each.number for each in made] == [2, 3], "the number of one that ended is not used again"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"condition_type": "MIT-DENY"}, "condition_type"),
        ({"condition_type": "MIT-OF-A-LATER-VERSION"}, "condition_type"),
        ({"keeper": "U0GONE"}, "keeper"),
    ],
)
def test_s21_nobody_is_cut_off_by_a_condition_and_nobody_who_is_away_looks_after_one(
    company: Company, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], field: str
) -> None:
    number = opened(company)
    company.fills(number)
    monkeypatch.setattr(type(company.desk), "can_answer", lambda _desk, person, _now: person != "U0GONE")
    given = {"conditions": "One", "condition_type": "MIT-TEST", "keeper": SAM}
    day = (company.now + timedelta(days=30)).date()

    with pytest.raises((BadAnswer, BadAnswers)) as told:
        company.decides(number, Outcome.CONDITIONS, check_on=day, **{**given, **changed})

    assert told.value.field == field
    assert company.case(number).decision is None


def test_s21_a_record_that_cuts_people_off_waits_for_those_who_are_cut_off_and_for_a_lead(company: Company) -> None:
    """S21, S23."""
    number = opened(company, ANNOYING)
    assert company.case(number).level == Level.L1
    company.describes(number, DIEGO)
    deny = company.mitigates(number, DIEGO, type="MIT-DENY")
    assert company.case(number).level == Level.L2, "it is a lead's from here on"
    company.acknowledges(number)
    company.fills(number)
    assert refused(company, number) == ["denial_missing"]

    denial = {"mitigation": str(deny), "who": "Sellers", "lose": "Their income", "irreversible": "NO"}
    with pytest.raises(BadAnswers) as told:
        company.writes(number, "denial", DIEGO, **denial)
    assert dict(told.value.fields) == {"notice": "field_missing", "appeal": "field_missing"}
    company.writes(number, "denial", DIEGO, notice="Thirty days", appeal="A letter is answered in a week", **denial)
    assert refused(company, number) == ["denial_unsigned"]

    with pytest.raises(Refused, match="lead_only"):
        company.writes(number, "denial_signed", DIEGO, denial="1", why="It is fair.")
    company.writes(number, "denial_signed", NOOR, denial="1", why="It is fair.")
    company.decides(number, Outcome.GO)


def test_s16_every_decision_leaves_a_statement_and_a_code_behind(company: Company) -> None:
    """S16, S22."""
    number = opened(company)
    company.decides(number, Outcome.HOLD, hold_until=(company.now + timedelta(days=20)).date())

    said = company.living(number).record.one("communication")
    assert said is not None
    assert said.ids("codes") == ("COM-INT",)
    assert "Ranking" in said.text("statement")
    assert said.by is None, "it is a draft of the bot's until somebody writes it"


def test_s41_that_something_is_legal_lowers_nothing_and_a_conflict_of_laws_goes_to_a_lead(company: Company) -> None:
    """S41."""
    number = opened(company, ANNOYING)
    assert company.case(number).level == Level.L1

    company.writes(number, "D13", DIEGO, required="YES", differs="NO")
    assert company.case(number).level == Level.L1
    company.writes(number, "D13", DIEGO, required="YES", differs="YES")

    assert (company.case(number).level, company.case(number).owner_id) == (Level.L2, NOOR)
    company.writes(number, "D13", NOOR, required="YES", differs="NO")
    assert company.case(number).level == Level.L2, "nothing is lowered silently"


def test_s48_a_discussion_takes_two_and_one_of_them_a_lead_who_did_not_send_the_check(company: Company) -> None:
    """S48."""
    number = opened(company)
    for people, expected in (([NOOR], "two_people"), ([DIEGO, SAM], "no_lead_there")):
        with pytest.raises(BadAnswers) as told:
            company.writes(number, "discussion", **{**DISCUSSION, "people": people})
        assert ("people", expected) in told.value.fields
    with pytest.raises(Refused, match="holder_only"):
        company.writes(number, "discussion", AMINA, **DISCUSSION)


def test_s45_a_choice_has_two_ways_at_least_and_somebody_who_decides_by_a_day(company: Company) -> None:
    """S45."""
    number = opened(company)
    with pytest.raises(BadAnswers) as told:
        company.writes(number, "dilemma", **{**DILEMMA, "options": "Go on"})

    assert dict(told.value.fields) == {
        "options": "two_options",
        "decides": "field_missing",
        "by": "field_missing",
    }


NUMBERS = count(1)
PIECES = ("describes", "mitigates", "remedy", "engagement", "discussion", "dilemma", "items", "benefits")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=st.sets(st.sampled_from(PIECES), min_size=len(PIECES) - 3))
def test_s8_an_approval_is_possible_exactly_when_nothing_is_missing(db: Database, some: set[str]) -> None:
    """S8, promise 2."""
    company = Company(desk_of(db))
    number = company.opens(f"R{next(NUMBERS)}")
    company.acknowledges(number)
    for piece in PIECES:
        if piece in some:
            _writes(company, number, piece)
    found = company.living(number)
    lacks = to_approve(found.record, found.facts, company.now)

    if lacks:
        assert refused(company, number) == [each.id for each in lacks]
        assert all(missing(each.id, number=each.entry or each.about, item="D02", question="?") for each in lacks)
    else:
        assert company.decides(number, Outcome.GO).state == "tracked"
    assert bool(lacks) == (not set(PIECES) - {"benefits"} <= some)


def _writes(company: Company, number: int, piece: str) -> None:
    if piece == "describes":
        company.describes(number)
    elif piece == "mitigates":
        company.mitigates(number)
    elif piece == "items":
        for item in company.living(number).facts.needed:
            if item in ITEMS:
                company.writes(number, item, **ITEMS[item])
    elif piece == "benefits":
        with suppress(Locked):
            company.writes(number, "D19", benefits="Many people find work sooner.")
    else:
        fields = {"remedy": REMEDY, "engagement": ENGAGEMENT, "discussion": DISCUSSION, "dilemma": DILEMMA}[piece]
        more = {"decides": NOOR, "by": company.day(10)} if piece == "dilemma" else {}
        company.writes(number, piece, **fields, **more)


def test_the_same_decision_that_arrives_twice_is_one(company: Company) -> None:
    number = opened(company)
    company.fills(number)
    sent = company.sent(number, Act.DECIDE, NOOR)
    decision = Decision(Outcome.GO, "As we discussed.")

    first = deciding.decide(company.desk, sent, decision, company.now)
    second = deciding.decide(company.desk, replace(sent), decision, company.now)

    assert first == second
    assert [each.kind for each in company.happened(number)].count("case.decided") == 1
