"""What a person sees when something cannot be done: one sentence, and nothing they wrote is gone."""

from __future__ import annotations

from typing import Any

from bot.ids import Callback
from bot.views import parts
from bot.views.wire import as_dict
from prompts import escape, label


def window(sentence: str) -> dict[str, Any]:
    """Give a small window with one sentence (plain text; escaped here)."""
    view = parts.modal(label("title_problem"), [parts.section(escape(sentence))], callback_id=Callback.PROBLEM)
    return as_dict(view)
