"""One browser for the whole run; for each test a company of its own, and for each person a window of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.playground.run import Running, playground
from tests.browser.chromium import NoBrowser, chromium
from tests.browser.seat import DESKTOP, Seat

HERE = Path(__file__).parent
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A working day, ten in the morning in Berlin."""
missing: list[str] = []

expect.set_options(timeout=8_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when the browser tests did not run: a skip is easy to overlook."""
    if missing:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True)
        terminalreporter.line(f"BROWSER TESTS DID NOT RUN: {missing[0]}", red=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser; without one the tests are skipped, or fail where HRDD_REQUIRE_BROWSER is set."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except NoBrowser as reason:
            if os.environ.get("HRDD_REQUIRE_BROWSER"):
                pytest.fail(f"HRDD_REQUIRE_BROWSER is set, but there is no browser: {reason}", pytrace=False)
            missing.append(str(reason))
            pytest.skip(f"BROWSER TESTS DID NOT RUN: {reason}")
        yield started


@pytest.fixture
def company(browser: Browser) -> Iterator[Running]:
    """Run the real bot beside a stand-in workspace, on a Monday morning; readers have no keys yet."""
    with playground(opens_at=MONDAY, demo_keys=False) as running:
        yield running


@pytest.fixture
def sits(browser: Browser, company: Running) -> Iterator[Callable[..., Seat]]:
    """Let a person sit down at a screen: `sits("U0AMINA", "C0PHOTOS")`; no page may have stumbled in the end."""
    with ExitStack() as stack:
        seats: list[Seat] = []

        def sit(person: str, place: str = "C0PHOTOS", **context: object) -> Seat:
            window = browser.new_context(**{**DESKTOP, **context})
            stack.callback(window.close)
            seats.append(Seat(window.new_page(), company.url))
            seats[-1].sits_as(person, place)
            return seats[-1]

        yield sit
        assert [each.stumbles for each in seats] == [[] for _ in seats]


@pytest.fixture
def amina(sits: Callable[..., Seat]) -> Seat:
    """Amina, the engineer, in the channel of her product."""
    return sits("U0AMINA")
