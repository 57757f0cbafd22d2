"""What follows for a case from its record: a level that rises, an answer that is asked again, and every clock (S20).

Nothing here lowers a level: that is an act of a human rights lead (promise 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import events, outbox
from storage.models import Case
from workflows import outgoing, projection, watching
from workflows.desk import Desk
from workflows.living import Living
from workflows.opening import assign, cards, order, standing_card
from workflows.rules.case import State
from workflows.rules.record import REOPENED
from workflows.rules.values import Finding, Level, Severity


def follow(
    session: Session,
    desk: Desk,
    living: Living,
    now: datetime,
    why: str,
    *,
    together: int | None = None,
    anew: bool = False,
) -> bool:
    """Bring a case to what its record says now; say whether its level rose.

    `why` is an id that picks the sentence in its history. `together` is the signal that reaches many cases: then
    nobody is told of this one alone. `anew`: something new has come from outside, so that a level that a lead lowered
    rises again. The caller holds the case locked.
    """
    case, finding = living.case, living.finding
    raised = case.state != State.CLOSED and _rises(living, anew)
    take_over(case, finding)
    if raised:
        _ask_again(session, desk, living, finding.level, "case.level_raised", {"why": why}, now, together)
    else:
        session.flush()
    projection.settle(session, living, now)
    return raised


def _rises(living: Living, anew: bool) -> bool:
    """Whether the level rises. What a lead lowered stays there while the rule asks for no more than it did then (T8).

    Facts that set a floor raise it all the same, and so does what is new.
    """
    case, finding, lowered_from = living.case, living.finding, living.record.then.lowered_from
    if anew or lowered_from is None or finding.floor_level > case.level:
        return finding.level > case.level
    return finding.level > max(Level(case.level), lowered_from)


def reopen(
    session: Session,
    desk: Desk,
    living: Living,
    now: datetime,
    data: Mapping[str, Any],
    *,
    together: int | None = None,
    level: Level | None = None,
) -> None:
    """Ask the owner of a case again, at its level or at a higher one; what was decided stays in its events.

    `data` says why, for its history. The caller holds the case locked.
    """
    take_over(living.case, living.finding)
    to = max(Level(case_level(living)), level or Level.L1)
    _ask_again(session, desk, living, to, REOPENED, data, now, together)


def case_level(living: Living) -> int:
    """Give the level at which a case stands."""
    return living.case.level


def take_over(case: Case, finding: Finding) -> None:
    """Keep what was worse before: a case shows the gravest that was found until a lead has lowered it."""
    case.rule_level = max(case.rule_level, int(finding.level))
    case.floor_level = int(finding.floor_level)
    case.severity = max(case.severity, int(finding.severity))
    case.likelihood = max(case.likelihood, int(finding.likelihood))
    case.scale, case.scope = max(case.scale, finding.scale), max(case.scope, finding.scope)
    case.irremediability = max(case.irremediability, finding.irremediability)
    order(case)


def _ask_again(
    session: Session,
    desk: Desk,
    living: Living,
    level: Level,
    kind: str,
    data: Mapping[str, Any],
    now: datetime,
    together: int | None,
) -> None:
    case = living.case
    before, was = standing_card(case), Level(case.level)
    owner = assign(desk, case, level, living.facts.submitters, now)
    case.signal_id = together
    session.flush()
    held = {
        **data,
        "from": was.name,
        "level": Level(case.level).name,
        "severity": Severity(case.severity).name,
        "rules": list(living.finding.rules),
        "rule_version": living.finding.rule_version,
        "owner": owner.person,
        "role": owner.role,
        "signal_row": together,
    }
    event = events.append(session, f"case:{case.id}", kind, at=now, data=held)
    watching.restart(session, desk, case, now)
    if together is not None:
        return
    if case.level == Level.L3:
        outbox.hurry(session, case.id or 0, now)
    told = outgoing.told(case, outgoing.REOPENED, event.seq, living.facts.submitters, now)
    outbox.add_many(session, [*cards(case, before, now, anew=True), *told])
