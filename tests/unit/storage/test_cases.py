"""Open cases are found by owner, by what is late, and one after the other."""

from __future__ import annotations

import pytest

from storage import cases
from storage.database import Database
from storage.errors import Conflict
from tests.unit.storage.people import DAY, DIEGO, MINUTE, NOOR, SAM, T0, a_case


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
