"""Sealed texts: boxes beside the events of a case. Nothing here opens one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import desc, func, text, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.models import KNOWN, Case, Seal, table_of
from storage.values import in_utc

_T: Final = table_of(Seal)
_CASE: Final = table_of(Case)


class Version(NamedTuple):
    """What tells whether there are other seals than before: how many, the last one, and how many were erased."""

    kept: int
    last: int
    erased: int


def keep(session: Session, seal: Seal) -> int:
    """Keep a box; give its number."""
    seal.created_at = in_utc(seal.created_at)
    session.add(seal)
    session.flush()
    return seal.id or 0


def of_case(session: Session, case_id: int) -> Sequence[Seal]:
    """Give the boxes of a case that were not erased, the oldest first."""
    found = select(Seal).where(_T.c.case_id == case_id, _T.c.erased_at.is_(None)).order_by(_T.c.id)
    return session.exec(found).all()


def all_open(session: Session) -> Sequence[Seal]:
    """Give all boxes that were not erased, the oldest first."""
    return session.exec(select(Seal).where(_T.c.erased_at.is_(None)).order_by(_T.c.id)).all()


def of_part(session: Session, part: str) -> Sequence[Seal]:
    """Give the boxes of a part of all cases that were not erased, the oldest first."""
    found = select(Seal).where(_T.c.part == part, _T.c.erased_at.is_(None)).order_by(_T.c.id)
    return session.exec(found).all()


def any_open(session: Session) -> bool:
    """Whether there is a box that was not erased."""
    return session.exec(select(col(Seal.id)).where(_T.c.erased_at.is_(None)).limit(1)).first() is not None


def erase(session: Session, seal_id: int, now: datetime) -> bool:
    """Empty a box for good; its number stays. Says whether there was anything to erase."""
    change = update(_T).where(_T.c.id == seal_id, _T.c.erased_at.is_(None)).values(box=b"", erased_at=in_utc(now))
    return session.connection().execute(change).rowcount == 1


def erase_entry(session: Session, case_id: int, part: str, number: int, now: datetime) -> int:
    """Empty every box of one entry of a record for good, also those of earlier writings; give how many."""
    of_it = (_T.c.case_id == case_id, _T.c.part == part, _T.c.number == number, _T.c.erased_at.is_(None))
    change = update(_T).where(*of_it).values(box=b"", erased_at=in_utc(now))
    return session.connection().execute(change).rowcount


def launches(session: Session, limit: int) -> Sequence[str]:
    """Give the names of launches whose cases are neither closed nor sealed, those of the most urgent first."""
    found = core_select(_CASE.c.launch).where(text(KNOWN)).order_by(desc(_CASE.c.queue_order), _CASE.c.id).limit(limit)
    return session.connection().execute(found).scalars().all()


def version(session: Session) -> Version:
    """Give what changes whenever a seal is added or erased: cheap enough to be asked once a second."""
    counted = core_select(func.count(), func.coalesce(func.max(_T.c.id), 0), func.count(_T.c.erased_at)).select_from(_T)
    return Version(*session.connection().execute(counted).one())
