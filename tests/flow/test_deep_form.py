"""The deep form DA-1: opened by its triggers, in short pages that several people fill; who filled what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from storage.models import Draft
from tests.flow.record_hands import clicks, entry, opened, record, values, writes
from tests.flow.record_samples import SAMPLES
from tests.flow.world import LIMITED, World, block_ids, said
from tests.records import A_KEY
from workflows.rules.parts import ITEMS, PARTS, Kind


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a key to seal names with; beside a file of its own an installation makes one itself."""
    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)


def pages(view: Mapping[str, Any]) -> list[str]:
    """Return the values of the buttons that open a page."""
    every = [each for block in view["blocks"] for each in block.get("elements", ())]
    return [each["value"] for each in every if each.get("action_id") == "deep.page"]


def test_the_deep_form_lists_what_the_level_needs_in_short_pages(world: World):
    """S5, S41."""
    opened(world)

    view = clicks(world, world.noor, "deep.open", "1")

    text = said(view)
    needed = record(world).facts.needed
    assert 10 < len(needed) < len(ITEMS)
    assert f"Page 1 of {-(-len(needed) // 4)}" in text
    assert pages(view)


def test_two_people_fill_different_items_and_both_are_named(world: World):
    opened(world)
    writes(world, world.amina, "1:D02:0:0", SAMPLES["D02"])
    writes(world, world.noor, "1:D05:0:0", SAMPLES["D05"])

    text = said(clicks(world, world.noor, "deep.open", "1"))

    assert "Filled by <@U0AMINA>" in text
    assert "Filled by <@U0NOOR>" in text
    assert entry(world, "D02").by == "U0AMINA"


def test_a_page_is_filled_in_one_go_and_what_is_left_empty_stays_open(world: World):
    opened(world)
    value = pages(clicks(world, world.amina, "deep.open", "1"))[0]
    view = clicks(world, world.amina, "deep.page", value, fresh=False)
    items = sorted({block.partition(".")[0] for block in block_ids(view) if "." in block})
    assert 2 <= len(items) <= 4
    assert len([each for each in view["blocks"] if each["type"] == "input"]) <= 16
    first = items[0]

    for block, given in SAMPLES[first].items():
        world.amina.sets(f"{first}.{block}", given)
    body = world.submission(world.amina)
    assert not world.amina.submits().errors
    world.delivers(body)

    assert [part for part in world.wrote() if part.startswith("D")] == [first]
    lower = world.standin.workspace.modals.stack("U0AMINA")[1]
    world.amina.waits(lambda: "Filled by <@U0AMINA>" in said(lower.spec))


def test_a_page_with_one_item_that_cannot_be_used_is_not_half_written(world: World):
    opened(world)
    value = pages(clicks(world, world.noor, "deep.open", "1"))[0]
    view = clicks(world, world.noor, "deep.page", value, fresh=False)
    first, second = sorted({block.partition(".")[0] for block in block_ids(view) if "." in block})[:2]
    for block, given in SAMPLES[first].items():
        world.noor.sets(f"{first}.{block}", given)
    half = [each.id for each in PARTS[second].fields if each.required]
    assert len(half) > 1, "a second field is missing then"
    world.noor.sets(f"{second}.{half[0]}", SAMPLES[second][half[0]])

    assert set(world.noor.submits().errors) == {f"{second}.{each}" for each in half[1:]}
    assert not any(part.startswith("D") for part in world.wrote())

    for name in half[1:]:
        world.noor.sets(f"{second}.{name}", SAMPLES[second][name])
    assert not world.noor.submits().errors
    assert {first, second} <= set(world.wrote())


def test_a_page_that_was_closed_is_there_again_also_in_the_window_of_one_item(world: World):
    opened(world)
    value = pages(clicks(world, world.noor, "deep.open", "1"))[0]
    view = clicks(world, world.noor, "deep.page", value, fresh=False)
    item = next(block for block in block_ids(view) if "." in block).partition(".")[0]
    name, given = next((k, v) for k, v in SAMPLES[item].items() if PARTS[item].field(k).kind is Kind.TEXT)
    world.noor.sets(f"{item}.{name}", given)
    world.noor.closes()
    world.until(lambda: len(world.rows(Draft)) == 1)

    clicks(world, world.noor, "record.write", f"1:{item}:0:0", fresh=False)

    assert values(world.noor)[name] == given


def test_a_case_that_needs_no_deep_form_says_so_and_a_lead_may_ask_for_it(world: World):
    world.raises("Search", LIMITED)
    view = clicks(world, world.diego, "deep.open", "1")
    assert "does not need the long form" in said(view)
    assert "deep.ask" not in json.dumps(view["blocks"])
    assert pages(view) == []

    clicks(world, world.noor, "deep.open", "1")
    view = clicks(world, world.noor, "deep.ask", "1", fresh=False)

    assert pages(view)
    assert "Page 1 of" in said(view)
    assert world.kinds().count("case.deep_asked") == 1
    assert pages(clicks(world, world.diego, "deep.open", "1"))


def test_somebody_who_is_invited_may_fill_and_is_named(world: World):
    opened(world)
    assert not writes(world, world.noor, "1:invited:0:0", SAMPLES["invited"]).errors

    assert not writes(world, world.sam, "1:D09:0:0", SAMPLES["D09"]).errors

    assert entry(world, "D09").written_by == ("U0SAM",)
