"""What follows for a case from its record: a level that rises, an answer that is asked again, and every clock (S20).

Nothing here lowers a level: that is an act of a human rights lead (promise 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from storage import events, outbox
from storage.models import Case
from workflows import outgoing, projection, watching
from workflows.desk import Desk
from workflows.living import Living, is_said_to_harm
from workflows.opening import assign, cards, order, standing_card
from workflows.rules.case import State
from workflows.rules.decision import APPROVING
from workflows.rules.locks import to_stand
from workflows.rules.record import REOPENED, ratings
from workflows.rules.tables import CONTAIN, HAPPENING_SIGNALS
from workflows.rules.values import Finding, Level, Severity

DUE = "recheck_due"
"""A check date that has come asks by itself; it undoes no decision before somebody had time to answer."""


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
    harm = _harm_begins(living, now)
    if harm:
        # An approval does not stand while harm goes on; what was read of the case did not know of it yet.
        living = replace(living, facts=replace(living.facts, harm_goes_on=True, had_harm=True))
    if raised:
        _ask_again(session, desk, living, finding.level, "case.level_raised", {"why": why}, now, together)
    elif why != DUE and _rests_on_nothing(living):
        _ask_again(session, desk, living, Level(case.level), REOPENED, {"why": why}, now, together)
    else:
        session.flush()
        if harm:
            watching.contain(session, desk, case, now)
    projection.settle(session, living, now)
    return raised


def _harm_begins(living: Living, now: datetime) -> bool:
    """Harm that the record says is happening is stopped first, by a clock of its own (T7). Say whether it starts now.

    Where it was said to be stopped, only what was reported since starts it again.
    """
    case, finding = living.case, living.finding
    if case.state == State.CLOSED or not finding.harms:
        return False
    if case.contain_due_at is not None and not _harmed_since(living, case.contained_at):
        return False
    case.contain_due_at = now + timedelta(hours=CONTAIN.amount)
    case.contained_at = case.contained_by = None
    return True


def _harmed_since(living: Living, moment: datetime | None) -> bool:
    """Whether harm was reported after it had been stopped; while it goes on, its clock runs already."""
    if moment is None:
        return False
    told = [hit.at for hit in living.record.signals if hit.id in HAPPENING_SIGNALS]
    told += [each.entry.changed_at("likelihood") for each in living.facts.risks if is_said_to_harm(each)]
    return any(at > moment for at in told)


def _rests_on_nothing(living: Living) -> bool:
    """Whether an approval was given for what the record does not hold any more (promise 2)."""
    then = living.record.then
    approved = living.case.state == State.TRACKED and then.decision in {str(each) for each in APPROVING}
    return approved and bool(to_stand(living.record, living.facts, living.at))


def _rises(living: Living, anew: bool) -> bool:
    """Whether the level rises. What a lead lowered stays there while the rule asks for no more than it did then (T8).

    Facts that set a floor raise it all the same, and so does what is new: a change outside, or a risk that the lead
    had not seen, or not rated so.
    """
    case, finding, then = living.case, living.finding, living.record.then
    unseen = any(then.seen_risks.get(number) != rated for number, rated in ratings(living.record).items())
    if anew or then.lowered_from is None or finding.floor_level > case.level or unseen:
        return finding.level > case.level
    return finding.level > max(Level(case.level), then.lowered_from)


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
    to = max(Level(living.case.level), level or Level.L1)
    _ask_again(session, desk, living, to, REOPENED, data, now, together)


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
    owner = assign(session, desk, case, level, living.facts.submitters, now)
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
