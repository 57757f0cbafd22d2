"""How long an anonymous report is kept (anonymity.md 3.6; EU Directive 2019/1937 Art. 18), in weeks and months."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Protocol

from workflows.rules.holds import monday_of

RETRACTED: Final = timedelta(days=30)
UNTOUCHED: Final = timedelta(days=365)
QUIET: Final = timedelta(days=14)
WARNED: Final = timedelta(days=30)
"""How long before its end those who read a report are told of it."""


class Kept(Protocol):
    """What has to be known of a report."""

    state: str
    last_week: str
    closed_month: str | None


def ends_on(report: Kept, keep_days: int) -> date:
    """Give the first day on which a report may be erased; never within two weeks of a message.

    A closed one is kept for `keep_days` after the month in which it was closed, one that was taken back for a month,
    any other for a year after the last message.
    """
    last = monday_of(report.last_week) + timedelta(days=7)
    if report.closed_month is None:
        return last + UNTOUCHED
    year, month = (int(part) for part in report.closed_month.split("-"))
    closed = date(year + month // 12, month % 12 + 1, 1)
    after = RETRACTED if report.state == "retracted" else timedelta(days=keep_days)
    return max(closed + after, last + QUIET)


def is_over(report: Kept, today: date, keep_days: int) -> bool:
    """Whether a report is to be erased."""
    return today >= ends_on(report, keep_days)
