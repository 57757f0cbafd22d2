"""What we read of the windows in which a record is written: which part of which case, and what stands in each input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.ids import NO_GAP, Action
from bot.payloads import Payload, clean
from workflows.errors import NotFound

_HOLDERS = ("selected_option", "selected_user", "selected_date", "selected_options", "selected_users", "value")
"""Where Slack puts what an input holds; which of them is there depends on the kind of the input."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a button wants written: a part of a case, an entry of it, and what the entry is about.

    `number` is the entry to correct, 0 for a new one. `about` is the number of the entry that a new one points to, 0
    for none; `of` names the list of that entry where the part alone does not say it.
    """

    case_id: int
    part: str
    number: int = 0
    about: int = 0
    of: str = ""

    def dump(self) -> str:
        """Write it for the value of a button."""
        return ":".join(map(str, (self.case_id, self.part, self.number, self.about, self.of))).rstrip(":")

    @classmethod
    def load(cls, text: str) -> Place:
        """Read it back. Raises NotFound for what we did not write."""
        case_id, part, number, about, of = (*text.split(":"), "", "", "", "", "")[:5]
        if not all(each.isascii() and each.isdigit() and len(each) <= 15 for each in (case_id, number or "0")):
            raise NotFound
        return cls(int(case_id), part, int(number or 0), int(about) if about.isascii() and about.isdigit() else 0, of)


@dataclass(frozen=True, slots=True)
class Written:
    """What a window of the record carries along: the case, the part or the items it asks for, and what lies below it.

    `parts` are ids; `number` is the entry that is corrected, 0 for a new one. `below` is the callback id of the window
    in which it was asked for, empty where there is none. `seen` is the last writing of the entry that was shown.
    """

    case_id: int
    parts: tuple[str, ...]
    number: int = 0
    below: str = ""
    seen: int | None = None

    def dump(self) -> str:
        """Write it for `private_metadata`: ids only, never what somebody wrote."""
        seen = "" if self.seen is None else self.seen
        return f"{self.case_id}:{','.join(self.parts)}:{self.number}:{self.below}:{seen}".rstrip(":")

    @classmethod
    def load(cls, text: str) -> Written:
        """Read it back. Raises NotFound for what we did not write."""
        place = Place.load(text)
        below, _, seen = (text.split(":", 3)[3:] or [""])[0].partition(":")
        return cls(
            place.case_id, tuple(place.part.split(",")), place.number, below, int(seen) if seen.isdigit() else None
        )


def asked(body: Payload) -> str:
    """Give what a button carries, or what was chosen in a menu; both lead to the same windows."""
    action = body["actions"][0]
    return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")


def fields(view: Payload) -> dict[str, Any]:
    """Give what stands in each input of a window, by the id of its block: text, an id, ids or a day.

    Inputs that nobody filled are left out. What belongs in which field is for the workflow to say.
    """
    values = (view.get("state") or {}).get("values") or {}
    found = {block: _held(inputs.get(Action.ANSWER) or {}) for block, inputs in values.items()}
    return {block: value for block, value in found.items() if value not in (None, "", [])}


def fields_of(view: Payload, item: str) -> dict[str, Any]:
    """Give what stands in the inputs of one item on a page of several: their blocks begin with its id."""
    start = f"{item}."
    return {block.removeprefix(start): value for block, value in fields(view).items() if block.startswith(start)}


def says_something(view: Payload) -> bool:
    """Whether a window that was closed still tells what its inputs held; without that nothing can be kept of it."""
    return bool((view.get("state") or {}).get("values"))


def below(body: Payload) -> str:
    """Give the callback id of the window in which somebody clicked, empty for a message or the home."""
    view = body.get("view") or {}
    return str(view.get("callback_id") or "") if view.get("type") == "modal" else ""


def is_full(body: Payload) -> bool:
    """Whether three windows lie on each other where somebody clicked: Slack takes no fourth."""
    view = body.get("view") or {}
    lower = view.get("previous_view_id")
    return view.get("type") == "modal" and bool(lower) and lower != view.get("root_view_id")


def _held(state: Mapping[str, Any]) -> Any:
    for name in _HOLDERS:
        value = state.get(name)
        if value is None:
            continue
        if name == "selected_option":
            return None if value["value"] == NO_GAP else str(value["value"])
        if name == "selected_options":
            return [str(each["value"]) for each in value]
        return [str(each) for each in value] if name == "selected_users" else clean(str(value))
    return None
