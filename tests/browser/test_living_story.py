"""A launch, what keeps people from harm, three months, a new law: the case opens again, rises, and is decided anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from bot.playground.run import Running
from tests.browser.screens import LASTING, LAW, READERS, WHAT, Rest, tells
from tests.browser.seat import PHONE, Seat
from tests.flow.world import World
from tests.records import DIEGO
from workflows.clock import utcnow

ANSWERS = {
    name: [str(each) for each in (value if isinstance(value, list) else [value])] for name, value in LASTING.items()
}
MOST_STEPS = 8
WHY = "We looked at it with the people it is about."


def day(days: int) -> str:
    """Give a day from now, as a calendar takes it."""
    return (utcnow() + timedelta(days=days)).date().isoformat()


def writes_risk_and_mitigation(noor: Seat) -> None:
    """Start from what is missing in the case: put the risk in words, then write what answers it."""
    noor.clicks(noor.button("record.write", noor.modal).first)
    noor.writes("what", WHAT)
    assert noor.chosen("irremediability") == ["3"], "what the check said stands there already"
    noor.submits()
    expect(noor.modal).to_contain_text("Saved for")

    noor.clicks(noor.button("record.write", noor.modal).first)
    expect(noor.field("risk").locator(".picker-face")).to_contain_text("1 ·")
    noor.chooses("type", READERS["type"])
    noor.writes("what", READERS["what"])
    noor.chooses("owner", "U0DIEGO")
    noor.chooses("evidence", "EV3")
    noor.writes("evidence_note", "Nobody outside was found in 400 tries.")
    noor.writes("evidence_on", day(0))
    noor.chooses("signals", "SIG-LAW")
    noor.writes("next_check", day(90))
    noor.submits()
    expect(noor.modal).to_contain_text("Saved for")
    noor.closes()


def waits_to_be_asked(diego: Seat, clock: Seat, world: World) -> None:
    """Let three months pass, then follow what is due until Diego is asked."""
    for step in ["clock-month"] * 3 + ["clock-next"] * MOST_STEPS:
        before = world.clock.now()
        clock.clicks(clock.the(step))
        world.until(lambda before=before: world.clock.now() - before > timedelta(minutes=1))  # type: ignore[misc]
        world.settles()
        asked = any(
            "does it still keep" in str(each.blocks) for each in world.posts(world.standin.workspace.dm_of(DIEGO))
        )
        if asked:
            break
    expect(diego.messages.filter(has_text="does it still keep people from the harm").first).to_be_visible()


def test_s20_a_new_law_takes_the_proof_away_and_the_case_is_decided_anew_one_level_up(
    amina: Seat, sits: Callable[..., Seat], company: Running
):
    """Diego looks after the mitigation from his phone; the others sit at desks."""
    amina.sends_check("Face tagging", ANSWERS)
    noor, diego = sits("U0NOOR", "DM"), sits("U0DIEGO", "DM", **PHONE)

    noor.says("/hrdd case HR-1")
    noor.clicks(noor.button("case.acknowledge", noor.modal))
    expect(noor.button("case.decide", noor.modal)).to_be_visible()
    writes_risk_and_mitigation(noor)
    expect(noor.modal).to_contain_text("counts until")
    Rest(company.process.desk, utcnow()).fills(1)
    noor.clicks(noor.button("case.decide", noor.modal))
    noor.chooses("outcome", "go")
    noor.writes("reason", WHY)
    noor.submits()
    expect(noor.modal).to_contain_text("HR-1")
    noor.closes()
    expect(noor.modal).to_contain_text("Go")
    noor.closes()

    waits_to_be_asked(diego, noor, World(company, "http"))
    diego.clicks(diego.button("context.open", diego.messages.last))
    tells(diego)
    expect(diego.modal).to_contain_text("1 case")
    expect(diego.modal).to_contain_text("1 mitigation relies on it")
    expect(diego.modal).to_contain_text("Face tagging")
    diego.submits()
    expect(diego.modal).to_contain_text("It is saved")
    diego.closes()

    ruth = sits("U0RUTH", "C0BOARD")
    card = ruth.messages.last
    expect(card).to_contain_text("L3 · Harbor Photos: Face tagging")
    expect(card).not_to_contain_text(LAW)
    ruth.clicks(ruth.button("case.acknowledge", card))
    ruth.clicks(ruth.button("case.decide", card))
    ruth.chooses("outcome", "go")
    ruth.writes("reason", WHY)
    ruth.submits()
    expect(ruth.modal).to_contain_text("something comes before a go")
    overdue = ruth.modal.locator(".block-section", has_text="The day to look at mitigation 1 has passed")
    ruth.clicks(ruth.button("record.write", overdue))
    expect(ruth.field("mitigation").locator(".picker-face")).to_contain_text("1 ·")
    ruth.chooses("effect", "EFFECTIVE")
    ruth.chooses("evidence", "EV3")
    ruth.writes("shown_by", "The police cannot read what never leaves the phone: 200 tries.")
    ruth.chooses("context_changed", "YES")
    ruth.writes("next_check", day(29))
    ruth.submits()
    expect(ruth.modal).to_contain_text("Saved for")
    ruth.closes()

    Rest(company.process.desk, utcnow()).fills(1)
    assert ruth.field("reason").locator("textarea").input_value() == WHY
    ruth.submits()
    expect(ruth.modal).to_contain_text("HR-1")
    expect(card).to_contain_text("Go.")
    amina.closes()
    amina.goes("nav-dm", "hrdd")
    expect(amina.messages.last).to_contain_text("decided on HR-1")
