"""The tables of checks, cases and promised messages, one class each. Every time is an aware UTC datetime, passed in.

All names start with `hr_`, because the job engine or another application may keep tables beside ours. The tables of
the living record stand in `storage.living`, those of concerns in `storage.concealed_tables`; they are given here too,
so that whoever knows one table knows all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final, Literal, cast

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, SmallInteger, false, text, true
from sqlalchemy import UniqueConstraint as Unique
from sqlmodel import Field

from storage.base import BigId, Moment, Record, columns_of, partial, table_of
from storage.concealed_tables import (
    AnonCase,
    AnonCount,
    AnonMsg,
    AnonSetup,
    AnonSpool,
    AnonWrap,
    Concern,
    LeadAudit,
    LeadKey,
    LeadKeyWaiting,
)
from storage.living import (
    NUDGING,
    CaseCountry,
    CasePerson,
    Mitigation,
    MitigationStatus,
    Nudge,
    NudgeState,
    PersonRole,
    Prompt,
    Seal,
    SignalRow,
    SignalState,
    ValidWhile,
)

__all__ = [
    "ACTIVE",
    "ANYWHERE",
    "GIVEN_UP",
    "HANDED",
    "IN_FLIGHT",
    "KNOWN",
    "LISTED",
    "NUDGING",
    "OPEN",
    "OPENLY",
    "OPEN_SEVERE",
    "RETRIED",
    "UNSENT",
    "WAITING",
    "AnonCase",
    "AnonCount",
    "AnonMsg",
    "AnonSetup",
    "AnonSpool",
    "AnonWrap",
    "Case",
    "CaseCountry",
    "CaseGroup",
    "CasePerson",
    "CaseState",
    "Chain",
    "Check",
    "Concern",
    "Decision",
    "Draft",
    "Event",
    "Fact",
    "Lane",
    "LeadAudit",
    "LeadKey",
    "LeadKeyWaiting",
    "Mitigation",
    "MitigationStatus",
    "Nudge",
    "NudgeState",
    "Outbox",
    "OutboxState",
    "PersonRole",
    "Prompt",
    "Record",
    "Seal",
    "SignalRow",
    "SignalState",
    "Timer",
    "TimerState",
    "ValidWhile",
    "Words",
    "columns_of",
    "table_of",
]

OPEN: Final = "state <> 'closed'"
ACTIVE: Final = "state IN ('waiting', 'acknowledged')"
LISTED: Final = "state IN ('waiting', 'acknowledged') AND NOT sealed"
KNOWN: Final = "state <> 'closed' AND NOT sealed"
OPENLY: Final = "state <> 'closed' AND NOT sealed AND (cannot > 0 OR not_yet > 0)"
ANYWHERE: Final = "state <> 'closed' AND NOT sealed AND anywhere"
OPEN_SEVERE: Final = "state <> 'closed' AND severity >= 3"
WAITING: Final = "state = 'waiting'"
UNSENT: Final = "state IN ('pending', 'handed', 'sending')"
IN_FLIGHT: Final = "state IN ('handed', 'sending')"
GIVEN_UP: Final = "state IN ('parked', 'maybe_sent')"
RETRIED: Final = "state = 'pending' AND error IS NOT NULL AND error NOT LIKE 'own:%'"
HANDED: Final = "state = 'handed'"

CaseState = Literal["waiting", "acknowledged", "tracked", "closed"]
Decision = Literal["go", "conditions", "hold", "stop", "exit"]
OutboxState = Literal["pending", "handed", "sending", "sent", "parked", "maybe_sent"]
TimerState = Literal["waiting", "handed"]


class Check(Record, table=True):
    """Keep one filled question set with what the rule made of it. Rows are added, hardly ever changed."""

    __tablename__ = "hr_check"
    __table_args__ = (
        Index(None, "product_id", "created_at"),
        Index(None, "submitter_id", "created_at"),
        Index(None, "case_id"),
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("likelihood BETWEEN 1 AND 4", name="likelihood"),
    )

    id: str = Field(primary_key=True, max_length=32)
    request_key: str = Field(max_length=64, unique=True)
    product_id: str = Field(max_length=64)
    launch: str = Field(max_length=150)
    launch_key: str = Field(max_length=160)
    submitter_id: str = Field(max_length=32)
    channel_id: str | None = Field(default=None, max_length=32)
    bank: str = Field(max_length=16)
    rule_version: str = Field(max_length=32)
    answers: dict[str, Any] = Field(sa_type=JSON)
    finding: dict[str, Any] = Field(sa_type=JSON)
    level: int = Field(sa_type=SmallInteger)
    severity: int = Field(sa_type=SmallInteger)
    likelihood: int = Field(sa_type=SmallInteger)
    case_id: int | None = Field(default=None, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    disagreed_at: datetime | None = Field(default=None)
    reopens_id: str | None = Field(default=None, max_length=32)
    disagreement: str | None = Field(default=None, max_length=1000)
    created_at: datetime


_CASE_VERSION: Final = Column("version", Integer, nullable=False)


class Case(Record, table=True):
    """Keep where the risk of one product's launch stands now. How it came there is told by its events.

    `asked_at` is when the present owner was asked; `look_again_at` when a decision or a snooze is looked at again.
    A `tracked` case is decided and lives on: its mitigations are looked at again until all four steps are complete.
    What a record says openly is counted here for the digest: gaps (`cannot`, `not_yet`), risks that nobody answers
    (`no_action`), `dissent`, severe risks without a formal report (`no_formal`), commercial `pressure`.
    `sealed`: only the people involved know of it. `anywhere`: where it is used is not known, so a change in any country
    concerns it. `signal_id` is the change of context that reopened it last: what it brought about is told together.
    """

    __tablename__ = "hr_case"
    __table_args__ = (
        partial("uq_hr_case_open_launch", "product_id", "launch_key", where=OPEN, unique=True),
        partial("ix_hr_case_caseload", text("queue_order DESC"), "id", where=LISTED),
        partial("ix_hr_case_owed", "owner_id", text("queue_order DESC"), "id", where=ACTIVE),
        partial("ix_hr_case_living", "product_id", "id", where=KNOWN),
        partial("ix_hr_case_anywhere", "product_id", "id", where=ANYWHERE),
        partial("ix_hr_case_everywhere", "id", where=ANYWHERE),
        partial("ix_hr_case_openly", "id", where=OPENLY),
        partial("ix_hr_case_register", text("queue_order DESC"), "id", "product_id", "launch_key", where=KNOWN),
        partial("ix_hr_case_owner", "owner_id", where=OPEN),
        partial("ix_hr_case_backup", "backup_id", where=OPEN),
        partial("ix_hr_case_ack_due", "ack_due_at", where=WAITING),
        partial("ix_hr_case_severe", "product_id", "opened_at", where=OPEN_SEVERE),
        Index(None, "submitter_id", "opened_at"),
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("state IN ('waiting', 'acknowledged', 'tracked', 'closed')", name="state"),
        CheckConstraint("decision IN ('go', 'conditions', 'hold', 'stop', 'exit')", name="decision"),
        {"sqlite_autoincrement": True},
    )
    # A change of a row that somebody else changed since it was read fails instead of overwriting.
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _CASE_VERSION}

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    product_id: str = Field(max_length=64)
    launch: str = Field(max_length=150)
    launch_key: str = Field(max_length=160)
    level: int = Field(sa_type=SmallInteger)
    rule_level: int = Field(sa_type=SmallInteger)
    floor_level: int = Field(sa_type=SmallInteger)
    severity: int = Field(sa_type=SmallInteger)
    likelihood: int = Field(sa_type=SmallInteger)
    scale: int = Field(sa_type=SmallInteger)
    scope: int = Field(sa_type=SmallInteger)
    irremediability: int = Field(sa_type=SmallInteger)
    queue_order: int
    state: str = Field(default="waiting", max_length=16)
    owner_id: str | None = Field(default=None, max_length=32)
    owner_role: str = Field(max_length=32)
    backup_id: str | None = Field(default=None, max_length=32)
    channel_id: str | None = Field(default=None, max_length=32)
    card_channel_id: str | None = Field(default=None, max_length=32)
    card_ts: str | None = Field(default=None, max_length=32)
    acknowledged_by: str | None = Field(default=None, max_length=32)
    acknowledged_at: datetime | None = Field(default=None)
    ack_due_at: datetime | None = Field(default=None)
    decide_due_at: datetime | None = Field(default=None)
    contain_due_at: datetime | None = Field(default=None)
    asked_at: datetime | None = Field(default=None)
    snoozed_at: datetime | None = Field(default=None)
    contained_at: datetime | None = Field(default=None)
    contained_by: str | None = Field(default=None, max_length=32)
    decision: str | None = Field(default=None, max_length=16)
    decided_by: str | None = Field(default=None, max_length=32)
    decided_at: datetime | None = Field(default=None)
    keeper_id: str | None = Field(default=None, max_length=32)
    look_again_at: datetime | None = Field(default=None)
    submitter_id: str = Field(max_length=32)
    last_check_id: str = Field(max_length=32)
    sealed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    anywhere: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    signal_id: int | None = Field(default=None, sa_type=cast(Any, BigId))
    cannot: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    not_yet: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    no_action: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    dissent: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    no_formal: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    pressure: int = Field(default=0, sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = Field(default=None)
    version: int = Field(default=1, sa_column=_CASE_VERSION)


class CaseGroup(Record, table=True):
    """Keep which groups at risk a case touches, so that severe risks for one group can be counted over products."""

    __tablename__ = "hr_case_group"
    __table_args__ = (Index(None, "group_id", "opened_at"),)

    case_id: int = Field(primary_key=True, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    group_id: str = Field(primary_key=True, max_length=32)
    opened_at: datetime


class Event(Record, table=True):
    """Keep one thing that happened, tied to the one before it. Triggers refuse any change."""

    __tablename__ = "hr_event"
    __table_args__ = (Unique("stream", "seq"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    stream: str = Field(max_length=48)
    seq: int
    kind: str = Field(max_length=48)
    actor_id: str | None = Field(default=None, max_length=32)
    at: datetime
    data: dict[str, Any] = Field(sa_type=JSON)
    prev_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class Chain(Record, table=True):
    """Keep the last number and hash of a stream of events, so that a cut tail shows."""

    __tablename__ = "hr_chain"

    stream: str = Field(primary_key=True, max_length=48)
    seq: int
    hash: str = Field(max_length=64)


class Words(Record, table=True):
    """Keep what somebody wrote beside an event. The event holds a digest only, so that words can be erased later."""

    __tablename__ = "hr_words"

    stream: str = Field(primary_key=True, max_length=48)
    digest: str = Field(primary_key=True, max_length=64)
    salt: str = Field(max_length=32)
    text: str = Field(max_length=4000)


class Draft(Record, table=True):
    """Keep answers that a person has not handed in yet."""

    __tablename__ = "hr_draft"
    __table_args__ = (Index(None, "updated_at"),)

    person_id: str = Field(primary_key=True, max_length=32)
    draft_key: str = Field(primary_key=True, max_length=64)
    answers: dict[str, Any] = Field(sa_type=JSON)
    updated_at: datetime


class Timer(Record, table=True):
    """Keep one clock that runs. The row goes when the clock ends.

    `due_at` is when its step is to happen. `look_at` is when a sweep must look at it: `due_at` while it waits, the end
    of the lease while it is handed to a job. `generation` grows with every setting and every handing-out, so that a
    job on its way finds out that it came too late.
    """

    __tablename__ = "hr_timer"
    __table_args__ = (
        Index(None, "look_at", "id"),
        Index(None, "case_id"),
        partial("ix_hr_timer_handed", "id", where=HANDED),
        CheckConstraint("state IN ('waiting', 'handed')", name="state"),
        {"sqlite_autoincrement": True},
    )

    # Never given twice, also not for the same key: the engine ignores a job whose name it has seen.
    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    key: str = Field(max_length=96, unique=True)
    case_id: int | None = Field(default=None, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    kind: str = Field(max_length=24)
    step: str = Field(max_length=16)
    due_at: datetime
    look_at: datetime
    state: str = Field(default="waiting", max_length=8)
    generation: int = Field(default=0)
    created_at: datetime


class Lane(Record, table=True):
    """Keep when the next message to a recipient may leave; one without a row may leave at once."""

    __tablename__ = "hr_lane"

    lane: str = Field(primary_key=True, max_length=64)
    ready_at: datetime


class Fact(Record, table=True):
    """Keep a small fact of the installation, such as the digest of the policy that cases were routed by."""

    __tablename__ = "hr_fact"

    key: str = Field(primary_key=True, max_length=48)
    value: str = Field(max_length=200)
    at: datetime


class Outbox(Record, table=True):
    """Keep one message that was promised. To one recipient, the messages of one case leave in the order of their ids.

    `pending -> handed -> sending -> sent`, or `parked` (it can never arrive), or `maybe_sent` (a person looks).
    While a row is `handed` (a job was made) or `sending` (the job is about to post), `due_at` is the end of its lease:
    past it the row is handed out again. `maybe_out`: an earlier try may have reached Slack, so it is looked up first.
    """

    __tablename__ = "hr_outbox"
    __table_args__ = (
        partial("ix_hr_outbox_lane", "lane", "id", where=UNSENT),
        partial("ix_hr_outbox_lane_due", "lane", "due_at", "id", where=UNSENT),
        partial("ix_hr_outbox_case", "case_id", "lane", "id", where=UNSENT),
        partial("ix_hr_outbox_in_flight", "lane", "due_at", where=IN_FLIGHT),
        partial("ix_hr_outbox_retried", "lane", "id", where=RETRIED),
        partial("ix_hr_outbox_given_up", "id", where=GIVEN_UP),
        CheckConstraint("state IN ('pending', 'handed', 'sending', 'sent', 'parked', 'maybe_sent')", name="state"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    key: str = Field(max_length=96, unique=True)
    kind: str = Field(max_length=32)
    lane: str = Field(max_length=64)
    case_id: int | None = Field(default=None, sa_type=cast(Any, BigId))
    check_id: str | None = Field(default=None, max_length=32)
    data: dict[str, Any] = Field(sa_type=JSON)
    state: str = Field(default="pending", max_length=12)
    attempts: int = Field(default=0)
    maybe_out: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    created_at: datetime = Field(sa_column_kwargs={"server_default": Moment()})
    due_at: datetime
    claimed_at: datetime | None = Field(default=None)
    sent_at: datetime | None = Field(default=None)
    channel_id: str | None = Field(default=None, max_length=32)
    ts: str | None = Field(default=None, max_length=32)
    error: str | None = Field(default=None, max_length=64)
