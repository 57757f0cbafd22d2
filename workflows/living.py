"""A case with its whole record, read from what is stored: for this moment, or as it stood at a past one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import checks, events, words
from storage.models import Case, Check
from storage.models import Event as EventRow
from workflows import answers as answer_reader
from workflows.access import product_leads
from workflows.desk import Desk
from workflows.rules import deep, living
from workflows.rules.locks import Facts
from workflows.rules.parts import PARTS, Kind
from workflows.rules.record import PREFIX, Happened, Record, fold, until
from workflows.rules.values import Answers, Finding, Level, Severity

WRITTEN = frozenset({"reason", "conditions", "mitigation", "statement"})
"""Values of events that stand for words kept beside them."""
CHECKS = 20
"""How many checks of a case are read; the newest."""
_TEXTS = {
    part.id: frozenset(each.id for each in part.fields if each.kind in (Kind.TEXT, Kind.LINE))
    for part in PARTS.values()
}
"""The fields of each part that hold words."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a case beside its row: its events, the words by their digests, its checks newest first."""

    events: Sequence[EventRow]
    written: Mapping[str, str]
    sent: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Living:
    """A case, what happened to it, and what that comes to at a moment. `facts` are for the locks (`rules.locks`)."""

    case: Case
    happened: tuple[Happened, ...]
    record: Record
    answers: tuple[Answers, ...]
    finding: Finding
    facts: Facts
    at: datetime


def load(session: Session, desk: Desk, case: Case, now: datetime, *, at: datetime | None = None) -> Living:
    """Read a case with its record: as it stands at `now`, or with `at` as it stood then (both aware UTC)."""
    held = stored(session, case)
    return of(desk, case, held.events, held.written, held.sent, now, at=at)


def stored(session: Session, case: Case) -> Stored:
    """Read what is stored of a case."""
    number, stream = case.id or 0, f"case:{case.id}"
    return Stored(events.of(session, stream), words.of(session, stream), checks.for_case(session, number, CHECKS))


def of(
    desk: Desk,
    case: Case,
    rows: Sequence[EventRow],
    written: Mapping[str, str],
    sent: Sequence[Check],
    now: datetime,
    *,
    at: datetime | None = None,
) -> Living:
    """Put a case and its record together from rows that were read already; `sent` are its checks, newest first."""
    moment = at or now
    told = tuple(until((happened(row, written) for row in rows), moment))
    answers = tuple(answer_reader.read(each.answers, desk.bank) for each in reversed(sent) if each.created_at <= moment)
    submitters = tuple(dict.fromkeys(each.submitter_id for each in reversed(sent)))
    return _made(desk, case, told, fold(told), answers, submitters, moment)


def following(desk: Desk, before: Living, event: Happened, now: datetime) -> Living:
    """Give a record as it stands after one more event, which was written in this transaction."""
    told, record = (*before.happened, event), fold((event,), before.record)
    return _made(desk, before.case, told, record, before.answers, before.facts.submitters, now)


def _made(
    desk: Desk,
    case: Case,
    told: tuple[Happened, ...],
    record: Record,
    answers: tuple[Answers, ...],
    submitters: tuple[str, ...],
    moment: datetime,
) -> Living:
    judged = living.judged(answers, record, moment)
    facts = facts_of(desk, case, record, answers, judged, submitters)
    return Living(case, told, record, answers, judged.finding, facts, moment)


def facts_of(
    desk: Desk,
    case: Case,
    record: Record,
    answers: Sequence[Answers],
    judged: living.Judged,
    submitters: Collection[str],
) -> Facts:
    """Give what the locks need to know about a case beside its record."""
    known, finding = judged.mitigations, judged.finding
    level = record.then.level if record.then.level is not None else Level(case.level)
    severity = max(record.then.severity or Severity(case.severity), finding.severity)
    denies = any(each.type == "MIT-DENY" for each in known)
    signals = frozenset(each.id for each in record.open_signals)
    asked = answers or (living.STAFF,)
    needed = {
        item for each in asked for item in deep.needed(each, level, signals=signals, deny=denies, finding=finding)
    }
    line = {*submitters, *product_leads(desk, case), case.owner_id or "", case.backup_id or ""}
    return Facts(
        level=level,
        severity=severity,
        finding=finding,
        risks=judged.risks,
        mitigations=known,
        submitters=tuple(submitters),
        leads=desk.leads_for(submitters),
        line=frozenset(line - {""} - desk.policy.outside_reviewers),
        needed=tuple(sorted(needed)),
        harm_goes_on=case.contain_due_at is not None and case.contained_at is None,
        had_harm=case.contain_due_at is not None,
        exits=record.then.decision == "exit",
    )


def happened(row: EventRow, written: Mapping[str, str]) -> Happened:
    """Give an event with the words that people wrote in the places where it holds their digests."""
    data: dict[str, Any] = dict(row.data)
    data.update({name: written.get(data[name], "") for name in WRITTEN if data.get(name)})
    if row.kind.startswith(PREFIX):
        data["fields"] = _resolved(row.kind.removeprefix(PREFIX), data.get("fields") or {}, written)
    return Happened(row.seq, row.kind, row.at, row.actor_id, data)


def _resolved(part: str, fields: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    texts = _TEXTS.get(part, frozenset())
    return {name: written.get(str(value), "") if name in texts and value else value for name, value in fields.items()}
