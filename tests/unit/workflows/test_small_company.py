"""Who may judge whose case: a company of three (S2), and how a level is lowered (T8)."""

from __future__ import annotations

import pytest

from bot.playground.run import example_policy
from storage.database import Database
from storage.models import Outbox
from tests.records import (
    AMINA,
    DIEGO,
    DILEMMA,
    DISCUSSION,
    ENGAGEMENT,
    HIRING,
    ITEMS,
    NOOR,
    REMEDY,
    RUTH,
    SAM,
    Company,
    desk_of,
)
from tests.year import Paper, without_engine
from workflows import case as acts
from workflows import deciding, dossier
from workflows.errors import BadAnswer, BadAnswers, NotFound, Refused
from workflows.policy import Policy, load_policy
from workflows.rules.case import Act
from workflows.rules.decision import Outcome
from workflows.rules.values import Level


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def closes(company: Company, number: int, who: str | None = None) -> None:
    by = who or str(company.case(number).owner_id)
    deciding.close(company.desk, company.sent(number, Act.CLOSE, by), company.now)


def small() -> Policy:
    """Three people: Diego builds, Noor is the only human rights lead, Ruth leads. Sam reviews from outside."""
    raw = load_policy(example_policy())
    seats = {
        "product_lead": raw.roles["product_lead"].model_copy(update={"owner": DIEGO, "backup": RUTH}),
        "human_rights_lead": raw.roles["human_rights_lead"].model_copy(update={"owner": NOOR, "backup": None}),
        "executive_board": raw.roles["executive_board"].model_copy(update={"owner": RUTH, "backup": None}),
    }
    return raw.model_copy(update={"roles": seats, "regions": {}, "outside_reviewers": frozenset({SAM})})


def test_s2_in_a_company_of_three_a_serious_case_of_the_only_lead_can_close(db: Database) -> None:
    """S2: the executive decides, somebody from outside is the lead who talks, and nobody approves their own."""
    company = Company(desk_of(db, small()))
    number = company.opens(who=NOOR)
    case = company.case(number)
    assert (case.level, case.owner_id) == (Level.L2, RUTH)
    company.acknowledges(number)
    _fills_small(company, number)

    with pytest.raises(Refused, match="not_yours"):
        company.decides(number, Outcome.GO, who=NOOR)
    with pytest.raises(BadAnswer, match="own_check"):
        acts.reassign(company.desk, company.sent(number, Act.REASSIGN, RUTH), NOOR, company.now)
    company.decides(number, Outcome.GO)
    company.writes(number, "communication", RUTH, codes=["COM-INT"], why="It is ours alone.")
    company.writes(number, "discussion", RUTH, **{**DISCUSSION, "moment": "CLOSING", "people": [RUTH, SAM]})
    closes(company, number)

    assert (company.case(number).state, company.case(number).decided_by) == ("closed", RUTH)


def _fills_small(company: Company, number: int) -> None:
    """Fill the record; who talks is Ruth with the reviewer from outside."""
    company.describes(number)
    company.mitigates(number)
    with pytest.raises(BadAnswers, match="people"):
        company.writes(number, "discussion", RUTH, **{**DISCUSSION, "people": [NOOR, RUTH]})
    company.writes(number, "discussion", RUTH, **{**DISCUSSION, "people": [RUTH, SAM]})
    company.writes(number, "engagement", **ENGAGEMENT)
    company.writes(number, "remedy", **REMEDY)
    company.writes(number, "dilemma", decides=RUTH, by=company.day(10), **DILEMMA)
    for item in company.living(number).facts.needed:
        if item in ITEMS:
            company.writes(number, item, **ITEMS[item])


def handed_back(company: Company, number: int, who: str, reason: str = "Two readers are there now.") -> None:
    sent = acts.Sent(number, who, Act.HAND_BACK, reason, f"window {who} {reason}")
    acts.hand(company.desk, sent, company.now)


def test_s57_only_a_human_rights_lead_lowers_a_level_with_a_reason_and_the_submitter_is_told(company: Company) -> None:
    """S57, S59, T8."""
    number = company.opens(answers={**HIRING, "M1": ["CHG-FEATURE"], "M2": ["GRP-USERS"]})
    for who in (AMINA, DIEGO, SAM):
        with pytest.raises((Refused, NotFound)):
            handed_back(company, number, who)
    with pytest.raises(BadAnswer, match="reason"):
        handed_back(company, number, NOOR, " ")
    assert company.case(number).level == Level.L2

    handed_back(company, number, NOOR)

    event = company.happened(number)[-1]
    assert (company.case(number).level, event.kind, event.actor_id) == (Level.L1, "case.handed_back", NOOR)
    with company.desk.db.read() as session:
        from sqlmodel import select

        rows = session.exec(select(Outbox)).all()
    assert [row.lane for row in rows if row.kind == "moved"] == [AMINA]


def test_s59_what_silence_took_to_the_top_its_executive_does_not_hand_back(db: Database) -> None:
    """S57, S59, T8: silence moves up, and only a human rights lead brings down what it moved."""
    company = Company(desk_of(db, small()))
    number = company.opens(answers={**HIRING, "M1": ["CHG-FEATURE"], "M2": ["GRP-USERS"]})
    lives = without_engine(company.desk, Paper())
    while company.case(number).level < Level.L3:
        company.passes(hours=12)
        lives(company.now)
    assert (company.case(number).owner_id, company.case(number).rule_level) == (RUTH, Level.L2)

    assert Act.HAND_BACK not in dossier.view(company.desk, number, RUTH, company.now).card.acts
    with pytest.raises(Refused, match="needs_lead"):
        handed_back(company, number, RUTH)
    assert company.case(number).level == Level.L3

    handed_back(company, number, NOOR)
    assert company.case(number).level == Level.L2


def test_s59_in_a_small_company_who_reviews_from_outside_lowers_what_its_only_lead_raised(db: Database) -> None:
    """S2, S59."""
    company = Company(desk_of(db, small()))
    number = company.opens(answers={**HIRING, "M1": ["CHG-FEATURE"], "M2": ["GRP-USERS"]}, who=NOOR)
    assert company.case(number).owner_id == RUTH
    acts.hand(company.desk, acts.Sent(number, RUTH, Act.HAND_UP, "A second look.", "up"), company.now)
    company.writes(number, "invited", RUTH, person=SAM)

    for who in (RUTH, NOOR):
        with pytest.raises(Refused):
            handed_back(company, number, who)
    handed_back(company, number, SAM)

    assert company.case(number).level == Level.L2


def test_s58_nobody_lowers_a_case_below_what_its_facts_ask_for(company: Company) -> None:
    """S58, S59: facts raise what ratings call mild, and there it stays."""
    mild = {**HIRING, "M3": ["CTX-NOCHOICE"], "M4": 1, "M5": 1, "M6": 1}
    number = company.opens(answers=mild)
    assert (company.case(number).level, company.case(number).floor_level) == (Level.L2, Level.L2)

    with pytest.raises(Refused, match="below_floor"):
        handed_back(company, number, NOOR)

    assert company.case(number).level == Level.L2
