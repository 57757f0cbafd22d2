"""A mitigation month by month, and who knew: each month is read from what had happened by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from workflows.rules import mitigations
from workflows.rules.record import Happened, fold, until
from workflows.rules.timeline import BACK, MONTHS, Cell, lifelines, months, witnesses

NOVEMBER = datetime(2025, 11, 3, 9, tzinfo=UTC)


def event(seq: int, day: int, kind: str, by: str | None = "U0NOOR", **data: Any) -> Happened:
    return Happened(seq, kind, NOVEMBER + timedelta(days=day), by, data)


def opened() -> Happened:
    return event(1, 0, "case.opened", "U0AMINA", owner="U0NOOR", level="L2")


def mitigation(seq: int, day: int, check: int, evidence: str = "EV3", **fields: Any) -> Happened:
    what = {"risk": "1", "type": "MIT-DESIGN", "owner": "U0DIEGO", "evidence": evidence, "signals": ["SIG-LAW"]}
    at = (NOVEMBER + timedelta(days=check)).isoformat()
    return event(seq, day, "record.mitigation", number=1, fields={**what, **fields}, check_at=at)


def test_s20_the_month_of_a_signal_shows_the_doubt_and_the_months_before_stay_as_they_were():
    told = [opened(), mitigation(2, 1, 300), event(3, 100, "case.signal", None, signal="SIG-LAW")]

    (before,) = lifelines(told[:2], NOVEMBER + timedelta(days=99))
    (after,) = lifelines(told, NOVEMBER + timedelta(days=130))

    assert before.cells[:4] == (Cell.PROVEN,) * 4
    assert after.cells[:5] == (Cell.PROVEN, Cell.PROVEN, Cell.PROVEN, Cell.DOUBT, Cell.DOUBT)


def test_s20_a_doubt_that_was_mended_within_the_month_is_still_to_be_seen():
    proof = {"mitigation": "1", "effect": "EFFECTIVE", "evidence": "EV4", "shown_by": "Measured."}
    check = (NOVEMBER + timedelta(days=300)).isoformat()
    told = [
        opened(),
        mitigation(2, 1, 300),
        event(3, 100, "case.signal", None, signal="SIG-LAW"),
        event(4, 102, "record.recheck", "U0DIEGO", number=1, fields=proof, check_at=check),
    ]

    (line,) = lifelines(told, NOVEMBER + timedelta(days=130))

    assert line.cells[2:5] == (Cell.PROVEN, Cell.DOUBT, Cell.PROVEN)


def test_s12_a_new_mitigation_is_unproven_and_its_next_look_stands_in_the_month_ahead():
    told = [opened(), mitigation(2, 1, 60, evidence="EV1")]

    (line,) = lifelines(told, NOVEMBER + timedelta(days=5))

    assert line.cells[:3] == (Cell.UNPROVEN, Cell.AHEAD, Cell.CHECK)
    assert line.check_at == NOVEMBER + timedelta(days=60)


def test_s18_the_credit_ends_with_the_month_of_the_check_date():
    told = [opened(), mitigation(2, 1, 40)]

    (line,) = lifelines(told, NOVEMBER + timedelta(days=80))

    assert line.cells[:3] == (Cell.PROVEN, Cell.UNPROVEN, Cell.UNPROVEN)


def test_a_mitigation_that_was_taken_out_is_shown_for_the_months_on_which_it_held():
    ended = event(3, 70, "record.ended", number=1, fields={"part": "mitigation", "entry": "1", "why": "Gone"})

    (line,) = lifelines([opened(), mitigation(2, 1, 300), ended], NOVEMBER + timedelta(days=95))

    assert line.cells[:4] == (Cell.PROVEN, Cell.PROVEN, Cell.ABSENT, Cell.ABSENT)
    assert line.check_at is None


def test_an_old_case_shows_its_last_months_and_a_young_one_begins_where_it_began():
    young = months(NOVEMBER, NOVEMBER + timedelta(days=40))
    old = months(NOVEMBER, NOVEMBER + timedelta(days=900))

    assert (len(young), len(old)) == (MONTHS + 1, MONTHS + 1)
    assert young[0] == datetime(2025, 11, 1, tzinfo=UTC)
    assert old[BACK] == datetime(2028, 4, 1, tzinfo=UTC)


def test_who_knew_is_who_acted_who_was_asked_and_who_was_told_and_no_channel():
    told = [
        opened(),
        event(2, 2, "case.reminded", None, to=["U0NOOR", "C0RIGHTS"]),
        event(3, 3, "case.backup_asked", None, to="U0RUTH"),
        event(4, 4, "record.risk", "U0DIEGO", number=1, fields={}),
    ]

    found = [(each.person, each.acted, (each.since - NOVEMBER).days) for each in witnesses(told)]

    assert found == [("U0AMINA", True, 0), ("U0NOOR", False, 0), ("U0RUTH", False, 3), ("U0DIEGO", True, 4)]
    assert [each.person for each in witnesses(told[:2])] == ["U0AMINA", "U0NOOR"]


happenings = some.lists(
    some.tuples(
        some.integers(0, 400), some.sampled_from(["mitigation", "signal", "weak", "recheck"]), some.integers(1, 300)
    ),
    max_size=8,
)


@settings(max_examples=50, deadline=None)
@given(happenings, some.integers(0, 500))
def test_s20_each_month_behind_shows_nothing_better_than_how_it_ended(found: list[tuple[int, str, int]], days: int):
    told = [opened()]
    for day, kind, check in sorted(found):
        seq = len(told) + 1
        if kind == "signal":
            told.append(event(seq, day, "case.signal", None, signal="SIG-LAW"))
        elif kind == "recheck":
            fields = {"mitigation": "1", "effect": "EFFECTIVE", "evidence": "EV3", "shown_by": "x"}
            at = (NOVEMBER + timedelta(days=day + check)).isoformat()
            told.append(event(seq, day, "record.recheck", number=seq, fields=fields, check_at=at))
        else:
            told.append(mitigation(seq, day, day + check, "EV1" if kind == "weak" else "EV3"))
    now = NOVEMBER + timedelta(days=days)
    known = until(told, now)

    starts = months(NOVEMBER, now)
    for line in lifelines(known, now):
        assert len(line.cells) == MONTHS
        for begin, end, cell in zip(starts, starts[1:], line.cells, strict=False):
            if begin > now:
                assert cell in (Cell.AHEAD, Cell.CHECK)
                continue
            at = min(end - timedelta(microseconds=1), now)
            standing = mitigations.of(fold(until(known, at)))
            if cell is Cell.PROVEN:
                assert standing[0].is_credited(at)
            if cell is Cell.ABSENT:
                assert standing == ()
