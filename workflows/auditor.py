"""Look for promises that are not being kept, hand them out again, and tell the people who run the bot.

The sweep keeps promises; this looks at it from outside. What it finds is told in the operators' channel, once an hour
for each kind of trouble, or once a day where only a person can mend it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import outbox, timers
from workflows import duties, outgoing
from workflows.desk import Desk
from workflows.ports import Job

log = logging.getLogger(__name__)
LATE = timedelta(minutes=5)
"""A clock or a message that was due this long ago and was not taken up: the sweep is not doing its work."""
FOR_A_PERSON = frozenset({"maybe_sent", "parked", "slot"})
MOST = 1000


@dataclass(frozen=True, slots=True)
class Findings:
    """How much of each kind of trouble there is."""

    overdue: int = 0
    engine: int = 0
    maybe_sent: int = 0
    parked: int = 0
    slot: int = 0

    def __iter__(self) -> Iterator[tuple[str, int]]:
        yield from (("overdue", self.overdue), ("engine", self.engine))
        yield from (("maybe_sent", self.maybe_sent), ("parked", self.parked), ("slot", self.slot))


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
        slot = int(duties.is_slot_late(session, desk, now))
        found = Findings(overdue, len(failed), depth.maybe_sent, depth.parked, slot)
        channel = desk.policy.operators_channel
        troubles = [(what, count) for what, count in found if count]
        if channel is not None:
            rows = [outgoing.alarm(channel, what, count, _period(what, now), now) for what, count in troubles]
            outbox.add_many(session, rows)
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
        outbox.add_many(session, [outgoing.alarm(channel, what, 1, _period(what, now), now)])


def _period(what: str, now: datetime) -> str:
    """Name the time within which one kind of trouble is told once: an hour, or a day where a person has to look."""
    return now.strftime("%Y-%m-%d" if what in FOR_A_PERSON else "%Y-%m-%dT%H")
