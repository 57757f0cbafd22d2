"""The question that everybody gets once a week: one tap, so that using the bot says nothing about anybody."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block

from bot.ids import Action, Callback
from bot.views import parts
from bot.views.wire import as_dict
from prompts import label, render

ANSWERS = (("good", "pulse_good"), ("mixed", "pulse_mixed"), ("bad", "pulse_bad"))


def message(text: str) -> list[Block]:
    """Give the question with its answers, and the ways to raise a concern and to come back to one."""
    blocks = [parts.section(text)]
    for value, name in ANSWERS:
        blocks += parts.buttons([parts.button(name, Action.PULSE_TAP, value)], f"pulse:{value}")
    return [*blocks, *_ways_on()]


def done() -> dict[str, Any]:
    """Thank somebody who tapped. It is the same window for every answer."""
    blocks = [parts.section(render("pulse_done"))]
    return as_dict(parts.modal(label("title_pulse"), blocks, callback_id=Callback.PROBLEM))


def _ways_on() -> list[Block]:
    ways = [
        parts.button("look_for_answer", Action.REPLY_OPEN),
        parts.button("raise_concern", Action.CONCERN_OPEN),
    ]
    return parts.buttons(ways, "concerns")
