"""What we read of the windows of the inbox: which report, how far back in it, and what somebody wants to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.ids import Action, Block
from bot.payloads import Payload, text_of
from workflows.errors import BadAnswer, NotFound
from workflows.inbox_acts import ANSWERED, CLOSING, MESSAGE

CASE = "case"
ACTS: Mapping[str, str] = {"message": MESSAGE, "feedback": ANSWERED, "closing": CLOSING}
"""What can be done with words, by the id of its option, and what the words are for; and `CASE`."""
_REPORT = re.compile(r"([0-9a-f]{32})(?::([0-9]{1,9})(?::([0-9]{1,9}))?)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A report, and a number: on a button a page of its messages, in a window the last message of a reader.

    `seen` is the reporter's last message that was on the screen, 0 where it does not matter.
    """

    report: str
    number: int = 0
    seen: int = 0

    def dump(self) -> str:
        """Write it for `private_metadata` and for buttons."""
        if self.seen:
            return f"{self.report}:{self.number}:{self.seen}"
        return f"{self.report}:{self.number}" if self.number else self.report

    @classmethod
    def load(cls, text: str | None) -> Place:
        """Read it back. Raises NotFound for what we did not write."""
        found = _REPORT.fullmatch(text or "")
        if found is None:
            raise NotFound("report_gone")
        return cls(found[1], int(found[2] or 0), int(found[3] or 0))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants to do with a report: an id of `ACTS` or `CASE`, with words."""

    place: Place
    act: str
    text: str

    @classmethod
    def of(cls, view: Payload) -> Wanted:
        """Read the window of a report. Raises NotFound; BadAnswer where nothing is chosen, or no such thing."""
        place = Place.load(view.get("private_metadata"))
        values = (view.get("state") or {}).get("values") or {}
        option = ((values.get(Block.WHAT) or {}).get(Action.ANSWER) or {}).get("selected_option") or {}
        act = str(option.get("value") or "")
        if act not in ACTS and act != CASE:
            raise BadAnswer("missing_answer" if not act else "option_unknown", field=Block.WHAT)
        return cls(place, act, text_of(view, Block.CONCERN))
