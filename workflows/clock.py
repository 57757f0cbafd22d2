"""The one reader of the clock. Edges call `utcnow` once and pass `now` down; nothing else asks for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_shift = timedelta(0)


def utcnow() -> datetime:
    """Give the current time, aware, in UTC, moved by whatever the playground's clock control was moved."""
    return datetime.now(UTC) + _shift


def shift(delta: timedelta) -> None:
    """Move the clock of this whole process. Only the playground does this, to show what time brings."""
    global _shift
    _shift += delta


def moved() -> timedelta:
    """Give how far the clock of this process was moved from the real time."""
    return _shift


def reset() -> None:
    """Put the clock of this process back to the real time."""
    global _shift
    _shift = timedelta(0)
