"""Whatever stands in a record, its window is what Slack takes, and nothing in it becomes a mention or a link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.payloads import CasePlace
from bot.views import case as case_views
from bot.views import risks, sealed
from tests.contract.case_screens import AT, DAY, HISTORY, MITIGATIONS, RECORD
from tests.contract.samples import CARD, CASE
from tests.contract.test_views import often, sound, texts
from workflows.errors import NotFound
from workflows.record_values import Line
from workflows.register import Register, RegisterLine
from workflows.rules.parts import PARTS, Kind
from workflows.unsealing import Opened
from workflows.values import CaseView

PLACES = [
    CasePlace(12, page, start, day)
    for page in ("", case_views.RECORD, case_views.TIMELINE, "of_a_later_version")
    for start in (0, 20)
    for day in (None, DAY)
]
WRITTEN = (Kind.TEXT, Kind.LINE)


def full(words: str) -> CaseView:
    """Give a case whose record is as full as can be, with these words wherever people write."""
    lines = {
        part.id: tuple(
            Line(part.id, number, "U0NOOR", AT, {f.id: words if f.kind in WRITTEN else "1" for f in part.fields})
            for number in range(1, 4 if part.many else 2)
        )
        for part in PARTS.values()
        if part.id not in ("risk", "mitigation", "gap")
    }
    first = RECORD.risks[0]
    risk = replace(
        first,
        what=words,
        mitigations=tuple(replace(each, what=words) for each in MITIGATIONS) * 3,
        gaps=tuple(replace(each, why=words) for each in first.gaps) * 9,
    )
    found = tuple(replace(risk, number=number) for number in range(1, 15))
    record = replace(RECORD, risks=found, lines=lines, signals=RECORD.signals * 4)
    return CaseView(replace(CARD, disagreement=words), HISTORY * 20, None, record)


@often
@given(texts(1000), some.sampled_from(PLACES))
def test_every_page_takes_any_words_and_a_full_record(words: str, place: CasePlace):
    view = full(words)
    record = view.record
    assert record is not None

    sound(case_views.whole(view, place))
    sound(case_views.whole(replace(view, record=replace(record, past=True)), place))


@often
@given(texts(1000))
def test_what_is_sealed_and_what_is_looked_for_may_be_any_words(words: str):
    sound(sealed.window(CASE, [Opened("sealed", number, "U0NOOR", AT, words or "x") for number in range(60)]))
    lines = tuple(RegisterLine(replace(CASE, launch=words[:150]), 10**6, 10**6, 10**6, 10**6, 10**6) for _ in range(10))
    for shown in (lines, ()):
        sound(risks.window(Register(shown, words, True, (10**12, 10**15), True)))


@given(some.builds(CasePlace, some.integers(0, 10**15 - 1), some.sampled_from(["", "record", "timeline"]),
                   some.integers(0, 10**6), some.none() | some.dates()))  # fmt: skip
def test_a_place_in_a_window_comes_back_as_it_was(place: CasePlace):
    assert CasePlace.load(place.dump()) == place
    assert CasePlace.load(place.at("record", 3).dump()).day == place.day


@pytest.mark.parametrize("text", ["", "nonsense", ":record", "x" * 200])
def test_a_place_that_names_no_case_is_no_place(text: str):
    with pytest.raises(NotFound):
        CasePlace.load(text)


@pytest.mark.parametrize("text", ["12", "12:record", "12:record:x:y", "12:record:0:2026-02-31", "HR-12"])
def test_a_place_of_another_version_is_the_case_itself(text: str):
    assert CasePlace.load(text).case_id == 12
    assert CasePlace.load(text).day is None
