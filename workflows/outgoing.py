"""What is promised to be told when a case changes: rows for the outbox, ids only, one key per promise."""

from __future__ import annotations

from datetime import datetime

from storage.models import Case, Check
from storage.outbox import NewMessage

CARD = "card"
CARD_MOVED = "card_moved"
RESULT = "result"
ACKNOWLEDGED = "acknowledged"
MOVED = "moved"
SEVERAL = "several"
SEVERE = "severe"


def card(case: Case, now: datetime) -> NewMessage:
    """The owner's card; sent to the channel of the owner's seat, or to the owner where there is none."""
    lane = case.channel_id or case.owner_id or "nobody"
    return NewMessage(f"card:{case.id}:v{case.version}", CARD, lane, now, case_id=case.id)


def card_moved(case: Case, channel: str, ts: str, now: datetime) -> NewMessage:
    """An edit of the card that stands where the case no longer is."""
    key = f"moved-card:{case.id}:v{case.version}"
    return NewMessage(key, CARD_MOVED, channel, now, case_id=case.id, data={"channel": channel, "ts": ts})


def result(check: Check, now: datetime) -> NewMessage:
    """The result of a check, kept for its submitter where it can be found again."""
    return NewMessage(f"result:{check.id}", RESULT, check.submitter_id, now, case_id=check.case_id, check_id=check.id)


def acknowledged(case: Case, now: datetime) -> NewMessage:
    """The submitter learns who acknowledged the case."""
    return NewMessage(f"ack:{case.id}:v{case.version}", ACKNOWLEDGED, case.submitter_id, now, case_id=case.id)


def moved(case: Case, event_seq: int, now: datetime) -> NewMessage:
    """The submitter learns that the case was handed up or back, by whom and why."""
    key = f"moved:{case.id}:e{event_seq}"
    return NewMessage(key, MOVED, case.submitter_id, now, case_id=case.id, data={"seq": event_seq})


def several(case: Case, lane: str, quarter: str, count: int, now: datetime) -> NewMessage:
    """Executive or board learn that severe risks gather on one product (T6); once a quarter and product."""
    key = f"several:{case.product_id}:{quarter}"
    return NewMessage(key, SEVERAL, lane, now, case_id=case.id, data={"count": count})


def severe(case: Case, lane: str, now: datetime) -> NewMessage:
    """The human rights lead learns of a severe case that is not theirs to answer; once for each level it reaches."""
    return NewMessage(f"severe:{case.id}:L{case.level}", SEVERE, lane, now, case_id=case.id)
