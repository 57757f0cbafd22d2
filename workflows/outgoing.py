"""What is promised to be told when a case changes: rows for the outbox, ids only, one key per promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.models import Case, Check
from storage.outbox import NewMessage
from workflows.rules.routing import Seat
from workflows.rules.values import Level

CARD = "card"
CARD_MOVED = "card_moved"
RESULT = "result"
ACKNOWLEDGED = "acknowledged"
MOVED = "moved"
SEVERAL = "several"
SEVERE = "severe"
REPLACED = "replaced"
REMINDER = "reminder"
BACKUP_ASKED = "backup_asked"
ASKED_AGAIN = "asked_again"
PASSED_ON = "passed_on"
CONTAIN_LATE = "contain_late"
CONTAINED = "contained"
DECIDED = "decided"
REASSIGNED = "reassigned"
SNOOZED = "snoozed"
LOOK_AGAIN = "look_again"
REOPENED = "reopened"
ENTRUSTED = "entrusted"
INVITED = "invited"
NUDGE = "nudge"
WORLD = "world"
TOGETHER = "together"
STAFF = "staff"
NOBODY = "nobody"
DIGEST = "digest"
ALARM = "alarm"
CONCERN_ANSWER = "concern_answer"
CONCERN_SINCE = "concern_since"
CONCERN_MORE = "concern_more"
CONCERN_WORSE = "concern_worse"
INBOX = "inbox"
KEY_WAITS = "key_waits"
KEY_USED = "key_used"
KEY_DROPPED = "key_dropped"
PULSE = "pulse"

ASKING = frozenset({REMINDER, BACKUP_ASKED, ASKED_AGAIN, CONTAIN_LATE})
"""Messages that ask for an answer; once it is given they are not sent any more."""
OF_KEYS = frozenset({KEY_WAITS, KEY_USED, KEY_DROPPED})
NOT_TOGETHER = frozenset({MOVED, PASSED_ON, REPLACED})
"""What is not told of each single case while it belongs to a change of context that reached many."""


def card(case: Case, now: datetime) -> NewMessage:
    """The owner's card; sent to the channel of the owner's seat, or to the owner where there is none.

    The row holds for whom it is: a card for somebody who is not the owner any more never goes out. A case that a
    change of context reopened with many others has no card until somebody acts on it: they are told of together.
    """
    if case.signal_id is not None:
        return together(case, case.owner_id or case.channel_id or "nobody", now)
    lane = case.channel_id or case.owner_id or "nobody"
    data = {"owner": case.owner_id}
    return NewMessage(f"card:{case.id}:v{case.version}", CARD, lane, now, case_id=case.id, data=data)


def card_moved(case: Case, channel: str, ts: str, now: datetime) -> NewMessage:
    """An edit of the card that stands where the case no longer is."""
    key = f"moved-card:{case.id}:{channel}:{ts}"
    return NewMessage(key, CARD_MOVED, channel, now, case_id=case.id, data={"channel": channel, "ts": ts})


def result(check: Check, now: datetime) -> NewMessage:
    """The result of a check, kept for its submitter where it can be found again."""
    return NewMessage(f"result:{check.id}", RESULT, check.submitter_id, now, case_id=check.case_id, check_id=check.id)


def told(
    case: Case, kind: str, event_seq: int, to: Sequence[str], now: datetime, data: dict[str, Any] | None = None
) -> list[NewMessage]:
    """Tell people of one event of a case, each once."""
    if case.signal_id is not None and kind in NOT_TOGETHER:
        return []
    return [
        NewMessage(
            f"{kind}:{case.id}:e{event_seq}:{person}",
            kind,
            person,
            now,
            case_id=case.id,
            data={"seq": event_seq, **(data or {})},
        )
        for person in dict.fromkeys(to)
    ]


def asked(
    case: Case, kind: str, event_seq: int, to: Sequence[str | None], now: datetime, data: dict[str, Any]
) -> list[NewMessage]:
    """Ask people for an answer. The rows hold what was open then, so that an answered question is not asked again.

    Cases that a change of context reopened together are asked about together: one message a person and day.
    """
    if case.signal_id is not None:
        return [together(case, each, now) for each in dict.fromkeys(to) if each]
    open_then = {"level": case.level, "state": str(case.state), "owner": case.owner_id}
    return told(case, kind, event_seq, [each for each in to if each], now, {**open_then, **data})


def several(case: Case, seat: Seat, what: str, quarter: str, count: int, now: datetime) -> NewMessage:
    """Executive or board learn that severe risks gather (T6); once a quarter for each product and each group.

    `what` is the id of the product or of the group.
    """
    key = f"several:{what}:{quarter}"
    data = {"count": count, "to": seat.owner, "what": what}
    return NewMessage(key, SEVERAL, seat.channel or seat.owner, now, case_id=case.id, data=data)


def to_reporter(case: Case, kind: str, about: str, now: datetime) -> NewMessage:
    """Tell whoever raised a concern. Who that is stands in no row: the lane names the concern (`addresses`)."""
    return NewMessage(
        f"{kind}:{case.id}:{about}", kind, f"concern:{case.id}", now, case_id=case.id, data={"why": about}
    )


def severe(case: Case, seat: Seat, now: datetime) -> NewMessage:
    """The human rights lead learns of a severe case that is not theirs to answer; once for each level it reaches."""
    lane, data = seat.channel or seat.owner, {"to": seat.owner}
    return NewMessage(f"severe:{case.id}:L{case.level}", SEVERE, lane, now, case_id=case.id, data=data)


def nobody(case: Case, channel: str, event_seq: int, now: datetime) -> NewMessage:
    """The fallback channel learns that nobody can answer a case, and that anybody there may take it."""
    if case.signal_id is not None:
        return together(case, channel, now)
    key = f"{NOBODY}:{case.id}:e{event_seq}"
    return NewMessage(key, NOBODY, channel, now, case_id=case.id, data={"level": case.level, "owner": None})


def together(case: Case, lane: str, now: datetime) -> NewMessage:
    """Those who answer for cases of one change of context learn how many wait: once a day, at L3 once more.

    How many is counted when it leaves.
    """
    top = case.level >= Level.L3
    data = {"signal": case.signal_id, "about": "waiting", "top": top}
    kind = f"{TOGETHER}:{case.signal_id}{':top' if top else ''}"
    return NewMessage(f"{kind}:{lane}:{now.date().isoformat()}", TOGETHER, lane, now, data=data)


def world(signal_id: int, lane: str, about: str, now: datetime, *, top: bool) -> NewMessage:
    """One person learns what became of one change of context; `top`: some of it waits at the highest level."""
    data = {"signal": signal_id, "about": about, "top": top}
    return NewMessage(f"{WORLD}:{signal_id}:{lane}", WORLD, lane, now, data=data)


def digest(lane: str, week: str, now: datetime) -> NewMessage:
    """The leads learn once a week what is open and what waits. `week` is the day it is for."""
    return NewMessage(f"{DIGEST}:{week}:{lane}", DIGEST, lane, now)


def inbox(person: str, day: str, now: datetime) -> NewMessage:
    """A reader of concerns gets the same note every working day, whether there is anything to read or not."""
    return NewMessage(f"{INBOX}:{day}:{person}", INBOX, person, now)


def of_key(kind: str, person: str, of: str, now: datetime, why: str = "") -> NewMessage:
    """A reader learns what happens to a reader's key, their own or another's.

    That one waits is told once a day, however often somebody asks for one.
    """
    when = now.date().isoformat() if kind == KEY_WAITS else str(int(now.timestamp()))
    return NewMessage(f"{kind}:{of}:{when}:{person}", kind, person, now, data={"of": of, "why": why})


def pulse(channel: str, day: str, now: datetime) -> NewMessage:
    """Everybody is asked one thing a week, so that using the bot says nothing about anybody."""
    return NewMessage(f"{PULSE}:{day}", PULSE, channel, now)


def alarm(channel: str, what: str, count: int, period: str, now: datetime) -> NewMessage:
    """The people who run the bot learn that something is stuck; once in a period for each kind of trouble."""
    return NewMessage(f"{ALARM}:{what}:{period}", ALARM, channel, now, data={"what": what, "count": count})
