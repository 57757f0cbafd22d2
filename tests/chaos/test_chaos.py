"""Two dozen kills on each store in every test run, and each breakage once; `make chaos` does a thousand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos import kills, programs, scenarios
from tests.chaos.judge import Verdict
from tests.chaos.kills import Killed
from tests.chaos.stage import STORES, Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
KILLS = 24


@pytest.fixture(scope="module")
def killed() -> dict[Store, Killed | Exception]:
    """Kill on both stores side by side: most of the time is spent waiting for the next start."""
    programs.prepare()
    found: dict[Store, Killed | Exception] = {}

    def one(store: Store) -> None:
        try:
            found[store] = kills.run(store, KILLS, life=kills.SHORT[store], say=lambda _sentence: None)
        except Exception as error:
            found[store] = error

    threads = [threading.Thread(target=one, args=(store,)) for store in STORES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("store", STORES)
def test_two_dozen_kills_lose_nothing_double_nothing_and_keep_the_order(
    store: Store, killed: dict[Store, Killed | Exception]
) -> None:
    result = killed[store]
    assert isinstance(result, Killed), result

    assert result.kills == KILLS
    assert result.submissions > 20, result.people
    assert result.clean, result.as_json()


@pytest.mark.parametrize(
    ("scenario", "store"),
    [
        pytest.param(scenario, store, id=f"{scenario.__name__}-{store}")
        for scenario, where in scenarios.ALL
        for store in where
        # On one file there is nobody who could take over from a process that sleeps; `make chaos` does it all the same.
        if (scenario, store) != (scenarios.worker_stopped, "sqlite")
    ],
)
def test_nothing_is_lost_or_doubled_when(scenario: Callable[..., dict[str, Any]], store: Store) -> None:
    programs.prepare()

    # `make chaos` puts a worker to sleep four times.
    result = scenario(store, rounds=2) if scenario is scenarios.worker_stopped else scenario(store)

    assert result["clean"], result


def test_a_verdict_is_clean_only_where_every_number_is_nought() -> None:
    for what in ("lost", "duplicate", "ghost", "out_of_order", "given_up", "stuck_jobs", "ownerless"):
        verdict = Verdict()
        assert verdict.clean
        verdict.count(what, ["something"])
        assert not verdict.clean, what
