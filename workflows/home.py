"""What one person sees on the bot's home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import cases, checks, drafts
from storage.models import Case, Check
from workflows import concern_thread, inbox_keys, questions
from workflows.check import DRAFTS
from workflows.desk import Desk
from workflows.rules.values import Level
from workflows.values import CaseFacts, CheckLine, HomePage

OWED = 10
OWN = 5
CASELOAD = 12
COUNTED = cases.COUNTED
"""A lead's open cases are counted up to here; with so many, there may be more."""


def overview(desk: Desk, person_id: str, now: datetime, after: tuple[int, int] | None = None) -> HomePage:
    """Give a person's home: what they owe, their own checks and cases, and for a lead the caseload (T10).

    `after` is where the last page of the caseload ended.
    """
    is_lead = person_id in desk.policy.leads
    with desk.db.read() as session:
        owed = cases.owed_by(session, person_id, OWED + 1)
        own_checks = checks.recent_for(session, person_id, OWN)
        own_cases = cases.raised_by(session, person_id, OWN)
        queue = cases.caseload(session, CASELOAD + 1, after) if is_lead else []
        open_cases = cases.count_open(session) if is_lead else 0
        draft = drafts.latest(session, person_id, DRAFTS)
        asked = questions.for_home(desk, session, person_id, now)
        kept = questions.kept_by(desk, session, person_id)
        raised = concern_thread.mine(desk, session, person_id)
        has_key = inbox_keys.has_key(session, desk.policy.concerns, person_id)
    page, more = _page(queue)
    return HomePage(
        owed=_facts(desk, owed[:OWED], now),
        owes_more=len(owed) > OWED,
        checks=tuple(_check_line(desk, check) for check in own_checks),
        cases=_facts(desk, own_cases, now),
        caseload=_facts(desk, page, now) if is_lead else None,
        open_cases=open_cases,
        more_after=more,
        has_draft=str(draft.answers.get("launch") or "") if draft else None,
        asked=asked,
        kept=kept,
        concerns=raised,
        has_key=has_key,
    )


def _page(queue: Sequence[Case]) -> tuple[Sequence[Case], tuple[int, int] | None]:
    if len(queue) <= CASELOAD:
        return queue, None
    last = queue[CASELOAD - 1]
    return queue[:CASELOAD], (last.queue_order, last.id or 0)


def _facts(desk: Desk, rows: Sequence[Case], now: datetime) -> tuple[CaseFacts, ...]:
    return tuple(desk.facts(case, now) for case in rows)


def _check_line(desk: Desk, check: Check) -> CheckLine:
    return CheckLine(
        check.id, desk.product_name(check.product_id), check.launch, Level(check.level), check.case_id, check.created_at
    )
