"""A case: look at it, and answer it. Each act is one transaction and one outcome, with its clocks and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from storage import cases, checks, events, outbox, timers, words
from storage.models import Case, Check
from storage.models import Event as EventRow
from workflows import outgoing, watching
from workflows.desk import Desk
from workflows.errors import BadAnswer, BadAnswers, NotFound, Refused
from workflows.findings import from_data, reasons
from workflows.opening import ask, assign, cards, standing_card
from workflows.rules.case import ALLOWED, Act, State, refusal, snooze_limit
from workflows.rules.decision import APPROVING, Decision, Outcome, missing
from workflows.rules.escalation import Step, Watch
from workflows.rules.values import Level
from workflows.values import CaseCard, CaseFacts, CaseView, Handed, HistoryLine, case_code

REASON_MAX = 1000
HANDING = frozenset({"case.handed_up", "case.handed_back"})
RAISING = frozenset({"case.opened", "case.level_raised"})
WRITTEN = ("reason", "conditions", "mitigation")
"""Values of events that stand for words kept beside them."""
FIELD_OF = {
    "reason_missing": "reason",
    "conditions_missing": "conditions",
    "mitigation_missing": "mitigation",
    "mitigation_owner_missing": "mitigation_owner",
    "look_again_missing": "look_again",
    "hold_date_missing": "look_again",
}
"""Beside which input of the decision each missing thing is named."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An act as it was sent. `request_key` is the same when the same sending arrives twice; `seen_level` is the
    level that the person saw, so that two people who hand up at once move the case once; `seen_in` is the channel of
    the message in which they acted."""

    case_id: int
    person_id: str
    act: Act
    reason: str = ""
    request_key: str = ""
    seen_level: int | None = None
    seen_in: str | None = None


def acknowledge(desk: Desk, case_id: int, person_id: str, now: datetime, seen_in: str | None = None) -> CaseFacts:
    """Record that the owner or backup has the case. A second click learns who was first.

    A case that nobody could answer belongs to whoever acknowledges it in the fallback channel: it is taken.

    Raises:
        NotFound: no such case for this person. Refused: it is not theirs, or was acknowledged before.
    """

    def record(session: Session, case: Case) -> None:
        if case.owner_id is None:
            _take(session, case, person_id, now)
        case.state = State.ACKNOWLEDGED
        case.acknowledged_by, case.acknowledged_at = person_id, now
        case.updated_at = now
        session.flush()
        data = {"late": bool(case.ack_due_at and case.ack_due_at < now), "level": Level(case.level).name}
        event = events.append(session, _stream(case), "case.acknowledged", at=now, actor_id=person_id, data=data)
        watching.restart(session, desk, case, now)
        told = outgoing.told(
            case, outgoing.ACKNOWLEDGED, event.seq, checks.submitters_of(session, case_id), now, {"by": person_id}
        )
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return _act(desk, Sent(case_id, person_id, Act.ACKNOWLEDGE, seen_in=seen_in), now, record)


def _take(session: Session, case: Case, person_id: str, now: datetime) -> None:
    case.owner_id = person_id
    data = {"owner": person_id, "level": Level(case.level).name}
    events.append(session, _stream(case), "case.taken", at=now, actor_id=person_id, data=data)


def hand(desk: Desk, sent: Sent, now: datetime) -> CaseFacts:
    """Give the case to the next level, or with a reason to the level below, never below its floor (T8).

    Everybody who sent a check of it is told.

    Raises:
        BadAnswer: the reason is missing or too long. NotFound, Refused: as `acknowledge`; also when the case moved
            since the person looked, is at the top already, or would go below its floor.
    """
    up = sent.act is Act.HAND_UP

    def record(session: Session, case: Case) -> None:
        origin = Level(case.level)
        target = Level(case.level + 1 if up else case.level - 1)
        before = standing_card(case)
        owner = assign(desk, case, target, now)
        session.flush()
        data = {"from": origin.name, "level": target.name, "owner": owner.person, "role": owner.role}
        event = _note(session, case, "case.handed_up" if up else "case.handed_back", sent, now, data)
        watching.restart(session, desk, case, now)
        if target == Level.L3:
            outbox.hurry(session, sent.case_id, now)
        told = outgoing.told(case, outgoing.MOVED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [*cards(case, before, now), *told])

    return _act(desk, sent, now, record)


def reassign(desk: Desk, sent: Sent, to: str, now: datetime) -> CaseFacts:
    """Give the case to another person at the same level, with a reason. The date of the decision stays.

    Raises:
        BadAnswer: nobody was chosen, the person owns it already, cannot answer, or sent the check (from L2 on).
            NotFound, Refused: as `hand`.
    """
    if not to:
        raise BadAnswer("nobody_chosen", field="person")

    def record(session: Session, case: Case) -> None:
        if to == case.owner_id:
            raise BadAnswer("same_person", field="person")
        if not desk.can_answer(to, now):
            raise BadAnswer("cannot_answer", field="person")
        if to == case.submitter_id and case.level >= Level.L2:
            raise BadAnswer("own_check", field="person")
        before, former = standing_card(case), case.owner_id
        backup = case.backup_id if case.backup_id != to else former
        ask(desk, case, to, backup, now, keep_decision=True)
        session.flush()
        data = {"owner": to, "was": former, "level": Level(case.level).name}
        event = _note(session, case, "case.reassigned", sent, now, data)
        watching.restart(session, desk, case, now)
        people = [to, *checks.submitters_of(session, sent.case_id)]
        told = outgoing.told(case, outgoing.REASSIGNED, event, people, now)
        outbox.add_many(session, [*cards(case, before, now), *told])

    return _act(desk, sent, now, record)


def snooze(desk: Desk, sent: Sent, until: date, now: datetime) -> CaseFacts:
    """Put the date of the decision off, once, with a reason and not beyond the limit of its level.

    `until` is a day in the owner's zone; the hour of the day stays.

    Raises:
        BadAnswer: the day is not later than now planned, or later than the limit. NotFound, Refused: as `hand`.
    """

    def record(session: Session, case: Case) -> None:
        moment = _snoozed(desk, case, until)
        was, case.decide_due_at, case.snoozed_at = case.decide_due_at, moment, now
        data = {"until": moment.isoformat(), "was": was.isoformat() if was else None, "level": Level(case.level).name}
        event = _note(session, case, "case.snoozed", sent, now, data)
        watching.restart(session, desk, case, now)
        told = outgoing.told(case, outgoing.SNOOZED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return _act(desk, sent, now, record)


def snooze_until_most(desk: Desk, case: Case) -> date | None:
    """Give the last day to which the decision of a case can be put off, in the owner's zone."""
    if case.decide_due_at is None:
        return None
    calendar = watching.calendar_of(desk, case)
    return snooze_limit(Level(case.level), case.decide_due_at, calendar).astimezone(calendar.zone).date()


def _snoozed(desk: Desk, case: Case, until: date) -> datetime:
    most, due_at = snooze_until_most(desk, case), case.decide_due_at
    zone = watching.calendar_of(desk, case).zone
    if due_at is None or most is None or until <= due_at.astimezone(zone).date():
        raise BadAnswer("bad_date", field="until")
    if until > most:
        raise BadAnswer("too_far", field="until", limit=f"{most.day} {most:%B %Y}")
    return datetime.combine(until, due_at.astimezone(zone).time(), tzinfo=zone).astimezone(due_at.tzinfo)


def contain(desk: Desk, sent: Sent, now: datetime) -> CaseFacts:
    """Record that the harm is stopped or contained, and what was done (T7). The case stays open for its decision.

    Raises:
        BadAnswer: it is not said what was done. NotFound, Refused: as `hand`.
    """

    def record(session: Session, case: Case) -> None:
        late = case.contain_due_at is not None and case.contain_due_at < now
        case.contained_at, case.contained_by = now, sent.person_id
        event = _note(session, case, "case.contained", sent, now, {"late": late, "level": Level(case.level).name})
        timers.drop(session, sent.case_id, [watching.CONTAIN])
        told = outgoing.told(case, outgoing.CONTAINED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return _act(desk, sent, now, record)


def decide(desk: Desk, sent: Sent, decision: Decision, now: datetime) -> CaseFacts:
    """Record what a named person decides. The bot never decides, and silence never does.

    An approval needs a mitigation with an owner or an open CANNOT / NOT YET, and a day to look again (promise 2). A
    hold keeps the case open until its day; everything else closes it.

    Raises:
        BadAnswers: everything that is missing, each beside its field. NotFound, Refused: as `hand`.
    """
    if any(len(text) > REASON_MAX for text in (decision.conditions, decision.mitigation)):
        raise BadAnswer("too_long", field="mitigation", limit=REASON_MAX)

    def record(session: Session, case: Case) -> None:
        calendar = desk.calendar_of(sent.person_id)
        lacks = missing(decision, now.astimezone(calendar.zone).date())
        if lacks:
            raise BadAnswers([(FIELD_OF[each], each) for each in lacks])
        look_again = _morning(desk, sent.person_id, decision.look_again)
        case.decision, case.decided_by, case.decided_at = decision.outcome, sent.person_id, now
        case.look_again_at, case.keeper_id = look_again, decision.mitigation_owner
        held = decision.outcome is Outcome.HOLD
        case.state = State.ACKNOWLEDGED if held else State.CLOSED
        case.decide_due_at = look_again if held else case.decide_due_at
        event = _note(session, case, "case.decided", sent, now, _decided(session, case, decision))
        watching.restart(session, desk, case, now)
        if look_again is not None and decision.outcome in APPROVING:
            watch = Watch(Step.REMIND, look_again)
            timers.put(session, [watching.clock(case, watching.LOOK_AGAIN, watch)], now)
        told = outgoing.told(case, outgoing.DECIDED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return _act(desk, sent, now, record)


def _morning(desk: Desk, person_id: str, day: date | None) -> datetime | None:
    """Give the hour at which a person's working day begins on that day, as aware UTC."""
    if day is None:
        return None
    calendar = desk.calendar_of(person_id)
    midnight = datetime.combine(day, time(0), tzinfo=calendar.zone)
    return (midnight + timedelta(hours=calendar.start.hour, minutes=calendar.start.minute)).astimezone(UTC)


def _decided(session: Session, case: Case, decision: Decision) -> dict[str, object]:
    stream = _stream(case)
    return {
        "outcome": decision.outcome,
        "conditions": words.keep(session, stream, decision.conditions.strip()),
        "mitigation": words.keep(session, stream, decision.mitigation.strip()),
        "mitigation_owner": decision.mitigation_owner,
        "gap": decision.gap,
        "look_again": decision.look_again.isoformat() if decision.look_again else None,
        "level": Level(case.level).name,
    }


def _note(session: Session, case: Case, kind: str, sent: Sent, now: datetime, data: Mapping[str, object]) -> int:
    """Record an act with its reason kept beside it; give the number of the event."""
    case.updated_at = now
    session.flush()
    held = {**data, "reason": words.keep(session, _stream(case), sent.reason.strip()), "request": sent.request_key}
    return events.append(session, _stream(case), kind, at=now, actor_id=sent.person_id, data=held).seq


def view(desk: Desk, case_id: int, person_id: str, now: datetime) -> CaseView:
    """Give one case to somebody who may see it. Raises NotFound otherwise, whether or not it exists."""
    with desk.db.read() as session:
        case = _visible(session, desk, cases.get(session, case_id), person_id)
        card = card_of(session, desk, case, now)
        history = events.of(session, _stream(case))
        written = words.of(session, _stream(case))
    standing = desk.standing(case, person_id)
    acts = frozenset(act for act in Act if refusal(act, standing, reason="given") is None)
    lines = tuple(_line(event, written) for event in history)
    return CaseView(replace(card, acts=acts), lines, snooze_until_most=snooze_until_most(desk, case))


def prepare(desk: Desk, case_id: int, person_id: str, act: Act, now: datetime) -> CaseView:
    """Give a case to somebody who wants to do an act that asks for something first.

    Raises:
        NotFound, Refused: as the act itself; better now than after they have written a page.
    """
    with desk.db.read() as session:
        case = _visible(session, desk, cases.get(session, case_id), person_id)
    problem = refusal(act, desk.standing(case, person_id), reason="given")
    if problem is not None:
        raise Refused(problem, **_refusal_values(case))
    return view(desk, case_id, person_id, now)


def card_of(session: Session, desk: Desk, case: Case, now: datetime) -> CaseCard:
    """Render a case's card from what is stored: the same state gives the same card (rule 8 of the architecture)."""
    check = _check_that_set_the_level(session, case)
    finding = from_data(check.finding) if check else None
    latest = checks.get(session, case.last_check_id)
    return CaseCard(
        case=desk.facts(case, now),
        reasons=reasons(finding, desk.bank) if finding else (),
        deep_form=bool(finding and finding.deep_form),
        remedy_plan_required=bool(finding and finding.remedy_plan_required),
        communication=finding.communication if finding else "COM-INT",
        acts=frozenset(act for act in ALLOWED[State(case.state)] if _possible(desk, case, act)),
        disagreement=(latest.disagreement or "") if latest else "",
        disagreed_by=latest.submitter_id if latest else None,
        handed=_handed(session, case),
    )


def _act(desk: Desk, sent: Sent, now: datetime, record: Callable[[Session, Case], None]) -> CaseFacts:
    """Lock the case, ask the rules, do the act, all in one transaction: two clicks at once give one outcome."""
    if len(sent.reason) > REASON_MAX:
        raise BadAnswer("too_long", field="reason", limit=REASON_MAX)
    with desk.db.write() as session:
        found = cases.get(session, sent.case_id, lock=True)
        case = found if found and _offered(desk, found, sent) else _visible(session, desk, found, sent.person_id)
        if _done_before(session, case, sent):
            return desk.facts(case, now)
        if sent.seen_level is not None and sent.seen_level != case.level:
            raise Refused("moved_meanwhile", **_refusal_values(case))
        problem = refusal(sent.act, desk.standing(case, sent.person_id), sent.reason)
        if problem == "reason_missing":
            raise BadAnswer(problem, field="reason")
        if problem is not None:
            raise Refused(problem, **_refusal_values(case))
        record(session, case)
        return desk.facts(case, now)


def _offered(desk: Desk, case: Case, sent: Sent) -> bool:
    """Whether nobody owns the case and it was offered where this person acts: anybody in that channel may take it."""
    return case.owner_id is None and sent.seen_in is not None and sent.seen_in == desk.policy.fallback_channel


def _done_before(session: Session, case: Case, sent: Sent) -> bool:
    """Whether this very act was done already: a second delivery, or a second click of the same person."""
    if sent.act is Act.ACKNOWLEDGE:
        return case.state == State.ACKNOWLEDGED and case.acknowledged_by == sent.person_id
    if not sent.request_key:
        return False
    return any(event.data.get("request") == sent.request_key for event in events.of(session, _stream(case)))


def _visible(session: Session, desk: Desk, case: Case | None, person_id: str) -> Case:
    if case is None or not desk.may_see(case, person_id, checks.submitters_of(session, case.id or 0)):
        raise NotFound
    return case


def _refusal_values(case: Case) -> dict[str, str | int]:
    return {
        "case": case_code(case.id or 0),
        "floor": Level(max(case.floor_level, Level.L1)).name,
        "person": case.acknowledged_by or case.owner_id or "",
    }


def _possible(desk: Desk, case: Case, act: Act) -> bool:
    """Whether the act makes sense for whoever holds the case, so that no button leads to a refusal."""
    if case.owner_id is None:
        return act in (Act.ACKNOWLEDGE, Act.HAND_UP) and not (act is Act.HAND_UP and case.level == Level.L3)
    return refusal(act, desk.standing(case, case.owner_id), reason="given") is None


def _check_that_set_the_level(session: Session, case: Case) -> Check | None:
    """The worst check of the case explains its level; among equals the newest."""
    found = checks.for_case(session, case.id or 0, 20)
    return max(found, key=lambda check: (check.level, check.severity), default=None)


def _handed(session: Session, case: Case) -> Handed | None:
    """How the case came to its present level, where somebody handed it over and no check has moved it since."""
    for event in reversed(events.of(session, _stream(case))):
        if event.kind in HANDING:
            reason = words.of(session, _stream(case)).get(event.data.get("reason") or "", "")
            return Handed(event.actor_id or "", event.kind == "case.handed_up", reason)
        if event.kind == "case.moved_up":
            return Handed("", True, "")
        if event.kind in RAISING:
            return None
    return None


def _line(event: EventRow, written: Mapping[str, str]) -> HistoryLine:
    values = dict(event.data)
    values.update({name: written.get(values[name], "") for name in WRITTEN if values.get(name)})
    return HistoryLine(event.at, event.actor_id, event.kind, values)


def _stream(case: Case) -> str:
    return f"case:{case.id}"
