"""Calls to Slack share connections, and a lost one is never a reason to send twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from slack_sdk.errors import SlackApiError

from bot.slack_client import KeptClient

FINE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 11\r\n\r\n{"ok":true}'
SLOW_DOWN = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Type: application/json\r\n"
    b'Content-Length: 34\r\n\r\n{"ok":false,"error":"ratelimited"}'
)


class Slack:
    """A server that answers each request with the next of its answers; None hangs up instead."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.connections = 0
        self.requests = 0
        self.hung_up = threading.Event()
        self.together: threading.Barrier | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line:
            buffer = b""
            while data := line.recv(65536):
                buffer += data
                if b"\r\n\r\n" not in buffer or not buffer.endswith(b"}"):
                    continue
                buffer, answer = b"", self.answers.pop(0)
                self.requests += 1
                if self.together is not None:
                    self.together.wait()
                if answer is None:
                    break
                line.sendall(answer)
                if b"Connection: close" in answer or not self.answers:
                    break
        self.hung_up.set()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def slack() -> Iterator[Slack]:
    server = Slack()
    yield server
    server.close()


@pytest.fixture
def client(slack: Slack) -> Iterator[KeptClient]:
    client = KeptClient(token="xoxb-1", base_url=slack.url, timeout=5, retry_handlers=[])
    yield client
    client.close()


@pytest.fixture
def post(client: KeptClient) -> Callable[[], object]:
    return lambda: client.chat_postMessage(channel="C1", text="hello")


def test_calls_one_after_the_other_share_one_connection(slack: Slack, post: Callable[[], object]) -> None:
    slack.answers = [FINE, FINE, FINE, FINE]

    for _ in range(3):
        post()

    assert (slack.requests, slack.connections) == (3, 1)


def test_calls_at_the_same_time_have_one_each(slack: Slack, post: Callable[[], object]) -> None:
    slack.answers = [FINE, FINE, FINE]
    slack.together = threading.Barrier(2, timeout=5)

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (slack.requests, slack.connections) == (2, 2)


def test_a_client_that_is_closed_leaves_no_connection_open(
    slack: Slack, client: KeptClient, post: Callable[[], object]
) -> None:
    slack.answers = [FINE, FINE]
    post()

    client.close()

    assert slack.hung_up.wait(5)


def test_a_connection_that_the_other_side_closed_meanwhile_is_not_used_again(
    slack: Slack, post: Callable[[], object]
) -> None:
    slack.answers = [FINE]
    post()
    assert slack.hung_up.wait(5)
    slack.answers = [FINE]

    post()

    assert (slack.requests, slack.connections) == (2, 2)


def test_a_connection_lost_before_the_answer_is_told_and_nothing_is_sent_twice(
    slack: Slack, post: Callable[[], object]
) -> None:
    slack.answers = [FINE, None, FINE]
    post()

    with pytest.raises(ConnectionError):
        post()

    assert slack.requests == 2
    post()
    assert slack.requests == 3


def test_an_answer_that_is_no_http_is_told_as_a_lost_connection(slack: Slack, post: Callable[[], object]) -> None:
    slack.answers = [b"nonsense\r\n\r\n"]

    with pytest.raises(ConnectionError):
        post()


def test_a_refusal_keeps_its_status_and_how_long_to_wait(slack: Slack, post: Callable[[], object]) -> None:
    slack.answers = [SLOW_DOWN, FINE, FINE]

    with pytest.raises(SlackApiError) as refused:
        post()

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    post()
    assert slack.connections == 1
