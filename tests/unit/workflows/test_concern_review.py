"""What is owed to a reporter is told apart from what the case is asked; and nothing of it says too much (S44)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import yaml

from bot.playground.run import example_policy
from bot.views import named as views
from storage import cases
from storage.database import Database
from storage.models import Outbox, Timer
from tests.contract.named_screens import HELD
from tests.records import NOOR, RUTH, SAM, Company, desk_of
from tests.unit.workflows.test_concern import raises, rows, sweeps, told
from tests.year import Everybody, Paper
from workflows import case as acts
from workflows import concern, concern_thread, delivery, notes, outgoing, rerouting
from workflows.concern_values import Said
from workflows.policy import advice, parse_policy
from workflows.ports import Known
from workflows.rules.case import Act


@dataclass
class Without(Everybody):
    """A directory in which some have left."""

    gone: set[str] = field(default_factory=set)

    def known(self, person_id: str) -> Known:
        return Known(active=person_id not in self.gone)

    def refresh(self, person_id: str, now: object) -> Known:
        return self.known(person_id)


@pytest.fixture
def store() -> str:
    return "sqlite"


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def rests(company: Company, number: int) -> None:
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.state, case.decision = "tracked", "go"


def leaves(company: Company, *people: str) -> None:
    company.desk = replace(company.desk, directory=Without(gone=set(people)))


def goes_elsewhere(company: Company, row: Outbox) -> bool:
    return rerouting.somebody_else(company.desk, row, company.case(row.case_id or 0), company.now)


def is_needless(company: Company, row: Outbox) -> bool:
    case = company.case(row.case_id or 0)
    return delivery._overtaken(company.desk, row, case)


def test_a_backup_who_left_moves_no_case_up_early_for_what_is_owed_to_a_reporter(company: Company):
    number = raises(company)
    sweeps(company, timedelta(days=6, hours=1))
    before = [each.due_at for each in rows(company, Timer) if each.kind == "answer"]
    leaves(company, RUTH)

    (asked,) = told(company, outgoing.BACKUP_ASKED)
    goes_elsewhere(company, asked)

    assert [each.due_at for each in rows(company, Timer) if each.kind == "answer"] == before
    assert company.case(number).backup_id is None


def test_who_left_is_replaced_towards_a_reporter_and_the_decision_stays(company: Company):
    number = raises(company)
    rests(company, number)
    sweeps(company, timedelta(days=5, hours=1))
    leaves(company, NOOR)

    (asked,) = told(company, outgoing.REMINDER)
    goes_elsewhere(company, asked)

    case = company.case(number)
    assert (case.owner_id, case.state, case.decision) == (RUTH, "tracked", "go")
    assert [each.lane for each in told(company, outgoing.REMINDER)] == [NOOR, RUTH]


def test_silence_about_a_case_that_rests_reaches_the_next_level(company: Company):
    number = raises(company)
    rests(company, number)
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.backup_id = None

    sweeps(company, timedelta(days=7, hours=1))

    case = company.case(number)
    assert (case.owner_id, case.backup_id, case.state, case.level) == (NOOR, RUTH, "tracked", 2)
    assert [each.lane for each in told(company, outgoing.BACKUP_ASKED)] == [RUTH]


def test_a_question_about_a_promise_is_needless_once_it_is_kept_and_not_before(company: Company):
    number = raises(company)
    sweeps(company, timedelta(days=5, hours=1))
    (asked,) = told(company, outgoing.REMINDER)
    acts.acknowledge(company.desk, number, NOOR, company.now)
    assert not is_needless(company, asked)

    concern_thread.answer(company.desk, number, NOOR, "We have it", "ack", "a1", company.now)

    assert is_needless(company, asked)


def test_worse_shows_in_what_the_rule_found_even_where_nothing_is_asked_again(company: Company):
    number = raises(company, checkin=True, leader=True)
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.level = 3

    concern.since(company.desk, number, 30, "worse", SAM, company.now)

    assert (company.case(number).floor_level, company.case(number).rule_level) == (3, 3)


def test_a_note_about_a_sealed_case_carries_no_words(company: Company):
    number = raises(company)
    sent = acts.Sent(number, NOOR, Act.REASSIGN, "Kanari named my friend", "r1")
    acts.reassign(company.desk, sent, RUTH, company.now)

    found = [notes.of(company.desk, each, company.now) for each in rows(company, Outbox) if each.kind == "reassigned"]
    assert [(each.reason, each.conditions) for each in found] == [("", "")] * len(found)
    assert found


def test_a_recipient_who_owns_a_concern_keeps_it_when_the_policy_changes(company: Company):
    raw = yaml.safe_load(example_policy().read_text())
    raw["roles"]["human_rights_lead"] = {"owner": "U0MEI", "backup": "U0LI"}
    raw["roles"]["executive_board"] = {"owner": "U0KOFI", "backup": "U0LI"}
    number = raises(company)
    company.desk = replace(company.desk, policy=parse_policy(raw, "policy.yaml"))

    rerouting.after_policy_change(company.desk, company.now)

    assert company.case(number).owner_id == NOOR
    assert [each for each in advice(company.desk.policy) if "U0MEI" in each and "leave" in each]


@pytest.mark.parametrize(("mode", "reader"), [("named", SAM), ("confidential", None)])
def test_who_speaks_in_confidence_is_written_to_at_the_hours_of_the_company(
    company: Company, mode: str, reader: str | None
):
    number = raises(company, mode=mode)
    concern_thread.answer(company.desk, number, NOOR, "We have it", "ack", "a1", company.now)
    (row,) = told(company, outgoing.CONCERN_ANSWER)

    this = delivery._Attempt(
        company.desk, Paper(), row, company.case(number), lambda: company.now, lambda _: None, delivery.Terms(), SAM
    )

    assert delivery._reader(this) == reader


def test_a_long_concern_is_shown_to_its_end_and_so_is_the_first_of_many():
    said = [Said(False, "", HELD.said[0].at, "First line\nsecond\n" + "&" * 2900 + " the end")]
    said += [Said(True, "", HELD.said[0].at, f"Answer {number} " + "<" * 2900) for number in range(40)]

    shown = views.thread(replace(HELD, said=tuple(said)))

    texts = [each["text"]["text"] for each in shown["blocks"] if each["type"] == "section"]
    assert any("First line\nsecond\n" in each for each in texts)
    assert any(each.rstrip().endswith("the end") for each in texts)
    assert any("Answer 39" in each for each in texts)
    assert not any("Answer 0 " in each for each in texts)
    assert len(shown["blocks"]) <= 100
    assert max(map(len, texts)) <= 3000
