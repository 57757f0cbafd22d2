"""The deep form DA-1 of a case: which items it needs, who filled what, and a page of them written in one go (2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import cases, events
from workflows import living, parts, record
from workflows.access import readable
from workflows.desk import Desk
from workflows.errors import BadAnswers, NotFound, Refused
from workflows.living import Living
from workflows.record import Sheet, Writing
from workflows.rules import deep
from workflows.rules.case import State
from workflows.rules.living import STAFF
from workflows.rules.parts import ITEMS, PAGES, PARTS, Kind
from workflows.rules.record import Entry
from workflows.rules.values import Level
from workflows.rules.writing import missing
from workflows.values import CaseFacts

ASKED = "case.deep_asked"
"""A human rights lead asked for the deep form of a case that did not need it by itself."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of DA-1: the part that holds it, how many entries say something, who wrote them, and what to open.

    `entry` is the number of an entry that waits to be described, else 0. `is_list`: its part holds many entries.
    """

    item: str
    part: str
    count: int
    by: tuple[str, ...] = ()
    entry: int = 0
    is_list: bool = False

    @property
    def on_page(self) -> bool:
        """Whether it is written on its page together with others; lists and sealed items have a window of their own."""
        return self.item in PARTS and all(each.kind is not Kind.SECRET for each in PARTS[self.item].fields)


@dataclass(frozen=True, slots=True)
class DeepForm:
    """The deep form of one case as one person sees it.

    `pages` are the items that the case needs, `offered` those that it never has to fill. `may_ask`: this person can
    ask for the form although the case does not need it; `may_invite`: they can give somebody a part in the case.
    """

    case: CaseFacts
    opens: bool
    pages: tuple[tuple[Item, ...], ...]
    offered: tuple[Item, ...]
    may_ask: bool
    may_invite: bool
    may_write: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the form, ready to be written: the items on it that are not lists. Numbers begin with 1."""

    case: CaseFacts
    number: int
    of: int
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class PageWriting:
    """A page as somebody sends it: the fields of each item by its id. The same sending has the same `request_key`."""

    case_id: int
    person_id: str
    items: Mapping[str, Mapping[str, Any]]
    request_key: str


@dataclass(frozen=True, slots=True)
class PageWritten:
    """What came of a page: the items that say something new now, and whether the level rose."""

    case: CaseFacts
    items: tuple[str, ...]
    raised: bool


def look(desk: Desk, case_id: int, person_id: str, now: datetime) -> DeepForm:
    """Give the deep form of a case. Raises NotFound where there is no such case for this person."""
    with desk.db.read() as session:
        case = readable(session, desk, cases.get(session, case_id), person_id)
        found = living.load(session, desk, case, now)
    return _form(desk, found, person_id, now)


def page(desk: Desk, case_id: int, person_id: str, number: int, now: datetime) -> Page:
    """Give one page of the form with what is written so far; a page past the end gives the last one.

    Raises:
        NotFound: no such case for this person, or nothing on the page is written there. Refused: the case is closed.
    """
    form = look(desk, case_id, person_id, now)
    number = max(1, min(number, len(form.pages)))
    items = [each.item for each in (*form.pages, ())[number - 1] if each.on_page]
    if not items:
        raise NotFound("part_unknown")
    sheets = tuple(record.sheet(desk, case_id, person_id, each, 0, now) for each in items)
    return Page(form.case, number, len(form.pages), sheets)


def ask(desk: Desk, case_id: int, person_id: str, now: datetime) -> DeepForm:
    """Open the deep form because a human rights lead wants a closer look; asking twice changes nothing.

    Raises:
        NotFound: no such case for this person. Refused: they are no lead for it, or it is closed.
    """
    with desk.db.write() as session:
        case = readable(session, desk, cases.get(session, case_id, lock=True), person_id)
        found = living.load(session, desk, case, now)
        if case.state == State.CLOSED:
            raise Refused("record_closed")
        if person_id not in found.facts.leads:
            raise Refused("lead_only")
        if not _was_asked(found):
            events.append(session, f"case:{case_id}", ASKED, at=now, actor_id=person_id, data={})
    return look(desk, case_id, person_id, now)


def put_page(desk: Desk, sent: PageWriting, now: datetime) -> PageWritten:
    """Write the items of a page that say something new. Either all of them can be used, or none is written.

    Raises:
        BadAnswers: what is missing or cannot be used, at "item.field". NotFound, Refused: as `record.put`.
    """
    with desk.db.read() as session:
        case = readable(session, desk, cases.get(session, sent.case_id), sent.person_id)
        found = living.load(session, desk, case, now)
    writings = _new(desk, found, sent, now)
    done = []
    for each in writings:
        try:
            done.append(record.put(desk, each, now))
        except BadAnswers as error:
            # Something changed since we looked; what was written before this one stays, and is not written twice.
            raise BadAnswers(_placed(each.part, error.fields)) from None
    facts = done[-1].case if done else desk.facts(case, now)
    return PageWritten(facts, tuple(each.part for each in done), any(each.raised for each in done))


def _new(desk: Desk, found: Living, sent: PageWriting, now: datetime) -> list[Writing]:
    """Give a writing for each item that says something new. Raises BadAnswers for all that cannot be used."""
    wrong: list[tuple[str, str]] = []
    writings = []
    for item, given in sent.items.items():
        if item not in PARTS or item not in ITEMS:
            raise NotFound("part_unknown")
        part, entry = PARTS[item], found.record.one(item)
        try:
            fields = parts.read(desk, part, given)
        except BadAnswers as error:
            wrong += _placed(item, error.fields)
            continue
        if not fields or (entry is not None and fields == dict(entry.fields)):
            continue
        lacks = [*missing(part, fields), *parts.unfit(desk, found, part, 1, fields, sent.person_id, now)]
        wrong += _placed(item, lacks)
        # The second sending of a corrected page is another one; of the same page it is the same.
        times = sum(each.kind == f"record.{item}" for each in found.happened)
        writings.append(Writing(sent.case_id, sent.person_id, item, given, 0, f"{sent.request_key}:{item}:{times}"))
    if wrong:
        raise BadAnswers(wrong)
    return writings


def _placed(item: str, lacks: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(f"{item}.{field}", problem) for field, problem in lacks]


def _form(desk: Desk, found: Living, person_id: str, now: datetime) -> DeepForm:
    case, facts = found.case, found.facts
    asked = _was_asked(found)
    needed = _needed(found, asked)
    offered = _offered(found, needed)
    is_open, leads = case.state != State.CLOSED, person_id in facts.leads
    return DeepForm(
        case=desk.facts(case, now),
        opens=bool(needed) or deep.opens(found.finding.deep_form, bool(found.record.open_signals), asked),
        pages=tuple(tuple(_item(found, each) for each in page) for page in deep.pages(needed)),
        offered=tuple(_item(found, each) for each in offered),
        may_ask=is_open and leads and not needed,
        may_invite=is_open and (leads or person_id in (case.owner_id, case.backup_id)),
        may_write=is_open,
    )


def _was_asked(found: Living) -> bool:
    return any(each.kind == ASKED for each in found.happened)


def _needed(found: Living, asked: bool) -> tuple[str, ...]:
    """Give the items that the case needs: those of its level, or of the next where a lead asked to look closer."""
    if found.facts.needed or not asked:
        return found.facts.needed
    signals = frozenset(each.id for each in found.record.open_signals)
    return _in_order(
        deep.needed(each, Level.L2, signals=signals, deny=found.facts.denies, finding=found.finding)
        for each in found.answers or (STAFF,)
    )


def _offered(found: Living, needed: Sequence[str]) -> tuple[str, ...]:
    signals = frozenset(each.id for each in found.record.open_signals)
    level = max(found.facts.level, Level.L2) if needed else found.facts.level
    offers = _in_order(
        deep.offered(each, level, signals=signals, deny=found.facts.denies) for each in found.answers or (STAFF,)
    )
    return tuple(each for each in offers if each not in needed)


def _in_order(several: Any) -> tuple[str, ...]:
    found = {item for items in several for item in items}
    return tuple(each for each in ITEMS if each in found)


def _item(found: Living, item: str) -> Item:
    part = PAGES.get(item, item)
    entries = found.record.of(part)
    described = [each for each in entries if _says_something(each)]
    by = tuple(dict.fromkeys(who for each in described for who in each.written_by))
    waiting = next((each.number for each in entries if not _says_something(each)), 0)
    return Item(item, part, len(described), by, waiting, PARTS[part].many)


def _says_something(entry: Entry) -> bool:
    """A risk that was only rated in the check waits for somebody to describe it."""
    return entry.part != "risk" or bool(entry.text("what"))
