"""What `hrdd jobs` shows: what is promised, what is on its way, and what somebody has to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from storage import outbox, timers
from storage.database import Database

MOST: Final = 100
EVERY: Final = 100_000
_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"))


def summary(database: Database, now: datetime) -> dict[str, Any]:
    """Count promises by state, and list the messages that somebody has to look at (the oldest hundred).

    `oldest_seconds` is how long the oldest thing that is due has been due; None where nothing is.
    """
    with database.read() as session:
        messages, running = outbox.depth(session, now), timers.counts(session, now)
        given_up = outbox.given_up(session, MOST)
    oldest = min((at for at in (messages.oldest_due, running.oldest_due) if at is not None), default=None)
    return {
        "due": messages.due + running.due,
        "waiting": running.waiting,
        "pending": messages.pending,
        "in_flight": messages.handed + messages.sending + running.handed,
        "maybe_sent": messages.maybe_sent,
        "parked": messages.parked,
        "retried": messages.retried,
        "oldest_seconds": None if oldest is None else max(0, round((now - oldest).total_seconds())),
        "given_up": [
            {"key": row.key, "kind": row.kind, "to": row.lane, "state": row.state, "error": row.error}
            for row in given_up
        ],
    }


def sentences(found: dict[str, Any]) -> list[str]:
    """Say a summary in lines."""
    seconds = found["oldest_seconds"]
    since = "" if seconds is None else f"; the oldest for {in_words(timedelta(seconds=seconds))}"
    lines = [
        f"Clocks: {found['waiting']} run. Due now: {found['due']}{since}.",
        f"Messages: {found['pending']} wait, {found['retried']} of them after a failed attempt; "
        f"{found['in_flight']} jobs are on their way.",
    ]
    if not found["given_up"]:
        return [*lines, "Nothing was given up."]
    lines.append(f"{found['maybe_sent']} may have arrived, {found['parked']} can never arrive. Please look at them:")
    for row in found["given_up"]:
        state = "maybe sent" if row["state"] == "maybe_sent" else "dead letter"
        lines.append(f"  {row['key']}  {state}, to {row['to']}: {row['error']}")
    return lines


def in_words(span: timedelta) -> str:
    """Say a span in its largest unit: "3 minutes", "1 day"."""
    seconds = int(span.total_seconds())
    for size, name in _UNITS:
        if seconds >= size:
            number = seconds // size
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def again(database: Database, key: str, now: datetime) -> bool:
    """Take up a message that was given up; say False where there is none of this key.

    A person who asks for one that may have arrived has looked: it did not, and is not looked for any more.
    """
    with database.write() as session:
        states = (row.state for row in outbox.given_up(session, EVERY) if row.key == key)
        return outbox.send_again(session, key, now, force=next(states, "") == "maybe_sent")


def was_sent(database: Database, key: str, now: datetime) -> bool:
    """Note that somebody saw a message, or needs it no more; say False where none of this key waits."""
    with database.write() as session:
        return outbox.say_sent(session, key, now)
