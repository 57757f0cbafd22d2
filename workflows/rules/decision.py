"""What a decision itself must say (S7, S10). What the record must hold before an approval is in `rules.locks`.

Benefit, revenue and legality are no input: there is no field for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from workflows.rules.parts import lines
from workflows.rules.tables import HOLD_MOST

GAPS = frozenset({"NOT_YET", "CANNOT"})
"""The two open ways of saying that a risk is not mitigated; never counted as mitigated."""


DENIES = "MIT-DENY"
"""The kind of mitigation that no condition can be."""


class Outcome(StrEnum):
    """What a named person decides about a launch."""

    GO = "go"
    CONDITIONS = "conditions"
    HOLD = "hold"
    STOP = "stop"
    EXIT = "exit"


APPROVING = frozenset({Outcome.GO, Outcome.CONDITIONS})
"""Outcomes after which people meet the risk."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was filled in. Text is as written; `keeper` is an id of a person.

    Each line of `conditions` becomes a mitigation of type `condition_type` that `keeper` looks after and that is
    checked on `check_on`. `hold_until` is the last day of a hold. Days are in the zone of the person who decides.
    """

    outcome: Outcome
    reason: str
    conditions: str = ""
    condition_type: str = ""
    keeper: str | None = None
    check_on: date | None = None
    hold_until: date | None = None

    @property
    def each_condition(self) -> tuple[str, ...]:
        """Give the conditions, one a line."""
        return lines(self.conditions) if self.outcome is Outcome.CONDITIONS else ()


def missing(decision: Decision, today: date, most: timedelta) -> tuple[str, ...]:
    """Give the ids of everything that is still missing, in the order of the form; empty when the decision counts.

    `today` is the day in the zone of the person who decides, `most` how long a mitigation of this severity may stand
    before it is checked (S10).
    """
    found = [] if decision.reason.strip() else ["reason_missing"]
    if decision.outcome is Outcome.CONDITIONS:
        found += [] if decision.each_condition else ["conditions_missing"]
        found += _type(decision.condition_type)
        found += [] if decision.keeper else ["keeper_missing"]
        found += [] if _within(decision.check_on, today, most) else ["check_on_missing"]
    if decision.outcome is Outcome.HOLD and not _within(decision.hold_until, today, HOLD_MOST):
        found.append("hold_date_missing")
    return tuple(found)


def _type(condition_type: str) -> list[str]:
    """Cutting people off never goes live alone: it is a mitigation of its own, looked at for those cut off (S21)."""
    if not condition_type:
        return ["condition_type_missing"]
    return ["condition_denies"] if condition_type == DENIES else []


def _within(day: date | None, today: date, most: timedelta) -> bool:
    return day is not None and today < day <= today + most
