"""The windows of somebody who comes back with a receipt: the code, how it stands, what was answered, what to add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    SectionBlock,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads_blind import Came
from bot.views import concern_parts, parts
from bot.views.concern import as_it_is, box, one_more_look, told
from bot.views.wire import as_dict
from prompts import label, render
from workflows.blind_values import Visit

CODE_LENGTH = 80
"""Room for a receipt with the spaces and dashes that people type."""
SAID_MOST = 2900
"""Characters of an answer in one section; a longer one goes on in the next."""
SINCE = ("fine", "worse", "quiet")
"""How somebody has been since, as in named concerns."""


def code() -> dict[str, Any]:
    """Give the window that asks for a receipt."""
    blocks = [parts.section(render("reply_code", again=False)), _receipt()]
    return _modal("title_come_back", blocks, Callback.REPLY_CODE, submit="go_on")


def read(visit: Visit) -> dict[str, Any]:
    """Give how a report stands, what was answered, and the fields to add to it or to take it back."""
    blocks: list[Block] = [parts.section(render("reply_state", state=visit.state, label=visit.label))]
    for number, answer in enumerate(visit.answers, 1):
        blocks += _answer(number, answer)
    if visit.state == "retracted":
        return _modal("title_come_back", blocks, Callback.PROBLEM, submit=None)
    blocks += [parts.divider(), parts.section(render("reply_when", weekly=visit.weekly))]
    came = Came(visit.token, asks=visit.asks)
    return _modal("title_come_back", [*blocks, *_fields(visit.asks)], Callback.REPLY_READ, came)


def sure(came: Came, text: str, since: str, *, urgent: bool) -> dict[str, Any]:
    """Give the window that asks once whether to take a report back. What was written stays in it."""
    blocks = [parts.section(render("reply_sure")), *_fields(came.asks, text, since, urgent=urgent, back=True)]
    return _modal("title_come_back", blocks, Callback.REPLY_READ, came)


def look_again(came: Came, text: str, kinds: Sequence[str], since: str, *, urgent: bool) -> dict[str, Any]:
    """Give the window that says what in the words may tell who wrote them (`kinds`), with the words still in it."""
    blocks = [one_more_look(kinds), *_fields(came.asks, text, since, urgent=urgent), as_it_is()]
    return _modal("title_come_back", blocks, Callback.REPLY_READ, came)


def again(came: Came, text: str, since: str, *, urgent: bool, back: bool, decided: bool = False) -> dict[str, Any]:
    """Give the window that asks for the receipt once more, with what was written still in it.

    `decided`: they were told what is in their words, and send them as they are.
    """
    blocks = [
        parts.section(render("reply_code", again=True)),
        _receipt(),
        *_fields(came.asks, text, since, urgent=urgent, back=back),
        *([as_it_is(ticked=True)] if decided else []),
    ]
    return _modal("title_come_back", blocks, Callback.REPLY_READ, came)


def done(how: str, *, later: bool = False) -> dict[str, Any]:
    """Give the last window: when it is shown. `how`: slots, weekly, urgent, back, or nothing; `later`: on the grid."""
    return told("title_sent", render("reply_done", how=how, later=later and how != "nothing"))


def _answer(number: int, text: str) -> list[Block]:
    """Show an answer as plain text, in which Slack makes nothing of a link or a name."""
    shown = [text[start : start + SAID_MOST] for start in range(0, len(text), SAID_MOST)]
    return [
        parts.context(render("reply_answer", number=number)),
        *(SectionBlock(text=PlainTextObject(text=each, emoji=False)) for each in shown),
    ]


def _fields(asks: bool, text: str = "", since: str = "", *, urgent: bool = False, back: bool = False) -> list[Block]:
    """Give everything that somebody who came back can fill in; all of it may stay empty."""
    words = concern_parts.words("ask_more", optional=True, initial=text)
    return [
        *([_since(since)] if asks else []),
        words,
        box(BlockId.URGENT, "ask_urgent", "urgent_yes", "hint_urgent", ticked=urgent),
        box(BlockId.TAKE_BACK, "ask_take_back", "take_back_yes", ticked=back),
    ]


def _since(chosen: str) -> Block:
    offered = [Option(value=each, text=label(f"since_{each}")) for each in SINCE]
    initial = next((each for each in offered if each.value == chosen), None)
    radio = RadioButtonsElement(action_id=Action.ANSWER, options=offered, initial_option=initial)
    return _input(BlockId.SINCE, "ask_since", radio, "hint_since", optional=True)


def _receipt() -> Block:
    line = PlainTextInputElement(action_id=Action.ANSWER, max_length=CODE_LENGTH)
    return _input(BlockId.RECEIPT, "ask_receipt_back", line, "hint_receipt_back")


def _input(block: BlockId, ask: str, element: InputInteractiveElement, hint: str, *, optional: bool = False) -> Block:
    return InputBlock(block_id=block, label=label(ask), hint=label(hint), element=element, optional=optional)


def _modal(
    title: str, blocks: Sequence[Block], callback: str, came: Came | None = None, *, submit: str | None = "send"
) -> dict[str, Any]:
    memory = came.dump() if came else ""
    return as_dict(parts.modal(label(title), blocks, callback_id=callback, submit=submit, memory=memory))
