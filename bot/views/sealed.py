"""The window in which somebody reads what is sealed in a case. Nothing here is ever part of a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.ids import Callback
from bot.views import parts
from bot.views.wire import as_dict
from prompts import label, record_words, render
from workflows.unsealing import Opened
from workflows.values import CaseFacts

SHOWN = 40


def window(case: CaseFacts, found: Sequence[Opened]) -> dict[str, Any]:
    """Give the sealed texts of a case, the oldest first: what was reported comes before what was added to it."""
    blocks = [parts.header(case.code), parts.section(render("seals_intro"))]
    for each in found[:SHOWN]:
        name = record_words().part(each.part).name
        by, day = parts.person(each.by, "the bot"), parts.day(each.at)
        blocks.append(parts.section(render("seals_open", name=name, by=by, day=day, text=each.text)))
    return as_dict(parts.modal(label("title_seals"), blocks, callback_id=Callback.CASE_SEALS))
