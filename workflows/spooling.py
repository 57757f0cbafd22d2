"""What the clock does to anonymous reports: the grid, the daily slot, retention. It knows the time and never the words.

Everything that is held is written anew once a day, at one hour, under a new key, in an order that says nothing; what is
due is released then, all of it together. So neither the database, nor its log, nor a backup tells when it was sent.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import anonymous, facts, spool, timers
from storage.envelopes import ID_BYTES, CannotOpen
from storage.keystore import SPOOL
from storage.models import AnonCase
from storage.timers import NewTimer
from workflows import report_clocks
from workflows.held import Head, read_message, read_report
from workflows.report_clocks import ACK, FEEDBACK, key_of
from workflows.rules.crowd import DAILY_DAYS, crowd, uses_a_day
from workflows.rules.holds import (
    acknowledge_by,
    answer_by,
    month_of,
    next_slot,
    next_tick,
    quarter_of,
    slots_between,
    week_of,
)
from workflows.rules.retention import is_over
from workflows.usage import USES, past
from workflows.vault import Vault

LAST_SLOT = "concern.slot"
ORDER = ("new", "more", "back")
MANY_DAYS = 14
"""After so many slots that were missed nothing is erased at once: the clock may be wrong."""
VISITS = 4
"""How often a reporter is taken to come back where the size of the crowd is estimated."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is held, with its place and its body."""

    place: int
    head: Head
    body: bytes


def next_moment(vault: Vault, zone: ZoneInfo, now: datetime) -> datetime:
    """Give when `tick` has something to do next: on the grid where it is kept, else at the daily slot."""
    slot = next_slot(now, vault.concerns.release_at, zone)
    return min(slot, next_tick(now))


def tick(vault: Vault, zone: ZoneInfo, now: datetime, uses: int = 0) -> int:
    """Do what is due at `now` (aware); give how many things were released.

    `uses` counts how often the bot was used since the last time, by anybody: forms begun, and taps once a week.

    Raises:
        StorageError, KeystoreError: it is done at the next tick.
    """
    vault.holding.write_down()
    if vault.holding.at_once:
        # What was sent since the last tick was written as it came: the log must not tell between which other things.
        vault.db.forget()
    today = now.astimezone(zone).date()
    vault.week = week_of(today)
    vault.usage.add(USES, uses)
    counts = vault.usage.take(next_slot(now, vault.concerns.release_at, zone))
    if counts is not None:
        _count(vault, week_of(today), counts)
    return _slot(vault, zone, now) + _urgent(vault, zone, now)


def next_release(vault: Vault, zone: ZoneInfo, now: datetime) -> datetime:
    """Give the next daily slot, for a clock that somebody watches."""
    return next_slot(now, vault.concerns.release_at, zone)


def _slot(vault: Vault, zone: ZoneInfo, now: datetime) -> int:
    """Do the work of the daily slot, once for all replicas; slots that were missed count."""
    with vault.db.ask() as session:
        if not _missed(vault, session, zone, now):
            return 0
    with vault.db.write() as session:
        spool.lock(session)
        days = _missed(vault, session, zone, now)
        if not days:
            return 0
        vault.holding.check(session)
        things = _things(vault, session)
        due, later = _parted(things, lambda head: _is_due(head, days))
        # A clock that leaps ahead erases nothing: what has its day is erased once a second slot says the same.
        gone = _forget(session, days[-1], vault) if len(days) <= MANY_DAYS else frozenset()
        kept = _release(session, due, zone, now)
        old = vault.keystore.names(f"{SPOOL}-") | _orphans(vault, session)
        key_id, key = vault.keystore.renew_spool()
        _write_anew(session, key_id, key, later, days)
        # Before the transaction ends: a key too many does no harm, one that is missing loses a report.
        vault.keystore.change(put=kept)
        facts.put(session, LAST_SLOT, days[-1].isoformat(), now)
    vault.keystore.change(drop=old | gone)
    vault.keystore.renew_master(days[-1])
    vault.keystore.back_up(days[-1])
    if gone:
        vault.db.forget()
    return len(due)


def _orphans(vault: Vault, session: Session) -> frozenset[str]:
    """Give the keys of reports that are no more: a crash came before they were destroyed."""
    known = {case.id.hex() for case in anonymous.everything(session)}
    return frozenset(each for each in vault.keystore.names() - known if len(each) == 2 * ID_BYTES and _is_hex(each))


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)


def _missed(vault: Vault, session: Session, zone: ZoneInfo, now: datetime) -> list[date]:
    """Give the days whose slot has come and was not done; on a first start there is only the last one."""
    last = facts.get(session, LAST_SLOT)
    today = now.astimezone(zone).date()
    after = date.fromisoformat(last) if last else today - timedelta(days=2)
    if after > today + timedelta(days=1):
        # The clock was ahead when the last slot was done, and is right again: nobody waits until that day comes.
        after = today - timedelta(days=1)
    days = slots_between(after, now, vault.concerns.release_at, zone)
    return days if last else days[-1:]


def _urgent(vault: Vault, zone: ZoneInfo, now: datetime) -> int:
    """Release what its reporter wanted to be read at once. Its place is written over, as the grid does it anyway."""
    with vault.db.ask() as session:
        if not any(head.urgent for _, head in vault.holding.heads(session)):
            return 0
    with vault.db.write() as session:
        spool.lock(session)
        due, _ = _parted(_things(vault, session), lambda head: head.urgent)
        vault.keystore.change(put=_release(session, due, zone, now))
        key_id, key = vault.keystore.spool()
        spool.put(session, key_id, key, [(each.place, None) for each in due])
    return len(due)


def _things(vault: Vault, session: Session) -> list[Thing]:
    """Give everything that is held, in a random order."""
    keys = vault.keystore.keys()
    things = [
        Thing(place, head, spool.body(session, place, keys) or b"") for place, head in vault.holding.heads(session)
    ]
    # One that somebody damaged must not keep the others.
    return sorted((each for each in things if _is_whole(each)), key=lambda _: os.urandom(8))


def _is_whole(thing: Thing) -> bool:
    try:
        if thing.head.kind == "new":
            read_report(thing.body)
        elif thing.head.kind == "more":
            read_message(thing.body)
    except CannotOpen:
        log.error("Something that was held cannot be opened: its place was changed from outside")
        return False
    return True


def _parted(things: Sequence[Thing], is_due: Callable[[Head], bool]) -> tuple[list[Thing], list[Thing]]:
    """Part what is due from what goes on being held. What is added to a report waits for the report.

    A report that is taken back before anybody could read it is neither: it is gone.
    """
    waits = {each.head.case_id for each in things if each.head.kind == "new" and not is_due(each.head)}
    back = {each.head.case_id for each in things if each.head.kind == "back" and is_due(each.head)}
    due = [
        each for each in things if is_due(each.head) and (each.head.kind != "more" or each.head.case_id not in waits)
    ]
    later = [each for each in things if each not in due and each.head.case_id not in back]
    return due, later


def _is_due(head: Head, days: Sequence[date]) -> bool:
    if head.urgent:
        return True
    return max(1, head.slots) <= _slots(head, days)


def _slots(head: Head, days: Sequence[date]) -> int:
    """Give how many of the slots that something waits for are among these days."""
    return sum(day.weekday() == 0 for day in days) if head.weekly else len(days)


def _write_anew(session: Session, key_id: str, key: bytes, later: Sequence[Thing], days: Sequence[date]) -> None:
    """Write every place, with what goes on being held and with nothing, wherever it happens to fall."""
    places = sorted(spool.places(session), key=lambda _: os.urandom(8))
    if len(later) <= spool.PLACES < len(places):
        spool.shrink(session)
        places = [place for place in places if place < spool.PLACES]
    held = [(each.head.later(_slots(each.head, days)).encode(), each.body) for each in later]
    empty = [None] * (len(places) - len(held))
    spool.put(session, key_id, key, sorted(zip(places, [*held, *empty], strict=True), key=lambda each: each[0]))


def _release(session: Session, due: Sequence[Thing], zone: ZoneInfo, now: datetime) -> dict[str, bytes]:
    """Put what is due where its readers find it; give the keys of new reports.

    Reports come before what is added, and that one is taken back comes last: it ends what the rest began.
    """
    today, keys = now.astimezone(zone).date(), dict[str, bytes]()
    back = {each.head.case_id for each in due if each.head.kind == "back"}
    for each in sorted(due, key=lambda thing: ORDER.index(thing.head.kind)):
        head = each.head
        if head.kind == "new" and head.case_id not in back:
            if anonymous.get(session, head.case_id) or anonymous.by_locator(session, head.locator):
                continue
            keys[head.case_id.hex()] = _new(session, each, today)
            _start(session, _clocks(head.case_id, today, zone))
            anonymous.count(session, quarter_of(today), "released")
        elif head.kind == "more":
            _more(session, each, today, zone)
        elif head.kind == "back":
            _back(session, head.case_id, today)
    return keys


def _new(session: Session, thing: Thing, today: date) -> bytes:
    """Add a report; give the key without which it cannot be opened."""
    made, head = read_report(thing.body), thing.head
    case = AnonCase(
        id=head.case_id,
        locator=head.locator,
        case_pk=made.case_pk,
        reporter_pk=made.reporter_pk,
        rwrap=made.rwrap,
        label=made.label,
        state="waiting",
        topic=made.topic,
        level=made.level,
        site=made.site,
        release_week=week_of(today),
        released_on=today,
        last_week=week_of(today),
    )
    anonymous.add(session, case, made.wraps)
    anonymous.add_message(session, head.case_id, "R", 1, made.message)
    return made.shred_key


def _more(session: Session, thing: Thing, today: date, zone: ZoneInfo) -> None:
    """Add a message to its report, which waits for a person again as a new one does; one that is gone takes nothing."""
    case = anonymous.get(session, thing.head.case_id, lock=True)
    if case is None or case.state == "retracted":
        return
    anonymous.add_message(session, case.id, "R", thing.head.seq, read_message(thing.body))
    values: dict[str, object] = {"closed_month": None, "last_week": week_of(today)}
    if case.state != "waiting":
        # Nobody is told of it, so only a promise with an end makes sure that it is read (promise 6). Its Monday would
        # not do for the day: from a Friday on, the promise would be broken before anybody could keep it.
        values |= {"state": "waiting", "released_on": today}
        _start(session, _clocks(case.id, today, zone)[:1])
    anonymous.change(session, case.id, **values)


def _back(session: Session, case_id: bytes, today: date) -> None:
    anonymous.change(
        session, case_id, state="retracted", closed_month=month_of(today), last_week=week_of(today), released_on=None
    )
    report_clocks.drop(session, case_id)


def _start(session: Session, clocks: Sequence[NewTimer]) -> None:
    for clock in clocks:
        # As if it had been made when it is due: a clock outlives the day of the release.
        timers.put(session, [clock], clock.due_at)


def _clocks(case_id: bytes, today: date, zone: ZoneInfo) -> list[NewTimer]:
    """Give the clocks of a report: a person answers within seven days, and says what was done within three months."""
    return [
        NewTimer(key_of(case_id, ACK), report_clocks.KIND, ACK, acknowledge_by(today, zone)),
        NewTimer(key_of(case_id, FEEDBACK), report_clocks.KIND, FEEDBACK, answer_by(week_of(today), zone)),
    ]


def _forget(session: Session, today: date, vault: Vault) -> frozenset[str]:
    """Remove reports whose time is over; give the names of their keys, which are destroyed once that is saved."""
    keep = int(vault.concerns.keep.split()[0])
    over = [case for case in anonymous.everything(session) if is_over(case, today, keep)]
    for case in over:
        anonymous.remove(session, case.id)
        report_clocks.drop(session, case.id)
        anonymous.count(session, quarter_of(today), case.topic)
    return frozenset(case.id.hex() for case in over)


def _count(vault: Vault, week: str, counts: Mapping[str, int]) -> None:
    """Add to the counts of a week, and estimate the crowd from those before it."""
    if any(counts.values()):
        with vault.db.write() as session:
            for what in sorted(counts):
                anonymous.count(session, week, what, counts[what])
    with vault.db.ask() as session:
        forms = past(session, week).forms
    vault.crowd = crowd(vault.concerns.staff, uses_a_day(forms, vault.concerns.staff), VISITS, DAILY_DAYS)
