"""When a message cannot reach who it is for: another owner, another way, and a trace of both."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import cases, checks, events, outbox
from storage.models import Case, Outbox
from workflows import outgoing
from workflows.desk import Desk
from workflows.opening import assign
from workflows.ports import CannotSend
from workflows.rules.case import State
from workflows.rules.values import Level

BESIDE = {outgoing.SEVERE: Level.L2, outgoing.SEVERAL: Level.L3}
"""Messages for a role that does not own the case, and the level of that role."""

ASSIGNING = frozenset({"case.opened", "case.level_raised", "case.handed_up", "case.handed_back", "case.owner_replaced"})
"""Events after which a case has a new owner."""


def owner_changed(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Look at the owner once more before a card goes out; somebody who left is replaced, and the card goes there."""
    if row.kind != outgoing.CARD or row.case_id is None:
        return False
    with desk.db.read() as session:
        case = cases.get(session, row.case_id)
    owner = case.owner_id if case else None
    if case is None or owner is None or case.state != State.WAITING or desk.directory.refresh(owner):
        return False
    return _replace_owner(desk, row, owner, now)


def _replace_owner(desk: Desk, row: Outbox, gone: str, now: datetime) -> bool:
    """Give the case to the next who can answer, in one transaction with the messages that tell of it."""
    with desk.db.write() as session:
        case = cases.get(session, row.case_id or 0, lock=True)
        if case is None or case.owner_id != gone:
            return False
        was = (case.channel_id, case.owner_id)
        owner = assign(desk, case, Level(case.level), now)
        session.flush()
        if (case.channel_id, case.owner_id) == was:
            return False
        data = {"gone": gone, "owner": owner.person, "role": owner.role}
        event = events.append(session, f"case:{case.id}", "case.owner_replaced", at=now, data=data)
        # Nothing went out and nothing is missing: the new owner's card takes this one's place.
        outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
        told = outgoing.replaced(case, event.seq, gone, checks.submitters_of(session, case.id or 0), now)
        outbox.add_many(session, [outgoing.card(case, now), *told])
    return True


def reroute(desk: Desk, row: Outbox, refusal: CannotSend, now: datetime) -> None:
    """A message that can never arrive there goes another way where there is one; what is left is parked."""
    with desk.db.write() as session:
        if row.kind == outgoing.CARD_MOVED:
            # Somebody deleted the old card, or its channel is closed: nobody can answer there any more, which was all.
            outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
            return
        if row.kind == outgoing.CARD and row.case_id is not None:
            _reroute_card(session, desk, row, refusal, now)
        elif row.kind in BESIDE:
            _reroute_beside(session, desk, row, now)
        outbox.park(session, row.id or 0, error=refusal.code, attempt=row.attempts)


def _reroute_card(session: Session, desk: Desk, row: Outbox, refusal: CannotSend, now: datetime) -> None:
    """The card goes to the owner directly, then to the fallback channel; nowhere twice."""
    case = cases.get(session, row.case_id or 0, lock=True)
    if case is None:
        return
    tried = {row.lane, *_tried(session, case)}
    ways = (case.owner_id, desk.policy.fallback_channel)
    to = next((way for way in ways if way is not None and way not in tried), None)
    if to is None:
        return
    case.channel_id = None if to == case.owner_id else to
    case.card_channel_id = case.card_ts = None
    session.flush()
    data = {"code": refusal.code, "from": row.lane, "to": to}
    events.append(session, f"case:{case.id}", "case.card_rerouted", at=now, data=data)
    outbox.add_many(session, [outgoing.card(case, now)])


def _tried(session: Session, case: Case) -> set[str]:
    """Where the card of the present owner was sent in vain before."""
    tried: set[str] = set()
    for event in reversed(events.of(session, f"case:{case.id}")):
        if event.kind in ASSIGNING:
            break
        if event.kind == "case.card_rerouted":
            tried |= {str(event.data["from"]), str(event.data["to"])}
    return tried


def _reroute_beside(session: Session, desk: Desk, row: Outbox, now: datetime) -> None:
    """What a role should know goes to its owner directly where the role's channel is closed."""
    case = cases.get(session, row.case_id or 0)
    seat = desk.policy.routes(case.product_id).seat(BESIDE[row.kind]) if case else None
    if seat is not None and row.lane != seat.owner:
        outbox.add(
            session,
            f"{row.key}:direct",
            row.kind,
            seat.owner,
            due_at=now,
            case_id=row.case_id,
            data=row.data,
        )
