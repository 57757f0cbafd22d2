"""Drafts: answers that a person has not handed in yet, kept so that nothing typed is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete as core_delete
from sqlalchemy import desc
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage.models import Draft, table_of
from storage.values import in_utc

_T: Final = table_of(Draft)
_KEY: Final = ("person_id", "draft_key")


def _upsert(dialect: str) -> Any:
    """Build the statement that saves a draft over an earlier one."""
    made: Any = (insert_sqlite if dialect == "sqlite" else insert_postgresql)(_T)
    return made.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={"answers": made.excluded.answers, "updated_at": made.excluded.updated_at},
    )


_UPSERT: Final = {dialect: _upsert(dialect) for dialect in ("sqlite", "postgresql")}


def save(session: Session, person_id: str, draft_key: str, answers: dict[str, Any], *, at: datetime) -> None:
    """Keep a person's answers under a key, in place of what was there."""
    connection = session.connection()
    row = {"person_id": person_id, "draft_key": draft_key, "answers": answers, "updated_at": in_utc(at)}
    connection.execute(_UPSERT[connection.dialect.name], row)


def get(session: Session, person_id: str, draft_key: str) -> Draft | None:
    """Return one draft."""
    return session.get(Draft, (person_id, draft_key), populate_existing=True)


def latest(session: Session, person_id: str) -> Draft | None:
    """Return the draft that a person touched last."""
    found = select(Draft).where(_T.c.person_id == person_id)
    newest = found.order_by(desc(_T.c.updated_at), _T.c.draft_key).limit(1)
    return session.exec(newest.execution_options(populate_existing=True)).first()


def delete(session: Session, person_id: str, draft_key: str) -> bool:
    """Forget one draft; say whether there was one."""
    gone = core_delete(_T).where(_T.c.person_id == person_id, _T.c.draft_key == draft_key)
    return session.connection().execute(gone).rowcount > 0


def delete_older(session: Session, before: datetime) -> int:
    """Forget all drafts that nobody touched since `before`; return how many."""
    return session.connection().execute(core_delete(_T).where(_T.c.updated_at < in_utc(before))).rowcount
