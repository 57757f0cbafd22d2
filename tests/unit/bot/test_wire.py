"""What our own way of writing models gives is what theirs gives, and what is not valid is still refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    OptionGroup,
    PlainTextInputElement,
    RadioButtonsElement,
    RichTextBlock,
    RichTextSectionElement,
    SectionBlock,
    StaticMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.views.wire import as_dict

OPTIONS = [Option(value="1", label="Mild", description="soon over"), Option(value="2", label="Serious")]

MODELS = [
    SectionBlock(text=MarkdownTextObject(text="*Noor* owns it"), accessory=ButtonElement(text="Open", action_id="a")),
    SectionBlock(fields=["one", "two"], block_id="fields"),
    ContextBlock(elements=[MarkdownTextObject(text="small")]),
    ActionsBlock(elements=[ButtonElement(text="Go", action_id="go", value="7", style="primary")], block_id="row"),
    ActionsBlock(
        elements=[
            ButtonElement(
                text="Stop",
                action_id="stop",
                confirm=ConfirmObject(title="Sure?", text=MarkdownTextObject(text="It ends")),
            )
        ]
    ),
    InputBlock(label="Why", element=PlainTextInputElement(action_id="answer", multiline=True), optional=True),
    InputBlock(label="How bad", element=RadioButtonsElement(action_id="answer", options=OPTIONS)),
    InputBlock(
        label="Who",
        element=StaticMultiSelectElement(
            action_id="answer",
            option_groups=[OptionGroup(label="People", options=OPTIONS)],
            initial_options=OPTIONS[:1],
        ),
    ),
    RichTextBlock(elements=[RichTextSectionElement(elements=[])]),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_becomes_the_same_dict_as_by_its_own_hand(model: JsonObject) -> None:
    assert as_dict(model) == model.to_dict()


def test_a_whole_view_keeps_the_order_of_its_blocks() -> None:
    view = View(type="modal", title="Check", submit="Send", close="Close", blocks=MODELS[:-1], notify_on_close=True)

    assert as_dict(view) == view.to_dict()
    assert [block["type"] for block in as_dict(view)["blocks"]] == [block.type for block in MODELS[:-1]]


def test_a_model_that_is_not_valid_is_refused_deep_inside_too() -> None:
    bad = ActionsBlock(elements=[ButtonElement(text="Go", action_id="x" * 256)])

    with pytest.raises(SlackObjectFormationError):
        as_dict(bad)


@given(text=st.text(min_size=1, max_size=200), optional=st.one_of(st.none(), st.booleans()))
def test_any_words_come_through_as_they_are(text: str, optional: bool | None) -> None:
    block = InputBlock(label=text, element=PlainTextInputElement(action_id="a", initial_value=text), optional=optional)

    assert as_dict(block) == block.to_dict()
