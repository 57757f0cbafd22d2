"""What a decision must say before it counts (promise 2; S5, S10, S18).

Approval stays locked until the risk has a mitigation with an owner or an open CANNOT / NOT YET, and a day on which
somebody looks again. Benefit, revenue and legality are no input: there is no field for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from workflows.rules.tables import HOLD_MOST, LOOK_AGAIN_MOST

GAPS = frozenset({"NOT_YET", "CANNOT"})
"""The two open ways of saying that a risk is not mitigated; never counted as mitigated."""


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
    """A decision as it was filled in. Text is as written; `mitigation_owner` is an id of a person.

    `gap` is NOT_YET, CANNOT or None. `look_again` is a day in the zone of the person who decides.
    """

    outcome: Outcome
    reason: str
    conditions: str = ""
    mitigation: str = ""
    mitigation_owner: str | None = None
    gap: str | None = None
    look_again: date | None = None


def missing(decision: Decision, today: date) -> tuple[str, ...]:
    """Give the ids of everything that is still missing, in the order of the form; empty when the decision counts.

    `today` is the day in the zone of the person who decides.
    """
    found = [] if decision.reason.strip() else ["reason_missing"]
    if decision.outcome is Outcome.CONDITIONS and not decision.conditions.strip():
        found.append("conditions_missing")
    if decision.outcome in APPROVING:
        found += _mitigation_missing(decision)
        if not _within(decision.look_again, today, LOOK_AGAIN_MOST):
            found.append("look_again_missing")
    if decision.outcome is Outcome.HOLD and not _within(decision.look_again, today, HOLD_MOST):
        found.append("hold_date_missing")
    return tuple(found)


def _mitigation_missing(decision: Decision) -> list[str]:
    if decision.gap in GAPS:
        return []
    if not decision.mitigation.strip():
        return ["mitigation_missing"]
    return [] if decision.mitigation_owner else ["mitigation_owner_missing"]


def _within(day: date | None, today: date, most: timedelta) -> bool:
    return day is not None and today < day <= today + most
