"""Send what was promised: one message per recipient at a time, in order, once, to somebody who can answer.

A row is claimed (`sending`), sent, and marked `sent` with where it stands. A row found in `sending` after its lease
may have gone out before a crash, and one whose answer was lost may have gone out too: both are looked up by their key
before anything is sent again. While Slack does not answer, rows wait, however long it takes; only a message that can
never arrive is given up, for a person to look at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, events, outbox, words
from storage.errors import StorageError
from storage.models import Case, Outbox
from storage.outbox import Claimed
from workflows import outgoing, rerouting
from workflows.case import card_of
from workflows.check import receipt_of
from workflows.desk import Desk
from workflows.ports import CannotSend, Notifier, Posted, SendLater
from workflows.values import Note

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=90)
"""Longer than one message can take: asking about the owner, looking it up, opening a conversation, posting."""
BATCH = 10
LONGEST_WAIT = 600.0
OWN_FAULTS = 12
"""Attempts at a message that fails on our side, not on Slack's, before it is given up."""
STORAGE_WAIT = 5.0
NEVER_ARRIVED = frozenset({"ratelimited"})
"""Failures after which the message is certainly not out, so that nobody need look for it."""
UNSURE = "unsure:"
"""Stands before the code of a failure that came before anybody could look for an earlier attempt's message."""


def run_once(
    desk: Desk, notifier: Notifier, now: datetime, limit: int = BATCH, give_way: Callable[[], None] = lambda: None
) -> int:
    """Send up to `limit` due messages; give how many were taken up, so that 0 means that nothing is due.

    Each is claimed just before it is sent, so that its lease is its own. `give_way` is called before each.
    """
    for done in range(limit):
        give_way()
        with desk.db.write() as session:
            claimed = outbox.claim(session, now, LEASE, 1)
        if not claimed:
            return done
        _deliver(desk, notifier, claimed[0], now)
    return limit


def _deliver(desk: Desk, notifier: Notifier, claimed: Claimed, now: datetime) -> None:
    row = claimed.row
    unsure = _may_be_out(claimed)
    try:
        if _superseded(desk, row, now) or rerouting.owner_changed(desk, row, now):
            return
        posted = notifier.find(row.lane, row.key, claimed.first_tried_at) if unsure else None
        unsure = False
        if posted is None:
            posted = _send(desk, notifier, row, now)
    except SendLater as later:
        _put_back(desk, row, later, now, unsure)
    except CannotSend as refusal:
        log.error("A %s message cannot be delivered: %s", row.kind, refusal.code)
        rerouting.reroute(desk, row, refusal, now)
    except StorageError as error:
        _put_back(desk, row, SendLater(STORAGE_WAIT, type(error).__name__), now, unsure)
    except Exception as error:
        # One bad message must not hold up the others; its text may quote what somebody wrote, so it is not logged.
        log.error("A %s message could not be made: %s", row.kind, type(error).__name__)
        _put_back(desk, row, SendLater(60.0, f"own:{type(error).__name__}"), now, unsure)
    else:
        _sent(desk, row, posted, now)


def _may_be_out(claimed: Claimed) -> bool:
    """Whether an earlier attempt may have arrived: it never ended, or it failed in a way that does not say."""
    error = claimed.row.error
    return claimed.was_sending or not (error is None or error in NEVER_ARRIVED or error.startswith("own:"))


def _superseded(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether the case moved on before this card went out; the newer card is already promised."""
    if row.kind != outgoing.CARD or row.case_id is None:
        return False
    with desk.db.write() as session:
        case = cases.get(session, row.case_id)
        if case is None or _is_for(row, case):
            return False
        outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
    return True


def _is_for(row: Outbox, case: Case) -> bool:
    """Whether a card is still for the owner of the case, where that owner is told."""
    here = row.lane in (case.channel_id, case.owner_id, "nobody")
    return here and row.data.get("owner") == case.owner_id


def _send(desk: Desk, notifier: Notifier, row: Outbox, now: datetime) -> Posted:
    if row.kind == outgoing.CARD_MOVED:
        return _send_moved_card(desk, notifier, row, now)
    if row.kind == outgoing.CARD:
        return _send_card(desk, notifier, row, now)
    return notifier.tell(row.lane, _note(desk, row, now), row.key)


def _send_card(desk: Desk, notifier: Notifier, row: Outbox, now: datetime) -> Posted:
    with desk.db.read() as session:
        case = _case(session, row)
        card = card_of(session, desk, case, now)
    stands = Posted(case.card_channel_id, case.card_ts) if case.card_channel_id and case.card_ts else None
    here = stands if stands and (stands.channel == row.lane or case.channel_id is None) else None
    return notifier.show_card(row.lane, card, row.key, here)


def _send_moved_card(desk: Desk, notifier: Notifier, row: Outbox, now: datetime) -> Posted:
    with desk.db.read() as session:
        card = replace(card_of(session, desk, _case(session, row), now), acts=frozenset(), moved=True)
    return notifier.show_card(row.lane, card, row.key, Posted(row.data["channel"], row.data["ts"]))


def _note(desk: Desk, row: Outbox, now: datetime) -> Note:
    if row.kind == outgoing.RESULT:
        receipt = receipt_of(desk, row.check_id or "", now)
        return Note("result", case=receipt.case, receipt=receipt)
    with desk.db.read() as session:
        case = _case(session, row)
        facts = desk.facts(case, now)
        if row.kind == outgoing.MOVED:
            return _moved_note(session, row, Note("moved", case=facts))
    if row.kind == outgoing.REPLACED:
        return Note("replaced", case=facts, by=row.data["gone"])
    if row.kind == outgoing.SEVERE:
        return Note("severe", case=facts, to=row.data["to"])
    if row.kind == outgoing.SEVERAL:
        return Note(
            "several",
            case=facts,
            to=row.data["to"],
            count=int(row.data["count"]),
            about=_name_of(desk, row.data["what"]),
        )
    return Note("acknowledged", case=facts, by=row.data["by"])


def _name_of(desk: Desk, what: str) -> str:
    """Give the name of a group or a product."""
    group = desk.bank.groups.get(what)
    return group.label if group else desk.product_name(what)


def _moved_note(session: Session, row: Outbox, note: Note) -> Note:
    stream = f"case:{row.case_id}"
    event = next(each for each in events.of(session, stream) if each.seq == row.data["seq"])
    reason = words.of(session, stream).get(event.data.get("reason") or "", "")
    return replace(note, by=event.actor_id, reason=reason, up=event.kind == "case.handed_up")


def _case(session: Session, row: Outbox) -> Case:
    case = cases.get(session, row.case_id or 0)
    if case is None:
        raise CannotSend("case_gone")
    return case


def _sent(desk: Desk, row: Outbox, posted: Posted, now: datetime) -> None:
    with desk.db.write() as session:
        place = {"channel_id": posted.channel, "ts": posted.ts}
        # Whoever took the row over after its lease finds the message and says where it stands.
        mine = outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts, **place)
        if not mine or row.kind != outgoing.CARD or row.case_id is None:
            return
        case = cases.get(session, row.case_id, lock=True)
        if case is None:
            return
        if _is_for(row, case):
            case.card_channel_id, case.card_ts = posted.channel, posted.ts
        else:
            # The case was handed on while this card was under way: nobody should answer here any more.
            outbox.add_many(session, [outgoing.card_moved(case, posted.channel, posted.ts, now)])


def _put_back(desk: Desk, row: Outbox, later: SendLater, now: datetime, unsure: bool) -> None:
    """Try again later: as long as Slack asked for, and longer each time where it said nothing, up to ten minutes.

    `unsure` keeps in mind that an earlier attempt may be out and still has to be looked for.
    """
    code = f"{UNSURE if unsure else ''}{later.code}"[:64]
    wait = max(later.seconds, min(2.0 ** min(row.attempts, 16), LONGEST_WAIT)) if row.attempts > 1 else later.seconds
    with desk.db.write() as session:
        if later.code.startswith("own:") and row.attempts >= OWN_FAULTS:
            outbox.park(session, row.id or 0, error=code, attempt=row.attempts)
            return
        outbox.retry_at(session, row.id or 0, now + timedelta(seconds=wait), attempt=row.attempts, error=code)
