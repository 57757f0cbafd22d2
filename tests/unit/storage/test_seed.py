"""The bench's years of use look like use: right numbers, whole chains, readable rows."""

from __future__ import annotations

from sqlalchemy import text

from storage import cases, checks
from storage.audit import verify
from storage.database import Database
from tests.bench.seed import seed
from tests.unit.storage.people import DAY, T0


def test_a_seeded_database_has_what_was_asked_for_and_reads_like_any_other(db: Database) -> None:
    seed(db, start=T0, checks=2_000, cases=200, messages=50, chains=20)
    with db.read() as session:
        connection = session.connection()
        counts = [connection.execute(text(f"SELECT count(*) FROM hr_{name}")).scalar() for name in ("check", "case")]
        verdict = verify(session)
        newest = checks.last_for_product(session, "p7")
        severe = checks.severe_since(session, "p7", T0)
        waiting = cases.count_open(session)
    assert counts == [2_000, 200]
    assert (verdict.streams, verdict.events, verdict.problems) == (20, 100, ())
    assert newest is not None
    assert newest.id == "old1507"
    assert newest.created_at < T0 + DAY
    assert newest.answers["M4"] == 3
    assert (severe, waiting) == (4, 20)
