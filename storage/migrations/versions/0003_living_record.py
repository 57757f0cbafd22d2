"""Add the living record: tracked and sealed cases, where and on what they rely, changes of context, re-checks.

Only adds: replicas of the release before (0002) go on working beside this one on PostgreSQL. They insert cases without
the new columns, which therefore have defaults or may be empty. A case that was closed before stays closed, and nobody
knows when that was: `closed_at` stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = "state <> 'closed'"
ACTIVE = "state IN ('waiting', 'acknowledged')"
STATES = "state IN ('waiting', 'acknowledged', 'tracked', 'closed')"
STATES_BEFORE = "state IN ('waiting', 'acknowledged', 'closed')"
NUDGING = "state <> 'ended'"
FALLING = sa.text("queue_order DESC")
KINDS_BEFORE = "kind IN ('answer', 'contain', 'look_again', 'digest')"
KNOWN = "state <> 'closed' AND NOT sealed"
COUNTS = ("cannot", "not_yet", "no_action", "dissent", "no_formal", "pressure")
# New indexes of cases: name, columns, rows.
INDEXES: tuple[tuple[str, list[sa.TextClause | str], str], ...] = (
    ("ix_hr_case_living", ["product_id", "id"], KNOWN),
    ("ix_hr_case_anywhere", ["product_id", "id"], f"{KNOWN} AND anywhere"),
    ("ix_hr_case_openly", ["id"], f"{KNOWN} AND (cannot > 0 OR not_yet > 0)"),
    ("ix_hr_case_everywhere", ["id"], f"{KNOWN} AND anywhere"),
    ("ix_hr_case_register", [FALLING, "id", "product_id", "launch_key"], KNOWN),
    ("ix_hr_case_owner", ["owner_id"], OPEN),
    ("ix_hr_case_backup", ["backup_id"], OPEN),
)
TABLES = (
    "hr_prompt",
    "hr_nudge",
    "hr_seal",
    "hr_signal",
    "hr_valid_while",
    "hr_mitigation",
    "hr_case_person",
    "hr_case_country",
)


def _partial(name: str, table: str, columns: Sequence[sa.TextClause | str], where: str, *, unique: bool = False) -> None:
    """Create an index over the rows that match `where`."""
    condition = sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


@contextmanager
def _changed(table: str) -> Iterator[BatchOperations]:
    """Change a table in one go; on SQLite by a copy, in which numbers once given stay given."""
    bind, last = op.get_bind(), None
    given = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=table)
    if bind.dialect.name == "sqlite":
        last = bind.execute(given).scalar()
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
        yield batch
    if last is not None:
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table").bindparams(table=table))
        again = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")
        bind.execute(again.bindparams(table=table, last=last))


def upgrade() -> None:
    """Add the tables and columns. What is under way goes on as it stands."""
    _case()
    _places_and_people()
    _mitigations()
    _signal()
    _seal()
    _nudges()


def downgrade() -> None:
    """Take the tables and columns away again, and with them what was written there.

    A tracked case is closed, and clocks that release 0002 does not know end.
    """
    for table in TABLES:
        op.drop_table(table)
    op.execute(f"DELETE FROM hr_timer WHERE NOT {KINDS_BEFORE}")
    op.execute("DELETE FROM hr_timer WHERE case_id IN (SELECT id FROM hr_case WHERE state = 'tracked')")
    _case_back()


def _queues(caseload: str, owed: str) -> None:
    """Make the falling indexes of cases. (A copy on SQLite would make them rising, so they go before it.)"""
    _partial("ix_hr_case_caseload", "hr_case", [FALLING, "id"], caseload)
    _partial("ix_hr_case_owed", "hr_case", ["owner_id", FALLING, "id"], owed)


def _no_queues() -> None:
    """Drop the falling indexes of cases."""
    op.drop_index("ix_hr_case_caseload", "hr_case")
    op.drop_index("ix_hr_case_owed", "hr_case")


def _case() -> None:
    """Let a case be tracked and sealed, and say where it is used: not known, so anywhere."""
    _no_queues()
    with _changed("hr_case") as batch:
        batch.add_column(sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("anywhere", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("signal_id", BIG, nullable=True))
        batch.add_column(sa.Column("closed_at", AT, nullable=True))
        for name in COUNTS:
            batch.add_column(sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"))
        batch.drop_constraint(op.f("ck_hr_case_state"), type_="check")
        batch.create_check_constraint(op.f("ck_hr_case_state"), STATES)
    _queues(f"{ACTIVE} AND NOT sealed", ACTIVE)
    for name, columns, where in INDEXES:
        _partial(name, "hr_case", columns, where)


def _case_back() -> None:
    """Put cases back to what release 0002 knows."""
    _no_queues()
    for name, _, _ in INDEXES:
        op.drop_index(name, "hr_case")
    op.execute("UPDATE hr_case SET state = 'closed' WHERE state = 'tracked'")
    with _changed("hr_case") as batch:
        batch.drop_constraint(op.f("ck_hr_case_state"), type_="check")
        batch.create_check_constraint(op.f("ck_hr_case_state"), STATES_BEFORE)
        for name in ("sealed", "anywhere", "signal_id", "closed_at", *COUNTS):
            batch.drop_column(name)
    _queues(OPEN, OPEN)


def _places_and_people() -> None:
    """Create the tables of a case's countries and people."""
    op.create_table(
        "hr_case_country",
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_case_country_case_id_hr_case")),
        sa.PrimaryKeyConstraint("country", "case_id", name=op.f("pk_hr_case_country")),
    )
    op.create_index(op.f("ix_hr_case_country_case_id"), "hr_case_country", ["case_id"])
    op.create_table(
        "hr_case_person",
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_case_person_case_id_hr_case")),
        sa.PrimaryKeyConstraint("case_id", "person_id", "role", name=op.f("pk_hr_case_person")),
    )
    op.create_index(op.f("ix_hr_case_person_person_id_case_id"), "hr_case_person", ["person_id", "case_id"])


def _mitigations() -> None:
    """Create the tables of mitigations and of what they rely on."""
    statuses = "status IN ('unproven', 'working', 'weakening', 'failed')"
    op.create_table(
        "hr_mitigation",
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(24), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=True),
        sa.Column("evidence", sa.String(4), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("credited", sa.Boolean(), nullable=False),
        sa.Column("next_check_at", AT, nullable=True),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint(statuses, name=op.f("ck_hr_mitigation_status")),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_mitigation_case_id_hr_case")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_hr_mitigation")),
    )
    op.create_index(op.f("ix_hr_mitigation_owner_id_next_check_at"), "hr_mitigation", ["owner_id", "next_check_at"])
    op.create_table(
        "hr_valid_while",
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("signal", sa.String(24), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("customer", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "number"],
            ["hr_mitigation.case_id", "hr_mitigation.number"],
            name=op.f("fk_hr_valid_while_case_id_number_hr_mitigation"),
        ),
        sa.PrimaryKeyConstraint("case_id", "number", "signal", "country", "customer", name=op.f("pk_hr_valid_while")),
    )
    op.create_index(
        op.f("ix_hr_valid_while_signal_country_case_id"), "hr_valid_while", ["signal", "country", "case_id"]
    )


def _signal() -> None:
    """Create the table of changes in the context of use."""
    op.create_table(
        "hr_signal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("signal", sa.String(24), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("countries", "products", "customers", "defeats")),
        sa.Column("since", AT, nullable=False),
        sa.Column("acts_at", AT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("by_id", sa.String(32), nullable=True),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("cursor", BIG, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("touched", "reopened", "raised", "hit")),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("done_at", AT, nullable=True),
        sa.CheckConstraint("state IN ('planned', 'running', 'done', 'cancelled')", name=op.f("ck_hr_signal_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_signal")),
        sa.UniqueConstraint("key", name=op.f("uq_hr_signal_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hr_signal_state_acts_at"), "hr_signal", ["state", "acts_at"])


def _seal() -> None:
    """Create the table of sealed texts."""
    op.create_table(
        "hr_seal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("part", sa.String(24), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("erased_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_seal")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hr_seal_case_id"), "hr_seal", ["case_id"])


def _nudges() -> None:
    """Create the tables of questions whether something still holds, and of when people were prompted."""
    op.create_table(
        "hr_nudge",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("asked_at", AT, nullable=True),
        sa.Column("batch", sa.String(64), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.CheckConstraint("state IN ('due', 'asked', 'ended')", name=op.f("ck_hr_nudge_state")),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_nudge_case_id_hr_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_nudge")),
        sqlite_autoincrement=True,
    )
    _partial("uq_hr_nudge_open", "hr_nudge", ["case_id", "number", "person_id"], NUDGING, unique=True)
    _partial("ix_hr_nudge_owed", "hr_nudge", ["person_id", "due_at"], NUDGING)
    op.create_table(
        "hr_prompt",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "at", name=op.f("pk_hr_prompt")),
    )
