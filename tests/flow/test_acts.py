"""What an owner can do: decide, put off once, pass to a colleague, say that harm is stopped; one outcome each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground import Hand
from bot.playground.deliver import Ack
from storage import mitigations
from storage.models import Timer
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, buttons, chosen, policy_with, said
from tests.records import DISCUSSION, NOOR, Company

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
def test_s8_an_approval_is_refused_until_the_record_holds_what_it_needs_and_then_the_record_goes_on(world: World):
    """S7, S8, S12, S16."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "go")
    world.noor.sets("reason", WHY)

    shown = world.noor.submits().modal

    assert shown["callback_id"] == "missing"
    for words in ("not yet put in words", "needs a mitigation", "No day is", "people concerned", "was said before"):
        assert words in said(shown)
    assert world.case(1).state == "acknowledged"

    world.noor.closes()
    assert chosen(world.noor.modal(), "reason") == WHY, "every word is still there"
    world.fills_record(1)
    reply = world.noor.submits()
    world.settles()

    assert "Saved" in said(reply.modal)
    case = world.case(1)
    assert (case.state, case.decision, case.decided_by) == ("tracked", "go", "U0NOOR")
    assert set(timers(world)) == {"look_again", "recheck"}
    assert any("HR-1" in text and "Noor" not in text for text in world.told(world.amina)[-1:])
    assert (world.kinds(1)[-1], world.wrote(1)[-1]) == ("case.decided", "communication")
    assert "case.acknowledge" not in buttons(world.posts("C0RIGHTS")[0])
    assert WHY not in said(world.posts("C0RIGHTS")), "a channel never carries what people wrote"
    assert world.whole()


def test_s13_conditions_become_mitigations_that_somebody_looks_after_and_is_told_of(world: World):
    """S8, S13: what a condition plans counts as planned."""
    owned(world)
    world.fills_record(1)
    ended = {"part": "mitigation", "entry": "1", "why": "It was only an idea"}
    Company(world.desk, world.clock.now()).writes(1, "ended", NOOR, **ended)
    asks(world, world.noor, "decide")
    assert "needs a mitigation" in said(world.noor.modal())
    world.noor.sets("outcome", "conditions")
    world.noor.sets("reason", WHY)
    assert set(world.noor.submits().errors) == {"conditions", "condition_type", "keeper", "check_on"}

    world.noor.sets("conditions", "Only in the pilot region\nTwo people read every refusal")
    world.noor.sets("condition_type", "MIT-HUMANREVIEW")
    world.noor.sets("keeper", "U0SAM")
    world.noor.sets("check_on", day(world, 100))
    assert set(world.noor.submits().errors) == {"check_on"}, "a serious risk is looked at within 90 days"
    world.noor.sets("check_on", day(world, 30))
    assert not world.noor.submits().errors
    world.settles()

    assert world.case(1).state == "tracked"
    with world.db.read() as session:
        found = mitigations.of_case(session, 1)
    assert [(each.type, each.owner_id, each.status) for each in found] == [("MIT-HUMANREVIEW", "U0SAM", "unproven")] * 2
    assert len([text for text in world.told(world.sam) if "HR-1" in text]) == 1
    world.sam.types("/hrdd case HR-1")
    assert "HR-1" in said(world.sam.sees_modal()), "who looks after it may see the case"


@pytest.mark.parametrize("kind", ["NOT_YET", "CANNOT"])
def test_s14_an_open_gap_answers_a_risk_and_is_kept_apart_from_what_is_mitigated(world: World, kind: str):
    """S14, S15, S32: an honest gap is no obstacle to a decision; a plan for remedy goes with it."""
    owned(world)
    world.fills_record(1)
    company = Company(world.desk, world.clock.now())
    company.writes(1, "ended", NOOR, part="mitigation", entry="1", why="It does not hold")
    fields = {"risk": "1", "kind": kind, "why": "No test exists", "decided_by": NOOR, "told": "The works council"}
    company.writes(1, "gap", NOOR, review_on=company.day(30), **fields)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "go")
    world.noor.sets("reason", WHY)

    assert "Saved" in said(world.noor.submits().modal)

    found = company.living(1)
    assert [each.text("kind") for each in found.record.of("gap")] == [kind]
    assert found.facts.mitigations == ()
    assert found.finding.remedy_plan_required


@pytest.mark.parametrize("outcome", ["stop", "exit"])
def test_s7_stopping_needs_a_reason_and_nothing_else_and_its_record_waits_until_it_is_whole(world: World, outcome: str):
    """S7, S9."""
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", outcome)
    assert set(world.noor.submits().errors) == {"reason"}

    world.noor.sets("reason", WHY)
    assert not world.noor.submits().errors

    assert (world.case(1).decision, world.case(1).state) == (outcome, "tracked")
    assert "answer" not in timers(world)


def test_a_hold_keeps_the_case_open_and_asks_again_when_its_day_comes(world: World):
    owned(world)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "hold")
    world.noor.sets("reason", WHY)
    assert set(world.noor.submits().errors) == {"hold_until"}
    world.noor.sets("hold_until", day(world, 30))
    assert not world.noor.submits().errors
    world.settles()

    case = world.case(1)
    assert (case.state, case.decision) == ("acknowledged", "hold")
    assert case.decide_due_at is not None
    assert case.decide_due_at > world.clock.now() + timedelta(days=29)
    world.waits_for()
    world.waits_for()
    assert world.kinds(1)[-2:] == ["case.reminded", "case.backup_asked"]


def test_s9_a_record_closes_only_when_nothing_in_it_is_left_empty(world: World):
    """S9, S48: somebody says what is told to whom, and two people talk at the end."""
    owned(world)
    world.fills_record(1)
    asks(world, world.noor, "decide")
    world.noor.sets("outcome", "go")
    world.noor.sets("reason", WHY)
    world.noor.submits()
    world.settles()
    while world.noor.modal():
        world.noor.closes()

    asks(world, world.noor, "close")
    world.noor.sets("reason", "The product ends")
    shown = world.noor.submits().modal
    assert "what is told to whom" in said(shown)
    assert "What was said at the end" in said(shown)
    assert world.case(1).state == "tracked"

    company = Company(world.desk, world.clock.now())
    company.writes(1, "communication", NOOR, codes=["COM-INT"], why="It is ours alone.")
    company.writes(1, "discussion", NOOR, **{**DISCUSSION, "moment": "CLOSING"})
    world.noor.closes()
    reply = world.noor.submits()
    world.settles()

    assert "closed" in said(reply.modal)
    assert (world.case(1).state, world.kinds(1)[-1], timers(world)) == ("closed", "case.closed", {})
    assert world.whole()


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
