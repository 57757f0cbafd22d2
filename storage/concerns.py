"""Concerns that were raised by name or in confidence: which case each became, and who must not see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import desc
from sqlmodel import Session, select

from storage.models import Concern, table_of
from storage.values import in_utc

_T: Final = table_of(Concern)


def add(session: Session, concern: Concern) -> None:
    """Save a new concern. The block of `Database.write` raises Duplicate where the same sending came before."""
    concern.created_at = in_utc(concern.created_at)
    session.add(concern)
    session.flush()


def of_case(session: Session, case_id: int) -> Concern | None:
    """Return the concern that became this case; None for any other case."""
    return session.exec(select(Concern).where(_T.c.case_id == case_id)).first()


def by_request_key(session: Session, request_key: str) -> Concern | None:
    """Return the concern of a sending, if it arrived before."""
    return session.exec(select(Concern).where(_T.c.request_key == request_key)).first()


def left_out(session: Session, case_id: int) -> frozenset[str]:
    """Return the people who must not learn of a case; nobody where it began in another way."""
    found = of_case(session, case_id)
    return frozenset(found.excluded) if found is not None else frozenset()


def of_person(session: Session, marks: Collection[str], limit: int) -> Sequence[Concern]:
    """Return the concerns whose reporter has one of these marks (a keyed digest), newest first."""
    if not marks:
        return ()
    found = select(Concern).where(_T.c.person_key.in_(sorted(marks)))
    return session.exec(found.order_by(desc(_T.c.created_at), desc(_T.c.case_id)).limit(limit)).all()
