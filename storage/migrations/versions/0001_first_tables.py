"""Create the tables for checks, cases, events, drafts and the outbox, and make events append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = "state <> 'closed'"
UNSENT = "state IN ('pending', 'sending')"


def _text(name: str, length: int, *, null: bool = False) -> sa.Column[str]:
    """Describe a text column."""
    return sa.Column(name, sa.String(length), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    """Describe a moment in time."""
    return sa.Column(name, AT, nullable=null)


def _small(name: str) -> sa.Column[int]:
    """Describe a small number."""
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def _partial(name: str, table: str, columns: list[sa.TextClause | str], where: str, *, unique: bool = False) -> None:
    """Create an index over the rows that match `where`."""
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Create all tables."""
    _case()
    _case_group()
    _check()
    _event()
    _words()
    _draft()
    _outbox()
    _append_only()


def downgrade() -> None:
    """Remove all tables, and with them everything that is remembered."""
    for table in ("hr_check", "hr_case_group", "hr_case", "hr_event", "hr_chain", "hr_words", "hr_draft", "hr_outbox"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS hr_event_refuse()")


def _case() -> None:
    """Create the table of cases."""
    op.create_table(
        "hr_case",
        sa.Column("id", BIG, nullable=False),
        _text("product_id", 64),
        _text("launch", 150),
        _text("launch_key", 160),
        _small("level"),
        _small("rule_level"),
        _small("floor_level"),
        _small("severity"),
        _small("likelihood"),
        _small("scale"),
        _small("scope"),
        _small("irremediability"),
        sa.Column("queue_order", sa.Integer(), nullable=False),
        _text("state", 16),
        _text("owner_id", 32, null=True),
        _text("owner_role", 32),
        _text("backup_id", 32, null=True),
        _text("channel_id", 32, null=True),
        _text("card_channel_id", 32, null=True),
        _text("card_ts", 32, null=True),
        _text("acknowledged_by", 32, null=True),
        _at("acknowledged_at", null=True),
        _at("ack_due_at", null=True),
        _at("decide_due_at", null=True),
        _at("contain_due_at", null=True),
        _text("submitter_id", 32),
        _text("last_check_id", 32),
        _at("opened_at"),
        _at("updated_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_hr_case_level")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_hr_case_severity")),
        sa.CheckConstraint("state IN ('waiting', 'acknowledged', 'closed')", name=op.f("ck_hr_case_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_case")),
        sqlite_autoincrement=True,
    )
    falling = sa.text("queue_order DESC")
    _partial("uq_hr_case_open_launch", "hr_case", ["product_id", "launch_key"], OPEN, unique=True)
    _partial("ix_hr_case_caseload", "hr_case", [falling, "id"], OPEN)
    _partial("ix_hr_case_owed", "hr_case", ["owner_id", falling, "id"], OPEN)
    _partial("ix_hr_case_ack_due", "hr_case", ["ack_due_at"], "state = 'waiting'")
    _partial("ix_hr_case_severe", "hr_case", ["product_id", "opened_at"], f"{OPEN} AND severity >= 3")
    op.create_index(op.f("ix_hr_case_submitter_id_opened_at"), "hr_case", ["submitter_id", "opened_at"])


def _case_group() -> None:
    """Create the table of groups at risk that cases touch."""
    op.create_table(
        "hr_case_group",
        sa.Column("case_id", BIG, nullable=False),
        _text("group_id", 32),
        _at("opened_at"),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_case_group_case_id_hr_case")),
        sa.PrimaryKeyConstraint("case_id", "group_id", name=op.f("pk_hr_case_group")),
    )
    op.create_index(op.f("ix_hr_case_group_group_id_opened_at"), "hr_case_group", ["group_id", "opened_at"])


def _check() -> None:
    """Create the table of checks."""
    op.create_table(
        "hr_check",
        _text("id", 32),
        _text("request_key", 64),
        _text("product_id", 64),
        _text("launch", 150),
        _text("launch_key", 160),
        _text("submitter_id", 32),
        _text("channel_id", 32, null=True),
        _text("bank", 16),
        _text("rule_version", 32),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("finding", sa.JSON(), nullable=False),
        _small("level"),
        _small("severity"),
        _small("likelihood"),
        sa.Column("case_id", BIG, nullable=True),
        _at("disagreed_at", null=True),
        _text("reopens_id", 32, null=True),
        _text("disagreement", 1000, null=True),
        _at("created_at"),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_hr_check_level")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_hr_check_severity")),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 4", name=op.f("ck_hr_check_likelihood")),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_check_case_id_hr_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_check")),
        sa.UniqueConstraint("request_key", name=op.f("uq_hr_check_request_key")),
    )
    op.create_index(op.f("ix_hr_check_case_id"), "hr_check", ["case_id"])
    op.create_index(op.f("ix_hr_check_product_id_created_at"), "hr_check", ["product_id", "created_at"])
    op.create_index(op.f("ix_hr_check_submitter_id_created_at"), "hr_check", ["submitter_id", "created_at"])


def _event() -> None:
    """Create the tables of events and of the heads of their chains."""
    op.create_table(
        "hr_event",
        sa.Column("id", BIG, nullable=False),
        _text("stream", 48),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("kind", 48),
        _text("actor_id", 32, null=True),
        _at("at"),
        sa.Column("data", sa.JSON(), nullable=False),
        _text("prev_hash", 64),
        _text("hash", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_event")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_hr_event_stream_seq")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hr_chain",
        _text("stream", 48),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("hash", 64),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_hr_chain")),
    )


def _words() -> None:
    """Create the table of what people wrote beside events."""
    op.create_table(
        "hr_words",
        _text("stream", 48),
        _text("digest", 64),
        _text("salt", 32),
        _text("text", 4000),
        sa.PrimaryKeyConstraint("stream", "digest", name=op.f("pk_hr_words")),
    )


def _draft() -> None:
    """Create the table of answers not handed in yet."""
    op.create_table(
        "hr_draft",
        _text("person_id", 32),
        _text("draft_key", 64),
        sa.Column("answers", sa.JSON(), nullable=False),
        _at("updated_at"),
        sa.PrimaryKeyConstraint("person_id", "draft_key", name=op.f("pk_hr_draft")),
    )
    op.create_index(op.f("ix_hr_draft_updated_at"), "hr_draft", ["updated_at"])


def _outbox() -> None:
    """Create the table of promised messages."""
    op.create_table(
        "hr_outbox",
        sa.Column("id", BIG, nullable=False),
        _text("key", 96),
        _text("kind", 32),
        _text("lane", 64),
        sa.Column("case_id", BIG, nullable=True),
        _text("check_id", 32, null=True),
        sa.Column("data", sa.JSON(), nullable=False),
        _text("state", 12),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _at("due_at"),
        _at("claimed_at", null=True),
        _at("sent_at", null=True),
        _text("channel_id", 32, null=True),
        _text("ts", 32, null=True),
        _text("error", 64, null=True),
        sa.CheckConstraint("state IN ('pending', 'sending', 'sent', 'parked')", name=op.f("ck_hr_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_hr_outbox_key")),
        sqlite_autoincrement=True,
    )
    _partial("ix_hr_outbox_due", "hr_outbox", ["due_at", "id"], UNSENT)
    _partial("ix_hr_outbox_lane", "hr_outbox", ["lane", "id"], UNSENT)
    _partial("ix_hr_outbox_parked", "hr_outbox", ["id"], "state = 'parked'")


def _append_only() -> None:
    """Refuse every change and removal of an event."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER hr_event_no_{act.lower()} BEFORE {act} ON hr_event "
                "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION hr_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are never changed' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER hr_event_no_change BEFORE UPDATE OR DELETE ON hr_event "
        "FOR EACH ROW EXECUTE FUNCTION hr_event_refuse()"
    )
    op.execute(
        "CREATE TRIGGER hr_event_no_truncate BEFORE TRUNCATE ON hr_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION hr_event_refuse()"
    )
