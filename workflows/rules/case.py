"""What may happen to a case: one table of acts, and who may do them (S2, S57, S59, T8; UNGP 19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.rules.deadlines import WorkCalendar, due
from workflows.rules.tables import SNOOZE
from workflows.rules.values import Level


class State(StrEnum):
    """Where a case stands. TRACKED: it was decided, and lives on while what protects people is checked again."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    TRACKED = "tracked"
    CLOSED = "closed"


class Act(StrEnum):
    """What an owner can do with a case."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    HAND_UP = "hand_up"
    HAND_BACK = "hand_back"
    REASSIGN = "reassign"
    SNOOZE = "snooze"
    CONTAIN = "contain"
    CLOSE = "close"


_ALWAYS = frozenset({Act.HAND_UP, Act.HAND_BACK, Act.REASSIGN, Act.CONTAIN})

ALLOWED: dict[State, frozenset[Act]] = {
    State.WAITING: _ALWAYS | {Act.ACKNOWLEDGE},
    State.ACKNOWLEDGED: _ALWAYS | {Act.DECIDE, Act.SNOOZE},
    State.TRACKED: frozenset({Act.CLOSE, Act.CONTAIN, Act.HAND_UP}),
    State.CLOSED: frozenset(),
}
"""The acts each state allows. Handing a case over or reassigning it makes it wait for the next owner."""

OWN_ANSWERS = frozenset({Act.ACKNOWLEDGE, Act.DECIDE, Act.SNOOZE, Act.CLOSE})
"""What only the owner or backup does. A human rights lead who wants the case hands it over or reassigns it first."""

NEEDS_REASON = frozenset({Act.HAND_BACK, Act.REASSIGN, Act.SNOOZE, Act.CONTAIN, Act.CLOSE})
"""Acts that need a sentence why; for CONTAIN: what was done. What a decision needs is in `rules.decision`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a rule needs to know about a case and the person acting on it."""

    state: State
    level: Level
    floor_level: Level
    holds: bool
    """Whether the person is the owner or backup of the case."""
    is_lead: bool
    """Whether the person is a human rights lead or their backup."""
    is_submitter: bool = False
    """Whether the person sent the check that the case is about."""
    snoozed: bool = False
    """Whether the decision was put off once before."""
    contain_open: bool = False
    """Whether harm is happening and nobody has said yet that it was stopped or contained (T7)."""
    has_owner: bool = True
    """Whether somebody living owns the case."""
    may_take: bool = False
    """Whether the person can see the case and can answer, so that they may take it while it has no owner."""


def refusal(act: Act, standing: Standing, reason: str = "") -> str | None:
    """Give the id of the sentence that says why the act cannot be done, or None when it can.

    Going up is always open to whoever holds the case and to a human rights lead. Going down needs a human rights lead
    and a reason, and stops at the floor, whatever took the case up: a rule, a person or silence (T8). From L2 on nobody
    decides about, or takes, what they raised themselves (S2).
    """
    if standing.state is State.CLOSED:
        return "already_closed"
    stranger = _stranger(act, standing)
    if stranger is not None:
        return stranger
    if act not in ALLOWED[standing.state]:
        return _not_now(act, standing.state)
    pointless = _pointless(act, standing)
    if pointless is not None:
        return pointless
    if act in NEEDS_REASON and not reason.strip():
        return "reason_missing"
    return _too_low(standing) if act is Act.HAND_BACK else None


def snooze_limit(level: Level, decide_due: datetime, calendar: WorkCalendar) -> datetime:
    """Give the latest moment, aware UTC, to which a decision due at `decide_due` can be put off.

    `calendar` is the owner's. L0 has no case and so no limit to ask for: it gives `decide_due`.
    """
    span = SNOOZE.get(level)
    return due(span, decide_due, calendar) if span else decide_due


def _not_now(act: Act, state: State) -> str:
    """Say why an act does not belong to a state."""
    if act is Act.CLOSE:
        return "not_decided_yet"
    if state is State.TRACKED:
        return "already_decided"
    return "already_acknowledged" if act is Act.ACKNOWLEDGE else "not_acknowledged_yet"


def _stranger(act: Act, standing: Standing) -> str | None:
    """Say why this person may not do this act at all."""
    own = standing.is_submitter and standing.level >= Level.L2
    if act is Act.ACKNOWLEDGE and not standing.has_owner and not standing.holds:
        if own:
            return "own_check"
        return None if standing.may_take else "not_yours"
    if not standing.holds and (act in OWN_ANSWERS or not standing.is_lead):
        return "not_yours"
    return "own_check" if own and act in (Act.DECIDE, Act.CLOSE) else None


def _pointless(act: Act, standing: Standing) -> str | None:
    """Say why the act makes no sense now, whatever the reason given."""
    if act is Act.HAND_UP and standing.level == Level.L3:
        return "at_top"
    if act is Act.SNOOZE and standing.snoozed:
        return "already_snoozed"
    if act is Act.CONTAIN and not standing.contain_open:
        return "no_harm_to_contain"
    return None


def _too_low(standing: Standing) -> str | None:
    target = standing.level - 1
    if target < max(standing.floor_level, Level.L1):
        return "below_floor"
    return None if standing.is_lead else "needs_lead"
