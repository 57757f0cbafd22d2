"""Drafts: answers that a person has not handed in yet, kept so that nothing typed is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, desc, literal
from sqlalchemy import delete as core_delete
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage.direct import Prepared
from storage.models import Draft, table_of
from storage.values import in_utc

_T: Final = table_of(Draft)
_KEY: Final = ("person_id", "draft_key")
_THIS: Final = (_T.c.person_id == bindparam("person"), _T.c.draft_key == bindparam("key"))
_IS_THERE: Final = Prepared(lambda _: core_select(literal(1)).select_from(_T).where(*_THIS))
_DELETE: Final = Prepared(lambda _: core_delete(_T).where(*_THIS))


def _upsert(dialect: str) -> Any:
    """Build the statement that saves a draft over an earlier one."""
    made: Any = (insert_sqlite if dialect == "sqlite" else insert_postgresql)(_T)
    return made.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={"answers": made.excluded.answers, "updated_at": made.excluded.updated_at},
        # Two answers are handled by two threads: the older one never replaces the newer.
        where=_T.c.updated_at <= made.excluded.updated_at,
    )


_UPSERT: Final = {dialect: _upsert(dialect) for dialect in ("sqlite", "postgresql")}


def save(session: Session, person_id: str, draft_key: str, answers: dict[str, Any], *, at: datetime) -> None:
    """Keep a person's answers under a key, in place of what was there."""
    connection = session.connection()
    row = {"person_id": person_id, "draft_key": draft_key, "answers": answers, "updated_at": in_utc(at)}
    connection.execute(_UPSERT[connection.dialect.name], row)


def get(session: Session, person_id: str, draft_key: str) -> Draft | None:
    """Return one draft. Mostly there is none, and every command asks, so that is found out the cheap way."""
    if _IS_THERE.first(session, {"person": person_id, "key": draft_key}) is None:
        return None
    return session.get(Draft, (person_id, draft_key), populate_existing=True)


def latest(session: Session, person_id: str, kind: str = "") -> Draft | None:
    """Return the draft that a person touched last, of those whose keys begin with `kind`."""
    found = select(Draft).where(_T.c.person_id == person_id, _T.c.draft_key.startswith(kind, autoescape=True))
    newest = found.order_by(desc(_T.c.updated_at), _T.c.draft_key).limit(1)
    return session.exec(newest.execution_options(populate_existing=True)).first()


def delete(session: Session, person_id: str, draft_key: str) -> bool:
    """Forget one draft; say whether there was one."""
    cursor = _DELETE.run(session, {"person": person_id, "key": draft_key})
    gone = cursor.rowcount > 0
    cursor.close()
    return bool(gone)


def delete_older(session: Session, before: datetime) -> int:
    """Forget all drafts that nobody touched since `before`; return how many."""
    return session.connection().execute(core_delete(_T).where(_T.c.updated_at < in_utc(before))).rowcount
