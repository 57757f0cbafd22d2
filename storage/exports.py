"""What is read to be taken out as files: every case in turn but the sealed ones, closed ones too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, select

from storage.models import Case, table_of

_T: Final = table_of(Case)


def cases_after(session: Session, after_id: int, limit: int) -> Sequence[Case]:
    """Return cases that are not sealed, in the order of their ids, those behind `after_id`."""
    found = select(Case).where(text("NOT sealed"), _T.c.id > after_id)
    return session.exec(found.order_by(_T.c.id).limit(limit)).all()
