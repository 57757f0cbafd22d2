"""The controls of the playground: time that moves, payloads to look at, and things that fail on purpose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import expect

from bot.playground.run import Running
from tests.browser.seat import Seat

LATE = re.compile(r"[Ll]ate:")


def test_the_next_due_moment_moves_the_whole_app(amina: Seat, sits: Callable[..., Seat]):
    amina.sends_check("Face tagging")
    amina.closes()
    noor = sits("U0NOOR", "HOME")
    expect(noor.the("home")).to_contain_text(re.compile(r"by 3 Mar 2026 at 10:00"))
    expect(noor.the("home")).not_to_contain_text(LATE)

    expect(noor.the("clock-now")).to_have_text("Mon, 2 Mar 2026, 10:00")
    noor.clicks(noor.the("clock-next"))
    expect(noor.the("clock-now")).to_have_text("Tue, 3 Mar 2026, 09:00")
    noor.goes("nav-dm", "hrdd")
    expect(noor.messages.last).to_contain_text("A reminder")
    noor.clicks(noor.the("clock-next"))
    expect(noor.the("clock-now")).to_have_text("Tue, 3 Mar 2026, 10:00")
    noor.clicks(noor.the("clock-hour"))
    expect(noor.the("clock-now")).to_have_text("Tue, 3 Mar 2026, 11:00")
    expect(amina.the("clock-now")).to_have_text("Tue, 3 Mar 2026, 13:00")  # the same moment, in Nairobi

    noor.goes("channel-human-rights", "human-rights")
    noor.goes("nav-home", "hrdd")
    expect(noor.the("home")).to_contain_text(LATE)
    noor.clicks(noor.button("case.open", noor.the("home")).first)
    expect(noor.modal).to_contain_text(LATE)


def test_the_payload_panel_shows_what_went_to_the_bot_and_what_came_back(amina: Seat, company: Running):
    amina.clicks(amina.the("payload-toggle"))
    amina.starts_check("Face tagging")
    panel = amina.the("wire")
    command = panel.locator('[data-kind="slash_command"]')
    opened = panel.locator('[data-kind="views.open"]')
    expect(command).to_have_count(1)
    expect(opened).to_have_count(1)

    amina.clicks(command.locator("summary"))
    sent = json.loads(command.locator("pre").first.inner_text())
    assert (sent["command"], sent["text"], sent["user_id"]) == ("/hrdd", "check Face tagging", "U0AMINA")
    amina.clicks(opened.locator("summary"))
    expect(opened.locator("pre").first).to_contain_text("check.form")
    standin = company.standin
    shown = panel.inner_text()
    assert not [secret for secret in (standin.bot_token, standin.signing_secret, standin.app_token) if secret in shown]


def test_a_message_that_slack_refuses_arrives_later_and_once(amina: Seat, sits: Callable[..., Seat]):
    amina.clicks(amina.the("payload-toggle"))
    amina.clicks(amina.the("faults-toggle"))
    amina.clicks(amina.page.locator('[data-fault="chat.postMessage:ratelimited"]'))
    expect(amina.the("toast")).to_contain_text("Ready")
    noor = sits("U0NOOR", "C0RIGHTS")
    amina.sends_check("Face tagging")

    posts = amina.the("wire").locator('[data-kind="chat.postMessage"]')
    expect(posts.filter(has_text="429")).to_have_count(1)
    expect(noor.messages).to_have_count(1, timeout=15_000)
    amina.closes()
    amina.goes("nav-dm", "hrdd")
    expect(amina.messages).to_have_count(1)
    expect(posts).to_have_count(3)  # one refused, one card, one direct message
    expect(noor.messages).to_have_count(1)


def test_a_form_that_cannot_open_is_said_in_a_sentence_and_opens_the_next_time(amina: Seat):
    amina.clicks(amina.the("faults-toggle"))
    amina.clicks(amina.page.locator('[data-fault="views.open:server_error"]'))
    expect(amina.the("toast")).to_contain_text("Ready")
    amina.says("/hrdd check Face tagging")
    expect(amina.messages.last).to_contain_text("please")
    expect(amina.messages.last).to_contain_text("Only visible to you")

    amina.starts_check("Face tagging")


def test_without_a_connection_what_was_written_stays_until_it_can_be_sent(amina: Seat):
    amina.stays()
    amina.page.context.set_offline(True)
    amina.says("Is anybody there?")
    expect(amina.the("composer-problem")).to_contain_text("The playground does not answer")
    expect(amina.the("composer")).to_have_value("Is anybody there?")

    amina.page.context.set_offline(False)
    amina.the("composer").press("Enter")
    expect(amina.messages).to_have_text([re.compile("Is anybody there")])
    expect(amina.the("composer-problem")).to_be_hidden()
    assert amina.stayed


def test_the_short_tour_ticks_itself_off_and_can_be_hidden(amina: Seat):
    amina.clicks(amina.the("hint-command"))
    expect(amina.page.locator("h1")).to_have_text("launches")
    expect(amina.the("composer")).to_be_focused()
    amina.the("composer").press("Enter")
    amina.sees_questions("product", "launch", "M1")
    amina.closes()
    amina.clicks(amina.the("hint-lead"))
    expect(amina.the("person-U0NOOR")).to_have_attribute("aria-pressed", "true")
    amina.clicks(amina.the("hint-clock"))
    expect(amina.the("clock-now")).to_have_text("Tue, 3 Mar 2026, 10:00")
    expect(amina.the("hint")).to_contain_text("That was the short tour")

    amina.clicks(amina.the("hint-dismiss"))
    expect(amina.the("hint")).to_be_hidden()
    amina.page.reload()
    expect(amina.page.locator("h1")).to_be_visible()
    expect(amina.the("hint")).to_be_hidden()
