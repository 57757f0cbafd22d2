"""Send what was promised: one message per recipient at a time, in order, once, to somebody who can answer.

A row is claimed (`sending`), sent, and marked `sent` with where it stands. A row found in `sending` after its lease
may have gone out before a crash, and one whose answer was lost may have gone out too: both are looked up by their key
before anything is sent again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, events, outbox
from storage.models import Case, Outbox
from storage.outbox import Claimed
from workflows import outgoing
from workflows.case import card_of
from workflows.check import receipt_of
from workflows.desk import Desk
from workflows.opening import assign
from workflows.ports import CannotSend, Notifier, Posted, SendLater
from workflows.rules.case import State
from workflows.rules.values import Level
from workflows.values import CaseCard, Note

LEASE = timedelta(seconds=30)
BATCH = 10
PATIENCE = 12
"""Attempts before a message is parked for a person to look at; with the waits between them about a day."""

NEVER_ARRIVED = frozenset({"ratelimited"})
"""Failures after which the message is certainly not out, so that nobody need look for it."""

BESIDE = {outgoing.SEVERE: Level.L2, outgoing.SEVERAL: Level.L3}
"""Messages for a role that does not own the case, and the level of that role."""

ASSIGNING = frozenset({"case.opened", "case.level_raised", "case.handed_up", "case.handed_back", "case.owner_replaced"})
"""Events after which a case has a new owner."""


def run_once(desk: Desk, notifier: Notifier, now: datetime, limit: int = BATCH) -> int:
    """Send up to `limit` due messages; give how many were taken up, so that 0 means that nothing is due."""
    with desk.db.write() as session:
        claimed = outbox.claim(session, now, LEASE, limit)
    for each in claimed:
        _deliver(desk, notifier, each, now)
    return len(claimed)


def _deliver(desk: Desk, notifier: Notifier, claimed: Claimed, now: datetime) -> None:
    row = claimed.row
    try:
        if _superseded(desk, row, now) or _owner_changed(desk, row, now):
            return
        posted = notifier.find(row.lane, row.key) if _may_be_out(claimed) else None
        if posted is None:
            posted = _send(desk, notifier, row, now)
    except SendLater as later:
        _put_back(desk, row, later, now)
    except CannotSend as refusal:
        _reroute(desk, row, refusal, now)
    else:
        _sent(desk, row, posted, now)


def _may_be_out(claimed: Claimed) -> bool:
    """Whether an earlier attempt may have arrived: it never ended, or it failed in a way that does not say."""
    return claimed.was_sending or claimed.row.error not in (None, *NEVER_ARRIVED)


def _superseded(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether the case moved on before this card went out; the newer card is already promised."""
    if row.kind != outgoing.CARD or row.case_id is None:
        return False
    with desk.db.write() as session:
        case = cases.get(session, row.case_id)
        if case is None or row.lane in (case.channel_id, case.owner_id, "nobody"):
            return False
        outbox.mark_sent(session, row.id or 0, at=now)
    return True


def _owner_changed(desk: Desk, row: Outbox, now: datetime) -> bool:
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
    """Give the case to the next who can answer, in one transaction with the card that tells them."""
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
        events.append(session, f"case:{case.id}", "case.owner_replaced", at=now, data=data)
        # Nothing went out and nothing is missing: the new owner's card takes this one's place.
        outbox.mark_sent(session, row.id or 0, at=now)
        outbox.add_many(session, [outgoing.card(case, now)])
    return True


def _send(desk: Desk, notifier: Notifier, row: Outbox, now: datetime) -> Posted:
    if row.kind in (outgoing.CARD, outgoing.CARD_MOVED):
        return _send_card(desk, notifier, row, now)
    return notifier.tell(row.lane, _note(desk, row, now), row.key)


def _send_card(desk: Desk, notifier: Notifier, row: Outbox, now: datetime) -> Posted:
    with desk.db.read() as session:
        case = _case(session, row)
        card = card_of(session, desk, case, now)
    if row.kind == outgoing.CARD_MOVED:
        return notifier.show_card(row.lane, _without_acts(card), row.key, Posted(row.data["channel"], row.data["ts"]))
    stands = Posted(case.card_channel_id, case.card_ts) if case.card_channel_id and case.card_ts else None
    here = stands if stands and _same_place(case, row, stands) else None
    return notifier.show_card(row.lane, card, row.key, here)


def _same_place(case: Case, row: Outbox, stands: Posted) -> bool:
    return stands.channel == row.lane or case.channel_id is None


def _without_acts(card: CaseCard) -> CaseCard:
    return replace(card, acts=frozenset(), moved=True)


def _note(desk: Desk, row: Outbox, now: datetime) -> Note:
    if row.kind == outgoing.RESULT:
        receipt = receipt_of(desk, row.check_id or "", now)
        return Note("result", case=receipt.case, receipt=receipt)
    with desk.db.read() as session:
        case = _case(session, row)
        facts = desk.facts(case, now)
        if row.kind == outgoing.MOVED:
            event = next(each for each in events.of(session, f"case:{case.id}") if each.seq == row.data["seq"])
            up = event.kind == "case.handed_up"
            return Note("moved", case=facts, by=event.actor_id, reason=str(event.data.get("reason") or ""), up=up)
    if row.kind == outgoing.SEVERE:
        return Note("severe", case=facts)
    if row.kind == outgoing.SEVERAL:
        return Note("several", case=facts, count=int(row.data["count"]))
    return Note("acknowledged", case=facts, by=case.acknowledged_by or case.owner_id)


def _case(session: Session, row: Outbox) -> Case:
    case = cases.get(session, row.case_id or 0)
    if case is None:
        raise CannotSend("case_gone")
    return case


def _sent(desk: Desk, row: Outbox, posted: Posted, now: datetime) -> None:
    with desk.db.write() as session:
        outbox.mark_sent(session, row.id or 0, at=now, channel_id=posted.channel, ts=posted.ts)
        if row.kind == outgoing.CARD and row.case_id is not None:
            case = cases.get(session, row.case_id, lock=True)
            if case is not None and row.lane in (case.channel_id, case.owner_id, "nobody"):
                case.card_channel_id, case.card_ts = posted.channel, posted.ts


def _put_back(desk: Desk, row: Outbox, later: SendLater, now: datetime) -> None:
    """Try again later: as long as Slack asked for, at least twice as long as the last time where it said nothing."""
    wait = max(later.seconds, min(2.0**row.attempts, 3600.0 * 4)) if row.attempts > 1 else later.seconds
    with desk.db.write() as session:
        if row.attempts >= PATIENCE and later.code != "ratelimited":
            outbox.park(session, row.id or 0, error=later.code, attempt=row.attempts)
            return
        outbox.retry_at(session, row.id or 0, now + timedelta(seconds=wait), attempt=row.attempts, error=later.code)


def _reroute(desk: Desk, row: Outbox, refusal: CannotSend, now: datetime) -> None:
    """A message that can never arrive there goes another way where there is one; what is left is parked."""
    with desk.db.write() as session:
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
