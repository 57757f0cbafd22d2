"""Rows that the tests of this room begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from storage import cases, checks, events, outbox
from storage.models import Case, Check

T0 = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"])
ON_POSTGRESQL = pytest.mark.parametrize("store", ["postgresql"])
AMINA, DIEGO, NOOR, RUTH, SAM = "UAMINA", "UDIEGO", "UNOOR", "URUTH", "USAM"


def a_check(number: int = 1, **change: Any) -> Check:
    """Make Amina's check of a launch; `number` keeps ids apart."""
    values: dict[str, Any] = {
        "id": f"chk{number}",
        "request_key": f"view{number}",
        "product_id": "maps",
        "launch": f"Launch {number}",
        "launch_key": f"launch {number}",
        "submitter_id": AMINA,
        "channel_id": "CLAUNCH",
        "bank": "MA-1",
        "rule_version": "2026-03",
        "answers": {"M1": ["CHG-DATA"], "M4": "DK", "M8": {"gap": None, "note": 'ünï ☂ "quoted" \\ '}},
        "finding": {"rules": ["R1", "R2"], "deep_form": True, "ratio": 0.5},
        "level": 2,
        "severity": 3,
        "likelihood": 3,
        "created_at": T0,
    }
    return Check(**{**values, **change})


def a_case(number: int = 1, **change: Any) -> Case:
    """Make a waiting case that Noor owns and Ruth backs up."""
    values: dict[str, Any] = {
        "product_id": "maps",
        "launch": f"Launch {number}",
        "launch_key": f"launch {number}",
        "level": 2,
        "rule_level": 2,
        "floor_level": 0,
        "severity": 3,
        "likelihood": 3,
        "scale": 3,
        "scope": 2,
        "irremediability": 3,
        "queue_order": 3323,
        "owner_id": NOOR,
        "owner_role": "human_rights_lead",
        "backup_id": RUTH,
        "channel_id": "CLAUNCH",
        "ack_due_at": T0 + DAY,
        "submitter_id": AMINA,
        "last_check_id": f"chk{number}",
        "opened_at": T0,
        "updated_at": T0,
    }
    return Case(**{**values, **change})


def submit(session: Session, number: int = 1) -> int:
    """Do what a submission does: a case, its check, two events and two promised messages."""
    case_id = cases.add(session, a_case(number))
    checks.add(session, a_check(number, case_id=case_id))
    events.append_many(
        session,
        [
            events.NewEvent(f"check:chk{number}", "check.submitted", T0, AMINA, {"level": 2}),
            events.NewEvent(f"case:{case_id}", "case.opened", T0, AMINA, {"check": f"chk{number}"}),
        ],
    )
    outbox.add_many(
        session,
        [
            outbox.NewMessage(f"ping:{case_id}", "case.ping", NOOR, T0, case_id, f"chk{number}"),
            outbox.NewMessage(f"card:{case_id}", "case.card", "CLAUNCH", T0, case_id, f"chk{number}"),
        ],
    )
    return case_id
