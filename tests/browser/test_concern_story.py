"""An anonymous report from the first window to the answer: on a screen and on a phone, with the playground's keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.playground.demo import PASSPHRASE
from bot.playground.run import Running, playground
from tests.blind import cases
from tests.browser.conftest import MONDAY
from tests.browser.seat import DESKTOP, PHONE, Seat
from tests.browser.test_phone import SIDEWAYS, SMALL, THUMB

WORDS = "The valve of the third tank was painted over before the inspection"
ANSWER = "Thank you. The inspection is repeated in May."


@pytest.fixture
def company(browser: Browser) -> Iterator[Running]:
    """Run the playground as everybody gets it, readers' keys included."""
    with playground(opens_at=MONDAY) as running:
        yield running


class Looks:
    """A person at a screen, each of whose windows is looked at: does it fit, and how does it look."""

    def __init__(self, seat: Seat, folder: Path, *, thumbs: bool) -> None:
        self.seat = seat
        self._folder = folder
        self._thumbs = thumbs

    def sees(self, name: str, *words: str) -> None:
        """Expect words in the window on top, and that it fits."""
        for each in words:
            expect(self.seat.modal).to_contain_text(each)
        self.seat.page.screenshot(path=self._folder / f"{name}.png")
        assert self.seat.page.evaluate(SIDEWAYS) == [], name
        if self._thumbs:
            assert self.seat.page.evaluate(SMALL, THUMB) == [], name

    def goes_home(self, button: str) -> None:
        """Go to the bot's Home and press a button there."""
        self.seat.goes("nav-home", "hrdd")
        self.seat.clicks(self.seat.button(button, self.seat.the("home")).first)


def reports(sam: Looks) -> str:
    """Raise a concern and return the code."""
    seat = sam.seat
    sam.goes_home("concern.open")
    sam.sees("1-before", "But this is Slack", "Noor Rahman")
    seat.submits()
    expect(seat.field("mode")).to_be_visible()
    seat.chooses("mode", "anonymous")
    seat.chooses("topic", "TOP-SAFETY")
    sam.sees("2-how")
    seat.submits()
    expect(seat.field("concern")).to_be_visible()
    seat.writes("concern", WORDS)
    sam.sees("3-write")
    seat.submits()
    expect(seat.field("receipt")).to_be_visible()
    code = seat.field("receipt").locator("input.text, textarea.text").input_value()
    seat.writes("second_group", code.split("-")[1])
    seat.writes("fourth_group", code.split("-")[3])
    sam.sees("4-receipt")
    seat.submits()
    sam.sees("5-done", "Nobody will write to you")
    seat.closes()
    return code


def is_released(company: Running, seat: Seat) -> bool:
    """Let the clock go to the next slot, as often as it takes."""
    vault = company.process._services.vault
    assert vault is not None
    for _ in range(3):
        expect(seat.the("clock-next")).to_contain_text("in")
        before = seat.the("clock-now").text_content()
        seat.page.evaluate("document.querySelector('[data-testid=clock-next]').click()")
        expect(seat.the("clock-now")).not_to_have_text(before or "")
        expect(seat.the("clock-now")).to_contain_text("09:00")
        company.standin.workspace.wait_for(lambda: bool(cases(vault)), 2)
        if cases(vault):
            return True
    return False


def answers(noor: Looks) -> None:
    """Unlock the inbox, read the report and say what came of it."""
    seat = noor.seat
    noor.goes_home("inbox.open")
    noor.sees("6-unlock", "Demo keys", PASSPHRASE)
    seat.writes("passphrase", PASSPHRASE)
    seat.submits()
    expect(seat.button("inbox.read", seat.modal)).to_be_visible()
    noor.sees("7-list", "1 report is open to you")
    seat.clicks(seat.button("inbox.read", seat.modal))
    noor.sees("8-read", WORDS)
    seat.chooses("what", "feedback")
    seat.writes("concern", ANSWER)
    seat.submits()
    noor.sees("9-answered", ANSWER)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_somebody_is_heard_and_answered_and_nobody_knows_who_it_was(
    sits: Any, screen: Mapping[str, Any], company: Running, tmp_path: Path
):
    thumbs = screen is PHONE
    sam = Looks(sits("U0SAM", "HOME", **screen), tmp_path, thumbs=thumbs)
    noor = Looks(sits("U0NOOR", "HOME", **screen), tmp_path, thumbs=thumbs)
    for each in (sam, noor):
        expect(each.seat.the("notice")).to_contain_text(PASSPHRASE)

    code = reports(sam)
    assert is_released(company, noor.seat)
    answers(noor)

    sam.goes_home("reply.open")
    sam.seat.writes("receipt", code)
    sam.seat.submits()
    sam.sees("10-returned", ANSWER)
