"""Keep each person's stack of modals, their App Home, and the triggers that open modals."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.playground.blockkit import lint_view, view_is_too_large
from bot.playground.changes import Changes
from bot.playground.checks import Findings
from bot.playground.elements import elements_of
from bot.playground.inputs import Values, as_state, kept_values, starting_values
from bot.playground.limits import REMEMBERED, STACK, TRIGGER_SECONDS
from bot.playground.values import Json, SlackError

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def token(length: int) -> str:
    """Return random capitals and digits, in the manner of Slack's ids."""
    return "".join(random.choices(_ALPHABET, k=length))  # noqa: S311 - an id, no secret


def in_words(findings: Findings) -> list[str]:
    """Write findings the way Slack reports them."""
    return [f"[ERROR] {what} [json-pointer:{at}]" for at, what in findings]


def fill_ids(blocks: list[Json]) -> None:
    """Invent the block and action ids that the app left out, as Slack does."""
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = token(5)
    for _, element in elements_of(blocks):
        if not element.get("action_id"):
            element["action_id"] = token(5)


@dataclass
class View:
    """Hold one modal on a person's screen, or their App Home."""

    id: str
    user: str
    spec: Json
    hash: str
    root: str
    previous: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    offered: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    published: int = 0

    @property
    def blocks(self) -> list[Json]:
        """Return the blocks shown, with every id filled in."""
        blocks: list[Json] = self.spec["blocks"]
        return blocks

    @property
    def is_modal(self) -> bool:
        """Say whether this is a modal rather than an App Home."""
        return bool(self.spec["type"] == "modal")


class Triggers:
    """Hand out trigger ids: each lives `lifetime` real seconds (three, as in Slack) and opens one modal."""

    def __init__(self) -> None:
        self.lifetime = TRIGGER_SECONDS
        self._known: dict[str, tuple[str, float, bool]] = {}
        self._used: set[str] = set()

    def issue(self, user: str, from_modal: bool) -> str:
        """Return a new trigger id for something `user` just did."""
        if len(self._known) >= REMEMBERED:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._used.discard(oldest)
        name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._known[name] = (user, time.monotonic(), from_modal)
        return name

    def exchange(self, name: object) -> tuple[str, bool]:
        """Use a trigger up; return who acted and whether it was inside a modal."""
        if not isinstance(name, str) or name not in self._known:
            raise SlackError("invalid_trigger_id")
        user, born, from_modal = self._known[name]
        if name in self._used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - born > self.lifetime:
            raise SlackError("expired_trigger_id")
        self._used.add(name)
        return user, from_modal

    def age(self, name: str, seconds: float) -> None:
        """Make a trigger older, so that a test need not wait for it to expire."""
        user, born, from_modal = self._known[name]
        self._known[name] = (user, born - seconds, from_modal)


class Modals:
    """Open, push, update and close views under Slack's rules."""

    def __init__(self, changes: Changes, ids: Json) -> None:
        self.changes = changes
        self.triggers = Triggers()
        self.homes: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._ids = ids
        self._run = token(4)
        self._count = 0

    def stack(self, user: str) -> list[View]:
        """Return a person's open modals, bottom first."""
        return self._stacks.get(user, [])

    def top(self, user: str) -> View | None:
        """Return the modal a person looks at."""
        stack = self.stack(user)
        return stack[-1] if stack else None

    def every(self) -> Iterator[View]:
        """Yield every view that is on someone's screen."""
        for stack in self._stacks.values():
            yield from stack
        yield from self.homes.values()

    def open(self, trigger_id: object, spec: object) -> View:
        """Open a modal for whoever caused the trigger; inside a modal it lands on top of the stack."""
        checked = self.checked(spec, "modal")
        with self.changes.lock:
            user, from_modal = self.triggers.exchange(trigger_id)
            if not from_modal:
                self._stacks[user] = []
            return self.push_for(user, checked)

    def push(self, trigger_id: object, spec: object) -> View:
        """Put a modal on top of the one the person acted in."""
        checked = self.checked(spec, "modal")
        with self.changes.lock:
            user, from_modal = self.triggers.exchange(trigger_id)
            if not from_modal or not self.stack(user):
                raise SlackError("not_found")
            return self.push_for(user, checked)

    def push_for(self, user: str, spec: Json) -> View:
        """Add a checked view to a person's stack."""
        with self.changes.lock:
            stack = self._stacks.setdefault(user, [])
            if len(stack) >= STACK:
                raise SlackError("push_limit_reached")
            self._refuse_taken_external_id(spec, None)
            name = self._new_id()
            root = stack[0].id if stack else name
            view = View(name, user, spec, _hash(), root, stack[-1].id if stack else None)
            view.values = starting_values(view.blocks)
            stack.append(view)
            self.changes.touch()
            return view

    def update(self, view_id: object, external_id: object, spec: object, expected: object) -> View:
        """Replace a view that is open; a stale hash is refused, typed values stay where ids stayed."""
        with self.changes.lock:
            view = self._find(view_id, external_id)
            checked = self.checked(spec, str(view.spec["type"]))
            if expected and expected != view.hash:
                raise SlackError("hash_conflict")
            self.replace(view, checked)
            return view

    def replace(self, view: View, spec: Json) -> None:
        """Show another content in a view that stays where it is."""
        with self.changes.lock:
            self._refuse_taken_external_id(spec, view)
            view.spec, view.hash, view.errors = spec, _hash(), {}
            view.values = kept_values(view.values, view.blocks)
            self.changes.touch()

    def publish(self, user: str, spec: object, expected: object) -> View:
        """Show a Home view to one person."""
        checked = self.checked(spec, "home")
        with self.changes.lock:
            view = self.homes.get(user)
            if expected and (view is None or expected != view.hash):
                raise SlackError("hash_conflict")
            if view is None:
                name = self._new_id()
                view = self.homes[user] = View(name, user, checked, _hash(), name)
            view.published += 1
            self.replace(view, checked)
            return view

    def drop(self, view: View) -> None:
        """Take one modal off its stack."""
        with self.changes.lock:
            stack = self.stack(view.user)
            if view in stack:
                stack.remove(view)
            self.changes.touch()

    def clear(self, user: str) -> None:
        """Close all modals of one person."""
        with self.changes.lock:
            self._stacks[user] = []
            self.changes.touch()

    def checked(self, spec: object, kind: str) -> Json:
        """Return a sound view with its ids filled in, or raise the error Slack would answer."""
        if not isinstance(spec, dict):
            raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing view"]})
        if view_is_too_large(spec):
            raise SlackError("view_too_large")
        found = lint_view(spec, kind)
        if found:
            placed = [(f"/view{at}", what) for at, what in found]
            raise SlackError("invalid_arguments", response_metadata={"messages": in_words(placed)})
        fill_ids(spec["blocks"])
        return spec

    def payload(self, view: View) -> Json:
        """Return a view in the shape Slack sends it to apps."""
        spec: dict[str, Any] = view.spec
        with self.changes.lock:
            return {
                "id": view.id,
                "team_id": self._ids["team"],
                "type": spec["type"],
                "blocks": view.blocks,
                "private_metadata": spec.get("private_metadata") or "",
                "callback_id": spec.get("callback_id") or "",
                "state": as_state(view.values),
                "hash": view.hash,
                "title": spec.get("title"),
                "clear_on_close": bool(spec.get("clear_on_close")),
                "notify_on_close": bool(spec.get("notify_on_close")),
                "close": spec.get("close"),
                "submit": spec.get("submit"),
                "previous_view_id": view.previous,
                "root_view_id": view.root,
                "app_id": self._ids["app"],
                "external_id": spec.get("external_id") or "",
                "app_installed_team_id": self._ids["team"],
                "bot_id": self._ids["bot"],
            }

    def _find(self, view_id: object, external_id: object) -> View:
        if not view_id and not external_id:
            raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing view_id"]})
        for view in self.every():
            if view.id == view_id or (not view_id and view.spec.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def _refuse_taken_external_id(self, spec: Json, mine: View | None) -> None:
        wanted = spec.get("external_id")
        if wanted and any(view is not mine and view.spec.get("external_id") == wanted for view in self.every()):
            raise SlackError("duplicate_external_id")

    def _new_id(self) -> str:
        self._count += 1
        return f"V0{self._run}{self._count:05d}"


def _hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"
