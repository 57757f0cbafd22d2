"""What carries a sealed name stays here, in channels and in direct messages alike; who runs the bot sees how many."""

from __future__ import annotations

import json

from storage import outbox
from storage.models import Outbox
from tests.flow.world import FACES, World

NAME = "Ana Kovač"


def test_s26_no_message_carries_a_name_that_was_sealed_after_it_had_been_used(world: World) -> None:
    world.raises("Portal for A n a Kovac", FACES)
    before = len(calls(world))
    # The case before this one used the name openly; in any other it is somebody's safety.
    with world.db.write() as session:
        world.desk.seals.keep(session, 999, "sealed", 1, NAME, world.noor.id, world.clock.now())
    (card,) = world.posts("C0BOARD")
    world.ruth.clicks("case.acknowledge", message=(card.channel, card.ts))
    world.settles()

    parked = [row for row in world.rows(Outbox) if row.error == "sealed_name"]
    assert parked
    assert {row.state for row in parked} == {"parked"}
    assert not any("ovac" in json.dumps(call.request) for call in calls(world)[before:])
    with world.db.read() as session:
        assert outbox.depth(session, world.clock.now()).parked == len(parked)
    assert not any("ovac" in str(row.model_dump()) for row in world.rows(Outbox))


def test_s26_a_check_whose_name_holds_a_sealed_name_is_refused_beside_its_field(world: World) -> None:
    with world.db.write() as session:
        world.desk.seals.keep(session, 999, "sealed", 1, NAME, world.noor.id, world.clock.now())

    reply = world.sends(world.amina, "Portal for A n a Kovac", FACES)

    assert list(reply.errors) == ["launch"]
    assert not world.rows(Outbox)


def calls(world: World) -> list:
    """Give everything that the bot has said so far."""
    return [call for kind in ("chat.postMessage", "chat.update") for call in world.standin.wire.calls(kind)]
