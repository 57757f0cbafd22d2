"""No open case without a living owner: left, away, a bot, a guest, out of the policy; whoever can answer has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from storage.models import Case, Timer
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, policy_with, said
from workflows import rerouting
from workflows.case import Sent, acknowledge, reassign
from workflows.rules.case import Act

OWNERS = ("U0DIEGO", "U0NOOR", "U0RUTH")
SUBSETS = [set(some) for size in range(4) for some in combinations(OWNERS, size)]


@pytest.mark.parametrize("gone", SUBSETS, ids=lambda gone: "-".join(sorted(gone)) or "nobody")
def test_whoever_is_gone_an_open_case_has_an_owner_who_can_answer_or_is_offered_to_everybody(
    found: Callable[..., World], tmp_path: Path, gone: set[str]
):
    """S57."""
    world = found(policy_with(tmp_path, lambda raw: raw.update(fallback_channel="C0PHOTOS")))
    for person in gone:
        world.standin.workspace.change_person(person, deleted=True)

    for launch, answers in (("Voice rooms", LIMITED), ("Search", SERIOUS), ("Face tagging", FACES)):
        world.raises(launch, answers)

    running = {row.case_id for row in world.rows(Timer)}
    for case in world.rows(Case):
        assert case.id in running
        # Up from the product lead is the human rights lead, and up from there the top; nobody is asked downwards.
        able = set(OWNERS[0 if case.rule_level == 1 else 1 :]) - gone
        if not able:
            assert (case.owner_id, case.channel_id) == (None, "C0PHOTOS")
            assert any(f"HR-{case.id}" in said(post) for post in world.posts("C0PHOTOS"))
        else:
            assert case.owner_id in able


@pytest.mark.parametrize("change", [{"deleted": True}, {"is_bot": True}, {"is_restricted": True}])
def test_an_owner_who_goes_after_acknowledging_is_found_and_the_backup_has_the_case(world: World, change: dict):
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
    world.settles()
    world.standin.workspace.change_person("U0NOOR", **change)
    world.desk.directory.forget()

    assert rerouting.after_absences(world.desk, world.clock.now()) == 1
    world.settles()

    case = world.case(1)
    assert (case.owner_id, case.state) == ("U0RUTH", "waiting")
    assert world.kinds(1)[-1] == "case.owner_replaced"
    assert world.happened(1)[-1].data["why"] == "left"
    assert any("HR-1" in text for text in world.told(world.amina)[-1:])
    assert rerouting.after_absences(world.desk, world.clock.now()) == 0, "once is enough"


def test_an_owner_whose_status_says_that_they_are_on_leave_is_passed_over(world: World):
    world.standin.workspace.change_person("U0NOOR", status_emoji=":palm_tree:")

    world.raises("Search", SERIOUS)

    assert world.case(1).owner_id == "U0RUTH"
    assert world.happened(1)[-1].data["why"] == "away"
    assert len(world.posts("C0RIGHTS")) == 1


def test_a_leave_that_is_over_counts_no_more(world: World):
    over = int((world.clock.now() - timedelta(hours=1)).timestamp())
    world.standin.workspace.change_person("U0NOOR", status_emoji=":palm_tree:", status_expiration=over)

    world.raises("Search", SERIOUS)

    assert world.case(1).owner_id == "U0NOOR"


def test_an_owner_whom_the_policy_names_as_away_is_passed_over_on_those_days_only(
    found: Callable[..., World], tmp_path: Path
):
    away = [{"from": "2026-03-01", "to": "2026-03-06"}]
    world = found(policy_with(tmp_path, lambda raw: raw.setdefault("people", {}).update(U0NOOR={"away": away})))

    world.raises("Search", SERIOUS)
    world.clock.moves(days=7)
    world.settles()
    world.raises("Voice", SERIOUS)

    assert world.case(1).owner_id == "U0RUTH"
    assert world.case(2).owner_id == "U0NOOR"


def with_ruth_as_lead(raw: dict) -> None:
    raw["roles"]["human_rights_lead"] = {"owner": "U0RUTH", "backup": "U0SAM", "channel": "C0RIGHTS"}
    raw["roles"]["executive_board"] = {"owner": "U0RUTH", "channel": "C0BOARD"}


@pytest.mark.every_way("store")
def test_a_change_of_policy_gives_open_cases_to_who_it_names_now(found: Callable[..., World], tmp_path: Path):
    world = found()
    world.raises("Search", SERIOUS)
    world.raises("Voice rooms", LIMITED)

    later = found(policy_with(tmp_path, with_ruth_as_lead))
    later.until(lambda: later.case(1).owner_id == "U0RUTH")
    later.settles()

    assert later.happened(1)[-1].data == {
        "gone": "U0NOOR",
        "owner": "U0RUTH",
        "role": "human_rights_lead",
        "why": "policy",
    }
    assert later.case(2).owner_id == "U0DIEGO", "who is still named keeps their case"
    assert any("<@U0RUTH>, this needs your answer" in said(post) for post in later.posts("C0RIGHTS"))
    assert later.whole()


def test_a_case_passed_on_by_hand_stays_where_a_person_put_it(found: Callable[..., World], tmp_path: Path):
    world = found()
    world.raises("Voice rooms", LIMITED)
    sent = Sent(1, "U0DIEGO", Act.REASSIGN, "Sam knows the product", "window")
    reassign(world.desk, sent, "U0SAM", world.clock.now())
    world.settles()

    later = found(policy_with(tmp_path, with_ruth_as_lead))
    later.until(lambda: [row for row in later.rows(Timer) if row.key == "digest"])
    later.settles()

    assert later.case(1).owner_id == "U0SAM"


def test_a_start_with_the_same_policy_changes_nothing(found: Callable[..., World]):
    world = found()
    world.raises("Search", SERIOUS)
    before = world.kinds(1)

    later = found()
    later.settles()

    assert later.kinds(1) == before
    assert later.posts("C0RIGHTS") == [], "the new company's Slack has heard nothing twice"


@pytest.mark.every_way("store")
def test_an_answer_that_comes_while_slack_is_asked_about_the_backup_moves_nothing_up(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    world.raises("Search", SERIOUS)
    world.waits_for()
    real = world.desk.directory.refresh

    def slowly(person: str, now: datetime) -> object:
        if person != "U0RUTH":
            return real(person, now)
        if world.case(1).state == "waiting":
            acknowledge(world.desk, 1, "U0NOOR", world.clock.now())
        return real(person, now)

    monkeypatch.setattr(type(world.desk.directory), "refresh", lambda _self, person, now: slowly(person, now))
    world.standin.workspace.change_person("U0RUTH", deleted=True)
    world.waits_for()

    assert (world.case(1).level, world.case(1).state) == (2, "acknowledged")
    assert "case.moved_up" not in world.kinds(1)
