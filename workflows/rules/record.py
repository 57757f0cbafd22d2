"""The living record of a case: what its events come to, at any moment (S9-S20, S33, S34; promises 2, 4, 12).

A record is never stored. It is folded from the events of a case, so that a past day is read by the same function over
fewer events, and a choice that was reasonable then is not rewritten by what is known today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from workflows.rules.parts import PARTS, Kind
from workflows.rules.values import Level, Severity

PREFIX = "record."
SIGNAL = "case.signal"
REOPENED = "case.reopened"
CLOSED = "case.closed"
LOWERED = "case.handed_back"
RATED = ("scale", "scope", "irremediability", "likelihood", "actual")
ENDED = "ended"
"""The part by which an entry of a list is taken out: it stays in the events and counts no more."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as the fold reads it: its number, kind, moment (aware UTC), who (None: the bot), and its data.

    Digests of words in `data` are replaced by the words already, where they were not erased.
    """

    seq: int
    kind: str
    at: datetime
    by: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a part as it stands: its number (1 for parts written once), fields, and who wrote what when.

    `check_at` is when an entry with a next check or a review is looked at again, `soonest_check_at` the soonest that
    any writing of it said: a correction does not put a check off. `written_by` names everybody who wrote a field of
    it, last writer first. `seq` is the number of the event that wrote it last, `changed` when each field got its value.
    """

    part: str
    number: int
    fields: Mapping[str, Any]
    by: str | None
    at: datetime
    first_at: datetime
    check_at: datetime | None = None
    written_by: tuple[str, ...] = ()
    seq: int = 0
    changed: Mapping[str, datetime] = field(default_factory=dict)
    soonest_check_at: datetime | None = None

    def changed_at(self, name: str) -> datetime:
        """Give when a field got the value that it has."""
        return self.changed.get(name, self.first_at)

    def text(self, name: str) -> str:
        """Give a field as text, empty where it was not filled in."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def ids(self, name: str) -> tuple[str, ...]:
        """Give a field that holds several ids."""
        value = self.fields.get(name)
        return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()

    def number_of(self, name: str) -> int:
        """Give the number of the entry that a field points to, 0 where it points nowhere."""
        value = self.fields.get(name)
        return int(str(value)) if str(value or "").isdigit() else 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A change of context that reached the case (S19, S20): what, where, whom and since when.

    `number` is the number of its event, by which it is settled. Empty countries or customers mean all of them.
    """

    number: int
    id: str
    at: datetime
    countries: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    defeats: frozenset[str] = frozenset()
    source: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Then:
    """Where a case stood: level, severity, state, owner, decision. None where no event says it.

    `reopened_at` is when it was last asked again after a decision.
    """

    level: Level | None = None
    severity: Severity | None = None
    state: str = ""
    owner: str | None = None
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reopened_at: datetime | None = None
    lowered_from: Level | None = None
    """What the rule asked for when a human rights lead took the case below it; None where nobody did, or since."""
    seen_risks: Mapping[int, tuple[Any, ...]] = field(default_factory=dict)
    """How the risks were rated then, by their numbers: what is new or rated otherwise was not judged."""


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record at one moment. Entries of each part are in the order of their numbers."""

    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    signals: tuple[Hit, ...] = ()
    then: Then = Then()

    def of(self, part: str) -> tuple[Entry, ...]:
        """Give the entries of a part that stand."""
        return self.entries.get(part, ())

    def one(self, part: str) -> Entry | None:
        """Give the newest entry of a part that is written once."""
        found = self.entries.get(part, ())
        return found[-1] if found else None

    def entry(self, part: str, number: int) -> Entry | None:
        """Give one entry by its number."""
        return next((each for each in self.of(part) if each.number == number), None)

    @property
    def open_signals(self) -> tuple[Hit, ...]:
        """The changes of context that nobody settled."""
        return tuple(each for each in self.signals if not each.settled)

    def about(self, part: str, name: str, number: int) -> tuple[Entry, ...]:
        """Give the entries of a part whose field points to this number, such as the mitigations of a risk."""
        return tuple(each for each in self.of(part) if each.number_of(name) == number)

    def next_number(self, part: str) -> int:
        """Give the number that a new entry of a part gets; numbers of entries that ended are not used again."""
        return max((number for name, number in self._numbers() if name == part), default=0) + 1

    def _numbers(self) -> Iterable[tuple[str, int]]:
        yield from ((part, each.number) for part, found in self.entries.items() for each in found)
        yield from ((each.text("part"), each.number_of("entry")) for each in self.of(ENDED))


def fold(events: Iterable[Happened], before: Record | None = None) -> Record:
    """Give the record that these events come to, after `before`; they are in the order in which they happened."""
    record = before or Record()
    for event in events:
        record = _applied(record, event)
    return record


def until(events: Iterable[Happened], moment: datetime) -> list[Happened]:
    """Give the events that had happened by a moment (aware): what was known then."""
    return [event for event in events if event.at <= moment]


def _applied(record: Record, event: Happened) -> Record:
    if event.kind.startswith(PREFIX):
        return _written(record, event.kind.removeprefix(PREFIX), event)
    if event.kind == SIGNAL:
        record = replace(record, signals=(*record.signals, _hit(event)))
    then = _moved(record.then, event)
    if then.lowered_from is not None and event.kind == LOWERED:
        then = replace(then, seen_risks=ratings(record))
    return record if then is record.then else replace(record, then=then)


def _written(record: Record, part: str, event: Happened) -> Record:
    number = int(event.data.get("number", 1))
    given = dict(event.data.get("fields") or {})
    before = record.entry(part, number)
    written_at = event.data.get("check_at")
    check_at = datetime.fromisoformat(str(written_at)) if written_at else None
    # An entry is always written whole: what a later writing leaves empty was emptied.
    entry = Entry(
        part,
        number,
        given,
        event.by,
        event.at,
        before.first_at if before else event.at,
        check_at,
        tuple(dict.fromkeys([*([event.by] if event.by else []), *(before.written_by if before else ())])),
        event.seq,
        {
            name: _since(before, name, given.get(name), event.at)
            for name in {*given, *(before.fields if before else ())}
        },
        _soonest(before, check_at),
    )
    standing = [each for each in record.of(part) if each.number != number]
    entries = {**record.entries, part: tuple(sorted([*standing, entry], key=lambda each: each.number))}
    record = replace(record, entries=entries)
    if part == ENDED:
        return _ended(record, entry)
    if part == "settled":
        return _settled(record, entry)
    return record


def _soonest(before: Entry | None, check_at: datetime | None) -> datetime | None:
    moments = (before.soonest_check_at if before else None, check_at)
    return min((each for each in moments if each is not None), default=None)


def _since(before: Entry | None, name: str, value: Any, now: datetime) -> datetime:
    return before.changed_at(name) if before is not None and before.fields.get(name) == value else now


def _ended(record: Record, entry: Entry) -> Record:
    part, number = entry.text("part"), entry.number_of("entry")
    kept = tuple(each for each in record.of(part) if each.number != number)
    return replace(record, entries={**record.entries, part: kept})


def _settled(record: Record, entry: Entry) -> Record:
    number = entry.number_of("signal")
    signals = tuple(replace(each, settled=each.settled or each.number == number) for each in record.signals)
    return replace(record, signals=signals)


def _hit(event: Happened) -> Hit:
    data = event.data
    return Hit(
        event.seq,
        str(data["signal"]),
        event.at,
        tuple(data.get("countries") or ()),
        tuple(data.get("customers") or ()),
        frozenset(data.get("defeats") or ()),
        str(data.get("source") or ""),
    )


_STATE_AFTER = {
    "case.opened": "waiting",
    "case.level_raised": "waiting",
    "case.handed_up": "waiting",
    "case.handed_back": "waiting",
    "case.moved_up": "waiting",
    "case.reassigned": "waiting",
    "case.owner_replaced": "waiting",
    REOPENED: "waiting",
    "case.acknowledged": "acknowledged",
    CLOSED: "closed",
}


def _moved(then: Then, event: Happened) -> Then:
    """Follow where the case stands. Events carry level, severity, owner and state where they change them."""
    data = event.data
    if data.get("level") in Level.__members__:
        then = replace(then, level=Level[data["level"]], lowered_from=_lowered_from(then, event))
    if data.get("severity") in Severity.__members__:
        then = replace(then, severity=Severity[data["severity"]])
    if "owner" in data:
        then = replace(then, owner=data["owner"])
    state = str(data.get("state") or _STATE_AFTER.get(event.kind, then.state))
    if event.kind == "case.decided":
        outcome = str(data.get("outcome") or "")
        fallback = "acknowledged" if outcome == "hold" else "closed"
        state = str(data.get("state") or fallback)
        return replace(then, state=state, decision=outcome, decided_by=event.by, decided_at=event.at)
    if event.kind == REOPENED:
        then = replace(then, reopened_at=event.at)
    if state == "waiting" and then.state != "waiting":
        then = replace(then, decision=None, decided_by=None, decided_at=None)
    # Most events move nothing, and a record is folded at each look.
    return then if state == then.state else replace(then, state=state)


def _lowered_from(then: Then, event: Happened) -> Level | None:
    """Follow whether the case stands below what the rule asked for by an act of a lead (T8)."""
    level, found = Level[event.data["level"]], str(event.data.get("found") or "")
    if event.kind == LOWERED and found in Level.__members__:
        return Level[found] if level < Level[found] else None
    return then.lowered_from if then.level is None or level <= then.level else None


def ratings(record: Record) -> dict[int, tuple[Any, ...]]:
    """Give how each risk is rated and whom it touches, by its number."""
    return {
        each.number: (*(each.text(name) for name in RATED), tuple(sorted(each.ids("groups"))))
        for each in record.of("risk")
    }


def secrets(part: str, fields: Mapping[str, Any]) -> tuple[int, ...]:
    """Give the numbers of the seals that a writing of a part holds."""
    known = PARTS.get(part)
    names = [each.id for each in known.fields if each.kind is Kind.SECRET] if known else []
    return tuple(int(fields[name]) for name in names if str(fields.get(name) or "").isdigit())


def written_texts(part: str, fields: Mapping[str, Any]) -> Sequence[str]:
    """Give what people wrote in a writing of a part: its texts and lines, for those who check what goes out."""
    known = PARTS.get(part)
    names = [each.id for each in known.fields if each.kind in (Kind.TEXT, Kind.LINE)] if known else []
    return [str(fields[name]) for name in names if fields.get(name)]
