"""What we read of the windows of named concerns, and what they carry along: ids only, never what somebody wrote."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from bot.ids import Action, Block
from bot.payloads import Payload, text_of
from workflows.concern_values import Given
from workflows.errors import NotFound

NONCE = 32
"""Hex digits of the random number of a window, by which a second delivery is known."""
LINK = re.compile(r"https://[a-z0-9-]{1,60}\.slack\.com/archives/[CDG][A-Z0-9]{2,20}/p[0-9]{1,20}")
"""The address of a message, which is all that is kept of it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen before the words are written. `left_out` are ids of recipients in the policy.

    `link` is the address of a message that it is about.
    """

    nonce: str
    mode: str = "named"
    topic: str = ""
    site: str | None = None
    leader: bool = False
    left_out: tuple[str, ...] = ()
    checkin: bool = False
    link: str = ""

    def dump(self) -> str:
        """Write it for `private_metadata`."""
        held = [self.nonce, self.mode, self.topic, self.site, self.leader, list(self.left_out), self.checkin, self.link]
        return json.dumps(held, separators=(",", ":"))

    @classmethod
    def load(cls, text: str | None) -> Choices:
        """Read it back. Raises NotFound for what we did not write."""
        try:
            nonce, mode, topic, site, leader, left_out, checkin, link = json.loads(text or "")
            found = cls(str(nonce), mode, topic, site, bool(leader), tuple(left_out), bool(checkin), str(link))
        except (ValueError, TypeError):
            raise NotFound from None
        if len(found.nonce) != NONCE:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Which concern a window or a button is for, and whether for somebody who answers it or for who raised it."""

    case_id: int
    held: bool = False

    def dump(self) -> str:
        """Write it for `private_metadata` and for buttons."""
        return f"{self.case_id}:held" if self.held else str(self.case_id)

    @classmethod
    def load(cls, text: str | None) -> Place:
        """Read it back. Raises NotFound for what we did not write."""
        number, _, held = (text or "").partition(":")
        if not (number.isascii() and number.isdigit() and len(number) <= 15):
            raise NotFound
        return cls(int(number), held == "held")


def given(view: Payload) -> Given:
    """Read a concern as it was sent, from the window for its words. Raises NotFound for what we did not open."""
    memory = Choices.load(view.get("private_metadata"))
    return Given(
        mode=memory.mode,
        topic=memory.topic,
        product_id=_chosen(view, Block.PRODUCT),
        site=memory.site,
        leader=memory.leader,
        excluded=frozenset(memory.left_out),
        text=text_of(view, Block.CONCERN),
        request_key=memory.nonce,
        checkin=memory.checkin,
        link=memory.link,
    )


def given_about(view: Payload) -> Given:
    """Read a concern about a message, whose window asks for everything at once. It is named."""
    return replace(
        given(view),
        mode="named",
        topic=_chosen(view, Block.TOPIC) or "",
        leader=bool(_all_chosen(view, Block.LEADER)),
        excluded=frozenset(_all_chosen(view, Block.LEFT_OUT)),
        checkin=bool(_all_chosen(view, Block.CHECKIN)),
    )


def about_of(view: Payload) -> str:
    """Give what an answer is: an acknowledgement, what came of it, or a message; "" where nothing is chosen."""
    return _chosen(view, Block.WHAT) or ""


def link_of(body: Payload) -> str:
    """Give the address of the message on which a shortcut was used; "" where there is none."""
    domain = str((body.get("team") or {}).get("domain") or "")
    channel, ts = (body.get("channel") or {}).get("id"), (body.get("message") or {}).get("ts")
    link = f"https://{domain}.slack.com/archives/{channel}/p{str(ts).replace('.', '')}"
    return link if LINK.fullmatch(link) else ""


def since_of(value: str) -> tuple[int, int, str]:
    """Read a tap: which case, after how many days, and how. Raises NotFound for what we did not write."""
    number, days, how = (*value.split(":"), "", "")[:3]
    if not (number.isdigit() and days.isdigit() and number.isascii() and days.isascii()):
        raise NotFound
    return int(number[:15]), int(days[:4]), how


def _input(view: Payload, block: str) -> Payload:
    values = (view.get("state") or {}).get("values") or {}
    found: Payload = (values.get(block) or {}).get(Action.ANSWER) or {}
    return found


def _chosen(view: Payload, block: str) -> str | None:
    option = _input(view, block).get("selected_option")
    return str(option["value"]) if option else None


def _all_chosen(view: Payload, block: str) -> list[str]:
    return [str(option["value"]) for option in _input(view, block).get("selected_options") or ()]
