"""Windows in which a record is written, built without a database: one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.ids import Callback
from bot.payloads_record import Place
from bot.payloads_record import Written as Memory
from bot.views import deep as deep_views
from bot.views import record_form
from prompts import record_words
from tests.flow.record_samples import SAMPLES
from workflows.deep_form import DeepForm, Item, Page, PageWritten
from workflows.record import Sheet, Written
from workflows.record_drafts import Draft
from workflows.rules.parts import PARTS, Kind
from workflows.values import CaseFacts, CaseView

POINTS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "risk": ((1, ""), (2, "Somebody is found who hides")),
    "mitigation": ((1, "The map hides places where few people live"), (3, "MIT-TEST")),
    "denial": ((1, "A clinic on the same network"),),
    "remedy": ((1, "Somebody was followed"),),
    "signal": ((7, "SIG-LAW"), (9, "SIG-OF-A-LATER-VERSION")),
}
"""What fields can point to, by the list that they point into."""


def sheet_of(
    case: CaseFacts, part: str, fields: Mapping[str, Any] | None = None, number: int = 0, *, points: bool = True
) -> Sheet:
    """Return a part as somebody is about to write it."""
    pointing = {
        each.id: POINTS[each.options] if points else () for each in PARTS[part].fields if each.kind is Kind.ENTRY
    }
    by = ("U0AMINA", "U0NOOR") if fields else ()
    return Sheet(case, PARTS[part], number, fields or {}, pointing, by)


def window(sheet: Sheet, about: int = 0, of: str = "", draft: Draft | None = None) -> dict[str, Any]:
    """Return the window of a part."""
    place = Place(sheet.case.id, sheet.part.id, sheet.number, about, of)
    return record_form.form(sheet, record_words(), place, draft=draft, below=Callback.CASE_VIEW)


def deep_form(case: CaseFacts, **more: Any) -> DeepForm:
    """Return the deep form of a case that needs some items."""
    pages = (
        (Item("D01", "risk", 0, (), 1, True), Item("D02", "D02", 1, ("U0AMINA", "U0NOOR"))),
        (Item("D05", "D05", 0), Item("D08", "D08", 1, ("U0SAM",)), Item("D16", "mitigation", 3, ("U0DIEGO",), 0, True)),
    )
    offered = (Item("D19", "D19", 0), Item("D25", "D25", 0))
    given = {"opens": True, "pages": pages, "offered": offered, "may_ask": False, "may_invite": True, "may_write": True}
    return DeepForm(case, **{**given, **more})


def _window(case: CaseFacts, part: str, **more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: window(sheet_of(case, part), **more)


def record_screens(case: CaseFacts, whole: CaseView) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return one of each kind of window of the record, by name."""
    words = record_words()
    saved = Written(case, "mitigation", 2)
    page = Page(case, 2, 5, (sheet_of(case, "D05"), sheet_of(case, "D08", SAMPLES["D08"], 1)))
    memory = Memory(case.id, ("D05", "D08"), 2, Callback.DEEP_VIEW)
    small = {"pages": (), "offered": (Item("D02", "D02", 0), Item("D09", "D09", 0))}
    return {
        "record_risk_new": _window(case, "risk"),
        "record_risk_written": lambda: window(sheet_of(case, "risk", SAMPLES["risk"], 1)),
        "record_mitigation_about": _window(case, "mitigation", about=2),
        "record_recheck_draft": _window(case, "recheck", draft=Draft(SAMPLES["recheck"])),
        "record_recheck_first": lambda: window(sheet_of(case, "recheck", points=False)),
        "record_settled_nothing": lambda: window(sheet_of(case, "settled", points=False)),
        "record_denial": _window(case, "denial"),
        "record_discussion_written": lambda: window(sheet_of(case, "discussion", SAMPLES["discussion"], 1)),
        "record_sealed": _window(case, "sealed"),
        "record_sealed_before": lambda: window(sheet_of(case, "D15", {"exposed": ""}, 1)),
        "record_ended": _window(case, "ended", about=3, of="mitigation"),
        "record_saved": lambda: record_form.saved(saved, whole, words, Callback.CASE_VIEW),
        "record_saved_raised": lambda: record_form.saved(Written(case, "D13", 1, True), None, words),
        "record_saved_changed": lambda: record_form.saved(Written(case, "recheck", 1), whole, words, changed=True),
        "deep_window": lambda: deep_views.window(deep_form(case), words),
        "deep_window_small": lambda: deep_views.window(deep_form(case, opens=False, may_ask=True, **small), words),
        "deep_window_asked_by_facts": lambda: deep_views.window(deep_form(case, may_write=False, **small), words),
        "deep_page": lambda: deep_views.page(page, words, {}, Callback.DEEP_VIEW),
        "deep_page_draft": lambda: deep_views.page(
            page, words, {"D05": Draft({"use": "To find keys"}, True)}, Callback.DEEP_VIEW
        ),
        "deep_page_saved": lambda: deep_views.saved(PageWritten(case, ("D05", "D08"), False), whole, words, memory),
        "deep_page_nothing": lambda: deep_views.saved(PageWritten(case, (), False), None, words, memory),
    }
