"""Who answers for a case: the seats of its level, or for a sealed one two named roles and nobody else (S2, S19)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from storage.models import Case
from workflows.desk import Desk
from workflows.rules.routing import Owner, owner_of
from workflows.rules.values import Level


def owner_for(desk: Desk, case: Case, level: Level, submitters: Collection[str], now: datetime) -> Owner:
    """Give the owner of a case at a level. A sealed case never has a channel, whoever can answer."""
    if case.sealed:
        return _keepers(desk, case.product_id, now)
    return owner_of(level, desk.policy.routes(case.product_id), submitters, lambda each: desk.can_answer(each, now))


def keepers_and_backups(desk: Desk, product_id: str) -> tuple[str, ...]:
    """Give everybody who may be asked about a threat to our own people at this product, those asked first in front."""
    leads, contacts = _human_rights(desk, product_id), _security(desk, product_id)
    pairs = [person for pair in zip(leads, contacts, strict=False) for person in pair]
    return tuple(dict.fromkeys([*pairs, *leads, *contacts]))


def _keepers(desk: Desk, product_id: str, now: datetime) -> Owner:
    """Give the human rights lead and the security contact, or in each role whoever can answer; never nobody.

    Where one person holds both roles, another one of the roles is the second.
    """
    leads, contacts = _human_rights(desk, product_id), _security(desk, product_id)
    owner = _first(desk, leads, now) or _first(desk, contacts, now) or leads[0]
    others = [each for each in contacts if each != owner] or [each for each in leads if each != owner]
    backup = _first(desk, others, now) or (others[0] if others else None)
    return Owner(owner, backup, Level.L2.role, None, Level.L2)


def _first(desk: Desk, people: Collection[str], now: datetime) -> str | None:
    return next((each for each in people if desk.can_answer(each, now)), None)


def _human_rights(desk: Desk, product_id: str) -> list[str]:
    return list(_of_role(desk, product_id, Level.L2))


def _security(desk: Desk, product_id: str) -> list[str]:
    """Give the security contact and who steps in; the executive where the policy names no contact."""
    contact = desk.policy.security_contact
    if contact is not None:
        return [each for each in (contact.owner, contact.backup) if each]
    return list(_of_role(desk, product_id, Level.L3))


def _of_role(desk: Desk, product_id: str, level: Level) -> Iterator[str]:
    seat = desk.policy.routes(product_id).seat(level)
    yield from (each for each in (seat.owner, seat.backup) if each) if seat else ()
