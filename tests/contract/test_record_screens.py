"""Every part of a record fits into one window of Slack, empty and with the longest words, and comes back as it went."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot import payloads_record
from bot.listeners import ACTIONS
from bot.payloads_record import Place, Written
from bot.playground.blockkit import lint_view, view_is_too_large
from bot.playground.elements import elements_of
from bot.playground.inputs import as_state, starting_values
from bot.views import deep as deep_views
from bot.views.record_form import write_button
from bot.views.wire import as_dict
from prompts import record_words
from tests.contract.record_screens import POINTS, deep_form, sheet_of, window
from tests.contract.samples import CASE
from tests.flow.record_samples import SAMPLES
from workflows.deep_form import Item, Page
from workflows.errors import NotFound
from workflows.rules import deep
from workflows.rules.parts import ITEMS, OPTIONS, PAGES, PARTS, Kind

LONG = "<@U0AMINA> & <!channel> 😀 "


def longest(part: str) -> dict[str, Any]:
    """Return the longest that can stand in each field of a part."""
    texts = {each.id: (LONG * 100)[: each.most] for each in PARTS[part].fields if each.kind in (Kind.TEXT, Kind.SECRET)}
    return {**SAMPLES[part], **texts}


def sent(view: dict[str, Any]) -> dict[str, Any]:
    """Return a window as Slack sends it back untouched."""
    return view | {"state": as_state(starting_values(view["blocks"]))}


@pytest.mark.parametrize("part", PARTS)
def test_slack_takes_the_window_of_each_part_empty_and_full(part: str):
    for view in (window(sheet_of(CASE, part)), window(sheet_of(CASE, part, longest(part), 1))):
        assert lint_view(view) == []
        assert not view_is_too_large(view)
        assert {element["action_id"] for _, element in elements_of(view["blocks"])} <= set(ACTIONS)
        assert view["private_metadata"].split(":")[:2] == ["12", part]


@pytest.mark.parametrize("part", PARTS)
def test_what_a_window_shows_comes_back_as_it_is_written(part: str):
    point = next((each.options for each in PARTS[part].fields if each.kind is Kind.ENTRY), "")
    fields = {**longest(part), **({"signal": "7"} if point == "signal" else {})}

    view = sent(window(sheet_of(CASE, part, fields, 1)))

    came = payloads_record.fields(view)
    assert set(came) == set(fields)
    for name, value in fields.items():
        expected = sorted(value) if isinstance(value, list) else str(value).strip()
        assert (sorted(came[name]) if isinstance(value, list) else came[name]) == expected


@pytest.mark.parametrize("part", PARTS)
def test_every_answer_of_a_list_is_offered(part: str):
    view = window(sheet_of(CASE, part))
    elements = {block["block_id"]: element for block, element in elements_of(view["blocks"]) if "element" in block}

    for field in PARTS[part].fields:
        if field.kind in (Kind.ONE, Kind.MANY) and field.options in OPTIONS:
            offered = [each["value"] for each in elements[field.id]["options"]]
            assert [each for each in offered if each != "NONE"] == list(OPTIONS[field.options])
            assert ("NONE" in offered) == (field.kind is Kind.ONE and not field.required)


def test_a_menu_of_entries_takes_the_newest_hundred(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(POINTS, "mitigation", tuple((number, LONG * 9) for number in range(1, 400)))  # type: ignore[arg-type]

    view = window(sheet_of(CASE, "denial"))

    assert lint_view(view) == []
    (menu,) = [element for _, element in elements_of(view["blocks"]) if element["type"] == "static_select"]
    assert [each["value"] for each in menu["options"]][-2:] == ["399", "NONE"]


def test_all_items_of_the_deep_form_fit_into_one_window_and_each_page_too():
    items = [Item(each, PAGES.get(each, each), 1, ("U0AMINA", "U0NOOR"), 0, each in PAGES) for each in ITEMS]
    pages = tuple(tuple(items[start : start + 4]) for start in range(0, 26, 4))
    view = deep_views.window(deep_form(CASE, pages=pages, offered=()), record_words())
    assert lint_view(view) == []

    for ids in deep.pages(ITEMS):
        own = [each.item for each in items if each.item in ids and each.on_page]
        sheets = tuple(sheet_of(CASE, each, longest(each), 1) for each in own)
        page = deep_views.page(Page(CASE, 1, 7, sheets), record_words(), {})
        assert lint_view(page) == []
        assert not view_is_too_large(page)
        came = sent(page)
        assert all(payloads_record.fields_of(came, each).keys() == longest(each).keys() for each in own)


def test_what_is_sealed_has_a_window_of_its_own():
    assert not Item("D15", "D15", 0).on_page
    assert not Item("D16", "mitigation", 0, is_list=True).on_page
    assert Item("D05", "D05", 0).on_page


@pytest.mark.parametrize(
    "place", [Place(12, "risk"), Place(12, "mitigation", 0, 3), Place(12, "ended", 0, 2, "gap"), Place(1, "D02", 1)]
)
def test_a_button_carries_where_it_leads(place: Place):
    button = as_dict(write_button(place.case_id, place.part, place.number, place.about, of=place.of))

    assert Place.load(button["value"]) == place
    assert payloads_record.asked({"actions": [button]}) == button["value"]
    assert payloads_record.asked({"actions": [{"selected_option": {"value": button["value"]}}]}) == button["value"]


@pytest.mark.parametrize("memory", [Written(12, ("D05", "D08"), 2, "deep.view"), Written(1, ("risk",), 0, "")])
def test_a_window_remembers_its_case_and_its_parts(memory: Written):
    assert Written.load(memory.dump()) == memory


@pytest.mark.parametrize("text", ["", "case", "²:risk", "1:risk:x", "9" * 30 + ":risk", "-1:risk"])
def test_what_we_did_not_write_is_no_place(text: str):
    with pytest.raises(NotFound):
        Place.load(text)


def test_a_text_that_says_none_is_a_text():
    view = {"state": {"values": {"what": {"answer": {"type": "plain_text_input", "value": "NONE"}}}}}

    assert payloads_record.fields(json.loads(json.dumps(view))) == {"what": "NONE"}
