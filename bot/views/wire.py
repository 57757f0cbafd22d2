"""Turn Block Kit models into plain dicts, as their own `to_dict` does, in a tenth of the time.

The models look through all their names for validators each time they are turned into a dict, which cost more than
everything else on the home together. What a class is made of does not change, so it is looked up once per class;
the validators themselves still run.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from slack_sdk.models.basic_objects import JsonObject


def as_dict(model: JsonObject) -> dict[str, Any]:
    """Give a model as what goes over the wire. Raises SlackObjectFormationError where the model is not valid."""
    kind = type(model)
    if not _is_plain(kind):
        return dict(model.to_dict())
    made = _MADE.get(kind)
    if made is None:
        # The names can only be asked of a model, not of its class; two threads may both ask, harmlessly.
        made = _MADE[kind] = (_validators(kind), tuple(sorted(model.attributes)))
    validators, names = made
    for validator in validators:
        getattr(model, validator)()
    kept = ((name, getattr(model, name, None)) for name in names)
    return {name: _plain(value) for name, value in kept if not _is_empty(value)}


_MADE: dict[type[JsonObject], tuple[tuple[str, ...], tuple[str, ...]]] = {}
"""The validators and the attributes of each class, by name; attributes in the order of the wire."""


def _plain(value: Any) -> Any:
    if isinstance(value, JsonObject):
        return as_dict(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


@cache
def _is_plain(kind: type[JsonObject]) -> bool:
    """Whether a class keeps the models' common way; options and a few others shape their dict themselves."""
    common = kind.to_dict is JsonObject.to_dict and kind.get_non_null_attributes is JsonObject.get_non_null_attributes
    # Rich text may hold empty lists, which the models know about.
    return common and not str(getattr(kind, "type", "")).startswith("rich_text")


def _validators(kind: type[JsonObject]) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if hasattr(getattr(kind, name, None), "validator"))
