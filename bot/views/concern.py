"""The windows in which somebody raises a concern, up to the words, and those behind the edge after them.

Everybody walks through the same windows, whatever they choose, so that from outside all of it looks alike
(reference/anonymity.md 3.7). Nothing here is given a person, a moment or a channel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads_blind import Chosen, Shown
from bot.payloads_concern import Choices
from bot.views import concern_parts, parts
from bot.views.concern_parts import OPTION_MAX, YES
from bot.views.wire import as_dict
from prompts import label, render, shorten
from workflows.policy_concerns import Concerns
from workflows.rules.concerns import Mode
from workflows.rules.recipients import Recipient

SITES_MOST = 100
GROUP_LENGTH = 12
"""Room for a group of a receipt with the spaces and dashes that people type."""


def before(concerns: Concerns, *, offers: bool) -> dict[str, Any]:
    """Give what is said before anybody can write anything; `offers`: whether they may stay unknown."""
    readers = [each.name for each in concerns.everybody]
    if offers and concerns.recovery:
        readers.append(label("reader_recovery"))
    text = render(
        "concern_before",
        offers=offers,
        few=concerns.is_small,
        outside=outside(concerns),
        readers="; ".join(readers),
    )
    return _modal("raise_concern", [parts.section(text)], Callback.CONCERN_BEFORE, submit="go_on")


def how(concerns: Concerns, *, offers: bool) -> dict[str, Any]:
    """Give the window that asks how somebody wants to raise it, what it is about and who must not see it."""
    modes = [each for each in Mode if offers or each is not Mode.ANONYMOUS]
    blocks = [
        _input(BlockId.MODE, "ask_mode", RadioButtonsElement(action_id=Action.ANSWER, options=_modes(modes))),
        concern_parts.topic(optional=True),
        *_site(concerns),
        concern_parts.leader(),
        *concern_parts.left_out(concerns.everybody),
        box(BlockId.URGENT, "ask_urgent", "urgent_yes", "hint_urgent"),
        concern_parts.checkin(hint="hint_checkin"),
    ]
    return _modal("raise_concern", blocks, Callback.CONCERN_HOW, submit="go_on")


def write(
    chosen: Chosen,
    text: str = "",
    kinds: Sequence[str] = (),
    named: Sequence[Recipient] = (),
    left_out: Collection[str] = (),
) -> dict[str, Any]:
    """Give the window for the words of an anonymous concern, or of none.

    The second time it says what in them may tell who wrote them (`kinds`), and which readers they seem to name.
    """
    blocks: list[Block] = [parts.section(render("concern_write", mode=str(chosen.mode)))]
    if kinds or named:
        blocks.insert(0, one_more_look(kinds, named))
    blocks.append(concern_parts.words(optional=chosen.mode is Mode.NOTHING, initial=text))
    if kinds or named:
        blocks += [*concern_parts.left_out(named, left_out), as_it_is()]
    return _modal("title_concern", blocks, Callback.CONCERN_WRITE, chosen.dump(), submit="send")


def one_more_look(kinds: Sequence[str], named: Sequence[Recipient] = ()) -> Block:
    """Say what in somebody's words may tell who they are, and which readers they seem to name."""
    revealing = [label(f"reveals_{each}") for each in kinds]
    return parts.section(render("concern_found", kinds=revealing, names="; ".join(each.name for each in named)))


def as_it_is(*, ticked: bool = False) -> Block:
    """Let somebody send their words as they are, whatever is in them."""
    return box(BlockId.AS_IT_IS, "ask_as_it_is", "as_it_is_yes", ticked=ticked)


def named_write(chosen: Chosen, text: str = "") -> dict[str, Any]:
    """Give the window for the words of a named or confidential concern: block by block that of an anonymous one.

    What it carries along is read by `bot/payloads_concern.py`.
    """
    choices = Choices(
        nonce=chosen.nonce,
        mode=str(chosen.mode),
        topic=str(chosen.topic),
        site=chosen.site,
        leader=chosen.leader,
        left_out=chosen.excluded,
        checkin=chosen.checkin,
    )
    blocks = [
        parts.section(render("concern_named_intro", mode=str(chosen.mode))),
        concern_parts.words(initial=text),
    ]
    return _modal("title_concern", blocks, Callback.CONCERN_NAMED, choices.dump(), submit="send")


def receipt(shown: Shown, code: str, minutes: int = 0) -> dict[str, Any]:
    """Give the window that shows a receipt, once, and asks two groups of it back.

    `minutes`: until it is written down. Where nothing is kept the same window shows a code that opens nothing.
    """
    nothing = not shown.held
    hint = "hint_groups_nothing" if nothing else "hint_groups"
    blocks = [
        parts.section(render("concern_code", held=shown.held, minutes=minutes)),
        _input(BlockId.RECEIPT, "ask_receipt", _line(len(code), code), "hint_receipt", optional=True),
        _input(BlockId.SECOND_GROUP, "ask_second_group", _line(GROUP_LENGTH), hint, optional=nothing),
        _input(BlockId.FOURTH_GROUP, "ask_fourth_group", _line(GROUP_LENGTH), hint, optional=nothing),
    ]
    return _modal("title_code", blocks, Callback.CONCERN_RECEIPT, shown.dump(), submit="done")


def done(shown: Shown) -> dict[str, Any]:
    """Give the last window, which can only be closed."""
    return told("title_sent", render("concern_thanks", held=shown.held))


def wait(concerns: Concerns) -> dict[str, Any]:
    """Give the window that asks to come back tomorrow, with where to turn until then."""
    return told("title_not_now", render("concern_wait", outside=outside(concerns)))


def typed(word: str) -> dict[str, Any]:
    """Give the window that says why nothing may be typed after the word of a command."""
    return told("title_problem", render("concern_typed", word=word))


def off() -> dict[str, Any]:
    """Give the window that says that no concerns can be raised here."""
    return told("title_problem", render("concern_off"))


def told(title: str, text: str) -> dict[str, Any]:
    """Give a window with a text and nothing to press but close."""
    return _modal(title, [parts.section(text)], Callback.PROBLEM)


def outside(concerns: Concerns) -> str:
    """Name everybody outside the company to whom people can turn, and how."""
    return "; ".join(f"{each.name}, {each.how}" for each in concerns.outside)


def box(block: BlockId, ask: str, says: str, hint: str | None = None, *, ticked: bool = False) -> Block:
    """One box that is ticked or not; the words are names of labels."""
    options = [Option(value=YES, text=label(says))]
    boxes = CheckboxesElement(action_id=Action.ANSWER, options=options, initial_options=options if ticked else None)
    return _input(block, ask, boxes, hint, optional=True)


def _modes(modes: Sequence[Mode]) -> list[Option]:
    return [Option(value=str(each), text=label(f"mode_{each}"), description=label(f"means_{each}")) for each in modes]


def _site(concerns: Concerns) -> list[Block]:
    """Places with enough people; nothing where the company names none."""
    offered = [Option(value=each.id, text=shorten(each.name, OPTION_MAX)) for each in concerns.offered[:SITES_MOST]]
    if not offered:
        return []
    menu = StaticSelectElement(action_id=Action.ANSWER, options=offered)
    return [_input(BlockId.SITE, "ask_place", menu, "hint_place", optional=True)]


def _line(most: int, text: str = "") -> InputInteractiveElement:
    return PlainTextInputElement(action_id=Action.ANSWER, max_length=most, initial_value=text or None)


def _input(
    block: BlockId, ask: str, element: InputInteractiveElement, hint: str | None = None, *, optional: bool = False
) -> Block:
    return InputBlock(
        block_id=block, label=label(ask), hint=label(hint) if hint else None, element=element, optional=optional
    )


def _modal(
    title: str, blocks: Sequence[Block], callback: str, memory: str = "", *, submit: str | None = None
) -> dict[str, Any]:
    return as_dict(parts.modal(label(title), blocks, callback_id=callback, submit=submit, memory=memory))
