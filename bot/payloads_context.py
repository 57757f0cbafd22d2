"""What we read of the windows for a change of context: its fields as they were filled, and what a window carries."""

from __future__ import annotations

from typing import Any

from bot.ids import Action, Block
from bot.payloads import Payload, clean

_HOLDERS = ("selected_option", "selected_options", "selected_date", "value")
"""Where Slack puts what an input holds; which of them is there depends on the kind of the input."""
FIELDS = (Block.SIGNAL, Block.WHERE, Block.PRODUCTS, Block.CUSTOMERS, Block.DEFEATS, Block.WHAT, Block.SINCE)


def change(view: Payload) -> dict[str, Any]:
    """Give what stands in each field: text, an id, a list of ids, an ISO day, or None."""
    values = (view.get("state") or {}).get("values") or {}
    return {str(block): _held((values.get(block) or {}).get(Action.ANSWER) or {}) for block in FIELDS}


def _held(value: Payload) -> Any:
    held = next((value[name] for name in _HOLDERS if value.get(name)), None)
    if isinstance(held, list):
        return [str(option["value"]) for option in held]
    if isinstance(held, dict):
        return str(held["value"])
    return clean(str(held)) if held else None


def case_of(view: Payload) -> int | None:
    """Give the case in which the window was opened, None for none: all that `private_metadata` carries."""
    text = str(view.get("private_metadata") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
