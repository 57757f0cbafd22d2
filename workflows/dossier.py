"""A case as one person sees it: its card, what they can do with it, and what happened so far. Nothing changes here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from storage import cases, checks
from storage.models import Case, Check
from workflows import living, record_view, watching
from workflows.access import visible
from workflows.desk import Desk
from workflows.errors import BadAnswer, Refused
from workflows.findings import from_data, reasons
from workflows.living import Living, Stored
from workflows.rules.case import ALLOWED, Act, Standing, State, refusal, snooze_limit
from workflows.rules.values import Level
from workflows.values import CaseCard, CaseView, Handed, HistoryLine, case_code

HANDING = frozenset({"case.handed_up", "case.handed_back"})
RAISING = frozenset({"case.opened", "case.level_raised"})


def view(desk: Desk, case_id: int, person_id: str, now: datetime) -> CaseView:
    """Give one case to somebody who may see it. Raises NotFound otherwise, whether or not it exists."""
    with desk.db.read() as session:
        case = visible(session, desk, cases.get(session, case_id), person_id)
        held = living.stored(session, case)
        submitters = checks.submitters_of(session, case_id)
        latest = checks.get(session, case.last_check_id)
    card = _card(desk, case, held, latest, submitters, now)
    found = living.of(desk, case, held.events, held.written, held.sent, now)
    standing = desk.standing(case, person_id, submitters)
    acts = frozenset(act for act in Act if refusal(act, standing, reason="given") is None)
    record = record_view.view_of(desk, found, person_id)
    return CaseView(replace(card, acts=acts), lines_of(found), snooze_until_most(desk, case), record)


def as_of(desk: Desk, case_id: int, person_id: str, day: date, now: datetime) -> CaseView:
    """Give one case as it stood at the end of a past day, in the zone of whoever asks: level, credit, who knew what.

    Nothing that happened later is in it, and nothing can be done with it.

    Raises:
        BadAnswer: the day lies ahead, or before the case. NotFound: no such case for this person.
    """
    zone = desk.calendar_of(person_id).zone
    moment = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)
    with desk.db.read() as session:
        case = visible(session, desk, cases.get(session, case_id), person_id)
        if moment < case.opened_at or day > now.astimezone(zone).date():
            raise BadAnswer("no_such_day", field="day")
        held = living.stored(session, case)
        submitters = checks.submitters_of(session, case_id)
        latest = checks.get(session, case.last_check_id)
    card = _card(desk, case, held, latest, submitters, now)
    found = living.of(desk, case, held.events, held.written, held.sent, now, at=min(moment, now))
    then = found.record.then
    facts = replace(
        card.case,
        level=then.level if then.level is not None else card.case.level,
        severity=then.severity or card.case.severity,
        state=State(then.state or card.case.state),
        owner_id=then.owner,
        decision=then.decision,
        decided_by=then.decided_by,
        decided_at=then.decided_at,
    )
    shown = replace(card, case=facts, acts=frozenset(), reasons=reasons(found.finding, desk.bank), handed=None)
    return CaseView(shown, lines_of(found), None, record_view.view_of(desk, found, person_id, past=True))


def lines_of(found: Living) -> tuple[HistoryLine, ...]:
    """Give what happened to a case, with the words that people gave for it."""
    return tuple(HistoryLine(each.at, each.by, each.kind, each.data) for each in found.happened)


def prepare(desk: Desk, case_id: int, person_id: str, act: Act, now: datetime) -> CaseView:
    """Give a case to somebody who wants to do an act that asks for something first.

    Raises:
        NotFound, Refused: as the act itself; better now than after they have written a page.
    """
    with desk.db.read() as session:
        case = visible(session, desk, cases.get(session, case_id), person_id)
        problem = refusal(act, standing_of(session, desk, case, person_id), reason="given")
    if problem is not None:
        raise Refused(problem, **refusal_values(case))
    return view(desk, case_id, person_id, now)


def card_of(session: Session, desk: Desk, case: Case, now: datetime) -> CaseCard:
    """Render a case's card from what is stored: the same state gives the same card (rule 8 of the architecture)."""
    submitters = checks.submitters_of(session, case.id or 0)
    held, latest = living.stored(session, case), checks.get(session, case.last_check_id)
    return _card(desk, case, held, latest, submitters, now)


def _card(
    desk: Desk, case: Case, held: Stored, latest: Check | None, submitters: Collection[str], now: datetime
) -> CaseCard:
    # The worst check of the case explains its level; among equals the newest.
    check = max(held.sent, key=lambda each: (each.level, each.severity), default=None)
    finding = from_data(check.finding) if check else None
    return CaseCard(
        case=desk.facts(case, now),
        reasons=reasons(finding, desk.bank) if finding else (),
        deep_form=bool(finding and finding.deep_form),
        remedy_plan_required=bool(finding and finding.remedy_plan_required),
        communication=finding.communication if finding else "COM-INT",
        acts=_possible(desk, case, submitters),
        disagreement=(latest.disagreement or "") if latest else "",
        disagreed_by=latest.submitter_id if latest else None,
        handed=_handed(held),
    )


def snooze_until_most(desk: Desk, case: Case) -> date | None:
    """Give the last day to which the decision of a case can be put off, in the owner's zone."""
    if case.decide_due_at is None:
        return None
    calendar = watching.calendar_of(desk, case)
    return snooze_limit(Level(case.level), case.decide_due_at, calendar).astimezone(calendar.zone).date()


def standing_of(session: Session, desk: Desk, case: Case, person_id: str) -> Standing:
    """Give what the rules need to know about a person and a case."""
    return desk.standing(case, person_id, checks.submitters_of(session, case.id or 0))


def refusal_values(case: Case) -> dict[str, str | int]:
    """Give what the sentence of a refusal can name."""
    return {
        "case": case_code(case.id or 0),
        "floor": Level(max(case.floor_level, Level.L1)).name,
        "person": case.acknowledged_by or case.owner_id or "",
    }


def stream_of(case: Case) -> str:
    """Name the stream of events of a case."""
    return f"case:{case.id}"


def _possible(desk: Desk, case: Case, submitters: Collection[str]) -> frozenset[Act]:
    """Give the acts that make sense for whoever holds the case, so that no button leads to a refusal."""
    allowed = ALLOWED[State(case.state)]
    if case.owner_id is None:
        known = {Act.ACKNOWLEDGE} if case.level == Level.L3 else {Act.ACKNOWLEDGE, Act.HAND_UP}
        return frozenset(allowed) & known
    standing = desk.standing(case, case.owner_id, submitters)
    return frozenset(act for act in allowed if refusal(act, standing, reason="given") is None)


def _handed(held: Stored) -> Handed | None:
    """How the case came to its present level, where somebody handed it over and no check has moved it since."""
    for event in reversed(held.events):
        if event.kind in HANDING:
            reason = held.written.get(event.data.get("reason") or "", "")
            return Handed(event.actor_id or "", event.kind == "case.handed_up", reason)
        if event.kind == "case.moved_up":
            return Handed("", True, "")
        if event.kind in RAISING:
            return None
    return None
