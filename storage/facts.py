"""Facts: small things that the installation remembers about itself, such as the policy its cases were routed by."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session

from storage.models import Fact, table_of
from storage.values import in_utc

_T: Final = table_of(Fact)


def get(session: Session, key: str) -> str | None:
    """Return what is kept under a key."""
    found: str | None = session.connection().execute(core_select(_T.c.value).where(_T.c.key == key)).scalar()
    return found


def held(session: Session, key: str, first: str, now: datetime) -> str:
    """Return what is kept under a key, and keep it from others until the transaction ends.

    Where there is nothing yet, `first` is kept.
    """
    connection = session.connection()
    insert: Any = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    made = insert(_T).values(key=key, value=first, at=in_utc(now))
    connection.execute(made.on_conflict_do_nothing(index_elements=["key"]))
    return str(connection.execute(core_select(_T.c.value).where(_T.c.key == key).with_for_update()).scalar_one())


def put(session: Session, key: str, value: str, now: datetime) -> bool:
    """Keep `value` under a key; say whether it is another one than before. Of two writers, one is told so."""
    connection = session.connection()
    insert: Any = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    made = insert(_T).values(key=key, value=value, at=in_utc(now))
    new = {"value": made.excluded.value, "at": made.excluded.at}
    changed = made.on_conflict_do_update(index_elements=["key"], set_=new, where=_T.c.value != made.excluded.value)
    return connection.execute(changed.returning(_T.c.key)).first() is not None
