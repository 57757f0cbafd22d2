"""The register: the cases that somebody may see, the most urgent first, each with how its mitigations stand (S14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage import cases, events
from storage import words as words_of
from storage.events import EventRow
from storage.models import Case
from workflows.access import may_list, may_see
from workflows.check import launch_key
from workflows.desk import Desk
from workflows.living import happened
from workflows.rules import mitigations
from workflows.rules.mitigations import Status
from workflows.rules.record import Record, fold
from workflows.values import CaseFacts

PAGE = 10


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One case in the register. CANNOT and NOT YET are counted apart, and never with what works (S14)."""

    case: CaseFacts
    cannot: int
    not_yet: int
    working: int
    unproven: int
    doubted: int


@dataclass(frozen=True, slots=True)
class Register:
    """A page of the register. `all` says that it holds every case that is not sealed; `after` is where the next begins.

    `words` are those that were looked for; `further` says that it is not the first page.
    """

    lines: tuple[RegisterLine, ...]
    words: str
    all: bool
    after: tuple[int, int] | None = None
    further: bool = False


def find(desk: Desk, person_id: str, words: str, now: datetime, after: tuple[int, int] | None = None) -> Register:
    """Give the cases, not closed, that this person may list and that name all these words in launch or product.

    Leads find every case that is not sealed, others those in which they have a part. What is sealed is in no list.
    """
    everything = may_list(desk, person_id)
    sought = launch_key(words)
    products = [each.id for each in desk.policy.products if sought and sought in launch_key(each.name)]
    with desk.db.read() as session:
        rows = cases.search(session, sought, None if everything else person_id, PAGE + 1, after, products)
        shown = [case for case in rows[:PAGE] if not case.sealed and may_see(session, desk, case, person_id)]
        lines = tuple(_lines(session, desk, shown, now))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    behind = (last.queue_order, last.id or 0) if last is not None else None
    return Register(lines, words, everything, behind, after is not None)


def record_of(rows: Sequence[EventRow], written: Mapping[str, str]) -> Record:
    """Give what the events of a case come to, with the words beside them: those name customers, which signals meet."""
    return fold(happened(row, written) for row in rows)


def _lines(session: Session, desk: Desk, shown: Sequence[Case], now: datetime) -> Iterator[RegisterLine]:
    streams = [f"case:{case.id}" for case in shown]
    told, written = events.of_many(session, streams), words_of.of_many(session, streams)
    for case, stream in zip(shown, streams, strict=True):
        record = record_of(told[stream], written[stream])
        kinds = [each.text("kind") for each in record.of("gap")]
        known = mitigations.of(record)
        working = [each for each in known if each.is_credited(now) or each.status(now) is Status.WORKING]
        doubted = [each for each in known if each.status(now) in (Status.WEAKENING, Status.FAILED)]
        yield RegisterLine(
            desk.facts(case, now),
            cannot=kinds.count("CANNOT"),
            not_yet=kinds.count("NOT_YET"),
            working=len(working),
            unproven=len(known) - len(working) - len(doubted),
            doubted=len(doubted),
        )
