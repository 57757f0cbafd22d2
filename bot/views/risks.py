"""The register: the cases that somebody may see, a page at a time, with a field to find some of them."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.views import parts
from bot.views.wire import as_dict
from prompts import label, render, shorten
from workflows.register import Register, RegisterLine

WORDS_MAX = 80


def window(register: Register) -> dict[str, Any]:
    """Give one page of the register. What was looked for stands in its field, and is not kept anywhere else."""
    blocks = [_finder(register), parts.section(render("risks_intro", words=register.words, all=register.all))]
    blocks += [_line(each) for each in register.lines]
    if not register.lines:
        blocks.append(parts.section(render("risks_none", words=register.words, further=register.further)))
    turn = [parts.button("first_page", Action.RISKS_FIRST)] if register.further else []
    if register.after is not None:
        order, last = register.after
        turn.append(parts.button("next_page", Action.RISKS_MORE, f"{order}:{last}"))
    blocks += parts.buttons(turn, "turn")
    return as_dict(parts.modal(label("title_risks"), blocks, callback_id=Callback.RISKS_VIEW, submit="find"))


def _finder(register: Register) -> Block:
    field = PlainTextInputElement(
        action_id=Action.ANSWER,
        max_length=WORDS_MAX,
        initial_value=shorten(register.words, WORDS_MAX) or None,
    )
    return InputBlock(block_id=BlockId.WORDS, label=label("find_risks"), element=field, optional=True)


def _line(each: RegisterLine) -> Block:
    text = render("risks_line", case=each.case, line=each, owner=parts.person(each.case.owner_id))
    return parts.section(text, button=parts.button("open", Action.CASE_OPEN, str(each.case.id)))
