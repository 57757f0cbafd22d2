"""What people write is shown as Slack shows it, and never becomes part of the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.seat import Seat


def test_marks_mentions_and_signs_are_drawn(amina: Seat):
    amina.says("*Ready* for `v2`, <@U0NOOR> in <#C0LAUNCHES> :white_check_mark: :no_such_sign:")

    shown = amina.messages.locator(".message-text")
    expect(shown).to_have_text("Ready for v2, @Noor Rahman in #launches ✔\ufe0e :no_such_sign:")
    expect(shown.locator("strong")).to_have_text("Ready")
    expect(shown.locator("code")).to_have_text("v2")
    expect(shown.get_by_role("img", name="white check mark")).to_be_visible()


def test_a_link_opens_elsewhere_and_only_where_the_web_or_mail_is_meant(amina: Seat):
    amina.says("<https://example.org/a|the plan> <javascript:alert(1)|a trick> <mailto:a@example.org|mail>")

    links = amina.messages.get_by_role("link")
    expect(links).to_have_text(["the plan", "mail"])
    expect(links.first).to_have_attribute("href", "https://example.org/a")
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    expect(links.first).to_have_attribute("target", "_blank")
    expect(amina.messages).to_contain_text("a trick")


def test_markup_in_a_message_or_a_launch_stays_text(amina: Seat, sits: Callable[..., Seat]):
    trick = "<img src=x onerror=window.tricked=1><b>bold</b>"
    amina.says(trick)
    expect(amina.messages).to_have_count(1)
    noor = sits("U0NOOR", "C0RIGHTS")
    amina.sends_check("Face <b>tagging</b> & <!channel>")

    expect(noor.messages.locator("h3").first).to_have_text("L2 · Harbor Photos: Face <b>tagging</b> & <!channel>")
    for seat in (amina, noor):
        assert seat.page.evaluate("window.tricked === undefined")
        expect(seat.page.locator(".message b, .message img:not(.avatar), .modal b")).to_have_count(0)


def test_the_newest_message_stays_in_sight_when_the_panel_takes_room(amina: Seat):
    for _ in range(3):
        amina.says("/hrdd help")
    expect(amina.messages).to_have_count(3)
    expect(amina.messages.last.locator(".message-text, .blocks").first).to_be_visible()

    amina.clicks(amina.the("payload-toggle"))

    expect(amina.messages.last.get_by_text("is a good answer in it")).to_be_in_viewport(ratio=1)


def test_an_address_changed_by_hand_leads_to_that_person_and_place(amina: Seat):
    amina.stays()
    amina.page.evaluate("location.hash = '#as=U0RUTH&in=C0BOARD'")

    expect(amina.the("person-U0RUTH")).to_have_attribute("aria-pressed", "true")
    expect(amina.page.locator("h1")).to_have_text("leadership")
    assert amina.stayed


def test_an_address_that_names_nobody_here_still_opens_the_page(amina: Seat):
    amina.page.evaluate("location.hash = '#as=U0NOBODY&in=C0NOWHERE'")
    amina.page.reload()

    expect(amina.the("person-U0AMINA")).to_have_attribute("aria-pressed", "true")
    expect(amina.page.locator("h1")).to_have_text(re.compile("launches"))
