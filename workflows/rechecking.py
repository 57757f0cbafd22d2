"""What people do with a question in one click: same as last time, still right, not now (S10, S13; promise 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from storage import cases, events, nudges
from storage.models import Case
from workflows import living, nudging, parts, projection, questions, reopening
from workflows.access import visible
from workflows.desk import Desk
from workflows.errors import NotFound, Refused
from workflows.living import Living
from workflows.nudge_values import Answered
from workflows.rules import rechecks as rules
from workflows.rules.case import State
from workflows.rules.mitigations import Mitigation
from workflows.rules.parts import PARTS
from workflows.rules.rechecks import PICTURE, SNOOZE
from workflows.rules.record import PREFIX
from workflows.rules.values import Level, Severity
from workflows.values import case_code

TWICE = timedelta(minutes=5)
"""Within this time a second click of the same person is the first one again."""


def same(desk: Desk, case_id: int, number: int, person_id: str, now: datetime) -> Answered:
    """Say of a mitigation that it stands as it did last time: what was answered then is written again, without proof.

    So its evidence keeps its age, and this works only while that is not too old and nothing around it changed.

    Raises:
        NotFound: no such case or mitigation for this person. Refused: it is not theirs to say, nobody asks, or what
            was said last time cannot be said again.
    """
    part = PARTS["recheck"]
    with desk.db.write() as session:
        before = _opened(session, desk, case_id, person_id, now)
        request = f"same:{number}:{_round_number(before, number)}"
        if _done_before(before, request, person_id):
            return _result(before, number)
        own = _mitigation(before, number)
        if not questions.may_answer(before, number, person_id):
            raise Refused("not_your_mitigation")
        if not (own.is_overdue(now) or _is_asked(session, before, number, person_id)):
            raise Refused("recheck_not_open")
        if not own.may_repeat(now):
            raise Refused("recheck_not_same")
        fields = {"mitigation": str(number), "effect": own.effect, "evidence": own.evidence, "context_changed": "NO"}
        entry = before.record.next_number(part.id)
        check_at = parts.check_at(desk, before, part, fields, person_id, now)
        data: dict[str, Any] = {"number": entry, "fields": fields, "request": request, "same": True}
        if check_at is not None:
            data["check_at"] = check_at.isoformat()
        seq = _write(session, before.case, f"{PREFIX}{part.id}", person_id, data, now)
        after = living.load(session, desk, before.case, now)
        parts.follows(session, desk, before, after, part, entry, person_id, seq, now)
        return _result(after, number, raised=reopening.follow(session, desk, after, now, "record"))


def still_right(desk: Desk, case_id: int, person_id: str, now: datetime) -> Answered:
    """Say that the picture of a case is still right: somebody looks again after the usual time (S10).

    Raises:
        NotFound: no such case for this person. Refused: it is not theirs to say, or nobody asks.
    """
    with desk.db.write() as session:
        before = _opened(session, desk, case_id, person_id, now)
        case, request = before.case, f"picture:{_round_number(before, PICTURE)}"
        if _done_before(before, request, person_id):
            return _result(before, PICTURE)
        if not questions.may_answer(before, PICTURE, person_id):
            raise Refused("not_yours")
        due = case.look_again_at is not None and case.look_again_at <= now
        if case.state != State.TRACKED or not (due or _is_asked(session, before, PICTURE, person_id)):
            raise Refused("recheck_not_open")
        case.look_again_at = now + desk.policy.cadence[Severity(case.severity)]
        data = {"number": PICTURE, "until": case.look_again_at.isoformat(), "request": request}
        _write(session, case, rules.CONFIRMED, person_id, data, now)
        nudges.end(session, case_id, PICTURE)
        after = living.load(session, desk, case, now)
        projection.settle(session, after, now)
        return _result(after, PICTURE)


def snooze(desk: Desk, case_id: int, number: int, person_id: str, now: datetime) -> Answered:
    """Put a question off for a week, once. What it is about earns nothing meanwhile.

    Raises:
        NotFound: no such case for this person. Refused: nobody asks any more, or it was put off before.
    """
    with desk.db.write() as session:
        before = _opened(session, desk, case_id, person_id, now)
        this_round = rules.round_of(before.happened, number)
        put_off = [each for each in this_round if each.kind == rules.SNOOZED]
        until = now + SNOOZE
        if put_off:
            if put_off[-1].by == person_id and put_off[-1].at > now - TWICE:
                # A second delivery of the same click.
                return _result(before, number, next_at=put_off[-1].at + SNOOZE)
            raise Refused("recheck_put_off_before")
        if not _is_asked(session, before, number, person_id):
            raise Refused("recheck_not_open")
        data = {"number": number, "until": until.isoformat(), "to": []}
        _write(session, before.case, rules.SNOOZED, person_id, data, now)
        if not nudging.ask_again(session, desk, before, number, person_id, until):
            raise Refused("recheck_not_open")
        return _result(before, number, next_at=until)


def _opened(session: Session, desk: Desk, case_id: int, person_id: str, now: datetime) -> Living:
    case = visible(session, desk, cases.get(session, case_id, lock=True), person_id)
    if case.state == State.CLOSED:
        raise Refused("record_closed")
    return living.load(session, desk, case, now)


def _mitigation(found: Living, number: int) -> Mitigation:
    own = next((each for each in found.facts.mitigations if each.number == number), None)
    if own is None:
        raise NotFound("entry_unknown")
    return own


def _is_asked(session: Session, found: Living, number: int, person_id: str) -> bool:
    asked = nudges.open_of(session, person_id)
    return any((each.case_id, each.number) == (found.case.id, number) for each in asked)


def _round_number(found: Living, number: int) -> int:
    """Give the event with which a question was last asked for the first time; 0 where it never was."""
    this_round = rules.round_of(found.happened, number)
    return this_round[0].seq if this_round else 0


def _done_before(found: Living, request: str, person_id: str) -> bool:
    return any(each.data.get("request") == request and each.by == person_id for each in found.happened)


def _write(session: Session, case: Case, kind: str, by: str, data: dict[str, Any], now: datetime) -> int:
    case.updated_at = now
    session.flush()
    return events.append(session, f"case:{case.id}", kind, at=now, actor_id=by, data=data).seq


def _result(found: Living, number: int, *, raised: bool = False, next_at: datetime | None = None) -> Answered:
    own = next((each.check_at for each in found.facts.mitigations if each.number == number), None)
    planned = found.case.look_again_at if number == PICTURE else own
    case = found.case
    return Answered(case.id or 0, case_code(case.id or 0), Level(case.level), next_at or planned, raised)
