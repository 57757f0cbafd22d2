"""What an owner can do: decide, put off once, pass to a colleague, say that harm is stopped; one outcome each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground import Hand
from bot.playground.deliver import Ack
from storage.models import Timer
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, buttons, policy_with, said

WHY = "We looked at it with the people who run the clinic."


def owned(world: World, launch: str = "Search", answers=SERIOUS, owner: Hand | None = None, channel: str = "C0RIGHTS"):
    """Let Amina send a check, and its owner acknowledge the case."""
    world.raises(launch, answers)
    card = world.posts(channel)[-1]
    (owner or world.noor).clicks("case.acknowledge", message=at(card))
    world.settles()
    return world.posts(channel)[-1]


def asks(world: World, who: Hand, act: str, number: int = 1) -> None:
    """Open the case and the window of an act in it."""
    who.types(f"/hrdd case HR-{number}")
    who.sees_modal()
    who.clicks(f"case.{act}")
    world.until(lambda: (who.modal() or {}).get("callback_id") == f"case.{act}")


def day(world: World, days: int) -> str:
    """Give a day from now as a date picker does."""
    return (world.clock.now() + timedelta(days=days)).date().isoformat()


def timers(world: World, number: int = 1) -> dict[str, Timer]:
    return {row.kind: row for row in world.rows(Timer) if row.case_id == number}


@pytest.mark.every_way("store")
def test_an_approval_is_refused_until_everything_it_needs_is_there_and_then_closes_the_case(world: World):
    """S8, S12."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "go")
    world.noor.sets("reason", WHY)

    refused = world.noor.submits()

    assert set(refused.errors) == {"mitigation", "look_again"}, refused.errors
    assert world.case(1).state == "acknowledged"

    world.noor.sets("mitigation", "Results leave out people who were reported missing")
    world.noor.sets("mitigation_owner", "U0DIEGO")
    world.noor.sets("look_again", day(world, 60))
    reply = world.noor.submits()
    world.settles()

    assert not reply.errors
    case = world.case(1)
    assert (case.state, case.decision, case.decided_by) == ("closed", "go", "U0NOOR")
    assert set(timers(world)) == {"look_again"}
    assert any("HR-1" in text and "Noor" not in text for text in world.told(world.amina)[-1:])
    assert world.kinds(1)[-1] == "case.decided"
    assert "case.acknowledge" not in buttons(world.posts("C0RIGHTS")[0])
    assert WHY not in said(world.posts("C0RIGHTS")), "a channel never carries what people wrote"
    assert world.whole()


@pytest.mark.parametrize("gap", ["NOT_YET", "CANNOT"])
def test_an_open_gap_stands_in_for_a_mitigation_and_is_kept_as_such(world: World, gap: str):
    """S14."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "conditions")
    world.noor.sets("reason", WHY)
    world.noor.sets("conditions", "Only in the pilot region")
    world.noor.sets("gap", gap)
    world.noor.sets("look_again", day(world, 30))

    reply = world.noor.submits()

    assert not reply.errors
    assert world.happened(1)[-1].data["gap"] == gap
    assert world.case(1).decision == "conditions"


@pytest.mark.parametrize("outcome", ["stop", "exit"])
def test_stopping_needs_a_reason_and_nothing_else(world: World, outcome: str):
    """S7."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", outcome)
    assert set(world.noor.submits().errors) == {"reason"}

    world.noor.sets("reason", WHY)
    assert not world.noor.submits().errors

    assert world.case(1).decision == outcome
    assert timers(world) == {}


def test_a_hold_keeps_the_case_open_and_asks_again_when_its_day_comes(world: World):
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "hold")
    world.noor.sets("reason", WHY)
    world.noor.sets("look_again", day(world, 30))
    assert not world.noor.submits().errors
    world.settles()

    case = world.case(1)
    assert (case.state, case.decision) == ("acknowledged", "hold")
    assert case.decide_due_at is not None
    assert case.decide_due_at > world.clock.now() + timedelta(days=29)
    world.waits_for()
    world.waits_for()
    assert world.kinds(1)[-2:] == ["case.reminded", "case.backup_asked"]


def test_on_the_day_to_look_again_those_who_keep_the_mitigation_are_asked(world: World):
    """S10."""
    owned(world)
    asks(world, world.noor, "decide")
    for block, value in {
        "outcome": "go",
        "reason": WHY,
        "mitigation": "A second look by a person",
        "mitigation_owner": "U0DIEGO",
        "look_again": day(world, 56),
    }.items():
        world.noor.sets(block, value)
    assert not world.noor.submits().errors
    world.settles()
    before = len(world.told(world.diego))

    world.clock.moves(days=56)
    world.settles()

    assert len(world.told(world.diego)) > before
    assert world.kinds(1)[-1] == "case.look_again"
    assert timers(world) == {}


def test_a_decision_can_be_put_off_once_with_a_reason_and_within_the_limit(world: World):
    owned(world)
    planned = world.case(1).decide_due_at
    asks(world, world.noor, "snooze")
    world.noor.sets("reason", "The audit comes a week later")
    world.noor.sets("until", day(world, 60))
    assert set(world.noor.submits().errors) == {"until"}

    world.noor.sets("until", day(world, 17))
    assert not world.noor.submits().errors
    world.settles()

    moved = world.case(1).decide_due_at
    assert None not in (planned, moved)
    assert moved > planned
    assert timers(world)["answer"].due_at > world.clock.now()
    world.noor.types("/hrdd case HR-1")
    assert "case.snooze" not in buttons(world.noor.sees_modal()), "once"


def test_a_case_passed_to_a_colleague_waits_for_them_and_keeps_the_date_of_its_decision(world: World):
    owned(world)
    planned = world.case(1).decide_due_at
    asks(world, world.noor, "reassign")
    world.noor.sets("person", "U0RUTH")
    assert set(world.noor.submits().errors) == {"reason"}
    world.noor.sets("reason", "I am away next week")
    assert not world.noor.submits().errors
    world.settles()

    case = world.case(1)
    assert (case.owner_id, case.state, case.level) == ("U0RUTH", "waiting", 2)
    assert case.decide_due_at == planned
    assert any("HR-1" in text for text in world.told(world.ruth))
    assert "<@U0RUTH>, this needs your answer" in said(world.posts("C0RIGHTS")[-1])


@pytest.mark.parametrize("person", ["U0AMINA", "U0NOOR"])
def test_nobody_judges_their_own_check_and_nobody_gets_what_they_have(world: World, person: str):
    """S2."""
    owned(world)
    asks(world, world.noor, "reassign")
    world.noor.sets("person", person)
    world.noor.sets("reason", WHY)

    assert set(world.noor.submits().errors) == {"person"}
    assert world.case(1).owner_id == "U0NOOR"


def test_harm_that_is_stopped_ends_its_clock_and_leaves_the_case_open(world: World):
    world.raises("Lock out", {**SERIOUS, "M7": "4"})
    assert "contain" in timers(world)
    owner = world.ruth
    asks(world, owner, "contain")
    owner.sets("reason", "Switched off on Monday")
    assert not owner.submits().errors
    world.settles()

    assert set(timers(world)) == {"answer"}
    assert world.case(1).contained_by == "U0RUTH"
    assert world.case(1).state == "waiting"


@pytest.mark.every_way("store")
def test_two_people_who_decide_at_once_give_one_decision_and_one_friendly_answer(world: World):
    owned(world)
    for who, outcome in ((world.noor, "stop"), (world.ruth, "exit")):
        asks(world, who, "decide")
        who.sets("outcome", outcome)
        who.sets("reason", WHY)
    bodies = [world.submission(who) for who in (world.noor, world.ruth)]

    with ThreadPoolExecutor(2) as pool:
        answers: list[Ack] = list(pool.map(world.delivers, bodies))
    world.settles()

    assert world.kinds(1).count("case.decided") == 1
    refused = [answer for answer in answers if (answer.data or {}).get("response_action") == "errors"]
    assert len(refused) == 1
    (sentence,) = (refused[0].data or {})["errors"].values()
    assert "decided" in sentence or "closed" in sentence
    assert world.whole()


def test_the_same_decision_sent_twice_counts_once(world: World):
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "stop")
    world.noor.sets("reason", WHY)
    body = world.submission(world.noor)

    first, second = world.delivers(body), world.delivers(body)
    world.settles()

    assert world.kinds(1).count("case.decided") == 1
    assert (first.data or {}).get("response_action") == (second.data or {}).get("response_action") == "update"


def test_a_case_that_nobody_can_answer_is_told_every_day_until_somebody_takes_it(found, tmp_path: Path):
    world = found(policy_with(tmp_path, lambda raw: raw.update(fallback_channel="C0LAUNCHES")))
    for person in ("U0DIEGO", "U0NOOR", "U0RUTH"):
        world.standin.workspace.change_person(person, deleted=True)
    world.raises("Voice rooms", LIMITED)
    world.clock.moves(minutes=20)
    world.settles()

    case = world.case(1)
    assert (case.owner_id, case.channel_id) == (None, "C0LAUNCHES")
    told = len(world.posts("C0LAUNCHES"))
    world.waits_for()
    assert len(world.posts("C0LAUNCHES")) > told
    assert "case.passed_to_nobody" in world.kinds(1)

    card = next(each for each in world.posts("C0LAUNCHES") if "case.acknowledge" in buttons(each))
    world.sam.clicks("case.acknowledge", message=at(card))
    world.settles()

    case = world.case(1)
    assert (case.owner_id, case.state) == ("U0SAM", "acknowledged")
    assert world.kinds(1)[-2:] == ["case.taken", "case.acknowledged"]
    assert "answer" in timers(world)


def test_a_case_that_nobody_owns_cannot_be_taken_from_elsewhere(found, tmp_path: Path):
    world = found(policy_with(tmp_path, lambda raw: raw.update(fallback_channel="C0RIGHTS")))
    for person in ("U0DIEGO", "U0NOOR", "U0RUTH"):
        world.standin.workspace.change_person(person, deleted=True)
    world.raises("Face tagging", FACES)
    world.settles()

    world.sam.types("/hrdd case HR-1")

    (answer,) = [each for each in world.sam.messages() if each.ephemeral]
    assert "no case that you can see" in answer.text
