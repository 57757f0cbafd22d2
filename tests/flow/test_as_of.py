"""A case as it stood on a past day: level, owner, decision, mitigations, credit, and who knew what (S20, promise 4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from storage import events
from tests.flow.test_case_window import desk_of, opens, turns
from tests.flow.world import SERIOUS, World, at, said


def changes(world: World) -> None:
    """Let a law change around the first case; everything is recorded as a signal is."""
    with world.db.write() as session:
        events.append(session, "case:1", "case.signal", at=world.clock.now(), data={"signal": "SIG-LAW", "to": []})


def goes_back(world: World, who, day: date, *words: str) -> str:
    """Choose a past day in the window of a case."""
    who.chooses("case.as_of", day.isoformat())
    who.waits(lambda: all(word in said(who.modal()) for word in ("Nothing that happened later", *words)))
    return said(who.modal())


def today(world: World) -> date:
    return world.clock.now().date()


@pytest.mark.every_way("store")
def test_s20_before_the_signal_the_mitigation_still_counts_and_after_it_is_in_doubt(world: World):
    world.raises("Search", SERIOUS)
    desk_of(world).mitigates(1, evidence="EV3", next_check=desk_of(world).day(60))
    world.clock.moves(days=10)
    changes(world)
    world.clock.moves(days=1)
    now = opens(world, world.noor)
    assert "*in doubt* since: A law, licence or rule changes" in now
    assert "*counts until*" not in now

    then = goes_back(world, world.noor, today(world) - timedelta(days=2))

    assert "*counts until*" in then
    assert "A law, licence or rule changes" not in then
    assert "R1: SEV3, remote, so L1" in then
    assert "case.acknowledge" not in str(world.noor.modal())
    assert "record.write" not in str(world.noor.modal())
    assert "*in doubt*" in turns(world.noor, "case.today", "*in doubt*")


def test_s20_level_owner_and_decision_are_those_of_the_day(world: World):
    world.raises("Search", SERIOUS)
    day = today(world)
    world.clock.moves(days=1)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[-1]))
    opens(world, world.noor)
    world.noor.clicks("case.hand_up")
    world.noor.sees_modal()
    world.until(lambda: (world.noor.modal() or {}).get("callback_id") == "case.hand_up")
    world.noor.submits()
    world.settles()
    assert world.case(1).level == 3
    opens(world, world.noor)

    then = goes_back(world, world.noor, day)

    assert "L2 · Harbor Photos: Search" in then
    assert "It waited for <@U0NOOR>" in then
    assert "<@U0RUTH>" not in then
    timeline = turns(world.noor, "case.timeline", "Who knew of it by then")
    assert "handed" not in timeline
    assert "U0RUTH" not in timeline
    assert "As it stood on" in timeline
    assert "It waited for <@U0NOOR>" in turns(world.noor, "case.first", "It waited for")


def test_a_day_chosen_on_the_timeline_keeps_the_page(world: World):
    world.raises("Search", SERIOUS)
    first = today(world)
    world.clock.moves(days=3)
    desk_of(world).mitigates(1)
    opens(world, world.noor)
    turns(world.noor, "case.record", "shown to work")
    turns(world.noor, "case.first", "Timeline")

    then = goes_back(world, world.noor, first)
    assert "*M1*" not in then
    assert "*M1*" not in turns(world.noor, "case.record", "shown to work")


@pytest.mark.parametrize("days", [-30, 1])
def test_a_day_before_the_case_or_ahead_is_refused_in_one_sentence(world: World, days: int):
    world.raises("Search", SERIOUS)
    opens(world, world.noor)

    world.noor.chooses("case.as_of", (today(world) + timedelta(days=days)).isoformat())

    world.noor.waits(lambda: (world.noor.modal() or {}).get("callback_id") == "problem")


def test_what_is_sealed_stays_sealed_on_every_day(world: World):
    world.raises("Search", SERIOUS)
    desk_of(world).writes(1, "sealed", names="Ana Kovac")
    day = today(world)
    world.clock.moves(days=2)
    for who in (world.amina, world.noor):
        opens(world, who)
        then = goes_back(world, who, day)
        assert "1 entry is sealed" in then
        assert "Kovac" not in str(who.stack())
        assert "case.seals" not in str(who.modal())
        assert "Kovac" not in turns(who, "case.record", "Sealed names")
