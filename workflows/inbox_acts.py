"""What becomes of a report when a reader acts on it, in the transaction that notes that they did (anonymity.md 3.7).

A blob arrives sealed: nothing here can read one, so that both ways to read (in Slack, and with `hrdd inbox`) end here.
The caller has found out that this reader can open the report.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from workflows.rules.holds import acknowledge_by, answer_by, month_of, week_of

MESSAGE: Final = ""
ACKNOWLEDGED: Final = "ack"
ANSWERED: Final = "feedback"
CLOSING: Final = "closing"
ABOUT: Final = (MESSAGE, ACKNOWLEDGED, ANSWERED, CLOSING)
"""What a reader's message is for."""
OVER: Final = frozenset({"closed", "retracted"})
WAITING: Final = "waiting"
_NOTED: Final = {MESSAGE: "answer", ACKNOWLEDGED: "acknowledge", ANSWERED: "feedback", CLOSING: "close"}


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed to a reporter next: `by` (aware) is None where nothing is, or where no day of it is kept any more.

    `late`: something was owed before now.
    """

    by: datetime | None
    late: bool


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
    if case.state != WAITING:
        return False
    anonymous.change(session, case.id, state=_read(session, case), released_on=None)
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
        "state": _after(session, case, about),
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
    return case.state == WAITING if step == ACK else step == FEEDBACK and case.state in (WAITING, "acknowledged")


def owed(session: Session, case: AnonCase, zone: ZoneInfo, now: datetime) -> Owed:
    """Give what is owed next. Where nobody acknowledged in time the day is forgotten, and it is late without it."""
    if case.state == WAITING and case.released_on is None:
        return Owed(None, late=True)
    moments = []
    if case.state == WAITING and case.released_on is not None:
        moments.append(acknowledge_by(case.released_on, zone))
    if is_waiting_for(case, FEEDBACK) and _owes_feedback(session, case):
        moments.append(answer_by(case.release_week, zone))
    by = min(moments, default=None)
    return Owed(by, late=by is not None and by <= now)


def _owes_feedback(session: Session, case: AnonCase) -> bool:
    """Whether nobody has said yet what was done. What a reporter adds after that waits to be read, and for no more."""
    return timers.get(session, key_of(case.id, FEEDBACK)) is not None


def _read(session: Session, case: AnonCase) -> str:
    """Give the state of a report once somebody has read all of it."""
    return "acknowledged" if _owes_feedback(session, case) else "answered"


def _after(session: Session, case: AnonCase, about: str) -> str:
    if about == CLOSING:
        return "closed"
    if about == ANSWERED:
        return "answered"
    return _read(session, case) if case.state == WAITING else case.state


def _check_open(case: AnonCase) -> None:
    if case.state in OVER:
        raise Refused("report_over")
