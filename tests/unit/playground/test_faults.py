"""The stand-in fails on purpose, and only where it was told to."""

from __future__ import annotations

import time

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.playground.faults import Weather


@pytest.fixture
def client(standin):
    return WebClient(token=standin.bot_token, base_url=standin.api_url, retry_handlers=[], timeout=5)


def texts(standin):
    return [message.text for message in standin.workspace.history("C0LAUNCH")]


def post(client, text="x"):
    return client.chat_postMessage(channel="C0LAUNCH", text=text)


def test_a_rate_limit_says_how_long_to_wait(standin, client):
    standin.faults.fail("chat.postMessage", "ratelimited", retry_after=7)

    with pytest.raises(SlackApiError) as caught:
        post(client)

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert post(client)["ok"]
    assert texts(standin) == ["x"]


def test_the_sdk_gets_over_a_rate_limit_by_itself(standin):
    patient = WebClient(
        token=standin.bot_token,
        base_url=standin.api_url,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=2)],
    )
    standin.faults.fail("chat.postMessage", "ratelimited", times=1, retry_after=0)

    assert post(patient)["ok"]


@pytest.mark.parametrize("stored_first", [False, True])
def test_a_server_error_comes_before_or_after_the_message_is_stored(standin, client, stored_first):
    standin.faults.fail("chat.postMessage", "server_error", before_storing=not stored_first)

    with pytest.raises(SlackApiError) as caught:
        post(client)

    assert caught.value.response.status_code == 500
    assert texts(standin) == (["x"] if stored_first else [])


@pytest.mark.parametrize("stored_first", [False, True])
def test_a_dropped_connection_gives_no_answer_at_all(standin, client, stored_first):
    standin.faults.fail("chat.postMessage", "drop", before_storing=not stored_first)

    with pytest.raises(OSError, match=r"closed connection|reset"):
        post(client)

    assert texts(standin) == (["x"] if stored_first else [])
    assert post(client, "y")["ok"]


def test_a_timeout_outlasts_the_caller(standin):
    hasty = WebClient(token=standin.bot_token, base_url=standin.api_url, retry_handlers=[], timeout=1)
    standin.faults.fail("chat.postMessage", "timeout")

    with pytest.raises(TimeoutError):
        post(hasty)


def test_any_error_code_can_be_asked_for(standin, client):
    standin.faults.fail("*", "fatal_error", times=2)

    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            client.auth_test()
    assert client.auth_test()["ok"]


def test_other_methods_are_spared(standin, client):
    standin.faults.fail("views.open", "server_error")

    assert post(client)["ok"]
    assert [fault.method for fault in standin.faults.waiting()] == ["views.open"]
    standin.faults.fail("views.open", "server_error", times=0)
    assert standin.faults.waiting() == []


def test_a_share_of_calls_fails_the_same_way_each_time(standin):
    def run():
        standin.faults.rates(p429=0.2, p5xx=0.2, seed=3)
        return [fault.error if fault else "" for _, fault in (standin.faults.take("x") for _ in range(200))]

    first = run()

    assert first == run()
    assert 20 < first.count("ratelimited") < 60
    assert 20 < first.count("server_error") < 60


def test_latency_delays_the_answer(standin, client):
    standin.faults.rates(latency=(0.2, 0.21))
    started = time.monotonic()
    client.api_test()

    assert time.monotonic() - started >= 0.2


def test_strict_rate_lets_one_message_a_second_through_per_channel(standin, client):
    standin.faults.strict_rate(True)

    assert post(client)["ok"]
    assert client.chat_postMessage(channel="U0AMINA", text="another place")["ok"]
    with pytest.raises(SlackApiError, match="ratelimited"):
        post(client)
    standin.faults.clear()
    assert post(client)["ok"]


def test_bad_weather_drops_a_share_of_calls_half_of_them_after_they_took_effect(standin):
    standin.faults.set_weather(Weather(drop=0.4), seed=3)

    taken = [fault for _, fault in (standin.faults.take("x") for _ in range(200)) if fault]

    assert {fault.error for fault in taken} == {"drop"}
    assert 60 < len(taken) < 100
    assert 20 < sum(fault.before_storing for fault in taken) < 60


def test_an_answer_can_be_late_though_the_message_is_there(standin, client):
    standin.faults.set_weather(Weather(after=(0.2, 0.21)))
    started = time.monotonic()
    post(client, "late")

    assert time.monotonic() - started >= 0.2
    assert texts(standin) == ["late"]


def test_a_slow_call_takes_effect_late(standin):
    standin.faults.set_weather(Weather(slow=1.0, slow_seconds=(1.0, 1.5), before=(0.0, 0.1)))

    assert all(1.0 <= standin.faults.take("x")[0] <= 1.5 for _ in range(20))
