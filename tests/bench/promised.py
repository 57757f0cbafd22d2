"""Cases, clocks and messages that are due at chosen moments, and when they reached the strict sink."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from storage import cases, outbox, timers
from storage.database import Database
from storage.models import Case, Outbox
from storage.outbox import NewMessage
from storage.timers import NewTimer
from tests.bench.load import CannotMeasure, Client
from tests.bench.processes import Running
from workflows import outgoing, watching
from workflows.rules.case import State
from workflows.rules.values import Level

LOOK_SECONDS = 0.1
LATER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Post:
    """A message that the sink took: its key, where, and when (nanoseconds since 1970)."""

    key: str
    channel: str
    at: int


def posts(sink: Running) -> list[Post]:
    """Give what the sink took so far."""
    return [Post(*each) for each in _ask(sink, "posts")["posts"]]


def refused(sink: Running) -> int:
    """Say how many posts the sink refused because they came too soon."""
    return int(_ask(sink, "posts")["refused"])


def hold(sink: Running, channel: str) -> None:
    """Let the next post to a channel have no answer."""
    _ask(sink, f"hold/{channel}")


def held(sink: Running, channel: str) -> int:
    """Give the client's port of the post that has no answer, or 0."""
    return int(_ask(sink, f"held/{channel}"))


def forget(sink: Running) -> None:
    """Empty the sink."""
    _ask(sink, "reset")


def wait_for(sink: Running, many: int, seconds: float, start: str = "") -> list[Post]:
    """Wait until this many messages whose keys start so are at the sink; give them."""
    until = time.monotonic() + seconds
    while True:
        found = [post for post in posts(sink) if post.key.startswith(start)]
        if len(found) >= many:
            return found
        if time.monotonic() > until:
            raise CannotMeasure(f"only {len(found)} of {many} promised messages arrived in {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)


def _ask(sink: Running, wish: str) -> Any:
    client = Client(sink.port)
    answer = json.loads(client.get(f"/bench/{wish}"))
    client.close()
    return answer


def grave_cases(db: Database, many: int, now: datetime, channels: Sequence[str | None] = (None,)) -> list[Case]:
    """Open cases at the highest level, for which no hour is too late, each with an owner of its own and a clock.

    The clock runs for thirty days; cards would go to `channels`, in turn, or to the owner where that is None.
    """
    found = [grave_case(number, channels[number % len(channels)], now) for number in range(many)]
    with db.write() as session:
        for case in found:
            case.id = cases.add(session, case)
        ids = [case.id or 0 for case in found]
        key = watching.key_of
        timers.put(
            session, [NewTimer(key(each, "answer"), watching.ANSWER, "remind", now + LATER, each) for each in ids], now
        )
    return found


def grave_case(number: int, channel: str | None, now: datetime) -> Case:
    """Give a case at the highest level that is not saved yet. `number` names its owner."""
    launch = f"Launch {time.time_ns()}.{number}"
    return Case(
        product_id="p1",
        launch=launch,
        launch_key=launch.lower(),
        level=int(Level.L3),
        rule_level=int(Level.L3),
        floor_level=int(Level.L3),
        severity=4,
        likelihood=3,
        scale=4,
        scope=3,
        irremediability=4,
        queue_order=4433,
        state=State.WAITING,
        owner_id=f"U5{number:05d}",
        owner_role=Level.L3.role,
        channel_id=channel,
        ack_due_at=now + LATER,
        decide_due_at=now + LATER,
        asked_at=now,
        submitter_id="U1234",
        last_check_id="bench",
        opened_at=now,
        updated_at=now,
    )


def reminder(case: Case, number: int, due_at: datetime, lane: str | None = None) -> NewMessage:
    """Give a message of a case: its owner is asked for an answer."""
    data = {"why": "acknowledge", "due_at": (due_at + LATER).isoformat(), "count": 0}
    (message,) = outgoing.asked(case, outgoing.REMINDER, number, [lane or case.owner_id], due_at, data)
    return message


def promise(db: Database, messages: Sequence[NewMessage]) -> None:
    """Promise messages."""
    with db.write() as session:
        outbox.add_many(session, messages)


def runs_out(db: Database, case: Case, due_at: datetime) -> None:
    """Let the clock of a case that waits for its owner run out at a moment: its owner is reminded then."""
    with db.write() as session:
        key = watching.key_of(case.id or 0, watching.ANSWER)
        timers.put(session, [NewTimer(key, watching.ANSWER, "remind", due_at, case.id)], due_at)


def promised_at(session: Session, key: str) -> datetime:
    """Say when a message was promised that was due at once."""
    return session.exec(select(Outbox.created_at).where(Outbox.key == key)).one()
