"""Clicks, choices, shortcuts and events reach the bot in Slack's own shapes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from bot.playground import RealTokens, Refused, refuse_real_tokens
from tests.unit.playground import builders as b
from tests.unit.playground.conftest import MANIFEST, asks, modal, section


@pytest.fixture
def amina(standin):
    return standin.as_person("U0AMINA")


@pytest.fixture
def heard(app, served, standin):
    """Collect every body the bot gets, whatever it is."""
    bodies = []

    @app.use
    def note(body, next):
        bodies.append(body)
        next()

    @app.action({"type": "block_actions", "action_id": "press"})
    @app.action({"type": "block_actions", "action_id": "pick"})
    @app.action({"type": "block_actions", "action_id": "answer"})
    @app.shortcut("raise")
    @app.shortcut("raise_about")
    @app.command("/hrdd")
    def take(ack):
        ack()

    @app.event("message")
    @app.event("app_mention")
    @app.event("user_change")
    @app.event("app_home_opened")
    def event():
        pass

    bodies_server = served(app)
    standin.bot_requests = bodies_server.requests
    standin.bot_status = bodies_server.status
    return bodies


def opens(standin, client, *blocks, **more):
    trigger = standin.workspace.modals.triggers.issue("U0AMINA", False)
    return client.views_open(trigger_id=trigger, view=modal(*blocks, **more))["view"]


def test_a_command_carries_the_fields_slack_sends(amina, heard, standin):
    amina.types("/hrdd check  Atlas ", "launches")

    body = heard[0]
    assert (body["command"], body["text"], body["user_name"]) == ("/hrdd", "check  Atlas", "amina")
    assert body["is_enterprise_install"] == "false"
    assert body["response_url"].startswith(standin.url)
    assert {"team_id", "team_domain", "channel_id", "api_app_id", "trigger_id"} < set(body)


def test_a_click_in_a_message_names_channel_message_and_answer_address(amina, heard, client):
    ts = client.chat_postMessage(channel="C0LAUNCH", text="x", blocks=[b.actions(b.button(value="case-1"))])["ts"]

    amina.clicks("press", message=("launches", ts))

    body = heard[0]
    assert body["channel"] == {"id": "C0LAUNCH", "name": "launches"}
    assert body["message"]["ts"] == ts
    assert (body["actions"][0]["value"], body["actions"][0]["type"]) == ("case-1", "button")
    assert body["container"] == {
        "type": "message", "message_ts": ts, "channel_id": "C0LAUNCH", "is_ephemeral": False,
    }  # fmt: skip
    assert "view" not in body
    assert body["response_url"]


def test_a_click_in_an_ephemeral_message_does_not_repeat_it(amina, heard, client):
    blocks = [b.actions(b.button())]
    ts = client.chat_postEphemeral(channel="C0LAUNCH", user="U0AMINA", text="x", blocks=blocks)["message_ts"]

    amina.clicks("press", message=("launches", ts))

    assert "message" not in heard[0]
    assert heard[0]["container"]["is_ephemeral"] is True


def test_a_click_in_a_modal_or_home_carries_the_view_and_no_channel(amina, heard, client, standin):
    opens(standin, client, b.actions(b.button()))
    client.views_publish(user_id="U0AMINA", view=b.home(b.actions(b.button())))

    amina.clicks("press")
    amina.clicks("press", home=True)

    for body, kind in zip(heard, ("modal", "home"), strict=True):
        assert body["view"]["type"] == kind
        assert "channel" not in body
        assert "response_url" not in body


def test_state_holds_inputs_always_and_other_menus_once_touched(amina, heard, client, standin):
    opens(standin, client, asks("product"), b.section(accessory=b.select(), block_id="level"))
    assert set(amina.modal()["state"]["values"]) == {"product"}

    amina.sets("level", "v1")

    assert heard[0]["actions"][0]["selected_option"]["value"] == "v1"
    assert set(heard[0]["view"]["state"]["values"]) == {"product", "level"}


def test_an_input_speaks_up_only_where_it_asks_to(amina, heard, client, standin):
    opens(standin, client, asks("quiet"), asks("loud", dispatch_action=True))
    amina.sets("quiet", "x")
    assert heard == []
    amina.sets("loud", "y")

    assert [body["actions"][0]["value"] for body in heard] == ["y"]


def test_untouched_inputs_submit_their_initial_value(amina, app, served, client, standin):
    got = []

    @app.view("form")
    def submit(ack, view):
        got.append(view["state"]["values"])
        ack()

    served(app)
    boxes = {"type": "checkboxes", "action_id": "c", "options": b.options(3), "initial_options": b.options(2)}
    opens(
        standin,
        client,
        b.asks(b.typed(initial_value="start"), block_id="text"),
        b.asks(boxes, block_id="boxes"),
        b.asks({"type": "users_select", "action_id": "u", "initial_user": "U0NOOR"}, block_id="user"),
        b.asks({"type": "datepicker", "action_id": "d"}, block_id="day", optional=True),
    )
    amina.submits()

    values = got[0]
    assert values["text"]["answer"] == {"type": "plain_text_input", "value": "start"}
    assert [one["value"] for one in values["boxes"]["c"]["selected_options"]] == ["v0", "v1"]
    assert values["user"]["u"] == {"type": "users_select", "selected_user": "U0NOOR"}
    assert values["day"]["d"] == {"type": "datepicker", "selected_date": None}


@pytest.mark.parametrize(
    ("element", "value", "code"),
    [
        (b.select(), "v9", "no_such_option"),
        (b.select(), ["v0", "v1"], "one_option_only"),
        (b.select(type="multi_static_select", max_selected_items=1), ["v0", "v1"], "too_many_options"),
        (b.typed(max_length=3), "four", "too_long"),
        ({"type": "datepicker", "action_id": "d"}, "tomorrow", "invalid_value"),
    ],
)
def test_a_person_cannot_enter_what_slack_does_not_offer(amina, client, standin, element, value, code):
    opens(standin, client, b.asks(element, block_id="field"))

    with pytest.raises(Refused, match=code):
        amina.sets("field", value)


@pytest.mark.parametrize(
    ("element", "typed", "complaint"),
    [
        ({"type": "number_input", "is_decimal_allowed": False, "max_value": "10"}, "2.5", "whole number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "10"}, "10.5", "10 or less"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "1"}, "0", "1 or more"),
        ({"type": "email_text_input"}, "amina", "valid email"),
        ({"type": "url_text_input"}, "example.org", "valid URL"),
        ({"type": "plain_text_input", "min_length": 5}, "abc", "at least 5"),
    ],
)
def test_slack_itself_holds_back_what_does_not_fit_the_field(amina, client, standin, element, typed, complaint):
    opens(standin, client, b.asks(element, block_id="field"))
    amina.sets("field", typed)

    assert complaint in amina.submits().errors["field"]


def test_options_of_an_external_select_come_from_the_bot(amina, app, served, client, standin):
    @app.options("pick")
    def suggest(ack, payload):
        found = [b.option(f"{payload['value']}-{n}") for n in range(2)]
        ack(options=found)

    served(app)
    select = {"type": "external_select", "action_id": "pick", "min_query_length": 0}
    opens(standin, client, b.asks(select, block_id="case"))

    assert [one["value"] for one in amina.searches("case", "HR")["options"]] == ["HR-0", "HR-1"]
    amina.sets("case", "HR-1")
    assert amina.modal()["state"]["values"]["case"]["pick"]["selected_option"]["value"] == "HR-1"
    with pytest.raises(Refused, match="no_such_option"):
        amina.sets("case", "ZZ")


def test_a_choice_in_a_message_menu_and_in_an_overflow(amina, heard, client):
    overflow = {"type": "overflow", "action_id": "press", "options": b.options(2)}
    blocks = [b.section(accessory=b.select(), block_id="s"), b.section(accessory=overflow, block_id="o")]
    ts = client.chat_postMessage(channel="C0LAUNCH", text="x", blocks=blocks)["ts"]

    amina.chooses("pick", "v1", message=("launches", ts))
    amina.chooses("press", "v0", message=("launches", ts))

    assert heard[0]["state"]["values"]["s"]["pick"]["selected_option"]["value"] == "v1"
    assert heard[1]["actions"][0]["selected_option"]["value"] == "v0"


def test_shortcuts_are_offered_by_the_manifest_only(amina, heard, standin):
    ts = standin.workspace.post("C0LAUNCH", "U0DIEGO", "look at this").ts

    amina.shortcut("raise")
    amina.shortcut("raise_about", message=("launches", ts))

    assert [body["type"] for body in heard] == ["shortcut", "message_action"]
    assert heard[1]["message"]["text"] == "look at this"
    assert "channel" not in heard[0]
    with pytest.raises(Refused, match="unknown_shortcut"):
        amina.shortcut("raise_about")


def test_plain_messages_and_mentions_become_events(amina, heard, standin):
    amina.types("hello", "launches")
    amina.types(f"<@{standin.workspace.bot_user}> hello", "launches")
    amina.types("hello bot", "DM")
    amina.types("nobody listens", "random")

    assert [body["event"]["type"] for body in heard] == ["message", "message", "app_mention", "message"]
    assert [body["event"].get("channel_type") for body in heard] == ["channel", "channel", None, "im"]
    assert len({body["event_id"] for body in heard}) == 4


def test_an_event_that_is_not_taken_is_delivered_three_times_more(amina, heard, standin):
    standin.bot_status += [500, 500, 500, 500]
    amina.types("hello", "launches")

    assert [one.get("X-Slack-Retry-Num") for one in standin.bot_requests] == [None, "1", "2", "3"]
    assert standin.bot_requests[1]["X-Slack-Retry-Reason"] == "http_error"
    standin.bot_status += [500]
    amina.types("again", "launches")
    assert len(standin.bot_requests) == 6


def test_a_command_is_not_delivered_twice(amina, heard, standin):
    standin.bot_status += [503]

    with pytest.raises(Refused, match="dispatch_failed"):
        amina.types("/hrdd", "launches")
    assert len(standin.bot_requests) == 1


def test_an_unsigned_world_is_not_ours(amina, heard, standin):
    standin.http.secret = "another secret"

    with pytest.raises(Refused, match="dispatch_failed"):
        amina.types("/hrdd check", "launches")
    assert heard == []


def test_a_bot_that_is_too_slow_is_a_timeout(amina, app, served, standin):
    @app.command("/hrdd")
    def command():
        pass  # never acknowledges

    served(app)
    standin.http.timeout = 0.3

    with pytest.raises(Refused, match="operation_timeout"):
        amina.types("/hrdd check", "launches")
    assert amina.notices() == ["/hrdd failed because the app did not respond"]


@pytest.mark.parametrize(
    ("text", "channel", "code"),
    [
        ("/nope", "launches", "unknown_command"),
        ("hi", "leads", "not_in_channel"),
        ("hi", "old", "is_archived"),
        ("hi", "nowhere", "channel_not_found"),
    ],
)
def test_a_person_is_told_what_cannot_be_done(amina, text, channel, code):
    with pytest.raises(Refused, match=code):
        amina.types(text, channel)


def test_someone_who_left_can_do_nothing_and_the_bot_is_told(amina, heard, standin):
    standin.deactivate("U0AMINA")

    assert heard[0]["event"]["user"]["deleted"] is True
    with pytest.raises(Refused, match="account_inactive"):
        amina.types("hi", "launches")


def test_the_messages_tab_can_be_switched_off(amina, standin):
    standin.acts.app_home = MANIFEST["features"]["app_home"] | {"messages_tab_enabled": False}

    with pytest.raises(Refused, match="messages_tab_disabled"):
        amina.types("hi", "DM")


# -- response_url --------------------------------------------------------------------------------


def post(url, **body):
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.load(problem)["error"]


@pytest.fixture
def response_url(amina, heard):
    amina.types("/hrdd", "launches")
    return heard[0]["response_url"]


def test_an_answer_is_ephemeral_unless_it_says_otherwise(response_url, standin):
    post(response_url, text="for you")
    post(response_url, text="for all", response_type="in_channel")

    assert [m.text for m in standin.as_person("U0AMINA").messages("launches")] == ["for you", "for all"]
    assert [m.text for m in standin.as_person("U0DIEGO").messages("launches")] == ["for all"]


def test_an_answer_address_works_five_times(response_url):
    assert [post(response_url, text="x") for _ in range(6)] == [200] * 5 + [(404, "used_url")]


def test_an_answer_address_lives_thirty_minutes_of_workspace_time(response_url, clock):
    clock.advance(timedelta(minutes=30))
    assert post(response_url, text="x") == 200
    clock.advance(timedelta(seconds=1))
    assert post(response_url, text="x") == (404, "expired_url")
    assert post(response_url + "x", text="x") == (404, "invalid_url")


def test_an_answer_is_linted_and_a_refused_one_costs_no_use(response_url):
    refused = [post(response_url, text="x", blocks=[{"type": "nope"}]) for _ in range(6)]

    assert set(refused) == {(400, "invalid_blocks")}
    assert post(response_url, text="x") == 200


def test_the_message_that_was_clicked_can_be_replaced_and_deleted(amina, heard, client):
    ts = client.chat_postMessage(channel="C0LAUNCH", text="x", blocks=[b.actions(b.button())])["ts"]
    amina.clicks("press", message=("launches", ts))
    url = heard[0]["response_url"]

    post(url, text="done", replace_original=True)
    assert [(m.text, m.blocks) for m in amina.messages("launches")] == [("done", [])]
    post(url, delete_original=True)
    assert amina.messages("launches") == []


def test_an_answer_to_a_command_may_hold_blocks_for_everyone(app, served, standin):
    @app.command("/hrdd")
    def command(ack):
        ack(text="hello", blocks=[section("hello")], response_type="in_channel")

    served(app)
    standin.as_person("U0AMINA").types("/hrdd", "launches")

    assert standin.as_person("U0DIEGO").messages("launches")[0].blocks[0]["text"]["text"] == "hello"


def test_an_answer_to_a_command_with_bad_blocks_is_refused(app, served, amina):
    @app.command("/hrdd")
    def command(ack):
        ack(text="hello", blocks=[{"type": "nope"}])

    served(app)

    with pytest.raises(Refused, match="invalid_command_response"):
        amina.types("/hrdd", "launches")


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_the_playground_stays_away_from_a_real_workspace(name):
    refuse_real_tokens({"HOME": "/", name: ""})

    with pytest.raises(RealTokens, match=name):
        refuse_real_tokens({name: "secret"})


def test_waiting_in_vain_says_so(amina):
    with pytest.raises(TimeoutError, match="in vain"):
        amina.waits(amina.modal, 0.05)
