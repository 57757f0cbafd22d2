"""Frozen values that cross the border to the edge: what a form, a receipt, a card, a note and a home page say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from workflows.concern_values import Facts as Concern
from workflows.nudge_values import NO_QUESTIONS, Kept, Questions
from workflows.record_values import RecordView
from workflows.rules.case import Act, State
from workflows.rules.values import Finding, Level, Likelihood, Severity

_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class CheckForm:
    """A check as it stands on somebody's screen: the answers so far and where they came from.

    `notice` is the id of a sentence shown on top, `reopens` the check that this one replaces after a disagreement.
    `request_key` is the id of the window that shows it, empty before it is on a screen.
    """

    product_id: str | None
    launch: str
    filled: Mapping[str, Any]
    channel_id: str | None = None
    notice: str | None = None
    reopens: str | None = None
    disagreement: str = ""
    draft_key: str = ""
    request_key: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled check that somebody sends. `request_key` is the same when the same sending arrives twice."""

    request_key: str
    person_id: str
    product_id: str | None
    launch: str
    filled: Mapping[str, Any]
    channel_id: str | None = None
    reopens: str | None = None
    disagreement: str = ""
    draft_key: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as everybody who may see it sees it. Times are aware UTC.

    `asked_at` is when the present owner was asked. `decision` is the value of an Outcome, None while nobody decided;
    `look_again_at` the day on which somebody looks whether that decision still holds. `snoozed` says that the date of
    the decision was put off, which can be done once. `contained_at` is when somebody said that the harm is stopped.
    """

    id: int
    product: str
    launch: str
    level: Level
    severity: Severity
    likelihood: Likelihood
    state: State
    owner_id: str | None
    owner_role: str
    backup_id: str | None
    submitter_id: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    ack_due_at: datetime | None
    decide_due_at: datetime | None
    contain_due_at: datetime | None
    opened_at: datetime
    overdue: bool
    asked_at: datetime | None = None
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    look_again_at: datetime | None = None
    snoozed: bool = False
    contained_by: str | None = None
    contained_at: datetime | None = None
    sealed: bool = False

    @property
    def code(self) -> str:
        """The name people use for this case in talk and commands."""
        return case_code(self.id)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person learns the moment a check is saved. `case` is None where the team decides alone."""

    check_id: str
    product: str
    launch: str
    finding: Finding
    reasons: tuple[str, ...]
    case: CaseFacts | None
    may_disagree: bool
    disagreed: bool = False


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The message that asks an owner to answer; rendered from state each time, never kept.

    `moved` marks the card that stands where the case no longer is.
    """

    case: CaseFacts
    reasons: tuple[str, ...]
    deep_form: bool
    remedy_plan_required: bool
    communication: str
    acts: frozenset[Act]
    disagreement: str = ""
    disagreed_by: str | None = None
    handed: Handed | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """How a case came to its present level: who handed it over, up or back, and why."""

    by: str
    up: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The week as one message. `open` counts the open cases by level, `decided` those decided in the past week.

    `gaps` are the cases whose record says CANNOT or NOT YET; `openly` counts what records say: cannot, not_yet,
    no_action (risks of which nobody took care within a week), dissent, no_formal (severe, and no formal report),
    pressure. `late` are the cases that wait past their date, `at_top` those that wait at the highest level; both in
    the order in which they should be read, and never a case that the reader may not see.
    """

    open: Mapping[Level, int]
    late: tuple[CaseFacts, ...] = ()
    at_top: tuple[CaseFacts, ...] = ()
    decided: int = 0
    gaps: tuple[CaseFacts, ...] = ()
    openly: Mapping[str, int] = field(default_factory=dict)


NoteKind = Literal[
    "result",
    "acknowledged",
    "moved",
    "replaced",
    "severe",
    "several",
    "reminder",
    "backup_asked",
    "asked_again",
    "passed_on",
    "contain_late",
    "decided",
    "reassigned",
    "snoozed",
    "contained",
    "look_again",
    "digest",
    "alarm",
    "nobody",
    "reopened",
    "entrusted",
    "invited",
    "nudge",
    "world",
    "together",
    "staff",
    "concern_answer",
    "concern_since",
    "concern_more",
    "concern_worse",
    "inbox",
    "key_waits",
    "key_used",
    "key_dropped",
    "pulse",
]
"""What a note tells, and the values it uses beside `case`:

moved: by (None = the clock moved it up), up, reason. replaced: by (who is gone), why ("left", "away" or "policy").
reminder (to the owner), backup_asked (to the backup): why ("acknowledge" or "decide"), due_at. contain_late (to both):
due_at. asked_again (to both, every day): why (also "contain"), due_at, count (which day, from 1). passed_on (to the
former owner): why. decided: by, outcome, reason, conditions. reassigned: by, reason. snoozed: by, due_at (the new
date), reason. contained: by, reason (what was done). look_again, nobody: only the case. reopened: up, why.
entrusted (who looks after a mitigation), invited (who helps with a record): by. digest: digest. nudge: questions.
world, together: world. staff, concern_answer, concern_more, concern_worse: only the case. concern_since: why (after
how many days). inbox: nothing. key_waits, key_used,
key_dropped: by (whose key it is), to, why (key_used: who said that it is theirs, "reader" or
"operator"). pulse: tapped (what was tapped last week, by its id).
alarm: why ("overdue", "engine", "maybe_sent", "parked", "clock" or "nobody"), count.
"""


@dataclass(frozen=True, slots=True)
class World:
    """One change of context as a reader learns of it, in one message however many cases it reached.

    `about` says what the message is for: "done" tells leads and owners what became of it, "reporter" whoever reported
    it, "waiting" those whose answers are still open, "one" the owner of a single case that waited already. Counts:
    `touched` cases were concerned, `reopened` opened again, `raised` went up; `hit` mitigations are in doubt, `top`
    cases wait at the highest level, `waiting` wait for this reader. `countries` are names, `since` is aware UTC.
    `what` is what somebody wrote, "" where it may not leave. `cases` are the first that this reader may see.
    """

    about: str
    signal: str
    countries: tuple[str, ...]
    since: datetime
    what: str = ""
    touched: int = 0
    reopened: int = 0
    raised: int = 0
    hit: int = 0
    top: int = 0
    waiting: int = 0
    cases: tuple[CaseFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person or a role is told. `by` is who acted, `to` who is asked to read it, `reason` their words.

    `why` is an id that picks the sentence (see NoteKind), `due_at` a moment that it names (aware UTC), `outcome` the
    value of an Outcome.
    """

    kind: NoteKind
    case: CaseFacts | None = None
    receipt: Receipt | None = None
    by: str | None = None
    to: str | None = None
    reason: str = ""
    up: bool = True
    count: int = 0
    about: str = ""
    why: str = ""
    due_at: datetime | None = None
    outcome: str = ""
    conditions: str = ""
    digest: Digest | None = None
    questions: Questions | None = None
    world: World | None = None
    tapped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a case: when, who (None is the bot), and the id of its sentence with values."""

    at: datetime
    by: str | None
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case opened by one person: the card, what this person can do, and what happened so far.

    `snooze_until_most` is the last day to which this person could put the decision off; None where they cannot.
    `record` is the living record; with it, `card` and `history` may be of a past day. `concern` is what the case is
    about where somebody raised it as a concern, for the two who answer it.
    """

    card: CaseCard
    history: tuple[HistoryLine, ...]
    snooze_until_most: date | None = None
    record: RecordView | None = None
    concern: Concern | None = None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One of somebody's own checks in a list."""

    id: str
    product: str
    launch: str
    level: Level
    case_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class HomePage:
    """What one person sees on the bot's home: what they owe, their checks and cases, and for a lead the caseload.

    `asked` are the questions whether something still holds that wait for them, `kept` the mitigations they look after.
    `concerns` are what they raised by name or in confidence. `has_key` is None for who does not read concerns.
    """

    owed: tuple[CaseFacts, ...]
    owes_more: bool
    checks: tuple[CheckLine, ...]
    cases: tuple[CaseFacts, ...]
    caseload: tuple[CaseFacts, ...] | None
    open_cases: int
    more_after: tuple[int, int] | None
    has_draft: str | None
    asked: Questions = NO_QUESTIONS
    kept: tuple[Kept, ...] = ()
    concerns: tuple[Concern, ...] = ()
    has_key: bool | None = None


def case_code(case_id: int) -> str:
    """Give the name people use for a case: `HR-12`."""
    return f"HR-{case_id}"


def is_person(text: str) -> bool:
    """Whether this is the id of a person. Ids stand in messages as they are, so nothing else may pass for one."""
    return _PERSON.fullmatch(text) is not None


def parse_case_code(text: str) -> int | None:
    """Read a case's name as people type it (`HR-12`, `hr12`, `12`, `#12`); None where it is no such name."""
    digits = text.strip().upper().removeprefix("#").removeprefix("HR").lstrip("- ")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None
