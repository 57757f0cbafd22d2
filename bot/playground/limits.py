"""List what Slack allows: one number per limit, and which blocks may stand where.

The keys read as `object.field.kind`; a contract test compares them with an independent table.
"""

from __future__ import annotations

from typing import Final

LIMITS: Final[dict[str, int]] = {
    "text.max_length": 3000,
    "action_id.max_length": 255,
    "block_id.max_length": 255,
    "button.text.max_length": 75,
    "button.url.max_length": 3000,
    "button.value.max_length": 2000,
    "button.accessibility_label.max_length": 75,
    "confirmation.title.max_length": 100,
    "confirmation.text.max_length": 300,
    "confirmation.confirm.max_length": 30,
    "confirmation.deny.max_length": 30,
    "option.text.max_length": 75,
    "option.value.max_length": 150,
    "option.description.max_length": 75,
    "option.url.max_length": 3000,
    "option_group.label.max_length": 75,
    "option_group.options.max_items": 100,
    "select.placeholder.max_length": 150,
    "select.options.max_items": 100,
    "select.option_groups.max_items": 100,
    "overflow.options.max_items": 5,
    "checkboxes.options.max_items": 10,
    "radio_buttons.options.max_items": 10,
    "plain_text_input.max_length.max": 3000,
    "plain_text_input.placeholder.max_length": 150,
    "file_input.max_files.max": 10,
    "dispatch_action_configuration.trigger_actions_on.max_items": 2,
    "actions.elements.max_items": 25,
    "alert.text.max_length": 200,
    "card.title.max_length": 150,
    "card.subtitle.max_length": 150,
    "card.body.max_length": 200,
    "card.actions.max_items": 3,
    "context.elements.max_items": 10,
    "header.text.max_length": 150,
    "image.image_url.max_length": 3000,
    "image.alt_text.max_length": 2000,
    "image.title.max_length": 2000,
    "input.label.max_length": 2000,
    "input.hint.max_length": 2000,
    "markdown.text.max_length": 12000,
    "markdown.total_text.max_length": 12000,
    "rich_text_list.indent.max": 8,
    "section.text.max_length": 3000,
    "section.fields.max_items": 10,
    "section.fields.item_max_length": 2000,
    "table.rows.max_items": 100,
    "table.columns.max_items": 20,
    "table.column_settings.max_items": 20,
    "message.blocks.max_items": 50,
    "view.blocks.max_items": 100,
    "view.private_metadata.max_length": 3000,
    "view.callback_id.max_length": 255,
    "view.external_id.max_length": 255,
    "view.title.max_length": 24,
    "view.close.max_length": 24,
    "view.submit.max_length": 24,
}

MESSAGE_TEXT: Final = 40_000
VIEW_BYTES: Final = 250_000
STACK: Final = 3
TRIGGER_SECONDS: Final = 3.0
ACK_SECONDS: Final = 3.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_MINUTES: Final = 30
METADATA_BYTES: Final = 16_000
REMEMBERED: Final = 20_000
TEXT_INPUT: Final = LIMITS["plain_text_input.max_length.max"]

_EVERYWHERE = {"actions", "card", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}

SURFACES: Final[dict[str, frozenset[str]]] = {
    "message": frozenset(
        _EVERYWHERE
        | {"carousel", "container", "context_actions", "data_table", "data_visualization", "file"}
        | {"markdown", "plan", "table", "task_card"}
    ),
    "modal": frozenset(_EVERYWHERE | {"alert"}),
    "home": frozenset(_EVERYWHERE | {"carousel", "container", "data_table", "data_visualization", "table"}),
}

UNCHECKED: Final = frozenset(
    {"carousel", "container", "context_actions", "data_table", "data_visualization", "file", "plan"}
    | {"task_card", "video"}
)
"""Blocks that exist in Slack and that we let through with a look at their id only."""
