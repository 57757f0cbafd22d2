"""What the rule is asked about a concern, which comes without the answers of a check (S19; promise 3).

A concern about a product says nothing that the rule asks for, so every answer is "I do not know". One about how people
are treated at work is about no launch: until somebody rates it, it is read as serious, so that a human rights lead
hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from workflows.rules.concerns import Topic
from workflows.rules.record import Happened
from workflows.rules.tables import DK
from workflows.rules.values import Answers

OPENED: Final = "case.opened"
PRODUCT: Final = "product"
WORK: Final = "work"

UNKNOWN: Final = Answers(
    frozenset({DK}), frozenset({DK}), frozenset({"CTX-DK"}), scale="DK", scope="DK", irremediability="DK", likelihood="DK"
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


def about_of(topic: str, product_id: str | None) -> str:
    """Say what a concern is about: a product, where one is named or people are harmed by one, or how we work."""
    return PRODUCT if product_id or topic == Topic.HARM else WORK


def answers_of(about: str) -> Answers:
    """Give the answers by which a concern is assessed; what is not known here is read as unknown."""
    return _ANSWERS.get(about, UNKNOWN)


def base_of(happened: Iterable[Happened]) -> tuple[Answers, ...]:
    """Give the answers by which the case of a concern began; none where it began in another way."""
    return tuple(
        answers_of(str(each.data.get("about"))) for each in happened if each.kind == OPENED and each.data.get("concern")
    )[:1]
