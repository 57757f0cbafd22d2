"""For screen readers, for people who only use keys, and for eyes in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.playground.run import Running
from prompts import load_bank
from tests.browser import words
from tests.browser.screens import BUILDERS, shows
from tests.browser.seat import FACES, PHONE, Seat

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
CONTROLS = {"button", "textbox", "combobox", "radio", "checkbox", "listbox", "option", "link", "menuitem", "radiogroup"}
SCHEMES = ("light", "dark")
NAMED = CONTROLS | {"dialog", "alertdialog", "region", "complementary", "navigation", "group", "list"}


def tree(page: Page) -> list[tuple[str, str]]:
    """Return role and name of everything that assistive software gets from the page."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    shown = [node for node in nodes if not node.get("ignored")]
    return [(node["role"]["value"], str(node.get("name", {}).get("value", "")).strip()) for node in shown]


def roles(page: Page) -> list[str]:
    """Return the roles on the page."""
    return [role for role, _ in tree(page)]


def nameless(page: Page) -> list[str]:
    """Return the roles of controls that say nothing about themselves."""
    return [role for role, name in tree(page) if role in CONTROLS | {"dialog", "alertdialog"} and not name]


def pale(page: Page, least: int) -> dict[str, list[str]]:
    """Give what can hardly be read, in light and in dark; the probe must find at least so many words."""
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        probed = page.evaluate(CONTRAST)
        assert probed["seen"] > least, "the probe found hardly any words"
        if probed["pale"]:
            found[scheme] = probed["pale"]
    return found


def test_the_page_has_landmarks_one_heading_and_a_name_for_each_control(amina: Seat):
    amina.clicks(amina.the("payload-toggle"))
    found = roles(amina.page)

    assert {role: found.count(role) for role in ("banner", "main", "navigation", "complementary")} == {
        "banner": 1,
        "main": 1,
        "navigation": 1,
        "complementary": 1,
    }
    expect(amina.page.locator("h1")).to_have_count(1)
    assert nameless(amina.page) == []
    assert amina.page.locator("html").get_attribute("lang") == "en"
    assert amina.page.title() == "Tidewater Labs · hrdd-bot playground"


def test_every_input_of_the_form_has_a_name_and_the_rest_of_the_page_is_silent(amina: Seat):
    amina.starts_check("Face tagging")
    amina.answers(FACES)

    assert nameless(amina.page) == []
    found = roles(amina.page)
    assert found.count("dialog") == 1
    assert not {"banner", "main", "navigation", "contentinfo"} & set(found)
    names = [name for role, name in tree(amina.page) if role == "radiogroup"]
    assert words.asked("M5") in names
    expect(amina.field("M8.note").locator("textarea")).to_have_accessible_name(f"{words.asked('M8.note')} (optional)")
    expect(amina.field("M5").get_by_role("radiogroup")).to_have_accessible_description(words.hinted("M5"))


def test_an_open_menu_names_itself_its_groups_and_its_options(amina: Seat):
    amina.starts_check("Face tagging")
    amina.chooses("M1", "CHG-SENSITIVE")
    amina.clicks(amina.field("M2").locator(".picker-trigger"))

    assert nameless(amina.page) == []
    search = amina.field("M2").get_by_role("combobox")
    expect(search).to_be_focused()
    search.press("ArrowDown")
    active = search.get_attribute("aria-activedescendant")
    expect(amina.page.locator(f"#{active}")).to_contain_text(words.option("M2", "GRP-NONUSERS"))
    groups = [name for role, name in tree(amina.page) if role == "group"]
    assert load_bank().words["groups_at_risk"] in groups


def test_focus_stays_in_the_form_and_returns_where_it_was(amina: Seat):
    amina.goes("nav-home", "hrdd")
    start = amina.button("check.start", amina.the("home"))
    start.focus()
    start.press("Enter")
    expect(amina.field("M1")).to_be_visible()
    inside = "() => document.querySelector('[data-testid=modal]').contains(document.activeElement)"
    for key in ["Tab"] * 14 + ["Shift+Tab"] * 14:
        amina.page.keyboard.press(key)
        assert amina.page.evaluate(inside), key

    amina.closes()
    expect(amina.modal).to_have_count(0)
    expect(start).to_be_focused()


def test_new_messages_and_refusals_are_announced(amina: Seat, sits: Callable[..., Seat]):
    noor = sits("U0NOOR", "C0RIGHTS")
    amina.starts_check("Face tagging")
    amina.submits()
    expect(amina.page.locator("#alarm")).to_have_text("One answer needs a look.")
    amina.answers(FACES)
    amina.submits()

    expect(noor.page.locator("#live")).to_contain_text("hrdd: L2 · Harbor Photos: Face tagging")


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_all_words_stand_out_from_their_ground(sits: Callable[..., Seat], screen: str):
    seat = sits("U0AMINA", **(PHONE if screen == "phone" else {}))
    wrong: dict[str, dict[str, list[str]]] = {}

    def looks(name: str) -> None:
        found = pale(seat.page, least=10)
        if found:
            wrong[name] = found

    looks("empty channel")
    seat.starts_check("Face tagging")
    seat.submits()
    looks("form with errors")
    seat.answers({"M1": FACES["M1"]})
    seat.clicks(seat.field("M2").locator(".picker-trigger"))
    looks("menu")
    seat.page.keyboard.press("Escape")
    seat.answers({name: values for name, values in FACES.items() if name != "M1"})
    looks("full form")
    seat.submits()
    expect(seat.modal).to_contain_text(words.SAVED)
    looks("receipt")
    seat.closes()
    seat.says("/hrdd help")
    expect(seat.messages.last).to_contain_text("Only visible to you")
    looks("channel")
    seat.goes("nav-home", "hrdd")
    looks("home")
    seat.sits_as("U0NOOR", "C0RIGHTS")
    expect(seat.messages).to_have_count(1)
    looks("card")
    seat.clicks(seat.the("payload-toggle"))
    expect(seat.the("wire-row").first).to_be_visible()
    looks("payloads")
    assert wrong == {}


@pytest.mark.parametrize("past", list(BUILDERS))
def test_every_screen_of_the_record_names_its_controls_and_can_be_read(
    past: str, sits: Callable[..., Seat], company: Running
):
    wrong: dict[str, list[object]] = {}
    for name, seat in shows(past, company, sits):
        found: list[object] = [*pale(seat.page, least=5).items(), *nameless(seat.page)]
        if found:
            wrong[name] = found
        headings = seat.page.locator("h1:visible, [aria-modal=true] h2:visible")
        assert headings.count(), f"{name} has no heading"
    assert wrong == {}


def test_a_page_of_the_case_that_is_turned_is_read_from_its_top(sits: Callable[..., Seat], company: Running):
    for _, seat in shows("grown", company, sits, only="case-timeline"):
        expect(seat.modal.get_by_role("heading", name="HR-1")).to_be_focused()
        assert seat.modal.locator(".modal-body").evaluate("each => each.scrollTop") == 0


def test_pictures_are_said_in_words_before_they_are_drawn(sits: Callable[..., Seat], company: Running):
    for _, seat in shows("grown", company, sits, only="case-grown"):
        text = seat.modal.inner_text()
        assert text.index("R1: SEV3") < text.index("Left to right")
        assert seat.modal.locator(".tile").evaluate_all("all => all.every((each) => each.ariaLabel)")
