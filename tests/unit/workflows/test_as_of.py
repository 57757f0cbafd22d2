"""A past day shows nothing of today, and many checks hide none of them, against a real database (S20, promise 4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage import checks
from storage.database import Database
from tests.records import AMINA, ANNOYING, DIEGO, HIRING, MONDAY, NOOR, SAM, Company, desk_of
from tests.year import Paper, without_engine
from workflows import case as acts
from workflows import check, context, dossier
from workflows.context_values import Change
from workflows.errors import Refused
from workflows.rules.case import Act, State
from workflows.rules.decision import Outcome
from workflows.rules.values import Level, Likelihood
from workflows.values import CaseCard, Submission

DEADLY = {**HIRING, "M4": 4, "M6": 4, "M7": 4}
"""Severe, and it happens."""
GRAVE = {**HIRING, "M3": ["CTX-CONFLICT"], "M4": 4, "M6": 4}
"""Severe in a war: a floor holds it at the highest level."""


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db), MONDAY + timedelta(hours=1))


def card_of(company: Company, number: int, day: date) -> CaseCard:
    return dossier.as_of(company.desk, number, NOOR, day, company.now).card


def disagrees(company: Company, number: int) -> None:
    """Let Amina look at her check again, and say that people are harmed."""
    with company.desk.db.read() as session:
        (first,) = checks.for_case(session, number)
    sent = Submission("V9", AMINA, "beacon-hiring", "Ranking", DEADLY, reopens=first.id, disagreement="I was wrong.")
    check.submit(company.desk, sent, company.now)


def is_sent_again(company: Company, times: int, who: str = DIEGO) -> None:
    """Let somebody send mild checks of the same launch; no two of them need be alike."""
    for step in range(times):
        company.passes(hours=1)
        company.sends("beacon-hiring", "Ranking", {**ANNOYING, "M5": 1 + step % 2}, who)


def test_s20_a_past_day_shows_nothing_that_a_later_check_or_act_brought(company: Company) -> None:
    number = company.opens(answers=ANNOYING)
    first = company.now.date()
    company.passes(days=20)
    disagrees(company, number)
    company.passes(hours=1)
    company.acknowledges(number)
    acts.contain(company.desk, company.sent(number, Act.CONTAIN, str(company.case(number).owner_id)), company.now)

    then = card_of(company, number, first)

    assert (then.case.level, then.case.likelihood, then.case.state) == (Level.L1, Likelihood.POSSIBLE, State.WAITING)
    assert (then.case.acknowledged_by, then.case.acknowledged_at) == (None, None)
    assert (then.case.contain_due_at, then.case.contained_at, then.case.contained_by) == (None, None, None)
    assert (then.case.backup_id, then.case.ack_due_at, then.case.decide_due_at) == (None, None, None)
    assert then.case.owner_role == Level.L1.role
    assert (then.disagreement, then.disagreed_by) == ("", AMINA)
    assert not then.deep_form
    assert not then.remedy_plan_required
    assert then.communication == "COM-INT"
    assert not then.acts


def test_s20_a_past_day_shows_the_harm_the_answer_and_the_disagreement_of_that_day(company: Company) -> None:
    number = company.opens(answers=ANNOYING)
    disagreed = company.now = company.now + timedelta(days=1)
    disagrees(company, number)
    company.passes(days=1)
    company.acknowledges(number)
    owner, taken = company.case(number).owner_id, company.now
    company.passes(days=1)
    acts.contain(company.desk, company.sent(number, Act.CONTAIN, str(owner)), company.now)
    company.passes(days=1)
    company.sends("beacon-hiring", "Ranking", ANNOYING, SAM)

    before = card_of(company, number, disagreed.date())
    assert before.disagreement == "I was wrong."
    assert before.case.likelihood is Likelihood.HAPPENING
    assert before.case.contain_due_at == disagreed + timedelta(hours=24)
    assert before.case.acknowledged_by is None
    assert company.living(number, at=disagreed).facts.harm_goes_on
    assert before.deep_form

    later = card_of(company, number, taken.date())
    assert (later.case.acknowledged_by, later.case.acknowledged_at) == (owner, taken)
    assert later.case.contained_at is None

    stopped = card_of(company, number, (taken + timedelta(days=1)).date())
    assert (stopped.case.contained_by, stopped.case.contained_at) == (owner, taken + timedelta(days=1))
    facts = company.living(number, at=taken + timedelta(days=1)).facts
    assert (facts.had_harm, facts.harm_goes_on) == (True, False)


def test_s20_before_harm_was_known_the_facts_of_a_day_know_of_none_nor_of_who_came_later(company: Company) -> None:
    number = company.opens(answers=ANNOYING)
    first, owner = company.now, company.case(number).owner_id
    company.passes(days=3)
    company.sends("beacon-hiring", "Ranking", DEADLY, SAM)
    later = company.case(number)

    then = company.living(number, at=first).facts

    assert (then.had_harm, then.harm_goes_on) == (False, False)
    assert then.submitters == (AMINA,)
    assert owner in then.line
    assert later.owner_id != owner
    assert {SAM, later.owner_id}.isdisjoint(then.line)


def test_s20_harm_that_a_change_reports_is_known_from_that_day_on(company: Company) -> None:
    number = company.opens(answers=ANNOYING)
    first = company.now
    company.passes(days=2)
    news = Change("SIG-COMPLAINT", (), (), (), (), "People wrote to us.", company.now.date(), "news", by=DIEGO)
    context.save(company.desk, news, company.now)
    without_engine(company.desk, Paper())(company.now)
    known = company.now
    company.passes(days=1)
    company.sends("beacon-hiring", "Ranking", DEADLY, SAM)

    before, then = company.living(number, at=first).facts, company.living(number, at=known).facts

    assert (before.had_harm, before.harm_goes_on) == (False, False)
    assert (then.had_harm, then.harm_goes_on) == (True, True)
    assert card_of(company, number, company.now.date()).case.contain_due_at == known + timedelta(hours=24)


def test_s20_a_decision_put_off_or_held_later_is_not_put_off_on_the_day_before(company: Company) -> None:
    number = company.opens()
    company.acknowledges(number)
    first, due = company.now.date(), company.case(number).decide_due_at
    assert due is not None
    company.passes(days=1)
    until = (due + timedelta(days=2)).date()
    acts.snooze(company.desk, company.sent(number, Act.SNOOZE, str(company.case(number).owner_id)), until, company.now)
    put_off = company.now.date()
    company.passes(days=1)
    company.decides(number, Outcome.HOLD, hold_until=(company.now + timedelta(days=30)).date())

    then, after, held = (card_of(company, number, day).case for day in (first, put_off, company.now.date()))

    assert (then.snoozed, then.decide_due_at, then.look_again_at) == (False, None, None)
    assert (after.snoozed, after.look_again_at, after.decision) == (True, None, None)
    assert after.decide_due_at is not None
    assert after.decide_due_at.date() == until
    assert held.decide_due_at == held.look_again_at == company.case(number).look_again_at


def test_many_mild_checks_hide_neither_a_grave_one_nor_who_sent_it(company: Company) -> None:
    number = company.opens(answers=GRAVE)
    before = company.living(number)

    is_sent_again(company, 25)

    after = company.living(number)
    assert (after.finding.level, after.finding.floor_level) == (Level.L3, Level.L3)
    assert after.finding.severity == before.finding.severity
    assert after.facts.submitters == (AMINA, DIEGO)
    assert company.case(number).floor_level == Level.L3
    with pytest.raises(Refused):
        acts.hand(company.desk, company.sent(number, Act.HAND_BACK, NOOR), company.now)


def test_s20_a_day_before_many_checks_is_read_as_it_was(company: Company) -> None:
    number = company.opens(answers=GRAVE)
    first, before = company.now, company.living(number)

    is_sent_again(company, 25)

    then = company.living(number, at=first)
    assert then.finding == before.finding
    assert then.answers == before.answers
    assert (then.facts.submitters, then.facts.needed) == ((AMINA,), before.facts.needed)


def test_the_same_answers_sent_again_are_read_once_and_the_newest_check_stays_first(company: Company) -> None:
    number = company.opens(answers=GRAVE)
    is_sent_again(company, 25)
    with company.desk.db.read() as session:
        found = checks.for_case(session, number)
        together = checks.for_cases(session, [number, number + 1])
        then = checks.for_case(session, number, MONDAY + timedelta(hours=2))
    assert [each.answers["M5"] for each in found] == [1, 2, 2]
    assert found[0].id == company.case(number).last_check_id
    assert [each.id for each in together[number]] == [each.id for each in found]
    assert together[number + 1] == []
    assert [each.submitter_id for each in then] == [DIEGO, AMINA]
