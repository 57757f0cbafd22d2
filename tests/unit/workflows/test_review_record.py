"""What a review of the living record found, each as it was found (promises 2, 3, 4, 6; S13, S20, S26; T7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import timers
from storage.database import Database
from tests.records import AMINA, ANNOYING, DIEGO, ENGAGEMENT, HIRING, NOOR, RISK, RUTH, SAM, Company, desk_of
from tests.year import Paper, without_engine
from workflows import case as acts
from workflows import context
from workflows.context_values import Change
from workflows.errors import BadAnswer, BadAnswers, Locked
from workflows.rules.case import Act
from workflows.rules.decision import Outcome
from workflows.rules.locks import to_approve, to_stand
from workflows.rules.mitigations import Mitigation
from workflows.rules.values import Level

HAPPENING = {**HIRING, "M7": 4}


@pytest.fixture
def company(db: Database) -> Company:
    """A company in which nothing happens by itself."""
    return Company(desk_of(db))


def approved(company: Company, answers: dict | None = None) -> int:
    """A case that was written down, and goes ahead."""
    case_id = company.opens(answers=answers or HIRING)
    company.fills(case_id)
    company.acknowledges(case_id)
    company.decides(case_id, Outcome.GO)
    company.passes(hours=1)
    return case_id


def changes(company: Company, signal: str, **more: tuple[str, ...]) -> None:
    """Something changes in the world, everywhere, and has its effect."""
    given = {"countries": (), "products": (), "customers": (), "defeats": (), **more}
    company.passes(minutes=1)
    change = Change(signal=signal, what="It was in the news.", since=company.now.date(), key=f"{company.now}", **given)
    context.save(company.desk, change, company.now)
    without_engine(company.desk, Paper())(company.now)
    company.passes(minutes=1)


def mitigation(company: Company, case_id: int, number: int = 1) -> Mitigation:
    """Read one mitigation."""
    return next(each for each in company.living(case_id).facts.mitigations if each.number == number)


def answers(company: Company, case_id: int, effect: str, **more: str) -> None:
    """Diego says whether the first mitigation works."""
    fields = {"mitigation": "1", "effect": effect, "evidence": "EV3", "shown_by": "A test.", "context_changed": "NO"}
    company.writes(case_id, "recheck", DIEGO, **{**fields, **more})


def clocks(company: Company, case_id: int) -> set[str]:
    """Give the kinds of clocks that run."""
    with company.desk.db.read() as session:
        return {each.kind for each in timers.of_case(session, case_id)}


def test_harm_that_goes_on_is_asked_about_after_a_stop_and_can_be_said_to_have_stopped(company: Company):
    case_id = company.opens(answers=HAPPENING)
    company.acknowledges(case_id)
    company.decides(case_id, Outcome.STOP)

    assert "contain" in clocks(company, case_id)
    sent = company.sent(case_id, Act.CONTAIN, str(company.case(case_id).owner_id))
    acts.contain(company.desk, sent, company.now)
    assert "contain" not in clocks(company, case_id)


@pytest.mark.parametrize("signal", ["SIG-COMPLAINT", "SIG-MISUSE"])
def test_harm_that_a_change_reports_is_stopped_first(company: Company, signal: str):
    case_id = approved(company)

    changes(company, signal)

    assert company.case(case_id).contain_due_at is not None
    assert "contain" in clocks(company, case_id)
    company.acknowledges(case_id)
    with pytest.raises(Locked) as refusal:
        company.decides(case_id, Outcome.GO)
    assert "contain_first" in {each.id for each in refusal.value.missing}


def test_a_correction_gives_no_credit_back_and_takes_no_failure_away(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3", signals=["SIG-LAW"])
    changes(company, "SIG-LAW")
    assert not mitigation(company, case_id, number).is_credited(company.now)

    fields = dict(company.living(case_id).record.of("mitigation")[0].fields)
    company.writes(case_id, "mitigation", AMINA, number, **{**fields, "what": "Two people read every refusal."})
    assert not mitigation(company, case_id, number).is_credited(company.now)

    answers(company, case_id, "NOT")
    company.passes(minutes=1)
    company.writes(case_id, "mitigation", AMINA, number, **{**fields, "what": "Two people, really."})
    assert mitigation(company, case_id, number).effect == "NOT"


def test_a_correction_never_puts_a_check_off(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3", next_check=company.day(20))
    first = mitigation(company, case_id, number).check_at
    fields = dict(company.living(case_id).record.of("mitigation")[0].fields)
    company.passes(days=15)
    company.writes(case_id, "mitigation", AMINA, number, **{**fields, "next_check": company.day(80)})

    assert mitigation(company, case_id, number).check_at == first


def test_a_check_that_a_correction_brought_nearer_is_put_off_by_no_later_one(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3", next_check=company.day(20))
    fields = dict(company.living(case_id).record.of("mitigation")[0].fields)
    company.writes(case_id, "mitigation", AMINA, number, **{**fields, "next_check": company.day(6)})
    nearer = mitigation(company, case_id, number).check_at
    company.passes(minutes=1)
    company.writes(case_id, "mitigation", AMINA, number, **{**fields, "next_check": company.day(14)})

    assert mitigation(company, case_id, number).check_at == nearer


def test_evidence_of_years_ago_earns_nothing(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3", evidence_on="2019-01-01")
    assert not mitigation(company, case_id, number).is_credited(company.now)


def test_what_does_not_work_asks_the_owner_of_an_approved_case_again(company: Company):
    case_id = approved(company)
    answers(company, case_id, "NOT")
    assert company.case(case_id).state == "waiting"


def test_an_approval_does_not_stand_while_harm_goes_on(company: Company):
    case_id = approved(company, ANNOYING)
    company.writes(case_id, "risk", AMINA, 1, **{**RISK, "scale": "2", "likelihood": "4", "groups": ["GRP-USERS"]})

    assert company.case(case_id).state == "waiting"
    assert "contain" in clocks(company, case_id)


@pytest.mark.parametrize("what", ["a risk", "an end", "a denial"])
def test_an_approval_that_rests_on_nothing_any_more_is_asked_about_again(company: Company, what: str):
    case_id = approved(company)
    if what == "a risk":
        company.writes(case_id, "risk", NOOR, **{**RISK, "groups": ["GRP-CHILD"]})
    elif what == "an end":
        company.writes(case_id, "ended", NOOR, part="mitigation", entry="1", why="It was never built.")
    else:
        company.mitigates(case_id, type="MIT-DENY")

    assert company.case(case_id).state == "waiting"


def test_rating_a_risk_down_opens_no_lock(company: Company):
    case_id = company.opens()
    mild = dict.fromkeys(("scale", "scope", "irremediability", "likelihood"), "1")
    company.writes(case_id, "risk", AMINA, 1, **{**RISK, **mild})

    found = company.living(case_id)
    assert "risk_not_answered" in {each.id for each in to_approve(found.record, found.facts, found.at)}
    assert company.case(case_id).no_action == 1


def test_a_risk_that_a_lead_had_not_seen_raises_a_level_that_was_lowered(company: Company):
    case_id = company.opens(answers=ANNOYING)
    acts.hand(company.desk, company.sent(case_id, Act.HAND_UP, DIEGO), company.now)
    company.writes(case_id, "risk", NOOR, **{**RISK, "groups": ["GRP-CHILD"], "likelihood": "3"})
    company.passes(minutes=1)
    acts.hand(company.desk, company.sent(case_id, Act.HAND_BACK, NOOR), company.now)
    assert company.case(case_id).level == Level.L1

    company.describes(case_id)
    assert company.case(case_id).level == Level.L1, "words change nothing that a lead had seen"
    company.passes(minutes=1)
    company.writes(case_id, "risk", NOOR, **{**RISK, "groups": ["GRP-HRD"], "likelihood": "3"})
    assert company.case(case_id).level == Level.L2


def test_a_change_that_names_one_type_still_touches_what_depends_on_it(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3", signals=["SIG-LAW"])
    changes(company, "SIG-LAW", defeats=("MIT-RETENTION",))
    assert not mitigation(company, case_id, number).is_credited(company.now)


def test_a_go_waits_until_somebody_looked_at_what_is_in_doubt(company: Company):
    case_id = company.opens()
    company.fills(case_id)
    company.acknowledges(case_id)
    changes(company, "SIG-RESOURCE")

    with pytest.raises(Locked) as refusal:
        company.decides(case_id, Outcome.GO)
    assert "in_doubt" in {each.id for each in refusal.value.missing}


def test_a_gap_whose_review_has_passed_is_looked_at_before_a_go(company: Company):
    case_id = company.opens()
    company.fills(case_id)
    fields = {"risk": "1", "kind": "CANNOT", "why": "Nobody knows how.", "decided_by": NOOR, "told": "The team"}
    company.writes(case_id, "gap", NOOR, **fields, review_on=company.day(10))
    company.passes(days=11)
    found = company.living(case_id)
    assert "gap_overdue" in {each.id for each in to_approve(found.record, found.facts, found.at)}


def test_who_cannot_tell_whether_the_context_changed_earns_no_credit(company: Company):
    case_id = company.opens()
    number = company.mitigates(case_id, evidence="EV3")
    company.passes(days=1)
    answers(company, case_id, "EFFECTIVE", context_changed="DK")
    assert not mitigation(company, case_id, number).is_credited(company.now)


def test_where_the_context_changed_the_picture_is_asked_about_at_once(company: Company):
    case_id = approved(company)
    answers(company, case_id, "EFFECTIVE", context_changed="YES")
    with company.desk.db.read() as session:
        early = [each for each in timers.of_case(session, case_id) if each.key.endswith(":now")]
    assert [each.due_at for each in early] == [company.now]


def test_s26_a_review_counts_for_the_statement_and_the_world_it_reviewed(company: Company):
    case_id = approved(company)
    review = dict.fromkeys(("affected", "defenders", "staff", "partners"), "Nobody can be found by it.")
    said = {"codes": ["COM-PUB"], "pattern": "OPEN", "why": "People ask.", "statement": "The town uses it."}
    company.writes(case_id, "communication", NOOR, **{**said, "codes": ["COM-INT"]})
    company.writes(case_id, "safety_review", AMINA, **review, judgement="SAFE")
    with pytest.raises(BadAnswers):
        company.writes(case_id, "communication", NOOR, **said)
    company.writes(case_id, "safety_review", RUTH, **review, judgement="SAFE")
    company.writes(case_id, "communication", NOOR, **said)

    for other in ("The town uses it in two schools.", ""):
        with pytest.raises(BadAnswers) as refusal:
            company.writes(case_id, "communication", NOOR, **{**said, "statement": other})
        assert refusal.value.fields == (("codes", "safety_missing"),), "nobody reviewed what this writing says"
    company.writes(case_id, "communication", NOOR, **{**said, "why": "People ask often."})

    company.passes(minutes=1)
    changes(company, "SIG-UNREST")
    with pytest.raises(BadAnswers):
        company.writes(case_id, "communication", NOOR, **{**said, "why": "People still ask."})


def test_from_l2_on_only_somebody_of_that_level_is_asked_instead(company: Company):
    case_id = company.opens()
    with pytest.raises(BadAnswer, match="not_at_this_level"):
        acts.reassign(company.desk, company.sent(case_id, Act.REASSIGN, NOOR), SAM, company.now)


def test_a_lead_can_raise_a_case_that_was_decided(company: Company):
    case_id = approved(company)
    acts.hand(company.desk, company.sent(case_id, Act.HAND_UP, NOOR), company.now)
    assert (company.case(case_id).state, company.case(case_id).level) == ("waiting", Level.L3)


def test_a_later_check_that_knows_less_takes_the_credit(company: Company):
    proven = {**HIRING, "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV3"}]}}
    case_id = company.opens(answers=proven)
    assert mitigation(company, case_id).is_credited(company.now)

    company.passes(hours=1)
    company.opens(answers={**HIRING, "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV0"}]}}, who=DIEGO)

    assert not mitigation(company, case_id).is_credited(company.now)
    assert company.living(case_id).finding.remedy_plan_required


def test_silence_about_a_launch_that_was_stopped_does_not_open_it_again(company: Company):
    case_id = company.opens()
    company.acknowledges(case_id)
    assert company.decides(case_id, Outcome.STOP).state == "tracked"
    lives = without_engine(company.desk, Paper())

    for _ in range(120):
        company.passes(days=1)
        lives(company.now)

    case = company.case(case_id)
    assert (case.state, case.decision) == ("tracked", "stop")
    assert clocks(company, case_id), "it is still asked about, until nothing in it is empty"


def test_an_approval_stands_while_its_record_does(company: Company):
    case_id = approved(company)
    found = company.living(case_id)
    assert to_stand(found.record, found.facts, found.at) == ()
    company.writes(case_id, "engagement", NOOR, **ENGAGEMENT)
    company.passes(days=2)
    answers(company, case_id, "EFFECTIVE")
    assert company.case(case_id).state == "tracked"
    assert company.now - timedelta(days=3) < found.at
