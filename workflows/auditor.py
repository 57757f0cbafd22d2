"""Look for promises that are not being kept, hand them out again, and tell the people who run the bot.

The sweep keeps promises; this looks at it from outside. What it finds is told in the operators' channel, once an hour
for each kind of trouble, and counted for `/metrics` and `hrdd jobs`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import outbox, timers
from workflows import outgoing
from workflows.desk import Desk
from workflows.ports import Job

log = logging.getLogger(__name__)
LATE = timedelta(minutes=5)
"""A clock or a message that was due this long ago and was not taken up: the sweep is not doing its work."""
MOST = 1000


@dataclass(frozen=True, slots=True)
class Findings:
    """How much of each kind of trouble there is."""

    overdue: int = 0
    engine: int = 0
    maybe_sent: int = 0
    parked: int = 0

    def __iter__(self) -> Iterator[tuple[str, int]]:
        yield from (("overdue", self.overdue), ("engine", self.engine))
        yield from (("maybe_sent", self.maybe_sent), ("parked", self.parked))


def look(desk: Desk, failed: Collection[Job], now: datetime) -> Findings:
    """Find what is overdue or given up, hand out again what the engine failed at, and raise the alarm.

    `failed` are jobs that ended in error in the engine since the last look. A job's failure loses nothing: its row is
    still there, and is handed out again at once instead of at the end of its lease.
    """
    with desk.db.write() as session:
        for job in failed:
            again = timers.hand_again if job.kind == "step" else outbox.hand_again
            again(session, job.row_id, job.turn, now)
        before = now - LATE
        overdue = len(timers.overdue(session, before, MOST)) + len(outbox.stuck(session, before, MOST))
        depth = outbox.depth(session, now)
        found = Findings(overdue, len(failed), depth.maybe_sent, depth.parked)
        channel = desk.policy.operators_channel
        period = now.strftime("%Y-%m-%dT%H")
        troubles = [(what, count) for what, count in found if count]
        if channel is not None:
            outbox.add_many(session, [outgoing.alarm(channel, what, count, period, now) for what, count in troubles])
    for what, count in troubles:
        log.error("Promises need a look: %s %s", what, count)
    return found


def alarm(desk: Desk, what: str, now: datetime) -> None:
    """Tell the people who run the bot of something that is no row, such as a clock that is wrong."""
    log.error("The people who run this should look: %s", what)
    channel = desk.policy.operators_channel
    if channel is None:
        return
    with desk.db.write() as session:
        outbox.add_many(session, [outgoing.alarm(channel, what, 1, now.strftime("%Y-%m-%dT%H"), now)])
