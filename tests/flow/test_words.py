"""What can be typed: help, unknown words and nothing at all get a friendly answer; a shortcut opens the form."""

from __future__ import annotations

import pytest

from tests.flow.world import World, block_ids, said


@pytest.mark.parametrize("typed", ["/hrdd", "/hrdd   ", "/hrdd help", "/hrdd HELP me"])
def test_help_shows_what_can_be_typed(world: World, typed: str):
    reply = world.sam.types(typed, "C0LAUNCHES")

    assert "`/hrdd check [name of the launch]`" in str(reply.ephemeral)
    assert "`/hrdd case HR-12`" in str(reply.ephemeral)


def test_only_the_person_who_typed_sees_the_answer(world: World):
    world.sam.types("/hrdd help", "C0LAUNCHES")

    assert len(world.sam.messages("C0LAUNCHES")) == 1
    assert world.diego.messages("C0LAUNCHES") == []


def test_an_unknown_word_is_named_and_the_known_ones_are_shown(world: World):
    reply = world.sam.types("/hrdd frobnicate now", "C0LAUNCHES")

    assert 'I do not know "frobnicate" yet' in str(reply.ephemeral)
    assert "/hrdd check" in str(reply.ephemeral)


def test_a_word_in_capitals_is_the_same_word(world: World):
    world.amina.types("/hrdd CHECK Face tagging", "C0PHOTOS")

    assert "launch" in block_ids(world.amina.sees_modal())


@pytest.mark.every_way("transport")
def test_the_shortcut_opens_an_empty_form(world: World):
    world.sam.shortcut("check.start")

    view = world.sam.sees_modal()

    assert block_ids(view)[1:] == ["product", "launch", "M1"]


def test_a_button_of_an_older_version_does_nothing_and_shows_no_error(world: World):
    dm = world.standin.workspace.dm_of("U0SAM")
    button = {"type": "button", "action_id": "gone.since", "text": {"type": "plain_text", "text": "Old"}}
    row = {"type": "actions", "block_id": "old", "elements": [button]}
    note = world.standin.workspace.post(dm, world.standin.workspace.bot_user, "old", [row], by_bot=True)

    world.sam.clicks("gone.since", message=(dm, note.ts))

    assert world.sam.notices() == []
    assert world.sam.modal() is None


def test_help_names_no_word_that_the_bot_does_not_know(world: World):
    text = str(world.sam.types("/hrdd help").ephemeral)

    for line in [line for line in text.splitlines() if line.startswith("• `/hrdd")]:
        word = line.split("`")[1].split()[1]
        reply = world.sam.types(f"/hrdd {word}")
        assert "I do not know" not in said(reply.ephemeral or "")
