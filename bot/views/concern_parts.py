"""The inputs that windows of concerns share: what it is about, who is in it, who must not see it, the words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import Action
from bot.ids import Block as BlockId
from bot.views.products import Products, groups, options
from prompts import label, shorten
from workflows.blind_values import TEXT_MOST
from workflows.rules.concerns import Topic
from workflows.rules.recipients import Recipient

OPTION_MAX = 75
YES = "yes"
"""The one option of a box that is ticked or not."""


def topic_name(topic: str) -> str:
    """Give the name of a topic; one of a later version keeps its id."""
    return label(f"topic_{topic}") if topic in frozenset(Topic) else topic


def topic(*, optional: bool = False) -> Block:
    """What it is about."""
    offered = [Option(value=each.value, label=topic_name(each)) for each in Topic]
    menu = StaticSelectElement(action_id=Action.ANSWER, options=offered)
    return _input(BlockId.TOPIC, "ask_topic", menu, hint="hint_topic" if optional else None, optional=optional)


def leader() -> Block:
    """Whether somebody in leadership is named."""
    return _box(BlockId.LEADER, "ask_leader", "is_leader")


def left_out(recipients: Sequence[Recipient], ticked: Collection[str] = ()) -> list[Block]:
    """Who must not see it, of those who could; nothing where nobody is known who reads concerns."""
    if not recipients:
        return []
    offered = [Option(value=each.id, label=shorten(each.name, OPTION_MAX)) for each in recipients]
    initial = [each for each in offered if each.value in ticked]
    boxes = CheckboxesElement(action_id=Action.ANSWER, options=offered, initial_options=initial or None)
    return [_input(BlockId.LEFT_OUT, "ask_left_out", boxes, hint="hint_left_out", optional=True)]


def checkin(*, hint: str | None = None) -> Block:
    """Whether somebody wants to be asked later how they have been."""
    return _box(BlockId.CHECKIN, "ask_checkin", "wants_checkin", hint)


def product(products: Products) -> Block:
    """Which product it is about; none is fine."""
    under = groups(products)
    offered = {"option_groups": under} if under else {"options": options(products)}
    menu = StaticSelectElement(action_id=Action.ANSWER, **offered)
    return _input(BlockId.PRODUCT, "ask_concern_product", menu, hint="hint_concern_product", optional=True)


def words(ask: str = "ask_concern", *, optional: bool = False, initial: str = "") -> Block:
    """The words. They stand here and in sealed storage, in no message."""
    text = PlainTextInputElement(
        action_id=Action.ANSWER, multiline=True, max_length=TEXT_MOST, initial_value=initial or None
    )
    return _input(BlockId.CONCERN, ask, text, hint="hint_concern", optional=optional)


def _box(block: BlockId, ask: str, says: str, hint: str | None = None) -> Block:
    boxes = CheckboxesElement(action_id=Action.ANSWER, options=[Option(value=YES, label=label(says))])
    return _input(block, ask, boxes, hint=hint, optional=True)


def _input(
    block: BlockId, ask: str, element: InputInteractiveElement, *, hint: str | None = None, optional: bool = False
) -> Block:
    return InputBlock(
        block_id=block, label=label(ask), hint=label(hint) if hint else None, element=element, optional=optional
    )
