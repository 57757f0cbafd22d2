"""The whole story with Tab, Enter, Space, Escape and the arrow keys: no mouse is needed anywhere."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser import words
from tests.browser.seat import ABOUT_PEOPLE, START, WHOLE, WORST, Seat

FAR = 80


class Keys:
    """A keyboard, and a way to walk to something with it."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self._keyboard = seat.page.keyboard

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._keyboard.press(key)

    def types(self, text: str) -> None:
        """Type letters."""
        self._keyboard.type(text)

    def walks_to(self, target: Locator, key: str = "Tab") -> None:
        """Press a key until the focus is on `target` or inside it."""
        for _ in range(FAR):
            if target.evaluate("node => node === document.activeElement || node.contains(document.activeElement)"):
                return
            self.press(key)
        raise AssertionError(f"{FAR} presses of {key} do not lead to {target}")

    def searches(self, block: str, *words: str) -> None:
        """Open a menu, and choose the first hit for each word."""
        self.walks_to(self.seat.field(block))
        self.press("Enter")
        search = self.seat.field(block).locator(".picker-search")
        for word in words:
            expect(search).to_be_focused()
            search.select_text()
            self.types(word)
            self.press("Enter")
        self.press("Escape")
        expect(search).to_be_hidden()

    def rates(self, block: str, step: int) -> None:
        """Choose the n-th radio button with the arrows."""
        self.walks_to(self.seat.field(block))
        self.press("Space", *["ArrowDown"] * (step - 1))


def test_a_check_is_sent_and_acknowledged_without_a_mouse(amina: Seat):
    keys = Keys(amina)
    keys.press("Tab")
    assert amina.page.locator(":focus").inner_text() == "Skip to the conversation"
    keys.press("Enter")
    keys.walks_to(amina.the("composer"))
    keys.types("/hrdd check Face tagging")
    keys.press("Enter")
    amina.sees_questions(*START)
    assert amina.modal.evaluate("node => node.contains(document.activeElement)")

    keys.searches("M1", words.option("M1", "CHG-SENSITIVE"))
    amina.sees_questions(*ABOUT_PEOPLE)
    keys.searches("M2", words.option("M2", "GRP-NONUSERS"), words.option("M2", "GRP-CHILD"))
    keys.searches("M3", words.option("M3", "CTX-NOCHOICE"))
    amina.sees_questions(*WORST)
    keys.rates("M4", 3)
    amina.sees_questions(*WHOLE)
    for block in ("M5", "M6", "M7"):
        keys.rates(block, 2)
    keys.searches("M8.mitigations", words.option("M8.mitigations", "MIT-DESIGN"))
    keys.rates("M8.evidence", 3)
    assert [amina.chosen(block) for block in ("M2", "M4", "M7", "M8.evidence")] == [
        ["GRP-NONUSERS", "GRP-CHILD"],
        ["3"],
        ["2"],
        ["EV2"],
    ]
    keys.walks_to(amina.the("modal-submit"))
    keys.press("Enter")
    expect(amina.modal.locator(".block-header")).to_have_text(words.verdict("L2"))
    keys.press("Escape")
    expect(amina.modal).to_have_count(0)
    expect(amina.the("composer")).to_be_focused()

    keys.walks_to(amina.the("person-U0AMINA"), "Shift+Tab")
    keys.press("ArrowRight", "ArrowRight", "Enter")
    expect(amina.the("person-U0NOOR")).to_have_attribute("aria-pressed", "true")
    keys.walks_to(amina.page.locator("#sidebar"))
    keys.walks_to(amina.the("channel-human-rights"), "ArrowDown")
    keys.press("Enter")
    expect(amina.page.locator("h1")).to_have_text("human-rights")
    keys.walks_to(amina.button("case.acknowledge"))
    keys.press("Enter")
    expect(amina.messages).to_contain_text("Acknowledged by @Noor Rahman")


def test_escape_closes_the_menu_first_and_then_the_form(amina: Seat):
    amina.starts_check("Face tagging")
    keys = Keys(amina)
    keys.walks_to(amina.field("M1"))
    keys.press("ArrowDown")
    expect(amina.field("M1").locator(".picker-popup")).to_be_visible()

    keys.press("Escape")
    expect(amina.field("M1").locator(".picker-popup")).to_be_hidden()
    expect(amina.field("M1").locator(".picker-trigger")).to_be_focused()
    keys.press("Escape")
    expect(amina.modal).to_have_count(0)


def test_control_and_enter_send_the_form_from_any_field(amina: Seat):
    amina.starts_check("New icons")
    amina.chooses("M1", "CHG-UI")
    amina.field("launch").locator("input").press("Control+Enter")

    expect(amina.modal.locator(".block-header")).to_have_text(words.verdict("L0"))


def test_the_list_of_commands_completes_what_was_begun(amina: Seat):
    field = amina.the("composer")
    field.press_sequentially("/hr")
    expect(amina.page.locator(".hint-row").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")

    expect(field).to_have_value("/hrdd check ")
