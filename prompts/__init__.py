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
    missing,
    problem,
)
from prompts.labels import label
from prompts.models import FieldWords, ItemWords, PartWords
from prompts.record import RecordWords, record_words
from prompts.render import Mrkdwn, escape, listed, plain, plain_text, quote, render, render_text, shorten

__all__ = [
    "Bank",
    "BankError",
    "FieldWords",
    "Group",
    "Item",
    "ItemWords",
    "Level",
    "MitigationType",
    "Mrkdwn",
    "Option",
    "PartWords",
    "Question",
    "RecordWords",
    "Right",
    "Signal",
    "escape",
    "label",
    "lint",
    "listed",
    "load_bank",
    "missing",
    "plain",
    "plain_text",
    "problem",
    "quote",
    "record_words",
    "render",
    "render_text",
    "shorten",
]
