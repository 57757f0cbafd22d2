"""Odd characters: tabs after the first word, halves of characters, and names of nothing but emoji."""

from __future__ import annotations

import pytest

from storage.models import Case, Check
from tests.flow.world import SERIOUS, World, chosen, said


@pytest.mark.parametrize(
    "typed", ["check\tFace tagging", "check    Face tagging", " check \t Face \t tagging ", "CHECK\tFace tagging"]
)
def test_the_first_word_may_be_followed_by_a_tab_or_many_spaces(world: World, typed: str):
    world.amina.types(f"/hrdd {typed}", "C0PHOTOS")

    assert chosen(world.amina.sees_modal(), "launch") == "Face tagging"


@pytest.mark.parametrize("typed", ["case\tHR-1", "case     HR-1"])
def test_a_case_is_found_behind_a_tab_or_many_spaces(world: World, typed: str):
    world.raises("Search", SERIOUS)

    world.noor.types(f"/hrdd {typed}")

    assert "Search" in said(world.noor.sees_modal())


@pytest.mark.every_way("store")
def test_nul_and_halves_of_characters_are_dropped_and_the_rest_is_kept(world: World):
    world.opens(world.amina, "Search")
    world.fills(world.amina, {**SERIOUS, "M8.note": "a note"})
    body = world.submission(world.amina)
    values = body["view"]["state"]["values"]
    values["launch"]["answer"]["value"] = "Se\x00ar\ud83dch \udc00🙂"
    values["M8.note"]["answer"]["value"] = "\ud800a \x00note"

    answer = world.delivers(body)
    assert (answer.data or {}).get("response_action") == "update", answer
    world.settles()

    (check,) = world.rows(Check)
    assert check.launch == "Search 🙂"
    assert check.answers["M8"]["note"] == "a note"
    assert "Search 🙂" in said(world.posts("C0RIGHTS")[0])


@pytest.mark.every_way("store")
@pytest.mark.parametrize("sign", ["🙂", "👩", "ß", "ŉ"])
def test_a_launch_of_the_longest_name_made_of_odd_signs_is_kept_and_found_again(world: World, sign: str):
    name = sign * 150

    world.raises(name, SERIOUS)
    world.raises(name, SERIOUS, who=world.sam)

    (case,) = world.rows(Case)
    assert case.launch == name
    assert len(world.rows(Check)) == 2
    assert sign * 20 in said(world.posts("C0RIGHTS")[0])
    assert sign * 20 in said(world.sam.opens_home())
