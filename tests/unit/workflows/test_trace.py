"""The trace as people and machines read it: a state that follows from what is written, and counts that add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prompts.trace import Trace, TraceItem
from workflows.trace import State, lines, report, state_of, table

WORDS = {
    "missing": "still missing: {note}",
    "left": "Not built yet:",
    "totals": "{built} built, {partly} partly, {left} not built yet, of {all}.",
}
GAPS = TraceItem("S14", "Two open states", ("workflows/rules/record.py", "workflows/rules/locks.py"))
REMEDY = TraceItem("S15", "Remedy before harm", ("workflows/rules/severity.py",), "The plan.")
REPORTS = TraceItem("S17", "A question that must be answered")
TRACE = Trace((GAPS, REMEDY, REPORTS), {"S14": ("tests/test_a.py::test_b", "tests/test_a.py::test_c")}, WORDS)

paths = st.lists(st.sampled_from(["workflows/case.py", "docs/operate.md"]), unique=True).map(tuple)
items = st.builds(TraceItem, st.just("S1"), st.text(min_size=1, max_size=90), paths, st.sampled_from(["", "A part."]))


def test_the_state_follows_from_where_it_is_kept_and_what_is_missing():
    assert [state_of(item) for item in TRACE.items] == [State.BUILT, State.PARTLY, State.NOT_BUILT]


@given(items)
def test_nothing_is_built_that_nothing_keeps_or_that_misses_something(item: TraceItem):
    assert (state_of(item) is State.BUILT) == (bool(item.where) and not item.note)
    assert (state_of(item) is State.NOT_BUILT) == (not item.where)


def test_each_line_carries_the_tests_that_name_its_item():
    assert [len(line.tests) for line in lines(TRACE)] == [2, 0, 0]


def test_machines_read_five_fields_of_each_item():
    assert report(TRACE)[0] == {
        "id": "S14",
        "says": "Two open states",
        "state": "built",
        "where": ["workflows/rules/record.py", "workflows/rules/locks.py"],
        "tests": ["tests/test_a.py::test_b", "tests/test_a.py::test_c"],
    }
    assert [each["state"] for each in report(TRACE)] == ["built", "partly", "not built yet"]


def test_people_read_what_is_kept_then_what_is_left_then_the_counts():
    assert table(TRACE) == [
        "S14  built   workflows/rules/record.py (+1)  tests/test_a.py::test_b (+1)",
        "     Two open states",
        "S15  partly  workflows/rules/severity.py",
        "     Remedy before harm",
        "     still missing: The plan.",
        "",
        "Not built yet:",
        "S17  A question that must be answered",
        "",
        "1 built, 1 partly, 1 not built yet, of 3.",
    ]


def test_where_nothing_is_left_nothing_is_listed_as_left():
    assert table(Trace((GAPS,), {}, WORDS)) == [
        "S14  built   workflows/rules/record.py (+1)",
        "     Two open states",
        "",
        "1 built, 0 partly, 0 not built yet, of 1.",
    ]


@given(st.lists(items, max_size=6))
def test_the_counts_add_up_whatever_the_items_are(found: list[TraceItem]):
    last = table(Trace(tuple(found), {}, WORDS))[-1]
    numbers = [int(word) for word in last.rstrip(".").split() if word.isdigit()]
    assert sum(numbers[:3]) == numbers[3] == len(found)
