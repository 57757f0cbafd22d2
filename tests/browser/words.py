"""The bot's own words, taken from where they are kept: a better sentence must not break a test of the page."""

from __future__ import annotations

from prompts import label, load_bank, problem

SAVED = label("title_saved")
"""The title of the receipt."""


def verdict(level: str) -> str:
    """Return the headline of a receipt."""
    return f"{level} · {load_bank().levels[level].label}"


def asked(question: str) -> str:
    """Return a question as the form asks it."""
    return load_bank().questions[question].ask


def hinted(question: str) -> str:
    """Return the line under a question."""
    return load_bank().questions[question].hint


def option(question: str, value: str) -> str:
    """Return an option of a question as people read it."""
    return next(each.label for each in load_bank().questions[question].options if each.id == value)


def refusal(name: str) -> str:
    """Return the sentence for a problem."""
    return problem(name)
