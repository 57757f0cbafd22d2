"""Thousands of cases in one go, and how a database means to find some of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from storage.database import Database


def many(database: Database, number: int) -> None:
    """Open so many cases of forty products in three countries, and let the database count them."""
    series = (
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n) n"
        if database.is_sqlite
        else "generate_series(1, CAST(:many AS integer)) AS n(i)"
    )
    at = "'2026-03-02 09:00:00.000000'"
    rows = f"""
        INSERT INTO hr_case (product_id, launch, launch_key, level, rule_level, floor_level, severity, likelihood,
            scale, scope, irremediability, queue_order, state, owner_id, owner_role, submitter_id, last_check_id,
            opened_at, updated_at, version, anywhere, sealed)
        SELECT 'p' || (i % 40), 'Launch ' || i, 'launch ' || i, 2, 2, 0, 3, 3, 2, 2, 2, i % 97,
            CASE i % 10 WHEN 0 THEN 'waiting' WHEN 1 THEN 'closed' ELSE 'tracked' END, 'U' || (i % 50), 'lead',
            'U' || (i % 50), 'old' || i, {at}, {at}, 1, i % 100 = 7, i % 50 = 3
        FROM {series}"""
    places_of_use = f"""
        INSERT INTO hr_case_country (country, case_id)
        SELECT CASE i % 60 WHEN 8 THEN 'KE' WHEN 9 THEN 'UG' ELSE 'DE' END, i FROM {series} WHERE i % 100 <> 7"""
    with database.write() as session:
        for statement in (rows, places_of_use, "ANALYZE"):
            session.connection().execute(text(statement), {"many": number} if ":many" in statement else {})


def plan_of(session: Session, sql: str, values: Any) -> str:
    """Return how the database means to find an answer."""
    explain = "EXPLAIN QUERY PLAN " if session.get_bind().dialect.name == "sqlite" else "EXPLAIN "
    cursor = session.connection().connection.cursor()
    cursor.execute(explain + sql, values)
    found = "\n".join(str(row[-1]) for row in cursor.fetchall())
    cursor.close()
    return found
