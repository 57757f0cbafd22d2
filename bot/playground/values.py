"""Name the plain values of the stand-in workspace: who is there, where they talk, what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

Json = dict[str, Any]


class Clock(Protocol):
    """Tell and move the workspace's time (aware UTC); a newcomer's "+30 days" turns this clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""

    def advance(self, delta: timedelta) -> None:
        """Move the present forward by `delta`."""

    def next_due(self) -> datetime | None:
        """Return when the bot next has something to do, or None when nothing waits."""


@dataclass(frozen=True)
class Person:
    """Describe one member of the invented company."""

    id: str
    name: str
    real_name: str
    title: str
    tz: str = "Europe/Berlin"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    status_emoji: str = ""
    status_expiration: int = 0


@dataclass(frozen=True)
class Channel:
    """Describe one channel and who is in it."""

    id: str
    name: str
    members: frozenset[str]
    bot_is_member: bool = True
    archived: bool = False
    private: bool = False


@dataclass(frozen=True)
class Message:
    """Hold one message as it stands now; an edit replaces the whole value."""

    channel: str
    ts: str
    at: datetime
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    by_bot: bool = False
    visible_to: str | None = None
    edited: bool = False
    thread_ts: str | None = None
    metadata: Json | None = None

    @property
    def ephemeral(self) -> bool:
        """Say whether only one person can see this message."""
        return self.visible_to is not None


@dataclass(frozen=True)
class Reply:
    """Report what a person sees right after an act.

    `errors` maps block ids to sentences beside the field; `sent` is False when Slack itself held a
    submission back (a required field was empty) and the app never heard of it.
    """

    status: int = 200
    body: str = ""
    ephemeral: str | None = None
    modal: Json | None = None
    errors: dict[str, str] = field(default_factory=dict)
    sent: bool = True

    @property
    def closed(self) -> bool:
        """Say whether no modal is left on the person's screen."""
        return self.modal is None and not self.errors


class Refused(Exception):
    """Report that Slack would show the person an error instead of doing the act."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


class SlackError(Exception):
    """Answer a Web API call with `ok: false`, an error code and optional further fields."""

    def __init__(self, error: str, **extra: object) -> None:
        self.error = error
        self.extra = extra
        super().__init__(error)


class RealTokens(Exception):
    """Stop the playground: the environment holds tokens of a real Slack workspace."""
