"""The week in one message for those who answer for severe risks: what is open, what waits, what waits at the top."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, outbox, timers
from storage.models import Case, Timer
from storage.timers import NewTimer
from workflows import outgoing, watching
from workflows.desk import Desk
from workflows.rules.deadlines import next_moment_of_work
from workflows.rules.values import Level
from workflows.values import Digest

KEY = "digest"
SHOWN = 10
GAPS_SHOWN = 100
"""Of how many cases with gaps the digest gives the names; the register has all of them."""
WEEK = timedelta(days=7)


def send_weekly(session: Session, desk: Desk, _case: Case | None, _timer: Timer, now: datetime) -> None:
    """Promise this week's message to every lead, and set the clock for the next."""
    for lane in desk.policy.digest_lanes:
        outbox.add_many(session, [outgoing.digest(lane, now.date().isoformat(), now)])
    timers.put(session, [weekly(desk, now)], now)


def weekly(desk: Desk, now: datetime) -> NewTimer:
    """Give the clock of the digest: the first moment of work of next week, by the company's calendar."""
    calendar = desk.calendar_of(None)
    local = now.astimezone(calendar.zone)
    monday = (local + timedelta(days=7 - local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return NewTimer(KEY, watching.DIGEST, "repeat", next_moment_of_work(monday, calendar))


def of(desk: Desk, session: Session, now: datetime) -> Digest:
    """Give the digest as things stand. Only leads receive it, and they may see every case."""
    late = [desk.facts(case, now) for case in cases.late(session, now, SHOWN)]
    top = [desk.facts(case, now) for case in cases.waiting_at(session, int(Level.L3), SHOWN)]
    by_level = {Level(level): count for level, count in cases.count_by_level(session).items()}
    gaps = [desk.facts(case, now) for case in cases.with_gaps(session, GAPS_SHOWN)]
    return Digest(
        open=by_level,
        gaps=tuple(gaps),
        openly=cases.said_openly(session, now - WEEK)._asdict(),
        late=tuple(late),
        at_top=tuple(top),
        decided=cases.count_decided(session, now - WEEK),
    )
