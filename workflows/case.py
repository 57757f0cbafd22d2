"""What people do with a case. Each act is one transaction and one outcome, with its clocks and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session

from storage import cases, checks, events, outbox, timers, words
from storage.models import Case
from workflows import living, outgoing, watching
from workflows.access import problem_with, visible
from workflows.desk import Desk
from workflows.dossier import refusal_values, snooze_until_most, standing_of, stream_of
from workflows.errors import BadAnswer, Refused
from workflows.opening import ask, assign, cards, standing_card
from workflows.rules.case import Act, State, refusal
from workflows.rules.values import Level
from workflows.values import CaseFacts

REASON_MAX = 1000


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
        event = events.append(session, stream_of(case), "case.acknowledged", at=now, actor_id=person_id, data=data)
        watching.restart(session, desk, case, now)
        told = outgoing.told(
            case, outgoing.ACKNOWLEDGED, event.seq, checks.submitters_of(session, case_id), now, {"by": person_id}
        )
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return act_on(desk, Sent(case_id, person_id, Act.ACKNOWLEDGE, seen_in=seen_in), now, record)


def _take(session: Session, case: Case, person_id: str, now: datetime) -> None:
    case.owner_id = person_id
    data = {"owner": person_id, "level": Level(case.level).name}
    events.append(session, stream_of(case), "case.taken", at=now, actor_id=person_id, data=data)


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
        submitters = checks.submitters_of(session, sent.case_id)
        owner = assign(session, desk, case, target, submitters, now)
        session.flush()
        data = {"from": origin.name, "level": target.name, "owner": owner.person, "role": owner.role}
        if not up:
            # What the rule asked for then: a later fact that asks for more raises it again, and nothing else does.
            data["found"] = living.load(session, desk, case, now).finding.level.name
        event = note(session, case, "case.handed_up" if up else "case.handed_back", sent, now, data)
        watching.restart(session, desk, case, now)
        if target == Level.L3:
            outbox.hurry(session, sent.case_id, now)
        told = outgoing.told(case, outgoing.MOVED, event, submitters, now)
        outbox.add_many(session, [*cards(case, before, now), *told])

    return act_on(desk, sent, now, record)


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
        submitters = checks.submitters_of(session, sent.case_id)
        if to in submitters and case.level >= Level.L2:
            raise BadAnswer("own_check", field="person")
        barred = problem_with(session, desk, case, to)
        if barred is not None:
            raise BadAnswer(barred, field="person")
        if case.level >= Level.L2 and to not in desk.policy.leads | desk.policy.outside_reviewers:
            # Whoever answers at this level decides at it (S57, UNGP 19).
            raise BadAnswer("not_at_this_level", field="person")
        before, former = standing_card(case), case.owner_id
        backup = case.backup_id if case.backup_id != to else former
        ask(desk, case, to, backup, now, keep_decision=True)
        session.flush()
        data = {"owner": to, "was": former, "level": Level(case.level).name}
        event = note(session, case, "case.reassigned", sent, now, data)
        watching.restart(session, desk, case, now)
        people = [to, *submitters]
        told = outgoing.told(case, outgoing.REASSIGNED, event, people, now)
        outbox.add_many(session, [*cards(case, before, now), *told])

    return act_on(desk, sent, now, record)


def snooze(desk: Desk, sent: Sent, until: date, now: datetime) -> CaseFacts:
    """Put the date of the decision off, once, with a reason and not beyond the limit of its level.

    `until` is a day in the owner's zone; the hour of the day stays.

    Raises:
        BadAnswer: the day is not later than now planned, or later than the limit. NotFound, Refused: as `hand`.
    """

    def record(session: Session, case: Case) -> None:
        moment = _snoozed(desk, case, until, now)
        was, case.decide_due_at, case.snoozed_at = case.decide_due_at, moment, now
        data = {"until": moment.isoformat(), "was": was.isoformat() if was else None, "level": Level(case.level).name}
        event = note(session, case, "case.snoozed", sent, now, data)
        watching.restart(session, desk, case, now)
        told = outgoing.told(case, outgoing.SNOOZED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return act_on(desk, sent, now, record)


def _snoozed(desk: Desk, case: Case, until: date, now: datetime) -> datetime:
    most, due_at = snooze_until_most(desk, case), case.decide_due_at
    zone = watching.calendar_of(desk, case).zone
    if due_at is None or most is None or until <= due_at.astimezone(zone).date():
        raise BadAnswer("bad_date", field="until")
    if until > most:
        raise BadAnswer("too_far", field="until", limit=f"{most.day} {most:%B %Y}")
    moment = datetime.combine(until, due_at.astimezone(zone).time(), tzinfo=zone).astimezone(UTC)
    if moment <= now:
        raise BadAnswer("bad_date", field="until")
    return moment


def contain(desk: Desk, sent: Sent, now: datetime) -> CaseFacts:
    """Record that the harm is stopped or contained, and what was done (T7). The case stays open for its decision.

    Raises:
        BadAnswer: it is not said what was done. NotFound, Refused: as `hand`.
    """

    def record(session: Session, case: Case) -> None:
        late = case.contain_due_at is not None and case.contain_due_at < now
        case.contained_at, case.contained_by = now, sent.person_id
        event = note(session, case, "case.contained", sent, now, {"late": late, "level": Level(case.level).name})
        timers.drop(session, sent.case_id, [watching.CONTAIN])
        told = outgoing.told(case, outgoing.CONTAINED, event, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return act_on(desk, sent, now, record)


def note(session: Session, case: Case, kind: str, sent: Sent, now: datetime, data: Mapping[str, object]) -> int:
    """Record an act with its reason kept beside it; give the number of the event."""
    case.updated_at = now
    session.flush()
    held = {**data, "reason": words.keep(session, stream_of(case), sent.reason.strip()), "request": sent.request_key}
    return events.append(session, stream_of(case), kind, at=now, actor_id=sent.person_id, data=held).seq


def act_on(desk: Desk, sent: Sent, now: datetime, record: Callable[[Session, Case], None]) -> CaseFacts:
    """Lock the case, ask the rules, do the act, all in one transaction: two clicks at once give one outcome."""
    if len(sent.reason) > REASON_MAX:
        raise BadAnswer("too_long", field="reason", limit=REASON_MAX)
    with desk.db.write() as session:
        found = cases.get(session, sent.case_id, lock=True)
        # A second delivery gets the first answer, also where its act took the case out of sight.
        if found is not None and _done_before(session, found, sent):
            return desk.facts(found, now)
        case = found if found and _offered(desk, found, sent) else visible(session, desk, found, sent.person_id)
        if sent.seen_level is not None and sent.seen_level != case.level:
            raise Refused("moved_meanwhile", **refusal_values(case))
        problem = refusal(sent.act, standing_of(session, desk, case, sent.person_id), sent.reason)
        if problem == "reason_missing":
            raise BadAnswer(problem, field="reason")
        if problem is not None:
            raise Refused(problem, **refusal_values(case))
        # Whatever reopened it with others, from now on it is told of by itself.
        case.signal_id = None
        record(session, case)
        return desk.facts(case, now)


def _offered(desk: Desk, case: Case, sent: Sent) -> bool:
    """Whether nobody owns the case and it was offered where this person acts: anybody in that channel may take it.

    What is sealed is offered in no channel.
    """
    here = sent.seen_in is not None and sent.seen_in == desk.policy.fallback_channel
    return here and case.owner_id is None and not case.sealed


def _done_before(session: Session, case: Case, sent: Sent) -> bool:
    """Whether this very act was done already: a second delivery, or a second click of the same person."""
    if sent.act is Act.ACKNOWLEDGE:
        return case.state == State.ACKNOWLEDGED and case.acknowledged_by == sent.person_id
    if not sent.request_key:
        return False
    return any(
        event.data.get("request") == sent.request_key and event.actor_id == sent.person_id
        for event in events.of(session, stream_of(case))
    )
