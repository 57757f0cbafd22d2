"""A case with its whole record, read from what is stored: for this moment, or as it stood at a past one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import checks, events, words
from storage.events import EventRow
from storage.models import Case, Check
from workflows import answers as answer_reader
from workflows.access import product_leads
from workflows.desk import Desk
from workflows.rules import deep, living, past, raised
from workflows.rules.locks import Facts
from workflows.rules.parts import PARTS, Kind
from workflows.rules.record import PREFIX, SIGNAL, Happened, Record, fold, until
from workflows.rules.values import Answers, Finding, Level, Likelihood, Severity

WRITTEN = frozenset({"reason", "conditions", "mitigation", "statement"})
"""Values of events that stand for words kept beside them."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXTS = {
    part.id: frozenset(each.id for each in part.fields if each.kind in (Kind.TEXT, Kind.LINE))
    for part in PARTS.values()
}
"""The fields of each part that hold words."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a case beside its row: its events, the words by their digests, its checks newest first.

    `sent` holds every check that differs from the others (`storage.checks.for_case`).
    """

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
    held = stored(session, case, at)
    return of(desk, case, held.events, held.written, held.sent, now, at=at)


def stored(session: Session, case: Case, at: datetime | None = None) -> Stored:
    """Read what is stored of a case; with `at` (aware) only what was stored by then."""
    number, stream = case.id or 0, f"case:{case.id}"
    rows = events.of(session, stream)
    known = rows if at is None else [each for each in rows if each.at <= at]
    return Stored(known, words.of(session, stream), checks.for_case(session, number, at))


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
    """Put a case and its record together from rows that were read already; `sent` are its checks, newest first.

    With `at`, `sent` are the checks that were sent by then.
    """
    moment = at or now
    told = tuple(until((happened(row, written) for row in rows), moment))
    oldest_first = sent[::-1]
    answers = tuple(answer_reader.read(each.answers, desk.bank) for each in oldest_first)
    # A concern comes without a check; what it is about says what the rule is asked.
    answers = answers or raised.base_of(told)
    submitters = tuple(dict.fromkeys(each.submitter_id for each in oldest_first))
    found = _made(desk, case, told, fold(told), answers, submitters, moment)
    return found if at is None else replace(found, facts=_facts_then(desk, found))


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
    judged = replace(judged, finding=raised.lifted(judged.finding, told))
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
    return Facts(
        level=level,
        severity=severity,
        finding=finding,
        risks=judged.risks,
        mitigations=known,
        submitters=tuple(submitters),
        leads=desk.leads_for(submitters),
        line=_line(desk, case, submitters, case.owner_id, case.backup_id),
        needed=tuple(sorted(needed)),
        harm_goes_on=case.contain_due_at is not None and case.contained_at is None,
        had_harm=case.contain_due_at is not None,
        exits=record.then.decision == "exit",
    )


def _facts_then(desk: Desk, found: Living) -> Facts:
    """Give the facts of a past moment: what the row of the case says is of today, so its events say it instead."""
    case, then = found.case, past.stood(found.happened)
    since = harmed_since(found)
    return replace(
        found.facts,
        line=_line(desk, case, found.facts.submitters, found.record.then.owner, then.backup),
        had_harm=since is not None,
        harm_goes_on=since is not None and (then.contained_at is None or then.contained_at < since),
    )


def harmed_since(found: Living) -> datetime | None:
    """Give since when harm was to be stopped at the moment of a record (aware UTC), None where none was known."""
    # A case that never had such a clock had none then.
    if found.case.contain_due_at is None:
        return None
    rated = [each.entry.changed_at("likelihood") for each in found.facts.risks if is_said_to_harm(each)]
    return past.harmed_since(found.happened, rated)


def is_said_to_harm(risk: living.RiskNow) -> bool:
    """Whether somebody rated a risk as happening, and it is more than a nuisance (T7)."""
    return risk.entry.text("likelihood") == str(int(Likelihood.HAPPENING)) and risk.finding.severity > Severity.SEV1


def _line(desk: Desk, case: Case, submitters: Collection[str], owner: str | None, backup: str | None) -> frozenset[str]:
    line = {*submitters, *product_leads(desk, case), owner or "", backup or ""}
    return frozenset(line - {""} - desk.policy.outside_reviewers)


def happened(row: EventRow, written: Mapping[str, str]) -> Happened:
    """Give an event with the words that people wrote in the places where it holds their digests."""
    data: dict[str, Any] = dict(row.data)
    data.update({name: written.get(data[name], "") for name in WRITTEN if data.get(name)})
    if row.kind.startswith(PREFIX):
        data["fields"] = _resolved(row.kind.removeprefix(PREFIX), data.get("fields") or {}, written)
    if row.kind == SIGNAL:
        data.update(_named_by(data, written))
    return Happened(row.seq, row.kind, row.at, row.actor_id, data)


def _named_by(data: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    """Give customers and source of a change. Events written before these were kept as words hold them themselves.

    Where the names were erased, it may concern any customer.
    """
    customers, source = data.get("customers") or (), str(data.get("source") or "")
    if isinstance(customers, str):
        customers = [each for each in written.get(customers, "").split("\n") if each]
    if _DIGEST.fullmatch(source):
        source = written.get(source, "")
    return {"customers": customers, "source": source}


def _resolved(part: str, fields: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    texts = _TEXTS.get(part, frozenset())
    return {name: written.get(str(value), "") if name in texts and value else value for name, value in fields.items()}
