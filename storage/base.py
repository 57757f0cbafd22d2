"""What all tables share: how their constraints are named, what a row is, how an index over some rows is written."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final, cast

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import SQLModel

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId: Final = BigInteger().with_variant(Integer, "sqlite")


class Moment(FunctionElement[datetime]):
    """Stand for the database's own time of insertion, in the form our columns keep (UTC, microseconds).

    For rows that the release before wrote, which does not know the column. We always give the time ourselves.
    """

    inherit_cache = True


@compiles(Moment)
def _moment(_element: Moment, _compiler: Any, **_settings: Any) -> str:
    """Write it for PostgreSQL."""
    return "CURRENT_TIMESTAMP"


@compiles(Moment, "sqlite")
def _moment_sqlite(_element: Moment, _compiler: Any, **_settings: Any) -> str:
    """Write it for SQLite, whose CURRENT_TIMESTAMP has no fraction and would sort before moments that have one."""
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


def partial(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """Describe an index over the rows that match `where`, the same on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Record(SQLModel):
    """Share one metadata object with named constraints between our tables only.

    A row is made from keyword arguments only; TypeError names a column that is unknown or was forgotten.
    Values are not copied or converted: the database checks them. (The usual constructor sets each value through
    two layers of hooks, which cost more than saving the row.)
    """

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)

    def __init__(self, **values: Any) -> None:
        needed, defaults = _columns(type(self))
        if not (needed <= values.keys() <= needed | defaults.keys()):
            odd = sorted((needed - values.keys()) | (values.keys() - needed - defaults.keys()))
            raise TypeError(f"{type(self).__name__}: unknown or missing {', '.join(odd)}")
        self.__dict__.update(defaults, **values)
        object.__setattr__(self, "__pydantic_fields_set__", set(values))
        object.__setattr__(self, "__pydantic_extra__", None)
        object.__setattr__(self, "__pydantic_private__", None)


@cache
def _columns(model: type[Record]) -> tuple[frozenset[str], dict[str, Any]]:
    """Return the names that a new row must give, and the values of those it may leave out."""
    fields = model.model_fields
    defaults = {name: field.default for name, field in fields.items() if not field.is_required()}
    return frozenset(fields.keys() - defaults.keys()), defaults


def table_of(model: type[Record]) -> Table:
    """Return the table behind a model class, for statements that skip the object layer."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def columns_of(model: Record, names: tuple[str, ...]) -> dict[str, Any]:
    """Read the named columns of an unsaved model as statement parameters; what was not given is None."""
    held = model.__dict__
    return {name: held.get(name) for name in names}
