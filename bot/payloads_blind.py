"""What the windows behind the edge carry along: ids only, as compact JSON that `bot/edge.py` lets pass.

Never words, never a receipt, nothing about who acts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from workflows.blind_values import Report
from workflows.rules.concerns import Mode, Topic


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen before anything was written. `nonce` is the window's: the same sending gives the same receipt."""

    mode: Mode
    topic: str = Topic.OTHER
    site: str | None = None
    leader: bool = False
    excluded: tuple[str, ...] = ()
    urgent: bool = False
    checkin: bool = False
    nonce: str = field(default="", repr=False)

    def dump(self) -> str:
        """Write it for `private_metadata`."""
        marks = [int(self.leader), int(self.urgent), int(self.checkin)]
        return _compact([str(self.mode), str(self.topic), self.site, list(self.excluded), marks, self.nonce])

    @classmethod
    def load(cls, memory: str) -> Chosen:
        """Read it. Raises ValueError, TypeError where the window carries something else."""
        mode, topic, site, excluded, marks, nonce = json.loads(memory)
        leader, urgent, checkin = (bool(each) for each in marks)
        left_out = tuple(str(each) for each in excluded)
        return cls(Mode(mode), str(Topic(topic)), site, leader, left_out, urgent, checkin, str(nonce))

    def report(self, text: str, excluded: frozenset[str]) -> Report:
        """Give what crosses into the blind core."""
        return Report(
            text=text,
            topic=self.topic,
            site=self.site,
            leader=self.leader,
            excluded=excluded,
            urgent=self.urgent,
            checkin=self.checkin,
            nonce=self.nonce,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the window with a receipt carries along: its nonce, and how the report is held ("" where nothing is)."""

    nonce: str = field(repr=False)
    held: str = ""

    def dump(self) -> str:
        """Write it for `private_metadata`."""
        return _compact([self.nonce, self.held])

    @classmethod
    def load(cls, memory: str) -> Shown:
        """Read it. Raises ValueError, TypeError where the window carries something else."""
        nonce, held = json.loads(memory)
        return cls(str(nonce), str(held))


@dataclass(frozen=True, slots=True)
class Came:
    """What the window of somebody who came back carries along.

    `token` stands for their receipt for a while. `sure`: they were asked already whether to take the report back.
    `asks`: the window asks how they have been.
    """

    token: str = field(repr=False)
    sure: bool = False
    asks: bool = False

    def dump(self) -> str:
        """Write it for `private_metadata`."""
        return _compact([self.token, int(self.sure), int(self.asks)])

    @classmethod
    def load(cls, memory: str) -> Came:
        """Read it. Raises ValueError, TypeError where the window carries something else."""
        token, sure, asks = json.loads(memory)
        return cls(str(token), bool(sure), bool(asks))


def _compact(values: list[Any]) -> str:
    return json.dumps(values, separators=(",", ":"))
