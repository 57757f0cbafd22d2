"""What crosses into the blind core and back. Nothing here has a field for a person, a moment or a channel.

That is the boundary: `bot/edge.py` takes identity away, and what it hands on can only be written into these.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workflows.errors import BadAnswer

TEXT_MOST = 3000
"""Characters of one message; as UTF-8 it always fits into one envelope."""
TEXT = "concern"
"""The field in which people write them."""


def words_of(text: str) -> str:
    """Give what somebody wrote as it is kept. Raises BadAnswer where there is nothing, or too much of it."""
    kept = text.strip()
    if not kept:
        raise BadAnswer("concern_empty", field=TEXT)
    if len(kept) > TEXT_MOST:
        raise BadAnswer("too_long", field=TEXT, limit=TEXT_MOST)
    return kept


@dataclass(frozen=True, slots=True)
class Report:
    """An anonymous report as it was written. `excluded` are recipients' ids of the policy; `nonce` is its window's."""

    text: str = field(repr=False)
    topic: str
    site: str | None
    leader: bool
    excluded: frozenset[str]
    urgent: bool
    checkin: bool
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt, shown once. `held` says how it waits: "slots" or "urgent"; `minutes` until it is written down."""

    receipt: str = field(repr=False)
    held: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody with a receipt sees: `state` is "held" until it was released, else the state of the report.

    `token` stands for the receipt for a quarter of an hour, in this process only. `answers` are the readers' messages,
    the first one first. `asks` says that the report asks how its reporter has been since.
    """

    token: str = field(repr=False)
    label: str
    state: str
    answers: tuple[str, ...] = field(repr=False)
    asks: bool = False
    weekly: bool = False
