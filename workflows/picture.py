"""The first picture of a case, taken from its check: the risk as rated, and what is said to stop it (S10, S56)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage import events
from storage.events import NewEvent
from storage.models import Case, Check
from workflows import living, projection
from workflows.desk import Desk
from workflows.living import Living
from workflows.rules.record import PREFIX
from workflows.rules.signals import EFFECTS
from workflows.rules.tables import PROVEN
from workflows.rules.values import Severity

RATED = {"scale": "M4", "scope": "M5", "irremediability": "M6", "likelihood": "M7"}


def first(desk: Desk, case: Case, check: Check, now: datetime) -> Iterator[NewEvent]:
    """Give the events by which a new case's record begins.

    What stops the risk came without a check date or anything that it depends on. So it is looked at in the rhythm of
    the rule, and any change of context puts it in doubt until somebody says what it really depends on.
    """
    answers = check.answers
    ratings = {name: answers.get(question) for name, question in RATED.items()}
    yield _event(case, check, "risk", 1, _risk(answers.get("M2") or (), ratings))
    yield from _mitigations(desk, case, check, 1, frozenset(), now)


def add(session: Session, desk: Desk, case: Case, check: Check, now: datetime) -> None:
    """Write what a further check names against the risk, where the record has nothing of that type yet."""
    if not has_mitigations(check):
        return
    found = living.load(session, desk, case, now)
    record = found.record
    known = frozenset(each.text("type") for each in record.of("mitigation"))
    fresh = list(_mitigations(desk, case, check, record.next_number("mitigation"), known, now))
    events.append_many(session, [*fresh, *_doubts(case, check, found)])


def _doubts(case: Case, check: Check, found: Living) -> Iterator[NewEvent]:
    """Where a newer check knows less of what stops the risk than the record says, nobody can tell that it works."""
    said = {each["type"]: each["evidence"] for each in (check.answers.get("M8") or {}).get("mitigations") or ()}
    number = found.record.next_number("recheck")
    for mitigation in found.facts.mitigations:
        evidence = said.get(mitigation.type)
        if evidence is None or evidence in PROVEN or not mitigation.is_credited(found.at):
            continue
        fields = {"mitigation": str(mitigation.number), "effect": "DK", "context_changed": "DK"}
        yield _event(case, check, "recheck", number, fields)
        number += 1


def _mitigations(
    desk: Desk, case: Case, check: Check, begin: int, known: Collection[str], now: datetime
) -> Iterator[NewEvent]:
    group: Mapping[str, Any] = check.answers.get("M8") or {}
    check_at = now + desk.policy.cadence[Severity(case.severity)]
    named = [each for each in group.get("mitigations") or () if each["type"] in desk.bank.mitigations]
    for number, each in enumerate((each for each in named if each["type"] not in known), start=begin):
        evidence = each["evidence"] if each["evidence"] in desk.bank.evidence else "EV0"
        fields = {
            "risk": "1",
            "type": each["type"],
            "owner": check.submitter_id,
            "evidence": evidence,
            "signals": sorted(EFFECTS),
            "next_check": check_at.date().isoformat(),
        }
        yield _event(case, check, "mitigation", number, fields, check_at)


def has_mitigations(check: Check) -> bool:
    """Whether a check names anything that stops the risk."""
    return bool((check.answers.get("M8") or {}).get("mitigations"))


def begin(session: Session, desk: Desk, case: Case, now: datetime) -> None:
    """Write the rows and clocks of mitigations that came with the check, after its events are written."""
    projection.settle(session, living.load(session, desk, case, now), now)


def _risk(groups: Collection[str], ratings: Mapping[str, Any]) -> dict[str, Any]:
    """The first risk as it was rated; what it is in words is for people to say."""
    fields: dict[str, Any] = {name: str(value or "DK") for name, value in ratings.items()}
    fields["groups"] = sorted(groups) or ["DK"]
    fields["actual"] = "ACTUAL" if ratings.get("likelihood") == 4 else "POTENTIAL"
    return fields


def _event(
    case: Case, check: Check, part: str, number: int, fields: Mapping[str, Any], check_at: datetime | None = None
) -> NewEvent:
    data: dict[str, Any] = {"number": number, "fields": dict(fields), "check": check.id}
    if check_at is not None:
        data["check_at"] = check_at.isoformat()
    return NewEvent(f"case:{case.id}", f"{PREFIX}{part}", check.created_at, check.submitter_id, data)
