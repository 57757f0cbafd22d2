"""What carries a sealed name goes out without what people wrote, in channels and in direct messages alike."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from storage import outbox
from storage.models import Case, Outbox
from tests.flow.test_case_window import desk_of
from tests.flow.world import FACES, LIMITED, World, at, buttons, said
from workflows.errors import BadAnswer, BadAnswers

NAME = "Ana Kovač"


def seals(world: World, name: str = NAME) -> None:
    """Seal a name in another case than those of these tests: in any, it is somebody's safety."""
    with world.db.write() as session:
        world.desk.seals.keep(session, 999, "sealed", 1, name, world.noor.id, world.clock.now())


def test_s26_a_check_that_names_somebody_sealed_is_saved_and_its_messages_go_out_bare(world: World) -> None:
    seals(world)

    case = world.raises("Portal for A n a Kovac", FACES)

    assert case.launch == "Portal for A n a Kovac"
    (card,) = world.posts("C0BOARD")
    assert "HR-1" in said(card)
    assert "<@U0RUTH>" in said(card)
    assert buttons(card) == ["case.open"]
    assert any("HR-1" in text for text in world.told(world.amina)), "whoever sent it is answered"
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert not any("ovac" in json.dumps(call.request) for call in calls(world))


def test_s26_a_card_that_stands_is_made_bare_when_a_name_in_it_is_sealed_later(world: World) -> None:
    world.raises("Face tagging", FACES)
    before = len(calls(world))
    (card,) = world.posts("C0BOARD")
    assert "case.acknowledge" in buttons(card)
    # As another process may do whose view of the launches is a moment old.
    with world.db.write() as session:
        world.desk.seals.keep(session, 999, "sealed", 1, NAME, world.noor.id, world.clock.now())
        session.get(Case, 1).launch = f"Portal for {NAME}"
    world.ruth.clicks("case.acknowledge", message=at(card))
    world.settles()

    (card,) = world.posts("C0BOARD")
    assert buttons(card) == ["case.open"]
    assert not any("ovac" in json.dumps(call.request) for call in calls(world)[before:])
    with world.db.read() as session:
        assert outbox.depth(session, world.clock.now()).parked == 0
    assert not any("ovac" in str(row.model_dump()) for row in world.rows(Outbox))


def test_s26_whether_a_name_is_sealed_cannot_be_asked_by_sending_a_check(world: World) -> None:
    seals(world)

    replies = [world.sends(world.amina, launch, FACES) for launch in (f"Portal for {NAME}", "Portal for somebody")]

    assert [reply.errors for reply in replies] == [{}, {}]


@pytest.mark.parametrize("word", ["primary", "UTC", "U0NOOR", "plain text"])
def test_s26_sealing_a_word_that_slack_needs_keeps_no_message_back(world: World, word: str) -> None:
    world.raises("Small thing", LIMITED)
    company = desk_of(world)
    with suppress(BadAnswer, BadAnswers):
        company.writes(1, "sealed", str(world.case(1).owner_id), names=word)
    before = len(world.posts("C0BOARD"))

    world.raises("Face tagging", FACES)

    assert len(world.posts("C0BOARD")) > before
    assert not [row for row in world.rows(Outbox) if row.error == "sealed_name"]
    assert {row.state for row in world.rows(Outbox)} == {"sent"}


def calls(world: World) -> list:
    """Give everything that the bot has said so far."""
    return [call for kind in ("chat.postMessage", "chat.update") for call in world.standin.wire.calls(kind)]
