"""Words and questions only: what people read, kept apart from what the bot does with it."""

from __future__ import annotations

from prompts.bank import (
    Bank,
    BankError,
    Group,
    Item,
    Level,
    MitigationType,
    Option,
    Question,
    Right,
    Signal,
    lint,
    load_bank,
    problem,
)
from prompts.labels import label
from prompts.render import Mrkdwn, escape, listed, plain, plain_text, quote, render, render_text, shorten

__all__ = [
    "Bank",
    "BankError",
    "Group",
    "Item",
    "Level",
    "MitigationType",
    "Mrkdwn",
    "Option",
    "Question",
    "Right",
    "Signal",
    "escape",
    "label",
    "lint",
    "listed",
    "load_bank",
    "plain",
    "plain_text",
    "problem",
    "quote",
    "render",
    "render_text",
    "shorten",
]
