"""The register shows what somebody may see, the export what may leave; neither anything that people wrote or sealed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from storage import cases, events
from storage.database import Database
from tests.records import AMINA, ANNOYING, DIEGO, HIRING, NOOR, RUTH, SAM, Company, desk_of
from workflows import check, export, register
from workflows.errors import NotFound, Refused
from workflows.unsealing import OPENED, unseal
from workflows.values import Submission


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def opens(company: Company, launch: str, answers: Mapping[str, Any] = HIRING, who: str = AMINA) -> int:
    """Let somebody send a check of a launch with a long name; give the number of its case."""
    key = sha256(launch.encode()).hexdigest()[:12]
    sent = Submission(key, who, "beacon-hiring", launch, answers)
    receipt = check.submit(company.desk, sent, company.now)
    assert receipt.case is not None
    return receipt.case.id


def gap(company: Company, case_id: int, kind: str) -> None:
    """Say openly that a risk is not covered."""
    company.writes(
        case_id, "gap", risk="1", kind=kind, why="canary why", decided_by=NOOR, told="Nobody", review_on=company.day(20)
    )


def found(company: Company, who: str, words: str = "") -> list[str]:
    return [each.case.launch for each in register.find(company.desk, who, words, company.now).lines]


def test_leads_find_every_case_and_others_only_what_they_have_a_part_in(company: Company):
    opens(company, "Ranking")
    opens(company, "Face tagging", who=SAM)

    assert set(found(company, NOOR)) == set(found(company, RUTH)) == {"Ranking", "Face tagging"}
    assert found(company, AMINA) == ["Ranking"]
    assert found(company, SAM) == ["Face tagging"]
    assert found(company, "U0NOBODY") == []


def test_a_case_is_found_by_its_launch_or_its_product_whatever_the_case_of_letters(company: Company):
    opens(company, "Ranking of 100%")
    opens(company, "Voice_rooms")

    assert found(company, NOOR, "  RANKING  of") == ["Ranking of 100%"]
    assert found(company, NOOR, "100%") == ["Ranking of 100%"]
    assert found(company, NOOR, "_") == ["Voice_rooms"]
    assert set(found(company, NOOR, "beacon")) == {"Ranking of 100%", "Voice_rooms"}
    assert found(company, NOOR, "nothing like it") == []


def test_a_sealed_case_is_in_no_list_and_in_no_file(company: Company):
    number = opens(company, "Safety of our people")
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.sealed = True

    for who in (AMINA, DIEGO, NOOR, RUTH, SAM):
        assert found(company, who) == []
        assert found(company, who, "safety") == []
    assert taken(company).cases == ()
    with pytest.raises(NotFound):
        taken(company, number)


def test_the_register_turns_its_pages_without_losing_or_doubling_a_case(company: Company):
    for number in range(register.PAGE * 2 + 3):
        opens(company, f"Launch {number}", ANNOYING)
    seen: list[int] = []
    after = None
    while True:
        page = register.find(company.desk, NOOR, "", company.now, after)
        seen += [each.case.id for each in page.lines]
        after = page.after
        if after is None:
            break

    assert sorted(seen) == list(range(1, register.PAGE * 2 + 4))


def test_s14_a_gap_is_counted_for_itself_and_never_with_what_works(company: Company):
    number = company.opens()
    company.mitigates(number, evidence="EV3")
    company.mitigates(number)
    gap(company, number, "CANNOT")
    gap(company, number, "NOT_YET")
    gap(company, number, "NOT_YET")

    (line,) = register.find(company.desk, NOOR, "", company.now).lines

    assert (line.cannot, line.not_yet) == (1, 2)
    assert (line.working, line.unproven, line.doubted) == (1, 1, 0)


def test_s20_the_register_follows_the_clock_and_the_world(company: Company):
    number = company.opens()
    company.mitigates(number, evidence="EV3")
    changes(company, number)
    (line,) = register.find(company.desk, NOOR, "", company.now).lines
    assert (line.working, line.doubted) == (0, 1)


def changes(company: Company, number: int) -> None:
    """Let the world change around a case."""
    with company.desk.db.write() as session:
        events.append(
            session, f"case:{number}", "case.signal", at=company.now, data={"signal": "SIG-LAW", "defeats": []}
        )


# -- taking it out -------------------------------------------------------------------------------------------------


def taken(company: Company, case_id: int | None = None, days_ago: int = 0) -> export.Export:
    at = company.now - timedelta(days=days_ago)
    return export.read(company.desk.db, company.desk.seals, case_id, at)


def test_s14_an_export_names_what_is_not_covered_before_all_else(company: Company):
    number = company.opens()
    company.mitigates(number, evidence="EV3")
    gap(company, number, "CANNOT")

    made = taken(company)

    assert [each["kind"] for each in made.gaps] == ["CANNOT"]
    assert list(json.loads(export.as_json(made)))[:2] == ["as_of", "gaps"]
    rows = list(csv.DictReader(io.StringIO(export.as_csv(made))))
    assert [row["row"] for row in rows] == ["gap", "case", "risk", "mitigation"]
    assert rows[3]["type"] == "MIT-HUMANREVIEW"
    assert rows[3]["credited"] == "yes"
    assert rows[0]["status"] == "", "a gap has no status that could be read as working"


def test_an_export_holds_ids_and_nothing_that_anybody_wrote_or_sealed(company: Company):
    number = opens(company, "canary launch")
    company.describes(number)
    company.mitigates(number, what="canary what", indicator="canary indicator")
    gap(company, number, "NOT_YET")
    company.writes(number, "sealed", names="Ana Kovac", why="canary why")

    made = taken(company)

    for text in (export.as_json(made), export.as_csv(made)):
        assert "canary" not in text
        assert "Kovac" not in text
        assert "Applicants over fifty" not in text
        assert DIEGO in text


def test_a_file_in_which_a_sealed_name_would_leave_is_not_made(company: Company):
    number = company.opens()
    company.writes(number, "sealed", names="Ana Kovac")
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.product_id = "ana-kovac"

    with pytest.raises(Refused, match="sealed_name"):
        taken(company)


def test_s20_an_export_of_a_past_day_shows_the_credit_that_stood_then(company: Company):
    number = company.opens()
    company.mitigates(number, evidence="EV3")
    company.passes(days=3)
    changes(company, number)
    company.passes(days=2)

    (now,), (then,) = taken(company).cases, taken(company, days_ago=4).cases

    assert now["mitigations"][0]["credited"] is False
    assert now["mitigations"][0]["signals"] == ["SIG-LAW"]
    assert then["mitigations"][0]["credited"] is True
    assert then["signals"] == []
    assert taken(company, days_ago=60).cases == ()


def test_every_case_is_taken_out_in_batches(company: Company, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export, "BATCH", 2)
    for number in range(5):
        opens(company, f"Launch {number}", ANNOYING)

    assert [each["case"] for each in taken(company).cases] == ["HR-1", "HR-2", "HR-3", "HR-4", "HR-5"]


# -- what is sealed ------------------------------------------------------------------------------------------------


def test_s26_what_is_sealed_is_read_by_those_who_may_and_it_is_noted_that_they_did(company: Company):
    number = company.opens()
    company.writes(number, "sealed", names="Ana Kovac\nJosip Horvat")

    _, texts = unseal(company.desk, number, NOOR, company.now)

    assert [(each.part, each.text) for each in texts] == [("sealed", "Ana Kovac\nJosip Horvat")]
    last = company.happened(number)[-1]
    assert (last.kind, last.actor_id) == (OPENED, NOOR)


@pytest.mark.parametrize("who", [AMINA, DIEGO])
def test_s26_who_may_see_the_case_may_not_therefore_read_what_is_sealed(company: Company, who: str):
    number = company.opens()
    company.writes(number, "sealed", names="Ana Kovac")

    with pytest.raises(Refused, match="holder_only"):
        unseal(company.desk, number, who, company.now)
    with pytest.raises(NotFound):
        unseal(company.desk, number, "U0STRANGER", company.now)
    assert OPENED not in [each.kind for each in company.happened(number)]
