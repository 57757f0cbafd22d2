"""What carries a sealed name stays here, in channels and in direct messages alike; who runs the bot sees how many."""

from __future__ import annotations

import json

from storage import outbox
from storage.models import Outbox
from tests.flow.world import FACES, World


def test_s26_a_check_whose_name_holds_a_sealed_name_is_kept_but_no_message_carries_it(world: World) -> None:
    now = world.clock.now()
    with world.db.write() as session:
        world.desk.seals.keep(session, 999, "sealed", 1, "Ana Kovač", world.noor.id, now)
    world.sends(world.amina, "Portal for A n a Кovac", FACES)
    world.settles()
    rows = world.rows(Outbox)
    parked = [row for row in rows if row.error == "sealed_name"]
    assert parked
    assert {row.state for row in parked} == {"parked"}
    calls = [call for kind in ("chat.postMessage", "chat.update") for call in world.standin.wire.calls(kind)]
    assert not any("ovac" in json.dumps(call.request) for call in calls)
    with world.db.read() as session:
        assert outbox.depth(session, world.clock.now()).parked == len(parked)
    assert not any("ovac" in str(row.model_dump()) for row in rows)
