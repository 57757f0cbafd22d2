"""The tables of concerns. Those named `hr_anon_*` hold no person, no time, and nothing that tells an order.

Rows of an anonymous report are found by a locator that only its receipt gives. Their ids are random, their blobs are
all of one size, and a week is the closest that anything in them comes to a moment. Named and confidential concerns have
a table of their own; what people wrote in them is sealed in the case.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from storage.base import BigId, Record

WITHOUT_ROWID: Final = {"sqlite_with_rowid": False}
"""SQLite would number rows in the order in which they came."""

AnonState = Literal["waiting", "acknowledged", "answered", "closed", "retracted"]
Direction = Literal["R", "L"]


class AnonSetup(Record, table=True):
    """Keep, in one row, how receipts are stretched: the parameters and the salt of this installation."""

    __tablename__ = "hr_anon_setup"
    __table_args__ = (WITHOUT_ROWID,)

    name: str = Field(primary_key=True, max_length=16)
    kdf: str = Field(max_length=64)
    salt: bytes = Field(sa_type=LargeBinary)


class AnonCase(Record, table=True):
    """Keep one anonymous report, as far as anybody but its readers may know it.

    `label` is two words drawn at random. `release_week` is an ISO week ("2026-W47"); `released_on` is emptied once a
    person has acknowledged, or the time for that is over. `closed_month` is "2026-11". `silent` counts deadlines
    that passed without an answer.
    """

    __tablename__ = "hr_anon_case"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'acknowledged', 'answered', 'closed', 'retracted')", name="state"),
        WITHOUT_ROWID,
    )

    id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    locator: bytes = Field(unique=True, sa_type=LargeBinary)
    case_pk: bytes = Field(sa_type=LargeBinary)
    reporter_pk: bytes = Field(sa_type=LargeBinary)
    rwrap: bytes = Field(sa_type=LargeBinary)
    label: str = Field(max_length=40)
    state: str = Field(max_length=12)
    topic: str = Field(max_length=24)
    level: int
    site: str | None = Field(default=None, max_length=40)
    release_week: str = Field(max_length=8)
    released_on: date | None = Field(default=None)
    last_week: str = Field(max_length=8)
    closed_month: str | None = Field(default=None, max_length=7)
    silent: int = Field(default=0)


class AnonWrap(Record, table=True):
    """Keep one of the eight wraps of a report's key; some open for somebody, and nobody can tell which."""

    __tablename__ = "hr_anon_wrap"
    __table_args__ = (WITHOUT_ROWID,)

    case_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    place: int = Field(primary_key=True)
    blob: bytes = Field(sa_type=LargeBinary)


class AnonMsg(Record, table=True):
    """Keep one sealed message. `dir` is R from the reporter, L to them; `seq` counts in each direction.

    `twin` is 0, but where two replicas took a number at once.
    """

    __tablename__ = "hr_anon_msg"
    __table_args__ = (CheckConstraint("dir IN ('R', 'L')", name="dir"), WITHOUT_ROWID)

    case_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    dir: str = Field(primary_key=True, max_length=1)
    seq: int = Field(primary_key=True)
    twin: int = Field(primary_key=True, default=0)
    blob: bytes = Field(sa_type=LargeBinary)


class AnonSpool(Record, table=True):
    """Keep one place of the spool: something held or nothing, which look alike."""

    __tablename__ = "hr_anon_spool"
    __table_args__ = (WITHOUT_ROWID,)

    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key_id: str = Field(max_length=16)
    head: bytes = Field(sa_type=LargeBinary)
    body: bytes = Field(sa_type=LargeBinary)


class AnonCount(Record, table=True):
    """Keep what outlives reports and windows: how many, by quarter or week and by what. `what` is an id of ours."""

    __tablename__ = "hr_anon_count"
    __table_args__ = (WITHOUT_ROWID,)

    period: str = Field(primary_key=True, max_length=8)
    what: str = Field(primary_key=True, max_length=32)
    count: int


class LeadKey(Record, table=True):
    """Keep the public key of a recipient, and, unless they keep it themselves, the private one under their passphrase.

    `sealed_sk` is empty for who reads with `hrdd inbox`. `generation` grows with every new pair. `person` is whose it
    is: somebody who is given that recipient's id later has no key yet, and takes nobody's away.
    """

    __tablename__ = "hr_lead_key"

    lead: str = Field(primary_key=True, max_length=40)
    person: str = Field(primary_key=True, max_length=32)
    pk: bytes = Field(sa_type=LargeBinary)
    salt: bytes = Field(sa_type=LargeBinary)
    sealed_sk: bytes = Field(sa_type=LargeBinary)
    generation: int
    made_at: datetime


class LeadKeyWaiting(Record, table=True):
    """Keep a new pair of a recipient who has one already: it is not used before somebody says whose it is."""

    __tablename__ = "hr_lead_key_waiting"

    lead: str = Field(primary_key=True, max_length=40)
    person: str = Field(primary_key=True, max_length=32)
    pk: bytes = Field(sa_type=LargeBinary)
    salt: bytes = Field(sa_type=LargeBinary)
    sealed_sk: bytes = Field(sa_type=LargeBinary)
    made_at: datetime


class LeadAudit(Record, table=True):
    """Keep what a recipient did in the inbox, chained by hash. Nothing here is about a reporter."""

    __tablename__ = "hr_lead_audit"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True, sa_type=cast(Any, BigId))
    lead: str = Field(max_length=40)
    action: str = Field(max_length=24)
    case_id: bytes | None = Field(default=None, sa_type=LargeBinary)
    at: datetime
    prev_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class Concern(Record, table=True):
    """Keep who raised a named or confidential concern, which case it became, and who must not see it.

    `person` is sealed for a confidential one (a seal of the case), else the id.
    """

    __tablename__ = "hr_concern"
    __table_args__ = (
        Index(None, "person_key"),
        CheckConstraint("kind IN ('named', 'confidential')", name="kind"),
    )

    case_id: int = Field(primary_key=True, foreign_key="hr_case.id", sa_type=cast(Any, BigId))
    kind: str = Field(max_length=12)
    person_key: str = Field(max_length=64)
    person_box: bytes = Field(sa_type=LargeBinary)
    excluded: list[str] = Field(sa_type=JSON)
    topic: str = Field(max_length=24)
    request_key: str = Field(max_length=80, unique=True)
    acknowledged_at: datetime | None = Field(default=None)
    answered_at: datetime | None = Field(default=None)
    created_at: datetime
