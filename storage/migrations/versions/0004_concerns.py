"""Add concerns: anonymous reports, the keys of those who read them, and named or confidential concerns.

Only adds tables: replicas of the release before (0003) go on working beside this one on PostgreSQL. On SQLite the tables
of anonymous reports number no rows, since a number would tell the order in which reports came.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
BLOB = sa.LargeBinary
TABLES = (
    "hr_concern",
    "hr_lead_audit",
    "hr_lead_key_waiting",
    "hr_lead_key",
    "hr_anon_count",
    "hr_anon_spool",
    "hr_anon_msg",
    "hr_anon_wrap",
    "hr_anon_case",
    "hr_anon_setup",
)


def upgrade() -> None:
    """Add the tables."""
    _reports()
    _spool()
    _leads()
    _concern()


def downgrade() -> None:
    """Take the tables away again, and with them every concern that is in no other table."""
    for table in TABLES:
        op.drop_table(table)


def _has(name: str, kind: Any, *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=empty)


def _reports() -> None:
    """Create the tables of anonymous reports."""
    op.create_table(
        "hr_anon_setup",
        _has("name", sa.String(16)),
        _has("kdf", sa.String(64)),
        _has("salt", BLOB),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hr_anon_setup")),
        sqlite_with_rowid=False,
    )
    states = "state IN ('waiting', 'acknowledged', 'answered', 'closed', 'retracted')"
    op.create_table(
        "hr_anon_case",
        _has("id", BLOB),
        *(_has(name, BLOB) for name in ("locator", "case_pk", "reporter_pk", "rwrap")),
        _has("label", sa.String(40)),
        _has("state", sa.String(12)),
        _has("topic", sa.String(24)),
        _has("level", sa.Integer()),
        _has("site", sa.String(40), empty=True),
        _has("release_week", sa.String(8)),
        _has("released_on", sa.Date(), empty=True),
        _has("last_week", sa.String(8)),
        _has("closed_month", sa.String(7), empty=True),
        _has("silent", sa.Integer()),
        sa.CheckConstraint(states, name=op.f("ck_hr_anon_case_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_anon_case")),
        sa.UniqueConstraint("locator", name=op.f("uq_hr_anon_case_locator")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hr_anon_wrap",
        _has("case_id", BLOB),
        _has("place", sa.Integer()),
        _has("blob", BLOB),
        sa.PrimaryKeyConstraint("case_id", "place", name=op.f("pk_hr_anon_wrap")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hr_anon_msg",
        _has("case_id", BLOB),
        _has("dir", sa.String(1)),
        _has("seq", sa.Integer()),
        _has("twin", sa.Integer()),
        _has("blob", BLOB),
        sa.CheckConstraint("dir IN ('R', 'L')", name=op.f("ck_hr_anon_msg_dir")),
        sa.PrimaryKeyConstraint("case_id", "dir", "seq", "twin", name=op.f("pk_hr_anon_msg")),
        sqlite_with_rowid=False,
    )


def _spool() -> None:
    """Create the table of what is held, and that of counts."""
    op.create_table(
        "hr_anon_spool",
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        _has("key_id", sa.String(16)),
        _has("head", BLOB),
        _has("body", BLOB),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_hr_anon_spool")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hr_anon_count",
        _has("period", sa.String(8)),
        _has("what", sa.String(32)),
        _has("count", sa.Integer()),
        sa.PrimaryKeyConstraint("period", "what", name=op.f("pk_hr_anon_count")),
        sqlite_with_rowid=False,
    )


def _leads() -> None:
    """Create the tables of recipients' keys and of what recipients did."""
    op.create_table(
        "hr_lead_key",
        _has("lead", sa.String(40)),
        _has("person", sa.String(32)),
        *(_has(name, BLOB) for name in ("pk", "salt", "sealed_sk")),
        _has("generation", sa.Integer()),
        _has("made_at", AT),
        sa.PrimaryKeyConstraint("lead", "person", name=op.f("pk_hr_lead_key")),
    )
    op.create_table(
        "hr_lead_key_waiting",
        _has("lead", sa.String(40)),
        _has("person", sa.String(32)),
        *(_has(name, BLOB) for name in ("pk", "salt", "sealed_sk")),
        _has("made_at", AT),
        sa.PrimaryKeyConstraint("lead", "person", name=op.f("pk_hr_lead_key_waiting")),
    )
    op.create_table(
        "hr_lead_audit",
        _has("id", BIG),
        _has("lead", sa.String(40)),
        _has("action", sa.String(24)),
        _has("case_id", BLOB, empty=True),
        _has("at", AT),
        *(_has(name, sa.String(64)) for name in ("prev_hash", "hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_lead_audit")),
        sqlite_autoincrement=True,
    )


def _concern() -> None:
    """Create the table of named and confidential concerns."""
    op.create_table(
        "hr_concern",
        _has("case_id", BIG),
        _has("kind", sa.String(12)),
        _has("person_key", sa.String(64)),
        _has("person_box", BLOB),
        _has("excluded", sa.JSON()),
        _has("topic", sa.String(24)),
        _has("request_key", sa.String(80)),
        _has("acknowledged_at", AT, empty=True),
        _has("answered_at", AT, empty=True),
        _has("created_at", AT),
        sa.CheckConstraint("kind IN ('named', 'confidential')", name=op.f("ck_hr_concern_kind")),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_concern_case_id_hr_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_hr_concern")),
        sa.UniqueConstraint("request_key", name=op.f("uq_hr_concern_request_key")),
    )
    op.create_index(op.f("ix_hr_concern_person_key"), "hr_concern", ["person_key"])
