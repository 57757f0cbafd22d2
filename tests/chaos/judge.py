"""Compare what was promised with what stands at Slack, after everything had its time to settle.

Promised are the rows of the outbox, and what follows from what people were told is done: one check for each sending
that was acknowledged, its result and its case's card, and the messages of every step that a clock took.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from storage.database import Database
from storage.models import Case, Check, Event, Outbox, Timer
from tests.chaos.people import Sending
from tests.chaos.slack import Stored
from workflows import outgoing

TOLD = {
    "case.reminded": "reminder",
    "case.backup_asked": "backup_asked",
    "case.asked_again": "asked_again",
    "case.contain_late": "contain_late",
    "case.look_again": "look_again",
}
"""Steps of a clock that name whom they tell, and the kind of message each of those gets."""
TOLD_SUBMITTERS = {
    "case.acknowledged": "acknowledged",
    "case.handed_up": "moved",
    "case.handed_back": "moved",
    "case.moved_up": "moved",
}
"""Events that those who sent a check of the case learn of."""
MOVES_ON = frozenset(
    "case.acknowledged case.handed_up case.handed_back case.moved_up case.level_raised case.owner_replaced "
    "case.reassigned case.taken case.decided case.contained case.reopened case.closed".split()
)
"""Events after which an earlier question need not be asked any more."""
EXAMPLES = 8


@dataclass
class Verdict:
    """What was found; every list holds the first few examples of what its number counts."""

    expected: int = 0
    at_slack: int = 0
    lost: int = 0
    duplicate: int = 0
    ghost: int = 0
    out_of_order: int = 0
    given_up: int = 0
    stuck_jobs: int = 0
    ownerless: int = 0
    superseded: int = 0
    retried: int = 0
    steps: int = 0
    states: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, what: str, found: Iterable[object]) -> None:
        """Note what was found of one kind."""
        each = [str(one) for one in found]
        setattr(self, what, getattr(self, what) + len(each))
        if each:
            self.examples[what] = (self.examples.get(what, []) + each)[:EXAMPLES]

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return not (
            self.lost
            or self.duplicate
            or self.ghost
            or self.out_of_order
            or self.given_up
            or self.stuck_jobs
            or self.ownerless
        )

    def as_json(self) -> dict[str, Any]:
        """Give it for build/chaos.json."""
        return asdict(self)


@dataclass
class _Records:
    rows: Sequence[Outbox]
    cases: Sequence[Case]
    checks: Sequence[Check]
    events: Sequence[Event]
    timers: set[int | None]

    @classmethod
    def read(cls, session: Session) -> _Records:
        return cls(
            session.exec(select(Outbox).order_by(Outbox.id)).all(),  # type: ignore[arg-type]
            session.exec(select(Case)).all(),
            session.exec(select(Check)).all(),
            session.exec(select(Event).order_by(Event.id)).all(),  # type: ignore[arg-type]
            {each.case_id for each in session.exec(select(Timer)).all()},
        )


def judge(db: Database, stored: Sequence[Stored], acknowledged: Sequence[Sending], calm_since: datetime) -> Verdict:
    """Judge one run. `calm_since` is when the last program was started: work of theirs may not be left over."""
    with db.read() as session:
        records = _Records.read(session)
        stuck = _stuck_jobs(session, db.is_sqlite, calm_since)
    verdict = Verdict(states=dict(Counter(row.state for row in records.rows)))
    keys = {row.key for row in records.rows}
    out = {each.key for each in stored}
    posts = Counter(each.key for each in stored if each.how == "post")
    verdict.at_slack = sum(posts.values())
    verdict.superseded = sum(row.state == "sent" and row.ts is None for row in records.rows)
    verdict.retried = sum(row.attempts > 1 for row in records.rows)
    verdict.steps = sum(event.kind in TOLD or event.kind == "case.moved_up" for event in records.events)
    promised = set(_follows(records, acknowledged))
    verdict.expected = len(keys | {each for each in promised if each.count(":") and not each.endswith("?")})
    verdict.count("lost", (f"never promised: {each}" for each in sorted(promised - keys)))
    later = _moved_on(records)
    verdict.count("lost", (_what(row) for row in records.rows if _is_lost(row, out, _by_case(records.rows), later)))
    verdict.count("given_up", (_what(row) for row in records.rows if row.state in ("parked", "maybe_sent")))
    verdict.count("duplicate", (f"{key} x{number}" for key, number in posts.items() if key and number > 1))
    verdict.count("ghost", (each for each in stored if each.key not in keys))
    verdict.count("out_of_order", _disorder(records.rows, stored))
    verdict.count("stuck_jobs", stuck)
    verdict.count("ownerless", _unguarded(records))
    return verdict


def _by_case(rows: Sequence[Outbox]) -> dict[int | None, list[Outbox]]:
    found: dict[int | None, list[Outbox]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found


def _what(row: Outbox) -> str:
    return f"{row.id} {row.key} to {row.lane}: {row.state}, attempt {row.attempts}, {row.error or 'no error'}"


def _is_lost(row: Outbox, out: set[str | None], by_case: dict[int | None, list[Outbox]], later: dict[str, int]) -> bool:
    """Whether a promise did not arrive. One that nobody needed any more says so by standing nowhere."""
    if row.key in out:
        return row.state != "sent"
    if row.state != "sent" or row.ts is not None:
        return True
    if row.kind in (outgoing.CARD, outgoing.NOBODY):
        return not any((each.id or 0) > (row.id or 0) and each.kind == outgoing.CARD for each in by_case[row.case_id])
    return row.kind not in outgoing.ASKING or later.get(f"case:{row.case_id}", 0) <= int(row.data["seq"])


def _moved_on(records: _Records) -> dict[str, int]:
    """For each case, the number of the last event that answered or moved it."""
    return {event.stream: event.seq for event in records.events if event.kind in MOVES_ON}


def _follows(records: _Records, acknowledged: Sequence[Sending]) -> Iterable[str]:
    """Give the keys that must have been promised, and a plain sentence for what cannot be one."""
    by_window = defaultdict(list)
    for check in records.checks:
        by_window[check.request_key.partition(":")[0]].append(check)
    carded = {row.case_id for row in records.rows if row.kind == outgoing.CARD}
    for sending in acknowledged:
        found = by_window[sending.window]
        if len(found) != 1:
            yield f"{len(found)} checks of {sending.window} ?"
        for check in found:
            if sending.level != "L0" and check.case_id not in carded:
                yield f"no card for check {check.id} ?"
    for check in records.checks:
        if check.case_id is not None:
            yield f"result:{check.id}"
    yield from _steps(records)


def _steps(records: _Records) -> Iterable[str]:
    keys = [row.key for row in records.rows]
    prefixes = {key.rpartition(":")[0] for key in keys}
    for event in records.events:
        case = event.stream.partition(":")[2]
        if event.kind in TOLD:
            for person in dict.fromkeys(event.data.get("to") or ()):
                yield f"{TOLD[event.kind]}:{case}:e{event.seq}:{person}"
        elif event.kind in TOLD_SUBMITTERS:
            prefix = f"{TOLD_SUBMITTERS[event.kind]}:{case}:e{event.seq}"
            if prefix not in prefixes:
                yield f"nobody learned of {event.kind} of {event.stream} ?"


def _disorder(rows: Sequence[Outbox], stored: Sequence[Stored]) -> Iterable[str]:
    """Within one conversation, the messages of a case must stand in the order in which they were promised."""
    by_key = {row.key: row for row in rows}
    seen: set[str | None] = set()
    last: dict[tuple[str, int | None], int] = {}
    for each in stored:
        row = by_key.get(each.key or "")
        if each.how != "post" or row is None or row.key in seen:
            continue
        seen.add(row.key)
        place = (each.channel, row.case_id)
        if row.case_id is not None and (row.id or 0) < last.get(place, 0):
            yield f"{row.id} {row.key} after {last[place]} in {each.channel}"
        last[place] = max(last.get(place, 0), row.id or 0)


def _unguarded(records: _Records) -> Iterable[str]:
    for case in records.cases:
        if case.state != "closed" and case.level >= 1 and (case.owner_id is None or case.id not in records.timers):
            yield f"case {case.id}: owner {case.owner_id}, timer {case.id in records.timers}"


def _stuck_jobs(session: Session, is_sqlite: bool, calm_since: datetime) -> list[str]:
    """Jobs that nobody took, that a living program never ended, or that ended in an error."""
    table = "workflow_status" if is_sqlite else "dbos.workflow_status"
    since = int(calm_since.astimezone(UTC).timestamp() * 1000)
    statement = f"""SELECT workflow_uuid, status FROM {table} WHERE status IN ('ENQUEUED', 'DELAYED', 'ERROR')
        OR (status = 'PENDING' AND started_at_epoch_ms > :since)"""
    return [" ".join(row) for row in session.connection().execute(text(statement), {"since": since})]
