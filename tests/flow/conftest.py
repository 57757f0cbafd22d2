"""One company for each test: over signed HTTP and SQLite, or each way where a story asks for all four."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.playground.run import Transport
from tests.flow.world import MONDAY, World, company


class Way(NamedTuple):
    """How Slack reaches the bot, and where the bot keeps its records."""

    transport: Transport
    store: str


USUAL = Way("http", "sqlite")
WAYS = {
    "transport": [USUAL, Way("socket", "sqlite")],
    "store": [USUAL, Way("http", "postgresql")],
    "all": [USUAL, Way("socket", "sqlite"), Way("http", "postgresql"), Way("socket", "postgresql")],
}


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of the main stories."""
    config.addinivalue_line("markers", "every_way(which): each transport, each store, or (all) each with each")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once, or in each way that its mark `every_way` asks for."""
    given = any(mark.args[0] == "way" for mark in metafunc.definition.iter_markers("parametrize"))
    if "way" in metafunc.fixturenames and not given:
        mark = metafunc.definition.get_closest_marker("every_way")
        ways = WAYS[mark.args[0] if mark.args else "all"] if mark else [USUAL]
        metafunc.parametrize("way", ways, ids="-".join, indirect=True)


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a recipient get messages without a second between them, and the engine look often; pace has its own tests."""
    monkeypatch.setenv("HRDD_CHANNEL_SECONDS", "0")
    monkeypatch.setenv("HRDD_POLL_SECONDS", "0.02")


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Way:
    """Say how this test runs."""
    return Way(*request.param)


@pytest.fixture
def store(way: Way) -> str:
    """Name the database, for `db_url`."""
    return way.store


@pytest.fixture
def found(way: Way, db_url: str) -> Iterator[Callable[..., World]]:
    """Found a company; with a policy of its own if wanted."""
    with ExitStack() as stack:
        later = count()

        def start(policy: Path | None = None) -> World:
            # One bot at a time: founding anew is a restart, an hour later, with another policy.
            stack.close()
            opens_at = MONDAY + timedelta(hours=next(later))
            return stack.enter_context(company(way.transport, db_url, policy, opens_at))

        yield start


@pytest.fixture
def world(found: Callable[..., World]) -> World:
    """Give a company as the playground shows it."""
    return found()
