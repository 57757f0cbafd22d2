"""What a record still lacks: one plain sentence for each thing, with the button that opens where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.ids import Action, Callback
from bot.views import parts
from bot.views.wire import as_dict
from prompts import escape, label, missing, record_words, render
from workflows.rules.locks import Missing

SHOWN = 10
"""How many are named among other things; the rest comes when these are written."""
ALL = 80
"""How many a refusal names: more than there can be, and fewer than the blocks of a window."""


def window(case_id: int, sentence: str, lacks: Sequence[Missing]) -> dict[str, Any]:
    """Give the window that says why something cannot be done yet, and leads to each thing that is missing.

    `sentence` is plain text. The window holds nothing that people wrote, so it may give way to what they open in it.
    """
    blocks = [parts.section(escape(sentence)), *lines(case_id, lacks, ALL)]
    return as_dict(parts.modal(label("title_missing"), blocks, callback_id=Callback.MISSING))


def lines(case_id: int, lacks: Sequence[Missing], shown: int = SHOWN) -> list[Block]:
    """Give the first things that are missing, each with its button, and how many there are beside them."""
    found = [_line(case_id, each) for each in lacks[:shown]]
    more = len(lacks) - shown
    return [*found, parts.context(render("missing_more", count=more))] if more > 0 else found


def sentence(lack: Missing) -> str:
    """Say what is missing, as plain text."""
    question = record_words().items[lack.item].question if lack.item else ""
    return missing(lack.id, number=lack.entry or lack.about, item=lack.item, question=question)


def _line(case_id: int, lack: Missing) -> Block:
    value = f"{case_id}:{lack.part}:{lack.entry}:{lack.about}"
    # Where no part can mend it, the sentence says what comes first.
    button = parts.button("write_it", Action.RECORD_WRITE, value) if lack.part else None
    return parts.section(f"•  {escape(sentence(lack))}", button=button)
