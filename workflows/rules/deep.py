"""The deep form DA-1: when it opens, and which of its items a case needs (hrdd-domain 2.4; S5, S41, promise 3).

People are asked only what the level needs. "I do not know" counts like the answer that asks for more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from workflows.rules.parts import ITEMS
from workflows.rules.severity import assess
from workflows.rules.tables import DK
from workflows.rules.values import Answers, Finding, Level, Severity, Signal

ALWAYS = frozenset("D01 D02 D03 D04 D05 D08 D09 D16 D17 D20 D21 D23 D26".split())
"""What every case of L2 and above says: the picture, mitigations and gaps, other ways, people heard, what is told."""

WHERE: Mapping[str, frozenset[str]] = {
    "D06": frozenset({"CHG-CUSTOMER", "CTX-SECURITY", "SIG-CUSTOMER", "SIG-PARTNER"}),
    "D10": frozenset({"GRP-CHILD", "CTX-CHILD"}),
    "D11": frozenset({"CHG-DECIDE"}),
    "D12": frozenset({"CHG-DECIDE"}),
    "D13": frozenset({"CTX-COMPEL", "CHG-AUTHORITY", "SIG-LAW", "SIG-AUTHORITY"}),
    "D14": frozenset({"CHG-AUTHORITY", "SIG-AUTHORITY"}),
    "D15": frozenset({"CTX-REPRESS", "CTX-CONFLICT", "CHG-AUTHORITY", "SIG-STAFF"}),
    "D18": frozenset({"SIG-EXIT"}),
}
"""Items that a fact of the check or a signal asks for (2.4, 2.7): customer, children, automated decisions, law,
authorities, staff, exit."""

OFFERED_SMALL = frozenset({"D02", "D09"})
"""What helps a team at L1, if it likes: the way to the harm, and who is hit first."""
OFFERED = frozenset({"D19", "D24", "D25"})
"""Never required: benefits and pressure are no input of anything (S5, S22); what to watch stands with each mitigation
as well (S20)."""

PAGE_MOST = 4
"""Items on one page: a page is filled in a few minutes."""


def opens(finding_deep: bool, signals: bool, asked_by_lead: bool) -> bool:
    """Whether DA-1 opens for a case (2.4): the rule says so, the world changed, or a human rights lead asks."""
    return finding_deep or signals or asked_by_lead


def needed(
    answers: Answers, level: Level, *, signals: Collection[str], deny: bool, finding: Finding | None = None
) -> tuple[str, ...]:
    """Give the items that a case has to answer, in the order D01-D26: none below L2.

    `signals` are ids of changes of context; `deny` says that somebody is refused, cut off or left (S21). `finding` is
    what the rule said; without it the rule is asked, and each signal is taken to defeat every mitigation (S20).
    """
    if level < Level.L2:
        return ()
    found = finding or _found(answers, signals)
    asked = ALWAYS | _by_facts(answers, signals, deny)
    severe = {"D07"} if found.severity >= Severity.SEV3 else set()
    remedy = {"D22"} if found.remedy_plan_required else set()
    return _in_order(asked | severe | remedy)


def offered(answers: Answers, level: Level, *, signals: Collection[str], deny: bool) -> tuple[str, ...]:
    """Give the items that may be filled and never have to be, in the order D01-D26.

    At L1 also those that a fact asks for: the form can open there because of it (2.4), and then they are its point.
    """
    if level == Level.L0:
        return ()
    if level == Level.L1:
        return _in_order(OFFERED_SMALL | _by_facts(answers, signals, deny))
    return _in_order(OFFERED)


def pages(items: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Split items into short pages of about the same length, at most four on each, in their order."""
    count = max(1, -(-len(items) // PAGE_MOST))
    edges = [number * len(items) // count for number in range(count + 1)]
    return tuple(tuple(items[start:end]) for start, end in pairwise(edges) if end > start)


def legal_conflict(fields: Mapping[str, Any]) -> bool:
    """Whether D13 takes the case to a human rights lead: law and international standards differ (T5, S41, UNGP 23).

    Not knowing counts as yes (promise 3). That something is legal or required changes nothing.
    """
    return fields.get("differs") in ("YES", DK)


def _by_facts(answers: Answers, signals: Collection[str], deny: bool) -> frozenset[str]:
    """Give the items that facts ask for; "I do not know" stands for every fact of its question."""
    facts = {*answers.changes, *answers.groups, *answers.contexts, *signals}
    unknown = {
        kind
        for kind, given in (("CHG", DK in answers.changes), ("GRP", DK in answers.groups), ("CTX", "CTX-DK" in facts))
        if given
    }
    asked = {item for item, ids in WHERE.items() if ids & facts or unknown & {each[:3] for each in ids}}
    cut = deny or any(each.type == "MIT-DENY" for each in answers.mitigations)
    return frozenset(asked | ({"D18"} if cut else set()))


def _found(answers: Answers, signals: Collection[str]) -> Finding:
    """Ask the rule, and give no mitigation credit that a signal may have taken away."""
    types = frozenset(each.type for each in answers.mitigations)
    return assess(answers, [Signal(each, types) for each in sorted(set(signals))])


def _in_order(items: Collection[str]) -> tuple[str, ...]:
    return tuple(item for item in ITEMS if item in items)
