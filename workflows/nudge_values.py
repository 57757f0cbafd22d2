"""Frozen values of what is asked again: one question, the message that asks several, and what somebody looks after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.rules.mitigations import Status
from workflows.rules.values import Level

Subject = Literal["mitigation", "gap", "picture"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question whether something still holds. `due_at` (aware UTC) is since when it is to be looked at.

    `number` is as in `rules.rechecks`: a mitigation, a gap (below 0), or the picture (0). `type` is the MIT-id or the
    kind of gap, `what` a few words of those who wrote it. `early`: it is asked before its date, because of `changes`
    (ids of signals) or others. `again`: it was asked before. `may_repeat`: "same as last time" is an answer;
    `may_snooze`: it was not put off yet.
    """

    case_id: int
    code: str
    product: str
    launch: str
    level: Level
    number: int
    subject: Subject
    due_at: datetime | None
    type: str = ""
    what: str = ""
    changes: tuple[str, ...] = ()
    early: bool = False
    again: bool = False
    may_repeat: bool = False
    may_snooze: bool = True


@dataclass(frozen=True, slots=True)
class Questions:
    """Several questions to one person, at most so many as one message holds; `more` stand on their home."""

    shown: tuple[Question, ...] = ()
    more: int = 0


NO_QUESTIONS = Questions()


@dataclass(frozen=True, slots=True)
class Kept:
    """A mitigation that somebody looks after: where it stands, and when it is looked at next (aware UTC)."""

    case_id: int
    code: str
    launch: str
    type: str
    status: Status
    check_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What one click on a question did: for which case, when somebody looks next, and whether the level rose."""

    case_id: int
    code: str
    level: Level
    next_at: datetime | None
    raised: bool = False
