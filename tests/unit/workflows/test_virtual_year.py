"""A year of a case in a moment: the rules, the rows and the clock, without the engine."""

from __future__ import annotations

import pytest
from freezegun import freeze_time

from storage.audit import verify
from storage.database import Database
from tests.year import BEGIN, END, Paper, clocks, desk_of, live, without_engine


@pytest.mark.parametrize("store", ["sqlite"])
def test_twelve_months_of_a_case_happen_in_order_and_end_with_a_decision(db: Database):
    desk, paper = desk_of(db), Paper()

    with freeze_time(END):
        happened = live(desk, without_engine(desk, paper))

    assert happened["case.decided"] >= 4, "a hold each quarter, and a stop"
    assert happened["case.reminded"] >= 3
    assert happened["case.asked_again"] >= 8
    assert happened["case.moved_up"] == 0, "there is nothing above the top"
    assert {clock.key for clock in clocks(desk)} == {"digest", "case:1:look_again"}, "its record is not whole yet"
    digests = [to for to, kind in paper.told if kind == "digest"]
    assert 51 <= digests.count("U0NOOR") <= 53, "once a week"
    with db.read() as session:
        assert verify(session).whole
    assert BEGIN < END
