"""What pushes a risk up the organisation: the product, the customer, the context, and what is missing against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.rules.severity import assess
from workflows.rules.values import Answers, MitigationAnswer

MEASURED = (MitigationAnswer("MIT-DESIGN", "EV4"),)
BEFORE = Answers(
    changes=frozenset({"CHG-FEATURE"}),
    groups=frozenset({"GRP-USERS"}),
    contexts=frozenset({"CTX-NOCHOICE"}),
    scale=2,
    scope=2,
    irremediability=2,
    likelihood=2,
    mitigations=MEASURED,
)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(replace(BEFORE, changes=frozenset({"CHG-DECIDE"})), id="the product"),
        pytest.param(replace(BEFORE, contexts=frozenset({"CTX-SECURITY"})), id="the customer"),
        pytest.param(replace(BEFORE, contexts=frozenset({"CTX-CHILD", "CTX-MISUSE"})), id="the context"),
        pytest.param(replace(BEFORE, mitigations=()), id="nothing proven against it"),
    ],
)
def test_s58_each_of_the_four_facts_raises_the_level_by_itself(after: Answers):
    assert assess(after).level > assess(BEFORE).level
