"""Who may see what: the one place that says it, asked by every surface (windows, home, search, export, digest, files).

Need to know decides: who sent a check, answers for the case, was given a part in it, leads the product, or is a human
rights lead or executive. A sealed record (a threat to our own people, S19; a concern that
somebody raised) is for its owner, its backup and those they invite, and for nobody else, whatever their role; least of
all for those whom the reporter of a concern left out.
"""

from __future__ import annotations

from sqlmodel import Session

from storage import checks, concerns, people
from storage.models import Case, Concern
from workflows.desk import Desk
from workflows.errors import NotFound
from workflows.rules.values import Level


def visible(session: Session, desk: Desk, case: Case | None, person_id: str) -> Case:
    """Give the case to somebody who may see it. Raises NotFound, whether or not it exists."""
    if case is None or not may_see(session, desk, case, person_id):
        raise NotFound
    return case


def readable(session: Session, desk: Desk, case: Case | None, person_id: str) -> Case:
    """Give the case to somebody who may read and write its record. Raises NotFound, whether or not it exists."""
    if case is None or not may_read(session, desk, case, person_id):
        raise NotFound
    return case


def may_read(session: Session, desk: Desk, case: Case, person_id: str) -> bool:
    """Whether this person may read the record of a case, and not only how it stands.

    Anybody can send a check of a launch whose name they know. Whoever joins a case so sees its level, owner and
    decision; what others wrote in its record is for those who began it, answer for it, or were given a part in it.
    """
    if not may_see(session, desk, case, person_id):
        return False
    joined = person_id in checks.submitters_of(session, case.id or 0) and person_id != case.submitter_id
    return not joined or _by_role(session, desk, case, person_id)


def _by_role(session: Session, desk: Desk, case: Case, person_id: str) -> bool:
    named = (case.owner_id, case.backup_id, *people.of_case(session, case.id or 0), *product_leads(desk, case))
    return person_id in named or person_id in desk.policy.leads


def may_see(session: Session, desk: Desk, case: Case, person_id: str) -> bool:
    """Whether this person may open the case and read what is in it, sealed fields apart."""
    if case.sealed:
        return _may_see_sealed(session, case, person_id)
    if person_id in (case.owner_id, case.backup_id):
        return True
    if person_id in desk.policy.leads or person_id in product_leads(desk, case):
        return True
    submitters = checks.submitters_of(session, case.id or 0)
    if person_id in desk.leads_for(submitters):
        return True
    involved = (*submitters, *people.of_case(session, case.id or 0))
    return person_id in involved


def _may_see_sealed(session: Session, case: Case, person_id: str) -> bool:
    """Owner, backup and who was invited; never somebody whom the reporter of a concern left out (S19, S44)."""
    if person_id in concerns.left_out(session, case.id or 0):
        return False
    return person_id in (case.owner_id, case.backup_id) or person_id in people.of_case(session, case.id or 0)


def is_reporter(desk: Desk, concern: Concern, person_id: str) -> bool:
    """Whether this person raised the concern. In confidence that is known by a keyed digest alone."""
    return concern.person_key in desk.seals.marks(person_id)


def may_answer(desk: Desk, concern: Concern, person_id: str) -> bool:
    """Whether a concern may be given to this person: never to its reporter, nor to somebody whom they left out."""
    return person_id not in concern.excluded and not is_reporter(desk, concern, person_id)


def problem_with(session: Session, desk: Desk, case: Case, person_id: str) -> str | None:
    """Give the id of the sentence that says why a sealed case cannot be given to this person; None where it can."""
    concern = concerns.of_case(session, case.id or 0) if case.sealed else None
    if concern is None or may_answer(desk, concern, person_id):
        return None
    return "own_check" if is_reporter(desk, concern, person_id) else "concern_left_out"


def may_open_seals(desk: Desk, case: Case, person_id: str) -> bool:
    """Whether this person may read the sealed fields of a case: its owner and backup, and the human rights leads."""
    if person_id in (case.owner_id, case.backup_id):
        return True
    return not case.sealed and person_id in desk.policy.human_rights_leads


def may_list(desk: Desk, person_id: str) -> bool:
    """Whether this person may see every case that is not sealed: the caseload, the register, the digest."""
    return person_id in desk.policy.leads


def product_leads(desk: Desk, case: Case) -> frozenset[str]:
    """Give the product lead of a case's product and their backup."""
    seat = desk.policy.routes(case.product_id).seat(Level.L1)
    return frozenset(each for each in (seat.owner, seat.backup) if each) if seat else frozenset()
