"""Whatever the SDK builds from sound input passes the lint, and no input at all makes the lint fall over."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models import blocks as sdk
from slack_sdk.models.views import View

from bot.playground.blockkit import lint_blocks, lint_view
from bot.playground.elements import ELEMENTS
from bot.playground.limits import SURFACES

CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def text(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=least, max_size=most)


def plain(most: int) -> st.SearchStrategy[sdk.PlainTextObject]:
    return st.builds(sdk.PlainTextObject, text=text(most))


def marked(most: int) -> st.SearchStrategy[sdk.MarkdownTextObject]:
    return st.builds(sdk.MarkdownTextObject, text=text(most))


def options(most: int, count: int) -> st.SearchStrategy[list[sdk.Option]]:
    one = st.builds(sdk.Option, value=text(150), label=text(75), description=st.none() | text(75))
    return st.lists(one, min_size=1, max_size=min(most, count), unique_by=lambda option: option.value)


ids = st.uuids().map(str)
maybe_confirm = st.none() | st.builds(
    sdk.ConfirmObject, title=text(100), text=text(300), confirm=text(30), deny=text(30)
)
buttons = st.builds(
    sdk.ButtonElement,
    text=plain(75),
    action_id=ids,
    value=st.none() | text(2000),
    style=st.sampled_from([None, "primary", "danger"]),
    confirm=maybe_confirm,
)
selects = st.builds(sdk.StaticSelectElement, action_id=ids, placeholder=st.none() | plain(150), options=options(100, 6))
grouped = st.builds(
    sdk.StaticSelectElement,
    action_id=ids,
    option_groups=options(100, 4).map(lambda found: [sdk.OptionGroup(label="group", options=[one]) for one in found]),
)
boxes = options(10, 10).flatmap(
    lambda found: st.builds(
        sdk.CheckboxesElement,
        action_id=ids,
        options=st.just(found),
        initial_options=st.none() | st.just(found[:1]),
    )
)
inputs = st.builds(
    sdk.PlainTextInputElement,
    action_id=ids,
    multiline=st.booleans(),
    max_length=st.just(3000),
    initial_value=st.none() | text(3000),
)
sections = st.builds(
    sdk.SectionBlock,
    text=marked(3000),
    block_id=ids,
    fields=st.none() | st.lists(marked(2000), min_size=1, max_size=10),
    accessory=st.none() | buttons | selects | boxes,
)
shown = (
    sections
    | st.builds(sdk.HeaderBlock, text=plain(150), block_id=ids)
    | st.builds(sdk.DividerBlock)
    | st.builds(sdk.ContextBlock, elements=st.lists(marked(300), min_size=1, max_size=10))
    | st.builds(sdk.ActionsBlock, elements=st.lists(buttons | selects | grouped, min_size=1, max_size=25))
    | st.builds(sdk.ImageBlock, image_url=st.just("https://example.org/i.png"), alt_text=text(2000))
)
asked = st.builds(
    sdk.InputBlock,
    label=plain(2000),
    element=inputs | selects | grouped | boxes,
    hint=st.none() | plain(2000),
    optional=st.booleans(),
)
views = st.builds(
    View,
    type=st.just("modal"),
    title=plain(24),
    submit=plain(24),
    close=st.none() | plain(24),
    blocks=st.lists(shown | asked, min_size=1, max_size=12),
    private_metadata=st.none() | text(3000),
    callback_id=st.none() | text(255),
    notify_on_close=st.none() | st.booleans(),
)


@CALM
@given(st.lists(shown, max_size=12))
def test_messages_the_sdk_builds_pass(blocks):
    assert lint_blocks([block.to_dict() for block in blocks], "message") == []


@CALM
@given(views)
def test_views_the_sdk_builds_pass(view):
    assert lint_view(view.to_dict()) == []


names = st.sampled_from(
    ["type", "text", "blocks", "elements", "element", "options", "accessory", "label", "value", "block_id", "title"]
)
words = st.sampled_from([*SURFACES["message"], *ELEMENTS, "modal", "home", "plain_text", "mrkdwn"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | text(5, 0) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(junk, st.sampled_from(sorted(SURFACES)))
def test_no_input_makes_the_lint_fall_over(value, surface):
    for found in (lint_blocks(value, surface), lint_blocks([value], surface), lint_view(value)):
        assert all(isinstance(at, str) and isinstance(what, str) for at, what in found)
    assert lint_view(value) or isinstance(value, dict)
