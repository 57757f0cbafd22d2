"""What the workflows need from the outside, as they would say it. Slack speaks these in `bot/`; tests record them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflows.values import CaseCard, Note


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: its channel and its timestamp, both opaque."""

    channel: str
    ts: str


class SendLater(Exception):
    """The message did not go out and may be tried again after this many seconds."""

    def __init__(self, seconds: float, code: str) -> None:
        super().__init__(code)
        self.seconds = seconds
        self.code = code


class CannotSend(Exception):
    """The message can never go out this way: the channel is archived, the person is gone. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Directory(Protocol):
    """What is known about people, without asking anybody while a person waits."""

    def can_answer(self, person_id: str) -> bool:
        """Whether this person can own a case: not known to have left, to be a bot or a guest."""

    def refresh(self, person_id: str) -> bool:
        """Ask anew, then answer as `can_answer`. Only background work calls this."""


class Notifier(Protocol):
    """Sends what was promised. `key` marks the message so that it can be found again; `to` is a person or channel.

    Every method raises SendLater or CannotSend.
    """

    def show_card(self, to: str, card: CaseCard, key: str, standing: Posted | None) -> Posted:
        """Post the card of a case, or edit it where it already stands."""

    def tell(self, to: str, note: Note, key: str) -> Posted:
        """Tell one person something about their check or case."""

    def find(self, to: str, key: str, since: datetime | None) -> Posted | None:
        """Look for a message with this key that may have gone out; `since` is the first attempt, if it is known."""
