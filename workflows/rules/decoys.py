"""Reports that are none, given along with the real ones to whoever reads on their own machine (anonymity.md 3.9).

Nobody but its readers may know that there is a report which they cannot open: it could be about them. So everybody is
given, for each week that went by, none, one or two more that open for nobody; they come and go at the daily slot as
real ones do, are the same at every look, and differ from reader to reader.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

WEEKS: Final = 27
A_WEEK_MOST: Final = 2
SHORTEST_DAYS: Final = 60
LONGEST_DAYS: Final = 180
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


def decoys(key: bytes, lead: str, today: date) -> list[Decoy]:
    """Give a reader's decoys on a day, counted from the daily slot. `key` is secret and stays the same."""
    monday, found = today - timedelta(days=today.weekday()), []
    for ago in range(WEEKS):
        week = monday - timedelta(weeks=ago)
        drawn = _draw(key, f"{lead}|{week.isoformat()}")
        for number in range(drawn[0] % (A_WEEK_MOST + 1)):
            decoy = _decoy(_draw(key, f"{lead}|{week.isoformat()}|{number}"), week, today)
            found += [decoy] if decoy is not None else []
    return found


def _decoy(drawn: bytes, week: date, today: date) -> Decoy | None:
    """Give a decoy of a week, None before it came and after it went."""
    numbers = [int.from_bytes(drawn[place : place + 4], "big") for place in (0, 4, 8)]
    born = week + timedelta(days=numbers[0] % 7)
    life = timedelta(days=SHORTEST_DAYS + numbers[1] % (LONGEST_DAYS - SHORTEST_DAYS + 1))
    if not born <= today < born + life:
        return None
    is_long = numbers[2] % GROWS_OF == 0 and today >= born + timedelta(days=GROWS_DAYS)
    return Decoy(_draw(drawn, "id")[:ID_BYTES], _draw(drawn, "seed"), is_long)


def _draw(key: bytes, what: str) -> bytes:
    return hmac.new(key, what.encode(), sha256).digest()
