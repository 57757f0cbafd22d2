from __future__ import annotations

import contextlib

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.playground import Refused, StandIn
from tests.unit.playground.conftest import CHANNELS, MANIFEST, PEOPLE, asks, modal, section


@pytest.fixture
def standin(clock):
    with StandIn(people=PEOPLE, channels=CHANNELS, manifest=MANIFEST, clock=clock, transport="socket") as running:
        yield running


@pytest.fixture
def connect(standin):
    handlers = []

    def connect(app: App) -> SocketModeHandler:
        handler = SocketModeHandler(app, standin.app_token, ping_interval=1)
        wanted = standin.socket.connections + 1
        handler.connect()
        handlers.append(handler)
        assert standin.workspace.wait_for(lambda: standin.socket.connections == wanted)
        return handler

    yield connect
    standin.socket.stop()  # hanging up first spares three seconds: the SDK reads until its line is cut
    for handler in handlers:
        with contextlib.suppress(AttributeError):  # the SDK trips when both ends hang up at once
            handler.close()
        handler.close()


@pytest.fixture
def app(standin):
    return App(client=WebClient(token=standin.bot_token, base_url=standin.api_url))


def test_a_command_a_modal_and_its_errors_travel_over_the_socket(standin, app, connect):
    @app.command("/hrdd")
    def command(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(asks("product")))
        ack("Opened")

    @app.view("form")
    def submit(ack):
        ack(response_action="errors", errors={"product": "No"})

    connect(app)
    amina = standin.as_person("U0AMINA")

    assert amina.types("/hrdd check", "launches").ephemeral == "Opened"
    amina.sets("product", "Atlas")
    assert amina.submits().errors == {"product": "No"}


def test_home_opens_over_the_socket(standin, app, connect):
    @app.event("app_home_opened")
    def opened(event, client):
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Hi")]})

    connect(app)

    assert standin.as_person("U0NOOR").opens_home() is not None


def test_each_envelope_goes_to_one_connection(standin, app, connect):
    heard = []

    @app.command("/hrdd")
    def command(ack, body):
        heard.append(body["text"])
        ack()

    connect(app)
    connect(app)
    amina = standin.as_person("U0AMINA")
    for number in range(6):
        amina.types(f"/hrdd {number}", "launches")

    assert heard == [str(number) for number in range(6)]


def test_without_a_connection_the_person_sees_a_failure(standin):
    with pytest.raises(Refused, match="dispatch_failed"):
        standin.as_person("U0AMINA").types("/hrdd check", "launches")


def test_an_envelope_that_is_never_acknowledged_times_out(standin, app, connect):
    @app.command("/hrdd")
    def command():
        pass

    connect(app)
    standin.socket.timeout = 0.2

    with pytest.raises(Refused, match="operation_timeout"):
        standin.as_person("U0AMINA").types("/hrdd check", "launches")


def test_the_bot_comes_back_after_slack_asks_it_to_reconnect(standin, app, connect):
    connect(app)
    standin.socket.refresh()

    assert standin.workspace.wait_for(lambda: standin.socket.connections == 0)
    assert standin.workspace.wait_for(lambda: standin.socket.connections == 1, 15)


def test_a_ticket_opens_one_connection_only(standin):
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect as dial

    url = standin.socket.new_url()
    with dial(url) as first:
        assert '"hello"' in first.recv()
        with pytest.raises(InvalidStatus):
            dial(url)


def test_the_bot_token_cannot_open_a_socket(standin):
    answer = standin.api.faults  # the stand-in is up
    assert answer is not None
    client = WebClient(token=standin.bot_token, base_url=standin.api_url)

    from slack_sdk.errors import SlackApiError

    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        client.apps_connections_open(app_token=standin.bot_token)
