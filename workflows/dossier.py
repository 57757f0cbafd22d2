"""A case as one person sees it: its card, what they can do with it, and what happened so far. Nothing changes here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from storage import cases, checks
from storage.models import Case, Check
from workflows import concern_thread, living, record_view, watching
from workflows.access import may_read, readable, visible
from workflows.desk import Desk
from workflows.errors import BadAnswer, Refused
from workflows.findings import from_data, reasons
from workflows.living import Living, Stored
from workflows.record_values import Line
from workflows.rules import past
from workflows.rules.case import ALLOWED, Act, Standing, State, refusal, snooze_limit
from workflows.rules.values import Finding, Level
from workflows.values import CaseCard, CaseFacts, CaseView, Handed, HistoryLine, case_code

HANDING = frozenset({"case.handed_up", "case.handed_back"})
RAISING = frozenset({"case.opened", "case.level_raised"})


def view(desk: Desk, case_id: int, person_id: str, now: datetime) -> CaseView:
    """Give one case to somebody who may see it. Raises NotFound otherwise, whether or not it exists."""
    with desk.db.read() as session:
        case = visible(session, desk, cases.get(session, case_id), person_id)
        held = living.stored(session, case)
        submitters = checks.submitters_of(session, case_id)
        latest = checks.get(session, case.last_check_id)
        reads = may_read(session, desk, case, person_id)
        asked = person_id in (case.owner_id, case.backup_id)
        concern = concern_thread.facts_of(session, case) if asked else None
    found = living.of(desk, case, held.events, held.written, held.sent, now)
    card = _card(desk, found, held, latest, submitters)
    standing = desk.standing(case, person_id, submitters)
    acts = frozenset(act for act in Act if refusal(act, standing, reason="given") is None)
    if not reads:
        return _outline(replace(card, acts=acts), found, person_id)
    record = record_view.view_of(desk, found, person_id)
    whole = CaseView(replace(card, acts=acts), lines_of(found), snooze_until_most(desk, case), record, concern)
    return _without_reporter(whole, case.submitter_id) if case.sealed and not asked else whole


def _without_reporter(whole: CaseView, reporter: str) -> CaseView:
    """Give a sealed record to somebody who was invited: who reported it is for the two who answer (S19)."""
    card, record = whole.card, whole.record
    told = tuple(replace(each, by=None) if each.by == reporter else each for each in whole.history)
    shown = replace(card, case=replace(card.case, submitter_id=""), disagreed_by=None)
    if record is None:
        return replace(whole, card=shown, history=told)
    lines = {part: tuple(_nameless(each, reporter) for each in found) for part, found in record.lines.items()}
    items = tuple(replace(each, by=tuple(who for who in each.by if who != reporter)) for each in record.items)
    return replace(whole, card=shown, history=told, record=replace(record, lines=lines, items=items))


def _nameless(line: Line, reporter: str) -> Line:
    written_by = tuple(who for who in line.written_by if who != reporter)
    return replace(line, by=None if line.by == reporter else line.by, written_by=written_by)


def _outline(card: CaseCard, found: Living, person_id: str) -> CaseView:
    """Give how a case stands, and what happened to it, without anything that others wrote."""
    told = [each for each in lines_of(found) if each.kind.startswith("case.")]
    bare = [replace(each, values={**each.values, **dict.fromkeys(living.WRITTEN, "")}) for each in told]
    words = card.disagreement if card.disagreed_by == person_id else ""
    handed = replace(card.handed, reason="") if card.handed else None
    return CaseView(replace(card, disagreement=words, handed=handed), tuple(bare))


def as_of(desk: Desk, case_id: int, person_id: str, day: date, now: datetime) -> CaseView:
    """Give one case as it stood at the end of a past day, in the zone of whoever asks: level, credit, who knew what.

    Nothing that happened later is in it, and nothing can be done with it.

    Raises:
        BadAnswer: the day lies ahead, or before the case. NotFound: no such case for this person.
    """
    zone = desk.calendar_of(person_id).zone
    moment = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)
    with desk.db.read() as session:
        case = readable(session, desk, cases.get(session, case_id), person_id)
        if moment < case.opened_at or day > now.astimezone(zone).date():
            raise BadAnswer("no_such_day", field="day")
        at = min(moment, now)
        held = living.stored(session, case, at)
    found = living.of(desk, case, held.events, held.written, held.sent, now, at=at)
    shown = _card_then(desk, found, held)
    whole = CaseView(shown, lines_of(found), None, record_view.view_of(desk, found, person_id, past=True))
    asked = person_id in (case.owner_id, case.backup_id)
    return _without_reporter(whole, case.submitter_id) if case.sealed and not asked else whole


def _card_then(desk: Desk, found: Living, held: Stored) -> CaseCard:
    """Render the card of a past moment; what no event and no check says of it is left out."""
    finding, latest = found.finding, next(iter(held.sent), None)
    return CaseCard(
        case=_facts_then(desk, found),
        reasons=reasons(finding, desk.bank),
        deep_form=finding.deep_form,
        remedy_plan_required=finding.remedy_plan_required,
        communication=finding.communication,
        acts=frozenset(),
        disagreement=(latest.disagreement or "") if latest else "",
        disagreed_by=latest.submitter_id if latest else None,
        handed=_handed(held),
    )


def _facts_then(desk: Desk, found: Living) -> CaseFacts:
    """Give a case as it stood: only its name, its day and who began it are those of its row."""
    case, then, stood = found.case, found.record.then, past.stood(found.happened)
    since = living.harmed_since(found)
    stopped = stood.contained_at is not None and (since is None or stood.contained_at >= since)
    return CaseFacts(
        id=case.id or 0,
        product=desk.product_name(case.product_id),
        launch=case.launch,
        level=found.facts.level,
        severity=found.facts.severity,
        likelihood=found.finding.likelihood,
        state=State(then.state or State.WAITING),
        owner_id=then.owner,
        owner_role=stood.role,
        backup_id=stood.backup,
        submitter_id=case.submitter_id,
        acknowledged_by=stood.acknowledged_by,
        acknowledged_at=stood.acknowledged_at,
        ack_due_at=None,
        decide_due_at=stood.decide_due_at,
        contain_due_at=past.contain_by(since) if since else None,
        opened_at=case.opened_at,
        overdue=False,
        asked_at=stood.asked_at,
        decision=then.decision,
        decided_by=then.decided_by,
        decided_at=then.decided_at,
        look_again_at=stood.look_again_at,
        snoozed=stood.snoozed,
        contained_at=stood.contained_at if stopped else None,
        contained_by=stood.contained_by if stopped else None,
        sealed=case.sealed,
    )


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
    found = living.of(desk, case, held.events, held.written, held.sent, now)
    card = _card(desk, found, held, latest, submitters)
    # A card travels in a message, and who raised what is sealed does not.
    return replace(card, case=replace(card.case, submitter_id="")) if case.sealed else card


def _card(desk: Desk, found: Living, held: Stored, latest: Check | None, submitters: Collection[str]) -> CaseCard:
    case, finding = found.case, _explains(found, held)
    return CaseCard(
        case=desk.facts(case, found.at),
        reasons=reasons(finding, desk.bank),
        # What is asked for is what the whole record asks for; the locks read the same.
        deep_form=found.finding.deep_form,
        remedy_plan_required=found.finding.remedy_plan_required,
        communication=found.finding.communication,
        acts=_possible(desk, case, submitters),
        disagreement=(latest.disagreement or "") if latest else "",
        disagreed_by=latest.submitter_id if latest else None,
        handed=_handed(held),
    )


def _explains(found: Living, held: Stored) -> Finding:
    """Give what explains the level of a case (promise 12): its worst check, or what its record says where that is more.

    Where a lead has lowered the case, what was found before stands beside the level that they chose.
    """
    worst = max(held.sent, key=lambda each: (each.level, each.severity), default=None)
    if worst is None:
        return found.finding
    told, now = from_data(worst.finding), found.finding
    return now if _weight(now) > _weight(told) and now.level <= found.case.level else told


def _weight(finding: Finding) -> tuple[int, int, bool, int]:
    return finding.level, finding.severity, finding.harms, finding.likelihood


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
