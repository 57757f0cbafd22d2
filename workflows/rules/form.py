"""Which questions the check shows, given the answers so far, and what may be left empty (MA-1, hrdd-domain 2.3)."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.rules.values import Answers

SHOWN_FIRST = ("M1",)
ABOUT_PEOPLE = ("M2", "M3")
WORST_HARM = ("M4",)
THE_REST = ("M5", "M6", "M7", "M8.mitigations", "M8.evidence", "M8.gap", "M8.note")


def visible_questions(answers: Answers) -> tuple[str, ...]:
    """Give the ids of the questions to show: one screen that grows, and that stops early for look and wording.

    What people already answered stays visible, so that nothing they wrote disappears.
    """
    if not answers.changes or answers.changes == {"CHG-UI"}:
        return SHOWN_FIRST
    shown = SHOWN_FIRST + ABOUT_PEOPLE
    if answers.scale is not None:
        return shown + WORST_HARM + THE_REST
    return shown + WORST_HARM if answers.groups and answers.contexts else shown


def optional_questions(answers: Answers) -> frozenset[str]:
    """Give the questions that may be left empty: M8 always, the other ratings when the worst harm is small."""
    skippable = {question for question in THE_REST if question.startswith("M8")}
    if answers.scale == 1:
        skippable |= {"M5", "M6", "M7"}
    return frozenset(skippable)


def missing(answers: Answers) -> tuple[str, ...]:
    """Give the questions that still need an answer before the check can be saved."""
    filled: Mapping[str, object] = {
        "M1": answers.changes,
        "M2": answers.groups,
        "M3": answers.contexts,
        "M4": answers.scale,
        "M5": answers.scope,
        "M6": answers.irremediability,
        "M7": answers.likelihood,
    }
    if answers.changes == {"CHG-UI"} and answers.contexts <= {"CTX-NONE"}:
        return ()
    optional = optional_questions(answers)
    return tuple(question for question, value in filled.items() if not value and question not in optional)
