"""A change of context finds the cases it concerns, in order, batch after batch, along an index on either database."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from storage import cases, mitigations, places, signals
from storage.database import Database
from storage.models import SignalRow
from tests.unit.storage.many import many, plan_of
from tests.unit.storage.people import DAY, MINUTE, NOOR, T0, a_case


def a_signal(key: str = "view1", **change: Any) -> SignalRow:
    """Make an election in Kenya that acts the next day."""
    values: dict[str, Any] = {
        "key": key,
        "signal": "SIG-ELECTION",
        "countries": ["KE"],
        "products": [],
        "customers": [],
        "defeats": ["MIT-PARTNER"],
        "since": T0,
        "acts_at": T0 + DAY,
        "by_id": NOOR,
        "source": "the electoral commission",
        "created_at": T0,
    }
    return SignalRow(**{**values, **change})


def new_case(session: Session, number: int, *countries: str, **change: Any) -> int:
    """Open a case that is used in these countries."""
    case_id = cases.add(session, a_case(number, **change))
    places.set_countries(session, case_id, countries)
    return case_id


def test_a_signal_is_kept_once_under_its_key(db: Database) -> None:
    with db.write() as session:
        first = signals.add(session, a_signal())
        assert signals.add(session, a_signal(signal="SIG-LAW")) is None
        assert signals.by_key(session, "view2") is None
        found = signals.by_key(session, "view1")
        assert found is not None
        assert (found.id, found.signal, found.countries, found.defeats) == (
            first,
            "SIG-ELECTION",
            ["KE"],
            ["MIT-PARTNER"],
        )
        assert (found.state, found.cursor, found.acts_at, found.case_id) == ("planned", 0, T0 + DAY, None)


def test_a_signal_remembers_how_far_it_came_and_adds_up_what_it_did(db: Database) -> None:
    with db.write() as session:
        number = signals.add(session, a_signal())
        assert number is not None
        assert signals.progress(session, number, 50, touched=50, reopened=3, raised=1, hit=7)
        assert signals.progress(session, number, 90, touched=4, hit=1)
        # A batch that was worked through already is not counted twice.
        assert not signals.progress(session, number, 50, touched=50)
        found = signals.get(session, number, lock=True)
        assert found is not None
        assert (found.state, found.cursor, found.touched, found.reopened, found.raised, found.hit) == (
            "running",
            90,
            54,
            3,
            1,
            8,
        )
        assert signals.progress(session, number, 90, done_at=T0 + DAY)
        assert not signals.progress(session, number, 95)
        assert not signals.cancel(session, number, T0)
        found = signals.get(session, number)
        assert found is not None
        assert (found.state, found.done_at, found.cursor) == ("done", T0 + DAY, 90)


def test_what_is_planned_is_listed_by_when_it_acts_and_can_be_taken_back(db: Database) -> None:
    with db.write() as session:
        late, soon, never = (
            signals.add(session, a_signal(key, acts_at=T0 + days * DAY)) for key, days in (("a", 9), ("b", 2), ("c", 5))
        )
        assert never is not None
        assert soon is not None
        assert signals.cancel(session, never, T0 + MINUTE)
        assert not signals.cancel(session, never, T0 + MINUTE)
        assert [each.id for each in signals.planned(session, 10)] == [soon, late]
        assert [each.id for each in signals.recent(session, 2)] == [never, soon]
        assert signals.progress(session, soon, 1)
        assert [each.id for each in signals.planned(session, 10)] == [late]


def test_s14_a_change_finds_the_cases_used_there_and_those_of_which_nobody_knows(db: Database) -> None:
    with db.write() as session:
        kenya = new_case(session, 1, "KE", "DE")
        unknown = new_case(session, 2, state="tracked")
        new_case(session, 3, "DE")
        new_case(session, 4, "KE", state="closed")
        new_case(session, 5, "KE", sealed=True)
        other = new_case(session, 6, "KE", "UG", product_id="chat")
        assert signals.matching(session, None, ["KE"], 0, 10) == [kenya, unknown, other]
        assert signals.matching(session, ["maps"], ["KE", "UG"], 0, 10) == [kenya, unknown]
        assert signals.matching(session, ["chat"], [], 0, 10) == [other]
        assert signals.matching(session, None, ["KE"], kenya, 1) == [unknown]
        assert signals.matching(session, [], ["KE"], 0, 10) == []
        assert signals.count_matching(session, None, ["KE", "UG"]) == 3
        assert signals.count_matching(session, ["maps"], ["KE"]) == 2


def test_s14_mitigations_that_rely_on_what_changed_are_counted(db: Database) -> None:
    def rely(case_id: int, *each_on: tuple[str, list[str], list[str]]) -> None:
        wanted = {}
        for number, (signal, countries, customers) in enumerate(each_on, start=1):
            row = mitigations.Row(case_id, number, 1, "MIT-DESIGN", None, "EV1", "unproven", False, None)
            wanted[row] = mitigations.conditions([signal], countries, customers)
        mitigations.put_all(session, case_id, wanted, T0)

    with db.write() as session:
        kenya, elsewhere, closed = (
            new_case(session, 1, "KE"),
            new_case(session, 2, "DE"),
            new_case(session, 3, "KE", state="closed"),
        )
        rely(
            kenya,
            ("SIG-LAW", [], []),
            ("SIG-LAW", ["KE", "UG"], ["police of nakuru"]),
            ("SIG-LAW", ["UG"], []),
            ("SIG-CONFLICT", [], []),
        )
        rely(elsewhere, ("SIG-LAW", [], []))
        rely(closed, ("SIG-LAW", [], []))
        assert signals.count_hit(session, "SIG-LAW", None, ["KE"], []) == 2
        assert signals.count_hit(session, "SIG-LAW", None, ["KE"], ["somebody else"]) == 1
        assert signals.count_hit(session, "SIG-LAW", None, ["KE", "UG"], ["police of nakuru"]) == 3
        assert signals.count_hit(session, "SIG-LAW", ["maps"], [], []) == 4
        assert signals.count_hit(session, "SIG-LAW", ["chat"], [], []) == 0


def walked(session: Session, products: list[str] | None, countries: list[str], size: int) -> list[int]:
    """Collect what a signal concerns, batch after batch."""
    found: list[int] = []
    while batch := signals.matching(session, products, countries, found[-1] if found else 0, size):
        found += batch
    return found


def test_s14_batches_of_any_size_find_every_case_once_and_in_order(db: Database) -> None:
    many(db, 3_000)
    dice = Random(14)
    with db.read() as session:
        rows = session.connection().execute(
            text(
                "SELECT c.id, c.product_id, c.anywhere, p.country FROM hr_case c "
                "LEFT JOIN hr_case_country p ON p.case_id = c.id WHERE c.state <> 'closed' AND NOT c.sealed"
            )
        )
        known = [tuple(row) for row in rows]
        for _ in range(25):
            products = dice.choice([None, [f"p{number}" for number in dice.sample(range(40), dice.randint(1, 6))]])
            countries = dice.sample(["KE", "UG", "DE", "XX"], dice.randint(0, 3))
            expected = sorted(
                number
                for number, product, anywhere, country in known
                if (products is None or product in products) and (not countries or anywhere or country in countries)
            )
            assert walked(session, products, countries, dice.choice([1, 7, 50, 5_000])) == expected
            assert signals.count_matching(session, products, countries) == len(expected)


@pytest.mark.parametrize(
    ("products", "countries"),
    [(None, ["KE"]), (None, ["DE"]), (["p1", "p2"], []), (["p1", "p2"], ["DE", "KE"]), (None, [])],
)
def test_a_batch_walks_along_indexes_and_never_through_all_cases(
    db: Database, monkeypatch: pytest.MonkeyPatch, products: list[str] | None, countries: list[str]
) -> None:
    many(db, 20_000)
    plans: list[str] = []
    with db.read() as session:
        run = signals.Prepared.run

        def explained(self: signals.Prepared, session: Session, values: dict[str, Any]) -> Any:
            ready = self._for(session.connection())
            plans.append(plan_of(session, ready.sql, ready.parameters(values)))
            return run(self, session, values)

        monkeypatch.setattr(signals.Prepared, "run", explained)
        assert len(signals.matching(session, products, countries, 5_000, 50)) == 50
    assert plans
    for plan in plans:
        steps = {line.strip().removeprefix("->  ").partition("  (")[0] for line in plan.splitlines()}
        assert not steps & {"SCAN hr_case", "Seq Scan on hr_case", "Seq Scan on hr_case_country"}, plan
        assert "TEMP B-TREE" not in plan, plan
