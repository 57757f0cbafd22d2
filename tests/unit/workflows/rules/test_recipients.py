"""Who can open a report: everybody who was not left out and has a key; and who is shown it when."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from workflows.rules.recipients import Recipient, independent, may_start, readers, sees_at_once

NOOR = Recipient("noor", "leads", "Noor", "U0NOOR")
SAM = Recipient("sam", "leads", "Sam", "U0SAM")
RUTH = Recipient("ruth", "board", "Ruth", "U0RUTH")
ALL = (NOOR, SAM, RUTH)
IDS = [each.id for each in ALL]
SUBSETS = [frozenset(each) for each in chain.from_iterable(combinations(IDS, count) for count in range(4))]


@pytest.mark.parametrize("excluded", SUBSETS, ids=lambda each: "+".join(sorted(each)) or "nobody")
def test_whoever_was_left_out_or_has_no_key_can_never_open_it(excluded: frozenset[str]) -> None:
    """T10, the rule: over every subset of recipients who were left out, and of those who have a key."""
    for keyed in SUBSETS:
        can = {each.id for each in readers(ALL, excluded, keyed)}
        assert can == (set(IDS) - excluded) & keyed


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([["U1"], ["U2"]], True),
        ([["U1", "U2"], ["U3"]], True),
        ([["U1", "U2"], ["U2"]], False),
        ([["U1"]], False),
        ([["U1"], []], False),
        ([], False),
        ([["U1", "U1"], ["U2"]], False),
    ],
)
def test_groups_are_independent_where_nobody_is_in_two(groups: list[list[str]], expected: bool) -> None:
    assert independent(groups) is expected


@pytest.mark.parametrize(
    ("keyed", "expected"),
    [("noor ruth", True), ("noor sam ruth", True), ("noor sam", False), ("ruth", False), ("", False)],
)
def test_anonymous_reports_are_taken_once_two_groups_have_a_key(keyed: str, expected: bool) -> None:
    assert may_start(ALL, keyed.split()) is expected


def test_the_first_group_that_can_open_it_is_shown_it_at_once_and_the_next_when_silence_moves_it_up() -> None:
    both, second = ["leads", "board"], ["board"]
    assert sees_at_once("leads", both, level=2, silent=0, top=3)
    assert not sees_at_once("board", both, level=2, silent=0, top=3)
    assert sees_at_once("board", both, level=2, silent=1, top=3)
    assert sees_at_once("board", both, level=3, silent=0, top=3)
    assert sees_at_once("board", second, level=2, silent=0, top=3)
