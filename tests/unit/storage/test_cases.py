"""Open cases are found by owner, by what is late, and one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from storage import cases, checks, people
from storage.database import Database
from storage.errors import Conflict
from tests.unit.storage.many import many, plan_of
from tests.unit.storage.people import DAY, DIEGO, MINUTE, NOOR, SAM, T0, a_case, a_check


def test_only_cases_that_still_wait_count_as_not_acknowledged_in_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.write() as session:
        for number, (minutes, state) in enumerate(
            ((5, "waiting"), (3, "acknowledged"), (9, "waiting"), (2, "waiting")), start=1
        ):
            cases.add(session, a_case(number, state=state, ack_due_at=T0 + minutes * MINUTE))
        cases.add(session, a_case(9, ack_due_at=None))
    with db.read() as session:
        assert cases.overdue_acknowledgements(session, T0) == 0
        assert cases.overdue_acknowledgements(session, T0 + 5 * MINUTE) == 2
        monkeypatch.setattr(cases, "COUNTED", 1)
        assert cases.overdue_acknowledgements(session, T0 + 5 * MINUTE) == 1


def test_open_cases_are_counted_one_by_one_up_to_a_number(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.write() as session:
        for number in range(1, 4):
            cases.add(session, a_case(number))
    with db.read() as session:
        assert cases.count_open(session) == 3
        monkeypatch.setattr(cases, "COUNTED", 2)
        assert cases.count_open(session) == 2
        found = cases.get_many(session, {3, 1, 7})
        assert {number: case.id for number, case in found.items()} == {1: 1, 3: 3}
        assert cases.get_many(session, ()) == {}


def test_open_cases_are_found_by_their_owners_and_walked_through(db: Database) -> None:
    with db.write() as session:
        for number, (owner, state) in enumerate(
            ((NOOR, "waiting"), (DIEGO, "acknowledged"), (None, "waiting"), (SAM, "closed"), (NOOR, "waiting")), start=1
        ):
            cases.add(session, a_case(number, owner_id=owner, state=state))
    with db.read() as session:
        assert cases.owners_of_open(session) == [DIEGO, NOOR]
        assert [case.id for case in cases.open_of_owner(session, NOOR, 10)] == [1, 5]
        assert [case.id for case in cases.open_of_owner(session, None, 10)] == [3]
        assert [case.id for case in cases.open_after(session, 0, 3)] == [1, 2, 3]
        assert [case.id for case in cases.open_after(session, 3, 3)] == [5]


def test_the_week_is_told_in_numbers_and_in_what_is_late(db: Database) -> None:
    due = {"ack_due_at": T0, "decide_due_at": T0 + DAY}
    with db.write() as session:
        cases.add(session, a_case(1, queue_order=1, **due))
        cases.add(session, a_case(2, queue_order=2, level=3, **due))
        cases.add(session, a_case(3, queue_order=3, state="acknowledged", **due))
        cases.add(session, a_case(4, state="closed", decision="go", decided_at=T0, **due))
    with db.read() as session:
        assert [case.id for case in cases.late(session, T0, 10)] == [2, 1]
        assert [case.id for case in cases.late(session, T0 + DAY, 2)] == [3, 2]
        assert [case.id for case in cases.waiting_at(session, 3, 10)] == [2]
        assert cases.count_by_level(session) == {2: 2, 3: 1}
        assert (cases.count_decided(session, T0), cases.count_decided(session, T0 + MINUTE)) == (1, 0)


def test_a_decision_that_does_not_exist_is_refused(db: Database) -> None:
    with pytest.raises(Conflict), db.write() as session:
        cases.add(session, a_case(decision="perhaps"))


def test_a_tracked_case_lives_on_but_nobody_owes_an_answer(db: Database) -> None:
    due = {"ack_due_at": T0, "decide_due_at": T0}
    with db.write() as session:
        cases.add(session, a_case(1, state="tracked", level=3, **due))
        assert cases.owed_by(session, NOOR, 10) == []
        assert cases.caseload(session, 10) == []
        assert (cases.count_open(session), cases.count_by_level(session)) == (0, {})
        assert cases.owners_of_open(session) == []
        assert cases.open_of_owner(session, NOOR, 10) == []
        assert cases.open_after(session, 0, 10) == []
        assert cases.late(session, T0 + DAY, 10) == []
        assert cases.overdue_acknowledgements(session, T0 + DAY) == 0
        # It is the case of its launch all the same, and its harm counts.
        assert cases.open_for(session, "maps", "launch 1") is not None
        assert cases.count_severe(session, "maps", T0, 5) == 1
    with pytest.raises(Conflict), db.write() as session:
        cases.add(session, a_case(1))


def test_a_sealed_case_is_shown_to_its_owner_and_in_no_list_of_others(db: Database) -> None:
    due = {"ack_due_at": T0, "decide_due_at": T0}
    with db.write() as session:
        cases.add(session, a_case(1, sealed=True, level=3, **due))
        cases.add(session, a_case(2, sealed=True, state="acknowledged", **due))
        cases.add(session, a_case(3, **due))
    with db.read() as session:
        assert [case.id for case in cases.caseload(session, 10)] == [3]
        assert (cases.count_open(session), cases.count_by_level(session)) == (1, {2: 1})
        assert [case.id for case in cases.late(session, T0 + DAY, 10)] == [3]
        assert cases.waiting_at(session, 3, 10) == []
        assert [case.id for case in cases.search(session, "", None, 10)] == [3]
        assert [case.id for case in cases.owed_by(session, NOOR, 10)] == [1, 2, 3]
        assert [case.id for case in cases.open_after(session, 0, 10)] == [1, 2, 3]
        assert cases.owners_of_open(session) == [NOOR]
        assert cases.overdue_acknowledgements(session, T0 + DAY) == 2


def test_the_register_finds_launches_by_a_part_of_their_name_or_by_their_product(db: Database) -> None:
    with db.write() as session:
        for number, (key, product, state, order) in enumerate(
            (
                ("face search 100%", "maps", "waiting", 5),
                ("voice rooms", "chat", "tracked", 9),
                ("face tags", "photos", "acknowledged", 9),
                ("face masks", "photos", "closed", 9),
                ("pay_link", "pay", "waiting", 1),
            ),
            start=1,
        ):
            cases.add(session, a_case(number, launch_key=key, product_id=product, state=state, queue_order=order))

    def found(words: str, limit: int = 10, after: tuple[int, int] | None = None, *products: str) -> list[int | None]:
        with db.read() as session:
            return [case.id for case in cases.search(session, words, None, limit, after, products)]

    assert found("") == [2, 3, 1, 5]
    assert found("face") == [3, 1]
    assert found("face", 1) == [3]
    assert found("face", 10, (9, 3)) == [1]
    assert found("100%") == [1]
    assert (found("y_l"), found("e_t"), found("%")) == ([5], [], [1])
    assert found("nothing like it", 10, None, "chat", "pay") == [2, 5]
    assert found("nothing like it") == []


def test_in_the_register_a_person_finds_what_they_have_a_part_in(db: Database) -> None:
    with db.write() as session:
        sent = cases.add(session, a_case(1))
        checks.add(session, a_check(1, submitter_id=SAM, case_id=sent))
        owns = cases.add(session, a_case(2, owner_id=SAM, state="tracked"))
        backs = cases.add(session, a_case(3, backup_id=SAM))
        named = cases.add(session, a_case(4))
        people.add(session, named, SAM, "invited")
        cases.add(session, a_case(5))
        cases.add(session, a_case(6, owner_id=SAM, state="closed"))
        cases.add(session, a_case(7, owner_id=SAM, sealed=True))
    with db.read() as session:
        assert [case.id for case in cases.search(session, "", SAM, 10)] == [sent, owns, backs, named]
        assert [case.id for case in cases.search(session, "launch 3", SAM, 10)] == [backs]
        assert [case.id for case in cases.search(session, "", SAM, 10, (3323, owns))] == [backs, named]
        assert cases.search(session, "", DIEGO, 10) == []


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lambda session: cases.caseload(session, 20), "ix_hr_case_caseload"),
        (lambda session: cases.owed_by(session, "U7", 20), "ix_hr_case_owed"),
        (lambda session: cases.search(session, "launch 1", None, 20), "ix_hr_case_register"),
        (lambda session: cases.count_open(session), "ix_hr_case_caseload"),
    ],
)
def test_lists_of_cases_come_from_their_index(db: Database, question: Callable[[Session], object], index: str) -> None:
    many(db, 20_000)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    with db.read() as session:
        event.listen(db.engine, "before_cursor_execute", note)
        question(session)
        event.remove(db.engine, "before_cursor_execute", note)
        plan = plan_of(session, *asked[0])
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
