"""What the record of a case is searched for: its mitigations, places and people, and what people are asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from storage import cases, mitigations, nudges, people, places, timers
from storage.database import Database
from storage.errors import Conflict
from storage.mitigations import Condition, Row
from storage.models import MitigationStatus, Nudge
from tests.unit.storage.people import AMINA, DAY, DIEGO, MINUTE, NOOR, RUTH, SAM, T0, a_case

WEEK = 7 * DAY


def row(case_id: int, number: int, owner: str | None = DIEGO, check_at: datetime | None = T0 + WEEK) -> Row:
    """Describe a filter that Diego looks after."""
    return Row(case_id, number, 1, "MIT-DESIGN", owner, "EV1", "unproven", False, check_at)


def keep(db: Database, *rows: Row, signals: tuple[str, ...] = ("SIG-LAW",), countries: tuple[str, ...] = ()) -> None:
    """Save the mitigations of cases in place of those they had."""
    relied = mitigations.conditions(signals, countries, ())
    with db.write() as session:
        for case_id in {each.case_id for each in rows}:
            own = {each: relied for each in rows if each.case_id == case_id}
            mitigations.put_all(session, case_id, own, T0)


def new_case(db: Database, number: int = 1, state: str = "tracked", sealed: bool = False) -> int:
    """Open a case that lives on."""
    with db.write() as session:
        return cases.add(session, a_case(number, state=state, sealed=sealed))


def test_s13_a_mitigation_is_kept_under_its_number_and_written_over(db: Database) -> None:
    case_id = new_case(db)
    keep(db, row(case_id, 2), row(case_id, 1))
    keep(db, row(case_id, 2), row(case_id, 1, owner=NOOR, check_at=None))
    with db.read() as session:
        first, second = mitigations.of_case(session, case_id)
    assert (first.number, first.owner_id, first.next_check_at, first.updated_at) == (1, NOOR, None, T0)
    assert (second.number, second.owner_id, second.next_check_at, second.credited) == (2, DIEGO, T0 + WEEK, False)


def test_s14_what_a_mitigation_relies_on_is_replaced_with_it(db: Database) -> None:
    case_id = new_case(db)
    keep(db, row(case_id, 1), signals=("SIG-LAW", "SIG-LAW", "SIG-CONFLICT"), countries=("KE", "UG"))
    with db.read() as session:
        assert mitigations.conditions_of(session, case_id) == {
            1: [
                Condition("SIG-CONFLICT", "KE"),
                Condition("SIG-CONFLICT", "UG"),
                Condition("SIG-LAW", "KE"),
                Condition("SIG-LAW", "UG"),
            ]
        }
    keep(db, row(case_id, 1))
    with db.read() as session:
        assert mitigations.conditions_of(session, case_id) == {1: [Condition("SIG-LAW")]}


def test_the_name_of_a_customer_is_kept_as_far_as_it_is_compared(db: Database) -> None:
    case_id, name = new_case(db), "x" * 150
    with db.write() as session:
        wanted = {row(case_id, 1): mitigations.conditions(["SIG-LAW"], [], [name, "y"])}
        mitigations.put_all(session, case_id, wanted, T0)
        found = mitigations.conditions_of(session, case_id)[1]
    assert [each.customer for each in found] == ["x" * mitigations.CUSTOMER, "y"]


@pytest.mark.parametrize("status", ["working", "weakening", "failed"])
def test_s13_where_a_mitigation_stands_is_noted_with_the_next_look(db: Database, status: MitigationStatus) -> None:
    case_id = new_case(db)
    keep(db, row(case_id, 1))
    with db.write() as session:
        moved = replace(row(case_id, 1), status=status, credited=status == "working", next_check_at=T0 + 2 * WEEK)
        mitigations.put_all(session, case_id, {moved: mitigations.conditions(["SIG-LAW"], [], [])}, T0 + DAY)
        found = mitigations.of_case(session, case_id)[0]
        assert (found.status, found.credited, found.next_check_at) == (status, status == "working", T0 + 2 * WEEK)
        assert found.updated_at == T0 + DAY


def test_what_stands_already_is_not_written_again(db: Database) -> None:
    case_id = new_case(db)
    keep(db, row(case_id, 1), row(case_id, 2))
    with db.write() as session:
        relied = mitigations.conditions(["SIG-LAW"], [], [])
        wanted = {row(case_id, 1): relied, row(case_id, 2, owner=NOOR): relied}
        mitigations.put_all(session, case_id, wanted, T0 + DAY)
        assert [each.updated_at for each in mitigations.of_case(session, case_id)] == [T0, T0 + DAY]
        assert sorted(mitigations.conditions_of(session, case_id)) == [1, 2]


def test_a_status_that_does_not_exist_is_refused(db: Database) -> None:
    case_id = new_case(db)
    odd = Row(case_id, 1, 1, "MIT-DESIGN", None, "EV1", "perfect", False, None)
    with pytest.raises(Conflict), db.write() as session:
        mitigations.put_all(session, case_id, {odd: frozenset()}, T0)


def test_mitigations_that_the_record_does_not_hold_any_more_are_forgotten(db: Database) -> None:
    case_id = new_case(db)
    keep(db, *(row(case_id, number) for number in (1, 2, 3, 4)))
    keep(db, row(case_id, 1), row(case_id, 3))
    with db.read() as session:
        assert [each.number for each in mitigations.of_case(session, case_id)] == [1, 3]
        assert sorted(mitigations.conditions_of(session, case_id)) == [1, 3]


def test_a_person_finds_what_they_look_after_the_next_check_first(db: Database) -> None:
    first, second, closed = new_case(db, 1), new_case(db, 2), new_case(db, 3, state="closed")
    keep(db, row(first, 1, check_at=None), row(first, 2, check_at=T0 + 2 * WEEK), row(first, 3, owner=SAM))
    keep(db, row(second, 1), row(closed, 1))
    with db.read() as session:
        found = [(each.case_id, each.number) for each in mitigations.of_owner(session, DIEGO, 10)]
        assert found == [(second, 1), (first, 2), (first, 1)]
        assert len(mitigations.of_owner(session, DIEGO, 2)) == 2


def test_a_case_without_a_country_is_used_anywhere_until_somebody_names_one(db: Database) -> None:
    case_id = new_case(db)
    with db.write() as session:
        places.set_countries(session, case_id, ["UG", "KE", "KE"])
        assert places.of_case(session, case_id) == ["KE", "UG"]
    with db.read() as session:
        case = cases.get(session, case_id)
        assert case is not None
        assert (case.anywhere, case.version) == (False, 2)
    with db.write() as session:
        places.set_countries(session, case_id, [])
        assert places.of_case(session, case_id) == []
        case = cases.get(session, case_id)
        assert case is not None
        assert case.anywhere


def test_people_who_have_a_part_in_a_case_are_told_once_and_find_it(db: Database) -> None:
    mine, sealed, closed = new_case(db, 1), new_case(db, 2, sealed=True), new_case(db, 3, state="closed")
    with db.write() as session:
        for role in ("invited", "reviewer", "reviewer"):
            people.add(session, mine, SAM, role)
        people.add(session, mine, AMINA, "discussed")
        people.add(session, sealed, SAM, "decides")
        people.add(session, closed, SAM, "invited")
        assert people.of_case(session, mine) == [AMINA, SAM]
        assert people.of_case(session, mine, "reviewer") == [SAM]
        assert [case.id for case in people.cases_of(session, SAM, 10)] == [mine, sealed]
        assert [case.id for case in people.cases_of(session, SAM, 1)] == [mine]
        assert people.cases_of(session, RUTH, 10) == []


def test_s14_a_person_is_asked_one_question_once_until_it_is_answered(db: Database) -> None:
    case_id = new_case(db)
    with db.write() as session:
        assert nudges.due(session, case_id, 1, DIEGO, T0 + DAY, T0)
        assert not nudges.due(session, case_id, 1, DIEGO, T0 + 9 * DAY, T0)
        assert nudges.due(session, case_id, 0, DIEGO, T0, T0)
        assert nudges.due(session, case_id, 1, NOOR, T0, T0)
        picture, filter_ = nudges.open_of(session, DIEGO)
        assert (picture.number, filter_.number, filter_.due_at) == (0, 1, T0 + DAY)
        assert nudges.mark_asked(session, [picture.id or 0, filter_.id or 0], "week:9", T0 + DAY) == 2
        assert not nudges.due(session, case_id, 1, DIEGO, T0 + 9 * DAY, T0)
        asked = nudges.open_of(session, DIEGO)
        assert {(each.state, each.batch, each.asked_at) for each in asked} == {("asked", "week:9", T0 + DAY)}
        assert nudges.end(session, case_id, 1) == 2
        assert [each.number for each in nudges.open_of(session, DIEGO)] == [0]
        assert nudges.open_of(session, NOOR) == []
        assert nudges.due(session, case_id, 1, DIEGO, T0 + 99 * DAY, T0)
        assert nudges.end(session, case_id) == 2
        assert nudges.end(session, case_id) == 0
        assert nudges.mark_asked(session, [filter_.id or 0], "week:10", T0) == 0
        assert nudges.mark_asked(session, [], "week:10", T0) == 0


def test_the_database_itself_keeps_a_question_from_being_asked_twice(db: Database) -> None:
    case_id = new_case(db)
    twice = [Nudge(case_id=case_id, number=1, person_id=DIEGO, due_at=T0, created_at=T0) for _ in range(2)]
    with pytest.raises(Conflict), db.write() as session:
        session.add_all(twice)


def test_prompts_of_the_last_days_are_counted_for_each_person(db: Database) -> None:
    with db.write() as session:
        for at in (T0, T0, T0 + DAY, T0 + WEEK):
            nudges.prompted(session, DIEGO, at, "recheck")
        nudges.prompted(session, NOOR, T0, "digest")
        assert nudges.prompts_since(session, DIEGO, T0) == 3
        assert nudges.prompts_since(session, DIEGO, T0 + MINUTE) == 2
        assert nudges.prompts_since(session, SAM, T0) == 0


def test_a_tracked_case_without_a_clock_is_noticed(db: Database) -> None:
    tracked = new_case(db, 1)
    new_case(db, 2, state="closed")
    with db.write() as session:
        assert timers.open_without(session, 10) == [tracked]
        timers.put(session, [timers.NewTimer("a", "recheck", "due", T0, tracked)], T0)
        assert timers.open_without(session, 10) == []


def test_numbers_of_seals_nudges_and_signals_are_never_given_twice(db: Database) -> None:
    case_id = new_case(db)
    with db.write() as session:
        nudges.due(session, case_id, 1, DIEGO, T0, T0)
        first = nudges.open_of(session, DIEGO)[0].id or 0
        session.connection().execute(text("DELETE FROM hr_nudge"))
        session.expunge_all()
        nudges.due(session, case_id, 1, DIEGO, T0, T0)
        assert (nudges.open_of(session, DIEGO)[0].id or 0) > first


def test_a_part_in_a_case_belongs_to_those_named_now_and_to_nobody_who_was(db: Database) -> None:
    case_id, other = new_case(db), new_case(db, 2)
    with db.write() as session:
        people.add(session, case_id, SAM, "discussed")
        people.add(session, other, AMINA, "mitigation")
        people.set_role(session, case_id, "mitigation", {AMINA, SAM})
        people.set_role(session, case_id, "mitigation", {SAM, DIEGO})
    with db.read() as session:
        assert list(people.of_case(session, case_id, "mitigation")) == [DIEGO, SAM]
        assert list(people.of_case(session, other, "mitigation")) == [AMINA]
    with db.write() as session:
        people.set_role(session, case_id, "mitigation", ())
    with db.read() as session:
        assert list(people.of_case(session, case_id)) == [SAM], "another part stays"
