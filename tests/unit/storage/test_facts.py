"""Small facts are kept, and whoever changes one is told that it is new."""

from __future__ import annotations

from storage import facts
from storage.database import Database
from tests.unit.storage.people import MINUTE, T0


def test_a_fact_is_kept_and_only_another_value_counts_as_a_change(db: Database) -> None:
    with db.write() as session:
        assert facts.get(session, "policy") is None
        assert facts.put(session, "policy", "abc", T0)
        assert not facts.put(session, "policy", "abc", T0 + MINUTE)
        assert facts.put(session, "policy", "def", T0 + MINUTE)
    with db.read() as session:
        assert facts.get(session, "policy") == "def"
        assert facts.get(session, "other") is None
