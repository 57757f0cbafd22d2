"""Floors F1-F9: facts that raise the severity whatever people rate (hrdd-domain 2.9, step 2). They never lower."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.rules.values import Severity

_TOUCHED_BY_SECURITY = frozenset({"CHG-DATA", "CHG-DECIDE", "CHG-FEATURE", "CHG-CUSTOMER", "CHG-ACCESS"})
_NEEDS_CONTEXT = frozenset({"CHG-DATA", "CHG-CUSTOMER", "CHG-MARKET"})


@dataclass(frozen=True, slots=True)
class Facts:
    """A check with every "I do not know" already read: what floors and the class look at."""

    changes: frozenset[str]
    groups: frozenset[str]
    contexts: frozenset[str]
    at_risk: bool
    flagged: bool
    scale: int
    scope: int
    irremediability: int


def _conflict_or_repression(facts: Facts) -> Severity | None:
    if facts.at_risk and facts.contexts & {"CTX-CONFLICT", "CTX-REPRESS"}:
        return Severity.SEV4 if facts.scale >= 3 else Severity.SEV3
    return None


def _security_user(facts: Facts) -> Severity | None:
    return _sev3("CTX-SECURITY" in facts.contexts and bool(facts.changes & _TOUCHED_BY_SECURITY))


def _decision_without_choice(facts: Facts) -> Severity | None:
    return _sev3("CHG-DECIDE" in facts.changes and "CTX-NOCHOICE" in facts.contexts)


def authority_demand(facts: Facts) -> Severity | None:
    """F4, which also asks for level L2 at least."""
    return _sev3("CHG-AUTHORITY" in facts.changes and bool(facts.contexts & {"CTX-REPRESS", "CTX-COMPEL"}))


def _children_and_misuse(facts: Facts) -> Severity | None:
    children = "GRP-CHILD" in facts.groups or "CTX-CHILD" in facts.contexts
    return _sev3(children and "CTX-MISUSE" in facts.contexts)


def _moderators(facts: Facts) -> Severity | None:
    return _sev3("GRP-MODERATOR" in facts.groups)


def _unknown_context(facts: Facts) -> Severity | None:
    unknown = "CTX-DK" in facts.contexts and bool(facts.changes & _NEEDS_CONTEXT)
    return Severity.SEV2 if unknown else None


def _sensitive(facts: Facts) -> Severity | None:
    if "CHG-SENSITIVE" not in facts.changes:
        return None
    if "CTX-SECURITY" in facts.contexts:
        return Severity.SEV4
    return _sev3(facts.scope >= 3 or facts.flagged)


def _reuse(facts: Facts) -> Severity | None:
    return _sev3("CHG-REUSE" in facts.changes and (facts.scope >= 3 or facts.flagged))


def _sev3(holds: bool) -> Severity | None:
    return Severity.SEV3 if holds else None


FLOORS: tuple[tuple[str, Callable[[Facts], Severity | None]], ...] = (
    ("F1", _conflict_or_repression),
    ("F2", _security_user),
    ("F3", _decision_without_choice),
    ("F4", authority_demand),
    ("F5", _children_and_misuse),
    ("F6", _moderators),
    ("F7", _unknown_context),
    ("F8", _sensitive),
    ("F9", _reuse),
)
