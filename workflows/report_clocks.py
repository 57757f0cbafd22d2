"""The clocks of an anonymous report: their names say nothing of anybody (a human within seven days, three months)."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from storage import anonymous, timers

KIND: Final = "concern"
ACK: Final = "ack"
FEEDBACK: Final = "feedback"


def key_of(case_id: bytes, step: str) -> str:
    """Give the name of a clock of a report."""
    return f"anon:{case_id.hex()}:{step}"


def drop(session: Session, case_id: bytes) -> None:
    """End the clocks of a report."""
    for step in (ACK, FEEDBACK):
        timers.drop_key(session, key_of(case_id, step))


def of_all(session: Session) -> frozenset[str]:
    """Give the names of the clocks of all reports.

    Who counts clocks in public leaves them out: a number that rises would tell that there is a new report.
    """
    return frozenset(key_of(case.id, step) for case in anonymous.everything(session) for step in (ACK, FEEDBACK))
