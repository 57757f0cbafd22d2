"""Who owns a level: the most specific seat wins, nobody rates their own severe risk, silence has somebody to go to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.rules.values import Level


@dataclass(frozen=True, slots=True)
class Seat:
    """One place in the policy: an owner, who steps in, and the channel where this level is told."""

    owner: str
    backup: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """The seats that apply to one product, most specific first: product, region, company."""

    layers: Sequence[Mapping[str, Seat]]
    fallback_channel: str | None = None

    def seat(self, level: Level) -> Seat | None:
        """Give the most specific seat for the role of this level, or None when the policy names nobody."""
        return next((layer[level.role] for layer in self.layers if level.role in layer), None)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a case now: person, backup, role, channel, and the level whose seat was used."""

    person: str | None
    backup: str | None
    role: str
    channel: str | None
    seat_level: Level
    passed_over: tuple[str, ...] = ()
    """People the policy names before this one who cannot answer: gone, a bot, or the submitter of a severe risk."""


def owner_of(level: Level, routes: Routes, submitters: Collection[str], can_answer: Callable[[str], bool]) -> Owner:
    """Give the owner of a case at this level: owner, backup, the next levels up, and last the human rights lead.

    From L2 on those who sent a check of it are passed over: nobody is the only judge of a risk they raised (S2).
    Where nobody can answer, `person` is None and the fallback channel is told.
    """
    passed_over: list[str] = []

    def fits(person: str) -> bool:
        fit = can_answer(person) and not (level >= Level.L2 and person in submitters)
        if not fit and person not in passed_over:
            passed_over.append(person)
        return fit

    for seat_level, seat in seats_upwards(level, routes):
        people = [person for person in (seat.owner, seat.backup) if person]
        fitting = [person for person in people if fits(person)]
        if fitting:
            backup = fitting[1] if len(fitting) > 1 else None
            return Owner(fitting[0], backup, seat_level.role, seat.channel, seat_level, tuple(passed_over))
    return Owner(None, None, level.role, routes.fallback_channel, level, tuple(passed_over))


def seats_upwards(level: Level, routes: Routes) -> Iterator[tuple[Level, Seat]]:
    """Walk up from the level, and end at the human rights lead where even the top cannot answer."""
    upwards = [each for each in Level if each >= max(level, Level.L1)]
    for each in (*upwards, Level.L2):
        seat = routes.seat(each)
        if seat is not None:
            yield each, seat
