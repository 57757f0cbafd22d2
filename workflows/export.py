"""The record as a file for the company's own use: ids, levels, states, mitigations and gaps; never what people wrote.

Nothing sealed is in it, neither cases nor fields, and people are named by their Slack id alone (promise 8). What is
not covered comes first (S14).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from storage import cases, events, exports, words
from storage.database import Database
from storage.models import Case
from workflows.errors import NotFound
from workflows.policy import Policy
from workflows.register import record_of
from workflows.rules import mitigations
from workflows.rules.case import State
from workflows.rules.record import Entry, Record
from workflows.rules.values import Level, Severity
from workflows.seals import Seals
from workflows.values import case_code

BATCH = 200
Row = Mapping[str, Any]
COLUMNS = (
    "row", "case", "product", "level", "severity", "state", "owner", "decision", "decided_by", "decided_at",
    "number", "risk", "type", "status", "credited", "evidence", "who", "since", "next_check", "signals",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """What is taken out: open gaps first, then every case with its risks and mitigations. `at` is aware UTC."""

    at: datetime
    gaps: tuple[Row, ...]
    cases: tuple[Row, ...]


def end_of_day(policy: Policy, day: date) -> datetime:
    """Give the last moment of a day by the company's calendar, aware UTC."""
    zone = policy.calendar_of(None, None).zone
    midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def read(db: Database, seals: Seals, case_id: int | None, at: datetime) -> Export:
    """Read one case, or every case (None), as it stood at a moment (aware UTC); sealed cases are not among them.

    Raises:
        NotFound: there is no such case, it is sealed, or it was not opened yet. Refused: something that is sealed would
            leave; SealsUnreadable: nobody can tell whether it would.
    """
    gaps: list[Row] = []
    found: list[Row] = []
    with db.read() as session:
        for batch in _batches(session, case_id):
            streams = [f"case:{case.id}" for case in batch]
            told, written = events.of_many(session, streams), words.of_many(session, streams)
            for case, stream in zip(batch, streams, strict=True):
                rows = [row for row in told[stream] if row.at <= at]
                if rows:
                    record = record_of(rows, written[stream])
                    found.append(_case(case, record, at))
                    gaps += [_gap(case, each) for each in record.of("gap")]
    if case_id is not None and not found:
        raise NotFound
    made = Export(at, tuple(gaps), tuple(found))
    seals.require_clean([as_json(made)])
    return made


def as_json(made: Export) -> str:
    """Give it as one JSON object."""
    content = {"as_of": made.at.isoformat(), "gaps": list(made.gaps), "cases": list(made.cases)}
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_csv(made: Export) -> str:
    """Give it as one table: a row for each open gap, then for each case, risk and mitigation."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for row in _flat(made):
        table.writerow({name: _cell(value) for name, value in row.items()})
    return out.getvalue()


def _batches(session: Session, case_id: int | None) -> Iterator[Sequence[Case]]:
    if case_id is not None:
        case = cases.get(session, case_id)
        if case is None or case.sealed:
            raise NotFound
        yield [case]
        return
    last = 0
    while batch := exports.cases_after(session, last, BATCH):
        yield batch
        last = batch[-1].id or 0


def _case(case: Case, record: Record, at: datetime) -> Row:
    then = record.then
    return {
        "case": case_code(case.id or 0),
        "product": case.product_id,
        "level": (then.level if then.level is not None else Level(case.level)).name,
        "severity": (then.severity or Severity(case.severity)).name,
        "state": State(then.state or case.state).value,
        "owner": then.owner,
        "decision": then.decision,
        "decided_by": then.decided_by,
        "decided_at": _iso(then.decided_at),
        "gaps": {kind: sum(each.text("kind") == kind for each in record.of("gap")) for kind in ("CANNOT", "NOT_YET")},
        "risks": [_risk(each) for each in record.of("risk")],
        "mitigations": [_mitigation(each, record, at) for each in mitigations.of(record)],
        "signals": [{"id": each.id, "at": _iso(each.at), "settled": each.settled} for each in record.signals],
    }


def _risk(entry: Entry) -> Row:
    rated = ("scale", "scope", "irremediability", "likelihood", "actual", "involvement")
    return {
        "number": entry.number,
        **{name: entry.text(name) for name in rated},
        "groups": list(entry.ids("groups")),
        "rights": list(entry.ids("rights")),
        "since": _iso(entry.first_at),
    }


def _mitigation(each: mitigations.Mitigation, record: Record, at: datetime) -> Row:
    entry = record.entry("mitigation", each.number)
    return {
        "number": each.number,
        "risk": each.risk,
        "type": each.type,
        "status": each.status(at).value,
        "credited": each.is_credited(at),
        "evidence": each.evidence,
        "owner": each.owner,
        "since": _iso(entry.first_at if entry else None),
        "next_check": _iso(each.check_at),
        "signals": sorted({hit.id for hit in each.hits}),
    }


def _gap(case: Case, entry: Entry) -> Row:
    return {
        "case": case_code(case.id or 0),
        "number": entry.number,
        "risk": entry.number_of("risk"),
        "kind": entry.text("kind"),
        "decided_by": entry.text("decided_by"),
        "since": _iso(entry.first_at),
        "review": _iso(entry.check_at),
    }


def _flat(made: Export) -> Iterator[Row]:
    by_code = {each["case"]: each for each in made.cases}
    for gap in made.gaps:
        more = {"row": "gap", "type": gap["kind"], "who": gap["decided_by"], "next_check": gap["review"]}
        case = by_code[gap["case"]]
        yield {**case, "signals": "", **gap, **more, "decided_by": case["decided_by"]}
    for case in made.cases:
        hits = sorted({each["id"] for each in case["signals"] if not each["settled"]})
        yield {**case, "row": "case", "signals": hits}
        for risk in case["risks"]:
            yield {"row": "risk", "case": case["case"], "number": risk["number"], "since": risk["since"]}
        for each in case["mitigations"]:
            yield {**each, "row": "mitigation", "case": case["case"], "who": each["owner"], "owner": case["owner"]}


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
