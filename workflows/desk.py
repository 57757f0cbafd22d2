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
from workflows.rules.deadlines import WorkCalendar
from workflows.rules.values import Level, Likelihood, Severity
from workflows.seals import Seals
from workflows.values import CaseFacts

COMPANY = "-"
"""In place of a product, where a case is about none of them."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The database, the company's policy, the question bank, what is known about people, and what is kept sealed."""

    db: Database
    policy: Policy
    bank: Bank
    directory: Directory
    seals: Seals

    def product_name(self, product_id: str) -> str:
        """Give the name of a product; one that left the policy keeps its id. What is about none is the company's."""
        if product_id == COMPANY:
            return self.policy.company
        product = self.policy.product(product_id)
        return product.name if product else product_id

    def can_answer(self, person_id: str, now: datetime) -> bool:
        """Whether this person can own a case at `now` (aware): is here, no bot or guest, and not away.

        From memory only: a status in Slack that was seen, and the list of absences in the policy.
        """
        known = self.directory.known(person_id)
        return known.active and not known.is_away(now) and not self.policy.is_away(person_id, now, known.zone)

    def calendar_of(self, person_id: str | None) -> WorkCalendar:
        """Give when this person works; None gives the company's calendar."""
        zone = self.directory.known(person_id).zone if person_id else None
        return self.policy.calendar_of(person_id, zone)

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
            asked_at=case.asked_at,
            decision=case.decision,
            decided_by=case.decided_by,
            decided_at=case.decided_at,
            look_again_at=case.look_again_at,
            snoozed=case.snoozed_at is not None,
            contained_at=case.contained_at,
            contained_by=case.contained_by,
            sealed=case.sealed,
        )

    def standing(self, case: Case, person_id: str, submitters: Collection[str]) -> Standing:
        """Give what the rules need to know about this person and this case, which they may see.

        `submitters` are all who sent a check of it.

        Whoever asks to take a case is there, whatever their status says; so absences do not count here.
        """
        is_submitter = person_id in submitters
        return Standing(
            state=State(case.state),
            level=Level(case.level),
            floor_level=Level(case.floor_level),
            holds=person_id in (case.owner_id, case.backup_id),
            # Nobody judges alone what they raised themselves (S2).
            is_lead=person_id in self.leads_for(submitters),
            is_submitter=is_submitter,
            snoozed=case.snoozed_at is not None,
            contain_open=case.contain_due_at is not None and case.contained_at is None,
            has_owner=case.owner_id is not None,
            may_take=self.directory.known(person_id).active and not (is_submitter and case.level >= Level.L2),
        )

    def leads_for(self, submitters: Collection[str]) -> frozenset[str]:
        """Give the human rights leads who may judge a case that these people raised: they themselves may not (S2).

        Where a small company has no other lead, those who review for it from outside take their place.
        """
        others = self.policy.human_rights_leads - frozenset(submitters)
        return others or self.policy.outside_reviewers - frozenset(submitters)


def _saved(case: Case) -> int:
    if case.id is None:
        raise ValueError("a case is shown only after it was saved")
    return case.id
