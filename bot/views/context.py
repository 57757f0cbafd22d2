"""A change of context: the window that asks for it, what it would touch, and the messages that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.views import parts
from bot.views.case import line
from bot.views.wire import as_dict
from prompts import label, load_bank, render, shorten
from workflows.context import WHAT_MOST
from workflows.context_values import ContextForm, Preview, Saved
from workflows.places import names
from workflows.values import World

LINE_MOST = 500
OPTION_MOST = 75


def form(asked: ContextForm) -> dict[str, Any]:
    """Give the window that asks what changed, where, for whom, since when."""
    bank = load_bank()
    signals = [_option(each.id, each.label, each.help) for each in bank.signals.values()]
    kinds = [_option(each.id, each.label) for each in bank.mitigations.values()]
    products = [_option(product, name) for product, name in asked.products]
    since = asked.since or asked.today
    blocks = [
        parts.section(render("context_intro", code=asked.code)),
        _input(
            BlockId.SIGNAL,
            "ask_context_signal",
            "hint_context_signal",
            StaticSelectElement(**_of(signals), initial_option=_one(signals, asked.signal)),
        ),
        _input(BlockId.WHAT, "ask_context_what", "hint_context_what", _text(asked.what, WHAT_MOST, multiline=True)),
        _input(
            BlockId.SINCE,
            "ask_context_since",
            "hint_context_since",
            DatePickerElement(action_id=Action.ANSWER, initial_date=since.isoformat()),
        ),
        _input(BlockId.WHERE, "ask_context_where", "hint_context_where", _text(asked.where, LINE_MOST), optional=True),
        _input(
            BlockId.PRODUCTS,
            "ask_context_products",
            "hint_context_products",
            _choices(products, asked.chosen),
            optional=True,
        ),
        _input(
            BlockId.CUSTOMERS,
            "ask_context_customers",
            "hint_context_customers",
            _text(asked.customers, LINE_MOST),
            optional=True,
        ),
        _input(
            BlockId.DEFEATS,
            "ask_context_defeats",
            "hint_context_defeats",
            _choices(kinds, asked.defeats),
            optional=True,
        ),
    ]
    return _window("title_context", blocks, Callback.CONTEXT_FORM, "look", asked.case_id)


def preview(found: Preview) -> dict[str, Any]:
    """Give what a change would touch. What its writer wrote is not in it: it waits as a draft until it is saved."""
    change = found.change
    text = render(
        "context_preview",
        signal=_name(change.signal),
        where=names(change.countries),
        since=f"{change.since:%d %b %Y}".lstrip("0"),
        found=found,
        acts=parts.moment_day(found.acts_at),
    )
    blocks = [parts.section(text), *(line(case) for case in found.shown)]
    if found.shown and found.hidden:
        blocks.append(parts.context(render("context_hidden", found=found)))
    return _window("title_context", blocks, Callback.CONTEXT_PREVIEW, "save", change.case_id)


def done(saved: Saved) -> dict[str, Any]:
    """Give the window that confirms a change."""
    text = render("context_done", saved=saved, acts=parts.moment_day(saved.acts_at))
    return as_dict(parts.modal(label("title_context"), [parts.section(text)], callback_id=Callback.PROBLEM))


def message(world: World) -> tuple[list[Block], str]:
    """Give what one reader learns of a change as the blocks of a message, and as one text."""
    name = "note_together" if world.about == "waiting" else "note_world"
    text = render(
        name,
        world=world,
        signal=_name(world.signal),
        where=", ".join(world.countries),
        since=parts.moment_day(world.since),
    )
    return [parts.section(text), *(line(case) for case in world.cases)], text


def _name(signal: str) -> str:
    """Give the name of a change; one of a later version keeps its id."""
    known = load_bank().signals.get(signal)
    return known.label if known else signal


def _window(title: str, blocks: Sequence[Block], callback: str, submit: str, case_id: int | None) -> dict[str, Any]:
    memory = str(case_id or "")
    return as_dict(parts.modal(label(title), blocks, callback_id=callback, submit=submit, memory=memory))


def _input(block: BlockId, asks: str, hint: str, element: InputInteractiveElement, *, optional: bool = False) -> Block:
    """One question, its words by the names of their labels."""
    return InputBlock(block_id=block, label=label(asks), hint=label(hint), element=element, optional=optional)


def _text(value: str, most: int, *, multiline: bool = False) -> InputInteractiveElement:
    return PlainTextInputElement(
        action_id=Action.ANSWER, multiline=multiline or None, max_length=most, initial_value=value or None
    )


def _option(value: str, text: str, help_text: str | None = None) -> Option:
    more = shorten(help_text, OPTION_MOST) if help_text else None
    return Option(value=value, text=shorten(text, OPTION_MOST), description=more)


def _of(options: Sequence[Option]) -> dict[str, Any]:
    return {"action_id": Action.ANSWER, "options": list(options)}


def _one(options: Sequence[Option], value: str) -> Option | None:
    return next((each for each in options if each.value == value), None)


def _choices(options: Sequence[Option], chosen: Sequence[str]) -> InputInteractiveElement:
    initial = [each for each in options if each.value in chosen]
    return StaticMultiSelectElement(**_of(options), initial_options=initial or None)
