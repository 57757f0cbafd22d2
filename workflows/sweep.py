"""Look at what is due and hand it to the engine, in the transaction that takes it (docs/decisions/0017).

The sweep only hands out. What a job does, and whether it still should, is decided when it runs, from the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, facts, outbox, timers
from storage.models import Case
from workflows import digest, duties, watching
from workflows.desk import Desk
from workflows.ports import Job, Jobs
from workflows.rerouting import after_policy_change

LEASE = timedelta(seconds=25)
"""How long a job may take before another does its work: longer than a post to Slack and what goes before it."""
AHEAD = timedelta(seconds=0.15)
"""How long before a recipient may get the next message its job is handed out; the sender waits for the rest."""
BATCH = 20
POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Swept:
    """How many jobs were handed out, and when there will be more; None while nothing is planned."""

    handed: int
    next_at: datetime | None


def sweep(desk: Desk, jobs: Jobs, now: datetime, *, lease: timedelta = LEASE, limit: int = BATCH) -> Swept:
    """Hand out what is due, up to `limit` messages and as many clocks. Nothing is handed out twice within its lease."""
    with desk.db.ask() as session:
        next_at = _next(timers.next_look(session), outbox.next_look(session))
    # A look costs next to nothing; a transaction that writes would make people wait for it.
    if next_at is None or next_at > now + AHEAD:
        return Swept(0, next_at)
    with desk.db.write() as session:
        due = [Job("step", each.id, each.generation) for each in timers.hand_due(session, now, lease, limit)]
        due += [Job("send", each.id, each.attempt) for each in outbox.hand_due(session, now, lease, limit, AHEAD)]
        for job in due:
            jobs.enqueue(session, job)
    if due:
        with desk.db.ask() as session:
            next_at = _next(timers.next_look(session), outbox.next_look(session))
    return Swept(len(due), next_at)


def _next(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def begin(desk: Desk, now: datetime) -> None:
    """Bring the clocks to what the cases call for: after an upgrade, a change of policy, or a first start.

    The computer's clock may have been set back while nothing ran; that is mended too.
    """
    clock_went_back(desk, now)
    mend(desk, now)
    with desk.db.write() as session:
        if timers.get(session, digest.KEY) is None:
            timers.put(session, [digest.weekly(desk, now)], now)
        duties.start(session, desk, now)
    with desk.db.read() as session:
        routed_by = facts.get(session, POLICY)
    if routed_by != desk.policy.digest:
        after_policy_change(desk, now)
        with desk.db.write() as session:
            facts.put(session, POLICY, desk.policy.digest, now)


def mend(desk: Desk, now: datetime) -> int:
    """Start the clock of every open case that has none; give how many there were.

    There are some after an upgrade, and while replicas of a release without clocks still open cases.
    """
    mended = 0
    while True:
        with desk.db.write() as session:
            without = timers.open_without(session, 100)
            started = [watching.start(session, desk, case, now) for case in _locked(session, without)]
        mended += sum(started)
        if not any(started):
            return mended


def _locked(session: Session, case_ids: Sequence[int]) -> list[Case]:
    found = [cases.get(session, case_id, lock=True) for case_id in case_ids]
    return [case for case in found if case is not None]


def clock_went_back(desk: Desk, now: datetime, lease: timedelta = LEASE) -> None:
    """The computer's clock was set back: what was due at once is due at once again, and no lease lasts longer for it.

    Deadlines of answers stay where they are: they are moments that people were promised.
    """
    with desk.db.write() as session:
        outbox.clock_went_back(session, now, lease)
        timers.clock_went_back(session, now, lease)
