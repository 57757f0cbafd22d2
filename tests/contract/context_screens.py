"""One of each screen for a change of context, and of each message that tells of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bot.views import context
from workflows.context_values import Change, ContextForm, Preview, Saved
from workflows.values import CaseFacts, Note, World

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
PRODUCTS = (("harbor-photos", "Harbor Photos"), ("ferry-chat", "Ferry Chat"))
WHAT = "The draft became a law."
CHANGE = Change("SIG-LAW", ("KE", "UG"), (), (), (), WHAT, DAY, "slack:V1")
EMPTY = ContextForm(PRODUCTS, DAY)
LEFT = ContextForm(
    PRODUCTS,
    DAY,
    12,
    "HR-12",
    "SIG-LAW",
    "KE",
    ("harbor-photos",),
    "A hospital",
    ("MIT-POLICY",),
    "A draft",
    date(2026, 6, 1),
)
WORLD = World("done", "SIG-LAW", ("Kenya", "Uganda"), AT, WHAT, 40, 38, 12, 51, 3, 38)


def context_screens(*cases: CaseFacts) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return the screens, with these cases in the preview."""
    found = Preview(CHANGE, 40, 51, cases, 38, False, AT, False)
    nothing = replace(found, cases=0, mitigations=0, shown=(), hidden=0)
    return {
        "context_form": lambda: context.form(EMPTY),
        "context_form_left": lambda: context.form(LEFT),
        "context_preview": lambda: context.preview(found),
        "context_preview_ahead": lambda: context.preview(
            replace(found, cases=1, mitigations=1, shown=(), is_planned=True)
        ),
        "context_preview_customers": lambda: context.preview(replace(found, at_most=True)),
        "context_preview_nothing": lambda: context.preview(nothing),
        "context_done": lambda: context.done(Saved(1, 40, AT)),
        "context_done_ahead": lambda: context.done(Saved(1, 1, AT, is_planned=True)),
        "context_done_again": lambda: context.done(Saved(1, 40, AT, again=True)),
        "context_done_nothing": lambda: context.done(Saved(1, 0, AT)),
        "context_done_staff": lambda: context.done(Saved(1, 0, AT, staff=True)),
    }


def context_notes(*cases: CaseFacts) -> dict[str, Note]:
    """Return the messages, with these cases in them; the first is the one that a message of one case tells of."""
    alone = replace(cases[0], launch="Safety of our people", sealed=True)
    return {
        "world": Note("world", world=replace(WORLD, cases=cases)),
        "world_everywhere": Note("world", world=replace(WORLD, countries=(), what="", top=0, waiting=1)),
        "world_one": Note("world", world=replace(WORLD, about="one", cases=cases[:1])),
        "world_reporter": Note("world", world=replace(WORLD, about="reporter", what="")),
        "together": Note("together", world=replace(WORLD, about="waiting", what="", cases=cases)),
        "together_nobody": Note("together", world=replace(WORLD, about="waiting", what="", waiting=1)),
        "staff": Note("staff", case=alone),
    }
