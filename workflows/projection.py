"""Rows and clocks that follow from a record: they can be searched for and swept; what is true stands in the events."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import mitigations
from workflows import rechecks
from workflows.living import Living
from workflows.rules import mitigations as rules


def settle(session: Session, living: Living, now: datetime) -> None:
    """Bring rows and clocks of a case to what its record says; running it twice changes nothing."""
    project(session, living, now)
    rechecks.plan(session, living)


def project(session: Session, living: Living, now: datetime) -> None:
    """Write the rows by which mitigations are searched for; what the record says is in its events."""
    number = living.case.id or 0
    entries = {each.number: each for each in living.record.of("mitigation")}
    for each in living.facts.mitigations:
        entry = entries[each.number]
        mitigations.put(
            session,
            mitigations.Row(
                number,
                each.number,
                risk=each.risk,
                type=each.type,
                owner_id=each.owner or None,
                evidence=each.evidence,
                status=each.status(now).value,
                credited=each.is_credited(now),
                next_check_at=each.check_at,
            ),
            signals=entry.ids("signals"),
            countries=rules.countries_of(entry),
            customers=rules.customers_of(entry.text("customers")),
            now=now,
        )
    mitigations.keep_only(session, number, [each.number for each in living.facts.mitigations])
