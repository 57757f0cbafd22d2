"""How the mitigations of a case stood month by month, and who knew of it: read from its events alone (S12, S18, S20).

Each month is the same fold over fewer events, so that what is known today never changes what an earlier month shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from workflows.rules import mitigations
from workflows.rules.mitigations import Mitigation, Status
from workflows.rules.record import Happened, fold, until

BACK = 8
"""How many months before the present one are shown at most."""
MONTHS = 12
"""How many months are shown: those behind us, this one, and some ahead."""
TICK = timedelta(microseconds=1)
Standing = Mapping[int, Mitigation]
"""The mitigations that stood at a moment, by their numbers."""


class Cell(StrEnum):
    """How a mitigation stood in one month; what is worse stands later. CHECK: it is looked at again in this month."""

    ABSENT = "absent"
    AHEAD = "ahead"
    PROVEN = "proven"
    UNPROVEN = "unproven"
    DOUBT = "doubt"
    FAILED = "failed"
    CHECK = "check"


_GRAVITY = (Cell.ABSENT, Cell.PROVEN, Cell.UNPROVEN, Cell.DOUBT, Cell.FAILED)
_OF_STATUS: Mapping[Status, Cell] = {
    Status.WORKING: Cell.PROVEN,
    Status.UNPROVEN: Cell.UNPROVEN,
    Status.WEAKENING: Cell.DOUBT,
    Status.FAILED: Cell.FAILED,
}


@dataclass(frozen=True, slots=True)
class Lifeline:
    """One mitigation over the months; `check_at` (aware UTC) is when it is looked at next, None where it ended."""

    number: int
    type: str
    cells: tuple[Cell, ...]
    check_at: datetime | None


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who knew: since when, and whether they did something themselves or were only told."""

    person: str
    since: datetime
    acted: bool


def months(opened: datetime, now: datetime) -> tuple[datetime, ...]:
    """Give the first moments of the months shown, and of the one behind them; in the zone of `now` (both aware)."""
    first, this = _month(opened.astimezone(now.tzinfo)), _month(now)
    start = max(first, _plus(this, -BACK))
    return tuple(_plus(start, number) for number in range(MONTHS + 1))


def lifelines(happened: Sequence[Happened], now: datetime) -> tuple[Lifeline, ...]:
    """Give every mitigation that these events name over the months up to `now` (aware), and what lies ahead.

    A month shows how it stood at its end; a doubt or a failure within the month is shown even where it was mended.
    """
    if not happened:
        return ()
    starts = months(happened[0].at, now)
    behind = [(begin, min(end - TICK, now)) for begin, end in pairwise(starts) if begin <= now]
    stood = {at: _standing(until(happened, at)) for at in _moments(happened, behind)}
    standing = stood[behind[-1][1]]
    known = {number: each for found in stood.values() for number, each in found.items()}
    return tuple(
        Lifeline(
            number,
            known[number].type,
            (*_behind(stood, behind, number), *_ahead(standing.get(number), starts[len(behind) :])),
            standing[number].check_at if number in standing else None,
        )
        for number in sorted(known)
    )


def witnesses(happened: Sequence[Happened]) -> tuple[Witness, ...]:
    """Give everybody who had acted, answered for the case, or been told by then; each once, in the order they came."""
    since: dict[str, datetime] = {}
    acted: set[str] = set()
    for event in happened:
        told = event.data.get("to")
        for person in (event.by, event.data.get("owner"), *([told] if isinstance(told, str) else told or ())):
            # Channels and groups are places, not people.
            if person and not str(person).startswith(("C", "G")):
                since.setdefault(str(person), event.at)
        if event.by:
            acted.add(event.by)
    return tuple(Witness(person, at, person in acted) for person, at in since.items())


def _moments(happened: Sequence[Happened], behind: Sequence[tuple[datetime, datetime]]) -> Iterator[datetime]:
    """The end of each month, and each moment within it at which something may have put a mitigation in doubt."""
    begin, end = behind[0][0], behind[-1][1]
    yield from (each.at for each in happened if begin <= each.at <= end and each.kind in _TELLING)
    yield from (last for _, last in behind)


_TELLING = frozenset({"case.signal", "record.recheck"})


def _standing(happened: Sequence[Happened]) -> Standing:
    return {each.number: each for each in mitigations.of(fold(happened))}


def _behind(
    stood: Mapping[datetime, Standing], behind: Sequence[tuple[datetime, datetime]], number: int
) -> Iterator[Cell]:
    for begin, end in behind:
        within = [_cell(stood[at].get(number), at) for at in stood if begin <= at < end]
        bad = [each for each in within if each in (Cell.DOUBT, Cell.FAILED)]
        yield max([_cell(stood[end].get(number), end), *bad], key=_GRAVITY.index)


def _cell(found: Mitigation | None, at: datetime) -> Cell:
    if found is None:
        return Cell.ABSENT
    return Cell.PROVEN if found.is_credited(at) else _OF_STATUS[found.status(at)]


def _ahead(mitigation: Mitigation | None, starts: Sequence[datetime]) -> Iterator[Cell]:
    """The months to come: nothing is promised for them but the next look."""
    for begin, end in pairwise(starts):
        check = mitigation.check_at if mitigation else None
        yield Cell.CHECK if check is not None and begin <= check < end else Cell.AHEAD


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _plus(month: datetime, number: int) -> datetime:
    index = month.year * 12 + month.month - 1 + number
    return month.replace(year=index // 12, month=index % 12 + 1)
