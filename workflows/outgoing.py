"""What is promised to be told when a case changes: rows for the outbox, ids only, one key per promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.models import Case, Check
from storage.outbox import NewMessage
from workflows.rules.routing import Seat

CARD = "card"
CARD_MOVED = "card_moved"
RESULT = "result"
ACKNOWLEDGED = "acknowledged"
MOVED = "moved"
SEVERAL = "several"
SEVERE = "severe"
REPLACED = "replaced"


def card(case: Case, now: datetime) -> NewMessage:
    """The owner's card; sent to the channel of the owner's seat, or to the owner where there is none.

    The row holds for whom it is: a card for somebody who is not the owner any more never goes out.
    """
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


def acknowledged(case: Case, event_seq: int, person_id: str, to: Sequence[str], now: datetime) -> list[NewMessage]:
    """Everybody who sent a check of the case learns who acknowledged it."""
    return _told(case, ACKNOWLEDGED, event_seq, to, now, {"by": person_id})


def moved(case: Case, event_seq: int, to: Sequence[str], now: datetime) -> list[NewMessage]:
    """They learn that the case was handed up or back, by whom and why."""
    return _told(case, MOVED, event_seq, to, now, {})


def replaced(case: Case, event_seq: int, gone: str, to: Sequence[str], now: datetime) -> list[NewMessage]:
    """They learn that somebody else answers now, because the owner can no longer."""
    return _told(case, REPLACED, event_seq, to, now, {"gone": gone})


def _told(
    case: Case, kind: str, event_seq: int, to: Sequence[str], now: datetime, data: dict[str, str]
) -> list[NewMessage]:
    return [
        NewMessage(
            f"{kind}:{case.id}:e{event_seq}:{person}",
            kind,
            person,
            now,
            case_id=case.id,
            data={"seq": event_seq, **data},
        )
        for person in to
    ]


def several(case: Case, seat: Seat, what: str, quarter: str, count: int, now: datetime) -> NewMessage:
    """Executive or board learn that severe risks gather (T6); once a quarter for each product and each group.

    `what` is the id of the product or of the group.
    """
    key = f"several:{what}:{quarter}"
    data = {"count": count, "to": seat.owner, "what": what}
    return NewMessage(key, SEVERAL, seat.channel or seat.owner, now, case_id=case.id, data=data)


def severe(case: Case, seat: Seat, now: datetime) -> NewMessage:
    """The human rights lead learns of a severe case that is not theirs to answer; once for each level it reaches."""
    lane, data = seat.channel or seat.owner, {"to": seat.owner}
    return NewMessage(f"severe:{case.id}:L{case.level}", SEVERE, lane, now, case_id=case.id, data=data)
