"""Open the case of a launch, or bring it up to date: levels only rise here, lowering is a lead's act (promise 6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, checks, outbox, places
from storage.events import NewEvent
from storage.models import Case, Check
from storage.outbox import NewMessage
from workflows import outgoing, picture, watching
from workflows.desk import Desk
from workflows.owners import owner_for
from workflows.rules.case import State
from workflows.rules.deadlines import WorkCalendar, due
from workflows.rules.decision import Outcome
from workflows.rules.queue import queue_order
from workflows.rules.record import REOPENED
from workflows.rules.routing import Owner
from workflows.rules.tables import AT_RISK_GROUPS, CONTAIN, SEVERE_PER_QUARTER
from workflows.rules.values import Finding, Level, Severity, Span

QUARTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as it stands after a check, with the events and messages that belong to the same transaction."""

    case: Case
    events: tuple[NewEvent, ...]
    messages: tuple[NewMessage, ...]
    is_new: bool = False


def open_or_update(
    session: Session, desk: Desk, check: Check, finding: Finding, reopened: bool, now: datetime
) -> Opened | None:
    """Give the case this check belongs to, or None where the team decides alone and no case is open.

    A check that its submitter asked to look at again always reaches somebody (T9).
    """
    case = cases.open_for(session, check.product_id, check.launch_key, lock=True)
    level = max(finding.level, Level.L1) if reopened else finding.level
    if case is not None:
        return _update(session, desk, case, check, finding, level, reopened, now)
    if level == Level.L0:
        return None
    return _open(session, desk, check, finding, level, now)


def assign(session: Session, desk: Desk, case: Case, level: Level, submitters: Collection[str], now: datetime) -> Owner:
    """Give a case to the owner of a level, and say by when they answer. Sets fields only; the caller saves.

    `submitters` are those who sent a check of it: from L2 on they do not judge it.

    Where only the person changes and the level stays, the date of the decision stays too while there is time to
    acknowledge before it: a case cannot be put off by passing it around.
    """
    owner = owner_for(session, desk, case, level, submitters, now)
    same_level = case.level == level and case.owner_id is not None
    case.level = int(level)
    case.channel_id, case.owner_role = owner.channel, owner.role
    ask(desk, case, owner.person, owner.backup, now, keep_decision=same_level)
    if not same_level:
        case.snoozed_at = None
    return owner


def ask(desk: Desk, case: Case, person: str | None, backup: str | None, now: datetime, *, keep_decision: bool) -> None:
    """Make a person the owner who is asked from now on, by the clock of their own working days."""
    # The date of a hold ends with the hold; its successor has the time of the level.
    keep_decision = keep_decision and case.decision != Outcome.HOLD
    case.owner_id, case.backup_id = person, backup
    case.state = State.WAITING
    case.acknowledged_by = case.acknowledged_at = None
    # A hold ends where somebody else is asked; what was decided before stays in the events.
    case.decision = case.decided_by = case.decided_at = case.look_again_at = None
    case.asked_at = case.updated_at = now
    clocks, calendar = desk.policy.clocks(Level(case.level)), desk.calendar_of(person)
    case.ack_due_at = _due(clocks.acknowledge, now, calendar)
    decide_by = case.decide_due_at
    if not (keep_decision and decide_by and case.ack_due_at and decide_by > case.ack_due_at):
        case.decide_due_at = _due(clocks.decide, now, calendar)


def _due(span: Span | None, now: datetime, calendar: WorkCalendar) -> datetime | None:
    return due(span, now, calendar) if span else None


def _open(session: Session, desk: Desk, check: Check, finding: Finding, level: Level, now: datetime) -> Opened:
    case = Case(
        product_id=check.product_id,
        launch=check.launch,
        launch_key=check.launch_key,
        level=int(level),
        rule_level=int(finding.level),
        floor_level=int(finding.floor_level),
        severity=int(finding.severity),
        likelihood=int(finding.likelihood),
        scale=finding.scale,
        scope=finding.scope,
        irremediability=finding.irremediability,
        queue_order=0,
        state=State.WAITING,
        owner_role=level.role,
        submitter_id=check.submitter_id,
        last_check_id=check.id,
        opened_at=now,
        updated_at=now,
    )
    order(case)
    owner = assign(session, desk, case, level, {check.submitter_id}, now)
    _contain(case, finding, now)
    named = desk.policy.product(check.product_id)
    case.anywhere = not (named and named.countries)
    # The first risk is there, and nobody answers it yet.
    case.no_action = int(finding.severity >= Severity.SEV2)
    cases.add(session, case)
    if named and named.countries:
        places.set_countries(session, case.id or 0, named.countries)
    watching.start(session, desk, case, now)
    events = (_event(case, "case.opened", check, owner, finding), *picture.first(desk, case, check, now))
    messages = (outgoing.card(case, now), *_told_beside(session, desk, case, check, now))
    return Opened(case, events, messages, is_new=True)


def _update(
    session: Session,
    desk: Desk,
    case: Case,
    check: Check,
    finding: Finding,
    level: Level,
    reopened: bool,
    now: datetime,
) -> Opened:
    """Add a check to an open case. What was worse before stays until a lead lowers it."""
    again = case.state == State.TRACKED and level >= Level.L1
    level = max(level, Level(case.level)) if again else level
    raised = again or _raises(case, finding, level)
    case.rule_level = max(case.rule_level, int(finding.level))
    case.floor_level = max(case.floor_level, int(finding.floor_level))
    case.severity = max(case.severity, int(finding.severity))
    case.likelihood = max(case.likelihood, int(finding.likelihood))
    case.scale, case.scope = max(case.scale, finding.scale), max(case.scope, finding.scope)
    case.irremediability = max(case.irremediability, finding.irremediability)
    case.last_check_id = check.id
    case.updated_at = now
    # Somebody looked at this one by itself, so it is told of by itself again.
    case.signal_id = None
    order(case)
    harms_now = _contain(case, finding, now)
    before = standing_card(case)
    submitters = {*checks.submitters_of(session, case.id or 0), check.submitter_id} if raised else set()
    owner = assign(session, desk, case, level, submitters, now) if raised else None
    kind = _what_it_does(again, raised, reopened)
    session.flush()
    if raised:
        watching.restart(session, desk, case, now)
    elif harms_now:
        watching.contain(session, desk, case, now)
    if raised and case.level == Level.L3:
        outbox.hurry(session, case.id or 0, now)
    messages = (*cards(case, before, now, anew=harms_now), *_told_beside(session, desk, case, check, now))
    return Opened(case, (_event(case, kind, check, owner, finding),), messages)


def _what_it_does(again: bool, raised: bool, reopened: bool) -> str:
    """Name what a further check does to its case. One for a launch that was decided asks its owner again."""
    if again:
        return REOPENED
    return "case.level_raised" if raised else "case.disagreed" if reopened else "case.checked_again"


def _raises(case: Case, finding: Finding, level: Level) -> bool:
    """Whether a check moves the case up. What a lead lowered stays lowered while a check says nothing worse (T8)."""
    was_lowered = case.level < case.rule_level
    says_no_more = finding.level <= case.rule_level and finding.floor_level <= case.level
    return level > case.level and not (was_lowered and says_no_more)


@dataclass(frozen=True, slots=True)
class StandingCard:
    """Where the card of a case stands, and for whom it was posted."""

    channel: str | None
    ts: str | None
    told: tuple[str | None, str | None, int]


def standing_card(case: Case) -> StandingCard:
    """Note where the card stands before an act moves the case."""
    return StandingCard(case.card_channel_id, case.card_ts, (case.channel_id, case.owner_id, case.level))


def cards(case: Case, before: StandingCard, now: datetime, *, anew: bool = False) -> list[NewMessage]:
    """Promise the card after an act: edited where it stands, or posted anew where somebody is asked something new.

    That is so for a new owner, for a new level, and for what the caller says is new: an edit pings nobody.
    A card that is left behind is edited too, so that nobody answers in the wrong place.
    """
    asked = (case.channel_id, case.owner_id, case.level)
    if before.channel is None or before.ts is None or (before.told == asked and not anew):
        return [outgoing.card(case, now)]
    case.card_channel_id = case.card_ts = None
    return [outgoing.card(case, now), outgoing.card_moved(case, before.channel, before.ts, now)]


def order(case: Case) -> None:
    """Give a case its place in the queue (T10)."""
    case.queue_order = queue_order(
        irremediability=case.irremediability, scale=case.scale, scope=case.scope, likelihood=case.likelihood
    )


def _contain(case: Case, finding: Finding, now: datetime) -> bool:
    """Harm that is happening is stopped first: a clock of its own (T7). Say whether it starts now.

    A later check does not put a running clock off; one that reports harm after it was stopped starts it again.
    """
    if not finding.harms or (case.contain_due_at is not None and case.contained_at is None):
        return False
    case.contain_due_at = now + timedelta(hours=CONTAIN.amount)
    case.contained_at = case.contained_by = None
    return True


def _event(case: Case, kind: str, check: Check, owner: Owner | None, finding: Finding) -> NewEvent:
    data = {
        "check": check.id,
        "found": finding.level.name,
        "level": Level(case.level).name,
        "severity": Severity(case.severity).name,
        "rules": list(finding.rules),
        "rule_version": finding.rule_version,
        "owner": case.owner_id,
        "role": case.owner_role,
    }
    if owner is not None and owner.passed_over:
        data["passed_over"] = list(owner.passed_over)
    return NewEvent(f"case:{case.id}", kind, check.created_at, check.submitter_id, data)


def _told_beside(session: Session, desk: Desk, case: Case, check: Check, now: datetime) -> tuple[NewMessage, ...]:
    """Messages to those who do not own the case but must know of it."""
    if case.severity < Severity.SEV3:
        return ()
    groups = sorted(AT_RISK_GROUPS.intersection(check.answers.get("M2") or ()))
    cases.note_groups(session, case.id or 0, groups, case.opened_at)
    return (*_severe(desk, case, now), *_several(session, desk, case, groups, now))


def _severe(desk: Desk, case: Case, now: datetime) -> tuple[NewMessage, ...]:
    """Tell the human rights lead of every severe case, also where another level owns it (step 4 of the rule)."""
    seat = desk.policy.routes(case.product_id).seat(Level.L2)
    elsewhere = case.level != Level.L2
    if not elsewhere or seat is None or (seat.channel or seat.owner) == (case.channel_id or case.owner_id):
        return ()
    return (outgoing.severe(case, seat, now),)


def _several(session: Session, desk: Desk, case: Case, groups: Sequence[str], now: datetime) -> tuple[NewMessage, ...]:
    """Tell executive or board when severe risks gather on one product, or for one group, within a quarter (T6)."""
    seat = desk.policy.routes(case.product_id).seat(Level.L3)
    if seat is None:
        return ()
    since = now - QUARTER
    quarter = f"{now.year}Q{(now.month + 2) // 3}"
    counts = {case.product_id: cases.count_severe(session, case.product_id, since, SEVERE_PER_QUARTER)}
    for group in groups:
        counts[group] = cases.count_severe_of_group(session, group, since, SEVERE_PER_QUARTER)
    return tuple(
        outgoing.several(case, seat, what, quarter, count, now)
        for what, count in counts.items()
        if count >= SEVERE_PER_QUARTER
    )
