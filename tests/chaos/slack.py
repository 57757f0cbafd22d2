"""The stand-in Slack of a chaos run: it fails on purpose and keeps a list of everything that was stored in it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from bot.manifest import read_manifest
from bot.playground import Message, StandIn
from bot.playground.faults import Weather
from tests.chaos.company import CHANNELS, PEOPLE

STORM = Weather(
    p429=0.03,
    p5xx=0.01,
    drop=0.01,
    before=(0.0, 0.15),
    after=(0.0, 0.15),
    slow=0.01,
    slow_seconds=(0.5, 1.5),
)
"""3 % too fast, 1 % server errors and 1 % dropped connections (half of each after storing), latency on both sides,
and one call in a hundred takes effect later than its caller may wait."""


class Stored(NamedTuple):
    """One thing that took effect at Slack: a message posted, or one edited."""

    how: Literal["post", "edit"]
    channel: str
    ts: str
    key: str | None


class _RealTime:
    """The clock of the workspace; nobody moves it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, delta: timedelta) -> None:
        raise NotImplementedError

    def next_due(self) -> datetime | None:
        return None


class Slack:
    """A workspace, and everything that was stored in it in the order of storing."""

    def __init__(self) -> None:
        self.standin = StandIn(people=PEOPLE, channels=CHANNELS, manifest=read_manifest(), clock=_RealTime())
        self.workspace = self.standin.workspace
        self.faults = self.standin.faults
        self.faults.hold_seconds = 2.0
        self._lock = threading.Lock()
        self._stored: list[Stored] = []
        self._watch()

    def stored(self) -> list[Stored]:
        """Everything so far."""
        with self._lock:
            return list(self._stored)

    def storm(self, seed: int) -> None:
        """Begin to fail."""
        self.faults.set_weather(STORM, seed)

    def calm(self) -> None:
        """Stop failing."""
        self.faults.clear()

    def _watch(self) -> None:
        """Note what is stored where it is stored: the ring of the wire keeps the last few hundred calls only."""
        post, edit, lock = self.workspace.post, self.workspace.edit, self.workspace.changes.lock

        def posted(channel: str, user: str, *rest: Any, **more: Any) -> Message:
            with lock:
                message = post(channel, user, *rest, **more)
                if user == self.workspace.bot_user and not message.ephemeral:
                    self._note("post", message)
            return message

        def edited(message: Message, **changes: Any) -> Message:
            with lock:
                changed = edit(message, **changes)
                self._note("edit", changed)
            return changed

        self.workspace.post = posted  # type: ignore[method-assign]
        self.workspace.edit = edited  # type: ignore[method-assign]

    def _note(self, how: Literal["post", "edit"], message: Message) -> None:
        payload = (message.metadata or {}).get("event_payload") or {}
        with self._lock:
            self._stored.append(Stored(how, message.channel, message.ts, payload.get("key")))
