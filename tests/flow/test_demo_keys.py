"""The playground lets everybody try anonymous reports at once, says so in red, and works without them too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.demo import NOTICE, PASSPHRASE
from bot.playground.page_api import Reader
from tests.flow.readers import leaves, reads, unlocks
from tests.flow.reporter import WORDS, chooses, opens, released, reports, vault_of, writes
from tests.flow.world import MONDAY, World, company, policy_with, said
from workflows.rules.holds import next_tick


@pytest.fixture
def demo(db_url: str) -> Iterator[World]:
    """Run a playground as everybody gets it."""
    with company("http", db_url, opens_at=MONDAY, demo_keys=True) as world:
        yield world


def due(world: World) -> object:
    return world.standin.workspace.clock.next_due()


def test_readers_can_open_reports_from_the_start_and_the_page_says_with_what(demo: World):
    assert Reader(demo.standin).state("U0SAM")["notice"] == NOTICE
    assert PASSPHRASE in NOTICE
    reports(demo.sam)
    released(demo)

    unlocks(demo.noor)
    assert WORDS in said(reads(demo.noor))
    leaves(demo.noor)


def test_the_clock_shows_the_next_slot_while_something_is_held_and_no_note_of_every_day(demo: World):
    demo.settles()
    slot = MONDAY.replace(hour=8) + timedelta(days=1)
    assert due(demo) != slot
    reports(demo.sam)
    assert due(demo) == slot, "nine o'clock in Berlin"

    opens(demo.amina)
    chooses(demo.amina, urgent=["yes"])
    writes(demo.amina)
    assert due(demo) == next_tick(demo.clock.now())
    released(demo, 2)
    assert due(demo) not in (slot, None), "then an answer is due"


def test_a_company_that_takes_no_concerns_has_a_playground_too(db_url: str, tmp_path: Path):
    policy = policy_with(tmp_path, lambda raw: raw.pop("concerns"))
    with company("http", db_url, policy, demo_keys=True) as world:
        assert Reader(world.standin).state("U0SAM")["notice"] == ""
        due(world)
        assert world.running.process._services.vault is None
        world.sam.types("/hrdd concern")
        assert "concern" in said(world.sam.sees_modal()).lower()


def test_a_playground_on_records_of_before_keeps_the_keys_that_are_there(db_url: str):
    for turn in range(2):
        with company("http", db_url, demo_keys=True) as world:
            assert bool(Reader(world.standin).state("U0SAM")["notice"]) is (turn == 0)
            assert vault_of(world).offers()
