"""Anonymous reports as far as the database knows them: sealed, without a person, a moment or an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Integer, LargeBinary, Select, bindparam, delete, func, insert, literal, union_all, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, col, select

from storage.models import AnonCase, AnonCount, AnonMsg, AnonSetup, AnonSpool, AnonWrap, table_of

_C: Final = table_of(AnonCase)
_W: Final = table_of(AnonWrap)
_M: Final = table_of(AnonMsg)
_N: Final = table_of(AnonCount)
_S: Final = table_of(AnonSpool)
ONE: Final = "receipts"


def _last(direction: str, most: str) -> Select[Any]:
    """Give the last messages of one direction; the first of a report, which is read anyway, is none of them."""
    of_one = core_select(_M).where(_M.c.case_id == bindparam("case"), _M.c.dir == direction)
    others = of_one.where((_M.c.seq > 1) | (_M.c.twin > 0)) if direction == "R" else of_one
    limited = others.order_by(_M.c.seq.desc(), _M.c.twin.desc()).limit(bindparam(most))
    return core_select(limited.subquery())


_FIRST: Final = core_select(_M).where(_M.c.case_id == bindparam("case"), _M.c.dir == "R", _M.c.seq == 1, _M.c.twin == 0)
_CLOSED: Final = func.substr(_S.c.body, 1, bindparam("size", type_=Integer), type_=LargeBinary)
_NOBODYS: Final = core_select(bindparam("case", type_=LargeBinary), literal(""), literal(0), _S.c.place, _CLOSED)
_SPARE: Final = core_select(_NOBODYS.order_by(_S.c.place).limit(bindparam("all")).subquery())
_SOME: Final = union_all(_FIRST, _last("R", "own"), _last("L", "theirs"), _SPARE).limit(bindparam("all"))
"""Parts of such a query are read one after the other, and no more of them than it takes."""


def setup(session: Session) -> AnonSetup | None:
    """Give how receipts are stretched here, None before anything was ever set up."""
    return session.exec(select(AnonSetup).where(col(AnonSetup.name) == ONE)).first()


def set_up(session: Session, kdf: str, salt: bytes) -> None:
    """Keep how receipts are stretched. It never changes: receipts that are out would find nothing."""
    insert_here: Any = insert_sqlite if session.connection().dialect.name == "sqlite" else insert_postgresql
    made = insert_here(table_of(AnonSetup)).values(name=ONE, kdf=kdf, salt=salt)
    session.connection().execute(made.on_conflict_do_nothing(index_elements=["name"]))


def add(session: Session, case: AnonCase, wraps: Sequence[bytes]) -> None:
    """Add a report and its wraps, in the order in which they are given."""
    connection = session.connection()
    connection.execute(insert(_C), [{column.name: getattr(case, column.name) for column in _C.columns}])
    set_wraps(session, case.id, wraps)


def set_wraps(session: Session, case_id: bytes, wraps: Sequence[bytes]) -> None:
    """Put wraps in the place of those that a report has."""
    connection = session.connection()
    connection.execute(delete(_W).where(_W.c.case_id == case_id))
    connection.execute(
        insert(_W), [{"case_id": case_id, "place": place, "blob": blob} for place, blob in enumerate(wraps)]
    )


def by_locator(session: Session, locator: bytes) -> AnonCase | None:
    """Give the report of a receipt."""
    return session.exec(select(AnonCase).where(_C.c.locator == locator)).first()


def get(session: Session, case_id: bytes, *, lock: bool = False) -> AnonCase | None:
    """Give a report by its id."""
    found = select(AnonCase).where(_C.c.id == case_id)
    return session.exec(found.with_for_update() if lock else found).first()


def everything(session: Session) -> Sequence[AnonCase]:
    """Give all reports, in the order of their random ids."""
    return session.exec(select(AnonCase).order_by(_C.c.id)).all()


def wraps(session: Session, case_id: bytes) -> list[bytes]:
    """Give the wraps of a report."""
    found = core_select(_W.c.blob).where(_W.c.case_id == case_id).order_by(_W.c.place)
    return list(session.connection().execute(found).scalars())


def messages(session: Session, case_id: bytes, direction: str | None = None) -> Sequence[AnonMsg]:
    """Give the sealed messages of a report, of one direction or of both, in the order of their numbers."""
    found = select(AnonMsg).where(_M.c.case_id == case_id)
    if direction is not None:
        found = found.where(_M.c.dir == direction)
    return session.exec(found.order_by(_M.c.dir, _M.c.seq, _M.c.twin)).all()


def some_messages(session: Session, case_id: bytes, own: int, theirs: int, size: int) -> list[AnonMsg]:
    """Give the first message of a report, the last ones of its reporter beside it, and the last ones to them.

    However long a dialogue is, as much is read: what there is too little of is made up for from the spool, by as many
    bytes as a message has. Such rows are of no direction, and come first.
    """
    given = {"case": case_id, "own": own, "theirs": theirs, "all": 1 + own + theirs, "size": size}
    rows = session.connection().execute(_SOME, given).mappings()
    return [AnonMsg(**row) for row in sorted(rows, key=lambda row: (row["dir"], row["seq"], row["twin"]))]


def last_seq(session: Session, case_id: bytes, direction: str) -> int:
    """Give the number of the last message of a direction, 0 where there is none."""
    found = core_select(func.coalesce(func.max(_M.c.seq), 0)).where(_M.c.case_id == case_id, _M.c.dir == direction)
    return int(session.connection().execute(found).scalar_one())


def add_message(session: Session, case_id: bytes, direction: str, seq: int, blob: bytes) -> None:
    """Add a sealed message under the number that it was sealed for."""
    at = (_M.c.case_id == case_id, _M.c.dir == direction, _M.c.seq == seq)
    twin = session.connection().execute(core_select(func.count()).select_from(_M).where(*at)).scalar_one()
    row = {"case_id": case_id, "dir": direction, "seq": seq, "twin": twin, "blob": blob}
    session.connection().execute(insert(_M), [row])


def set_message(session: Session, message: AnonMsg, blob: bytes) -> None:
    """Put an envelope in the place of another, for the same message under another key."""
    at = (_M.c.case_id == message.case_id, _M.c.dir == message.dir, _M.c.seq == message.seq, _M.c.twin == message.twin)
    session.connection().execute(update(_M).where(*at).values(blob=blob))


def change(session: Session, case_id: bytes, **values: Any) -> bool:
    """Change what is known of a report (columns of `AnonCase`); say whether it is there."""
    return session.connection().execute(update(_C).where(_C.c.id == case_id).values(**values)).rowcount == 1


def remove(session: Session, case_id: bytes) -> None:
    """Remove a report with everything that belongs to it."""
    for table, column in ((_M, _M.c.case_id), (_W, _W.c.case_id), (_C, _C.c.id)):
        session.connection().execute(delete(table).where(column == case_id))


def count(session: Session, period: str, what: str, more: int = 1) -> None:
    """Count something in a quarter or week."""
    connection = session.connection()
    insert_here: Any = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    made = insert_here(_N).values(period=period, what=what, count=more)
    total = {"count": _N.c.count + made.excluded.count}
    connection.execute(made.on_conflict_do_update(index_elements=["period", "what"], set_=total))


def counted(session: Session, what: str) -> Mapping[str, int]:
    """Give what was counted, by period."""
    found = core_select(_N.c.period, _N.c.count).where(_N.c.what == what).order_by(_N.c.period)
    return {period: int(number) for period, number in session.connection().execute(found)}
