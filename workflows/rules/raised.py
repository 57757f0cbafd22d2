"""What the rule is asked about a concern, which comes without the answers of a check (S19; promise 3).

A concern about a product says nothing that the rule asks for, so every answer is "I do not know". One about how people
are treated at work is about no launch: until somebody rates it, it is read as serious, so that a human rights lead
hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from workflows.rules.concerns import Topic, level_of
from workflows.rules.record import Happened
from workflows.rules.severity import assess
from workflows.rules.tables import DK
from workflows.rules.values import Answers, Finding, Fired, Level

OPENED: Final = "case.opened"
PRODUCT: Final = "product"
WORK: Final = "work"
SINCE: Final = "case.concern_since"
"""The event of an answer to how a reporter has been since; `how` is fine, worse or quiet."""

UNKNOWN: Final = Answers(
    frozenset({DK}),
    frozenset({DK}),
    frozenset({"CTX-DK"}),
    scale="DK",
    scope="DK",
    irremediability="DK",
    likelihood="DK",
)
AT_WORK: Final = Answers(
    frozenset({"CHG-WORK"}),
    frozenset({"GRP-STAFF"}),
    frozenset({"CTX-NONE"}),
    scale=3,
    scope=1,
    irremediability=2,
    likelihood="DK",
)
_ANSWERS: Final = {PRODUCT: UNKNOWN, WORK: AT_WORK}


_AT_WORK_ONLY: Final = frozenset({Topic.RETALIATION, Topic.CONDUCT})


def about_of(topic: str, product_id: str | None) -> str:
    """Say what a concern is about: how we work, where its topic says so and no product is named; else a product."""
    return WORK if topic in _AT_WORK_ONLY and not product_id else PRODUCT


def answers_of(about: str) -> Answers:
    """Give the answers by which a concern is assessed; what is not known here is read as unknown."""
    return _ANSWERS.get(about, UNKNOWN)


def base_of(happened: Iterable[Happened]) -> tuple[Answers, ...]:
    """Give the answers by which the case of a concern began; none where it began in another way."""
    return tuple(
        answers_of(str(each.data.get("about"))) for each in happened if each.kind == OPENED and each.data.get("concern")
    )[:1]


def found(topic: str, about: str, *, leader: bool) -> Finding:
    """Assess a concern as it comes in: what the rule says, and never below the level at which concerns are answered."""
    return _at_least(assess(answers_of(about)), level_of(topic, leader=leader))


def lifted(finding: Finding, happened: Iterable[Happened]) -> Finding:
    """Give a finding with the lowest level that a concern sets for its case; as it is where there is none.

    Somebody who is treated worse since they spoke up is heard at the top where a leader is named.
    """
    told = tuple(happened)
    begun = next((each.data for each in told if each.kind == OPENED and each.data.get("concern")), None)
    if begun is None:
        return finding
    leader = bool(begun.get("leader"))
    worse = any(each.kind == SINCE and each.data.get("how") == "worse" for each in told)
    level = level_of(Topic.RETALIATION if worse else str(begun["concern"]), leader=leader)
    return _at_least(finding, level)


def _at_least(finding: Finding, level: Level) -> Finding:
    if finding.floor_level >= level:
        return finding
    fired = (*finding.fired, Fired("CONCERN", {"level": int(level)}))
    waits = finding.launch_waits or level >= Level.L2
    top = max(finding.level, level)
    return replace(finding, level=top, floor_level=level, fired=fired, launch_waits=waits)
