"""Modals open, stack, change and close as they do in Slack."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground import Refused
from tests.unit.playground import builders as b
from tests.unit.playground.conftest import asks, modal, section


@pytest.fixture
def amina(standin):
    return standin.as_person("U0AMINA")


@pytest.fixture
def trigger(standin):
    """A fresh trigger id, as if Amina had just typed a command."""
    return lambda from_modal=False: standin.workspace.modals.triggers.issue("U0AMINA", from_modal)


def error(call, **arguments) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return caught.value.response["error"]


def test_a_trigger_opens_one_modal_and_no_more(client, trigger, amina):
    name = trigger()
    client.views_open(trigger_id=name, view=modal(section("Hi")))

    assert amina.modal()["callback_id"] == "form"
    assert error(client.views_open, trigger_id=name, view=modal(section("Hi"))) == "exchanged_trigger_id"


def test_a_trigger_dies_after_three_seconds(client, trigger, standin):
    fresh, old = trigger(), trigger()
    standin.workspace.modals.triggers.age(fresh, 2.5)
    standin.workspace.modals.triggers.age(old, 3.1)

    assert error(client.views_open, trigger_id=old, view=modal(section("Hi"))) == "expired_trigger_id"
    assert client.views_open(trigger_id=fresh, view=modal(section("Hi")))["ok"]


def test_an_invented_trigger_is_refused(client):
    assert error(client.views_open, trigger_id="1.2.3", view=modal(section("Hi"))) == "invalid_trigger_id"


def test_a_refused_view_leaves_the_trigger_unused(client, trigger, amina):
    name = trigger()

    assert error(client.views_open, trigger_id=name, view=modal(title=b.plain("x" * 25))) == "invalid_arguments"
    assert amina.modal() is None
    assert client.views_open(trigger_id=name, view=modal())["ok"]


def test_the_refusal_of_a_view_names_the_place(client, trigger):
    with pytest.raises(SlackApiError) as caught:
        client.views_open(trigger_id=trigger(), view=modal(b.header("x" * 151)))

    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/view/blocks/0/text/text]"
    ]


def test_a_quarter_megabyte_is_too_large(client, trigger):
    blocks = [b.section(text=b.mrkdwn("x" * 3000)) for _ in range(90)]

    assert error(client.views_open, trigger_id=trigger(), view=modal(*blocks)) == "view_too_large"


def test_three_modals_stack_and_a_fourth_is_refused(client, trigger, amina):
    first = client.views_open(trigger_id=trigger(), view=modal())["view"]
    second = client.views_push(trigger_id=trigger(True), view=modal())["view"]
    third = client.views_open(trigger_id=trigger(True), view=modal())["view"]

    assert [view["id"] for view in amina.stack()] == [first["id"], second["id"], third["id"]]
    assert (third["root_view_id"], third["previous_view_id"]) == (first["id"], second["id"])
    assert error(client.views_push, trigger_id=trigger(True), view=modal()) == "push_limit_reached"


def test_nothing_can_be_pushed_where_nothing_is_open(client, trigger):
    assert error(client.views_push, trigger_id=trigger(), view=modal()) == "not_found"


def test_ids_that_were_left_out_are_invented(client, trigger, amina):
    view = modal({"type": "divider"}, b.asks({"type": "plain_text_input"}))
    client.views_open(trigger_id=trigger(), view=view)

    divider, question = amina.modal()["blocks"]
    assert divider["block_id"]
    assert question["block_id"]
    assert amina.modal()["state"]["values"] == {
        question["block_id"]: {question["element"]["action_id"]: {"type": "plain_text_input", "value": None}}
    }


def test_what_was_typed_survives_an_update_where_ids_stay(client, trigger, amina):
    view = client.views_open(trigger_id=trigger(), view=modal(asks("kept"), asks("renamed"), asks("gone")))["view"]
    for block_id in ("kept", "renamed", "gone"):
        amina.sets(block_id, f"typed in {block_id}")

    client.views_update(view_id=view["id"], view=modal(asks("kept"), asks("other"), asks("new")))

    values = amina.modal()["state"]["values"]
    assert {block_id: value["answer"]["value"] for block_id, value in values.items()} == {
        "kept": "typed in kept",
        "other": None,
        "new": None,
    }


def test_a_chosen_option_that_is_no_longer_offered_is_lost(client, trigger, amina):
    def with_options(*names, **more):
        select = b.select(action_id="answer", options=[b.option(name) for name in names], **more)
        return modal(b.asks(select, block_id="level"))

    view = client.views_open(trigger_id=trigger(), view=with_options("a", "b"))["view"]
    amina.sets("level", "b")
    client.views_update(view_id=view["id"], view=with_options("b", "c"))
    assert amina.modal()["state"]["values"]["level"]["answer"]["selected_option"]["value"] == "b"

    client.views_update(view_id=view["id"], view=with_options("a", "c", initial_option=b.option("c")))
    assert amina.modal()["state"]["values"]["level"]["answer"]["selected_option"]["value"] == "c"


def test_an_update_with_a_stale_hash_is_refused(client, trigger, amina):
    view = client.views_open(trigger_id=trigger(), view=modal(callback_id="one"))["view"]
    client.views_update(view_id=view["id"], hash=view["hash"], view=modal(callback_id="two"))

    assert (
        error(client.views_update, view_id=view["id"], hash=view["hash"], view=modal(callback_id="three"))
        == "hash_conflict"
    )
    assert amina.modal()["callback_id"] == "two"


def test_a_view_is_found_by_its_external_id_while_it_is_open(client, trigger, amina):
    client.views_open(trigger_id=trigger(), view=modal(external_id="e1"))

    assert error(client.views_push, trigger_id=trigger(True), view=modal(external_id="e1")) == "duplicate_external_id"
    assert client.views_update(external_id="e1", view=modal(callback_id="found", external_id="e1"))["ok"]
    amina.closes()
    assert error(client.views_update, external_id="e1", view=modal()) == "not_found"


def test_home_needs_the_home_shape_and_a_known_person(client):
    home = b.home(b.section())

    assert error(client.views_publish, user_id="U0NOBODY", view=home) == "user_not_found"
    assert error(client.views_publish, user_id="U0NOOR", view=modal()) == "invalid_arguments"
    first = client.views_publish(user_id="U0NOOR", view=home)["view"]
    client.views_publish(user_id="U0NOOR", view=home, hash=first["hash"])
    assert error(client.views_publish, user_id="U0NOOR", view=home, hash=first["hash"]) == "hash_conflict"


# -- answers to a submission ---------------------------------------------------------------------


@pytest.fixture
def answering(app, served, client, trigger):
    """Answer every submission with `ack`'s arguments, and tell what was heard."""
    heard = []

    def start(**answer):
        @app.view("form")
        def submit(ack, body):
            heard.append(body)
            ack(**answer)

        @app.view_closed("form")
        def closed(ack, body):
            heard.append(body)
            ack()

        server = served(app)
        client.views_open(trigger_id=trigger(), view=modal(asks("product"), notify_on_close=True))
        return server

    start.heard = heard
    return start


def test_an_empty_answer_closes_only_the_modal_on_top(answering, client, trigger, amina):
    answering()
    client.views_push(trigger_id=trigger(True), view=modal(asks("product")))
    amina.sets("product", "Atlas")

    reply = amina.submits()

    assert not reply.closed
    assert len(amina.stack()) == 1


def test_clear_closes_all_of_them(answering, client, trigger, amina):
    answering(response_action="clear")
    client.views_push(trigger_id=trigger(True), view=modal(asks("product")))
    amina.sets("product", "Atlas")

    assert amina.submits().closed
    assert amina.stack() == []


def test_errors_stand_beside_their_field_and_keep_what_was_typed(answering, amina):
    answering(response_action="errors", errors={"product": "Which one?"})
    amina.sets("product", "Atlas")

    reply = amina.submits()

    assert (reply.errors, reply.closed, reply.sent) == ({"product": "Which one?"}, False, True)
    assert amina.modal()["errors"] == {"product": "Which one?"}
    assert amina.modal()["state"]["values"]["product"]["answer"]["value"] == "Atlas"
    amina.sets("product", "Atlas 2")
    assert "errors" not in amina.modal()


def test_an_update_replaces_the_modal_in_its_place(answering, amina):
    answering(response_action="update", view=modal(section("Saved"), callback_id="receipt"))
    before = amina.modal()
    amina.sets("product", "Atlas")

    shown = amina.submits().modal

    assert (shown["id"], shown["callback_id"]) == (before["id"], "receipt")
    assert shown["hash"] != before["hash"]


def test_a_push_puts_another_modal_on_top(answering, amina):
    answering(response_action="push", view=modal(section("More"), callback_id="second"))
    amina.sets("product", "Atlas")

    amina.submits()

    assert [view["callback_id"] for view in amina.stack()] == ["form", "second"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"response_action": "errors", "errors": {"no_such_block": "x"}}, "invalid_errors_response"),
        ({"response_action": "errors", "errors": {"product": ""}}, "invalid_errors_response"),
        ({"response_action": "update", "view": {"type": "modal", "blocks": []}}, "invalid_arguments"),
        ({"response_action": "explode"}, "invalid_view_response"),
    ],
)
def test_an_answer_slack_cannot_use_shows_as_trouble(answering, amina, answer, code):
    answering(**answer)
    amina.sets("product", "Atlas")

    with pytest.raises(Refused, match=code):
        amina.submits()
    assert amina.modal()["callback_id"] == "form"
    assert amina.notices() == ["We had some trouble connecting. Try again?"]


def test_an_empty_required_field_is_held_back_by_slack(answering, amina):
    answering()

    reply = amina.submits()

    assert (list(reply.errors), reply.sent) == (["product"], False)
    assert answering.heard == []


def test_a_failed_submission_keeps_the_modal_and_its_words(answering, amina):
    server = answering()
    server.status.append(500)
    amina.sets("product", "Atlas")

    with pytest.raises(Refused, match="dispatch_failed"):
        amina.submits()
    assert amina.modal()["state"]["values"]["product"]["answer"]["value"] == "Atlas"


def test_a_second_delivery_carries_the_same_view(answering, amina):
    answering()
    amina.sets("product", "Atlas")
    amina.submits()
    amina.resubmits_last()

    first, second = answering.heard
    assert first == second
    assert amina.modal() is None


def test_closing_is_told_where_the_view_asks_for_it(answering, amina, client, trigger):
    answering()
    client.views_push(trigger_id=trigger(True), view=modal())
    amina.closes()
    assert answering.heard == []
    amina.closes()

    assert [(body["type"], body["is_cleared"]) for body in answering.heard] == [("view_closed", False)]
    with pytest.raises(Refused, match="no_modal"):
        amina.closes()


def test_a_view_may_take_all_others_with_it(answering, amina, client, trigger):
    answering()
    client.views_push(trigger_id=trigger(True), view=modal(clear_on_close=True))

    amina.closes()

    assert amina.stack() == []
    assert [body["is_cleared"] for body in answering.heard] == [True]
