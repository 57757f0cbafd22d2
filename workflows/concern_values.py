"""Values of a concern that somebody raises by name or in confidence, on its way in and as people read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from workflows.rules.case import State


@dataclass(frozen=True, slots=True)
class Given:
    """A concern as it was sent. `excluded` are recipients' ids of the policy; `link` is a message that it is about.

    `request_key` is that of its window, the same when the same sending arrives twice; it says nothing of the person.
    """

    mode: str
    topic: str
    product_id: str | None
    site: str | None
    leader: bool
    excluded: frozenset[str]
    text: str = field(repr=False)
    request_key: str
    checkin: bool = False
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Raised:
    """What its reporter learns: which case it is, which role answers, and by when a person does (aware UTC)."""

    case_id: int
    code: str
    mode: str
    role: str
    acknowledge_by: datetime
    answer_by: datetime
    checkin: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """How a concern stands, without a word of it: for lists and for the window of its case.

    `more_by` is when its reporter hears of what they added since, where that is owed.
    """

    case_id: int
    code: str
    mode: str
    topic: str
    state: State
    role: str
    at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    acknowledged_at: datetime | None
    answered_at: datetime | None
    more_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One text of the dialogue. `about` is what an answer is: ack, feedback or message; "" from the reporter."""

    ours: bool
    about: str
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Thread:
    """A concern with everything written in it. `reporter` is who raised it, for the two who answer; else None."""

    facts: Facts
    said: tuple[Said, ...]
    held: bool
    product: str = ""
    site: str = ""
    leader: bool = False
    reporter: str | None = None
