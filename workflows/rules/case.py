"""What may happen to a case: one table of acts, and who may do them (S57, S59, T8; UNGP 19)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workflows.rules.values import Level


class State(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Act(StrEnum):
    """What an owner can do with a case."""

    ACKNOWLEDGE = "acknowledge"
    HAND_UP = "hand_up"
    HAND_BACK = "hand_back"


ALLOWED: dict[State, frozenset[Act]] = {
    State.WAITING: frozenset(Act),
    State.ACKNOWLEDGED: frozenset({Act.HAND_UP, Act.HAND_BACK}),
    State.CLOSED: frozenset(),
}
"""The acts each state allows. Handing a case over makes it wait for the next owner."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a rule needs to know about a case and the person acting on it."""

    state: State
    level: Level
    rule_level: Level
    floor_level: Level
    holds: bool
    """Whether the person is the owner or backup of the case."""
    is_lead: bool
    """Whether the person is a human rights lead or their backup."""


def refusal(act: Act, standing: Standing, reason: str = "") -> str | None:
    """Give the id of the sentence that says why the act cannot be done, or None when it can.

    Going up is always open to whoever holds the case and to a human rights lead. Going down needs a reason, stops at
    the floor, and below what the rule asked for needs a human rights lead (T8).
    """
    if not standing.holds and not (standing.is_lead and act is not Act.ACKNOWLEDGE):
        return "not_yours"
    if act not in ALLOWED[standing.state]:
        return "already_acknowledged"
    if act is Act.HAND_UP:
        return "at_top" if standing.level == Level.L3 else None
    if act is Act.HAND_BACK:
        return _hand_back_refusal(standing, reason)
    return None


def _hand_back_refusal(standing: Standing, reason: str) -> str | None:
    if not reason.strip():
        return "reason_missing"
    target = standing.level - 1
    if target < max(standing.floor_level, Level.L1):
        return "below_floor"
    if target < standing.rule_level and not standing.is_lead:
        return "needs_lead"
    return None
