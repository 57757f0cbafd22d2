"""Who answers for a case: the seats of its level, or for a sealed one few people and nobody else (S2, S19)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from sqlmodel import Session

from storage import concerns
from storage.models import Case
from workflows.access import may_answer
from workflows.desk import Desk
from workflows.rules.routing import Owner, owner_of, seats_upwards
from workflows.rules.values import Level


def owner_for(
    session: Session, desk: Desk, case: Case, level: Level, submitters: Collection[str], now: datetime
) -> Owner:
    """Give the owner of a case at a level. A sealed case never has a channel, whoever can answer."""
    concern = concerns.of_case(session, case.id) if case.sealed and case.id is not None else None
    if concern is not None:
        raised = concern
        return listener_for(desk, case.product_id, level, lambda each: may_answer(desk, raised, each), now)
    if case.sealed:
        return _keepers(desk, case.product_id, now)
    return owner_of(level, desk.policy.routes(case.product_id), submitters, lambda each: desk.can_answer(each, now))


def listener_for(desk: Desk, product_id: str, level: Level, allowed: Callable[[str], bool], now: datetime) -> Owner:
    """Give who answers for a concern: the seats of its level and above, then whoever reads concerns; without a channel.

    `allowed` says who may learn of it. Somebody who is away comes after all who are here; `person` is None only where
    nobody at all may learn of it.
    """
    here = _first_group(desk, product_id, level, lambda each: allowed(each) and desk.can_answer(each, now))
    role, people = here or _first_group(desk, product_id, level, allowed) or (level, [])
    person, backup = (*people, None, None)[:2]
    return Owner(person, backup, role.role, None, role)


def _first_group(
    desk: Desk, product_id: str, level: Level, fits: Callable[[str], bool]
) -> tuple[Level, list[str]] | None:
    readers = desk.policy.concerns.recipients if desk.policy.concerns else ()
    groups = [(role, [seat.owner, seat.backup]) for role, seat in seats_upwards(level, desk.policy.routes(product_id))]
    groups += [(Level.L2, [each.person for each in group.people]) for group in readers]
    for role, people in groups:
        found = [each for each in people if each and fits(each)]
        if found:
            return role, found
    return None


def also_asked(session: Session, desk: Desk, case: Case) -> tuple[str, ...]:
    """Give who else may be asked about a sealed case that neither of its two can answer; nobody about a concern."""
    if concerns.of_case(session, case.id or 0) is not None:
        return ()
    return keepers_and_backups(desk, case.product_id)


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
