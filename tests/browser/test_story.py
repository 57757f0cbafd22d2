"""A check from the first word to the answer of its owner, as the people involved see it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

from playwright.sync_api import expect

from bot.playground.run import Running
from prompts import load_bank
from tests.browser import words
from tests.browser.seat import ABOUT_PEOPLE, FACES, START, WHOLE, WORST, Seat


def test_a_serious_check_reaches_the_human_rights_lead_and_comes_back_to_the_engineer(
    amina: Seat, sits: Callable[..., Seat]
):
    noor = sits("U0NOOR", "C0RIGHTS")
    noor.stays()
    expect(noor.messages).to_have_count(0)

    amina.starts_check("Face tagging")
    amina.sees_questions(*START)
    expect(amina.field("product")).to_contain_text("Harbor Photos")
    expect(amina.field("launch").locator("input")).to_have_value("Face tagging")
    amina.chooses("M1", "CHG-SENSITIVE")
    amina.sees_questions(*ABOUT_PEOPLE)
    amina.chooses("M2", "GRP-NONUSERS", "GRP-CHILD")
    amina.chooses("M3", "CTX-NOCHOICE")
    amina.sees_questions(*WORST)
    amina.chooses("M4", "3")
    amina.sees_questions(*WHOLE)
    amina.answers({name: FACES[name] for name in ("M5", "M6", "M7", "M8.mitigations", "M8.evidence")})
    assert amina.chosen("M2") == ["GRP-NONUSERS", "GRP-CHILD"]
    amina.submits()

    receipt = amina.modal
    expect(receipt.locator(".block-header")).to_have_text(words.verdict("L2"))
    expect(receipt.locator(".mk-item")).not_to_have_count(0)  # why
    expect(receipt).to_contain_text(re.compile(r"Owner: @Noor Rahman, human rights lead"))
    expect(receipt).to_contain_text(re.compile(r"by \d+ Mar 2026 at \d\d:\d\d.+by \d+ Mar 2026"))
    amina.closes()
    amina.goes("nav-dm", "hrdd")
    expect(amina.messages.last).to_contain_text(words.verdict("L2"))

    card = noor.messages
    expect(card).to_have_count(1)
    expect(card).to_contain_text("L2 · Harbor Photos: Face tagging")
    expect(card).to_contain_text("@Noor Rahman, this needs your answer")
    before = card.get_attribute("data-ts")
    noor.clicks(noor.button("case.acknowledge"))
    expect(card).to_contain_text("Acknowledged by @Noor Rahman")
    expect(card).to_contain_text("(edited)")
    expect(noor.button("case.acknowledge")).to_have_count(0)
    assert card.get_attribute("data-ts") == before
    assert noor.stayed

    expect(amina.messages.last).to_contain_text("@Noor Rahman has acknowledged HR-1")
    amina.goes("nav-home", "hrdd")
    expect(amina.the("home")).to_contain_text("L2 Harbor Photos: Face tagging")
    expect(amina.the("home")).to_contain_text("with @Noor Rahman")


def test_a_change_of_wording_ends_after_one_answer_and_asks_nobody(amina: Seat, company: Running, capsys):
    start = time.perf_counter()
    amina.starts_check("Friendlier button texts")
    amina.chooses("M1", "CHG-UI")
    expect(amina.modal).to_contain_text(load_bank().words["attestation_label"])
    amina.submits()
    expect(amina.modal.locator(".block-header")).to_have_text(words.verdict("L0"))
    seconds = time.perf_counter() - start

    with capsys.disabled():
        sys.stdout.write(f" [a wording check: {amina.acts} acts, {seconds:.1f} s] ")
    assert amina.acts == 5  # the command, the menu opened, one answer, the menu closed, sent
    amina.closes()
    expect(amina.modal).to_have_count(0)
    workspace = company.standin.workspace
    people = [each.id for each in workspace.people.values() if not each.is_bot]
    places = [*workspace.channels, *map(workspace.dm_of, people)]
    assert [message for place in places for message in workspace.history(place)] == []


def test_someone_who_sees_it_differently_says_so_once(amina: Seat):
    amina.sends_check("Face tagging")
    again = amina.button("check.disagree", amina.modal)

    amina.clicks(again)
    amina.sees_questions("disagreement", *WHOLE)
    assert amina.chosen("M2") == FACES["M2"]
    amina.writes("disagreement", "Only testers get it, and they can leave at any time.")
    amina.submits()
    expect(amina.modal).to_contain_text(words.SAVED)
    expect(again).to_have_count(0)

    amina.closes()
    amina.clicks(again)
    expect(amina.modal).to_contain_text(words.refusal("already_disagreed"))


def test_the_owner_sees_a_disagreement_on_the_card_and_reads_it_in_the_case(amina: Seat, sits: Callable[..., Seat]):
    noor = sits("U0NOOR", "C0RIGHTS")
    amina.sends_check("Face tagging")
    amina.clicks(amina.button("check.disagree", amina.modal))
    amina.writes("disagreement", "Only testers get it.")
    amina.submits()

    expect(noor.messages.first).to_contain_text("@Amina Haddad sees it differently")
    expect(noor.messages.first).not_to_contain_text("Only testers get it.")
    expect(noor.messages).to_have_count(1)
    noor.clicks(noor.button("case.open", noor.messages.first))
    expect(noor.modal).to_contain_text("Only testers get it.")


def test_a_check_starts_from_the_shortcut_and_from_the_home_as_well(amina: Seat):
    amina.clicks(amina.the("shortcuts"))
    amina.clicks(amina.page.locator('[data-callback-id="check.start"]:visible'))
    amina.sees_questions(*START)
    amina.clicks(amina.the("modal-x"))
    expect(amina.modal).to_have_count(0)

    amina.goes("nav-home", "hrdd")
    amina.clicks(amina.button("check.start", amina.the("home")))
    amina.sees_questions(*START)
