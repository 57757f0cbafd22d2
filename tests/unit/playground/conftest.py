"""A small company, a clock that tests turn, and a real Bolt app that answers over the chosen transport."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, request
from slack_bolt import App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from waitress.server import create_server

from bot.playground import Channel, Person, StandIn

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

MANIFEST = {
    "display_information": {"name": "HRDD"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "hrdd"},
        "slash_commands": [{"command": "/hrdd", "description": "Human rights", "usage_hint": "check"}],
        "shortcuts": [
            {"name": "Raise", "type": "global", "callback_id": "raise", "description": "d"},
            {"name": "Raise about this", "type": "message", "callback_id": "raise_about", "description": "d"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "chat:write", "commands", "im:write", "users:read", "im:history", "channels:history",
                "channels:read", "im:read",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": ["app_home_opened", "message.channels", "message.im", "app_mention", "user_change"]
        }
    },
}  # fmt: skip


class TurnedClock:
    """Time that only tests move."""

    def __init__(self) -> None:
        self._now = T0
        self.due: datetime | None = None

    def now(self) -> datetime:
        return self._now

    def advance(self, delta: timedelta) -> None:
        self._now += delta

    def next_due(self) -> datetime | None:
        return self.due


PEOPLE = [
    Person("U0AMINA", "amina", "Amina Haddad", "Engineer"),
    Person("U0DIEGO", "diego", "Diego Ruiz", "Product lead", tz="America/Bogota"),
    Person("U0NOOR", "noor", "Noor Khan", "Human rights lead"),
]
CHANNELS = [
    Channel("C0LAUNCH", "launches", frozenset({"U0AMINA", "U0DIEGO"})),
    Channel("C0OPEN", "random", frozenset({"U0AMINA"}), bot_is_member=False),
    Channel("C0SECRET", "leads", frozenset({"U0NOOR"}), bot_is_member=False, private=True),
    Channel("C0OLD", "old", frozenset({"U0AMINA"}), archived=True),
]


class BotServer:
    """Serve a Bolt app on a free port, as production does."""

    def __init__(self, app: App) -> None:
        self.requests: list[dict[str, str]] = []
        self.status: list[int] = []
        handler, web = SlackRequestHandler(app), Flask("bot-under-test")

        @web.post("/slack/events")
        def events():
            self.requests.append(dict(request.headers))
            if self.status:
                return "no", self.status.pop(0)
            return handler.handle(request)

        self._server = create_server(web, listen="127.0.0.1:0", threads=8)
        self.url = f"http://127.0.0.1:{self._server.effective_port}/slack/events"
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop:
            self._server.asyncore.loop(timeout=1.0, map=self._server._map, count=1)

    def stop(self) -> None:
        self._stop = True
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        for line in list(self._server._map.values()):
            line.close()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def standin(clock: TurnedClock) -> Iterator[StandIn]:
    with StandIn(people=PEOPLE, channels=CHANNELS, manifest=MANIFEST, clock=clock) as running:
        yield running


@pytest.fixture
def client(standin: StandIn) -> WebClient:
    return WebClient(token=standin.bot_token, base_url=standin.api_url)


@pytest.fixture
def app(standin: StandIn, client: WebClient) -> App:
    return App(client=client, signing_secret=standin.signing_secret)


@pytest.fixture
def served(standin: StandIn) -> Iterator[Callable[[App], BotServer]]:
    started: list[BotServer] = []

    def serve(app: App) -> BotServer:
        started.append(BotServer(app))
        standin.connect(started[-1].url)
        return started[-1]

    yield serve
    for server in started:
        server.stop()


def section(text: str) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(*blocks: dict, **more: object) -> dict:
    plain = {"type": "plain_text", "text": "Check"}
    return {"type": "modal", "callback_id": "form", "title": plain, "submit": plain, "blocks": list(blocks)} | more


def asks(block_id: str, **more: object) -> dict:
    element = {"type": "plain_text_input", "action_id": "answer"}
    label = {"type": "plain_text", "text": block_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": element} | more
