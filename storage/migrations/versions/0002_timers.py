"""Add timers, lanes and facts; let the outbox hand out jobs; remember what became of a case.

Only adds: replicas of the release before (0001) go on working beside this one on PostgreSQL. They insert messages
without the new columns, which therefore have defaults, and they send without handing out first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = "state <> 'closed'"
FALLING = sa.text("queue_order DESC")
DECISIONS = "decision IN ('go', 'conditions', 'hold', 'stop', 'exit')"
MOMENTS = ("asked_at", "snoozed_at", "contained_at", "decided_at", "look_again_at")
TEXTS = (("contained_by", 32), ("decision", 16), ("decided_by", 32), ("keeper_id", 32))
STATES = "state IN ('pending', 'handed', 'sending', 'sent', 'parked', 'maybe_sent')"
STATES_BEFORE = "state IN ('pending', 'sending', 'sent', 'parked')"
UNSENT = "state IN ('pending', 'handed', 'sending')"
UNSENT_BEFORE = "state IN ('pending', 'sending')"
GIVEN_UP = "state IN ('parked', 'maybe_sent')"
# Indexes of the outbox: name, columns, rows.
INDEXES = (
    ("ix_hr_outbox_lane", ["lane", "id"], UNSENT),
    ("ix_hr_outbox_lane_due", ["lane", "due_at", "id"], UNSENT),
    ("ix_hr_outbox_case", ["case_id", "lane", "id"], UNSENT),
    ("ix_hr_outbox_in_flight", ["lane", "due_at"], "state IN ('handed', 'sending')"),
    ("ix_hr_outbox_retried", ["lane", "id"], "state = 'pending' AND error IS NOT NULL AND error NOT LIKE 'own:%'"),
    ("ix_hr_outbox_given_up", ["id"], GIVEN_UP),
)
INDEXES_BEFORE = (
    ("ix_hr_outbox_due", ["due_at", "id"], UNSENT_BEFORE),
    ("ix_hr_outbox_lane", ["lane", "id"], UNSENT_BEFORE),
    ("ix_hr_outbox_parked", ["id"], "state = 'parked'"),
)
# Release 0001 looked an earlier try up unless its error said that it cannot have arrived.
PERHAPS_OUT = (
    "state = 'sending' OR (state = 'pending' AND error IS NOT NULL AND error <> 'ratelimited' "
    "AND substr(error, 1, 4) <> 'own:') OR (state = 'parked' AND substr(error, 1, 7) = 'unsure:')"
)


def _partial(name: str, table: str, columns: list[sa.TextClause | str], where: str) -> None:
    """Create an index over the rows that match `where`."""
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _on_sqlite() -> bool:
    """Say whether this is SQLite, which changes a table by copying it."""
    return bool(op.get_bind().dialect.name == "sqlite")


@contextmanager
def _changed(table: str) -> Iterator[BatchOperations]:
    """Change a table in one go; on SQLite by a copy, in which numbers once given stay given."""
    bind, last = op.get_bind(), None
    given = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=table)
    if _on_sqlite():
        last = bind.execute(given).scalar()
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
        yield batch
    if last is not None:
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table").bindparams(table=table))
        again = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")
        bind.execute(again.bindparams(table=table, last=last))


def _falling(make: bool) -> None:
    """Drop, or make again, the falling indexes of cases: the copy on SQLite would make them rising."""
    if not _on_sqlite():
        return
    if make:
        _partial("ix_hr_case_caseload", "hr_case", [FALLING, "id"], OPEN)
        _partial("ix_hr_case_owed", "hr_case", ["owner_id", FALLING, "id"], OPEN)
    else:
        op.drop_index("ix_hr_case_caseload", "hr_case")
        op.drop_index("ix_hr_case_owed", "hr_case")


def upgrade() -> None:
    """Add the tables and columns, and carry over what is under way."""
    _case()
    _outbox()
    _watch_old_senders()
    _timer()
    _lane_and_fact()


def downgrade() -> None:
    """Take the tables and columns away again. Messages on their way go back to what release 0001 knows."""
    for table in ("hr_timer", "hr_lane", "hr_fact"):
        op.drop_table(table)
    if not _on_sqlite():
        op.execute("DROP TRIGGER hr_outbox_old_sender ON hr_outbox")
        op.execute("DROP FUNCTION hr_outbox_perhaps_out()")
    _outbox_back()
    _case_back()


def _case() -> None:
    """Add what became of a case. The owner of an open case was asked when the case last changed, or before."""
    _falling(make=False)
    with _changed("hr_case") as batch:
        for name in MOMENTS:
            batch.add_column(sa.Column(name, AT, nullable=True))
        for name, length in TEXTS:
            batch.add_column(sa.Column(name, sa.String(length), nullable=True))
        batch.create_check_constraint(op.f("ck_hr_case_decision"), DECISIONS)
    _falling(make=True)
    op.execute(f"UPDATE hr_case SET asked_at = updated_at WHERE {OPEN}")


def _case_back() -> None:
    """Forget what became of cases."""
    _falling(make=False)
    with _changed("hr_case") as batch:
        batch.drop_constraint(op.f("ck_hr_case_decision"), type_="check")
        for name in (*MOMENTS, *(name for name, _ in TEXTS)):
            batch.drop_column(name)
    _falling(make=True)


def _outbox() -> None:
    """Let messages be handed out and looked after by a person; keep in mind which of them may be out."""
    now = sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))" if _on_sqlite() else "CURRENT_TIMESTAMP")
    for name, _, _ in INDEXES_BEFORE:
        op.drop_index(name, "hr_outbox")
    with _changed("hr_outbox") as batch:
        batch.add_column(sa.Column("maybe_out", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("created_at", AT, nullable=False, server_default=now))
        batch.drop_constraint(op.f("ck_hr_outbox_state"), type_="check")
        batch.create_check_constraint(op.f("ck_hr_outbox_state"), STATES)
    # Only what is not sent yet: the rest may be a million rows, and nobody asks when those were promised.
    op.execute(
        f"UPDATE hr_outbox SET created_at = due_at, maybe_out = COALESCE({PERHAPS_OUT}, false) WHERE state <> 'sent'"
    )
    for name, columns, where in INDEXES:
        _partial(name, "hr_outbox", list(columns), where)


def _outbox_back() -> None:
    """Put the outbox back: what was handed is pending, and what a person should look at is given up."""
    op.execute("UPDATE hr_outbox SET state = 'pending' WHERE state = 'handed'")
    op.execute("UPDATE hr_outbox SET state = 'parked', error = 'unsure:maybe_sent' WHERE state = 'maybe_sent'")
    for name, _, _ in INDEXES:
        op.drop_index(name, "hr_outbox")
    with _changed("hr_outbox") as batch:
        batch.drop_constraint(op.f("ck_hr_outbox_state"), type_="check")
        batch.create_check_constraint(op.f("ck_hr_outbox_state"), STATES_BEFORE)
        batch.drop_column("created_at")
        batch.drop_column("maybe_out")
    for name, columns, where in INDEXES_BEFORE:
        _partial(name, "hr_outbox", list(columns), where)


def _watch_old_senders() -> None:
    """Mark what a replica of release 0001 takes up: only that release goes from `pending` straight to `sending`.

    It knows nothing of `maybe_out`, and may put the message back without knowing whether it arrived. (SQLite is used
    by one process at a time.) A later release drops this.
    """
    if _on_sqlite():
        return
    op.execute(
        "CREATE FUNCTION hr_outbox_perhaps_out() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.maybe_out := true; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER hr_outbox_old_sender BEFORE UPDATE ON hr_outbox FOR EACH ROW "
        "WHEN (OLD.state = 'pending' AND NEW.state = 'sending') EXECUTE FUNCTION hr_outbox_perhaps_out()"
    )


def _timer() -> None:
    """Create the table of clocks that run."""
    op.create_table(
        "hr_timer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(96), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("look_at", AT, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'handed')", name=op.f("ck_hr_timer_state")),
        sa.ForeignKeyConstraint(["case_id"], ["hr_case.id"], name=op.f("fk_hr_timer_case_id_hr_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_timer")),
        sa.UniqueConstraint("key", name=op.f("uq_hr_timer_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hr_timer_look_at_id"), "hr_timer", ["look_at", "id"])
    op.create_index(op.f("ix_hr_timer_case_id"), "hr_timer", ["case_id"])
    _partial("ix_hr_timer_handed", "hr_timer", ["id"], "state = 'handed'")


def _lane_and_fact() -> None:
    """Create the tables of recipients' rests and of small facts."""
    op.create_table(
        "hr_lane",
        sa.Column("lane", sa.String(64), nullable=False),
        sa.Column("ready_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_hr_lane")),
    )
    op.create_table(
        "hr_fact",
        sa.Column("key", sa.String(48), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_hr_fact")),
    )
