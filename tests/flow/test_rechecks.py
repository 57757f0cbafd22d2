"""Months later the bot asks whether a mitigation still works: one message, one click, and silence moves up."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.playground.blockkit import lint_message
from bot.playground.values import Message
from storage.models import Nudge, Outbox, Timer
from tests.flow.world import SERIOUS, World, at, said
from tests.records import DIEGO, NOOR, Company
from workflows.rules.decision import Outcome

WORKS = {"effect": "EFFECTIVE", "evidence": "EV3", "context_changed": "NO"}
SHOWN = "Six of ninety refusals were taken back."


def tracked(world: World, mitigations: int = 1) -> Company:
    """Let a case be decided with mitigations that Diego looks after and that are checked after 29 days."""
    world.raises("Search", SERIOUS)
    people = Company(world.desk, world.clock.now())
    people.fills(1)
    for _ in range(mitigations - 1):
        people.mitigates(1)
    proven = {"evidence": "EV3", "evidence_note": "Measured by group.", "evidence_on": people.day(0)}
    fields = {
        "risk": "1",
        "type": "MIT-HUMANREVIEW",
        "what": "Two people read every refusal.",
        "owner": DIEGO,
        "signals": ["SIG-RESOURCE"],
        "next_check": people.day(29),
    }
    people.writes(1, "mitigation", NOOR, 1, **fields, **proven)
    people.acknowledges(1)
    people.decides(1, Outcome.GO)
    world.settles()
    return people


def prompt(world: World, number: int = 1) -> Message:
    """Let time pass until what is due was asked, and give the message."""
    world.waits_for(f"recheck:{number}")
    asked = [each for each in world.rows(Timer) if each.kind == "prompts"]
    world.passes(min(each.due_at for each in asked))
    return world.posts(world.standin.workspace.dm_of(DIEGO))[-1]


def acts(message: Message) -> list[str]:
    return [each["action_id"] for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


def rechecks(world: World) -> int:
    """Count the answers that were given."""
    return [each.kind for each in world.happened()].count("record.recheck")


def answers(world: World, message: Message, **fields: str) -> None:
    """Let Diego answer in the window."""
    world.diego.clicks("record.write", message=at(message))
    world.shows(world.diego, "effect")
    for field, value in {**WORKS, "shown_by": SHOWN, **fields}.items():
        world.diego.sets(field, value)
    reply = world.diego.submits()
    assert not reply.errors, reply.errors
    world.diego.closes()
    world.settles()


@pytest.mark.every_way("store")
def test_s13_the_owner_of_a_mitigation_is_asked_answers_and_next_time_needs_one_click(world: World):
    people = tracked(world)
    assert people.living(1).facts.mitigations[0].is_credited(world.clock.now())

    message = prompt(world)
    assert "does it still keep people from the harm" in said(message)
    assert "recheck.same" not in acts(message), "there is no last time yet"
    people.now = world.clock.now()
    assert not people.living(1).facts.mitigations[0].is_credited(people.now)
    answers(world, message)
    people.now = world.clock.now()
    assert people.living(1).facts.mitigations[0].is_credited(people.now)

    again = prompt(world)
    assert "recheck.same" in acts(again)
    world.diego.clicks("recheck.same", message=at(again))
    assert "as last time" in said(world.diego.sees_modal())
    world.diego.closes()
    world.settles()

    people.now = world.clock.now()
    assert people.living(1).facts.mitigations[0].is_credited(people.now)
    assert rechecks(world) == 2
    assert world.whole()


@pytest.mark.every_way("store")
def test_s10_silence_is_reminded_of_then_shared_and_after_a_week_moves_the_case_up(world: World):
    tracked(world)
    prompt(world)
    assert world.case(1).level == 2

    for _ in range(4):
        # Three steps; one more where the question arrived a moment later than promised, and its time began with it.
        if "case.recheck_unanswered" not in world.kinds():
            world.waits_for("recheck:1")

    case = world.case(1)
    assert (case.level, case.state) == (3, "waiting")
    told = [kind for kind in world.kinds() if kind.startswith("case.recheck") or kind == "case.reopened"]
    assert told == [
        "case.recheck_due",
        "case.recheck_reminded",
        "case.recheck_backup_asked",
        "case.recheck_unanswered",
        "case.reopened",
    ]
    assert "I asked before and it is still open" in said(world.posts(world.standin.workspace.dm_of(DIEGO)))
    assert not any(row.error for row in world.rows(Outbox))


def test_twelve_mitigations_come_in_one_message_that_slack_takes_and_two_stay_on_the_home(world: World):
    """S10."""
    tracked(world, mitigations=12)
    before = len(world.posts(world.standin.workspace.dm_of(DIEGO)))

    message = prompt(world)

    assert len(world.posts(world.standin.workspace.dm_of(DIEGO))) == before + 1
    assert lint_message({"text": message.text, "blocks": message.blocks}) == []
    assert acts(message).count("record.write") == 10
    assert "2 more on your home" in said(message)
    home = world.diego.opens_home()
    assert home is not None
    assert "Asked of you" in said(home)
    assert "What you look after" in said(home)
    row = next(each for each in world.rows(Outbox) if each.kind == "nudge")
    assert "refusal" not in json.dumps(row.data), "a promise carries ids only"


def test_not_now_puts_a_question_off_once_for_a_week(world: World):
    tracked(world)
    message = prompt(world)

    world.diego.clicks("recheck.snooze", message=at(message))
    assert "I ask you again" in said(world.diego.sees_modal())
    world.diego.closes()
    world.settles()
    world.passes(world.clock.now() + timedelta(minutes=10))
    world.diego.clicks("recheck.snooze", message=at(message))

    assert "put off once" in said(world.diego.sees_modal())
    world.diego.closes()
    count = len(world.told(world.diego))
    world.passes(world.clock.now() + timedelta(days=6))
    assert len(world.told(world.diego)) == count
    world.passes(world.clock.now() + timedelta(days=2))
    assert len(world.told(world.diego)) == count + 1
    assert "recheck.snooze" not in acts(world.posts(world.standin.workspace.dm_of(DIEGO))[-1])


def test_s20_same_as_last_time_is_refused_after_a_change_of_what_it_depends_on(world: World):
    people = tracked(world)
    answers(world, prompt(world))
    again = prompt(world)
    with world.db.write() as session:
        from storage import events

        data = {"signal": "SIG-RESOURCE", "countries": [], "customers": [], "defeats": []}
        events.append(session, "case:1", "case.signal", at=world.clock.now(), data=data)

    world.diego.clicks("recheck.same", message=at(again))

    assert "something changed since last time" in said(world.diego.sees_modal())
    people.now = world.clock.now()
    assert not people.living(1).facts.mitigations[0].is_credited(people.now)
    home = world.diego.opens_home()
    assert "Same as last time" not in said(home)


def test_an_answer_on_the_home_takes_the_question_off_it(world: World):
    tracked(world)
    answers(world, prompt(world))
    prompt(world)
    home = world.diego.opens_home()
    assert "Asked of you" in said(home)

    world.diego.clicks("recheck.same", home=True)
    world.diego.sees_modal()

    world.diego.waits(lambda: "Asked of you" not in said(world.diego.home()))
    assert rechecks(world) == 2


def test_somebody_who_left_is_not_asked_but_whoever_answers_for_the_case(world: World):
    """S10."""
    tracked(world)
    world.standin.workspace.change_person(DIEGO, deleted=True)

    world.waits_for("recheck:1")
    world.passes(world.clock.now() + timedelta(hours=1))
    world.passes(world.clock.now() + timedelta(hours=2))

    assert {each.person_id for each in world.rows(Nudge) if each.state != "ended"} == {NOOR}
    assert any("look again" in text for text in world.told(world.noor))


def test_s10_the_picture_is_still_right_in_one_click(world: World):
    people = tracked(world)
    answers(world, prompt(world))
    planned = world.case(1).look_again_at
    assert planned is not None
    world.passes(planned)
    # Easter Monday: nobody is at work.
    world.passes(planned + timedelta(days=3))
    asked = [each for each in world.posts(world.standin.workspace.dm_of(NOOR)) if "recheck.right" in acts(each)]

    world.noor.clicks("recheck.right", message=at(asked[-1]))

    assert "the picture is still right" in said(world.noor.sees_modal())
    people.now = world.clock.now()
    assert "case.picture_confirmed" in world.kinds()
    assert world.case(1).look_again_at > people.now + timedelta(days=80)
