"""What Slack knows about people: remembered, asked rarely, and never more than who can answer and when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.directory import SlackDirectory
from workflows.ports import Known

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)


class Slack:
    """A small server that answers `users.info`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.error: str | None = None
        self.asked = 0

    def answer(self, person_id: str) -> dict[str, Any]:
        self.asked += 1
        if self.error:
            return {"ok": False, "error": self.error}
        if person_id not in self.users:
            return {"ok": False, "error": "user_not_found"}
        return {"ok": True, "user": {"id": person_id, **self.users[person_id]}}


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def client(slack: Slack) -> Iterator[WebClient]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = json.dumps(slack.answer(form["user"][0])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield WebClient(token="xoxb-test", base_url=f"http://127.0.0.1:{server.server_port}/api/", retry_handlers=[])
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def directory(client: WebClient) -> SlackDirectory:
    return SlackDirectory(client, [":palm_tree:", ":airplane:"])


def test_somebody_nobody_asked_about_counts_as_able(directory: SlackDirectory, slack: Slack) -> None:
    assert directory.known("U0NOOR") == Known()
    assert slack.asked == 0


def status(emoji: str, ends: datetime | None = None, **user: object) -> dict[str, Any]:
    seconds = int(ends.timestamp()) if ends else 0
    return {**user, "profile": {"status_emoji": emoji, "status_text": "with my family", "status_expiration": seconds}}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, Known()),
        ({"tz": "Europe/Berlin"}, Known(zone="Europe/Berlin")),
        ({"tz": None, "profile": None}, Known()),
        ({"deleted": True}, Known(active=False)),
        ({"is_bot": True}, Known(active=False)),
        ({"is_restricted": True}, Known(active=False)),
        ({"is_ultra_restricted": True}, Known(active=False)),
        ({"is_stranger": True}, Known(active=False)),
        (status(":palm_tree:"), Known(away=True)),
        (status(":airplane:", LATER, tz="Africa/Lagos"), Known(away=True, away_until=LATER, zone="Africa/Lagos")),
        (status(":palm_tree:", NOW), Known()),
        (status(":palm_tree:", NOW - timedelta(days=1)), Known()),
        (status(":coffee:", LATER), Known()),
        (status(""), Known()),
        ({"profile": {"status_emoji": ":palm_tree:", "status_expiration": "x"}}, Known(away=True)),
        ({"profile": {"status_emoji": ":palm_tree:", "status_expiration": 10**18}}, Known(away=True)),
    ],
)
def test_who_can_answer_is_read_from_their_profile(
    directory: SlackDirectory, slack: Slack, user: dict[str, Any], expected: Known
) -> None:
    slack.users["U0NOOR"] = user
    assert directory.refresh("U0NOOR", NOW) == expected
    assert directory.known("U0NOOR") == expected


def test_what_a_status_says_in_words_is_kept_nowhere(directory: SlackDirectory, slack: Slack) -> None:
    slack.users["U0NOOR"] = status(":palm_tree:", LATER, real_name="Noor Rahman")
    directory.refresh("U0NOOR", NOW)
    assert "family" not in repr(vars(directory))
    assert "Rahman" not in repr(vars(directory))


def test_a_status_that_ends_stops_counting_without_asking_again() -> None:
    known = Known(away=True, away_until=LATER)
    assert known.is_away(LATER - timedelta(seconds=1))
    assert not known.is_away(LATER)


def test_slack_is_asked_at_most_every_ten_minutes(directory: SlackDirectory, slack: Slack) -> None:
    slack.users["U0NOOR"] = {}
    for minutes in (0, 3, 9):
        directory.refresh("U0NOOR", NOW + timedelta(minutes=minutes))
    assert slack.asked == 1
    slack.users["U0NOOR"] = {"deleted": True}
    assert not directory.refresh("U0NOOR", NOW + timedelta(minutes=10)).active
    assert slack.asked == 2


def test_ten_real_minutes_count_though_the_apps_clock_stood_still(
    directory: SlackDirectory, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.users["U0NOOR"] = {}
    directory.refresh("U0NOOR", NOW)
    real = time.monotonic
    monkeypatch.setattr("bot.directory.time.monotonic", lambda: real() + 601)
    directory.refresh("U0NOOR", NOW)
    assert slack.asked == 2


def test_what_was_forgotten_is_asked_anew(directory: SlackDirectory, slack: Slack) -> None:
    slack.users["U0NOOR"] = {"deleted": True}
    directory.refresh("U0NOOR", NOW)
    directory.forget()
    assert directory.known("U0NOOR") == Known()
    directory.refresh("U0NOOR", NOW)
    assert slack.asked == 2


def test_somebody_gone_from_the_workspace_cannot_answer(directory: SlackDirectory) -> None:
    assert directory.refresh("U0GONE", NOW) == Known(active=False)


def test_where_slack_refuses_memory_stands(directory: SlackDirectory, slack: Slack) -> None:
    slack.users["U0NOOR"] = {"deleted": True}
    directory.refresh("U0NOOR", NOW)
    slack.error = "internal_error"
    assert directory.refresh("U0NOOR", NOW + timedelta(hours=1)) == Known(active=False)
    assert directory.refresh("U0RUTH", NOW) == Known()


def test_where_slack_is_not_reached_memory_stands() -> None:
    nowhere = WebClient(token="xoxb-test", base_url="http://127.0.0.1:1/api/", retry_handlers=[], timeout=1)
    assert SlackDirectory(nowhere, []).refresh("U0NOOR", NOW) == Known()
