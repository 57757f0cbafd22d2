"""The home: what I owe, my checks and cases; for a lead the caseload in the order of urgency, for others not."""

from __future__ import annotations

import pytest

from bot.playground import Hand
from bot.views import home as views
from prompts import render
from storage import cases
from tests.flow.world import FACES, LIMITED, SERIOUS, WORDING, World, at, said

URGENT = {**SERIOUS, "M4": "2", "M6": "4", "M7": "4"}
"""It cannot be undone and is happening: first in the queue."""


def home_of(who: Hand) -> str:
    view = who.opens_home()
    assert view is not None
    return said(view)


def test_a_home_with_nothing_on_it_says_so_kindly(world: World):
    text = home_of(world.sam)

    assert "Nothing. Thank you." in text
    assert "Your first one takes three minutes" in text
    assert "All open cases" not in text


def test_the_engineer_finds_own_checks_and_cases(world: World):
    world.raises("Face tagging", FACES)
    world.sends(world.amina, "New icons", WORDING)

    text = home_of(world.amina)

    assert "*L3*  Harbor Photos: Face tagging" in text
    assert "*L0*  Harbor Photos: New icons" in text
    assert "waits for <@U0RUTH>" in text


def test_nobody_sees_the_cases_of_others(world: World):
    world.raises("Face tagging", FACES)

    assert "Face tagging" not in home_of(world.sam)
    assert "All open cases" not in home_of(world.diego)


def test_the_owner_finds_what_waits_with_its_clock(world: World):
    world.raises("Voice rooms", LIMITED)

    text = home_of(world.diego)

    waiting = text.split("*Waiting for you*")[1].split("*Your last checks*")[0]
    assert "Voice rooms" in waiting
    assert "Acknowledge by" in waiting


def test_a_lead_sees_every_open_case_with_what_gets_worse_by_waiting_first(world: World):
    world.raises("Voice rooms", LIMITED)
    world.raises("Search", SERIOUS)
    world.raises("Lock out", URGENT)
    world.raises("Face tagging", FACES)

    caseload = home_of(world.noor).split("*All open cases (4)*")[1]

    places = [caseload.index(name) for name in ("Lock out", "Face tagging", "Search", "Voice rooms")]
    assert places == sorted(places)


def test_a_lead_of_very_many_cases_is_told_that_there_are_so_many_or_more(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cases, "COUNTED", 2)
    monkeypatch.setattr(views, "COUNTED", 2)
    for name in ("Voice rooms", "Search", "Lock out"):
        world.raises(name, SERIOUS)

    assert "*All open cases (2 or more)*" in home_of(world.noor)


def test_the_page_says_ten_thousand_so_that_it_can_be_read():
    assert render("home_caseload", count=views.COUNTED, more=True).startswith("*All open cases (10,000 or more)*")


def test_a_case_opens_with_one_click_from_the_home(world: World):
    world.raises("Search", SERIOUS)
    home_of(world.ruth)

    world.ruth.clicks("case.open", home=True)

    assert "HR-1" in said(world.ruth.sees_modal())


def test_a_long_caseload_turns_its_pages(world: World):
    for number in range(14):
        world.raises(f"Launch {number:02}", LIMITED)
    first = home_of(world.noor)
    assert "Launch 11" in first
    assert "Launch 12" not in first

    world.noor.clicks("home.more", home=True)
    world.noor.waits(lambda: "Launch 13" in said(world.noor.home()))
    assert "Launch 01" not in said(world.noor.home()).split("*All open cases")[1]

    world.noor.clicks("home.first", home=True)
    world.noor.waits(lambda: "Launch 01" in said(world.noor.home()).split("*All open cases")[1])


def test_a_check_can_be_started_from_the_home_and_a_draft_is_offered(world: World):
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, {"M1": ["CHG-DATA"]})
    world.until(lambda: world.counts()["drafts"])
    world.amina.closes()
    assert "You have a draft (*Face tagging*)" in home_of(world.amina)

    world.amina.clicks("check.start", home=True)

    world.shows(world.amina, "M2")


def test_an_acknowledged_case_says_who_has_it(world: World):
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))

    assert "with <@U0NOOR>" in home_of(world.amina)


@pytest.mark.parametrize("code", ["HR-1", "HR-77", "77", "#1"])
def test_a_case_of_somebody_else_answers_like_one_that_does_not_exist(world: World, code: str):
    world.raises("Search", SERIOUS, product="ferry-chat", channel="DM")

    reply = world.sam.types(f"/hrdd case {code}")

    assert reply.ephemeral is not None
    assert "no case that you can see has this id" in reply.ephemeral
    assert world.sam.modal() is None


def test_the_product_lead_may_open_a_case_above_them(world: World):
    world.raises("Search", SERIOUS)

    world.diego.types("/hrdd case HR-1")

    assert "Search" in said(world.diego.sees_modal())


@pytest.mark.parametrize("typed", ["nonsense", "", "HR-", "<!channel>"])
def test_a_case_that_is_not_named_is_asked_for_with_an_example(world: World, typed: str):
    reply = world.sam.types(f"/hrdd case {typed}".strip())

    assert "please type it as in /hrdd case HR-12" in str(reply.ephemeral)
