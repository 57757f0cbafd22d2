"""What arrives twice counts once: the same submission again, two at once, a process that died half-way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.notifier import SlackNotifier
from bot.outward import Outward
from storage import outbox
from storage.models import Case, Check, Outbox
from tests.flow.rounds import round_once
from tests.flow.test_disagree import sees_it_differently
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, said
from workflows.sweep import LEASE, Swept


@pytest.mark.every_way
def test_the_same_submission_delivered_again_gives_the_first_receipt(world: World):
    first = world.sends(world.amina, "Face tagging", FACES)
    world.settles()
    before = world.counts()

    second = world.amina.resubmits_last()
    world.settles()

    assert said(second.modal) == said(first.modal)
    assert world.counts() == before
    assert (len(world.rows(Check)), len(world.posts("C0BOARD"))) == (1, 1)


@pytest.mark.every_way("store")
def test_two_deliveries_at_once_give_one_check_and_one_receipt(world: World):
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)
    body = world.submission(world.amina)

    with ThreadPoolExecutor(4) as all_at_once:
        answers = list(all_at_once.map(world.delivers, [body] * 4))
    world.settles()

    receipts = {said((answer.data or {}).get("view")) for answer in answers}
    assert len(receipts) == 1, answers
    assert "HR-1" in receipts.pop()
    assert (len(world.rows(Check)), len(world.rows(Case)), len(world.posts("C0BOARD"))) == (1, 1, 1)
    assert len(world.told(world.amina)) == 1
    assert world.whole()


@pytest.mark.every_way("store")
def test_two_people_checking_the_same_new_launch_at_once_share_one_case(world: World):
    bodies = []
    for who in (world.amina, world.sam):
        world.opens(who, "Search")
        world.fills(who, SERIOUS)
        bodies.append(world.submission(who))

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(world.delivers, bodies))
    world.settles()

    assert [(answer.data or {}).get("response_action") for answer in answers] == ["update", "update"]
    assert (len(world.rows(Check)), len(world.rows(Case))) == (2, 1)
    assert len(world.posts("C0RIGHTS")) == 1
    assert world.whole()


def test_a_disagreement_delivered_again_counts_once(world: World):
    world.sends(world.amina, "Search", SERIOUS)
    first = sees_it_differently(world, world.amina)

    second = world.amina.resubmits_last()

    assert second.errors == {}
    assert said(first.modal) == said(second.modal)
    assert len(world.rows(Check)) == 2


def test_a_hand_over_delivered_again_moves_the_case_once(world: World):
    world.raises("Voice rooms", LIMITED)
    # Noor is the backup of this level and the owner of the next: she could hand it up twice.
    world.noor.clicks("case.hand_up", message=at(world.posts("C0LAUNCHES")[0]))
    world.noor.sees_modal()
    first = world.noor.submits()

    again = world.noor.resubmits_last()
    world.settles()

    assert said(again.modal) == said(first.modal)
    assert world.case(1).level == 2
    assert world.kinds(1) == ["case.opened", "case.handed_up"]
    assert len(world.told(world.amina)) == 2


class Died(BaseException):
    """The process was killed at this point."""


def dies_sending(world: World, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second worker take up the outbox and die before or after its message reached Slack."""
    services = world.running.process._services
    notifier = SlackNotifier(services.client, Outward(services.desk.seals))
    real = notifier._post

    def post(*args: object) -> object:
        if point == "before":
            raise Died
        real(*args)  # type: ignore[arg-type]
        raise Died

    monkeypatch.setattr(notifier, "_post", post)
    with pytest.raises(Died):
        round_once(world, world.clock.now(), notifier, most=1)


@pytest.mark.every_way("store")
@pytest.mark.parametrize("point", ["before", "after"])
def test_a_message_whose_sender_died_is_looked_up_and_sent_once(
    world: World, point: str, monkeypatch: pytest.MonkeyPatch
):
    holds = rests(world, monkeypatch)
    world.sends(world.amina, "Search", SERIOUS)
    dies_sending(world, point, monkeypatch)
    assert [row.state for row in world.rows(Outbox)].count("sending") == 1
    assert len(world.posts("C0RIGHTS")) == int(point == "after")

    holds()
    world.clock.moves(seconds=LEASE.total_seconds() + 1)
    world.settles()

    (card,) = world.posts("C0RIGHTS")
    assert (world.case(1).card_channel_id, world.case(1).card_ts) == at(card)
    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    world.noor.clicks("case.acknowledge", message=at(card))
    world.settles()
    assert "<@U0NOOR> has this case" in said(world.posts("C0RIGHTS")[0])


def rests(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the worker of this process find nothing to do, until the function that is returned is called."""
    worker = world.running.process._worker
    assert worker is not None
    monkeypatch.setattr(worker, "look", lambda: Swept(0, None))
    return lambda: monkeypatch.delattr(worker, "look", raising=False)


def test_a_message_in_another_workers_hands_is_left_alone_while_its_lease_lasts(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    holds = rests(world, monkeypatch)
    world.sends(world.amina, "Search", SERIOUS)
    with world.db.write() as session:
        (taken,) = outbox.hand_due(session, world.clock.now(), timedelta(seconds=30), 1, timedelta(0))

    holds()
    world.running.process.wake()
    world.until(lambda: [row for row in world.rows(Outbox) if row.state == "sent"])

    assert {row.id: row.state for row in world.rows(Outbox)}[taken.id] == "handed"
