"""Promises that are not kept are noticed, told to the people who run the bot, and taken up again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import outbox, timers
from storage.models import Outbox, Timer
from tests.flow.rounds import notifier_of, resting, round_once
from tests.flow.world import SERIOUS, World
from workflows import auditor
from workflows.ports import CannotTell, Job
from workflows.sweep import LEASE


def alarms(world: World) -> list[str]:
    return [each.text for each in world.posts("C0OPS")]


@pytest.mark.every_way("store")
def test_what_nobody_takes_up_is_told_to_the_operators_once_an_hour(world: World):
    with resting(world):
        world.sends(world.amina, "Search", SERIOUS)
        now = world.clock.now() + timedelta(minutes=6)
        found = auditor.look(world.desk, (), now)
        auditor.look(world.desk, (), now + timedelta(minutes=10))
        assert found.overdue == 2, "the card and the result"
        alarm = [row for row in world.rows(Outbox) if row.kind == "alarm"]
        assert [row.lane for row in alarm] == ["C0OPS"]
        world.clock.moves(minutes=20)
    world.settles()

    (told,) = alarms(world)
    assert "hrdd jobs" in told


def test_a_quiet_bot_raises_no_alarm(world: World):
    world.raises("Search", SERIOUS)

    found = auditor.look(world.desk, (), world.clock.now())

    assert dict(found) == {"overdue": 0, "engine": 0, "maybe_sent": 0, "parked": 0, "slot": 0}
    world.settles()
    assert alarms(world) == []


@pytest.mark.every_way("store")
def test_jobs_that_the_engine_gave_up_are_handed_out_again_at_once(world: World):
    with resting(world):
        world.sends(world.amina, "Search", SERIOUS)
        now = world.clock.now()
        with world.db.write() as session:
            (clock,) = [row for row in world.rows(Timer) if row.kind == "answer"]
            handed = outbox.hand_due(session, now, LEASE, 10, timedelta(0))
            steps = timers.hand_due(session, clock.due_at, LEASE, 10)
        failed = [Job("send", each.id, each.attempt) for each in handed]
        failed += [Job("step", each.id, each.generation) for each in steps]

        found = auditor.look(world.desk, failed, now)

        assert found.engine == len(failed) >= 3
        assert {row.due_at for row in world.rows(Outbox) if row.state == "handed"} == {now}
        assert {row.look_at for row in world.rows(Timer) if row.state == "handed"} == {now}
    world.settles()
    assert any("started anew" in text for text in alarms(world))
    assert {row.state for row in world.rows(Outbox)} == {"sent"}


@pytest.mark.every_way("store")
def test_a_message_that_cannot_be_looked_up_is_left_to_a_person_and_never_sent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    def cannot(*_: object) -> None:
        raise CannotTell("missing_scope")

    with resting(world):
        world.sends(world.amina, "Search", SERIOUS)
        world.standin.faults.fail("chat.postMessage", "drop", times=2, before_storing=False)
        round_once(world, world.clock.now())
        monkeypatch.setattr(notifier_of(world), "find", cannot)
        world.clock.moves(minutes=1)
        round_once(world, world.clock.now())
        lost = {row.key: row.state for row in world.rows(Outbox) if row.kind in ("card", "result")}
        assert set(lost.values()) == {"maybe_sent"}
        found = auditor.look(world.desk, (), world.clock.now())
        auditor.look(world.desk, (), world.clock.now() + timedelta(hours=3))
        assert found.maybe_sent == 2
    world.settles()

    (told,) = alarms(world)
    assert "Of 2 messages nobody can tell whether they arrived" in told
    assert (len(world.posts("C0RIGHTS")), len(world.told(world.amina))) == (1, 1)
    with world.db.write() as session:
        assert all(outbox.say_sent(session, key, world.clock.now()) for key in lost)
    assert auditor.look(world.desk, (), world.clock.now()).maybe_sent == 0
