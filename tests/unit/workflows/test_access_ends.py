"""Who lets whom into a case, and that access ends when its reason does (promise 8, S19, S20)."""

from __future__ import annotations

import json

import pytest
from sqlmodel import select

from storage import cases, events
from storage.database import Database
from storage.models import Draft, Outbox, SignalRow, Words
from tests.records import AMINA, DIEGO, HIRING, MITIGATION, NOOR, RISK, RUTH, SAM, Company, desk_of
from workflows import context, living, reach, staff
from workflows.access import may_see
from workflows.errors import BadAnswers
from workflows.rules.record import SIGNAL


@pytest.fixture
def company(db: Database) -> Company:
    """Give a company with nothing in it yet."""
    return Company(desk_of(db))


def sees(company: Company, case_id: int, who: str) -> bool:
    with company.desk.db.read() as session:
        case = cases.get(session, case_id)
        assert case is not None
        return may_see(session, company.desk, case, who)


def told(company: Company, who: str) -> list[str]:
    with company.desk.db.read() as session:
        return [each.kind for each in session.exec(select(Outbox).where(Outbox.lane == who))]


def entrusts(company: Company, case_id: int, by: str, owner: str, number: int = 0) -> int:
    """Write a mitigation that somebody looks after."""
    company.passes(minutes=1)
    fields = {**MITIGATION, "owner": owner, "next_check": company.day(20)}
    return company.writes(case_id, "mitigation", by, number, **fields).number


def threatened(company: Company) -> int:
    """Report a threat; give the number of its sealed case."""
    fields = {"signal": "SIG-STAFF", "what": "Two men waited for Asel at her door."}
    change = context.read(company.desk, fields, company.now, key="slack:V1", by=SAM)
    staff.report(company.desk, change, company.now)
    company.passes(minutes=1)
    with company.desk.db.read() as session:
        (case,) = [each for each in (cases.get(session, n) for n in range(1, 5)) if each and each.sealed]
    return case.id or 0


def test_who_sent_a_check_lets_nobody_into_its_case_by_naming_them(company: Company):
    case = company.opens(who=AMINA)

    with pytest.raises(BadAnswers) as refused:
        entrusts(company, case, AMINA, SAM)

    assert list(refused.value.fields) == [("owner", "owner_not_in_case")]
    assert not sees(company, case, SAM)
    assert told(company, SAM) == []
    assert not company.living(case).record.of("mitigation"), "nothing is saved of what was refused"


def test_anybody_in_a_case_may_name_who_sees_it_already(company: Company):
    case = company.opens(who=AMINA)

    entrusts(company, case, AMINA, DIEGO)
    entrusts(company, case, AMINA, AMINA)
    company.writes(case, "invited", NOOR, person=SAM)
    entrusts(company, case, AMINA, SAM)

    assert {each.owner for each in company.living(case).facts.mitigations} == {AMINA, DIEGO, SAM}


def test_others_correct_a_mitigation_whose_owner_was_named_by_the_owner_of_the_case(company: Company):
    case = company.opens(who=AMINA)
    number = entrusts(company, case, NOOR, SAM)

    entrusts(company, case, AMINA, SAM, number)

    assert sees(company, case, SAM)
    assert told(company, SAM) == ["entrusted"], "once"


def test_access_ends_when_somebody_else_looks_after_a_mitigation_or_it_ends(company: Company):
    case = company.opens()
    first, second = entrusts(company, case, NOOR, SAM), entrusts(company, case, NOOR, SAM)

    entrusts(company, case, NOOR, DIEGO, first)
    assert sees(company, case, SAM), "the second is theirs still"
    company.writes(case, "ended", NOOR, part="mitigation", entry=str(second), why="It was taken out.")

    assert not sees(company, case, SAM)


def test_an_invitation_ends_or_goes_to_somebody_else(company: Company):
    case = company.opens()
    company.writes(case, "invited", NOOR, person=SAM)
    company.passes(minutes=1)
    company.writes(case, "invited", NOOR, person="U0LENA")
    company.passes(minutes=1)

    company.writes(case, "invited", NOOR, 2, person="U0OMAR")
    company.writes(case, "ended", NOOR, part="invited", entry="1", why="A mistake.")

    assert [sees(company, case, who) for who in (SAM, "U0LENA", "U0OMAR")] == [False, False, True]
    entrusts(company, case, NOOR, SAM)
    assert sees(company, case, SAM), "another reason counts by itself"


def test_s19_in_a_sealed_case_only_owner_and_backup_name_people(company: Company):
    case = threatened(company)
    stored = company.case(case)
    company.writes(case, "invited", str(stored.owner_id), person=DIEGO)
    company.passes(minutes=1)
    company.writes(case, "risk", DIEGO, **RISK)

    for owner in (AMINA, DIEGO, NOOR):
        with pytest.raises(BadAnswers, match="sealed_names_nobody"):
            entrusts(company, case, DIEGO, owner)
    entrusts(company, case, str(stored.backup_id), DIEGO)
    company.writes(case, "ended", str(stored.owner_id), part="invited", entry="1", why="A mistake.")

    assert not sees(company, case, AMINA)
    assert sees(company, case, DIEGO), "they look after something still"
    company.writes(case, "ended", str(stored.owner_id), part="mitigation", entry="1", why="It is done.")
    assert not sees(company, case, DIEGO)


def test_s19_a_lead_who_was_invited_into_a_sealed_case_invites_nobody(company: Company):
    case = threatened(company)
    with company.desk.db.write() as session:
        stored = cases.get(session, case, lock=True)
        assert stored is not None
        stored.owner_id, stored.backup_id = RUTH, DIEGO
    company.writes(case, "invited", RUTH, person=NOOR)
    company.passes(minutes=1)

    with pytest.raises(BadAnswers, match="sealed_names_nobody"):
        company.writes(case, "invited", NOOR, person=AMINA)

    assert (sees(company, case, NOOR), sees(company, case, AMINA)) == (True, False)


@pytest.mark.parametrize("sent", ["U1> <!channel> <https://evil.example|click", "U0SAM\n", "U", "C0PHOTOS", 7, None])
def test_what_is_no_id_of_a_person_is_refused_wherever_one_is_named(company: Company, sent: object):
    case = company.opens()

    with pytest.raises(BadAnswers):
        company.writes(case, "invited", NOOR, person=sent)
    with pytest.raises(BadAnswers):
        company.writes(case, "discussion", NOOR, people=[NOOR, sent], what="It was talked about.")
    with pytest.raises(BadAnswers):
        company.writes(case, "mitigation", NOOR, **{**MITIGATION, "owner": sent, "next_check": company.day(20)})


@pytest.mark.parametrize("case_id", [None, 5])
def test_s19_reporting_a_threat_forgets_every_change_that_was_begun(company: Company, case_id: int | None):
    given = {"signal": "SIG-CONFLICT", "what": "Two men waited for Asel at her door."}
    for number in (case_id, 6, None):
        context.keep_draft(company.desk, SAM, number, "V1", given, company.now)
    context.keep_draft(company.desk, AMINA, None, "V2", given, company.now)

    threatened(company)

    with company.desk.db.read() as session:
        assert [each.person_id for each in session.exec(select(Draft))] == [AMINA]


def named(company: Company) -> int:
    """Bring a law that is about one customer into a case of theirs, as a watch reports it."""
    case = company.opens(answers=HIRING)
    company.writes(case, "places", NOOR, countries="DE", customers="Jane Roe Clinic")
    company.passes(minutes=1)
    fields = {"signal": "SIG-LAW", "what": "A law.", "customers": "Jane Roe Clinic, Second House"}
    change = context.read(company.desk, fields, company.now, key="feed:9", source="Orsolya's watch")
    context.save(company.desk, change, company.now)
    with company.desk.db.write() as session:
        row = session.exec(select(SignalRow)).one()
        stored = cases.get(session, case, lock=True)
        assert stored is not None
        noted = reach.note(session, row, stored, company.now)
        assert living.happened(noted, {}).data["customers"] == ["jane roe clinic", "second house"]
    return case


def test_s20_names_of_customers_and_of_who_says_so_stand_in_no_event_of_a_case(company: Company):
    case = named(company)

    (event,) = [each for each in company.happened(case) if each.kind == SIGNAL]
    written = json.dumps(event.data).lower()
    (hit,) = company.living(case).record.signals

    assert "jane" not in written
    assert "orsolya" not in written
    assert hit.customers == ("jane roe clinic", "second house")
    assert hit.source == "Orsolya's watch"


def test_s20_where_names_of_customers_were_erased_a_change_may_concern_any(company: Company):
    case = named(company)
    with company.desk.db.write() as session:
        for each in session.exec(select(Words).where(Words.stream == f"case:{case}")):
            session.delete(each)

    (hit,) = company.living(case).record.signals

    assert (hit.customers, hit.source) == ((), "")


def test_s20_events_that_hold_the_names_themselves_are_read_as_before(company: Company):
    case = company.opens()
    data = {"signal": "SIG-LAW", "countries": ["DE"], "customers": ["a clinic"], "defeats": [], "source": "lawwatch"}
    with company.desk.db.write() as session:
        events.append(session, f"case:{case}", SIGNAL, at=company.now, data=data)

    (hit,) = company.living(case).record.signals

    assert (hit.countries, hit.customers, hit.source) == (("DE",), ("a clinic",), "lawwatch")
