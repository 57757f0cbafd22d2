"""Nobody answers, the clock moves, and the case goes up; at the top a decision is refused, and then it counts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from bot.playground.run import Running
from tests.browser.seat import Seat
from tests.flow.world import Filling
from workflows.clock import utcnow

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def test_from_silence_to_a_decision(amina: Seat, sits: Callable[..., Seat], company: Running):
    """Ruth decides on her phone; the others sit at desks."""
    amina.sends_check("Face tagging")
    amina.closes()
    noor, ruth = sits("U0NOOR", "DM"), sits("U0RUTH", "DM", **PHONE)

    steps = (("09:00", noor, "A reminder"), ("10:00", ruth, "You are the backup"), ("14:00", noor, "moved up to L3"))
    for moment, who, told in steps:
        noor.clicks(noor.the("clock-next"))
        expect(noor.the("clock-now")).to_have_text(f"Tue, 3 Mar 2026, {moment}")
        expect(who.messages.last).to_contain_text(told)
    expect(noor.messages.last).to_contain_text("Nothing is asked of you")

    ruth.sits_as("U0RUTH", "C0BOARD")
    card = ruth.messages.last
    expect(card).to_contain_text("Moved up: no answer came in time")
    ruth.clicks(ruth.button("case.acknowledge", card))
    expect(card).to_contain_text("has this case")

    ruth.clicks(ruth.button("case.decide", card))
    ruth.chooses("outcome", "go")
    ruth.writes("reason", "We looked at it with the people it is about")
    ruth.submits()
    expect(ruth.modal).to_contain_text("something comes before a go")
    expect(ruth.modal).to_contain_text("Risk 1 is rated and not yet put in words")
    expect(ruth.button("record.write").first).to_be_visible()
    ruth.closes()
    assert ruth.field("reason").locator("textarea").input_value() == "We looked at it with the people it is about"

    Filling(company.process.desk, utcnow()).fills(1, "U0RUTH")
    ruth.submits()
    expect(ruth.modal).to_contain_text("HR-1")
    ruth.closes()
    expect(card).to_contain_text("Go.")
    expect(ruth.button("case.decide", card)).to_have_count(0)

    amina.goes("nav-dm", "hrdd")
    expect(amina.messages.last).to_contain_text("decided on HR-1")
    expect(amina.messages.last).to_contain_text("We looked at it with the people it is about")
