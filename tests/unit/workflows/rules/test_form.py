"""The form grows with the answers, and ends early for look and wording."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from tests.unit.workflows.rules import strategies as forms
from workflows.rules.form import missing, optional_questions, visible_questions
from workflows.rules.values import Answers

EMPTY = Answers(frozenset())
WORDING = Answers(frozenset({"CHG-UI"}))


def test_it_starts_with_what_changes() -> None:
    assert visible_questions(EMPTY) == ("M1",)
    assert missing(EMPTY)[0] == "M1"


def test_look_and_wording_end_after_the_first_question() -> None:
    assert visible_questions(WORDING) == ("M1",)
    assert missing(WORDING) == ()


def test_anything_else_asks_who_and_where_and_then_the_worst_harm() -> None:
    started = Answers(frozenset({"CHG-UI", "CHG-DATA"}))
    assert visible_questions(started) == ("M1", "M2", "M3")
    placed = replace(started, groups=frozenset({"GRP-USERS"}), contexts=frozenset({"CTX-NONE"}))
    assert visible_questions(placed) == ("M1", "M2", "M3", "M4")
    assert visible_questions(replace(placed, scale=2))[-4:] == ("M8.mitigations", "M8.evidence", "M8.gap", "M8.note")


def test_an_annoyance_lets_people_skip_the_rest() -> None:
    mild = Answers(frozenset({"CHG-DATA"}), frozenset({"GRP-USERS"}), frozenset({"CTX-NONE"}), scale=1)
    assert {"M5", "M6", "M7"} <= optional_questions(mild)
    assert missing(mild) == ()
    assert missing(replace(mild, scale=2)) == ("M5", "M6", "M7")


def test_wording_in_a_named_context_is_asked_like_anything_else() -> None:
    assert missing(replace(WORDING, contexts=frozenset({"CTX-REPRESS"}))) == ("M2", "M4", "M5", "M6", "M7")


@given(forms.answers())
def test_what_is_missing_is_shown_and_never_optional(answers: Answers) -> None:
    asked = set(missing(answers))
    assert not asked & optional_questions(answers)
    assert asked <= set(visible_questions(answers))
