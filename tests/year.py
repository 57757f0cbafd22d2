"""Twelve virtual months in the life of one case: silence, the top, an answer, holds that run out, and a decision.

Used without the engine by a unit test and by the benchmark, and with it by a flow test and the benchmark.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot.playground.run import example_policy
from prompts import load_bank
from storage import cases, events, timers
from storage.crypto import Keys
from storage.database import Database
from storage.models import Case, Timer
from workflows import case as acts
from workflows import check, deciding, delivery, escalation
from workflows.desk import Desk
from workflows.policy import load_policy
from workflows.ports import Job, Known, Posted
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.seals import Seals
from workflows.sweep import begin, sweep
from workflows.values import CaseCard, Note, Submission

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
END = BEGIN + timedelta(days=365)
GRAVE = {
    "M1": ["CHG-SENSITIVE", "CHG-DATA"],
    "M2": ["GRP-NONUSERS", "GRP-CHILD"],
    "M3": ["CTX-NOCHOICE"],
    "M4": 3,
    "M5": 3,
    "M6": 4,
    "M7": 2,
}


class Everybody:
    """A directory in which everybody can answer."""

    def known(self, person_id: str) -> Known:
        """Say that somebody is there."""
        return Known()

    def acquaint(self, people: object, now: datetime) -> None:
        """They are known."""

    def refresh(self, person_id: str, now: datetime) -> Known:
        """Say it again."""
        return Known()


@dataclass
class Paper:
    """Takes messages down instead of sending them."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def meet(self, to: str) -> None:
        """Everybody is met already."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """There is time enough."""
        return nullcontext()

    def show_card(self, to: str, card: CaseCard, key: str, standing: Posted | None) -> Posted:
        """Note a card."""
        self.told.append((to, "card"))
        return standing or Posted(to, str(len(self.told)))

    def tell(self, to: str, note: Note, key: str) -> Posted:
        """Note a note."""
        self.told.append((to, note.kind))
        return Posted(to, str(len(self.told)))

    def find(self, to: str, key: str, since: datetime | None) -> Posted | None:
        """Nothing was ever sent twice."""
        return None


class ByHand:
    """Keeps jobs for whoever does them."""

    def __init__(self) -> None:
        self.found: list[Job] = []

    def enqueue(self, session: Session, job: Job) -> None:
        """Keep a job."""
        self.found.append(job)


def desk_of(db: Database) -> Desk:
    """Give the desk of the example company, in which everybody can answer."""
    return Desk(db, load_policy(example_policy()), load_bank(), Everybody(), Seals(db, Keys("", None), time.monotonic))


def without_engine(desk: Desk, paper: Paper) -> Callable[[datetime], None]:
    """Do what is due at a moment by hand: one sweep after the other until nothing is left."""

    def at(now: datetime) -> None:
        while True:
            jobs = ByHand()
            swept = sweep(desk, jobs, now)
            for job in jobs.found:
                if job.kind == "step":
                    escalation.step(desk, job.row_id, job.turn, now)
                else:
                    delivery.send(
                        desk, paper, job.row_id, job.turn, lambda: now, terms=delivery.Terms(pace=timedelta(0))
                    )
            if not swept.handed:
                return

    return at


def open_case(desk: Desk, now: datetime, launch: str) -> int:
    """Let Amina send a grave check; give the number of its case."""
    begin(desk, now)
    sent = Submission(f"window of {launch}", "U0AMINA", "harbor-photos", launch, GRAVE)
    receipt = check.submit(desk, sent, now)
    assert receipt.case is not None
    return receipt.case.id


def live(desk: Desk, at: Callable[[datetime], None], launch: str = "Face tagging") -> Counter[str]:
    """Live through a year from one due time to the next; count what happened to the case.

    Its owner (Ruth, and while she is away in August Noor) answers on the fourth day of being asked again, holds the
    launch for ninety days each time, and stops it at the end of the year.
    """
    case_id, now = open_case(desk, BEGIN, launch), BEGIN
    while now < END:
        at(now)
        case = _case(desk, case_id)
        with desk.db.read() as session:
            soonest = timers.next_due(session, now)
        _answer(desk, case, now)
        if case.state == "closed" or soonest is None:
            break
        now = max(soonest, now)
    case = _case(desk, case_id)
    if case.state == "waiting":
        acts.acknowledge(desk, case_id, str(case.owner_id), END)
    deciding.decide(desk, _sent(case, END), Decision(Outcome.STOP, "The harm cannot be prevented."), END)
    at(END)
    with desk.db.read() as session:
        return Counter(event.kind for event in events.of(session, f"case:{case_id}"))


def _answer(desk: Desk, case: Case, now: datetime) -> None:
    number = case.id or 0
    with desk.db.read() as session:
        kinds = [event.kind for event in events.of(session, f"case:{number}")]
    asked_again, holds = kinds.count("case.asked_again"), kinds.count("case.decided")
    if asked_again >= 4 * (holds + 1):
        if case.state == "waiting":
            acts.acknowledge(desk, number, str(case.owner_id), now)
        day = (now + timedelta(days=90)).date()
        decision = Decision(Outcome.HOLD, "Not before the audit.", hold_until=day)
        deciding.decide(desk, _sent(case, now), decision, now)


def _sent(case: Case, now: datetime) -> acts.Sent:
    return acts.Sent(case.id or 0, str(case.owner_id), Act.DECIDE, "As discussed.", now.isoformat())


def _case(desk: Desk, case_id: int) -> Case:
    with desk.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    return case


def clocks(desk: Desk) -> list[Timer]:
    """Give the clocks that run."""
    from sqlmodel import select

    with desk.db.read() as session:
        return list(session.exec(select(Timer)).all())
