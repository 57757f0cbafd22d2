"""Whether we are well: for `/healthz`, and for whoever restarts us. Counts only, no ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.metrics import Metrics
from storage import cases, outbox, timers
from storage.database import Database
from storage.errors import StorageError
from workflows import report_clocks

SILENT_SECONDS: Final = 30.0
"""A worker that has not looked for due work for so long does not work."""
STUCK: Final = timedelta(seconds=120)
"""What is due for so long and was not taken up by anybody: no worker works."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker says of itself: seconds since its last look, and whether its clock is not the database's."""

    silent: float
    apart: bool = False


def examine(database: Database, pulse: Pulse | None, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Say whether all is well, and what is not. `pulse` is None in a process without a worker of its own."""
    try:
        if database.pending_migrations():
            return False, {"ok": False, "storage": "outdated"}
        found = _found(database, pulse, now)
    except StorageError as error:
        return False, {"ok": False, "storage": type(error).__name__}
    well = not {"late", "apart", "stuck"} & set(found.values())
    return well, {"ok": well, "storage": "ok", **found, **_counts(database, now)}


def _found(database: Database, pulse: Pulse | None, now: datetime) -> dict[str, str]:
    with database.ask() as session:
        looks = [timers.next_look(session), outbox.next_look(session)]
    oldest = min((look for look in looks if look is not None), default=None)
    # Gates of recipients and leases are reckoned in: a long queue that moves is not stuck.
    stuck = oldest is not None and oldest < now - STUCK
    return {
        "sweep": "elsewhere" if pulse is None else "late" if pulse.silent > SILENT_SECONDS else "ok",
        "clock": "apart" if pulse is not None and pulse.apart else "ok",
        "queue": "stuck" if stuck else "ok",
    }


def _counts(database: Database, now: datetime) -> dict[str, Any]:
    with database.ask() as session:
        messages, running = outbox.depth(session, now), timers.counts(session, now, report_clocks.of_all(session))
    return {
        "outbox": {
            "pending": messages.pending,
            "in_flight": messages.handed + messages.sending,
            "maybe_sent": messages.maybe_sent,
            "parked": messages.parked,
        },
        "timers": {"waiting": running.waiting, "due": running.due},
    }


def measure(database: Database, metrics: Metrics, now: datetime) -> bytes:
    """Give the metrics, with what the database says where it can be asked."""
    try:
        with database.ask() as session:
            messages, running = outbox.depth(session, now), timers.counts(session, now, report_clocks.of_all(session))
            overdue = cases.overdue_acknowledgements(session, now)
        metrics.show(messages, running, overdue)
    except StorageError:
        # What this process counted by itself is worth most when the database is away.
        pass
    return metrics.text()
