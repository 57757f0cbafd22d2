"""Who joins a case by a check of their own sees how it stands, and not what others wrote in it (promise 8)."""

from __future__ import annotations

import pytest

from storage import cases
from storage.database import Database
from tests.records import AMINA, DIEGO, HIRING, NOOR, SAM, Company, desk_of
from workflows import dossier, record, staff
from workflows.context_values import Change
from workflows.errors import NotFound

SECRET = "The family in the north of town"


@pytest.fixture
def company(db: Database) -> Company:
    """A company with one case, which Amina began and Noor wrote something in."""
    company = Company(desk_of(db))
    case_id = company.opens(who=AMINA)
    company.writes(case_id, "D02", NOOR, path=SECRET)
    return company


def test_whoever_sends_a_check_of_a_known_launch_reads_nothing_of_its_record(company: Company):
    company.passes(minutes=5)
    company.opens(answers={"M1": ["CHG-UI"]} | HIRING, who=SAM)

    shown = dossier.view(company.desk, 1, SAM, company.now)

    assert shown.card.case.owner_id == NOOR
    assert shown.record is None
    assert SECRET not in repr(shown)
    assert not [each for each in shown.history if each.kind.startswith("record.")]
    with pytest.raises(NotFound):
        record.sheet(company.desk, 1, SAM, "D02", 0, company.now)
    with pytest.raises(NotFound):
        company.writes(1, "D02", SAM, path="Overwritten")
    with pytest.raises(NotFound):
        dossier.as_of(company.desk, 1, SAM, company.now.date(), company.now)


def test_whoever_began_it_or_was_invited_reads_it(company: Company):
    assert SECRET in repr(dossier.view(company.desk, 1, AMINA, company.now))
    company.passes(minutes=5)
    company.opens(who=SAM)
    company.writes(1, "invited", NOOR, person=SAM)
    assert SECRET in repr(dossier.view(company.desk, 1, SAM, company.now))


def test_why_this_level_is_what_raised_it(company: Company):
    company.writes(
        1,
        "risk",
        NOOR,
        what="A stranger finds a child.",
        groups=["GRP-CHILD"],
        scale="4",
        scope="2",
        irremediability="4",
        likelihood="3",
    )

    shown = dossier.view(company.desk, 1, AMINA, company.now).card

    assert shown.case.level == 3
    assert any("SEV4" in each for each in shown.reasons)


def test_s19_an_invitee_of_a_sealed_record_does_not_learn_who_reported(company: Company):
    change = Change("SIG-STAFF", (), (), (), (), "Somebody waits at the gate.", company.now.date(), "window:1", by=SAM)
    staff.report(company.desk, change, company.now)
    with company.desk.db.read() as session:
        (sealed,) = [each for each in cases.open_after(session, 0, 50) if each.sealed]
    company.writes(sealed.id or 0, "invited", str(sealed.owner_id), person=DIEGO)

    assert SAM in repr(dossier.view(company.desk, sealed.id or 0, str(sealed.owner_id), company.now))
    assert SAM not in repr(dossier.view(company.desk, sealed.id or 0, DIEGO, company.now))
