"""What becomes of a report when a reader acts on it, in the transaction that notes that they did (anonymity.md 3.7).

A blob arrives sealed: nothing here can read one, so that both ways to read (in Slack, and with `hrdd inbox`) end here.
The caller has found out that this reader can open the report.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import anonymous, lead_keys, timers
from storage.models import AnonCase
from workflows import report_clocks
from workflows.errors import NotFound, Refused
from workflows.letters import FROM_READER
from workflows.report_clocks import ACK, FEEDBACK, key_of
from workflows.rules.holds import month_of, week_of

MESSAGE: Final = ""
ACKNOWLEDGED: Final = "ack"
ANSWERED: Final = "feedback"
CLOSING: Final = "closing"
ABOUT: Final = (MESSAGE, ACKNOWLEDGED, ANSWERED, CLOSING)
"""What a reader's message is for."""
OVER: Final = frozenset({"closed", "retracted"})
_NOTED: Final = {MESSAGE: "answer", ACKNOWLEDGED: "acknowledge", ANSWERED: "feedback", CLOSING: "close"}


def of(session: Session, case_id: bytes) -> AnonCase:
    """Give a report, locked until the transaction ends. Raises NotFound."""
    case = anonymous.get(session, case_id, lock=True)
    if case is None:
        raise NotFound("report_gone")
    return case


def acknowledge(session: Session, case: AnonCase, lead: str, now: datetime) -> bool:
    """Note that a person has read a report; say whether nobody had before. From then on no day of it is known.

    Raises Refused where it is over.
    """
    _check_open(case)
    if case.state != "waiting":
        return False
    anonymous.change(session, case.id, state="acknowledged", released_on=None)
    timers.drop_key(session, key_of(case.id, ACK))
    lead_keys.note(session, lead, _NOTED[ACKNOWLEDGED], case.id, now)
    return True


def write(
    session: Session, case: AnonCase, seq: int, blob: bytes, about: str, lead: str, zone: ZoneInfo, now: datetime
) -> None:
    """Add a reader's message under the number that it was sealed for, and do what it is for.

    Any message says that a person has read the report; feedback ends its last deadline, a closing one the report.

    Raises:
        Refused: it is over (`report_over`), or a reader wrote meanwhile (`report_changed`).
    """
    _check_open(case)
    if seq != anonymous.last_seq(session, case.id, FROM_READER) + 1:
        raise Refused("report_changed")
    anonymous.add_message(session, case.id, FROM_READER, seq, blob)
    today = now.astimezone(zone).date()
    values: dict[str, object] = {
        "state": _after(case.state, about),
        "last_week": week_of(today),
        "released_on": None,
    }
    if about == CLOSING:
        values["closed_month"] = month_of(today)
    anonymous.change(session, case.id, **values)
    if about in (CLOSING, ANSWERED):
        report_clocks.drop(session, case.id)
    else:
        timers.drop_key(session, key_of(case.id, ACK))
    lead_keys.note(session, lead, _NOTED.get(about, _NOTED[MESSAGE]), case.id, now)


def is_waiting_for(case: AnonCase, step: str) -> bool:
    """Whether a report still waits for what a clock (`ack` or `feedback`) asks for."""
    return case.state == "waiting" if step == ACK else step == FEEDBACK and case.state in ("waiting", "acknowledged")


def _after(state: str, about: str) -> str:
    if about == CLOSING:
        return "closed"
    if about == ANSWERED:
        return "answered"
    return "acknowledged" if state == "waiting" else state


def _check_open(case: AnonCase) -> None:
    if case.state in OVER:
        raise Refused("report_over")
