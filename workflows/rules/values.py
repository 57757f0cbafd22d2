"""The values that rules read and give: answers, signals, findings. All frozen, all plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

Unit = Literal["hours", "days", "working_hours", "working_days"]
"""What a length of time counts: by the clock on the wall, or only the time in which people work."""

Rating = Literal[1, 2, 3, 4, "DK"] | None
"""One answer on a scale of four; "DK" is "I do not know"; None is an answer the form let people skip."""


class Level(IntEnum):
    """Who decides (hrdd-domain 2.9): the team, the product lead, the human rights lead, executive or board."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3

    @property
    def role(self) -> str:
        """The role that owns this level, as the policy file names it."""
        return ROLE_OF_LEVEL[self]


class Severity(IntEnum):
    """How bad the worst realistic harm to people is (UNGP 14): the worst factor, never an average."""

    SEV1 = 1
    SEV2 = 2
    SEV3 = 3
    SEV4 = 4


class Likelihood(IntEnum):
    """How likely the harm is, with what is in place today."""

    REMOTE = 1
    POSSIBLE = 2
    LIKELY = 3
    HAPPENING = 4

    @property
    def word(self) -> str:
        """The id used in data: remote, possible, likely or happening."""
        return self.name.lower()


ROLE_OF_LEVEL: Mapping[Level, str] = {
    Level.L0: "team",
    Level.L1: "product_lead",
    Level.L2: "human_rights_lead",
    Level.L3: "executive_board",
}


@dataclass(frozen=True, slots=True)
class MitigationAnswer:
    """One thing that stops the harm, and how well that is known (EV0-EV4, or DK)."""

    type: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A filled MA-1. There is no field for benefit, revenue, deadline, legality or author (S5, S36, S41)."""

    changes: frozenset[str]
    groups: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()
    scale: Rating = None
    scope: Rating = None
    irremediability: Rating = None
    likelihood: Rating = None
    mitigations: tuple[MitigationAnswer, ...] = ()
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A change in the context of use, and the mitigations it defeats (S19, S20)."""

    id: str
    defeats: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that fired, with the values its sentence needs."""

    rule: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time on a clock: an amount of hours or days that run on, or of working hours or working days."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long each answer may take. None where the level asks for no such answer.

    `backup` is how long the backup has, from the moment they are asked, before the case moves up.
    """

    acknowledge: Span | None = None
    decide: Span | None = None
    contain: Span | None = None
    backup: Span | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rule says about one check, with everything needed to explain and replay it.

    `floor_level` is the lowest level that the facts alone ask for: nobody can hand a case below it (T8).
    `scale`, `scope` and `irremediability` are the values used, 1-4, with "I do not know" already read.
    """

    level: Level
    severity: Severity
    likelihood: Likelihood
    floor_level: Level
    scale: int
    scope: int
    irremediability: int
    fired: tuple[Fired, ...]
    rule_version: str
    deep_form: bool
    remedy_plan_required: bool
    communication: str
    clocks: Clocks
    launch_waits: bool

    @property
    def harms(self) -> bool:
        """Whether people are harmed now, which is stopped or contained before anything else (T7)."""
        return self.clocks.contain is not None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that fired, in the order in which they were applied."""
        return tuple(each.rule for each in self.fired)
