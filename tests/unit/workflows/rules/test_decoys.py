"""Decoys: the same at every look, others for every reader, gone as reports go."""

from __future__ import annotations

import sys
from datetime import date, timedelta

import pytest

from workflows.rules.decoys import SHORTEST_DAYS, decoys, longest_days

KEY, TODAY = b"k" * 32, date(2026, 11, 22)


def ids(lead: str, today: date, key: bytes = KEY, keep_days: int = 60) -> set[bytes]:
    return {each.id for each in decoys(key, lead, today, keep_days)}


def stays(lead: str, days: int, keep_days: int, step: int = 1) -> dict[bytes, list[int]]:
    """Give on which days each decoy is there, of those that came and went meanwhile."""
    seen: dict[bytes, list[int]] = {}
    for day in range(0, days, step):
        for each in ids(lead, TODAY + timedelta(days=day), keep_days=keep_days):
            seen.setdefault(each, []).append(day)
    return {each: found for each, found in seen.items() if found[0] > 0 and found[-1] < days - step}


def test_they_are_the_same_at_every_look_of_a_day_and_others_for_another_reader_or_key() -> None:
    assert decoys(KEY, "noor", TODAY) == decoys(KEY, "noor", TODAY)
    assert not ids("noor", TODAY) & ids("ruth", TODAY)
    assert not ids("noor", TODAY) & ids("noor", TODAY, b"x" * 32)


@pytest.mark.parametrize("keep_days", [60, 1095])
def test_there_are_always_some_of_them_and_never_many_whoever_looks_and_whenever(keep_days: int) -> None:
    counted = [
        len(ids(lead, TODAY + timedelta(days=day), keep_days=keep_days))
        for lead in ("noor", "ruth", "sam")
        for day in range(0, 365, 14)
    ]

    average = sum(counted) / len(counted)
    sys.stdout.write(f"decoys of a reader: {min(counted)} to {max(counted)}, {average:.1f} on average\n")
    assert min(counted) >= 4
    assert max(counted) <= 40
    assert 10 <= average <= 25


def test_each_comes_once_stays_as_long_as_a_report_does_and_goes_once() -> None:
    whole = stays("noor", 700, 60)

    assert len(whole) > 20
    for found in whole.values():
        assert len(found) == found[-1] - found[0] + 1, "it did not come a second time"
        assert SHORTEST_DAYS <= len(found) <= longest_days(60)
    # On no day of the week alone, or it would be known by that.
    assert {found[0] % 7 for found in whole.values()} == set(range(7))


@pytest.mark.parametrize(("keep_days", "oldest"), [(60, 380), (1095, 1095)])
def test_neither_a_short_stay_nor_a_long_one_tells_a_report_from_what_is_none(keep_days: int, oldest: int) -> None:
    """A report that was taken back goes after a month; one that nobody touched stays for a year, or as is kept."""
    step, leads = 7, ("noor", "ruth", "sam")
    lives = [found[-1] - found[0] for lead in leads for found in stays(lead, oldest + 900, keep_days, step).values()]

    assert min(lives) < 45
    assert max(lives) >= oldest
    assert longest_days(keep_days) >= max(lives)


def test_some_of_them_grow_as_a_report_with_many_messages_does() -> None:
    later = [each for day in range(0, 365, 30) for each in decoys(KEY, "noor", TODAY + timedelta(days=day))]

    assert 0 < sum(each.is_long for each in later) < len(later) / 3
    assert "seed" not in repr(later[0])
