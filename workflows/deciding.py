"""Decide and close: what a named person says about a launch, once its record holds what it must (S7-S9, S16, S48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from prompts import plain
from storage import checks, events, outbox, timers, words
from storage.models import Case
from workflows import living, outgoing, projection, watching
from workflows.case import REASON_MAX, Sent, act_on, note
from workflows.desk import Desk
from workflows.dossier import stream_of
from workflows.errors import BadAnswer, BadAnswers, Locked
from workflows.living import Living
from workflows.parts import follows, morning
from workflows.rules.case import State
from workflows.rules.decision import APPROVING, Decision, Outcome, missing
from workflows.rules.locks import Facts, first_communication, to_approve, to_close
from workflows.rules.parts import PARTS
from workflows.rules.record import CLOSED, PREFIX
from workflows.rules.signals import EFFECTS
from workflows.rules.values import Level, Severity
from workflows.seals import SealsUnreadable
from workflows.values import CaseFacts

FIELD_OF = {
    "reason_missing": "reason",
    "conditions_missing": "conditions",
    "condition_type_missing": "condition_type",
    "condition_denies": "condition_type",
    "keeper_missing": "keeper",
    "check_on_missing": "check_on",
    "hold_date_missing": "hold_until",
}
"""Beside which input of the decision each missing thing is named."""


def decide(desk: Desk, sent: Sent, decision: Decision, now: datetime) -> CaseFacts:
    """Record what a named person decides. The bot never decides, and silence never does.

    An approval needs a record in which nothing that must come before is missing (promise 2). A hold keeps the case
    waiting until its day. After an approval the record is tracked; after stop and exit it closes once it is whole.

    Raises:
        BadAnswers: what the decision lacks, each beside its field. Locked: what the record lacks before it can be
            approved. NotFound, Refused: as `case.hand`.
    """
    if len(decision.conditions) > REASON_MAX:
        raise BadAnswer("too_long", field="conditions", limit=REASON_MAX)

    def record(session: Session, case: Case) -> None:
        before = living.load(session, desk, case, now)
        today = now.astimezone(desk.calendar_of(sent.person_id).zone).date()
        lacks = missing(decision, today, desk.policy.cadence[before.facts.severity])
        if lacks:
            raise BadAnswers([(FIELD_OF[each], each) for each in lacks])
        _possible(desk, decision, now)
        written = _take_down(session, desk, before, sent, decision, now)
        after = living.load(session, desk, case, now)
        if decision.outcome in APPROVING:
            _unlocked(after, now)
        for number, seq in written[:1]:
            # One person looks after all of them, and is told once.
            follows(session, desk, before, after, PARTS["mitigation"], number, sent.person_id, seq, now)
        case.state = _state_after(after, decision, now)
        case.closed_at = now if case.state == State.CLOSED else None
        event = _decided(session, desk, case, sent, decision, now)
        after = living.load(session, desk, case, now)
        watching.restart(session, desk, case, now)
        projection.settle(session, after, now)
        people = checks.submitters_of(session, sent.case_id)
        outbox.add_many(session, [outgoing.card(case, now), *outgoing.told(case, outgoing.DECIDED, event, people, now)])

    return act_on(desk, sent, now, record)


def _possible(desk: Desk, decision: Decision, now: datetime) -> None:
    """Raise BadAnswer where the conditions name a kind that is unknown or somebody who cannot look after them."""
    if not decision.each_condition:
        return
    if decision.condition_type not in desk.bank.mitigations:
        raise BadAnswer("option_unknown", field="condition_type")
    if decision.keeper and not desk.can_answer(decision.keeper, now):
        raise BadAnswer("cannot_answer", field="keeper")


def _unlocked(after: Living, now: datetime) -> None:
    """Raise Locked where something must come before an approval (promise 2).

    Its conditions are written by now, so what they plan counts; where it is refused they are gone again with the
    transaction.
    """
    lacks = to_approve(after.record, after.facts, now)
    if lacks:
        raise Locked("approval_locked", lacks, after.case.id or 0)


def _take_down(
    session: Session, desk: Desk, before: Living, sent: Sent, decision: Decision, now: datetime
) -> list[tuple[int, int]]:
    """Write what a decision adds to the record: conditions as mitigations (S13), a first word outside (S16).

    Gives the numbers of the mitigations, each with that of its event.
    """
    written = _conditions(session, desk, before, sent, decision, now)
    if before.record.one("communication") is None and before.facts.level >= Level.L1:
        code = first_communication(before.facts.severity, before.finding)
        fields = {
            "codes": [code],
            "why": words.keep(session, stream_of(before.case), plain("communication_first", code=code)),
            "statement": words.keep(session, stream_of(before.case), statement_draft(desk, before, decision)),
        }
        _write(session, before.case, "communication", 1, fields, None, now, None)
    return written


def statement_draft(desk: Desk, found: Living, decision: Decision) -> str:
    """Give the first draft of a statement (S16): what, why, which risks are left, what people can do."""
    left = [each.entry.text("what") for each in found.facts.risks if _may_be_said(desk, each.entry.text("what"))]
    text = plain(
        "statement",
        product=desk.product_name(found.case.product_id),
        launch=found.case.launch,
        outcome=decision.outcome.value,
        risks=left,
        gaps=len(found.record.of("gap")),
    )
    return text[:1000]


def _may_be_said(desk: Desk, text: str) -> bool:
    """Whether nobody in a text is sealed. Where that cannot be told, a draft does without the text."""
    try:
        return bool(text) and not desk.seals.refuses([text])
    except SealsUnreadable:
        return False


def _conditions(
    session: Session, desk: Desk, before: Living, sent: Sent, decision: Decision, now: datetime
) -> list[tuple[int, int]]:
    written = []
    first = before.record.next_number("mitigation")
    risk = before.facts.risks[0].number if before.facts.risks else 1
    for number, text in enumerate(decision.each_condition, start=first):
        fields: dict[str, Any] = {
            "risk": str(risk),
            "type": decision.condition_type,
            "what": words.keep(session, stream_of(before.case), text),
            "owner": decision.keeper,
            "evidence": "EV1",
            # What it depends on is for its owner to say; until then any change puts it in doubt.
            "signals": sorted(EFFECTS),
            "next_check": decision.check_on.isoformat() if decision.check_on else None,
        }
        at = morning(desk, str(decision.keeper), decision.check_on) if decision.check_on else None
        written.append((number, _write(session, before.case, "mitigation", number, fields, sent.person_id, now, at)))
    return written


def _write(
    session: Session,
    case: Case,
    part: str,
    number: int,
    fields: dict[str, Any],
    by: str | None,
    now: datetime,
    check_at: datetime | None,
) -> int:
    data: dict[str, Any] = {"number": number, "fields": fields}
    if check_at is not None:
        data["check_at"] = check_at.isoformat()
    return events.append(session, stream_of(case), f"{PREFIX}{part}", at=now, actor_id=by, data=data).seq


def _state_after(found: Living, decision: Decision, now: datetime) -> State:
    if decision.outcome is Outcome.HOLD:
        return State.ACKNOWLEDGED
    if decision.outcome in APPROVING:
        return State.TRACKED
    return State.TRACKED if to_close(found.record, _leaving(found, decision), now, goes_on=False) else State.CLOSED


def _leaving(found: Living, decision: Decision) -> Facts:
    """From an exit on, those who relied on it are cut off (S21)."""
    return replace(found.facts, exits=decision.outcome is Outcome.EXIT)


def _decided(session: Session, desk: Desk, case: Case, sent: Sent, decision: Decision, now: datetime) -> int:
    """Set what became of the case, and write the event of the decision; give its number."""
    case.decision, case.decided_by, case.decided_at = decision.outcome, sent.person_id, now
    case.keeper_id = decision.keeper
    if decision.outcome is Outcome.HOLD and decision.hold_until is not None:
        case.look_again_at = case.decide_due_at = morning(desk, sent.person_id, decision.hold_until)
    elif case.state == State.TRACKED:
        case.look_again_at = now + desk.policy.cadence[Severity(case.severity)]
    else:
        case.look_again_at = None
        timers.drop(session, case.id or 0)
    data = {
        "outcome": decision.outcome,
        "state": State(case.state).value,
        "conditions": words.keep(session, stream_of(case), decision.conditions.strip()),
        "keeper": decision.keeper,
        "look_again": case.look_again_at.isoformat() if case.look_again_at else None,
        "level": Level(case.level).name,
    }
    return note(session, case, "case.decided", sent, now, data)


def close(desk: Desk, sent: Sent, now: datetime) -> CaseFacts:
    """End a record that was decided: everything in it is said, and nobody watches it any more (S9, S48).

    Raises:
        BadAnswer: it is not said why it ends. Locked: a step is still empty. NotFound, Refused: as `case.hand`.
    """

    def record(session: Session, case: Case) -> None:
        before = living.load(session, desk, case, now)
        goes_on = case.decision in {str(each) for each in APPROVING}
        lacks = to_close(before.record, before.facts, now, goes_on=goes_on)
        if lacks:
            raise Locked("closing_locked", lacks, sent.case_id)
        case.state, case.closed_at = State.CLOSED, now
        data = {"state": State.CLOSED.value, "level": Level(case.level).name}
        note(session, case, CLOSED, sent, now, data)
        watching.restart(session, desk, case, now)
        projection.settle(session, living.load(session, desk, case, now), now)
        outbox.add_many(session, [outgoing.card(case, now)])

    return act_on(desk, sent, now, record)
