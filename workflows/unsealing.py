"""Open what is sealed in a case, for the few who may read it; that they did stands in the case (S26, promise 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage import cases, events
from workflows.access import may_open_seals, visible
from workflows.desk import Desk
from workflows.errors import BadAnswers, Refused
from workflows.values import CaseFacts

OPENED = "case.seals_opened"
MET = "case.seal_met"
MACHINE = "machine"
"""Stands for who sealed what a machine reported, or what somebody wrote in confidence."""
CONCERN = "concern"
ANSWER = "answer"
THREAD = frozenset({CONCERN, ANSWER})
"""What the reporter of a concern and those who answer wrote to each other: it has a window of its own."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One sealed text: its part and entry, who wrote it, and when (aware UTC). It never leaves a window."""

    part: str
    number: int
    by: str | None
    at: datetime
    text: str


def unseal(desk: Desk, case_id: int, person_id: str, now: datetime) -> tuple[CaseFacts, tuple[Opened, ...]]:
    """Give the case and everything sealed in it that was not erased, the oldest first; note that this person read it.

    What a correction followed is among it: nobody can hide what was reported by writing over it.

    Raises:
        NotFound: no such case for this person. Refused: sealed for them, or the key is not here (SealsUnreadable).
    """
    with desk.db.write() as session:
        case = visible(session, desk, cases.get(session, case_id, lock=True), person_id)
        if not may_open_seals(desk, case, person_id):
            raise Refused("holder_only")
        found = tuple(
            Opened(seal.part, seal.number, _person(seal.created_by), seal.created_at, text)
            for seal, text in desk.seals.opened(session, case_id)
            if seal.part not in THREAD
        )
        if found:
            events.append(session, f"case:{case_id}", OPENED, at=now, actor_id=person_id)
        return desk.facts(case, now), found


def met(desk: Desk, case_id: int, person_id: str, refusal: BadAnswers, now: datetime) -> None:
    """Note, without words, that a writing was refused for a sealed name: a lead sees who tries one name after another.

    In a transaction of its own, after that of the writing was taken back. Other refusals are not noted.
    """
    if all(problem != "sealed_name" for _field, problem in refusal.fields):
        return
    with desk.db.write() as session:
        if cases.get(session, case_id, lock=True) is not None:
            events.append(session, f"case:{case_id}", MET, at=now, actor_id=person_id)


def _person(by: str) -> str | None:
    return None if by == MACHINE else by
