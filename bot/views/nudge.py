"""The questions whether something still holds: in one message, on the home, and what a click on one of them did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.ids import Action, Callback
from bot.views import parts
from bot.views.record_form import write_button
from bot.views.wire import as_dict
from prompts import label, load_bank, render
from workflows.nudge_values import Answered, Kept, Question, Questions
from workflows.rules.rechecks import PICTURE

GAP = "M8.gap"
"""The question of the bank that names the two kinds of gap."""


def message(asked: Questions) -> tuple[list[Block], str]:
    """Give the questions to one person as the blocks of a message, and as one text."""
    text = render(
        "note_nudge", count=len(asked.shown) + asked.more, repeat=any(each.may_repeat for each in asked.shown)
    )
    blocks = [parts.section(text), *(block for each in asked.shown for block in question(each))]
    return [*blocks, parts.context(render("nudge_more", more=asked.more))], text


def question(asked: Question) -> list[Block]:
    """Give one question, and the answers that take one click."""
    bank = load_bank()
    changes = [bank.signals[each].label for each in asked.changes if each in bank.signals]
    due = parts.moment_day(asked.due_at)
    text = render("nudge_question", asked=asked, type=_type(asked), changes=changes, due=due)
    name = f"asked:{asked.case_id}:{asked.number}"
    return [parts.section(text), *parts.buttons(_answers(asked), name)]


def on_home(asked: Questions, kept: Sequence[Kept]) -> list[Block]:
    """Give what a person is asked, and what they look after; nothing where there is neither."""
    blocks: list[Block] = []
    if asked.shown:
        blocks += [parts.divider(), parts.section(render("home_asked", more=asked.more))]
        blocks += [block for each in asked.shown for block in question(each)]
    if kept:
        lines = parts.bullets([_kept(each) for each in kept])
        blocks += [parts.divider(), parts.section(render("home_kept", lines=lines))]
    return blocks


def done(answered: Answered, which: str) -> dict[str, Any]:
    """Give the window that confirms a click: `which` is same, right or snooze."""
    text = render("recheck_done", done=answered, which=which, next=parts.moment_day(answered.next_at))
    return as_dict(parts.modal(label("title_written"), [parts.section(text)], callback_id=Callback.PROBLEM))


def _answers(asked: Question) -> list[ButtonElement]:
    case_id, number = asked.case_id, asked.number
    value = f"{case_id}:{number}"
    if asked.subject == "picture":
        found = [
            parts.button("still_right", Action.RECHECK_RIGHT, value, style="primary"),
            parts.button("start_check", Action.CHECK_START),
        ]
    elif asked.subject == "gap":
        found = [write_button(case_id, "gap", PICTURE - number, label="answer")]
    else:
        same = [parts.button("same_as_last", Action.RECHECK_SAME, value, style="primary")] if asked.may_repeat else []
        found = [*same, write_button(case_id, "recheck", 0, number, label="answer")]
    found.append(parts.button("context_changed", Action.CONTEXT_OPEN, str(case_id)))
    later = [parts.button("in_a_week", Action.RECHECK_SNOOZE, value)] if asked.may_snooze else []
    return [*found, *later, parts.button("see_case", Action.CASE_OPEN, str(case_id))]


def _type(asked: Question) -> str:
    bank = load_bank()
    if asked.subject == "mitigation":
        known = bank.mitigations.get(asked.type)
        return known.label if known else asked.type
    options = {each.id: each.label for each in bank.questions[GAP].options}
    return options.get(asked.type, asked.type)


def _kept(kept: Kept) -> str:
    known = load_bank().mitigations.get(kept.type)
    due = parts.day(kept.check_at) if kept.check_at else ""
    return render("kept_line", kept=kept, type=known.label if known else kept.type, next=due)
