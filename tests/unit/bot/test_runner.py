"""Our listener runner beside Bolt's own: the two faults are shown with Bolt's, and gone with ours."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.runner import WakingAck, WakingRunner


@pytest.fixture
def app_with(request: pytest.FixtureRequest) -> Iterator[Callable[..., App]]:
    """Build an app with one command; `ours` puts our runner in place of Bolt's."""
    with ExitStack() as stack:

        def build(listener: Callable[..., object], *, ours: bool) -> App:
            app = App(
                signing_secret="secret",
                request_verification_enabled=False,
                authorize=lambda **_: AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1"),
                listener_executor=stack.enter_context(ThreadPoolExecutor(4)),
                logger=quiet(),
            )
            app.command("/hrdd")(listener)
            if ours:
                app._listener_runner = WakingRunner.in_place_of(app._listener_runner)
            # Three seconds are Slack's; a test need not wait for them.
            for each in app._listeners:
                each.ack_timeout = 0.4  # type: ignore[attr-defined]
            return app

        yield build


def quiet() -> logging.Logger:
    log = logging.getLogger("test-bolt")
    log.setLevel(logging.CRITICAL)
    return log


def command() -> BoltRequest:
    body = "command=/hrdd&text=check&user_id=U0AMINA&team_id=T1&channel_id=C1&trigger_id=1.2.3"
    return BoltRequest(body=body, headers={"content-type": ["application/x-www-form-urlencoded"]})


def quickest(app: App) -> float:
    """Return the seconds of the fastest of a few answers, so that a busy machine does not matter."""
    app.dispatch(command())
    spent = []
    for _ in range(8):
        began = time.perf_counter()
        assert app.dispatch(command()).status == 200
        spent.append(time.perf_counter() - began)
    return min(spent)


def acks(ack: Ack) -> None:
    ack("done")


def acks_late(ack: Ack) -> None:
    # A moment, so that Bolt's first look comes too early, as it does for a listener that saves something.
    threading.Event().wait(0.001)
    ack("done")


def acks_and_breaks(ack: Ack) -> None:
    ack("done")
    raise RuntimeError("afterwards")


def test_bolts_own_runner_makes_everybody_wait_ten_milliseconds(app_with):
    assert quickest(app_with(acks_late, ours=False)) >= 0.010


def test_ours_answers_the_moment_the_listener_does(app_with):
    assert quickest(app_with(acks_late, ours=True)) < 0.009


def test_bolts_own_runner_forgets_an_answer_when_something_breaks_right_after_it(app_with):
    assert app_with(acks_and_breaks, ours=False).dispatch(command()).status == 404


def test_ours_keeps_the_answer_whatever_happens_after_it(app_with):
    answer = app_with(acks_and_breaks, ours=True).dispatch(command())

    assert (answer.status, answer.body) == (200, "done")


def test_the_error_handler_still_hears_of_what_broke(app_with):
    heard: list[str] = []
    app = app_with(acks_and_breaks, ours=True)
    seen = threading.Event()

    @app.error
    def hear(error: Exception) -> None:
        heard.append(str(error))
        seen.set()

    app.dispatch(command())

    assert seen.wait(2)
    assert heard == ["afterwards"]


def test_a_listener_that_breaks_before_it_answers_gives_an_error_at_once(app_with):
    def breaks(ack: Ack) -> None:
        raise RuntimeError("before")

    began = time.perf_counter()
    answer = app_with(breaks, ours=True).dispatch(command())

    assert answer.status == 500
    assert time.perf_counter() - began < 0.3


def test_only_the_first_answer_counts(app_with):
    def acks_twice(ack: Ack) -> None:
        ack("first")
        ack("second")

    assert app_with(acks_twice, ours=True).dispatch(command()).body == "first"


def test_a_listener_that_never_answers_is_given_up_after_slacks_patience(app_with):
    began = time.perf_counter()

    answer = app_with(lambda ack: None, ours=True).dispatch(command())

    assert answer.status == 404
    assert 0.35 < time.perf_counter() - began < 2


def test_a_slow_listener_holds_up_no_other(app_with):
    release = threading.Event()

    def slow(ack: Ack) -> None:
        ack()
        release.wait(5)

    app = app_with(slow, ours=True)

    assert [app.dispatch(command()).status for _ in range(3)] == [200, 200, 200]
    release.set()


def test_lazy_listeners_are_refused_rather_than_forgotten(app_with):
    app = app_with(acks, ours=True)
    app.command("/other")(ack=acks, lazy=[lambda: None])
    request = BoltRequest(body=command().raw_body.replace("/hrdd", "/other"), headers=command().headers)

    assert app.dispatch(request).status == 500


def test_an_acknowledgement_cannot_be_taken_back():
    ack = WakingAck()
    assert not ack.wait(0)
    ack("done")
    ack.response = None
    ack.response = BoltResponse(status=500)

    assert ack.wait(0)
    assert ack.response is not None
    assert ack.response.status == 200
