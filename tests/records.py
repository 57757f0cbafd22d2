"""A company without Slack, for tests of the living record: use cases against a real database, clocks by hand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.playground.run import example_policy
from prompts import load_bank
from storage import cases, events
from storage.crypto import Keys
from storage.database import Database
from storage.events import EventRow
from storage.models import Case
from tests.year import Everybody
from workflows import case as acts
from workflows import check, deciding, living, record
from workflows.desk import Desk
from workflows.living import Living
from workflows.policy import Policy, load_policy
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.seals import Seals
from workflows.values import CaseFacts, Submission

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AMINA, DIEGO, NOOR, RUTH, SAM = ("U0AMINA", "U0DIEGO", "U0NOOR", "U0RUTH", "U0SAM")
A_KEY = "bm90IGEgc2VjcmV0LCBhIGtleSBmb3IgdGVzdHMgb24="
"""Thirty-two bytes that seal names in tests, as HRDD_SEAL_KEY holds them."""
HIRING = {
    "M1": ["CHG-DECIDE"],
    "M2": ["GRP-APPLICANT"],
    "M3": ["CTX-NONE"],
    "M4": 3,
    "M5": 2,
    "M6": 2,
    "M7": 2,
}
"""Serious and possible: SEV3, L2."""
ANNOYING = {**HIRING, "M2": ["GRP-USERS"], "M4": 2, "M5": 2, "M6": 2, "M7": 2, "M1": ["CHG-FEATURE"]}
"""SEV2 and possible: L1."""


def desk_of(db: Database, policy: Policy | None = None) -> Desk:
    """Give the desk of the example company, in which everybody can answer."""
    seals = Seals(db, Keys(A_KEY, None), time.monotonic)
    return Desk(db, policy or load_policy(example_policy()), load_bank(), Everybody(), seals)


@dataclass
class Company:
    """One company, and one moment at which things are done."""

    desk: Desk
    now: datetime = MONDAY

    def passes(self, **span: float) -> None:
        """Let time pass, without anything happening in it."""
        self.now += timedelta(**span)

    def opens(self, launch: str = "Ranking", answers: Mapping[str, Any] = HIRING, who: str = AMINA) -> int:
        """Let somebody send a check; give the number of its case."""
        case_id = self.sends("beacon-hiring", launch, answers, who)
        assert case_id is not None
        return case_id

    def sends(self, product: str, launch: str, answers: Mapping[str, Any], who: str = AMINA) -> int | None:
        """Let somebody send a check; give the number of its case, where it has one."""
        sent = Submission(f"V{self.now:%d%H%M%S%f}{launch[-8:]}", who, product, launch, answers)
        receipt = check.submit(self.desk, sent, self.now)
        return receipt.case.id if receipt.case else None

    def writes(self, case_id: int, part: str, by: str = NOOR, entry: int = 0, /, **fields: Any) -> record.Written:
        """Let somebody write a part of the record; `entry` is the one to correct, 0 for a new one."""
        return record.put(self.desk, record.Writing(case_id, by, part, fields, entry), self.now)

    def day(self, days: int) -> str:
        """Give a day from now, as a window sends it."""
        return (self.now + timedelta(days=days)).date().isoformat()

    def describes(self, case_id: int, who: str = NOOR) -> None:
        """Say in words what the first risk is; it stays as its check rated it."""
        first = self.living(case_id).record.of("risk")[:1]
        rated = {name: each.fields[name] for each in first for name in RATED if name in each.fields}
        self.writes(case_id, "risk", who, first[0].number if first else 0, **{**RISK, **rated})

    def mitigates(self, case_id: int, who: str = NOOR, **changed: Any) -> int:
        """Add a mitigation of the first risk, looked after by Diego; give its number."""
        fields = {**MITIGATION, "next_check": self.day(29), **changed}
        if fields["evidence"] in ("EV3", "EV4"):
            fields = {"evidence_note": "Measured by group.", "evidence_on": self.day(0), **fields}
        return self.writes(case_id, "mitigation", who, **fields).number

    def fills(self, case_id: int, who: str = NOOR) -> None:
        """Write everything that an approval needs."""
        self.describes(case_id, who)
        self.mitigates(case_id, who)
        found = self.living(case_id)
        self.writes(case_id, "engagement", who, **ENGAGEMENT)
        self.writes(case_id, "discussion", who, **DISCUSSION)
        if found.facts.finding.remedy_plan_required:
            self.writes(case_id, "remedy", who, **REMEDY)
        self.writes(case_id, "dilemma", who, decides=NOOR, by=self.day(10), **DILEMMA)
        for item in found.facts.needed:
            if item in ITEMS:
                self.writes(case_id, item, who, **ITEMS[item])

    def acknowledges(self, case_id: int) -> None:
        """Let the owner take it."""
        acts.acknowledge(self.desk, case_id, str(self.case(case_id).owner_id), self.now)

    def decides(self, case_id: int, outcome: Outcome, who: str | None = None, **more: Any) -> CaseFacts:
        """Let the owner, or somebody else, decide."""
        by = who or str(self.case(case_id).owner_id)
        decision = Decision(outcome, "As we discussed.", **more)
        return deciding.decide(self.desk, self.sent(case_id, Act.DECIDE, by), decision, self.now)

    def sent(self, case_id: int, act: Act, who: str) -> acts.Sent:
        """Give an act as somebody sends it."""
        return acts.Sent(case_id, who, act, "As we discussed.", f"{act} {self.now.isoformat()}")

    def living(self, case_id: int, at: datetime | None = None) -> Living:
        """Read a case with its record, as it stands or as it stood."""
        with self.desk.db.read() as session:
            case = cases.get(session, case_id)
            assert case is not None
            return living.load(session, self.desk, case, self.now, at=at)

    def case(self, case_id: int) -> Case:
        """Return a case as it is stored."""
        with self.desk.db.read() as session:
            found = cases.get(session, case_id)
        assert found is not None
        return found

    def happened(self, case_id: int) -> list[EventRow]:
        """Return the events of a case, in order."""
        with self.desk.db.read() as session:
            return list(events.of(session, f"case:{case_id}"))


RATED = ("scale", "scope", "irremediability", "likelihood", "groups")
RISK = {
    "what": "Applicants over fifty are sorted out without anybody looking.",
    "groups": ["GRP-APPLICANT"],
    "rights": ["RGT-WORK"],
    "scale": "3",
    "scope": "2",
    "irremediability": "2",
    "likelihood": "2",
    "actual": "POTENTIAL",
    "involvement": "CAUSE",
}
MITIGATION = {
    "risk": "1",
    "type": "MIT-HUMANREVIEW",
    "what": "Two people read every refusal before it is sent.",
    "owner": DIEGO,
    "evidence": "EV2",
    "signals": ["SIG-RESOURCE", "SIG-LAW"],
}
ENGAGEMENT = {
    "party": "REPRESENTATIVE",
    "who": "A union of job seekers",
    "learned": "Older people are asked for photographs.",
    "changed": "Photographs are not asked for any more.",
}
DISCUSSION = {
    "moment": "BEFORE",
    "people": [NOOR, DIEGO],
    "said": "Whether two readers are enough.",
    "dissent": "Nobody disagreed.",
    "result": "Two readers, and a look after a month.",
}
REMEDY = {
    "harm": "Somebody was refused because of their age.",
    "who": "The applicant",
    "forms": ["REM-CORRECT", "REM-APOLOGY"],
    "role": "PROVIDE",
    "channel": "OWN",
    "reachable": "By post and by telephone, in six languages.",
    "provider": "The hiring team",
    "trigger": "A complaint, or a test that shows it",
    "time": "Two weeks",
    "waiver": "NO",
}
DENIAL = {
    "who": "Small shops in the south",
    "lose": "Their only way to be paid from abroad.",
    "notice": "Six weeks, by letter",
    "appeal": "A person answers within two days.",
    "irreversible": "NO",
}
DILEMMA = {
    "question": "Sort, or read everything?",
    "options": "Sort with two readers\nRead everything by hand",
    "hurt": "Sorting hurts older applicants; reading by hand makes everybody wait.",
    "reversible": "Both can be taken back.",
}
ITEMS: Mapping[str, Mapping[str, Any]] = {
    "D02": {"path": "The score hides an application from the person who decides."},
    "D05": {"use": "Sorting applications.", "offer": "YES"},
    "D06": {"customer": "A hospital"},
    "D07": {"uses": "Dismissals.", "blocked": "The interface takes applications only."},
    "D08": {"by": ["INSIDER", "USER"], "how": "Somebody changes the weights."},
    "D09": {"first": "People over fifty, and people without a fixed address."},
    "D10": {"likely": "NO"},
    "D11": {"can_change": "YES", "how": "The reader may overrule, and has ten minutes for each."},
    "D12": {"notice": "In the confirmation.", "appeal": "A letter is answered within a week."},
    "D13": {"required": "NO", "differs": "NO"},
    "D14": {"scope": "One account.", "necessity": "A court asked.", "alternative": "A narrower request."},
    "D15": {"exposed": "The two people who sign in Minsk"},
    "D26": {"conflicts": "None of us is paid by the number of sales."},
}


def a_day(text: str) -> date:
    """Read a day."""
    return date.fromisoformat(text)
