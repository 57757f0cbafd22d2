"""The inbox of an invented company for tests: three groups that read, people with passphrases, a clock by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.playground.run import example_policy
from storage import anonymous, envelopes, lead_keys, timers
from storage.database import Database
from tests.blind import BERLIN, QUICK, SUNDAY, cases, report, vault_on
from tests.records import NOOR, RUTH, SAM, desk_of
from tests.year import ByHand
from workflows import duties, escalation, reader_keys, spooling, sweep
from workflows.blind_values import Issued
from workflows.desk import Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.inbox import Inbox
from workflows.inbox_values import Line, NewKey
from workflows.policy import load_policy
from workflows.policy_concerns import Concerns
from workflows.rules.passphrase import ASKED_BACK
from workflows.vault import Vault

IDS = {NOOR: "noor", RUTH: "ruth", SAM: "sam"}
GROUPS = (
    {"id": "rights", "name": "Rights", "people": [{"id": "noor", "name": "Noor", "person": NOOR}]},
    {"id": "board", "name": "Board", "people": [{"id": "ruth", "name": "Ruth", "person": RUTH}]},
    {"id": "council", "name": "Council", "people": [{"id": "sam", "name": "Sam", "person": SAM}]},
)


def concerns(*groups: dict[str, Any], **more: Any) -> Concerns:
    """Give how concerns are taken, with these groups or all three."""
    return Concerns.model_validate({"staff": 240, "recipients": list(groups or GROUPS), **more})


def desk(db: Database, company: Concerns) -> Desk:
    """Give the desk of the example company with other readers."""
    return desk_of(db, load_policy(example_policy()).model_copy(update={"concerns": company}))


@dataclass
class Readers:
    """Those who read, with what they typed, and the seconds of a clock that only counts."""

    db: Database
    folder: Path
    company: Concerns = field(default_factory=concerns)
    now: datetime = SUNDAY
    seconds: float = 0.0
    passphrases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vault: Vault = vault_on(self.db, self.folder, company=self.company, at_once=True)
        self.begins()

    def begins(self, company: Concerns | None = None) -> None:
        """Start the bot anew, with another policy if given; keys that were open are forgotten."""
        self.company = company or self.company
        self.vault = vault_on(self.db, self.folder, company=self.company, at_once=True)
        self.desk = desk(self.db, self.company)
        self.inbox = Inbox(self.desk, self.vault, lambda: self.seconds, kdf=QUICK, floor=QUICK)

    def set_up(self, *people: str) -> None:
        """Let people make keys, under passphrases that the test remembers; somebody says that they are theirs."""
        for person in people:
            self.passphrases[person], made = self.asks(person)
            if made.waits:
                lead = self.inbox.keys.reader(person).id
                with self.db.write() as session:
                    reader_keys.confirm(session, self.company, lead, made.fingerprint, reader_keys.OPERATOR, self.now)
                    duties.start(session, self.desk, self.now)

    def asks(self, person: str) -> tuple[str, NewKey]:
        """Let somebody ask for a key; give its passphrase, and what became of it."""
        nonce = os.urandom(16).hex()
        shown = self.inbox.keys.passphrase_for(nonce)
        second, fifth = (shown.split(" ")[place - 1] for place in ASKED_BACK)
        return shown, self.inbox.keys.set_up(person, nonce, shown, (second, fifth), self.now)

    def unlock(self, *people: str) -> int:
        """Let people open the inbox; give how many reports were closed anew."""
        for person in people:
            self.inbox.keys.unlock(person, self.passphrases[person], self.now)
        return sum(self.inbox.renew(person, self.now) for person in people)

    def sends(self, text: str = "They deleted the logs", **more: Any) -> Issued:
        """Let somebody report, so that readers have it at once."""
        issued = self.vault.submit(report(text, **{"urgent": True, **more}))
        self.ticks()
        return issued

    def later(self, **span: float) -> None:
        """Let time pass, without anything being due."""
        self.now += timedelta(**span)

    def waits_for_follow_ups(self) -> None:
        """Let weeks go by until everything that was added to reports is shown."""
        self.later(days=28)
        self.ticks()

    def ticks(self) -> int:
        """Do what is due now for what is held."""
        return spooling.tick(self.vault, BERLIN, self.now)

    def rings(self, step: str) -> None:
        """Go to the moment of a clock of the one report there is, and do what is due then."""
        (case,) = cases(self.vault)
        with self.db.read() as session:
            found = timers.get(session, spooling.key_of(case.id, step))
        assert found is not None
        self.now = max(self.now, found.due_at)
        jobs = ByHand()
        sweep.sweep(self.desk, jobs, self.now, limit=100)
        for job in jobs.found:
            if job.kind == "step":
                escalation.step(self.desk, job.row_id, job.turn, self.now)

    def lines(self, person: str) -> tuple[Line, ...]:
        """Give the list of somebody whose inbox is open."""
        return self.inbox.listing(person, self.now).lines

    def only(self, person: str) -> str:
        """Give the id of the one report that somebody sees."""
        (line,) = self.lines(person)
        return line.id

    def texts(self, person: str) -> list[str]:
        """Give what stands in the one report that somebody sees."""
        return [each.text for each in self.inbox.read(person, self.only(person), self.now).letters]

    def labels(self) -> list[str]:
        """Give the names of all reports there are."""
        return [case.label for case in cases(self.vault)]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((BadAnswer, Refused, NotFound)) as error:
        act()
    return error.value.problem


def actions(readers: Readers) -> list[tuple[str, str]]:
    with readers.db.read() as session:
        return [(each.lead, each.action) for each in lead_keys.notes(session)]


def opens(readers: Readers, case_id: bytes, private: bytes) -> bool:
    """Whether any wrap of a report opens with a key, whatever the inbox shows."""
    shred_key = readers.vault.keystore.key(case_id.hex()) or b""
    with readers.db.read() as session:
        blobs = anonymous.wraps(session, case_id)
    found = 0
    for blob in blobs:
        try:
            envelopes.unwrap(blob, private, case_id, shred_key)
            found += 1
        except envelopes.CannotOpen:
            continue
    return found > 0


def with_person(group: dict[str, Any], person: str) -> dict[str, Any]:
    """Give a group whose one place somebody else took over."""
    return {**group, "people": [{**group["people"][0], "person": person}]}
