"""To whom a promised message goes. Who raised a concern stands in no row, so it is found at the moment of sending."""

from __future__ import annotations

from storage import concerns
from storage.models import Outbox
from workflows import outgoing
from workflows.concern_clocks import person_of
from workflows.desk import Desk
from workflows.ports import CannotSend, SendLater
from workflows.seals import SealsUnreadable

TO_A_REPORTER = frozenset({outgoing.CONCERN_ANSWER, outgoing.CONCERN_SINCE})
KEY_WAIT = 60.0


def of(desk: Desk, row: Outbox) -> str:
    """Give the person or channel of a message.

    Raises SendLater where the box with the reporter does not open now, CannotSend where there is none any more.
    """
    if row.kind not in TO_A_REPORTER:
        return row.lane
    with desk.db.read() as session:
        concern = concerns.of_case(session, row.case_id or 0)
    if concern is None:
        raise CannotSend("case_gone")
    try:
        return person_of(desk, concern)
    except SealsUnreadable:
        raise SendLater(KEY_WAIT, "seal_key", left=False) from None
