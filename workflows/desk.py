"""What every use case has at hand, and how rows become the values that people see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from prompts import Bank
from storage.database import Database
from storage.models import Case
from workflows.policy import Policy
from workflows.ports import Directory
from workflows.rules.case import Standing, State
from workflows.rules.values import Level, Likelihood, Severity
from workflows.values import CaseFacts


@dataclass(frozen=True, slots=True)
class Desk:
    """The database, the company's policy, the question bank, and what is known about people."""

    db: Database
    policy: Policy
    bank: Bank
    directory: Directory

    def product_name(self, product_id: str) -> str:
        """Give the name of a product; one that left the policy keeps its id."""
        product = self.policy.product(product_id)
        return product.name if product else product_id

    def facts(self, case: Case, now: datetime) -> CaseFacts:
        """Give a case as people see it."""
        state = State(case.state)
        waiting_late = state is State.WAITING and case.ack_due_at is not None and case.ack_due_at <= now
        decide_late = state is not State.CLOSED and case.decide_due_at is not None and case.decide_due_at <= now
        return CaseFacts(
            id=_saved(case),
            product=self.product_name(case.product_id),
            launch=case.launch,
            level=Level(case.level),
            severity=Severity(case.severity),
            likelihood=Likelihood(case.likelihood),
            state=state,
            owner_id=case.owner_id,
            owner_role=case.owner_role,
            backup_id=case.backup_id,
            submitter_id=case.submitter_id,
            acknowledged_by=case.acknowledged_by,
            acknowledged_at=case.acknowledged_at,
            ack_due_at=case.ack_due_at,
            decide_due_at=case.decide_due_at,
            contain_due_at=case.contain_due_at,
            opened_at=case.opened_at,
            overdue=waiting_late or decide_late,
        )

    def standing(self, case: Case, person_id: str) -> Standing:
        """Give what the rules need to know about this person and this case."""
        return Standing(
            state=State(case.state),
            level=Level(case.level),
            rule_level=Level(case.rule_level),
            floor_level=Level(case.floor_level),
            holds=person_id in (case.owner_id, case.backup_id),
            # Nobody judges alone what they raised themselves (S2).
            is_lead=person_id in self.policy.human_rights_leads and person_id != case.submitter_id,
        )

    def may_see(self, case: Case, person_id: str, submitters: Collection[str]) -> bool:
        """Whether this person may open the case: who sent a check of it, who answers for it, product lead, leads."""
        seat = self.policy.routes(case.product_id).seat(Level.L1)
        product_leads = (seat.owner, seat.backup) if seat else ()
        involved = (*submitters, case.owner_id, case.backup_id, *product_leads)
        return person_id in involved or person_id in self.policy.leads


def _saved(case: Case) -> int:
    if case.id is None:
        raise ValueError("a case is shown only after it was saved")
    return case.id
