"""Turn a record into what one person reads. Nothing changes here, and nothing sealed comes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.access import may_open_seals
from workflows.desk import Desk
from workflows.living import Living
from workflows.record_values import (
    GapLine,
    ItemLine,
    Line,
    MitigationLine,
    RecordView,
    RiskLine,
    SignalLine,
    StepLine,
)
from workflows.rules.decision import APPROVING
from workflows.rules.living import RiskNow
from workflows.rules.locks import steps, to_approve, to_close
from workflows.rules.mitigations import Mitigation
from workflows.rules.parts import PAGES, PARTS, Kind
from workflows.rules.record import Entry
from workflows.rules.values import Level

SHOWN_ELSEWHERE = frozenset({"risk", "mitigation", "gap"})


def view_of(desk: Desk, found: Living, person_id: str, *, past: bool = False) -> RecordView:
    """Give a record as this person reads it; they may see the case. `past`: it was read as of a past moment."""
    record, facts, now = found.record, found.facts, found.at
    goes_on = record.then.decision is None or record.then.decision in {str(each) for each in APPROVING}
    entries = {each.number: each for each in record.of("mitigation")}
    return RecordView(
        at=now,
        past=past,
        steps=tuple(StepLine(step, state) for step, state in steps(record, facts, now).items()),
        risks=tuple(_risk(each, entries, found) for each in facts.risks),
        signals=tuple(
            SignalLine(each.number, each.id, each.at, each.countries, each.settled) for each in record.signals
        ),
        items=tuple(_item(found, each) for each in facts.needed),
        lines={part: tuple(line(each) for each in record.of(part)) for part in PARTS if part not in SHOWN_ELSEWHERE},
        to_approve=to_approve(record, facts, now),
        to_close=to_close(record, facts, now, goes_on=goes_on),
        level_now=Level(record.then.level if record.then.level is not None else found.case.level),
        severity_now=found.finding.severity,
        seals=len(record.of("sealed")) + len(record.of("D15")),
        may_open_seals=may_open_seals(desk, found.case, person_id),
    )


def line(entry: Entry) -> Line:
    """Give an entry without what is sealed in it."""
    return Line(entry.part, entry.number, entry.by, entry.at, _open_fields(entry), entry.written_by)


def _open_fields(entry: Entry) -> Mapping[str, Any]:
    known = PARTS.get(entry.part)
    sealed = {each.id for each in known.fields if each.kind is Kind.SECRET} if known else set()
    return {name: value for name, value in entry.fields.items() if name not in sealed}


def _risk(risk: RiskNow, entries: Mapping[int, Entry], found: Living) -> RiskLine:
    return RiskLine(
        number=risk.number,
        what=risk.entry.text("what"),
        severity=risk.finding.severity,
        likelihood=risk.finding.likelihood,
        level=risk.finding.level,
        mitigations=tuple(mitigation_line(each, entries[each.number], found) for each in risk.mitigations),
        gaps=tuple(_gap(each) for each in risk.gaps),
    )


def mitigation_line(mitigation: Mitigation, entry: Entry, found: Living) -> MitigationLine:
    """Give one mitigation as it stands at the moment of the record."""
    return MitigationLine(
        number=mitigation.number,
        risk=mitigation.risk,
        type=mitigation.type,
        what=mitigation.what,
        owner=mitigation.owner,
        evidence=mitigation.evidence,
        status=mitigation.status(found.at),
        credited=mitigation.is_credited(found.at),
        check_at=mitigation.check_at,
        first_at=entry.first_at,
        hits=tuple(dict.fromkeys(hit.id for hit in mitigation.hits)),
        may_repeat=mitigation.may_repeat(found.at),
    )


def _gap(entry: Entry) -> GapLine:
    return GapLine(
        entry.number,
        entry.number_of("risk"),
        entry.text("kind"),
        entry.text("why"),
        entry.text("decided_by"),
        entry.check_at,
    )


def _item(found: Living, item: str) -> ItemLine:
    part = PAGES.get(item, item)
    entries = found.record.of(part)
    described = [each for each in entries if part != "risk" or each.text("what")]
    by = tuple(dict.fromkeys(who for each in described for who in each.written_by))
    return ItemLine(item, part, bool(described), by)
