"""Frozen values of a record as one person reads it: steps, risks, mitigations, gaps, what is missing, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.rules.locks import Missing, Step, StepState
from workflows.rules.mitigations import Status
from workflows.rules.values import Level, Likelihood, Severity


@dataclass(frozen=True, slots=True)
class StepLine:
    """One of the four steps: how far it is."""

    step: Step
    state: StepState


@dataclass(frozen=True, slots=True)
class MitigationLine:
    """One mitigation as it stands. `check_at` (aware UTC) is when it is looked at next; `hits` are ids of signals.

    `credited`: its evidence counts now. `may_repeat`: "same as last time" is an answer to its next re-check.
    """

    number: int
    risk: int
    type: str
    what: str
    owner: str
    evidence: str
    status: Status
    credited: bool
    check_at: datetime | None
    first_at: datetime
    hits: tuple[str, ...] = ()
    may_repeat: bool = False


@dataclass(frozen=True, slots=True)
class GapLine:
    """One open CANNOT or NOT YET, never counted as mitigated (S14)."""

    number: int
    risk: int
    kind: str
    why: str
    decided_by: str
    review_at: datetime | None


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One risk to people with what answers it."""

    number: int
    what: str
    severity: Severity
    likelihood: Likelihood
    level: Level
    mitigations: tuple[MitigationLine, ...]
    gaps: tuple[GapLine, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of any part: its number, who wrote it, when, and its fields; sealed ones are left out."""

    part: str
    number: int
    by: str | None
    at: datetime
    fields: Mapping[str, Any]
    written_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of DA-1 that this case needs: where it is written, and who filled it so far."""

    item: str
    part: str
    filled: bool
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalLine:
    """A change of context that reached the case; `number` is by which it is settled."""

    number: int
    id: str
    at: datetime
    countries: tuple[str, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as one person reads it, at `at` (aware UTC). `past`: this is how it stood then, not how it stands.

    `to_approve` and `to_close` name what is missing; empty where nothing is. `lines` are the entries of all other
    parts. `seals` says how many sealed fields there are, `may_open_seals` whether this person may read them.
    """

    at: datetime
    past: bool
    steps: tuple[StepLine, ...]
    risks: tuple[RiskLine, ...]
    signals: tuple[SignalLine, ...]
    items: tuple[ItemLine, ...]
    lines: Mapping[str, tuple[Line, ...]]
    to_approve: tuple[Missing, ...]
    to_close: tuple[Missing, ...]
    level_now: Level
    severity_now: Severity
    seals: int = 0
    may_open_seals: bool = False

    @property
    def mitigations(self) -> tuple[MitigationLine, ...]:
        """Give the mitigations of all risks."""
        return tuple(each for risk in self.risks for each in risk.mitigations)

    @property
    def gaps(self) -> tuple[GapLine, ...]:
        """Give the gaps of all risks."""
        return tuple(each for risk in self.risks for each in risk.gaps)
