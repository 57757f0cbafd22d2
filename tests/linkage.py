"""A game: somebody holds our tables and a log of who used the bot when, and tries to name who wrote a report (T5).

People use the bot at random, on working days; one of them is also the reporter and comes several times. The attacker
knows exactly how we hold things, weighs everybody by how well their uses explain what was released when, and names the
likeliest. Rows without our protection show what the same attacker can do elsewhere (reference/anonymity.md 3.7).
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from workflows.rules.holds import MONDAYS, SLOTS

DAY: Final = 24.0
WEEK: Final = 7 * DAY
SLOT: Final = 9.0
"""The daily slot, in hours of a day. Day 0 is a Monday."""
WEEKS: Final = 20
OPENS, CLOSES = 8.0, 18.0
WITHIN: Final = (8.5, 13.5)
"""For an attacker who knows the day only: before the slot, and after it."""
_WORKDAYS: Final = 5


class Explains(NamedTuple):
    """How likely a use at a moment brings about what was seen; not at all before `first`, nor from `last` on."""

    chance: Callable[[float], float]
    first: float
    last: float


Sees = Callable[[int, float, random.Random], Explains | None]
"""Of a visit (its number, its moment, a source of chance), what the attacker sees; None where nothing is kept of it."""


class Scheme(NamedTuple):
    """One way to keep what happens."""

    name: str
    sees: Sees


def slot_after(moment: float) -> float:
    """Give the first daily slot after a moment."""
    return math.floor((moment - SLOT) / DAY + 1) * DAY + SLOT


def _exactly(width: float) -> Sees:
    """Keep a moment to within `width` hours, as it is."""

    def sees(_visit: int, moment: float, _draw: random.Random) -> Explains:
        cell = math.floor(moment / width)
        return Explains(lambda use: float(math.floor(use / width) == cell), cell * width, (cell + 1) * width)

    return sees


def _held(kept: float) -> Sees:
    """Hold for some slots, and keep the release to within `kept` hours."""

    def sees(_visit: int, moment: float, draw: random.Random) -> Explains:
        released = slot_after(moment) + (draw.choice(SLOTS) - 1) * DAY
        cell = math.floor(released / kept)

        def chance(use: float) -> float:
            first = slot_after(use)
            return sum(math.floor((first + (hold - 1) * DAY) / kept) == cell for hold in SLOTS) / len(SLOTS)

        return Explains(chance, cell * kept - max(SLOTS) * DAY, (cell + 1) * kept)

    return sees


def _monday(moment: float, count: int = 1) -> int:
    """Give the number of the week at whose Monday's slot something is released that waits for so many of them."""
    return math.floor((moment - SLOT) / WEEK) + count


def _mondays(choices: Sequence[int]) -> Sees:
    """Hold until some Monday's slot."""

    def sees(_visit: int, moment: float, draw: random.Random) -> Explains:
        released = _monday(moment, draw.choice(choices))
        first = (released - max(choices)) * WEEK

        def chance(use: float) -> float:
            return sum(_monday(use, count) == released for count in choices) / len(choices)

        return Explains(chance, first, released * WEEK + SLOT)

    return sees


def _first_then(first: Sees, others: Sees, seen: Callable[[int], bool] = lambda _visit: True) -> Sees:
    """Keep the first visit one way and those after it another; `seen` says of which anything is kept."""
    return lambda visit, moment, draw: ((others if visit else first)(visit, moment, draw)) if seen(visit) else None


UNPROTECTED: Final = (Scheme("second", _exactly(1 / 3600)), Scheme("hour", _exactly(1.0)), Scheme("day", _exactly(DAY)))
DAILY: Final = Scheme("day, held 1 to 3 slots", _held(DAY))
ONE_MONDAY: Final = Scheme("week, held 1 to 3 slots; then the next Monday", _first_then(_held(WEEK), _mondays((1,))))
OURS: Final = Scheme("ours: the tables, read week after week", _first_then(_held(WEEK), _mondays(MONDAYS)))
WATCHED: Final = Scheme("ours: the tables, read every day", _first_then(_held(DAY), _mondays(MONDAYS)))


def stolen(visits: int) -> Scheme:
    """Give what the tables tell who finds them later: the week of the release, and that of the last change."""
    ends = (0, visits - 1)
    seen = _first_then(_held(WEEK), _mondays(MONDAYS), lambda visit: visit in ends)
    return Scheme("ours: the tables, found later", seen)


@dataclass(frozen=True, slots=True)
class Game:
    """How it is played: people, uses of each on an average day, visits of the reporter, rounds.

    A use is one time that somebody comes, whatever they do then: to begin a form, or to tap on the weekly question. The
    edge counts the same (`Edge.counts`), so that `hrdd privacy meter` speaks of these numbers.
    """

    people: int = 200
    a_day: float = 0.1
    visits: int = 4
    rounds: int = 500
    by_day: bool = False
    """Whether the attacker has one bit for each person and day, in the place of every moment."""


@dataclass(frozen=True, slots=True)
class Result:
    """How often the reporter was named, and how many people could have been it.

    `picked`: by who picks any of those who could have been it. `weighed`: by who names the one whose uses explain it
    best, which favours people who use the bot much, and a reporter does.
    """

    name: str
    picked: float
    weighed: float
    median: int
    fifth: int

    def __str__(self) -> str:
        """Write it as a row."""
        named = f"picked {self.picked:6.1%}   weighed {self.weighed:6.1%}"
        return f"{self.name:<46} {named}   could be: median {self.median:>3}, 5th percentile {self.fifth:>3}"


def play(scheme: Scheme, game: Game, seed: int = 5) -> Result:
    """Play all rounds."""
    draw = random.Random(seed)
    rounds = [_round(scheme, game, draw) for _ in range(game.rounds)]
    sizes = sorted(size for _, size in rounds)
    return Result(
        scheme.name,
        sum(1 / size for size in sizes) / game.rounds,
        sum(hit for hit, _ in rounds) / game.rounds,
        sizes[len(sizes) // 2],
        sizes[len(sizes) // 20],
    )


def _round(scheme: Scheme, game: Game, draw: random.Random) -> tuple[float, int]:
    """Give whether the reporter was the likeliest (a part of it among equals), and how many could have been it."""
    visits = _visits(game.visits, draw)
    seen = [each for number, moment in enumerate(visits) if (each := scheme.sees(number, moment, draw)) is not None]
    reporter = _weight(sorted(visits + _uses(game, draw)), seen, game)
    others = [_weight(_uses(game, draw), seen, game) for _ in range(game.people - 1)]
    likelier = sum(each > reporter for each in others)
    equal = sum(each == reporter for each in others)
    return (0.0 if likelier else 1 / (1 + equal)), 1 + sum(each > 0 for each in others)


def _visits(count: int, draw: random.Random) -> list[float]:
    """Give when the reporter comes: first in some week, then each time some days to some weeks later."""
    found = [_at_work(draw.randrange(7, 21), draw)]
    while len(found) < count:
        found.append(_at_work(int(found[-1] / DAY) + draw.randrange(3, 22), draw))
    return found


def _at_work(day: int, draw: random.Random) -> float:
    day += max(0, day % 7 - _WORKDAYS + 1) and 7 - day % 7
    return day * DAY + draw.uniform(OPENS, CLOSES)


def _uses(game: Game, draw: random.Random) -> list[float]:
    """Give when one person uses the bot for other things: at random, on working days, so often on an average day."""
    found, days = [], 0.0
    rate = game.a_day * 7 / _WORKDAYS
    while rate and (days := days + draw.expovariate(rate)) < WEEKS * _WORKDAYS:
        whole = int(days)
        at = OPENS + (days - whole) * (CLOSES - OPENS)
        found.append((whole // _WORKDAYS * 7 + whole % _WORKDAYS) * DAY + at)
    return found


def _weight(uses: Sequence[float], seen: Sequence[Explains], game: Game) -> float:
    """Give how much likelier the uses are if this person is the reporter than if not, up to one factor for all."""
    if game.by_day:
        uses = [day * DAY + hour for day in sorted({int(use / DAY) for use in uses}) for hour in WITHIN]
    weight = 1.0
    for chance, first, last in seen:
        weight *= sum(map(chance, uses[bisect_left(uses, first) : bisect_left(uses, last)]))
        if not weight:
            break
    return weight
