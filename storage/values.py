"""The text form of what is kept as JSON: one way to write it, so that one content has one hash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

BATCH: Final = 500


class Encoded(str):
    """Mark a text as JSON already, so that it is not encoded a second time on its way to the database."""

    __slots__ = ()


_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def encode(value: Any) -> Encoded:
    """Write `value` as canonical JSON: keys sorted, no spaces, ASCII only, no NaN.

    Raises TypeError or ValueError for what JSON cannot say.
    """
    return Encoded(_encoder.encode(value))


def to_column(value: Any) -> str:
    """Serve the engines as JSON serialiser; a text that is `Encoded` passes through."""
    return value if type(value) is Encoded else _encoder.encode(value)


def in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; raise ValueError when it has no zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("A time without a time zone is not accepted.")
    return moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """Write an aware moment as ISO 8601 in UTC with microseconds, always 32 characters."""
    return in_utc(moment).isoformat(timespec="microseconds")


def batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list into pieces that fit into one statement of either database."""
    for first in range(0, len(values), BATCH):
        yield values[first : first + BATCH]
