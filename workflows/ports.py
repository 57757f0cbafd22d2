"""What the workflows need from the outside, as they would say it. Slack speaks these in `bot/`; tests record them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlmodel import Session

from workflows.values import CaseCard, Note


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: its channel and its timestamp, both opaque."""

    channel: str
    ts: str


class SendLater(Exception):
    """The message can be tried again after this many seconds. `left` says whether it may have gone out all the same."""

    def __init__(self, seconds: float, code: str, *, left: bool = True) -> None:
        super().__init__(code)
        self.seconds = seconds
        self.code = code
        self.left = left


class CannotSend(Exception):
    """The message can never go out this way: the channel is archived, the person is gone. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CannotTell(Exception):
    """Whether the message is out cannot be found out: the conversation cannot be read. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a person. Somebody nobody asked about yet counts as able to answer.

    `active` is False for who left, a bot or a guest. `away` is what their status says; `away_until` (aware UTC) is
    when it ends, None for an open end. `zone` is the name of their time zone. What the status says in words is never
    kept.
    """

    active: bool = True
    away: bool = False
    away_until: datetime | None = None
    zone: str | None = None

    def is_away(self, now: datetime) -> bool:
        """Whether their status says at `now` (aware) that they are away."""
        return self.away and (self.away_until is None or self.away_until > now)


class Directory(Protocol):
    """What is known about people, without asking anybody while a person waits."""

    def known(self, person_id: str) -> Known:
        """Give what is remembered; never asks."""

    def acquaint(self, people: Collection[str], now: datetime) -> None:
        """Learn in which zones people work. Only background work calls this."""

    def refresh(self, person_id: str, now: datetime) -> Known:
        """Ask anew, at most every ten minutes, then answer as `known`. Only background work calls this."""


class Notifier(Protocol):
    """Sends what was promised. `key` marks the message so that it can be found again; `to` is a person or channel.

    Every method raises SendLater or CannotSend.
    """

    def meet(self, to: str) -> None:
        """Make ready to tell somebody: whatever has to be asked before the message itself."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Let a message leave within so many seconds from now, on a clock that nobody sets; later it does not leave."""

    def show_card(self, to: str, card: CaseCard, key: str, standing: Posted | None) -> Posted:
        """Post the card of a case, or edit it where it already stands."""

    def tell(self, to: str, note: Note, key: str) -> Posted:
        """Tell one person something about their check or case."""

    def find(self, to: str, key: str, since: datetime | None) -> Posted | None:
        """Look for a message with this key that may have gone out; `since` is the first attempt, if it is known.

        Raises CannotTell where there is more to read than can be read.
        """


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that is due now: send the message `row_id` of the outbox, or take the step of the timer `row_id`.

    `turn` counts how often the row was handed out (`attempts` of a message, `generation` of a timer). A job whose turn
    no longer fits its row does nothing: the row was handed out anew, changed, or dealt with.
    """

    kind: Literal["send", "step"]
    row_id: int
    turn: int


class Jobs(Protocol):
    """Takes jobs in the transaction that decided on them, so that no job is without its row, nor a row without it."""

    def enqueue(self, session: Session, job: Job) -> None:
        """Promise to run `job` soon after `session` commits; nothing happens if it does not."""
