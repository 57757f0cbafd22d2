"""What stands inside a sealed message: the words, and what its reporter asked for or answered. Versioned JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from storage.envelopes import CannotOpen


@dataclass(frozen=True, slots=True)
class Words:
    """One message. `checkin`: ask me how I have been. `since`: an answer to that (an id of ours), "" for none.

    `about` is what a reader's message is for: "" a message, "ack", "feedback" or "closing".
    """

    text: str = field(repr=False)
    checkin: bool = False
    since: str = ""
    about: str = ""

    def encode(self) -> str:
        """Write it."""
        return json.dumps({"v": 1, "t": self.text, "c": self.checkin, "s": self.since, "a": self.about})


def read_words(raw: str) -> Words:
    """Read a message. Raises CannotOpen for what is none."""
    try:
        found = json.loads(raw)
        return Words(str(found["t"]), bool(found.get("c")), str(found.get("s") or ""), str(found.get("a") or ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotOpen from None
