"""The lint takes what Slack takes and refuses what Slack refuses, limit by limit."""

from __future__ import annotations

import pytest

from bot.playground.blockkit import lint_blocks, lint_message, lint_view, view_is_too_large
from bot.playground.elements import ELEMENTS, IN_ACTIONS, IN_INPUT, IN_SECTION
from bot.playground.limits import LIMITS, SURFACES
from tests.unit.playground import builders as b

# name of the limit, what is linted (message blocks or a modal), built for a given length or count
LENGTHS = {
    "text.max_length": lambda n: [b.context(b.mrkdwn("x" * n))],
    "block_id.max_length": lambda n: [b.section(block_id="x" * n)],
    "action_id.max_length": lambda n: [b.actions(b.button(action_id="x" * n))],
    "button.text.max_length": lambda n: [b.actions(b.button(text=b.plain("x" * n)))],
    "button.url.max_length": lambda n: [b.actions(b.button(url="https://" + "x" * (n - 8)))],
    "button.value.max_length": lambda n: [b.actions(b.button(value="x" * n))],
    "button.accessibility_label.max_length": lambda n: [b.actions(b.button(accessibility_label="x" * n))],
    "confirmation.title.max_length": lambda n: [b.actions(b.button(confirm=b.confirm(title=b.plain("x" * n))))],
    "confirmation.text.max_length": lambda n: [b.actions(b.button(confirm=b.confirm(text=b.plain("x" * n))))],
    "confirmation.confirm.max_length": lambda n: [
        b.actions(b.button(confirm=b.confirm(confirm=b.plain("x" * n))))
    ],
    "confirmation.deny.max_length": lambda n: [b.actions(b.button(confirm=b.confirm(deny=b.plain("x" * n))))],
    "option.text.max_length": lambda n: [b.actions(b.select(options=[b.option(text=b.plain("x" * n))]))],
    "option.value.max_length": lambda n: [b.actions(b.select(options=[b.option("x" * n)]))],
    "option.description.max_length": lambda n: [
        b.actions(b.select(options=[b.option(description=b.plain("x" * n))]))
    ],
    "option.url.max_length": lambda n: [
        b.actions({"type": "overflow", "options": [b.option(url="https://" + "x" * (n - 8))]})
    ],
    "option_group.label.max_length": lambda n: [
        b.actions(b.select(options=None, option_groups=[{"label": b.plain("x" * n), "options": b.options(1)}]))
    ],
    "option_group.options.max_items": lambda n: [
        b.actions(b.select(options=None, option_groups=[{"label": b.plain(), "options": b.options(n)}]))
    ],
    "select.placeholder.max_length": lambda n: [b.actions(b.select(placeholder=b.plain("x" * n)))],
    "select.options.max_items": lambda n: [b.actions(b.select(options=b.options(n)))],
    "select.option_groups.max_items": lambda n: [
        b.actions(
            b.select(
                options=None, option_groups=[{"label": b.plain(), "options": [b.option(f"{i}")]} for i in range(n)]
            )
        )
    ],
    "overflow.options.max_items": lambda n: [b.actions({"type": "overflow", "options": b.options(n)})],
    "checkboxes.options.max_items": lambda n: [b.actions({"type": "checkboxes", "options": b.options(n)})],
    "radio_buttons.options.max_items": lambda n: [b.actions({"type": "radio_buttons", "options": b.options(n)})],
    "plain_text_input.max_length.max": lambda n: [b.asks(b.typed(max_length=n))],
    "plain_text_input.placeholder.max_length": lambda n: [b.asks(b.typed(placeholder=b.plain("x" * n)))],
    "file_input.max_files.max": lambda n: [b.asks({"type": "file_input", "max_files": n})],
    "dispatch_action_configuration.trigger_actions_on.max_items": lambda n: [
        b.asks(b.typed(dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"] * n}))
    ],
    "actions.elements.max_items": lambda n: [b.actions(*[b.button(action_id=f"a{i}") for i in range(n)])],
    "alert.text.max_length": lambda n: [b.alert("x" * n)],
    "card.title.max_length": lambda n: [b.card(title=b.mrkdwn("x" * n))],
    "card.subtitle.max_length": lambda n: [b.card(subtitle=b.mrkdwn("x" * n))],
    "card.body.max_length": lambda n: [b.card(body=b.mrkdwn("x" * n))],
    "card.actions.max_items": lambda n: [b.card(actions=[b.button(action_id=f"a{i}") for i in range(n)])],
    "context.elements.max_items": lambda n: [b.context(*[b.mrkdwn() for _ in range(n)])],
    "header.text.max_length": lambda n: [b.header("x" * n)],
    "image.image_url.max_length": lambda n: [b.image(image_url="https://" + "x" * (n - 8))],
    "image.alt_text.max_length": lambda n: [b.image(alt_text="x" * n)],
    "image.title.max_length": lambda n: [b.image(title=b.plain("x" * n))],
    "input.label.max_length": lambda n: [b.asks(b.typed(), label=b.plain("x" * n))],
    "input.hint.max_length": lambda n: [b.asks(b.typed(), hint=b.plain("x" * n))],
    "markdown.text.max_length": lambda n: [{"type": "markdown", "text": "x" * n}],
    "markdown.total_text.max_length": lambda n: [
        {"type": "markdown", "text": "x" * (n // 2)},
        {"type": "markdown", "text": "x" * (n - n // 2)},
    ],
    "rich_text_list.indent.max": lambda n: [
        b.rich({"type": "rich_text_list", "style": "bullet", "indent": n, "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]})
    ],
    "section.text.max_length": lambda n: [b.section(text=b.mrkdwn("x" * n))],
    "section.fields.max_items": lambda n: [b.section(fields=[b.mrkdwn() for _ in range(n)])],
    "section.fields.item_max_length": lambda n: [b.section(fields=[b.mrkdwn("x" * n)])],
    "table.rows.max_items": lambda n: [b.table(n, 1)],
    "table.columns.max_items": lambda n: [b.table(1, n)],
    "table.column_settings.max_items": lambda n: [b.table(1, 1) | {"column_settings": [{"align": "left"}] * n}],
    "message.blocks.max_items": lambda n: [b.section() for _ in range(n)],
    "view.blocks.max_items": lambda n: b.view(*[b.section() for _ in range(n)]),
    "view.private_metadata.max_length": lambda n: b.view(private_metadata="x" * n),
    "view.callback_id.max_length": lambda n: b.view(callback_id="x" * n),
    "view.external_id.max_length": lambda n: b.view(external_id="x" * n),
    "view.title.max_length": lambda n: b.view(title=b.plain("x" * n)),
    "view.close.max_length": lambda n: b.view(close=b.plain("x" * n)),
    "view.submit.max_length": lambda n: b.view(submit=b.plain("x" * n)),
}  # fmt: skip


def lint(thing):
    if isinstance(thing, dict):
        return lint_view(thing)
    surface = "modal" if any(block["type"] == "alert" for block in thing) else "message"
    return lint_blocks(thing, surface)


def test_every_limit_in_the_table_has_its_case():
    assert set(LENGTHS) == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_the_limit_itself_passes_and_one_more_is_refused(name):
    build = LENGTHS[name]

    assert lint(build(LIMITS[name])) == []
    assert lint(build(LIMITS[name] + 1)) != []


WRONG = {
    "duplicate block_id": ([b.section(block_id="a"), b.header() | {"block_id": "a"}], "/blocks/1/block_id"),
    "duplicate action_id in one block": ([b.actions(b.button(), b.button())], "/blocks/0"),
    "duplicate option value": ([b.actions(b.select(options=[b.option(), b.option()]))], "/blocks/0/elements/0/options"),
    "mrkdwn header": ([b.header() | {"text": b.mrkdwn()}], "/blocks/0/text/type"),
    "mrkdwn button": ([b.actions(b.button(text=b.mrkdwn()))], "/blocks/0/elements/0/text/type"),
    "mrkdwn label": ([b.asks(b.typed(), label=b.mrkdwn())], "/blocks/0/label/type"),
    "empty text": ([b.section(text=b.mrkdwn(""))], "/blocks/0/text/text"),
    "no text": ([{"type": "section"}], "/blocks/0"),
    "no options": ([b.actions(b.select(options=[]))], "/blocks/0/elements/0/options"),
    "options and groups": (
        [b.actions(b.select(option_groups=[{"label": b.plain(), "options": b.options(1)}]))],
        "/blocks/0/elements/0",
    ),
    "no elements": ([b.actions()], "/blocks/0/elements"),
    "unknown field": ([b.section(colour="red")], "/blocks/0/colour"),
    "unknown element field": ([b.actions(b.button(txet="x"))], "/blocks/0/elements/0/txet"),
    "unknown block": ([{"type": "sektion"}], "/blocks/0/type"),
    "unknown element": ([b.actions({"type": "slider"})], "/blocks/0/elements/0/type"),
    "unknown style": ([b.actions(b.button(style="huge"))], "/blocks/0/elements/0/style"),
    "input in actions": ([b.actions(b.typed())], "/blocks/0/elements/0/type"),
    "button in input": ([b.asks(b.button())], "/blocks/0/element/type"),
    "image in actions": ([b.actions(b.image())], "/blocks/0/elements/0/type"),
    "initial option not offered": (
        [b.actions(b.select(initial_option=b.option("other")))],
        "/blocks/0/elements/0/initial_option",
    ),
    "initial options not offered": (
        [b.asks({"type": "checkboxes", "options": b.options(1), "initial_options": [b.option("other")]})],
        "/blocks/0/element/initial_options/0",
    ),
    "two focused": (
        [b.asks(b.typed(focus_on_load=True)), b.asks(b.typed(focus_on_load=True))],
        "/blocks",
    ),
    "url without scheme": ([b.actions(b.button(url="example.org"))], "/blocks/0/elements/0/url"),
    "two image sources": ([b.image(slack_file={"id": "F1"})], "/blocks/0"),
    "date in another form": (
        [b.actions({"type": "datepicker", "initial_date": "1.3.2026"})],
        "/blocks/0/elements/0/initial_date",
    ),
    "no decimal flag": ([b.asks({"type": "number_input"})], "/blocks/0/element/is_decimal_allowed"),
    "lengths out of order": ([b.asks(b.typed(min_length=9, max_length=3))], "/blocks/0/element/min_length"),
    "start text too long": ([b.asks(b.typed(initial_value="xxxx", max_length=3))], "/blocks/0/element/initial_value"),
    "number as text": ([b.asks(b.typed(max_length="9"))], "/blocks/0/element/max_length"),
    "text as boolean": ([b.asks(b.typed(), optional="yes")], "/blocks/0/optional"),
    "alert in a message": ([b.alert()], "/blocks/0/type"),
    "two tables": ([b.table(1, 1), b.table(1, 1)], "/blocks"),
    "uneven table": (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}], [{"type": "raw_text", "text": "x"}] * 2]}],
        "/blocks/0/rows",
    ),
    "empty card": ([{"type": "card"}], "/blocks/0"),
    "unknown rich text": ([b.rich({"type": "rich_text_poem", "elements": []})], "/blocks/0/elements/0/type"),
    "block is a string": (["hello"], "/blocks/0"),
    "blocks is an object": ({}, "/blocks"),
    "text is a string": ([b.section(text="hello")], "/blocks/0/text"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_message_slack_would_refuse_is_refused_at_its_place(name):
    blocks, place = WRONG[name]

    assert place in [at for at, _ in lint_message({"blocks": blocks})]


WRONG_VIEWS = {
    "input without submit": (b.view(b.asks(b.typed()), submit=None), "/submit"),
    "no title": (b.view(title=None), "/title"),
    "mrkdwn title": (b.view(title=b.mrkdwn()), "/title/type"),
    "home with a title": (b.home(title=b.plain()), "/title"),
    "home with submit": (b.home(submit=b.plain()), "/submit"),
    "alert at home": (b.home(b.alert()), "/blocks/0/type"),
    "markdown in a modal": (b.view({"type": "markdown", "text": "x"}), "/blocks/0/type"),
    "table in a modal": (b.view(b.table(1, 1)), "/blocks/0/type"),
    "an id of its own": (b.view(id="V1"), "/id"),
    "state sent back": (b.view(state={"values": {}}), "/state"),
    "no type": ({"title": b.plain(), "blocks": []}, "/type"),
    "no blocks": ({"type": "modal", "title": b.plain()}, "/blocks"),
}


@pytest.mark.parametrize("name", WRONG_VIEWS)
def test_a_view_slack_would_refuse_is_refused_at_its_place(name):
    view, place = WRONG_VIEWS[name]

    assert place in [at for at, _ in lint_view(view)]


def test_a_home_is_no_modal():
    assert lint_view(b.home(), "modal") == [("/type", "must be modal")]


def test_a_view_of_a_quarter_megabyte_is_too_large():
    assert view_is_too_large(b.view(*[b.section(text=b.mrkdwn("é" * 3000)) for _ in range(45)]))
    assert not view_is_too_large(b.view(*[b.section(text=b.mrkdwn("e" * 3000)) for _ in range(45)]))


EXAMPLES = {
    "button": b.button(),
    "workflow_button": {"type": "workflow_button", "text": b.plain(), "workflow": {"trigger": {}}},
    "image": b.image(),
    "checkboxes": {"type": "checkboxes", "options": [b.option(text=b.mrkdwn())]},
    "radio_buttons": {"type": "radio_buttons", "options": b.options(1), "initial_option": b.options(1)[0]},
    "overflow": {"type": "overflow", "options": b.options(2)},
    "number_input": {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"},
    "static_select": b.select(),
    "multi_static_select": b.select(type="multi_static_select", max_selected_items=2),
    "plain_text_input": b.typed(multiline=True, min_length=0, max_length=10, initial_value=""),
    "external_select": {"type": "external_select", "min_query_length": 0},
    "datetimepicker": {"type": "datetimepicker", "initial_date_time": 1_700_000_000},
    "timepicker": {"type": "timepicker", "initial_time": "09:30", "timezone": "Europe/Berlin"},
    "datepicker": {"type": "datepicker", "initial_date": "2026-03-01"},
    "users_select": {"type": "users_select", "initial_user": "U1", "placeholder": b.plain()},
    "multi_users_select": {"type": "multi_users_select", "initial_users": ["U1"]},
    "conversations_select": {"type": "conversations_select", "filter": {"include": ["public"]}},
}


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_each_element_stands_only_where_slack_lets_it(kind):
    element = EXAMPLES.get(kind, {"type": kind})

    assert (lint_message({"blocks": [b.section(accessory=element)]}) == []) == (kind in IN_SECTION)
    assert (lint_message({"blocks": [b.actions(element)]}) == []) == (kind in IN_ACTIONS)
    assert (lint_message({"blocks": [b.asks(element)]}) == []) == (kind in IN_INPUT)


SOUND = {
    "divider": {"type": "divider"},
    "header": b.header(),
    "section": b.section(expand=True),
    "context": b.context(b.image(), b.mrkdwn(), b.plain()),
    "actions": b.actions(b.button(style="primary", confirm=b.confirm(style="danger"))),
    "image": b.image(title=b.plain()),
    "input": b.asks(b.typed(dispatch_action_config={"trigger_actions_on": ["on_character_entered"]})),
    "rich_text": b.rich(
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]},
        {"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://example.org"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}], "border": 1},
    ),
    "markdown": {"type": "markdown", "text": "# x"},
    "table": b.table(2, 2),
    "alert": b.alert(level="warning"),
    "card": b.card(body=b.mrkdwn(), icon=b.image(), actions=[b.button()]),
    "video": {"type": "video", "block_id": "v"},
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("kind", sorted(SOUND))
def test_each_block_stands_only_on_the_surfaces_that_carry_it(kind, surface):
    found = lint_blocks([SOUND[kind]], surface)

    assert (found == []) == (kind in SURFACES[surface])
