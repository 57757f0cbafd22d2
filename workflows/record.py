"""Write a part of a case's record: one window, one transaction, one event, and everything that follows from it.

All parts are written by the same function, so that who may write, what is checked, what is sealed and what is kept as
words beside the event is said once (`rules.parts`). What a part means beyond that stands in `workflows.parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import cases, events, words
from workflows import catching_up, living, parts, reopening, unsealing
from workflows.access import readable
from workflows.desk import Desk
from workflows.errors import BadAnswers, Locked, NotFound, Refused
from workflows.living import Living
from workflows.rules.case import State
from workflows.rules.locks import to_weigh
from workflows.rules.parts import OWN, PARTS, Kind, Part, Who
from workflows.rules.record import PREFIX, Entry, Happened, Record
from workflows.rules.writing import missing
from workflows.values import CaseFacts


@dataclass(frozen=True, slots=True)
class Writing:
    """A part of a record as somebody sends it. `number` is the entry it corrects, 0 for a new one.

    `fields` are as read from the window: text, ids, lists of ids, ISO days. `request_key` is the same when the same
    sending arrives twice. `seen` is the entry's last writing (`Sheet.seq`) that the person had before them, None where
    that does not matter.
    """

    case_id: int
    person_id: str
    part: str
    fields: Mapping[str, Any]
    number: int = 0
    request_key: str = ""
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the case as it stands now, the number of the entry, and whether the level rose."""

    case: CaseFacts
    part: str
    number: int
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One part of one case, ready to be written by somebody: what it holds so far, and what it can point to."""

    case: CaseFacts
    part: Part
    number: int
    fields: Mapping[str, Any]
    pointing_to: Mapping[str, tuple[tuple[int, str], ...]]
    written_by: tuple[str, ...] = ()
    seq: int = 0


def put(desk: Desk, writing: Writing, now: datetime) -> Written:
    """Write one part of a record, and bring the case to what it says then.

    Raises:
        BadAnswers: everything that is missing or cannot be used, each beside its field. Locked: something else comes
            first. NotFound, Refused: no such case for this person, or not theirs to write.
    """
    part = _part(writing.part)
    fields = parts.read(desk, part, writing.fields)
    try:
        return _put(desk, writing, part, fields, now)
    except BadAnswers as refusal:
        # That a sealed name was met is written down, so that nobody can look for names unseen.
        unsealing.met(desk, writing.case_id, writing.person_id, refusal, now)
        raise


def _put(desk: Desk, writing: Writing, part: Part, fields: Mapping[str, Any], now: datetime) -> Written:
    with desk.db.write() as session:
        case = cases.get(session, writing.case_id, lock=True)
        case = readable(session, desk, case, writing.person_id)
        before = living.load(session, desk, case, now)
        done = _done_before(before, writing)
        if done is not None:
            return Written(desk.facts(case, now), part.id, done)
        _may_write(part, before, writing.person_id)
        number = _number(before.record, part, writing.number)
        _nobody_wrote_meanwhile(before.record, part, number, writing.seen)
        _is_theirs(before.record, part, number, writing.person_id)
        lacks = [*missing(part, fields), *parts.unfit(desk, before, part, number, fields, writing.person_id, now)]
        if lacks:
            raise BadAnswers(lacks)
        event = _append(session, desk, before, part, number, fields, writing, now)
        after = living.following(desk, before, event, now)
        case.updated_at = now
        # Somebody looks at this one by itself now.
        case.signal_id = None
        parts.follows(session, desk, before, after, part, number, writing.person_id, event.seq, now)
        level = case.level
        reopening.follow(session, desk, after, now, "record")
        if part.id == "places":
            # What has changed there already touches it from now on. This comes last: it reads the record anew.
            catching_up.catch_up(session, desk, after, now)
        return Written(desk.facts(case, now), part.id, number, case.level > level)


def sheet(desk: Desk, case_id: int, person_id: str, part_id: str, number: int, now: datetime) -> Sheet:
    """Give a part as it stands, for somebody who is about to write it.

    Raises:
        NotFound, Refused, Locked: as `put`; better now than after they have written a page.
    """
    part = _part(part_id)
    with desk.db.read() as session:
        case = readable(session, desk, cases.get(session, case_id), person_id)
        now_living = living.load(session, desk, case, now)
        _may_write(part, now_living, person_id)
        entry = now_living.record.entry(part.id, number) if part.many else now_living.record.one(part.id)
        if part.many and number and entry is None:
            raise NotFound("entry_unknown")
        fields = dict(entry.fields) if entry else {}
        for each in part.fields:
            if each.kind is Kind.SECRET and fields.get(each.id):
                # Reading what is sealed is an act of its own, which is written down (`workflows.unsealing`).
                fields[each.id] = ""
    return Sheet(
        case=desk.facts(case, now),
        part=part,
        number=entry.number if entry else 0,
        fields=fields,
        pointing_to=parts.pointing_to(desk, now_living.record, part),
        written_by=entry.written_by if entry else (),
        seq=entry.seq if entry else 0,
    )


def _part(part_id: str) -> Part:
    part = PARTS.get(part_id)
    if part is None:
        raise NotFound("part_unknown")
    return part


def _may_write(part: Part, before: Living, person_id: str) -> None:
    """Raise Refused, or Locked, where this person may not write this part now."""
    case, facts = before.case, before.facts
    if case.state == State.CLOSED:
        raise Refused("record_closed")
    holds = person_id in (case.owner_id, case.backup_id)
    leads = person_id in facts.leads
    if part.who is Who.LEAD and not leads:
        raise Refused("lead_only")
    if part.who is Who.HOLDER and not (holds or leads):
        raise Refused("holder_only")
    if part.id == "D19":
        lacks = to_weigh(before.record, facts, before.at)
        if lacks:
            raise Locked("weigh_locked", lacks, case.id or 0)


def _number(record: Record, part: Part, asked: int) -> int:
    """Give the number of the entry that is written. Raises NotFound where one to correct is not there."""
    if not part.many:
        return 1
    if not asked:
        return record.next_number(part.id)
    if record.entry(part.id, asked) is None:
        raise NotFound("entry_unknown")
    return asked


def _is_theirs(record: Record, part: Part, number: int, person_id: str) -> None:
    """Raise Refused where somebody would change what another person judged."""
    entry = record.entry(part.id, number) if part.id in OWN else None
    if entry is not None and entry.by != person_id:
        raise Refused("entry_of_another")


def _nobody_wrote_meanwhile(record: Record, part: Part, number: int, seen: int | None) -> None:
    """Raise BadAnswers where somebody else wrote the same entry since this person opened it: nothing is overwritten."""
    entry = record.entry(part.id, number)
    if seen is not None and entry is not None and entry.seq != seen:
        raise BadAnswers([(part.fields[0].id, "entry_changed")])


def _append(
    session: Session,
    desk: Desk,
    before: Living,
    part: Part,
    number: int,
    fields: Mapping[str, Any],
    writing: Writing,
    now: datetime,
) -> Happened:
    """Write the event: ids as they are, words as digests, secrets as numbers of seals. Give it with its words."""
    case_id, stream = before.case.id or 0, f"case:{before.case.id}"
    held: dict[str, Any] = {}
    said: dict[str, Any] = {}
    for each in part.fields:
        value = fields.get(each.id)
        if value in (None, "", (), []):
            continue
        if each.kind is Kind.SECRET:
            held[each.id] = desk.seals.keep(session, case_id, part.id, number, str(value), writing.person_id, now)
        elif each.kind in (Kind.TEXT, Kind.LINE):
            held[each.id] = words.keep(session, stream, str(value))
            said[each.id] = str(value)
        else:
            held[each.id] = value
    data: dict[str, Any] = {"number": number, "fields": held, "request": writing.request_key}
    check_at = parts.check_at(desk, before, part, fields, writing.person_id, now)
    if check_at is not None:
        data["check_at"] = check_at.isoformat()
    kind = f"{PREFIX}{part.id}"
    seq = events.append(session, stream, kind, at=now, actor_id=writing.person_id, data=data).seq
    return Happened(seq, kind, now, writing.person_id, {**data, "fields": {**held, **said}})


def _done_before(before: Living, writing: Writing) -> int | None:
    """Give the number that this very sending got when it arrived the first time."""
    if not writing.request_key:
        return None
    for event in before.happened:
        if event.data.get("request") == writing.request_key and event.by == writing.person_id:
            return int(event.data.get("number", 1))
    return None


def entry_of(found: Living, part: str, number: int) -> Entry:
    """Give an entry of a record. Raises NotFound where there is none."""
    entry = found.record.entry(part, number)
    if entry is None:
        raise NotFound("entry_unknown")
    return entry
