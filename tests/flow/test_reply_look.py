"""Somebody who comes back is asked once more too, before words leave that tell who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.playground import Hand, Reply
from storage.envelopes import Pair
from tests.flow.reporter import (
    WORDS,
    chooses,
    keyed,
    opens,
    read_by,
    receipt,
    released,
    reports,
    returns,
    shows,
    vault_of,
    writes,
)
from tests.flow.world import World, block_ids, said

TELLING = "I told my manager twice that they were deleted"
PLAIN = "They were deleted, and others were in the hall"
OWN = "Sam was in the hall when they were deleted"


@pytest.fixture
def keys(world: World) -> Mapping[str, Pair]:
    """Give every recipient a key."""
    return keyed(world)


@pytest.fixture
def code(world: World, keys: Mapping[str, Pair]) -> str:
    """Give the code of a report of Sam's that was released, and come back with it."""
    found = reports(world.sam, checkin=["yes"])
    released(world)
    assert not returns(world.sam, found).errors
    return found


def adds(who: Hand, text: str, **fields: object) -> Reply:
    """Fill the window of somebody who came back, and send it."""
    for block, value in {"concern": text, **fields}.items():
        who.sets(block, value)
    return who.submits()


def filled(who: Hand) -> dict[str, Any]:
    """Return what stands in the fields of the window of somebody who came back."""
    return {block: each["answer"] for block, each in shows(who, "reply.read")["state"]["values"].items()}


def waits(world: World) -> int:
    """Return how many things are held."""
    vault = vault_of(world)
    with vault.db.read() as session:
        return len(vault.holding.everything(session))


@pytest.mark.every_way("all")
def test_words_that_tell_who_wrote_them_are_asked_about_and_can_be_changed(
    world: World, keys: Mapping[str, Pair], code: str
):
    assert not adds(world.sam, TELLING, urgent=["yes"]).errors

    shown = said(shows(world.sam, "reply.read"))
    assert "who you work with or for" in shown
    assert "Nothing is sent yet" in shown
    assert filled(world.sam)["concern"]["value"] == TELLING
    assert [each["value"] for each in filled(world.sam)["urgent"]["selected_options"]] == ["yes"]
    assert waits(world) == 0

    adds(world.sam, PLAIN)
    assert "within ten minutes" in said(shows(world.sam, "problem"))
    world.clock.moves(minutes=11)
    (case,) = released(world)
    world.until(lambda: read_by(world, case, keys["board-ruth"]) == [WORDS, PLAIN])


def test_words_that_tell_who_wrote_them_can_be_sent_as_they_are(world: World, keys: Mapping[str, Pair], code: str):
    adds(world.sam, TELLING)
    assert "as_it_is" in block_ids(shows(world.sam, "reply.read"))

    adds(world.sam, TELLING, as_it_is=["yes"])

    shows(world.sam, "problem")
    (case,) = released(world)
    world.clock.moves(days=15)
    world.until(lambda: read_by(world, case, keys["board-ruth"]) == [WORDS, TELLING])


def test_nobody_is_asked_about_words_that_tell_nothing_or_about_a_report_that_is_taken_back(world: World, code: str):
    adds(world.sam, PLAIN)
    assert "as_it_is" not in block_ids(shows(world.sam, "problem"))
    world.sam.closes()

    returns(world.sam, code)
    adds(world.sam, TELLING, take_back=["yes"])
    assert "cannot be undone" in said(shows(world.sam, "reply.read"))
    world.sam.submits()
    assert "being taken back" in said(shows(world.sam, "problem"))


def test_after_a_while_the_code_is_asked_for_and_the_words_are_looked_at_as_before(world: World, code: str):
    vault = vault_of(world)
    adds(world.sam, TELLING)
    vault._returns._came.clear()

    adds(world.sam, TELLING, as_it_is=["yes"])

    assert filled(world.sam)["concern"]["value"] == TELLING
    assert [each["value"] for each in filled(world.sam)["as_it_is"]["selected_options"]] == ["yes"]
    adds(world.sam, TELLING, receipt=code)
    shows(world.sam, "problem")
    world.sam.closes()

    returns(world.sam, code)
    vault._returns._came.clear()
    adds(world.sam, PLAIN)
    adds(world.sam, TELLING, receipt=code)
    assert "who you work with or for" in said(shows(world.sam, "reply.read"))
    assert "receipt" not in block_ids(shows(world.sam, "reply.read")), "the code was right, and is not asked for again"
    adds(world.sam, PLAIN)
    shows(world.sam, "problem")


@pytest.mark.every_way("transport")
def test_an_own_name_is_told_to_whoever_it_belongs_to_and_to_nobody_else(world: World, keys: Mapping[str, Pair]):
    for who, sees in ((world.amina, False), (world.sam, True)):
        opens(who)
        chooses(who)
        writes(who, OWN)
        if sees:
            assert "your own name" in said(shows(who, "concern.write"))
            writes(who, OWN, as_it_is=["yes"])
        code = receipt(who)
        who.closes()
        returns(who, code)
        adds(who, OWN)
        assert ("your own name" in said(who.modal())) is sees
        who.closes()
