"""Reports that are none, given along with the real ones to whoever reads on their own machine (anonymity.md 3.9).

Nobody but its readers may know that there is a report which they cannot open: it could be about them. So everybody is
given some more that open for nobody; they come and go at the daily slot as real ones do, are the same at every look,
and differ from reader to reader. They stay for as short as a report that was taken back, and for as long as one that
was left for a year and then kept as the policy says; most go early, so that new ones come often and there are not many.

What remains: the wraps of a decoy never change, while those of all reports do when the readers change. Whoever kept
what they were handed before such a change can tell the two apart. A report about which people write to each other for
years outlives every decoy.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from workflows.rules.retention import RETRACTED, UNTOUCHED

AT_A_TIME: Final = 18
"""How many there are at a time, on average."""
A_WEEK_MOST: Final = 2
KEEP_DAYS: Final = 60
SHORTEST_DAYS: Final = RETRACTED.days + 1
UNTOUCHED_DAYS: Final = UNTOUCHED.days + 15
"""A year is counted from the end of the week of a last message; the first one came before that."""
SKEW: Final = 3
"""The higher, the more of them go early. A draw between 0 and 1 is raised to this power."""
GROWS_OF: Final = 8
"""Of so many one grows, as a report with many messages does."""
GROWS_DAYS: Final = 14
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Decoy:
    """What stands for a report that is none: its id, and a secret from which the rest of it follows."""

    id: bytes
    seed: bytes = field(repr=False)
    is_long: bool = False


def longest_days(keep_days: int) -> int:
    """Give how long one may stay where closed reports are kept for so many days."""
    return UNTOUCHED_DAYS + keep_days


def decoys(key: bytes, lead: str, today: date, keep_days: int = KEEP_DAYS) -> list[Decoy]:
    """Give a reader's decoys on a day, counted from the daily slot. `key` is secret and stays the same.

    `keep_days` is for how long the policy keeps closed reports.
    """
    monday, found = today - timedelta(days=today.weekday()), list[Decoy]()
    for ago in range(longest_days(keep_days) // 7 + 2):
        week = monday - timedelta(weeks=ago)
        for number in range(A_WEEK_MOST):
            decoy = _decoy(_draw(key, f"{lead}|{week.isoformat()}|{number}"), week, today, keep_days)
            found += [decoy] if decoy is not None else []
    return found


def _decoy(drawn: bytes, week: date, today: date, keep_days: int) -> Decoy | None:
    """Give a decoy of a week; None where there is none, before it came and after it went."""
    numbers = [int.from_bytes(drawn[place : place + 4], "big") for place in (0, 4, 8, 12)]
    span = longest_days(keep_days) - SHORTEST_DAYS
    a_week = AT_A_TIME * 7 / (SHORTEST_DAYS + span / (SKEW + 1))
    if numbers[3] / 2**32 >= a_week / A_WEEK_MOST:
        return None
    born = week + timedelta(days=numbers[0] % 7)
    life = timedelta(days=SHORTEST_DAYS + int((span + 1) * (numbers[1] / 2**32) ** SKEW))
    if not born <= today < born + life:
        return None
    is_long = numbers[2] % GROWS_OF == 0 and today >= born + timedelta(days=GROWS_DAYS)
    return Decoy(_draw(drawn, "id")[:ID_BYTES], _draw(drawn, "seed"), is_long)


def _draw(key: bytes, what: str) -> bytes:
    return hmac.new(key, what.encode(), sha256).digest()
