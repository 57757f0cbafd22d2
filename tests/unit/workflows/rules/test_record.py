"""The fold: a record is what its events come to, at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.record import Happened, fold, until
from workflows.rules.values import Level

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
AMINA, NOOR = "U0AMINA", "U0NOOR"


def wrote(seq: int, part: str, number: int = 1, by: str | None = NOOR, /, **fields: Any) -> Happened:
    """Somebody wrote a part, `seq` hours after the beginning."""
    return happened(seq, f"record.{part}", by, {"number": number, "fields": fields})


def happened(seq: int, kind: str, by: str | None = NOOR, data: Mapping[str, Any] | None = None) -> Happened:
    """Something happened `seq` hours after the beginning."""
    return Happened(seq, kind, BEGIN + timedelta(hours=seq), by, data or {})


def test_what_a_later_writing_leaves_empty_is_empty() -> None:
    record = fold([wrote(1, "risk", what="Harm", scale="3"), wrote(2, "risk", what="Other harm")])
    assert [dict(each.fields) for each in record.of("risk")] == [{"what": "Other harm"}]


def test_everybody_who_wrote_an_entry_is_named_the_last_one_first() -> None:
    record = fold([wrote(1, "D02", 1, AMINA, path="a"), wrote(2, "D02", 1, NOOR, path="b")])
    item = record.one("D02")
    assert item is not None
    assert (item.written_by, item.by, item.first_at) == ((NOOR, AMINA), NOOR, BEGIN + timedelta(hours=1))


def test_entries_stand_in_the_order_of_their_numbers() -> None:
    record = fold([wrote(1, "gap", 2), wrote(2, "gap", 1), wrote(3, "gap", 3)])
    assert [each.number for each in record.of("gap")] == [1, 2, 3]


def test_an_entry_that_ended_is_gone_and_its_number_is_not_used_again() -> None:
    events = [wrote(1, "risk", 1), wrote(2, "risk", 2), wrote(3, "ended", 1, part="risk", entry="2", why="Twice.")]
    record = fold(events)
    assert [each.number for each in record.of("risk")] == [1]
    assert record.next_number("risk") == 3


def test_a_signal_that_was_settled_is_not_open_any_more_and_is_still_told() -> None:
    signal = happened(4, "case.signal", None, {"signal": "SIG-LAW", "countries": ["KE"]})
    record = fold([signal, wrote(5, "settled", 1, signal="4", why="The draft was withdrawn.")])
    assert record.open_signals == ()
    assert [each.id for each in record.signals] == ["SIG-LAW"]


def test_a_case_that_waits_again_has_no_decision() -> None:
    decided = happened(2, "case.decided", NOOR, {"outcome": "go", "state": "tracked", "level": "L2"})
    reopened = happened(3, "case.reopened", None, {"level": "L3", "owner": "U0RUTH"})
    assert fold([decided]).then.decision == "go"
    then = fold([decided, reopened]).then
    assert (then.state, then.decision, then.level, then.owner) == ("waiting", None, Level.L3, "U0RUTH")


def test_s20_what_happened_later_does_not_rewrite_an_earlier_day() -> None:
    events = [wrote(1, "risk", what="Harm"), wrote(30, "risk", what="Worse harm")]
    then = fold(until(events, BEGIN + timedelta(hours=10)))
    assert then.of("risk")[0].text("what") == "Harm"


PARTS = st.sampled_from(["risk", "mitigation", "gap", "D02", "dissent"])
WRITINGS = st.lists(st.tuples(PARTS, st.integers(1, 4), st.text(max_size=5)), max_size=30)


@given(WRITINGS, st.integers(0, 30))
def test_s20_a_past_day_reads_the_same_whatever_comes_after(writings: list[tuple[str, int, str]], cut: int) -> None:
    events = [wrote(seq, part, number, what=text) for seq, (part, number, text) in enumerate(writings, start=1)]
    moment = BEGIN + timedelta(hours=cut)
    assert fold(until(events, moment)) == fold(events[:cut])


@given(WRITINGS)
def test_a_fold_has_every_number_once(writings: list[tuple[str, int, str]]) -> None:
    record = fold(wrote(seq, part, number, what=text) for seq, (part, number, text) in enumerate(writings, start=1))
    for part, entries in record.entries.items():
        numbers = [each.number for each in entries]
        assert numbers == sorted(set(numbers))
        last = {number: text for each, number, text in writings if each == part}
        assert {each.number: each.text("what") for each in entries} == last
