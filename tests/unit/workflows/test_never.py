"""No sequence of events reaches a state that people were promised never to meet (promises 2, 4, 6; S20).

A company lives through random days: checks, parts of the record, changes of context, answers, decisions, silence. After
each of them, whatever it was, and whether or not it was refused, what must never be is looked for.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from storage import timers
from storage.database import Database
from tests.conftest import quick_folder
from tests.oracle import Told, wrongly_approved
from tests.records import AMINA, ANNOYING, DIEGO, HIRING, ITEMS, MONDAY, NOOR, RUTH, Company, desk_of
from tests.year import Paper, without_engine
from workflows import case as acts
from workflows import context, deciding
from workflows.context import Change
from workflows.errors import HrddError
from workflows.living import Living
from workflows.rules.case import Act
from workflows.rules.decision import APPROVING, Decision, Outcome
from workflows.rules.locks import to_approve
from workflows.rules.signals import EFFECTS
from workflows.rules.values import Level
from workflows.sweep import begin

RUNS = int(os.environ.get("HRDD_LIVES", "40"))
"""How many lives are lived here; `make proof` lives 2,500 of them."""
STEPS = 12
PEOPLE = st.sampled_from([AMINA, DIEGO, NOOR, RUTH])
GRADES = st.sampled_from(["EV1", "EV2", "EV3", "EV4"])
TYPES = st.sampled_from(["MIT-HUMANREVIEW", "MIT-DESIGN", "MIT-POLICY", "MIT-DENY", "MIT-REMOVE"])
SIGNALS = st.sampled_from(sorted(EFFECTS))
RATINGS = st.sampled_from(["1", "2", "3", "4", "DK"])
CHECKS: Mapping[str, dict[str, Any]] = {
    "annoying": ANNOYING,
    "serious": HIRING,
    "grave": {**HIRING, "M4": 4, "M6": 4},
    "said to be proven": {**HIRING, "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV3"}]}},
}
LEVELS_BY_HAND = frozenset({"case.handed_back"})


class Record(RuleBasedStateMachine):
    """One case of one company, and everybody who can do something to it."""

    begun: ClassVar[Mapping[tuple[str, bool], Path]]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.db: Database | None = None
        self.case_id = 1
        self.approvals = 0

    def teardown(self) -> None:
        """Close the company."""
        if self.db is not None:
            self.db.dispose()

    # -- what people do ----------------------------------------------------------------------------------------

    @initialize(which=st.sampled_from(sorted(CHECKS)), filled=st.booleans())
    def begins(self, which: str, filled: bool) -> None:
        """Somebody has sent a check; often its record is written already."""
        for old in self.folder.glob("never.db*"):
            old.unlink()
        path = self.folder / "never.db"
        shutil.copyfile(self.begun[which, filled], path)
        self.db = Database.connect(f"sqlite:///{path}")
        self.company = Company(desk_of(self.db), MONDAY + timedelta(hours=1))
        self.due = without_engine(self.company.desk, Paper())

    @rule(which=st.sampled_from(sorted(CHECKS)), who=PEOPLE)
    def checks_again(self, which: str, who: str) -> None:
        """Somebody sends another check of the same launch."""
        self.company.now += timedelta(minutes=1)
        self.case_id = self.company.opens("Ranking", CHECKS[which], who)

    @rule(scale=RATINGS, likelihood=RATINGS, who=PEOPLE)
    def adds_a_risk(self, scale: str, likelihood: str, who: str) -> None:
        """Somebody writes a further risk down."""
        fields = {"what": "Another harm.", "groups": ["GRP-CHILD"], "scale": scale, "likelihood": likelihood}
        self.tries(lambda: self.company.writes(self.case_id, "risk", who, **fields, scope="2", irremediability="3"))

    @rule(grade=GRADES, kind=TYPES, signals=st.lists(SIGNALS, min_size=1, max_size=3), days=st.integers(1, 30))
    def mitigates(self, grade: str, kind: str, signals: list[str], days: int) -> None:
        """Somebody plans a mitigation of the first risk."""
        changed = {"evidence": grade, "type": kind, "signals": signals, "next_check": self.company.day(days)}
        self.tries(lambda: self.company.mitigates(self.case_id, NOOR, **changed))

    @rule(kind=st.sampled_from(["CANNOT", "NOT_YET"]), days=st.integers(1, 30))
    def says_openly_what_is_not_covered(self, kind: str, days: int) -> None:
        """Somebody writes a gap down."""
        fields = {"risk": "1", "kind": kind, "why": "Nobody knows how.", "decided_by": NOOR, "told": "The team"}
        self.tries(lambda: self.company.writes(self.case_id, "gap", review_on=self.company.day(days), **fields))

    @rule(effect=st.sampled_from(["EFFECTIVE", "PARTLY", "NOT", "DK"]), grade=GRADES, number=st.integers(1, 3))
    def answers_a_recheck(self, effect: str, grade: str, number: int) -> None:
        """Who looks after a mitigation says whether it works."""
        fields = {"mitigation": str(number), "effect": effect, "evidence": grade, "shown_by": "A test by group."}
        self.tries(lambda: self.company.writes(self.case_id, "recheck", DIEGO, **fields, context_changed="NO"))

    @rule(grade=GRADES, days=st.integers(1, 60), who=PEOPLE, number=st.integers(1, 3))
    def corrects_a_mitigation(self, grade: str, days: int, who: str, number: int) -> None:
        """Somebody corrects what was written of a mitigation, perhaps to make it look better."""
        entry = self.company.living(self.case_id).record.entry("mitigation", number)
        if entry is None:
            return
        fields = {**entry.fields, "what": "Said better.", "owner": DIEGO, "evidence": grade}
        proof = {"evidence_note": "Measured.", "evidence_on": self.company.day(0), "next_check": self.company.day(days)}
        before = {each.number: each for each in self.company.living(self.case_id).facts.mitigations}[number]
        self.tries(lambda: self.company.writes(self.case_id, "mitigation", who, number, **{**fields, **proof}))
        after = {each.number: each for each in self.company.living(self.case_id).facts.mitigations}[number]
        if before.hits or before.effect in ("NOT", "PARTLY", "DK"):
            assert not after.is_credited(self.company.now), "a correction is no proof"
        if before.check_at is not None:
            assert after.check_at is not None
            assert after.check_at <= before.check_at, "a correction puts no check off"

    @rule(part=st.sampled_from(["risk", "mitigation", "gap"]), entry=st.integers(1, 3))
    def takes_an_entry_out(self, part: str, entry: int) -> None:
        """Somebody takes an entry out of the record."""
        fields = {"part": part, "entry": str(entry), "why": "It was written twice."}
        self.tries(lambda: self.company.writes(self.case_id, "ended", **fields))

    @rule(scale=RATINGS, likelihood=RATINGS, who=PEOPLE)
    def rates_the_first_risk_anew(self, scale: str, likelihood: str, who: str) -> None:
        """Somebody rates the risk that the check described, up or down."""
        fields = {"what": "Said better.", "groups": ["GRP-USERS"], "scope": "1", "irremediability": "1"}
        rated = {**fields, "scale": scale, "likelihood": likelihood}
        self.tries(lambda: self.company.writes(self.case_id, "risk", who, 1, **rated))

    @rule(item=st.sampled_from(sorted(ITEMS)))
    def fills_an_item(self, item: str) -> None:
        """Somebody fills one item of the deep form."""
        self.tries(lambda: self.company.writes(self.case_id, item, **ITEMS[item]))

    @rule()
    def the_law_differs(self) -> None:
        """Somebody says that law and human rights standards differ."""
        self.tries(lambda: self.company.writes(self.case_id, "D13", required="YES", differs="YES"))

    @rule(signal=SIGNALS, ahead=st.integers(-3, 40))
    def the_world_changes(self, signal: str, ahead: int) -> None:
        """Somebody reports a change of context, perhaps one that is still to come."""
        company = self.company
        company.now += timedelta(minutes=1)
        since = (company.now + timedelta(days=ahead)).date()
        change = Change(signal, (), (), (), (), "It was in the news.", since, f"window:{company.now}", by=DIEGO)
        self.tries(lambda: context.save(company.desk, change, company.now))
        self.due(company.now)

    @rule()
    def its_owner_takes_it(self) -> None:
        """The owner acknowledges."""
        self.tries(lambda: self.company.acknowledges(self.case_id))

    @rule(outcome=st.sampled_from(list(Outcome)), who=st.one_of(st.none(), PEOPLE))
    def somebody_decides(self, outcome: Outcome, who: str | None) -> None:
        """Somebody, mostly the owner, decides, whatever the record lacks."""
        company = self.company
        by = who or str(company.case(self.case_id).owner_id)
        today = company.now.date()
        decision = Decision(
            outcome,
            "As we discussed.",
            conditions="Two readers.",
            condition_type="MIT-HUMANREVIEW",
            keeper=DIEGO,
            check_on=today + timedelta(days=20),
            hold_until=today + timedelta(days=20),
        )
        before = company.living(self.case_id)
        lacks = to_approve(before.record, before.facts, company.now)

        def decide() -> None:
            deciding.decide(company.desk, company.sent(self.case_id, Act.DECIDE, by), decision, company.now)
            planned = {"check_not_planned", "risk_not_answered", "denial_alone"}
            open_anyway = planned if outcome is Outcome.CONDITIONS else set()
            if outcome in APPROVING:
                assert {each.id for each in lacks} <= open_anyway, f"approved although {lacks}"
                self.approvals += 1

        self.tries(decide)

    @rule(act=st.sampled_from([Act.HAND_UP, Act.HAND_BACK]), who=PEOPLE)
    def somebody_hands_it_over(self, act: Act, who: str) -> None:
        """Somebody hands it up, or back."""
        company = self.company
        before = company.case(self.case_id)
        was, floor = before.level, before.floor_level
        self.tries(lambda: acts.hand(company.desk, company.sent(self.case_id, act, who), company.now))
        after = company.case(self.case_id)
        if after.level < was:
            assert after.level >= max(floor, int(Level.L1))
            assert who in company.living(self.case_id).facts.leads, "lowered without a lead"

    @rule(who=PEOPLE)
    def somebody_closes_it(self, who: str) -> None:
        """Somebody tries to end the record."""
        company = self.company
        sent = company.sent(self.case_id, Act.CLOSE, who)
        self.tries(lambda: deciding.close(company.desk, sent, company.now))

    @rule(hours=st.sampled_from([5, 30, 24 * 8, 24 * 40]))
    def time_passes(self, hours: int) -> None:
        """Everything that falls due meanwhile happens, each at its moment."""
        self.lives_until(self.company.now + timedelta(hours=hours))

    @precondition(lambda self: self.approvals == 0)
    @rule()
    def everything_is_written_and_it_is_approved(self) -> None:
        """The common way: the record is written, somebody takes the case, and it goes ahead."""
        self.tries(lambda: self.company.fills(self.case_id))
        self.its_owner_takes_it()
        self.somebody_decides(Outcome.GO, None)

    # -- what must never be ------------------------------------------------------------------------------------

    @invariant()
    def what_must_never_be_is_not(self) -> None:
        """Look at the case, its record, its clocks."""
        if self.db is None:
            return
        found = self.company.living(self.case_id)
        self._silence_has_somebody_to_go_to(found)
        told = Told(found.happened, self.company.desk.policy.leads, self.company.now)
        self._credit_is_earned(found, told)
        self._nobody_lowered_it_but_a_lead(found)
        assert not told.lowered_wrongly(self.company.desk.policy.human_rights_leads)
        self._an_approval_rests_on_its_record(found, told)

    def _silence_has_somebody_to_go_to(self, found: Living) -> None:
        """An open case at L1 or above has an owner and a next clock.

        Where everybody whom the policy names has sent a check of it, nobody may judge it; then the fallback channel is
        asked, every day, and anybody there can take it.
        """
        if found.case.state == "closed" or found.case.level < Level.L1:
            return
        policy = self.company.desk.policy
        could = policy.leads if found.case.level >= Level.L2 else policy.people()
        if not could <= set(found.facts.submitters):
            assert found.case.owner_id, "an open case without an owner"
        assert found.case.owner_id or found.case.channel_id == policy.fallback_channel
        with self.company.desk.db.ask() as session:
            assert timers.of_case(session, self.case_id), f"an open case ({found.case.state}) without a clock"

    def _credit_is_earned(self, found: Living, told: Told) -> None:
        """What is counted is proven, in date, and untouched by what changed since."""
        lines = told.lines("mitigation")
        assert lines.keys() == {each.number for each in found.facts.mitigations}
        for each in found.facts.mitigations:
            if each.is_credited(found.at):
                assert not told.against_credit(lines[each.number])

    def _an_approval_rests_on_its_record(self, found: Living, told: Told) -> None:
        """An approval was right when it was given, and rests on its record; what came due is being asked about.

        What an approval that stands is not undone by, and why, is told in docs/decisions/0019.
        """
        assert not wrongly_approved(told.events, told.leads)
        if found.case.state != "tracked" or found.record.then.decision not in {str(each) for each in APPROVING}:
            return
        lacks = told.against_standing()
        if told.due():
            lacks = [each for each in lacks if "remedy plan" not in each]
        assert not lacks, f"approved, and {lacks}"

    def _nobody_lowered_it_but_a_lead(self, found: Living) -> None:
        """A level is never below what its record says, unless a human rights lead took it there."""
        if found.case.state == "closed" or found.case.level >= found.finding.level:
            return
        by_hand = [each for each in found.happened if each.kind in LEVELS_BY_HAND]
        assert by_hand, f"{found.case.level} is below {found.finding.level}"
        assert by_hand[-1].by in self.company.desk.policy.human_rights_leads

    # -- how ---------------------------------------------------------------------------------------------------

    def tries(self, act: Callable[[], object]) -> None:
        """Do something that may be refused."""
        self.company.now += timedelta(seconds=1)
        try:
            act()
        except HrddError as refusal:
            assume(refusal.problem != "unexpected")

    def lives_until(self, end: datetime) -> None:
        """Let everything that is due happen at its moment."""
        company = self.company
        while True:
            self.due(company.now)
            with company.desk.db.read() as session:
                soonest = timers.next_due(session, company.now)
            if soonest is None or soonest > end:
                break
            company.now = soonest
        company.now = end
        self.due(end)


def begun(template: Path, folder: Path) -> dict[tuple[str, bool], Path]:
    """Prepare a company for each way in which a life can begin."""
    found = {}
    for which, answers in CHECKS.items():
        for filled in (False, True):
            path = folder / f"begun-{which}-{filled}.db"
            shutil.copyfile(template, path)
            db = Database.connect(f"sqlite:///{path}")
            company = Company(desk_of(db))
            begin(company.desk, MONDAY)
            case_id = company.opens("Ranking", answers)
            if filled:
                company.fills(case_id)
            db.dispose()
            found[which, filled] = path
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_s20_no_sequence_of_events_reaches_what_must_never_be(sqlite_template: Path) -> None:
    # Nothing here needs the disk; where there is a folder in memory, lives go faster.
    folder = Path(tempfile.mkdtemp(prefix="hrdd-never-", dir=quick_folder()))
    Record.begun, Record.folder = begun(sqlite_template, folder), folder
    checked = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        # The same lives on every machine; `make proof` lives others each time. A life that fails is told as it was.
        derandomize="HRDD_LIVES" not in os.environ,
        phases=[Phase.generate],
    )
    try:
        run_state_machine_as_test(Record, settings=checked)  # type: ignore[no-untyped-call]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
