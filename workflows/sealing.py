"""The row and the first event of a case that only the people involved may know of (S19)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.models import Case
from workflows.opening import order
from workflows.rules.case import State
from workflows.rules.routing import Owner
from workflows.rules.values import Finding, Level


def sealed_case(
    product_id: str, launch: str, finding: Finding, level: Level, floor: Level, submitter: str, now: datetime
) -> Case:
    """Give a new sealed case; its name, `launch`, says nothing of what happened to whom."""
    case = Case(
        product_id=product_id,
        launch=launch,
        # No launch is called like this: the name of one holds no line break, and nobody can guess it.
        launch_key=f"\n{uuid.uuid4().hex}",
        level=int(level),
        rule_level=int(level),
        floor_level=int(floor),
        severity=int(finding.severity),
        likelihood=int(finding.likelihood),
        scale=finding.scale,
        scope=finding.scope,
        irremediability=finding.irremediability,
        queue_order=0,
        state=State.WAITING,
        owner_role=Level.L2.role,
        submitter_id=submitter,
        last_check_id="",
        sealed=True,
        anywhere=False,
        opened_at=now,
        updated_at=now,
    )
    order(case)
    return case


def opened(case: Case, finding: Finding, owner: Owner) -> Mapping[str, Any]:
    """Give what the first event of a sealed case says."""
    return {
        "found": finding.level.name,
        "level": Level(case.level).name,
        "severity": finding.severity.name,
        "rules": list(finding.rules),
        "rule_version": finding.rule_version,
        "owner": owner.person,
        "role": owner.role,
    }
