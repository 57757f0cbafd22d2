"""Say what each interactive element of Block Kit may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.checks import (
    Check,
    Findings,
    Rule,
    anything,
    boolean,
    integer,
    items,
    limit,
    matching,
    one_of,
    plain,
    shape,
    string,
    tagged,
    text,
    url,
)
from bot.playground.values import Json

CONFIRM = shape(
    {
        "title": plain("confirmation.title.max_length"),
        "text": text("confirmation.text.max_length"),
        "confirm": plain("confirmation.confirm.max_length"),
        "deny": plain("confirmation.deny.max_length"),
    },
    {"style": one_of("primary", "danger")},
)
SLACK_FILE = shape({}, {"id": string(255), "url": url(3000)})
_DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date written as YYYY-MM-DD")
_TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "a time written as HH:mm")
_NUMBER = matching(r"-?\d+(\.\d+)?", "a number written as a string")
_ID = string(255)

_BASE: dict[str, Check] = {"type": anything}
_ACTS: dict[str, Check] = {"action_id": string("action_id.max_length"), "confirm": CONFIRM}
_FOCUS: dict[str, Check] = {"focus_on_load": boolean}
_PLACEHOLDER: dict[str, Check] = {"placeholder": plain("select.placeholder.max_length")}
_PICKS: dict[str, Check] = _ACTS | _FOCUS | _PLACEHOLDER
_MANY: dict[str, Check] = {"max_selected_items": integer(1)}
_DISPATCH: dict[str, Check] = {
    "dispatch_action_config": shape(
        {},
        {
            "trigger_actions_on": items(
                one_of("on_enter_pressed", "on_character_entered"),
                "dispatch_action_configuration.trigger_actions_on.max_items",
            )
        },
    )
}


def option(label: Check, extra: Mapping[str, Check] | None = None) -> Check:
    """Require one option whose text passes `label`; `extra` are further fields it may have."""
    required = {"text": label, "value": string("option.value.max_length")}
    return shape(required, {"description": label, **(extra or {})})


PLAIN_OPTION = option(plain("option.text.max_length"))
TEXT_OPTION = option(text("option.text.max_length"))
_LINKED_OPTION = option(plain("option.text.max_length"), {"url": url("option.url.max_length")})
OPTION_GROUP = shape(
    {
        "label": plain("option_group.label.max_length"),
        "options": items(PLAIN_OPTION, "option_group.options.max_items"),
    }
)


def options_of(element: Json) -> list[Json]:
    """Return every option of an element, those inside groups included."""
    found = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found.extend(group.get("options") or [])
    return found


def _distinct_values(element: Json, at: str, found: Findings) -> None:
    seen: set[str] = set()
    for one in options_of(element):
        if one["value"] in seen:
            found.append((f"{at}/options", f"option value occurs twice: {one['value']}"))
        seen.add(one["value"])


def _initial_among_options(element: Json, at: str, found: Findings) -> None:
    offered = options_of(element)
    single, several = element.get("initial_option"), element.get("initial_options") or []
    if single is not None and single not in offered:
        found.append((f"{at}/initial_option", "must exactly match one of the provided options"))
    for index, one in enumerate(several):
        if one not in offered:
            found.append((f"{at}/initial_options/{index}", "must exactly match one of the provided options"))


def _options_or_groups(element: Json, at: str, found: Findings) -> None:
    if (element.get("options") is None) == (element.get("option_groups") is None):
        found.append((at, "needs either options or option_groups, and not both"))


def _lengths_in_order(element: Json, at: str, found: Findings) -> None:
    low, high = element.get("min_length", 0), element.get("max_length")
    if high is not None and low > high:
        found.append((f"{at}/min_length", "must not be more than max_length"))
    longest = high if high is not None else limit("plain_text_input.max_length.max")
    if len(element.get("initial_value") or "") > longest:
        found.append((f"{at}/initial_value", f"must be less than {longest + 1} characters"))


def _one_image_source(element: Json, at: str, found: Findings) -> None:
    if (element.get("image_url") is None) == (element.get("slack_file") is None):
        found.append((at, "needs either image_url or slack_file, and not both"))


def _few(most: str, label: Check) -> Mapping[str, Check]:
    return {"options": items(label, most)}


def _make(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> Check:
    return shape(_BASE | dict(required), optional, *rules)


_STATIC: dict[str, Check] = {
    "options": items(PLAIN_OPTION, "select.options.max_items"),
    "option_groups": items(OPTION_GROUP, "select.option_groups.max_items"),
}
_STATIC_RULES = (_options_or_groups, _distinct_values, _initial_among_options)
_EXTERNAL: dict[str, Check] = {"min_query_length": integer(0)}
_FILTER = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_CONVERSATION: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_RESPONSE: dict[str, Check] = {"response_url_enabled": boolean}
_CHECKED = (_distinct_values, _initial_among_options)

IMAGE = _make(
    {"alt_text": string("image.alt_text.max_length")},
    {"image_url": url("image.image_url.max_length"), "slack_file": SLACK_FILE},
    _one_image_source,
)
BUTTON = _make(
    {"text": plain("button.text.max_length")},
    _ACTS
    | {
        "value": string("button.value.max_length"),
        "url": url("button.url.max_length"),
        "style": one_of("primary", "danger"),
        "accessibility_label": string("button.accessibility_label.max_length"),
    },
)


def _chooser(name: str, several: bool, extra: Mapping[str, Check]) -> Check:
    initial = {f"initial_{name}s": items(_ID, 100)} if several else {f"initial_{name}": _ID}
    return _make({}, _PICKS | initial | dict(extra) | (_MANY if several else {}))


def _typed(extra: Mapping[str, Check], *rules: Rule) -> Check:
    return _make({}, {k: v for k, v in _PICKS.items() if k != "confirm"} | _DISPATCH | dict(extra), *rules)


ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": _make(
        {"text": plain("button.text.max_length"), "workflow": anything},
        {
            "action_id": _ACTS["action_id"],
            "style": one_of("primary", "danger"),
            "accessibility_label": string("button.accessibility_label.max_length"),
        },
    ),
    "image": IMAGE,
    "checkboxes": _make(
        _few("checkboxes.options.max_items", TEXT_OPTION),
        _ACTS | _FOCUS | {"initial_options": items(TEXT_OPTION, 10)},
        *_CHECKED,
    ),
    "radio_buttons": _make(
        _few("radio_buttons.options.max_items", TEXT_OPTION),
        _ACTS | _FOCUS | {"initial_option": TEXT_OPTION},
        *_CHECKED,
    ),
    "overflow": _make(_few("overflow.options.max_items", _LINKED_OPTION), _ACTS, _distinct_values),
    "static_select": _make({}, _PICKS | _STATIC | {"initial_option": PLAIN_OPTION}, *_STATIC_RULES),
    "multi_static_select": _make(
        {}, _PICKS | _STATIC | _MANY | {"initial_options": items(PLAIN_OPTION, 100)}, *_STATIC_RULES
    ),
    "external_select": _make({}, _PICKS | _EXTERNAL | {"initial_option": PLAIN_OPTION}),
    "multi_external_select": _make({}, _PICKS | _EXTERNAL | _MANY | {"initial_options": items(PLAIN_OPTION, 100)}),
    "users_select": _chooser("user", False, {}),
    "multi_users_select": _chooser("user", True, {}),
    "conversations_select": _chooser("conversation", False, _CONVERSATION | _RESPONSE),
    "multi_conversations_select": _chooser("conversation", True, _CONVERSATION),
    "channels_select": _chooser("channel", False, _RESPONSE),
    "multi_channels_select": _chooser("channel", True, {}),
    "datepicker": _make({}, _PICKS | {"initial_date": _DATE}),
    "timepicker": _make({}, _PICKS | {"initial_time": _TIME, "timezone": string(100)}),
    "datetimepicker": _make({}, _ACTS | _FOCUS | {"initial_date_time": integer(10**9, 10**10 - 1)}),
    "plain_text_input": _typed(
        {
            "initial_value": string("plain_text_input.max_length.max", 0),
            "multiline": boolean,
            "min_length": integer(0, limit("plain_text_input.max_length.max")),
            "max_length": integer(1, limit("plain_text_input.max_length.max")),
        },
        _lengths_in_order,
    ),
    "number_input": shape(
        _BASE | {"is_decimal_allowed": boolean},
        {k: v for k, v in _PICKS.items() if k != "confirm"}
        | _DISPATCH
        | {"initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
    ),
    "email_text_input": _typed({"initial_value": string(3000)}),
    "url_text_input": _typed({"initial_value": url(3000)}),
    "rich_text_input": _typed({"initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100)}),
    "file_input": _make(
        {},
        {"action_id": _ACTS["action_id"], "filetypes": items(string(20), 100), "max_files": integer(1, 10)},
    ),
}

_SINGLE = {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
_MULTI = {f"multi_{name}" for name in _SINGLE}
_PICKERS = {"datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"}
_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input"}

IN_SECTION = _SINGLE | _MULTI | (_PICKERS - {"datetimepicker"}) | {"button", "workflow_button", "image", "overflow"}
IN_ACTIONS = _SINGLE | _MULTI | _PICKERS | {"button", "workflow_button", "overflow"}
IN_INPUT = _SINGLE | _MULTI | _PICKERS | _TYPED


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield (block, element) for everything a person can click, choose or type in."""
    for block in blocks:
        kind = block.get("type")
        inside: list[Any] = []
        if kind == "input":
            inside = [block.get("element")]
        elif kind == "section":
            inside = [block.get("accessory")]
        elif kind == "actions":
            inside = block.get("elements") or []
        elif kind == "card":
            inside = block.get("actions") or []
        for element in inside:
            if isinstance(element, dict) and element.get("type") != "image":
                yield block, element


def offered(table: set[str]) -> Check:
    """Accept the element types of one place."""
    return tagged({name: ELEMENTS[name] for name in table}, "element type")
