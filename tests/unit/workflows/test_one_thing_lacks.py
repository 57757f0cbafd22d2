"""One thing alone keeps anybody from approving (promise 2): all else is written, and an oracle of its own judges it.

`test_never.py` looks for what must never be in random lives; here each way to it is tried alone, on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from storage.database import Database
from tests.oracle import Told, wrongly_approved
from tests.records import DISCUSSION, HIRING, ITEMS, MONDAY, NOOR, Company, desk_of
from tests.year import Paper, without_engine
from workflows import context
from workflows.context import Change
from workflows.errors import HrddError, Locked
from workflows.rules.decision import Outcome
from workflows.sweep import begin

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
CHECKS: Mapping[str, dict[str, Any]] = {"serious": HIRING, "grave": {**HIRING, "M4": 4, "M6": 4}}


@dataclass
class Life:
    """A case of a company."""

    company: Company
    case_id: int

    def told(self) -> Told:
        """What its events tell."""
        found = self.company.living(self.case_id)
        return Told(found.happened, self.company.desk.policy.leads, self.company.now)

    def takes_it(self) -> None:
        """Its owner acknowledges, where somebody is asked."""
        with suppress(HrddError):
            self.company.acknowledges(self.case_id)

    def changes(self, signal: str) -> None:
        """The world changes, and everything follows."""
        company = self.company
        change = Change(signal, (), (), (), (), "It was in the news.", company.now.date(), f"{company.now}", by=NOOR)
        context.save(company.desk, change, company.now)
        without_engine(company.desk, Paper())(company.now)

    def risks(self, scale: str, beyond_repair: str, likelihood: str) -> None:
        """Somebody writes down another risk, and what is planned against it."""
        rated = {"scale": scale, "scope": "1", "irremediability": beyond_repair, "likelihood": likelihood}
        found = self.company.writes(self.case_id, "risk", NOOR, what="Another harm.", groups=["GRP-USERS"], **rated)
        self.company.mitigates(self.case_id, risk=str(found.number))

    def leaves_out(self, part: str) -> None:
        """Somebody takes all entries of a part out."""
        for each in self.company.living(self.case_id).record.of(part):
            self.company.writes(self.case_id, "ended", part=part, entry=str(each.number), why="It was written twice.")

    def says_what_else_may_happen(self) -> None:
        """Somebody writes down another risk, and nothing is planned against it."""
        self.risks("3", "1", "2")
        last = self.company.living(self.case_id).record.of("mitigation")[-1]
        self.company.writes(self.case_id, "ended", part="mitigation", entry=str(last.number), why="It is no use.")

    def is_asked_again(self) -> None:
        """It is approved, and then a change of context asks its owner again."""
        self.company.decides(self.case_id, Outcome.GO)
        self.company.passes(minutes=1)
        self.changes("SIG-PARTNER")
        for item in ITEMS.keys() & set(self.company.living(self.case_id).facts.needed):
            self.company.writes(self.case_id, item, NOOR, **ITEMS[item])

    def looks_at_nothing(self) -> None:
        """What mitigations rest on has changed; people talk again, and nobody looks at them."""
        self.changes("SIG-RESOURCE")
        self.company.writes(self.case_id, "discussion", NOOR, **DISCUSSION)

    def proves_the_first_alone(self) -> None:
        """The worst risk is proven to be held, another grave one is not, and nobody has thought of remedy."""
        self.company.mitigates(self.case_id, evidence="EV3")
        self.risks("3", "1", "1")
        self.leaves_out("remedy")


WRONG: Mapping[str, Callable[[Life], object]] = {
    "a check is due, and clocks are late": lambda life: life.company.passes(days=40),
    "nobody looked at what has changed": Life.looks_at_nothing,
    "people are cut off": lambda life: life.company.mitigates(life.case_id, type="MIT-DENY"),
    "a risk has no answer": Life.says_what_else_may_happen,
    "grave harm goes on": lambda life: life.risks("3", "3", "4"),
    "harm goes on that is not the worst risk": lambda life: life.risks("2", "1", "4"),
    "nobody thought of remedy": lambda life: life.leaves_out("remedy"),
    "nobody thought of remedy for what is not the worst risk": Life.proves_the_first_alone,
    "nobody talked since it was asked again": Life.is_asked_again,
    "nobody was heard": lambda life: life.leaves_out("engagement"),
}
AFTERWARDS = ("a check is due", "people are cut off", "a risk has no answer", "grave harm", "harm goes on")
"""After these everything is written once more, so that nothing else stands in the way."""


@pytest.fixture(params=sorted(CHECKS))
def life(request: pytest.FixtureRequest, db: Database) -> Life:
    """Give a case whose record is written, and that its owner took."""
    company = Company(desk_of(db), MONDAY)
    begin(company.desk, MONDAY)
    company.passes(hours=1)
    made = Life(company, company.opens("Ranking", CHECKS[request.param]))
    company.fills(made.case_id)
    made.takes_it()
    return made


def test_where_nothing_lacks_it_is_approved(life: Life):
    assert life.told().against_approving() == []
    life.company.decides(life.case_id, Outcome.GO)

    assert wrongly_approved(life.told().events, life.told().leads) == []


@pytest.mark.parametrize("what", sorted(WRONG))
def test_one_thing_that_lacks_keeps_everybody_from_approving(life: Life, what: str):
    company = life.company
    company.passes(minutes=1)
    WRONG[what](life)
    if what.startswith(AFTERWARDS):
        company.fills(life.case_id)
    life.takes_it()
    assert len(life.told().against_approving()) == 1

    with pytest.raises(Locked) as refused:
        company.decides(life.case_id, Outcome.GO)
    assert len(refused.value.missing) == 1
