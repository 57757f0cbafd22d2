"""The tables of the living record: what is asked about a case after its decision, and the changes that touch it.

What a record says is told by its events. Rows about places, people and mitigations hold the part of it that is
searched for, and are written in the transaction of the event. Times are aware UTC datetimes from outside.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlmodel import Field

from storage.base import BigId, Record, partial

NUDGING: Final = "state <> 'ended'"

MitigationStatus = Literal["unproven", "working", "weakening", "failed"]
NudgeState = Literal["due", "asked", "ended"]
PersonRole = Literal["invited", "mitigation", "reviewer", "discussed", "decides"]
SignalState = Literal["planned", "running", "done", "cancelled"]


class CaseCountry(Record, table=True):
    """Keep one country that a case names as a place of use, by its ISO 3166 code. See `Case.anywhere`."""

    __tablename__ = "hr_case_country"
    __table_args__ = (Index(None, "case_id"),)

    country: str = Field(primary_key=True, max_length=2)
    case_id: int = Field(primary_key=True, foreign_key="hr_case.id", sa_type=cast(Any, BigId))


class CasePerson(Record, table=True):
    """Keep who has a part in a case beside its owner and those who sent a check: they may see it."""

    __tablename__ = "hr_case_person"
    __table_args__ = (Index(None, "person_id", "case_id"),)

    case_id: int = Field(primary_key=True, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    person_id: str = Field(primary_key=True, max_length=32)
    role: str = Field(primary_key=True, max_length=16)


class Mitigation(Record, table=True):
    """Keep where one mitigation of a case stands. `number` is its entry in the record, `risk` the entry it answers.

    `credited`: its evidence lowers the level, until `next_check_at` or until the world around it changes.
    """

    __tablename__ = "hr_mitigation"
    __table_args__ = (
        Index(None, "owner_id", "next_check_at"),
        CheckConstraint("status IN ('unproven', 'working', 'weakening', 'failed')", name="status"),
    )

    case_id: int = Field(primary_key=True, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    number: int = Field(primary_key=True)
    risk: int
    type: str = Field(max_length=24)
    owner_id: str | None = Field(default=None, max_length=32)
    evidence: str = Field(max_length=4)
    status: str = Field(default="unproven", max_length=12)
    credited: bool = Field(default=False)
    next_check_at: datetime | None = Field(default=None)
    updated_at: datetime


class ValidWhile(Record, table=True):
    """Keep one change that would end what a mitigation relies on; an empty country or customer means any."""

    __tablename__ = "hr_valid_while"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "number"], ["hr_mitigation.case_id", "hr_mitigation.number"]),
        Index(None, "signal", "country", "case_id"),
    )

    case_id: int = Field(primary_key=True, sa_type=cast(Any, BigId))
    number: int = Field(primary_key=True)
    signal: str = Field(primary_key=True, max_length=24)
    country: str = Field(primary_key=True, default="", max_length=2)
    customer: str = Field(primary_key=True, default="", max_length=80)


class SignalRow(Record, table=True):
    """Keep one change in the context of use, and how far the cases that it concerns were worked through.

    It began at `since` and is acted on from `acts_at`; empty lists of countries, products or customers mean all.
    `cursor` is the last case that was worked through. Of the cases, `touched` were concerned, `reopened` were opened
    again, `raised` went to a higher level; `hit` is how many mitigations it put in doubt. What somebody wrote about it
    stands in `hr_words` under `signal:{id}`.
    """

    __tablename__ = "hr_signal"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'running', 'done', 'cancelled')", name="state"),
        Index(None, "state", "acts_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    key: str = Field(max_length=96, unique=True)
    signal: str = Field(max_length=24)
    countries: list[str] = Field(sa_type=JSON)
    products: list[str] = Field(sa_type=JSON)
    customers: list[str] = Field(sa_type=JSON)
    defeats: list[str] = Field(sa_type=JSON)
    since: datetime
    acts_at: datetime
    state: str = Field(default="planned", max_length=10)
    by_id: str | None = Field(default=None, max_length=32)
    source: str = Field(max_length=80)
    case_id: int | None = Field(default=None, sa_type=cast(Any, BigId))
    cursor: int = Field(default=0, sa_type=cast(Any, BigId))
    touched: int = Field(default=0)
    reopened: int = Field(default=0)
    raised: int = Field(default=0)
    hit: int = Field(default=0)
    created_at: datetime
    done_at: datetime | None = Field(default=None)


class Seal(Record, table=True):
    """Keep a text that only the people involved may read, encrypted. Erasing it empties `box` and leaves the number."""

    __tablename__ = "hr_seal"
    __table_args__ = (Index(None, "case_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    case_id: int = Field(sa_type=cast(Any, BigId))
    part: str = Field(max_length=24)
    number: int
    key_id: str = Field(max_length=16)
    box: bytes = Field(sa_type=LargeBinary)
    created_by: str = Field(max_length=32)
    created_at: datetime
    erased_at: datetime | None = Field(default=None)


class Nudge(Record, table=True):
    """Keep one question to a person whether something still holds.

    `number` is what it is about: an entry of the mitigations; below 0 one of the gaps; 0 the picture as a whole.
    `due -> asked -> ended`. `batch` names the message in which it was asked with others.
    """

    __tablename__ = "hr_nudge"
    __table_args__ = (
        partial("uq_hr_nudge_open", "case_id", "number", "person_id", where=NUDGING, unique=True),
        partial("ix_hr_nudge_owed", "person_id", "due_at", where=NUDGING),
        CheckConstraint("state IN ('due', 'asked', 'ended')", name="state"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    case_id: int = Field(foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    number: int
    person_id: str = Field(max_length=32)
    state: str = Field(default="due", max_length=10)
    due_at: datetime
    asked_at: datetime | None = Field(default=None)
    batch: str | None = Field(default=None, max_length=64)
    created_at: datetime


class Prompt(Record, table=True):
    """Keep when a person was prompted, so that nobody is prompted more often than promised."""

    __tablename__ = "hr_prompt"

    person_id: str = Field(primary_key=True, max_length=32)
    at: datetime = Field(primary_key=True)
    kind: str = Field(max_length=16)
