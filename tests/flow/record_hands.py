"""How people write a record in tests: they press a button, fill the window, and send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground import Hand
from tests.flow.record_samples import SEALED
from tests.flow.world import FLOORED, World, said
from workflows import living
from workflows.living import Living
from workflows.rules.record import Entry


def opens(world: World, who: Hand, case: str) -> None:
    """Open a case's own window, in place of whatever is open."""
    before = {view["id"] for view in who.stack()}
    who.types(f"/hrdd case HR-{case}")
    who.waits(lambda: (who.modal() or {}).get("id", "") not in {"", *before})


def clicks(world: World, who: Hand, action: str, value: str, *, fresh: bool = True) -> dict[str, Any]:
    """Press a button that some window offers: in the case's own window, opened anew, or in the one on top."""
    if fresh:
        opens(world, who, value.partition(":")[0])
    top = world.standin.workspace.modals.top(who.id)
    assert top is not None
    before = top.hash
    act = {"type": "button", "block_id": "b", "action_id": action, "value": value}
    assert world.delivers(world.standin.payloads.view_action(top, act)).status == 200

    def shown() -> bool:
        now = world.standin.workspace.modals.top(who.id)
        return now is not None and (now.id, now.hash) != (top.id, before)

    who.waits(shown)
    return who.modal() or {}


def writes(world: World, who: Hand, value: str, fields: Mapping[str, object], *, fresh: bool = True):
    """Open the window of a part, fill it, and send it."""
    view = clicks(world, who, "record.write", value, fresh=fresh)
    assert view["callback_id"] == "record.write", said(view)
    for block, given in fields.items():
        who.sets(block, given)
    return who.submits()


def record(world: World, number: int = 1) -> Living:
    with world.db.read() as session:
        return living.load(session, world.desk, world.case(number), world.clock.now())


def entry(world: World, part: str, number: int = 1) -> Entry:
    found = record(world).record.entry(part, number)
    assert found is not None, part
    return found


def opened(world: World, answers: Mapping[str, object] = FLOORED) -> World:
    """Let Amina send a check whose case Noor has; it begins with the risk as it was rated."""
    world.raises("Search", answers)
    return world


def values(who: Hand) -> dict[str, object]:
    """Return what the inputs of the window on top hold."""
    found = (who.modal() or {})["state"]["values"]
    held: dict[str, object] = {}
    for block, each in found.items():
        state = dict(each["answer"])
        state.pop("type")
        value = next(iter(state.values()))
        held[block] = value.get("value") if isinstance(value, dict) else value
    return held


def kept(fields: Mapping[str, object], part: str) -> dict[str, object]:
    """Return what a writing leaves in the record: the number of a seal in place of what is sealed."""
    expected = dict(fields)
    if part == "places":
        expected["countries"] = "DE, KE"
    return {name: value for name, value in expected.items() if name != SEALED.get(part)}
