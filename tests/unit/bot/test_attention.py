"""People first: background work waits while somebody is being answered, and never for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bot.attention import QUIET_SECONDS, Attention
from bot.worker import GIVE_WAY_SECONDS

LONG = 10.0
"""Seconds that no test waits for, unless something is wrong."""


@contextmanager
def gives_way(attention: Attention, seconds: float) -> Iterator[threading.Event]:
    """Let a worker give way on a thread of its own; the event is set once it goes on."""
    begun, goes_on = threading.Event(), threading.Event()

    def worker() -> None:
        begun.set()
        attention.give_way(seconds)
        goes_on.set()

    thread = threading.Thread(target=worker)
    thread.start()
    assert begun.wait(LONG)
    yield goes_on
    thread.join(LONG)
    assert not thread.is_alive()


def test_nobody_waits_where_nobody_is_being_answered() -> None:
    before = time.monotonic()

    Attention().give_way(LONG)

    assert time.monotonic() - before < LONG / 2


def test_the_worker_waits_while_somebody_is_answered_and_goes_on_the_moment_they_are() -> None:
    attention = Attention()
    with ExitStack() as act:
        act.enter_context(attention.on_a_person())
        with gives_way(attention, LONG) as goes_on:
            assert not goes_on.wait(0.05)
            before = time.monotonic()
            act.close()
            assert goes_on.wait(LONG)
            assert time.monotonic() - before < LONG / 2


def test_the_worker_waits_for_everybody_who_is_being_answered() -> None:
    attention = Attention()
    with ExitStack() as amina, ExitStack() as diego:
        amina.enter_context(attention.on_a_person())
        diego.enter_context(attention.on_a_person())
        with gives_way(attention, LONG) as goes_on:
            amina.close()
            assert not goes_on.wait(0.05)
            diego.close()
            assert goes_on.wait(LONG)


def test_the_worker_waits_a_quarter_of_a_second_at_most() -> None:
    attention = Attention()
    assert GIVE_WAY_SECONDS == 0.25
    with attention.on_a_person():
        before = time.monotonic()
        attention.give_way(GIVE_WAY_SECONDS)
        waited = time.monotonic() - before

    assert waited >= 0.24
    assert waited < 2.0, "however busy this machine is"


def test_the_worker_waits_for_a_quiet_moment_after_somebody_was_answered() -> None:
    attention = Attention()
    with attention.on_a_person():
        pass

    before = time.monotonic()
    attention.give_way(LONG)

    assert QUIET_SECONDS * 0.9 <= time.monotonic() - before < LONG / 2


def test_an_act_that_fails_is_over_all_the_same() -> None:
    attention = Attention()

    with pytest.raises(RuntimeError), attention.on_a_person():
        raise RuntimeError

    before = time.monotonic()
    attention.give_way(LONG)
    assert time.monotonic() - before < LONG / 2
