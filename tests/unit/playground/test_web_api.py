"""The Web API answers the SDK as Slack does, and refuses what Slack refuses."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.methods import APP_TOKEN_METHODS, METHODS
from tests.unit.playground import builders as b
from tests.unit.playground.conftest import T0


def refused(call, *args, **kwargs) -> dict:
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    return caught.value.response.data


def test_auth_test_names_the_bot(client, standin):
    answer = client.auth_test()

    assert (answer["team"], answer["user_id"]) == ("Lumen Labs", standin.workspace.bot_user)


def test_every_method_is_one_the_sdk_calls_by_that_name():
    known = {name.replace("_", "") for name in dir(WebClient)}

    assert {name.replace(".", "").lower() for name in [*METHODS, *APP_TOKEN_METHODS]} <= {one.lower() for one in known}


@pytest.mark.parametrize(("token", "error"), [("xoxb-wrong", "invalid_auth"), (None, "not_authed")])
def test_a_wrong_token_is_refused(standin, token, error):
    client = WebClient(token=token, base_url=standin.api_url)

    assert refused(client.auth_test)["error"] == error


def test_an_unknown_method_is_refused(client):
    assert refused(client.api_call, "chat.shout")["error"] == "unknown_method"


def test_a_missing_scope_is_named(client):
    answer = refused(client.reactions_add, channel="C0LAUNCH", name="eyes", timestamp="1.0")

    assert (answer["error"], answer["needed"]) == ("missing_scope", "reactions:write")
    assert "chat:write" in answer["provided"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0OPEN", "text": "x"}, "not_in_channel"),
        ({"channel": "C0SECRET", "text": "x"}, "channel_not_found"),
        ({"channel": "C0OLD", "text": "x"}, "is_archived"),
        ({"channel": "C0LAUNCH", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0LAUNCH", "text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"channel": "C0LAUNCH", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_with_no_place_or_no_sense_is_refused(client, standin, message, error):
    assert refused(client.chat_postMessage, **message)["error"] == error
    assert all(standin.workspace.history(channel) == [] for channel in standin.workspace.channels)


def test_a_message_without_anything_in_it_is_refused(client):
    answer = refused(client.api_call, "chat.postMessage", json={"channel": "C0LAUNCH", "text": ""})

    assert answer["error"] == "no_text"


def test_the_refusal_of_blocks_names_the_place(client):
    answer = refused(client.chat_postMessage, channel="C0LAUNCH", text="x", blocks=[b.header("x" * 151)])

    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]


def test_with_the_public_scope_the_bot_posts_where_it_is_no_member(client, standin):
    standin.api.call = replace(standin.api.call, scopes=standin.api.call.scopes | {"chat:write.public"})

    assert client.chat_postMessage(channel="C0OPEN", text="x")["ok"]
    assert refused(client.chat_postMessage, channel="C0SECRET", text="x")["error"] == "channel_not_found"


def test_a_message_to_a_person_lands_in_their_direct_messages(client, standin):
    opened = client.conversations_open(users="U0NOOR")["channel"]["id"]
    posted = client.chat_postMessage(channel="U0NOOR", text="Hello")

    assert posted["channel"] == opened
    assert [message.text for message in standin.as_person("U0NOOR").dm()] == ["Hello"]


def test_someone_who_left_cannot_be_written_to(client, standin):
    dm = client.conversations_open(users="U0NOOR")["channel"]["id"]
    standin.deactivate("U0NOOR")

    assert client.users_info(user="U0NOOR")["user"]["deleted"] is True
    assert refused(client.conversations_open, users="U0NOOR")["error"] == "user_disabled"
    assert refused(client.chat_postMessage, channel="U0NOOR", text="x")["error"] == "channel_not_found"
    assert refused(client.chat_postMessage, channel=dm, text="x")["error"] == "is_inactive"


def test_timestamps_are_unique_and_follow_the_turned_clock(client, clock):
    first, second = (client.chat_postMessage(channel="C0LAUNCH", text="x")["ts"] for _ in range(2))
    clock.advance(timedelta(days=30))
    third = client.chat_postMessage(channel="C0LAUNCH", text="x")["ts"]

    assert first.startswith(f"{int(T0.timestamp())}.")
    assert first < second < third
    assert float(third) - float(first) == pytest.approx(30 * 86400, abs=1)


def test_history_comes_newest_first_in_pages_with_metadata_on_request(client):
    metadata = {"event_type": "outbox", "event_payload": {"key": "k1"}}
    client.chat_postMessage(channel="C0LAUNCH", text="one", metadata=metadata)
    client.chat_postMessage(channel="C0LAUNCH", text="two")
    client.chat_postEphemeral(channel="C0LAUNCH", user="U0AMINA", text="only you")

    page = client.conversations_history(channel="C0LAUNCH", limit=1)
    rest = client.conversations_history(
        channel="C0LAUNCH", cursor=page["response_metadata"]["next_cursor"], include_all_metadata=True
    )

    assert ([m["text"] for m in page["messages"]], page["has_more"]) == (["two"], True)
    assert [m["text"] for m in rest["messages"]] == ["one"]
    assert rest["messages"][0]["metadata"] == metadata
    assert "metadata" not in client.conversations_history(channel="C0LAUNCH")["messages"][1]
    assert rest["has_more"] is False


def test_history_is_cut_by_oldest_and_latest(client):
    stamps = [client.chat_postMessage(channel="C0LAUNCH", text=str(n))["ts"] for n in range(3)]

    def texts(**more):
        return [m["text"] for m in client.conversations_history(channel="C0LAUNCH", **more)["messages"]]

    assert texts(oldest=stamps[0]) == ["2", "1"]
    assert texts(oldest=stamps[0], inclusive=True) == ["2", "1", "0"]
    assert texts(latest=stamps[2]) == ["1", "0"]


def test_replies_stay_out_of_the_history_but_in_the_thread(client):
    root = client.chat_postMessage(channel="C0LAUNCH", text="root")["ts"]
    client.chat_postMessage(channel="C0LAUNCH", text="reply", thread_ts=root)

    assert [m["text"] for m in client.conversations_history(channel="C0LAUNCH")["messages"]] == ["root"]
    assert [m["text"] for m in client.conversations_replies(channel="C0LAUNCH", ts=root)["messages"]] == [
        "root",
        "reply",
    ]


def test_the_bot_changes_and_deletes_its_own_messages_only(client, standin):
    theirs = standin.workspace.post("C0LAUNCH", "U0DIEGO", "mine").ts
    ours = client.chat_postMessage(channel="C0LAUNCH", text="x", blocks=[b.section()])["ts"]

    client.chat_update(channel="C0LAUNCH", ts=ours, text="y")
    seen = standin.as_person("U0AMINA").messages("launches")[-1]
    assert (seen.text, seen.blocks, seen.edited) == ("y", [], True)
    assert refused(client.chat_update, channel="C0LAUNCH", ts=theirs, text="y")["error"] == "cant_update_message"
    assert refused(client.chat_delete, channel="C0LAUNCH", ts=theirs)["error"] == "cant_delete_message"
    assert refused(client.chat_update, channel="C0LAUNCH", ts="1.1", text="y")["error"] == "message_not_found"
    client.chat_delete(channel="C0LAUNCH", ts=ours)
    assert len(standin.as_person("U0AMINA").messages("launches")) == 1


def test_an_ephemeral_message_needs_its_reader_in_the_channel(client):
    answer = refused(client.chat_postEphemeral, channel="C0LAUNCH", user="U0NOOR", text="x")

    assert answer["error"] == "user_not_in_channel"


def test_people_and_channels_can_be_looked_up(client, standin):
    user = client.users_info(user="U0DIEGO")["user"]
    assert (user["real_name"], user["tz"], user["tz_offset"]) == ("Diego Ruiz", "America/Bogota", -5 * 3600)
    assert refused(client.users_info, user="U0NOBODY")["error"] == "user_not_found"
    assert len(client.users_list()["members"]) == 4
    assert client.conversations_info(channel="C0LAUNCH")["channel"]["is_member"] is True
    assert standin.workspace.bot_user in client.conversations_members(channel="C0LAUNCH")["members"]
    ts = client.chat_postMessage(channel="C0LAUNCH", text="x")["ts"]
    assert client.chat_getPermalink(channel="C0LAUNCH", message_ts=ts)["permalink"].startswith(standin.url)


def test_forms_and_json_are_read_alike(standin):
    for kind, data in (
        ("application/json; charset=utf-8", json.dumps({"channel": "C0LAUNCH", "blocks": [b.section()]})),
        ("application/x-www-form-urlencoded", "channel=C0LAUNCH&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D"),
    ):
        asked = urllib.request.Request(standin.api_url + "chat.postMessage", data.encode(), method="POST")
        asked.add_header("Authorization", f"Bearer {standin.bot_token}")
        asked.add_header("Content-Type", kind)
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer)["ok"] is True


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [
        ("application/json", "{", "invalid_json"),
        ("application/json", "[]", "json_not_object"),
        ("application/x-www-form-urlencoded", "channel=C0LAUNCH&blocks=%5B", "invalid_blocks_format"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(standin, kind, data, error):
    asked = urllib.request.Request(standin.api_url + "chat.postMessage", data.encode(), method="POST")
    asked.add_header("Authorization", f"Bearer {standin.bot_token}")
    asked.add_header("Content-Type", kind)

    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["error"] == error
