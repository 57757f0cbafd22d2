"""Work out what each element of a view or message holds, before and after a person touches it."""

from __future__ import annotations

import re
from typing import Any

from bot.playground.elements import elements_of, options_of
from bot.playground.limits import TEXT_INPUT
from bot.playground.values import Json, Refused

Values = dict[tuple[str, str], Json]

FIELDS: dict[str, str] = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
"""The field of an element's state that holds its value."""

_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
_FORMS = {
    "datepicker": r"\d{4}-\d{2}-\d{2}",
    "timepicker": r"\d{2}:\d{2}",
}


def is_many(kind: str) -> bool:
    """Say whether an element holds a list."""
    return kind == "checkboxes" or kind.startswith("multi_")


def initial(element: Json) -> Json:
    """Return the state of an element that nobody has touched."""
    kind = element["type"]
    name = FIELDS[kind]
    start = element.get(f"initial_{name.removeprefix('selected_')}")
    if kind in ("rich_text_input", "file_input"):
        start = element.get("initial_value")
    return {"type": kind, name: start if start is not None else ([] if is_many(kind) else None)}


def starting_values(blocks: list[Json]) -> Values:
    """Return the values of all inputs as Slack shows them first."""
    return {
        (block["block_id"], element["action_id"]): initial(element)
        for block, element in elements_of(blocks)
        if block["type"] == "input"
    }


def kept_values(old: Values, blocks: list[Json]) -> Values:
    """Carry what was typed or chosen over to a changed view, where block and action ids stayed."""
    values = starting_values(blocks)
    for block, element in elements_of(blocks):
        key = (block["block_id"], element["action_id"])
        before = old.get(key)
        if before is None or before["type"] != element["type"]:
            continue
        kept = _still_offered(before, element)
        if kept is not None:
            values[key] = kept
    return values


def _still_offered(state: Json, element: Json) -> Json | None:
    offers = {one["value"]: one for one in options_of(element)}
    if not offers:
        return state
    name = FIELDS[element["type"]]
    chosen = state[name]
    if isinstance(chosen, list):
        return {**state, name: [offers[one["value"]] for one in chosen if one["value"] in offers]}
    if chosen is not None and chosen["value"] not in offers:
        return None
    return {**state, name: offers[chosen["value"]] if chosen is not None else None}


def choose(element: Json, value: object, extra_options: list[Json] | None = None) -> Json:
    """Return the state after a person sets an element; `value` is text, an option id or a list of them.

    Raises Refused where Slack would not let the person do it.
    """
    kind = element["type"]
    if kind not in FIELDS:
        raise Refused("not_settable", f"a {kind} has no value to set")
    name = FIELDS[kind]
    if kind in _TYPED:
        return {"type": kind, name: _typed(element, value)}
    if name.startswith("selected_option"):
        return {"type": kind, name: _picked(element, value, extra_options or [])}
    if is_many(kind):
        several = _as_list(value)
        _not_too_many(element, several)
        return {"type": kind, name: several}
    if value is not None and kind in _FORMS and not re.fullmatch(_FORMS[kind], str(value)):
        raise Refused("invalid_value", f"{value!r} does not fit a {kind}")
    return {"type": kind, name: value}


def _as_list(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _typed(element: Json, value: object) -> str | None:
    text = "" if value is None else str(value)
    longest = element.get("max_length", TEXT_INPUT)
    if len(text) > longest:
        raise Refused("too_long", f"at most {longest} characters can be typed here")
    return text or None


def _picked(element: Json, value: object, extra: list[Json]) -> Json | list[Json] | None:
    offers = {one["value"]: one for one in [*options_of(element), *extra]}
    wanted = _as_list(value)
    for one in wanted:
        if one not in offers:
            raise Refused("no_such_option", f"{one!r} is not offered by {element.get('action_id')}")
    chosen = [offers[one] for one in dict.fromkeys(wanted)]
    if is_many(element["type"]):
        _not_too_many(element, chosen)
        return chosen
    if len(chosen) > 1:
        raise Refused("one_option_only", f"{element.get('action_id')} takes one option")
    return chosen[0] if chosen else None


def _not_too_many(element: Json, chosen: list[Any]) -> None:
    most = element.get("max_selected_items")
    if most is not None and len(chosen) > most:
        raise Refused("too_many_options", f"at most {most} can be chosen")


def held_back(blocks: list[Json], values: Values) -> dict[str, str]:
    """Return what Slack itself complains about before it sends a submission: {block id: sentence}."""
    wrong: dict[str, str] = {}
    for block, element in elements_of(blocks):
        if block["type"] != "input":
            continue
        value = values[(block["block_id"], element["action_id"])][FIELDS[element["type"]]]
        problem = _problem(block, element, value)
        if problem:
            wrong[block["block_id"]] = problem
    return wrong


def _problem(block: Json, element: Json, value: object) -> str | None:
    if value is None or value == []:
        return None if block.get("optional") else "Please complete this required field."
    kind, typed = element["type"], str(value)
    if kind == "plain_text_input" and len(typed) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+", typed):
        return "Please enter a valid URL."
    return _number_problem(element, typed) if kind == "number_input" else None


def _number_problem(element: Json, typed: str) -> str | None:
    form = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(form, typed):
        return "Please enter a number." if element["is_decimal_allowed"] else "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and float(typed) < float(low):
        return f"Must be {low} or more."
    if high is not None and float(typed) > float(high):
        return f"Must be {high} or less."
    return None


def as_state(values: Values) -> Json:
    """Return values in the shape of `view.state`."""
    by_block: dict[str, Json] = {}
    for (block_id, action_id), value in values.items():
        by_block.setdefault(block_id, {})[action_id] = value
    return {"values": by_block}


def find(blocks: list[Json], *, block_id: str | None = None, action_id: str | None = None) -> tuple[Json, Json]:
    """Return the one (block, element) with these ids; raises Refused when nothing or several fit."""
    fits = [
        (block, element)
        for block, element in elements_of(blocks)
        if block_id in (None, block["block_id"]) and action_id in (None, element.get("action_id"))
    ]
    if len(fits) != 1:
        what = f"block {block_id!r}, action {action_id!r}"
        raise Refused("nothing_there" if not fits else "ambiguous", f"{len(fits)} elements for {what}")
    return fits[0]
