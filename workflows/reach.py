"""What a change of context does to the cases it concerns: worked through in small steps, each of which stands (S20).

A step is one transaction: some cases, and how far it came. Whoever is stopped in between loses nothing and does nothing
twice, because the row that says how far it came moves with what was done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import cases, checks, events, mitigations, outbox, reached, signals, timers, words
from storage.direct import gathered
from storage.events import EventRow
from storage.models import Case, Check, SignalRow, Timer
from storage.timers import NewTimer
from workflows import living, outgoing, rechecks, reopening
from workflows.context import stream_of
from workflows.desk import Desk
from workflows.living import Living
from workflows.rules.case import State
from workflows.rules.mitigations import customers_of
from workflows.rules.record import SIGNAL, Record, fold
from workflows.rules.signals import EFFECTS, Effect
from workflows.rules.values import Level

BATCH = 20
"""Cases in one transaction. Everybody else who writes waits for it, so it takes a fraction of a second."""
BATCHES = 10
"""Transactions of one job, which so ends long before its lease."""
ALONE = 3
"""Up to so many cases are told of one by one; more are told of together."""
CONCERNS = "signal.concerns"
"""The event of a change that says whose cases it touched."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of some cases: how many were concerned, opened again, went up; mitigations that are in doubt now.

    `owners` have one that goes on waiting with them and are told of it with the others, not alone.
    """

    touched: int = 0
    reopened: int = 0
    raised: int = 0
    hit: int = 0
    owners: frozenset[str] = frozenset()

    def __add__(self, other: Reached) -> Reached:
        return Reached(
            self.touched + other.touched,
            self.reopened + other.reopened,
            self.raised + other.raised,
            self.hit + other.hit,
            self.owners | other.owners,
        )


NOTHING = Reached()


@dataclass(frozen=True, slots=True)
class Before:
    """What is stored of a case before the change is noted: its events, words by their digests, checks newest first."""

    happened: Sequence[EventRow]
    written: Mapping[str, str]
    sent: Sequence[Check]


def work(desk: Desk, timer: Timer, now: datetime) -> bool:
    """Work through some of the cases of a change; the next job goes on from there. Say whether there was anything.

    Its clock is locked in each step, so two replicas never work through the same change at once.
    """
    turn = (timer.id or 0, timer.generation)
    for _ in range(BATCHES):
        if not _step(desk, *turn, now):
            return True
    with desk.db.write() as session:
        held = timers.take(session, *turn)
        if held is not None:
            timers.put(session, [NewTimer(held.key, held.kind, held.step, now)], now)
    return True


def _step(desk: Desk, timer_id: int, generation: int, now: datetime) -> bool:
    """Take one step; say whether more is to do."""
    with desk.db.write() as session:
        timer = timers.take(session, timer_id, generation)
        if timer is None:
            return False
        row = signals.get(session, int(timer.key.rpartition(":")[2]), lock=True)
        if row is None or row.id is None or row.state not in ("planned", "running"):
            timers.drop_key(session, timer.key)
            return False
        ids = _next(session, row, row.cursor, BATCH)
        if not ids:
            _finish(session, desk, row, now)
            return False
        together = row.id if len(_next(session, row, 0, ALONE + 1)) > ALONE else None
        done = _each(session, desk, row, ids, together, now)
        _remember(session, row.id, done.owners, now)
        signals.progress(
            session,
            row.id,
            ids[-1],
            touched=done.touched,
            reopened=done.reopened,
            raised=done.raised,
            hit=done.hit,
        )
    return True


def _next(session: Session, row: SignalRow, after: int, limit: int) -> list[int]:
    return signals.matching(session, row.products or None, row.countries, after, limit)


def _each(
    session: Session, desk: Desk, row: SignalRow, ids: Sequence[int], together: int | None, now: datetime
) -> Reached:
    found = {each.id or 0: each for each in cases.lock_many(session, ids) if _is_reached(each)}
    streams = [f"case:{each}" for each in found]
    happened, written = events.of_many(session, streams), words.of_many(session, streams)
    sent = checks.for_cases(session, list(found))
    total = NOTHING
    # The rows of the cases are written together at the end, not before each question that has nothing to do with them.
    with session.no_autoflush, gathered(session):
        events.read_ahead(session, streams)
        timers.read_ahead(session, list(found))
        mitigations.read_ahead(session, list(found))
        for number, case in found.items():
            stream = f"case:{number}"
            before = Before(happened[stream], written[stream], sent[number])
            total += _reach(session, desk, row, case, before, together, now)
    return total


def _is_reached(case: Case) -> bool:
    """Somebody may have closed it a moment ago. A sealed record is touched by nothing from outside."""
    return case.state != State.CLOSED and not case.sealed


def _reach(
    session: Session,
    desk: Desk,
    row: SignalRow,
    case: Case,
    so_far: Before,
    together: int | None,
    now: datetime,
) -> Reached:
    """Note the change in the record of one case, which the caller holds locked, and do what follows from it."""
    record = fold(living.happened(each, so_far.written) for each in so_far.happened) if row.customers else Record()
    if not meets(record, row.customers):
        return NOTHING
    event = note(session, row, case, now)
    after = living.of(desk, case, [*so_far.happened, event], so_far.written, so_far.sent, now)
    hit = hit_by(after, [event])
    before = case.level
    reopened = follow(session, desk, row.signal, after, hit, now, together=together)
    raised = case.level > before
    owners: frozenset[str] = frozenset()
    if not (reopened or raised) and case.owner_id and case.state in (State.WAITING, State.ACKNOWLEDGED):
        if together is None:
            tell_owner(session, case, row, event, now)
        else:
            owners = frozenset({case.owner_id})
    return Reached(1, int(reopened), int(raised), len(hit), owners)


def tell_owner(session: Session, case: Case, row: SignalRow, event: EventRow, now: datetime) -> None:
    """Tell whoever has a case that something changed around it, which stands in its record now."""
    people = [case.owner_id] if case.owner_id else []
    data = {"signal": row.id, "about": "one"}
    outbox.add_many(session, outgoing.told(case, outgoing.WORLD, event.seq, people, now, data))


def hit_by(after: Living, noted: Collection[EventRow]) -> list[int]:
    """Give the numbers of the mitigations that these changes put in doubt."""
    numbers = {event.seq for event in noted}
    return [each.number for each in after.facts.mitigations if any(hit.number in numbers for hit in each.hits)]


def meets(record: Record, customers: Sequence[str]) -> bool:
    """Whether one of these customers (folded; none: any) uses it, as far as the record says; else it may be."""
    if not customers:
        return True
    entry = record.one("places")
    named = set(customers_of(entry.text("customers"))) if entry else set()
    relied_on = {each for one in record.of("mitigation") for each in customers_of(one.text("customers"))}
    return not named or bool((named | relied_on) & set(customers))


def note(session: Session, row: SignalRow, case: Case, now: datetime) -> EventRow:
    """Write a change into the record of a case, which the caller holds locked; give its event with its words."""
    data: dict[str, Any] = {
        "signal": row.signal,
        "countries": list(row.countries),
        "customers": list(row.customers),
        "defeats": list(row.defeats),
        "source": row.source,
        "since": row.since.date().isoformat(),
        "signal_row": row.id,
    }
    stream = f"case:{case.id}"
    # Names of customers, and of who says so, can be erased like all words; a chain of events cannot.
    kept = {
        "customers": words.keep(session, stream, "\n".join(row.customers)),
        "source": words.keep(session, stream, row.source),
    }
    at = events.append(session, stream, SIGNAL, at=now, actor_id=row.by_id, data={**data, **kept})
    # As it will be read; it is not read again only to be folded.
    return EventRow(
        stream=at.stream, seq=at.seq, kind=SIGNAL, actor_id=row.by_id, at=now, data=data, prev_hash="", hash=at.hash
    )


def follow(
    session: Session,
    desk: Desk,
    signal: str,
    after: Living,
    hit: Collection[int],
    now: datetime,
    *,
    together: int | None = None,
) -> bool:
    """Bring a case to what its record says now. Say whether it was opened again.

    `hit` are the mitigations that are in doubt: whatever the change does to the case, they are looked at now (S20). A
    case that waits for an answer already goes on waiting with whoever has it, unless its level rises.
    """
    case, finding = after.case, after.finding
    case.updated_at = now
    asks = bool(hit) or finding.level > case.level or EFFECTS[signal] is Effect.REOPEN
    again = asks and case.state == State.TRACKED
    if again:
        why = {"why": "signal", "signal": signal}
        reopening.reopen(session, desk, after, now, why, together=together, level=Level(finding.level))
    reopening.follow(session, desk, after, now, "signal", together=together, anew=True)
    rechecks.look_now(session, after, now, only=hit if asks else None)
    return again


def _remember(session: Session, number: int, owners: Collection[str], now: datetime) -> None:
    """Keep whose cases a change touched, for the one message that they get when all is worked through."""
    fresh = sorted(set(owners) - _remembered(session, number)) if owners else []
    if fresh:
        events.append(session, stream_of(number), CONCERNS, at=now, data={"owners": fresh})


def _remembered(session: Session, number: int) -> set[str]:
    kept = (each.data["owners"] for each in events.of(session, stream_of(number)) if each.kind == CONCERNS)
    return {owner for owners in kept for owner in owners}


def _finish(session: Session, desk: Desk, row: SignalRow, now: datetime) -> None:
    """All cases were worked through: leads and owners get one message each, and so does whoever reported it."""
    number = row.id or 0
    signals.progress(session, number, row.cursor, done_at=now)
    counts = {"touched": row.touched, "reopened": row.reopened, "raised": row.raised, "hit": row.hit}
    events.append(session, stream_of(number), "signal.done", at=now, data=counts)
    readers: dict[str, str] = {}
    # Cases that were told of one by one belong to no change any more.
    owners = {*reached.owners(session, number), *_remembered(session, number)}
    if owners or row.touched > ALONE:
        readers = dict.fromkeys([*desk.policy.digest_lanes, *owners], "done")
    if row.by_id is not None:
        readers.setdefault(row.by_id, "reporter")
    top = reached.count(session, number).top > 0
    outbox.add_many(
        session, [outgoing.world(number, lane, about, now, top=top) for lane, about in sorted(readers.items())]
    )
    timers.drop_key(session, stream_of(number))
