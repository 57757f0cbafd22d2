"""Small valid Block Kit pieces that tests bend until they break."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def option(value: str = "v", **more: Any) -> Json:
    return {"text": plain(), "value": value} | more


def options(count: int) -> list[Json]:
    return [option(f"v{number}") for number in range(count)]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "press"} | more


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": options(2)} | more


def confirm(**more: Any) -> Json:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()} | more


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn()} | more


def with_accessory(**more: Any) -> Json:
    return section(accessory=more)


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements)} | more


def asks(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element} | more


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "answer"} | more


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.org/i.png", "alt_text": "i"} | more


def context(*elements: Json) -> Json:
    return {"type": "context", "elements": list(elements)}


def header(text: str = "x") -> Json:
    return {"type": "header", "text": plain(text)}


def card(**more: Any) -> Json:
    return {"type": "card", "title": mrkdwn()} | more


def alert(text: str = "x", **more: Any) -> Json:
    return {"type": "alert", "text": mrkdwn(text)} | more


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def view(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks)} | more


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks)} | more
