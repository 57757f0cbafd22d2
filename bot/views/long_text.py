"""What a person wrote, shown whole: over as many sections as it needs, with its line breaks."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from slack_sdk.models.blocks import Block

from bot.views import parts
from prompts import Mrkdwn, quote

PIECE = 450
"""Letters of a line that are escaped together; six times as long they still fit into a section."""
ROOM = 2900
_BREAK = "\u2060"


def sections(text: str) -> Iterator[Block]:
    """Give a text whole, over as many sections as it needs. Nothing in it becomes a link, a mention or an address."""
    held = ""
    for piece in _pieces(text):
        if len(held) + len(piece) > ROOM and held.strip():
            yield parts.section(Mrkdwn(held))
            held = ""
        held += piece
    if held.strip():
        yield parts.section(Mrkdwn(held))


def _pieces(text: str) -> Iterator[str]:
    """Give a text in pieces that are safe to show one after the other."""
    for line in text.splitlines():
        for place, piece in enumerate(wrap(line, PIECE, drop_whitespace=False)):
            # Cut in two, an address could be put together again where the pieces meet.
            yield (_BREAK if place else "") + quote(piece, 6 * PIECE + 1) + ("" if piece.rstrip() == piece else " ")
        yield "\n"
