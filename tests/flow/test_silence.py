"""What silence does: a reminder, the backup, the next level, and at the top every day. It never decides anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from storage.models import Case, Timer
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, said


def clock_of(world: World, kind: str = "answer", number: int = 1) -> Timer | None:
    """Return a clock of a case, or None where it does not run."""
    return next((row for row in world.rows(Timer) if row.key == f"case:{number}:{kind}"), None)


def why(world: World, number: int = 1) -> tuple[list[str], str]:
    """Return whom the last step told, and why."""
    data = world.happened(number)[-1].data
    return data["to"], data["why"]


@pytest.mark.every_way("store")
def test_nobody_answers_from_the_product_lead_to_the_top_and_the_case_stays_open(world: World):
    """S59."""
    world.raises("Voice rooms", LIMITED)

    seen = []
    for _ in range(9):
        world.waits_for()
        seen.append((world.happened(1)[-1].kind.removeprefix("case."), world.case(1).level))

    assert seen == [
        ("reminded", 1),
        ("backup_asked", 1),
        ("moved_up", 2),
        ("reminded", 2),
        ("backup_asked", 2),
        ("moved_up", 3),
        ("reminded", 3),
        ("backup_asked", 3),
        ("asked_again", 3),
    ]
    case = world.case(1)
    assert (case.state, case.owner_id, case.decision) == ("waiting", "U0RUTH", None)
    assert world.whole()


def test_each_step_says_who_was_told_and_why(world: World):
    world.raises("Voice rooms", LIMITED)

    world.waits_for()
    assert why(world) == (["U0DIEGO"], "acknowledge")
    world.waits_for()
    assert why(world) == (["U0NOOR"], "acknowledge")
    world.waits_for()
    assert why(world) == (["U0NOOR"], "acknowledge")
    assert world.happened(1)[-1].data["was"] == "U0DIEGO"

    assert any("HR-1" in text for text in world.told(world.diego)), "reminded, and told that it moved on"
    assert any("HR-1" in text for text in world.told(world.noor)), "asked as the backup"
    assert any("moved up" in text or "next level" in text for text in world.told(world.amina)), world.told(world.amina)
    world.amina.types("/hrdd case HR-1")
    history = said(world.amina.sees_modal())
    assert "<@U0DIEGO>" in history


def test_the_new_owner_gets_a_card_and_the_old_card_says_that_the_case_moved_on(world: World):
    world.raises("Voice rooms", LIMITED)
    for _ in range(3):
        world.waits_for()

    (old,) = world.posts("C0LAUNCHES")
    (new,) = world.posts("C0RIGHTS")
    assert "moved on" in said(old)
    assert "<@U0NOOR>, this needs your answer" in said(new)
    world.noor.clicks("case.acknowledge", message=at(new))
    world.settles()
    assert world.case(1).state == "acknowledged"


def test_an_acknowledgement_ends_the_clock_and_starts_the_one_for_the_decision(world: World):
    world.raises("Search", SERIOUS)
    before = clock_of(world)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    world.settles()

    after = clock_of(world)

    assert before is not None
    assert after is not None
    assert after.generation > before.generation
    assert after.due_at > before.due_at
    case = world.case(1)
    assert case.decide_due_at is not None
    assert after.due_at < case.decide_due_at
    world.waits_for()
    assert why(world) == (["U0NOOR"], "decide")


def test_a_decision_that_never_comes_moves_up_too(world: World):
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    world.settles()

    for _ in range(3):
        world.waits_for()

    assert world.kinds(1)[-3:] == ["case.reminded", "case.backup_asked", "case.moved_up"]
    assert world.case(1).level == 3
    assert world.case(1).state == "waiting"


def test_at_the_top_it_is_asked_every_day_until_somebody_answers(world: World):
    world.raises("Face tagging", FACES)
    for _ in range(6):
        world.waits_for()

    again = [event for event in world.happened(1) if event.kind == "case.asked_again"]
    assert len(again) == 4
    days = [later.at - earlier.at for earlier, later in pairwise(again)]
    assert timedelta(hours=6) <= days[0] <= timedelta(hours=30)
    assert all(abs(day - timedelta(hours=24)) < timedelta(minutes=1) for day in days[1:])
    lagos = [event.at.astimezone(world.desk.calendar_of("U0RUTH").zone).hour for event in again[1:]]
    assert set(lagos) == {world.desk.calendar_of("U0RUTH").start.hour}, "in the morning, not in the night"
    assert len([text for text in world.told(world.ruth) if "HR-1" in text]) >= 5

    world.ruth.clicks("case.acknowledge", message=at(world.posts("C0BOARD")[0]))
    world.settles()
    told = len(world.told(world.ruth))
    world.clock.moves(hours=30)
    world.settles()
    assert len(world.told(world.ruth)) == told


def test_after_a_week_without_the_bot_the_backup_is_asked_before_anything_moves_up(world: World):
    world.raises("Voice rooms", LIMITED)

    world.clock.moves(days=30)
    world.settles()

    assert world.kinds(1) == ["case.opened", "case.backup_asked"], "no reminder of a date that is long gone"
    assert world.case(1).level == 1
    world.waits_for()
    assert world.case(1).level == 2


def test_below_the_top_people_are_left_alone_at_night_and_on_holidays(world: World):
    world.passes(datetime(2026, 4, 2, 13, 0, tzinfo=UTC))
    world.raises("Voice rooms", LIMITED)
    while world.case(1).level < 3:
        world.waits_for()

    case_events = [event for event in world.happened(1) if event.kind != "case.opened"]
    local = [event.at.astimezone(world.desk.policy.calendar.zone) for event in case_events]
    assert all(moment.weekday() < 5 for moment in local), local
    assert all((9, 0) <= (moment.hour, moment.minute) < (17, 31) for moment in local), local
    holidays = {(2026, 4, 3), (2026, 4, 6)}
    assert not [moment for moment in local if (moment.year, moment.month, moment.day) in holidays]


def test_a_message_promised_at_night_leaves_in_the_morning_of_the_person_it_is_for(world: World):
    world.passes(datetime(2026, 3, 3, 21, 0, tzinfo=UTC))
    world.sends(world.amina, "Search", SERIOUS)
    world.settles()

    assert world.posts("C0RIGHTS") == []
    assert any("Search" in text for text in world.told(world.amina)), "what somebody just did is answered at once"

    world.passes(datetime(2026, 3, 4, 8, 0, 5, tzinfo=UTC))
    (card,) = world.posts("C0RIGHTS")
    assert "<@U0NOOR>, this needs your answer" in said(card)


def test_the_highest_level_is_asked_at_any_hour(world: World):
    world.passes(datetime(2026, 3, 3, 23, 0, tzinfo=UTC))

    world.raises("Face tagging", FACES)

    assert len(world.posts("C0BOARD")) == 1


def test_a_case_that_reaches_the_top_at_night_takes_its_waiting_messages_along(world: World):
    world.passes(datetime(2026, 3, 3, 21, 0, tzinfo=UTC))
    world.sends(world.amina, "Search", SERIOUS)
    world.settles()

    world.raises("Search", FACES)

    assert len(world.posts("C0BOARD")) == 1


def test_an_answered_question_is_not_asked_any_more(world: World):
    world.raises("Search", SERIOUS)
    timer = clock_of(world)
    assert timer is not None
    world.clock.moves(seconds=(timer.due_at - world.clock.now()).total_seconds() - 1)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    world.settles()
    world.clock.moves(seconds=10)
    world.settles()

    assert "case.reminded" not in world.kinds(1)


def test_harm_that_goes_on_is_told_to_owner_and_backup_and_then_one_level_up(world: World):
    world.raises("Lock out", {**SERIOUS, "M7": "4", "M4": "2"})
    case = world.case(1)
    world.diego.clicks("case.acknowledge", message=at(world.posts("C0LAUNCHES")[0]))
    world.settles()

    world.waits_for("contain")
    assert "case.contain_late" in world.kinds(1)
    world.waits_for("contain")

    assert world.case(1).level == case.level + 1
    assert clock_of(world, "contain") is not None, "it is asked every day until it is stopped"


def test_once_a_week_the_leads_read_what_is_open_and_what_waits_at_the_top(world: World):
    world.raises("Face tagging", FACES)

    world.clock.moves(days=7, hours=1)
    world.settles()
    world.clock.moves(days=1)
    world.settles()

    for lead in (world.noor, world.ruth):
        assert any("HR-1" in text for text in world.told(lead))
    assert next(row for row in world.rows(Timer) if row.key == "digest").due_at > world.clock.now()


def test_every_open_case_always_has_a_clock(world: World):
    """S59."""
    world.raises("Voice rooms", LIMITED)
    world.raises("Search", SERIOUS)
    world.raises("Face tagging", FACES)
    for _ in range(12):
        first = min(world.rows(Timer), key=lambda row: row.due_at)
        world.passes(first.due_at)
        running = {row.case_id for row in world.rows(Timer)}
        assert {case.id for case in world.rows(Case) if case.state != "closed"} <= running
