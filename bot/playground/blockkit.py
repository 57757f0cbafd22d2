"""Refuse the blocks, views and messages that Slack would refuse, and name the place.

`lint_message` and `lint_view` return (JSON pointer, what is wrong) pairs; an empty list means valid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.playground.checks import (
    Check,
    Findings,
    anything,
    boolean,
    integer,
    items,
    limit,
    one_of,
    plain,
    shape,
    string,
    tagged,
    text,
    url,
)
from bot.playground.elements import (
    BUTTON,
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    elements_of,
    offered,
)
from bot.playground.limits import SURFACES, UNCHECKED, VIEW_BYTES
from bot.playground.values import Json

_BASE: dict[str, Check] = {"type": anything}
_ID: dict[str, Check] = {"block_id": string("block_id.max_length")}


def _section_says_something(block: Json, at: str, found: Findings) -> None:
    if block.get("text") is None and not block.get("fields"):
        found.append((at, "needs text or fields"))


def _card_says_something(block: Json, at: str, found: Findings) -> None:
    if not any(block.get(name) for name in ("hero_image", "title", "actions", "body")):
        found.append((at, "needs a hero_image, title, actions or body"))


def _image_has_source(block: Json, at: str, found: Findings) -> None:
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        found.append((at, "needs either image_url or slack_file, and not both"))


def _rows_are_even(block: Json, at: str, found: Findings) -> None:
    if len({len(row) for row in block["rows"]}) > 1:
        found.append((f"{at}/rows", "every row needs the same number of cells"))


_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_INLINE = tagged(
    {
        "text": shape(_BASE | {"text": string(12000)}, {"style": _STYLE}),
        "link": shape(_BASE | {"url": string(3000)}, {"text": string(12000), "unsafe": boolean, "style": _STYLE}),
        "emoji": shape(_BASE | {"name": string(255)}, {"unicode": string(255), "style": _STYLE}),
        "user": shape(_BASE | {"user_id": string(255)}, {"style": _STYLE}),
        "usergroup": shape(_BASE | {"usergroup_id": string(255)}, {"style": _STYLE}),
        "channel": shape(_BASE | {"channel_id": string(255)}, {"style": _STYLE}),
        "broadcast": shape(_BASE | {"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
        "color": shape(_BASE | {"value": string(255)}, {"style": _STYLE}),
        "date": shape(
            _BASE | {"timestamp": integer(0), "format": string(255)},
            {"url": string(3000), "fallback": string(3000), "style": _STYLE},
        ),
    },
    "rich text element",
)
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
_RICH_SECTION = shape(_BASE | {"elements": items(_INLINE, 3000)})
_RICH = tagged(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_preformatted": shape(_BASE | {"elements": items(_INLINE, 3000)}, _BORDER),
        "rich_text_quote": shape(_BASE | {"elements": items(_INLINE, 3000)}, _BORDER),
        "rich_text_list": shape(
            _BASE
            | {
                "style": one_of("bullet", "ordered"),
                "elements": items(tagged({"rich_text_section": _RICH_SECTION}), 3000),
            },
            _BORDER | {"indent": integer(0, limit("rich_text_list.indent.max")), "offset": integer(0)},
        ),
    },
    "rich text element",
)
_RICH_BLOCK = shape(_BASE | {"elements": items(_RICH, 3000)}, _ID)
_CELL = tagged(
    {
        "raw_text": shape(_BASE | {"text": string(3000)}),
        "raw_number": shape(_BASE | {"value": anything}, {"text": string(3000)}),
        "rich_text": _RICH_BLOCK,
    },
    "cell type",
)
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: Mapping[str, Check] = {
    "divider": shape(_BASE, _ID),
    "header": shape(_BASE | {"text": plain("header.text.max_length")}, _ID),
    "section": shape(
        _BASE,
        _ID
        | {
            "text": text("section.text.max_length"),
            "fields": items(text("section.fields.item_max_length"), "section.fields.max_items"),
            "accessory": offered(IN_SECTION),
            "expand": boolean,
        },
        _section_says_something,
    ),
    "context": shape(
        _BASE
        | {
            "elements": items(
                tagged({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}, "element type"),
                "context.elements.max_items",
            )
        },
        _ID,
    ),
    "actions": shape(_BASE | {"elements": items(offered(IN_ACTIONS), "actions.elements.max_items")}, _ID),
    "image": shape(
        _BASE | {"alt_text": string("image.alt_text.max_length")},
        _ID
        | {
            "image_url": url("image.image_url.max_length"),
            "slack_file": SLACK_FILE,
            "title": plain("image.title.max_length"),
        },
        _image_has_source,
    ),
    "input": shape(
        _BASE | {"label": plain("input.label.max_length"), "element": offered(IN_INPUT)},
        _ID | {"hint": plain("input.hint.max_length"), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _RICH_BLOCK,
    "markdown": shape(_BASE | {"text": string("markdown.text.max_length")}, _ID),
    "table": shape(
        _BASE | {"rows": items(items(_CELL, "table.columns.max_items"), "table.rows.max_items")},
        _ID | {"column_settings": items(_COLUMN, "table.column_settings.max_items", 0)},
        _rows_are_even,
    ),
    "alert": shape(
        _BASE | {"text": text("alert.text.max_length")},
        _ID | {"level": one_of("default", "info", "warning", "error", "success")},
    ),
    "card": shape(
        _BASE,
        _ID
        | {
            "hero_image": IMAGE,
            "icon": IMAGE,
            "title": text("card.title.max_length"),
            "subtitle": text("card.subtitle.max_length"),
            "body": text("card.body.max_length"),
            "actions": items(tagged({"button": BUTTON}), "card.actions.max_items"),
        },
        _card_says_something,
    ),
}


def _lint_block(block: object, at: str, surface: str, found: Findings) -> None:
    if not isinstance(block, dict):
        found.append((at, "must be an object"))
        return
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in SURFACES[surface]:
        found.append((f"{at}/type", f"unsupported block type on this surface: {kind}"))
    elif kind in UNCHECKED:
        if block.get("block_id") is not None:
            _ID["block_id"](block["block_id"], f"{at}/block_id", found)
    else:
        BLOCKS[kind](block, at, found)


def _lint_ids(blocks: list[Json], at: str, found: Findings) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in seen:
            found.append((f"{at}/{index}/block_id", f"block_id occurs twice: {name}"))
        seen.add(name or "")
        acts: set[str] = set()
        for _, element in elements_of([block]):
            act = element.get("action_id")
            if act is not None and act in acts:
                found.append((f"{at}/{index}", f"action_id occurs twice in this block: {act}"))
            acts.add(act or "")


def _lint_whole(blocks: list[Json], at: str, found: Findings) -> None:
    focused = sum(bool(element.get("focus_on_load")) for _, element in elements_of(blocks))
    if focused > 1:
        found.append((at, "focus_on_load may be set on one element only"))
    if sum(block["type"] == "table" for block in blocks) > 1:
        found.append((at, "only one table is allowed"))
    total = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if total > limit("markdown.total_text.max_length"):
        found.append((at, "markdown blocks hold too much text together"))


def lint_blocks(blocks: object, surface: str, at: str = "/blocks") -> Findings:
    """Check a list of blocks for one surface: `message`, `modal` or `home`."""
    found: Findings = []
    if not isinstance(blocks, list):
        return [(at, "must be an array")]
    most = limit("message.blocks.max_items" if surface == "message" else "view.blocks.max_items")
    if len(blocks) > most:
        found.append((at, f"no more than {most} items allowed"))
    for index, block in enumerate(blocks):
        _lint_block(block, f"{at}/{index}", surface, found)
    if not found:
        _lint_ids(blocks, at, found)
        _lint_whole(blocks, at, found)
    return found


def lint_message(message: Mapping[str, object]) -> Findings:
    """Check the blocks of a message, if it has any."""
    blocks = message.get("blocks")
    return [] if blocks is None else lint_blocks(blocks, "message")


def view_is_too_large(view: object) -> bool:
    """Say whether a view weighs more than Slack carries."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES


_VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string("view.private_metadata.max_length", 0),
    "callback_id": string("view.callback_id.max_length", 0),
    "external_id": string("view.external_id.max_length", 0),
}
_VIEWS: Mapping[str, Check] = {
    "modal": shape(
        _BASE | {"title": plain("view.title.max_length"), "blocks": anything},
        _VIEW_COMMON
        | {
            "submit": plain("view.submit.max_length"),
            "close": plain("view.close.max_length"),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape(_BASE | {"blocks": anything}, _VIEW_COMMON),
}
_VIEW = tagged(_VIEWS, "view type")


def lint_view(view: object, only: str | None = None) -> Findings:
    """Check a modal or Home view; `only` names the type that is wanted."""
    found: Findings = []
    _VIEW(view, "", found)
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return found
    if only is not None and view["type"] != only:
        found.append(("/type", f"must be {only}"))
    found += lint_blocks(view.get("blocks"), str(view["type"]))
    blocks = view.get("blocks")
    if view["type"] == "modal" and view.get("submit") is None and isinstance(blocks, list):
        asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
        if asks:
            found.append(("/submit", "missing required field: submit (the view has an input block)"))
    return found
