"""A case: look at it, acknowledge it, hand it up, hand it back. Each act is one transaction and one outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from storage import cases, checks, events, outbox, words
from storage.models import Case, Check
from storage.models import Event as EventRow
from workflows import outgoing
from workflows.desk import Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.findings import from_data, reasons
from workflows.opening import assign, cards, standing_card
from workflows.rules.case import ALLOWED, Act, State, refusal
from workflows.rules.values import Level
from workflows.values import CaseCard, CaseFacts, CaseView, Handed, HistoryLine, case_code

REASON_MAX = 1000
HANDING = frozenset({"case.handed_up", "case.handed_back"})
RAISING = frozenset({"case.opened", "case.level_raised"})


def acknowledge(desk: Desk, case_id: int, person_id: str, now: datetime) -> CaseFacts:
    """Record that the owner or backup has the case. A second click learns who was first.

    Raises:
        NotFound: no such case for this person. Refused: it is not theirs, or was acknowledged before.
    """

    def record(session: Session, case: Case) -> None:
        case.state = State.ACKNOWLEDGED
        case.acknowledged_by, case.acknowledged_at = person_id, now
        case.updated_at = now
        session.flush()
        data = {"late": bool(case.ack_due_at and case.ack_due_at < now), "level": Level(case.level).name}
        event = events.append(session, _stream(case), "case.acknowledged", at=now, actor_id=person_id, data=data)
        told = outgoing.acknowledged(case, event.seq, person_id, checks.submitters_of(session, case_id), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])

    return _act(desk, Sent(case_id, person_id, Act.ACKNOWLEDGE), now, record)


@dataclass(frozen=True, slots=True)
class Sent:
    """An act as it was sent. `request_key` is the same when the same sending arrives twice; `seen_level` is the
    level that the person saw, so that two people who hand up at once move the case once."""

    case_id: int
    person_id: str
    act: Act
    reason: str = ""
    request_key: str = ""
    seen_level: int | None = None


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
        data = {
            "from": origin.name,
            "level": target.name,
            "reason": words.keep(session, _stream(case), sent.reason.strip()),
            "owner": owner.person,
            "role": owner.role,
            "request": sent.request_key,
        }
        kind = "case.handed_up" if up else "case.handed_back"
        event = events.append(session, _stream(case), kind, at=now, actor_id=sent.person_id, data=data)
        told = outgoing.moved(case, event.seq, checks.submitters_of(session, sent.case_id), now)
        outbox.add_many(session, [*cards(case, before, now), *told])

    return _act(desk, sent, now, record)


def view(desk: Desk, case_id: int, person_id: str, now: datetime) -> CaseView:
    """Give one case to somebody who may see it. Raises NotFound otherwise, whether or not it exists."""
    with desk.db.read() as session:
        case = _visible(session, desk, cases.get(session, case_id), person_id)
        card = card_of(session, desk, case, now)
        history = events.of(session, _stream(case))
        written = words.of(session, _stream(case))
    standing = desk.standing(case, person_id)
    acts = frozenset(act for act in Act if refusal(act, standing, reason="given") is None)
    return CaseView(replace(card, acts=acts), tuple(_line(event, written) for event in history))


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
        case = _visible(session, desk, cases.get(session, sent.case_id, lock=True), sent.person_id)
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
    if case.owner_id is None and act is not Act.HAND_UP:
        return False
    return refusal(act, desk.standing(case, case.owner_id or ""), reason="given") is None


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
        if event.kind in RAISING:
            return None
    return None


def _line(event: EventRow, written: Mapping[str, str]) -> HistoryLine:
    values = dict(event.data)
    if "reason" in values:
        values["reason"] = written.get(values["reason"], "")
    return HistoryLine(event.at, event.actor_id, event.kind, values)


def _stream(case: Case) -> str:
    return f"case:{case.id}"
