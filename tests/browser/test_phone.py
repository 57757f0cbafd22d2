"""On a phone: one column, a drawer, forms over the whole screen, and room for a thumb."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.playground.run import Running
from tests.browser import words
from tests.browser.screens import BUILDERS, shows
from tests.browser.seat import FACES, PHONE, WHOLE, Seat

THUMB = 36
SMALL = """least => [...document.querySelectorAll("button, a[href], input, textarea, [role=option], label.choice")]
    .filter((node) => node.checkVisibility({visibilityProperty: true}) && !node.closest("[inert]"))
    .filter((node) => !["radio", "checkbox"].includes(node.type) && !node.matches(".skip"))
    .filter((node) => { const box = node.getBoundingClientRect(); return box.height < least || box.width < least; })
    .map((node) => `${node.className}: ${node.textContent || node.getAttribute("aria-label")}`)"""
SIDEWAYS = """() => [...document.querySelectorAll(":root, #main, .modal-body, .home-scroll, .talk-scroll")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className || node.tagName)"""


@pytest.fixture
def phone(sits: Callable[..., Seat]) -> Seat:
    """Amina on her phone."""
    return sits("U0AMINA", **PHONE)


def fits(seat: Seat) -> None:
    """Expect nothing wider than the screen, and nothing too small to tap."""
    assert seat.page.evaluate(SIDEWAYS) == []
    assert seat.page.evaluate(SMALL, THUMB) == []


def test_a_check_fits_on_a_phone_from_the_form_to_the_receipt_and_the_home(phone: Seat):
    fits(phone)
    phone.starts_check("Face tagging")
    fits(phone)
    box = phone.modal.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)

    phone.answers(FACES)
    phone.sees_questions(*WHOLE)
    fits(phone)
    phone.submits()
    expect(phone.modal.locator(".block-header")).to_have_text(words.verdict("L2"))
    expect(phone.modal.locator(".block-header")).to_be_in_viewport(ratio=1)
    expect(phone.modal.get_by_role("heading", name=words.SAVED)).to_be_focused()
    fits(phone)
    phone.closes()

    phone.goes("nav-home", "hrdd")
    expect(phone.the("home")).to_contain_text("L2 Harbor Photos: Face tagging")
    fits(phone)
    phone.goes("nav-dm", "hrdd")
    expect(phone.messages).to_contain_text("Face tagging")
    fits(phone)


def test_the_menu_of_forty_groups_can_be_searched_with_a_thumb(phone: Seat):
    phone.starts_check("Face tagging")
    phone.chooses("M1", "CHG-SENSITIVE")
    field = phone.field("M2")
    phone.clicks(field.locator(".picker-trigger"))
    fits(phone)
    field.locator(".picker-search").fill("journalist")
    phone.clicks(field.get_by_role("option"))
    phone.clicks(field.get_by_role("button", name="Done"))

    assert phone.chosen("M2") == ["GRP-JOURNALIST"]


def test_the_drawer_opens_closes_and_gives_the_focus_back(phone: Seat):
    opener = phone.page.locator(".drawer-button")
    phone.clicks(opener)
    expect(phone.the("nav-home")).to_be_in_viewport()
    fits(phone)
    phone.page.keyboard.press("Escape")

    expect(phone.the("nav-home")).not_to_be_in_viewport()
    expect(opener).to_be_focused()


def test_the_clock_unfolds_on_a_phone(phone: Seat):
    face = phone.page.locator(".clock-face")
    before = face.inner_text()
    phone.clicks(face)
    fits(phone)
    phone.clicks(phone.the("clock-day"))

    expect(face).not_to_have_text(before)


@pytest.mark.parametrize("past", list(BUILDERS))
def test_every_screen_of_the_record_fits_on_a_phone(past: str, sits: Callable[..., Seat], company: Running):
    wide: dict[str, list[str]] = {}
    for name, seat in shows(past, company, sits, **PHONE):
        found = [*seat.page.evaluate(SIDEWAYS), *seat.page.evaluate(SMALL, THUMB)]
        if found:
            wide[name] = found
    assert wide == {}


@pytest.mark.parametrize("name", ["case-grown", "case-timeline"])
def test_the_pictures_keep_their_rows_on_a_phone(name: str, sits: Callable[..., Seat], company: Running):
    for _, seat in shows("grown", company, sits, only=name, **PHONE):
        tops = seat.modal.locator(".tile").evaluate_all("all => all.map((each) => each.offsetTop)")
        assert all(tops.count(each) >= 4 for each in tops[:8]), f"a row of {name} is broken: {tops}"
