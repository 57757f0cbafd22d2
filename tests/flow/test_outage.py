"""Slack is away or slow: an answer never waits for it, and what was promised leaves once, in order, later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.worker import Worker
from storage import outbox
from storage.errors import StorageBusy
from storage.models import Check, Outbox
from tests.flow.rounds import goes_down, notifier_of, resting, round_once, rounds
from tests.flow.world import LIMITED, SERIOUS, World, at, said
from workflows import clock, delivery
from workflows.sweep import LEASE


@pytest.mark.every_way("transport")
@pytest.mark.parametrize("error", ["server_error", "invalid_auth", "timeout"])
def test_the_first_request_after_a_start_asks_slack_who_we_are_in_vain_and_is_answered(world: World, error: str):
    world.standin.faults.fail("auth.test", error, times=1000)
    asked = len(world.standin.wire.calls("auth.test"))

    reply = world.sends(world.amina, "Search", SERIOUS)

    assert "HR-1" in said(reply.modal)
    assert len(world.rows(Check)) == 1
    assert len(world.standin.wire.calls("auth.test")) == asked, "no request waits for auth.test"


def three_launches(world: World) -> None:
    for name in ("One", "Two", "Three"):
        assert not world.sends(world.amina, name, SERIOUS).errors


def codes(world: World) -> list[str]:
    """The cases of the cards in the human rights channel, in order."""
    return [text.split()[0] for text in (each.text for each in world.posts("C0RIGHTS")) if text.startswith("HR-")]


@pytest.mark.every_way("store")
def test_three_hours_without_slack_park_nothing_and_everything_goes_out_once_and_in_order(world: World):
    with resting(world):
        goes_down(world)
        three_launches(world)
        begin = world.clock.now()

        seen = rounds(world, begin, begin + timedelta(hours=3))
        waits = [row.due_at - now for row, now in seen if row.claimed_at and row.state == "pending"]
        assert {row.state for row in world.rows(Outbox)} == {"pending"}
        assert world.posts("C0RIGHTS") == []

        world.standin.faults.clear()
        world.clock.moves(hours=3)
        back = begin + timedelta(hours=3)
        rounds(world, back, back + timedelta(minutes=30))

    assert max(waits) == timedelta(minutes=10)
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert codes(world) == ["HR-1", "HR-2", "HR-3"]
    assert [next(name for name in ("One", "Two", "Three") if name in text) for text in world.told(world.amina)] == [
        "One",
        "Two",
        "Three",
    ]


def test_waits_grow_from_seconds_to_ten_minutes_and_no_further(world: World):
    with resting(world):
        goes_down(world)
        world.sends(world.amina, "One", SERIOUS)
        begin = world.clock.now()

        seen = rounds(world, begin, begin + timedelta(hours=1))
    last = {row.attempts: row.due_at - now for row, now in reversed(seen) if row.kind == "card"}
    waits = [last[attempt] for attempt in sorted(last)]

    assert waits[0] <= timedelta(seconds=5)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)


@pytest.mark.every_way("store")
def test_a_message_whose_answer_was_lost_before_hours_without_slack_is_found_and_not_posted_again(world: World):
    with resting(world):
        world.sends(world.amina, "One", SERIOUS)
        world.standin.faults.fail("chat.postMessage", "drop", times=2, before_storing=False)
        begin = world.clock.now()
        round_once(world, begin)
        assert len(world.posts("C0RIGHTS")) == 1
        goes_down(world)
        rounds(world, begin + timedelta(seconds=1), begin + timedelta(hours=3))

        world.standin.faults.clear()
        world.clock.moves(hours=3)
        rounds(world, begin + timedelta(hours=3), begin + timedelta(hours=4))

    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert (len(world.posts("C0RIGHTS")), len(world.told(world.amina))) == (1, 1)


def test_each_message_has_the_whole_of_its_lease_when_it_leaves(world: World, monkeypatch: pytest.MonkeyPatch):
    """However long it waited in the engine for those before it."""
    with resting(world):
        three_launches(world)
        worker = Worker(world.running.process._services)
        real, leases = worker._notifier._post, []

        def post(*args: object, **more: object) -> object:
            (row,) = [row for row in world.rows(Outbox) if row.state == "sending"]
            leases.append(row.due_at - world.clock.now())
            clock.shift(timedelta(seconds=3))
            return real(*args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(worker._notifier, "_post", post)
        while worker.run_once():
            pass

    assert len(leases) == 7, "three cards, three results, one word to the top"
    assert all(lease > timedelta(seconds=24) for lease in leases), leases
    assert {row.state for row in world.rows(Outbox)} == {"sent"}


@pytest.mark.every_way("store")
def test_a_sender_whose_lease_ran_out_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    with resting(world):
        world.sends(world.amina, "One", SERIOUS)
        late = notifier_of(world)
        real = late._post

        def post(*args: object, **more: object) -> object:
            posted = real(*args, **more)  # type: ignore[arg-type]
            # Meanwhile the lease runs out, and another worker takes the message over.
            with world.db.write() as session:
                outbox.hand_due(session, world.clock.now() + 2 * LEASE, LEASE, 10, timedelta(0))
            return posted

        monkeypatch.setattr(late, "_post", post)
        round_once(world, world.clock.now(), late, most=1)
        monkeypatch.undo()

        (card,) = [row for row in world.rows(Outbox) if row.kind == "card"]
        assert (card.state, card.ts, card.attempts, card.maybe_out) == ("handed", None, 2, True)
        assert world.case(1).card_ts is None
        world.clock.moves(seconds=5 * LEASE.total_seconds())

    world.settles()
    (standing,) = world.posts("C0RIGHTS")
    assert (world.case(1).card_channel_id, world.case(1).card_ts) == at(standing)


def cannot_be_made(case_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the card of one case stumble over something of ours."""
    real = delivery.card_of

    def card_of(session, desk, case, now):
        if case.id == case_id:
            raise ValueError("something of ours")
        return real(session, desk, case, now)

    monkeypatch.setattr(delivery, "card_of", card_of)


@pytest.mark.every_way("store")
def test_a_message_that_cannot_be_made_holds_up_nobody_and_is_taken_up_again_when_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db_url: str
):
    from bot.cli import main

    cannot_be_made(1, monkeypatch)
    with resting(world):
        world.sends(world.amina, "Search", SERIOUS)
        world.sends(world.amina, "Voice rooms", LIMITED)
        begin = world.clock.now()
        while round_once(world, begin):
            pass
        assert len(world.posts("C0LAUNCHES")) == 1
        assert len(world.told(world.amina)) == 2

        seen = rounds(world, begin, begin + timedelta(days=1))

    (bad,) = [row for row in world.rows(Outbox) if row.state != "sent"]
    assert (bad.state, bad.attempts, bad.error) == ("parked", 12, "own:ValueError")
    assert "pending" in {row.state for row, _ in seen if row.id == bad.id}
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    assert main(["jobs"]) == 0
    told = capsys.readouterr().out
    assert "1 can never arrive" in told
    assert bad.key in told
    assert "own:ValueError" in told

    monkeypatch.undo()
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    assert main(["jobs", "--again", "no such key"]) == 2
    assert main(["jobs", "--again", bad.key]) == 0
    world.settles()

    assert len(world.posts("C0RIGHTS")) == 1
    assert main(["jobs"]) == 0
    assert "can never arrive" not in capsys.readouterr().out


@pytest.mark.parametrize("error", ["server_error", "expired_trigger_id", "drop"])
def test_a_window_that_cannot_open_is_told_where_the_bot_is_no_member(world: World, error: str):
    world.standin.workspace.change_channel("C0PHOTOS", bot_is_member=False)
    world.standin.faults.fail("views.open", error, times=1)

    world.amina.types("/hrdd check Face tagging", "C0PHOTOS")

    (told,) = world.amina.waits(lambda: [each for each in world.amina.messages("C0PHOTOS") if each.ephemeral])
    assert "please" in told.text
    assert world.diego.messages("C0PHOTOS") == [], "only the person who typed reads it"


@pytest.mark.parametrize("trouble", ["ratelimited", "server_error"])
def test_a_look_that_failed_is_made_up_for_before_anything_is_posted_again(world: World, trouble: str):
    with resting(world):
        world.sends(world.amina, "One", SERIOUS)
        world.standin.faults.fail("chat.postMessage", "drop", times=2, before_storing=False)
        begin = world.clock.now()
        round_once(world, begin)
        world.standin.faults.fail("conversations.history", trouble, times=4)

        rounds(world, begin + timedelta(seconds=1), begin + timedelta(hours=1))

    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert (len(world.posts("C0RIGHTS")), len(world.told(world.amina))) == (1, 1)


def test_records_that_cannot_be_read_for_a_while_park_no_message(world: World, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: object) -> None:
        raise StorageBusy("busy")

    with resting(world):
        world.sends(world.amina, "One", SERIOUS)
        begin = world.clock.now()
        monkeypatch.setattr(delivery, "card_of", busy)
        rounds(world, begin, begin + timedelta(hours=3))
        (card,) = [row for row in world.rows(Outbox) if row.kind == "card"]
        assert card.attempts > delivery.OWN_FAULTS
        monkeypatch.undo()
        world.clock.moves(hours=3)
        rounds(world, begin + timedelta(hours=3), begin + timedelta(hours=4))

    assert len(world.posts("C0RIGHTS")) == 1
