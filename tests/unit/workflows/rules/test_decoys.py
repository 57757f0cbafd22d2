"""Decoys: the same at every look, others for every reader, gone as reports go."""

from __future__ import annotations

import sys
from datetime import date, timedelta

from workflows.rules.decoys import LONGEST_DAYS, SHORTEST_DAYS, decoys

KEY, TODAY = b"k" * 32, date(2026, 11, 22)


def ids(lead: str, today: date, key: bytes = KEY) -> set[bytes]:
    return {each.id for each in decoys(key, lead, today)}


def test_they_are_the_same_at_every_look_of_a_day_and_others_for_another_reader_or_key() -> None:
    assert decoys(KEY, "noor", TODAY) == decoys(KEY, "noor", TODAY)
    assert not ids("noor", TODAY) & ids("ruth", TODAY)
    assert not ids("noor", TODAY) & ids("noor", TODAY, b"x" * 32)


def test_there_are_always_some_of_them_whoever_looks_and_whenever() -> None:
    counted = [len(ids(lead, TODAY + timedelta(days=day))) for lead in ("noor", "ruth") for day in range(0, 365, 3)]

    average = sum(counted) / len(counted)
    sys.stdout.write(f"decoys of a reader: {min(counted)} to {max(counted)}, {average:.1f} on average\n")
    assert min(counted) >= 4
    assert max(counted) <= 40


def test_each_comes_once_stays_as_long_as_a_report_does_and_goes_once() -> None:
    days = [TODAY + timedelta(days=day) for day in range(500)]
    seen: dict[bytes, list[date]] = {}
    for day in days:
        for each in ids("noor", day):
            seen.setdefault(each, []).append(day)

    whole = [found for found in seen.values() if found[0] > days[0] and found[-1] < days[-1]]
    assert len(whole) > 20
    for found in whole:
        assert len(found) == (found[-1] - found[0]).days + 1, "it did not come a second time"
        assert SHORTEST_DAYS <= len(found) <= LONGEST_DAYS
    # On no day of the week alone, or it would be known by that.
    assert {found[0].weekday() for found in whole} == set(range(7))


def test_some_of_them_grow_as_a_report_with_many_messages_does() -> None:
    later = [each for day in range(0, 365, 30) for each in decoys(KEY, "noor", TODAY + timedelta(days=day))]

    assert 0 < sum(each.is_long for each in later) < len(later) / 3
    assert "seed" not in repr(later[0])
