"""Whatever people write in a record comes back as they wrote it, for those who may read it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlmodel import select

from bot.payloads import clean
from storage.database import Database
from storage.models import Draft
from tests.records import DIEGO, NOOR, SAM, Company, desk_of
from workflows import record, record_drafts
from workflows.errors import NotFound

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = some.text(min_size=1, max_size=1000).map(lambda text: clean(text)[:1000]).filter(bool)


@pytest.fixture
def company(db: Database) -> Company:
    """Give a company with one case at L2."""
    made = Company(desk_of(db))
    made.opens()
    return made


@FEW
@given(path=texts, who=texts)
def test_any_text_is_read_back_as_it_was_written(company: Company, path: str, who: str):
    company.writes(1, "D02", path=path)
    written = company.writes(1, "dissent", who=who[:150], why=path)

    sheet = record.sheet(company.desk, 1, NOOR, "D02", 0, company.now)
    assert sheet.fields == {"path": path}
    sheet = record.sheet(company.desk, 1, NOOR, "dissent", written.number, company.now)
    assert sheet.fields["why"] == path
    assert sheet.fields["who"] == " ".join(who[:150].split()), "a line is one line"


@FEW
@given(path=texts)
def test_any_text_is_kept_in_a_draft_until_it_is_sent(company: Company, path: str):
    desk, now = company.desk, company.now
    record_drafts.keep(desk, NOOR, 1, "dilemma", 0, {"options": path, "question": None}, now)

    _sheet, draft = record_drafts.begin(desk, 1, NOOR, "dilemma", 0, now)

    assert draft is not None
    assert draft.fields["options"] == path
    assert not draft.behind
    record_drafts.forget(desk, NOOR, 1, "dilemma", 0)
    assert record_drafts.begin(desk, 1, NOOR, "dilemma", 0, now)[1] is None


def test_nobody_keeps_a_draft_of_a_case_that_they_may_not_see(company: Company):
    with pytest.raises(NotFound):
        record_drafts.keep(company.desk, SAM, 1, "D02", 0, {"path": "A way"}, company.now)


def test_a_draft_says_when_somebody_else_has_written_there_since(company: Company):
    desk = company.desk
    company.writes(1, "D02", path="A way")
    record_drafts.keep(desk, NOOR, 1, "D02", 0, {"path": "A longer way"}, company.now)
    company.writes(1, "D02", DIEGO, path="Another way")

    _sheet, draft = record_drafts.begin(desk, 1, NOOR, "D02", 0, company.now)

    assert draft == record_drafts.Draft({"path": "A longer way"}, behind=True)


def test_a_draft_holds_no_copy_of_what_it_was_written_over(company: Company):
    desk = company.desk
    company.writes(1, "D02", path="What Noor alone wrote")
    record_drafts.keep(desk, DIEGO, 1, "D02", 0, {"path": "A longer way"}, company.now)

    with desk.db.read() as session:
        (kept,) = session.exec(select(Draft)).all()
    sheet, draft = record_drafts.begin(desk, 1, DIEGO, "D02", 0, company.now)
    assert kept.answers == {"fields": {"path": "A longer way"}, "over": sheet.seq}
    assert draft == record_drafts.Draft({"path": "A longer way"})


def test_a_draft_that_says_what_is_written_already_is_forgotten(company: Company):
    desk = company.desk
    record_drafts.keep(desk, NOOR, 1, "D02", 0, {"path": "A way"}, company.now)
    company.writes(1, "D02", path="A way")

    record_drafts.keep(desk, NOOR, 1, "D02", 0, {"path": "A way"}, company.now)

    assert record_drafts.begin(desk, 1, NOOR, "D02", 0, company.now)[1] is None


def test_an_entry_that_is_gone_is_not_taken_for_a_new_one(company: Company):
    company.writes(1, "dissent", who="A tester", why="Too early")
    company.writes(1, "ended", part="dissent", entry="1", why="They agree now")

    with pytest.raises(NotFound, match="entry_unknown"):
        record_drafts.begin(company.desk, 1, NOOR, "dissent", 1, company.now)
