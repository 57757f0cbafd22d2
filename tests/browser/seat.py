"""A person at a screen: what they type, click and see on the playground's page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser import words

DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

FACES: Mapping[str, Sequence[str]] = {
    "M1": ["CHG-SENSITIVE"],
    "M2": ["GRP-NONUSERS", "GRP-CHILD"],
    "M3": ["CTX-NOCHOICE"],
    "M4": ["3"],
    "M5": ["2"],
    "M6": ["2"],
    "M7": ["2"],
    "M8.mitigations": ["MIT-DESIGN"],
    "M8.evidence": ["EV2"],
}
"""Face tagging: serious and possible, so a human rights lead decides (L2)."""
START = ["product", "launch", "M1"]
ABOUT_PEOPLE = [*START, "M2", "M3"]
WORST = [*ABOUT_PEOPLE, "M4"]
WHOLE = [*WORST, "M5", "M6", "M7", "M8.mitigations", "M8.evidence", "M8.gap", "M8.note"]

# A refused act is answered with an HTTP error, and a lost network has its own: the browser notes both by itself.
EXPECTED = re.compile(r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_)")


class Seat:
    """One person's window. `acts` counts clicks and keys that the person needed."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.acts = 0
        self.stumbles: list[str] = []
        page.on("pageerror", lambda error: self.stumbles.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not EXPECTED.match(message.text):
            self.stumbles.append(message.text)

    # -- where ---------------------------------------------------------------------------------------------------

    def sits_as(self, person: str, place: str) -> None:
        """Open the page as this person, in this place: a channel's id, DM or HOME."""
        self.page.goto(f"{self.url}/#as={person}&in={place}")
        expect(self.the(f"person-{person}")).to_have_attribute("aria-pressed", "true")
        expect(self.page.locator("h1")).to_be_visible()

    def goes(self, testid: str, title: str) -> None:
        """Go to a place by the sidebar (a drawer on a phone), and wait until it is there."""
        drawer = self.page.locator(".drawer-button")
        if drawer.is_visible() and drawer.get_attribute("aria-expanded") == "false":
            self.clicks(drawer)
        self.clicks(self.the(testid))
        expect(self.page.locator("h1")).to_have_text(title)

    def the(self, testid: str) -> Locator:
        """Find something by its test id."""
        return self.page.get_by_test_id(testid)

    @property
    def modal(self) -> Locator:
        """The window on top."""
        return self.the("modal")

    @property
    def messages(self) -> Locator:
        """The messages of the conversation on screen."""
        return self.the("message")

    def button(self, action: str, within: Locator | None = None) -> Locator:
        """Find one of the bot's buttons by its action id."""
        return (within or self.page).locator(f'[data-action-id="{action}"]')

    # -- doing ---------------------------------------------------------------------------------------------------

    def clicks(self, target: Locator) -> None:
        """Click, or tap, once."""
        target.click()
        self.acts += 1

    def says(self, text: str) -> None:
        """Write into the composer and send; one act."""
        self.the("composer").fill(text)
        self.the("composer").press("Enter")
        self.acts += 1

    def starts_check(self, launch: str = "") -> None:
        """Type the command and wait for the form."""
        self.says(f"/hrdd check {launch}".strip())
        expect(self.field("M1")).to_be_visible()

    def field(self, block: str) -> Locator:
        """Find a question of the form by its block id."""
        return self.modal.locator(f'[data-block-id="{block}"]')

    def answers(self, answers: Mapping[str, Sequence[str]]) -> None:
        """Answer questions as they appear."""
        for block, values in answers.items():
            self.chooses(block, *values)

    def chooses(self, block: str, *values: str) -> None:
        """Choose options of one question, in a menu or among radio buttons."""
        field = self.field(block)
        expect(field).to_be_visible()
        menu = field.locator(".picker-trigger")
        if menu.count():
            self.clicks(menu)
        for value in values:
            self.clicks(field.locator(f'[data-value="{value}"]'))
        done = field.get_by_role("button", name="Done")
        if menu.count() and done.is_visible():
            self.clicks(done)

    def writes(self, block: str, text: str) -> None:
        """Write into a text field of the form."""
        self.field(block).locator("input.text, textarea.text").fill(text)

    def submits(self) -> None:
        """Send the form."""
        self.clicks(self.the("modal-submit"))

    def sends_check(self, launch: str, answers: Mapping[str, Sequence[str]] = FACES) -> None:
        """Start, answer and send a check; the receipt is on screen then."""
        self.starts_check(launch)
        self.answers(answers)
        self.submits()
        expect(self.modal).to_contain_text(words.SAVED)

    def closes(self) -> None:
        """Close the window on top by its button."""
        self.clicks(self.the("modal-close"))

    # -- looking -------------------------------------------------------------------------------------------------

    def sees_questions(self, *blocks: str) -> None:
        """Expect exactly these questions in the form, in this order."""
        inputs = self.modal.locator(".block-input")
        expect(inputs).to_have_count(len(blocks))
        assert inputs.evaluate_all("all => all.map((each) => each.dataset.blockId)") == list(blocks)

    def chosen(self, block: str) -> list[str]:
        """Return the ids that a question of the form holds."""
        field = self.field(block)
        if field.locator(".choices").count():
            return field.locator("input:checked").evaluate_all("all => all.map((each) => each.value)")  # type: ignore[no-any-return]
        return field.locator(".chip").evaluate_all("all => all.map((each) => each.dataset.chip)")  # type: ignore[no-any-return]

    def stays(self) -> None:
        """Remember that this page is not to be loaded anew."""
        self.page.evaluate("window.sameLoad = true")

    @property
    def stayed(self) -> bool:
        """Whether the page is still the one of `stays`."""
        return bool(self.page.evaluate("window.sameLoad === true"))
