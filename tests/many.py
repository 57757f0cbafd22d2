"""One virtual year of a company with five hundred products: launches, answers and silence, laws and elections.

Nobody is simulated as good or bad: people answer on most days, forget on some, and the world changes every few weeks.
Everything runs through the use cases and a real database; only Slack is a piece of paper.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import yaml
from sqlmodel import select

from bot.playground.run import example_policy
from storage import cases, nudges, timers
from storage.audit import verify
from storage.database import Database
from storage.models import Case, Check, Event, Nudge, Timer
from tests.oracle import Told, wrongly_approved
from tests.records import AMINA, ANNOYING, DIEGO, DISCUSSION, HIRING, MONDAY, NOOR, RUTH, SAM, Company, desk_of
from tests.year import Paper, without_engine
from workflows import case as acts
from workflows import context, living, rechecking
from workflows import record as records
from workflows.context_values import Change
from workflows.desk import Desk
from workflows.errors import HrddError
from workflows.policy import parse_policy
from workflows.ports import Posted
from workflows.rules.case import Act
from workflows.rules.decision import Outcome
from workflows.rules.locks import to_approve
from workflows.rules.rechecks import PICTURE
from workflows.rules.values import Level
from workflows.sweep import begin
from workflows.values import Note

PRODUCTS = 500
EVERYBODY = (DIEGO, NOOR, RUTH, AMINA, SAM)
YEAR = timedelta(days=365)
COUNTRIES = ("KE", "DE", "BR", "IN", "GE", "US", "NG", "PH")
WORDING = {"M1": ["CHG-UI"]}
GRAVE = {**HIRING, "M1": ["CHG-DECIDE", "CHG-SENSITIVE"], "M4": 4, "M6": 4, "M2": ["GRP-APPLICANT", "GRP-LGBTQI"]}
LAUNCHES: tuple[tuple[dict[str, Any], int], ...] = ((WORDING, 50), (ANNOYING, 36), (HIRING, 11), (GRAVE, 3))
"""What launches are like, in a hundred."""
WORLD = (
    (40, "SIG-LAW", ("GE",)),
    (75, "SIG-UNREST", ("KE",)),
    (120, "SIG-RESOURCE", ()),
    (160, "SIG-ELECTION", ("BR",)),
    (200, "SIG-MISUSE", ("IN",)),
    (230, "SIG-CONFLICT", ("PH",)),
    (300, "SIG-COMPETITOR", ()),
)
"""What changes around them: on which day of the year, what, and where."""


@dataclass
class Ledger(Paper):
    """Takes messages down with the moment at which they left."""

    now: datetime = MONDAY
    times: list[tuple[str, str, datetime, int, bool]] = field(default_factory=list)

    def tell(self, to: str, note: Note, key: str) -> Posted:
        """Note a note, when it left, and how many questions it asks."""
        asked = len(note.questions.shown) if note.questions else 0
        top = bool(note.questions and any(each.level == Level.L3 for each in note.questions.shown))
        self.times.append((to, note.kind, self.now, asked, top))
        return super().tell(to, note, key)

    def prompts_in_a_week(self, *, at_the_top: bool) -> int:
        """Give how often one person was prompted in one week, at most; with or without questions of cases at L3."""
        counted = Counter(
            (to, at.isocalendar()[:2])
            for to, kind, at, _, top in self.times
            if kind == "nudge" and (at_the_top or not top)
        )
        return max(counted.values(), default=0)


@dataclass
class Year:
    """What a year came to."""

    checks: int = 0
    cases: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    prompts_in_a_week: int = 0
    prompts_in_a_week_below_the_top: int = 0
    without_clock: int = 0
    without_owner: int = 0
    below: int = 0
    unearned: int = 0
    lowered: int = 0
    approved_wrongly: list[str] = field(default_factory=list)
    whole: bool = False
    refusals: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """Say it in lines."""

        def listed(counted: Counter[str], most: int = 12) -> str:
            return ", ".join(f"{name} {number}" for name, number in counted.most_common(most))

        return "\n".join(
            [
                f"One year, {PRODUCTS} products: {self.checks} checks, {self.cases} cases.",
                f"Levels at the end: {listed(self.levels)}. States: {listed(self.states)}.",
                f"Events: {sum(self.events.values())} ({listed(self.events)}).",
                f"Messages: {sum(self.told.values())} ({listed(self.told)}).",
                f"Prompts to one person in one week, at most: {self.prompts_in_a_week_below_the_top}; "
                f"with those for cases at L3, which wait for no week: {self.prompts_in_a_week}.",
                f"Open cases without owner {self.without_owner}, without clock {self.without_clock}; "
                f"levels below their record {self.below}; credit not earned {self.unearned}; "
                f"lowered by nobody who may {self.lowered}; "
                f"approved although something lacked {len(self.approved_wrongly)}; "
                f"chain whole: {self.whole}.",
            ]
        )


def desk_with_many(db: Database) -> Desk:
    """Give the desk of a company with five hundred products in eight countries."""
    raw = yaml.safe_load(example_policy().read_text(encoding="utf-8"))
    raw["products"] = [
        {"id": f"product-{number}", "name": f"Product {number}", "countries": [COUNTRIES[number % len(COUNTRIES)]]}
        for number in range(PRODUCTS)
    ]
    return desk_of(db, parse_policy(raw, "many products"))


class Life:
    """The company, day by day."""

    def __init__(self, db: Database, seed: int) -> None:
        self.random = random.Random(seed)
        self.desk = desk_with_many(db)
        self.db = db
        self.paper = Ledger()
        self.company = Company(self.desk, MONDAY)
        self.due = without_engine(self.desk, self.paper)
        self.year = Year()

    def lived(self) -> Year:
        """Live through the year, and give what it came to."""
        begin(self.desk, MONDAY)
        launches = sorted((self.random.randrange(330), number) for number in range(PRODUCTS))
        world = list(WORLD)
        for day in range(365):
            self._until(MONDAY + timedelta(days=day))
            while launches and launches[0][0] <= day:
                self._launch(launches.pop(0)[1])
            while world and world[0][0] <= day:
                self._change(*world.pop(0))
            if day % 7 < 5:
                self._people_work()
        self._until(MONDAY + YEAR)
        return self._counted()

    def _until(self, end: datetime) -> None:
        """Let everything that is due happen at its moment."""
        while True:
            self.paper.now = self.company.now
            self.due(self.company.now)
            with self.db.read() as session:
                soonest = timers.next_due(session, self.company.now)
            if soonest is None or soonest > end:
                break
            self.company.now = soonest
        self.company.now = self.paper.now = max(end, self.company.now)
        self.due(self.company.now)

    def _launch(self, number: int) -> None:
        kinds, weights = zip(*LAUNCHES, strict=True)
        answers = self.random.choices(kinds, weights)[0]
        self.year.checks += 1
        self.company.sends(f"product-{number}", f"Launch {number}", answers, self.random.choice([AMINA, SAM]))

    def _change(self, _day: int, signal: str, countries: tuple[str, ...]) -> None:
        self.company.now += timedelta(minutes=1)
        since: date = self.company.now.date()
        change = Change(signal, countries, (), (), (), "It was in the news.", since, f"feed:{signal}", by=NOOR)
        context.save(self.desk, change, self.company.now)

    def _people_work(self) -> None:
        """On most days people answer some of what they owe."""
        self.company.now += timedelta(minutes=1)
        for case in self._waiting():
            if self.random.random() < 0.7:
                self._answer(case)
        for nudge in self._asked():
            if self.random.random() < 0.6:
                self._says_whether_it_works(nudge)

    def _waiting(self) -> list[Case]:
        with self.db.read() as session:
            return list(cases.caseload(session, PRODUCTS))

    def _asked(self) -> list[Nudge]:
        with self.db.read() as session:
            return [each for who in EVERYBODY for each in nudges.open_of(session, who) if each.state == "asked"]

    def _answer(self, case: Case) -> None:
        number = case.id or 0
        try:
            if case.state == "waiting":
                self.company.acknowledges(number)
                return
            if self._lowered(case):
                return
            self._fill(number)
            outcome = self.random.choices([Outcome.GO, Outcome.STOP, Outcome.HOLD], [8, 1, 1])[0]
            until = (self.company.now + timedelta(days=40)).date()
            self.company.decides(number, outcome, hold_until=until)
        except HrddError as refusal:
            self.year.refusals[refusal.problem] += 1

    def _lowered(self, case: Case) -> bool:
        """What silence or a change has taken up, and the rule does not ask for any more, a lead hands back."""
        found = self.company.living(case.id or 0)
        if case.owner_id not in found.facts.leads or case.level <= max(found.finding.level, Level.L1):
            return False
        acts.hand(self.desk, self.company.sent(case.id or 0, Act.HAND_BACK, str(case.owner_id)), self.company.now)
        return True

    def _fill(self, number: int) -> None:
        found = self.company.living(number)
        owner = str(found.case.owner_id)
        for mitigation in found.facts.mitigations:
            if mitigation.is_overdue(found.at):
                self._recheck(number, mitigation.number, owner)
        lacks = {each.id for each in to_approve(found.record, found.facts, found.at)}
        if lacks == {"discussion_missing"}:
            self.company.writes(number, "discussion", owner, **DISCUSSION)
        if not lacks or lacks == {"discussion_missing"}:
            return
        if found.case.level >= Level.L2:
            self.company.fills(number, owner)
            return
        self.company.describes(number, owner)
        grade = self.random.choice(["EV1", "EV2", "EV3"])
        self.company.mitigates(number, owner, evidence=grade)

    def _says_whether_it_works(self, nudge: Nudge) -> None:
        try:
            if nudge.number > 0:
                self._recheck(nudge.case_id, nudge.number, nudge.person_id)
            elif nudge.number == PICTURE:
                rechecking.still_right(self.desk, nudge.case_id, nudge.person_id, self.company.now)
        except HrddError as refusal:
            self.year.refusals[refusal.problem] += 1

    def _recheck(self, case_id: int, number: int, who: str) -> None:
        effect = self.random.choices(["EFFECTIVE", "PARTLY", "NOT", "DK"], [7, 1, 1, 1])[0]
        fields = {"mitigation": str(number), "effect": effect, "evidence": "EV3", "shown_by": "A test by group."}
        writing = records.Writing(case_id, who, "recheck", {**fields, "context_changed": "NO"})
        records.put(self.desk, writing, self.company.now)

    def _counted(self) -> Year:
        year = self.year
        with self.db.read() as session:
            every = list(session.exec(select(Case)).all())
            year.events = Counter(session.exec(select(Event.kind)).all())
            year.checks = len(session.exec(select(Check.id)).all())
            clocks = Counter(session.exec(select(Timer.case_id)).all())
            year.whole = verify(session).whole
            for case in every:
                self._count(year, case, living.load(session, self.desk, case, self.company.now), clocks)
        year.cases = len(every)
        year.told = Counter(kind for _, kind in self.paper.told)
        year.prompts_in_a_week = self.paper.prompts_in_a_week(at_the_top=True)
        year.prompts_in_a_week_below_the_top = self.paper.prompts_in_a_week(at_the_top=False)
        return year

    def _count(self, year: Year, case: Case, found: living.Living, clocks: Counter[int | None]) -> None:
        year.levels[Level(case.level).name] += 1
        year.states[case.state] += 1
        if case.state == "closed":
            return
        year.without_owner += case.owner_id is None
        year.without_clock += clocks[case.id] == 0
        year.below += case.level < found.finding.level
        told = Told(found.happened, self.desk.policy.leads, found.at)
        lines = told.lines("mitigation")
        credited = [each for each in found.facts.mitigations if each.is_credited(found.at)]
        year.unearned += sum(bool(told.against_credit(lines[each.number])) for each in credited)
        year.lowered += len(told.lowered_wrongly(self.desk.policy.human_rights_leads))
        year.approved_wrongly += wrongly_approved(told.events, told.leads)
