"""The form is patient: it says what is missing beside the field, and loses nothing."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser import words
from tests.browser.seat import FACES, START, WHOLE, Seat


def error_of(seat: Seat, block: str):
    """Find the sentence beside a field."""
    return seat.field(block).get_by_test_id("field-error")


def test_a_missing_answer_is_said_beside_its_field_and_nothing_is_lost(amina: Seat):
    amina.starts_check()
    amina.writes("launch", "Face tagging")
    amina.answers({name: FACES[name] for name in ("M1", "M2", "M3", "M4", "M6", "M7")})
    amina.writes("M8.note", "Readers in June")
    amina.submits()

    expect(error_of(amina, "M5")).to_have_text("Please answer this to go on.")
    first = amina.field("M5").locator("input").first
    expect(first).to_be_focused()
    expect(amina.modal.locator("[data-testid=field-error]:visible")).to_have_count(1)
    group = amina.field("M5").get_by_role("radiogroup")
    expect(group).to_have_attribute("aria-invalid", "true")
    ids = (group.get_attribute("aria-describedby") or "").split()
    assert error_of(amina, "M5").get_attribute("id") in ids
    expect(amina.field("launch").locator("input")).to_have_value("Face tagging")
    expect(amina.field("M8.note").locator("textarea")).to_have_value("Readers in June")

    amina.chooses("M5", "2")
    expect(error_of(amina, "M5")).to_be_hidden()
    amina.submits()
    expect(amina.modal).to_contain_text(words.SAVED)


def test_a_contradiction_is_refused_in_a_sentence_that_says_what_to_do(amina: Seat):
    amina.starts_check("Face tagging")
    amina.answers({**FACES, "M3": ["CTX-NOCHOICE", "CTX-NONE"]})
    amina.submits()

    expect(error_of(amina, "M3")).to_have_text(words.refusal("contradiction_none"))
    assert amina.chosen("M3") == ["CTX-NOCHOICE", "CTX-NONE"]

    amina.clicks(amina.field("M3").get_by_role("button", name=f"Remove {words.option('M3', 'CTX-NONE')}"))
    expect(error_of(amina, "M3")).to_be_hidden()
    amina.submits()
    expect(amina.modal).to_contain_text(words.SAVED)


def test_growing_leaves_focus_caret_and_text_where_they_are(amina: Seat):
    amina.starts_check("Face tagging")
    amina.chooses("M1", "CHG-SENSITIVE")
    launch = amina.field("launch").locator("input")
    launch.focus()
    launch.press("Home")
    amina.page.keyboard.type("New ")
    amina.sees_questions("product", "launch", "M1", "M2", "M3")

    expect(launch).to_be_focused()
    expect(launch).to_have_value("New Face tagging")
    assert launch.evaluate("field => field.selectionStart") == 4


def test_a_closed_form_comes_back_as_a_draft(amina: Seat):
    amina.starts_check("Face tagging")
    amina.answers({name: FACES[name] for name in ("M1", "M2", "M3", "M4", "M5")})
    amina.writes("M8.note", "Readers in June")
    amina.closes()
    expect(amina.modal).to_have_count(0)

    amina.starts_check()
    expect(amina.modal).to_contain_text(words.refusal("draft_kept"))
    amina.sees_questions(*WHOLE)
    expect(amina.field("launch").locator("input")).to_have_value("Face tagging")
    expect(amina.field("M8.note").locator("textarea")).to_have_value("Readers in June")
    assert (amina.chosen("M2"), amina.chosen("M5")) == (FACES["M2"], FACES["M5"])


def test_last_words_that_did_not_get_through_are_sent_again_before_the_form_closes(amina: Seat):
    cut: list[str] = []

    def drops_once(route: Route) -> None:
        if cut or "M8.note" not in (route.request.post_data or ""):
            route.continue_()
            return
        cut.append(route.request.url)
        route.abort()

    amina.starts_check("Face tagging")
    amina.answers({name: FACES[name] for name in ("M1", "M2", "M3", "M4")})
    amina.page.route("**/play/set", drops_once)
    amina.writes("M8.note", "Readers in June")
    expect(amina.the("modal-banner")).to_contain_text("The playground does not answer")
    amina.closes()
    expect(amina.modal).to_have_count(0)

    amina.starts_check()
    expect(amina.field("M8.note").locator("textarea")).to_have_value("Readers in June")


def test_escape_asks_before_words_are_left_behind(amina: Seat):
    amina.starts_check()
    amina.writes("launch", "Face tagging")
    amina.page.keyboard.press("Escape")
    expect(amina.the("confirm-no")).to_be_focused()
    amina.clicks(amina.the("confirm-no"))

    expect(amina.field("launch").locator("input")).to_have_value("Face tagging")
    amina.page.keyboard.press("Escape")
    amina.clicks(amina.the("confirm-yes"))
    expect(amina.modal).to_have_count(0)


def test_a_page_that_is_loaded_anew_shows_the_open_form_as_it_was(amina: Seat):
    amina.starts_check("Face tagging")
    amina.chooses("M1", "CHG-SENSITIVE")
    amina.sees_questions(*START, "M2", "M3")
    amina.page.reload()

    amina.sees_questions(*START, "M2", "M3")
    assert amina.chosen("M1") == ["CHG-SENSITIVE"]
    expect(amina.field("launch").locator("input")).to_have_value("Face tagging")
