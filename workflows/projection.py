"""Rows and clocks that follow from a record: they can be searched for and swept; what is true stands in the events."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import mitigations
from workflows import rechecks
from workflows.living import Living
from workflows.rules import mitigations as rules
from workflows.rules.locks import severity_of
from workflows.rules.mitigations import Mitigation
from workflows.rules.record import Entry
from workflows.rules.values import Severity


def settle(session: Session, living: Living, now: datetime) -> None:
    """Bring rows and clocks of a case to what its record says; running it twice changes nothing."""
    project(session, living, now)
    _count(living)
    rechecks.plan(session, living)


def project(session: Session, living: Living, now: datetime) -> None:
    """Write the rows by which mitigations are searched for; what the record says is in its events."""
    number = living.case.id or 0
    entries = {each.number: each for each in living.record.of("mitigation")}
    wanted = {_row(number, each, now): _relies_on(entries[each.number]) for each in living.facts.mitigations}
    mitigations.put_all(session, number, wanted, now)


def _row(case_id: int, mitigation: Mitigation, now: datetime) -> mitigations.Row:
    return mitigations.Row(
        case_id,
        mitigation.number,
        risk=mitigation.risk,
        type=mitigation.type,
        owner_id=mitigation.owner or None,
        evidence=mitigation.evidence,
        status=mitigation.status(now).value,
        credited=mitigation.is_credited(now),
        next_check_at=mitigation.check_at,
    )


def _relies_on(entry: Entry) -> frozenset[mitigations.Condition]:
    customers = rules.customers_of(entry.text("customers"))
    return mitigations.conditions(entry.ids("signals"), rules.countries_of(entry), customers)


def _count(living: Living) -> None:
    """Count on the case what its record says openly, for the digest (S14, S17, S22, S33, S49)."""
    case, record, facts = living.case, living.record, living.facts
    kinds = [each.text("kind") for each in record.of("gap")]
    case.cannot, case.not_yet = kinds.count("CANNOT"), kinds.count("NOT_YET")
    case.no_action = sum(
        1 for each in facts.risks if severity_of(each, facts) >= Severity.SEV2 and not each.is_answered
    )
    case.dissent = len(record.of("dissent"))
    formal, pressure = record.one("formal"), record.one("D25")
    case.no_formal = int(formal is not None and formal.text("report") == "NO")
    case.pressure = int(pressure is not None and pressure.text("present") == "YES")
