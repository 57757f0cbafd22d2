"""The bot's home: what I owe, my checks and cases, and for a lead the caseload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.ids import Action
from bot.views import inbox, named, nudge, parts
from bot.views.case import clock_lines, line
from bot.views.wire import as_dict
from prompts import label, render
from workflows.home import COUNTED
from workflows.values import CaseFacts, CheckLine, HomePage


def home(page: HomePage) -> dict[str, Any]:
    """Give one person's home."""
    start = [
        parts.button("start_check", Action.CHECK_START, style="primary"),
        # For everybody, and the same for everybody: whoever sees it over a shoulder learns nothing.
        parts.button("raise_concern", Action.CONCERN_OPEN),
        parts.button("come_back", Action.REPLY_OPEN),
    ]
    blocks = [
        parts.header(label("title_home")),
        parts.section(render("home_intro", draft=page.has_draft)),
        *parts.buttons(start, "start"),
    ]
    blocks += _cases("home_owed", page.owed, with_clock=True)
    if page.owes_more:
        blocks.append(parts.context(render("home_owes_more", count=len(page.owed))))
    blocks += nudge.on_home(page.asked, page.kept)
    blocks += named.on_home(page.concerns)
    blocks += inbox.on_home(page.has_key)
    blocks += _checks(page.checks)
    blocks += _cases("home_cases", page.cases)
    if page.caseload is not None:
        blocks += _caseload(page)
    return as_dict(View(type="home", blocks=blocks))


def _cases(title: str, cases: Sequence[CaseFacts], *, with_clock: bool = False) -> list[Block]:
    blocks: list[Block] = [parts.divider(), parts.section(render(title, count=len(cases)))]
    for case in cases:
        blocks.append(line(case))
        if with_clock:
            blocks.append(parts.context(clock_lines(case)))
    return blocks


def _checks(checks: Sequence[CheckLine]) -> list[Block]:
    blocks: list[Block] = [parts.divider(), parts.section(render("home_checks", count=len(checks)))]
    for check in checks:
        see_it = parts.button("open", Action.CHECK_OPEN, check.id)
        blocks.append(parts.section(render("check_line", check=check, day=parts.day(check.at)), button=see_it))
    return blocks


def _caseload(page: HomePage) -> list[Block]:
    caseload = page.caseload or ()
    title = render("home_caseload", count=page.open_cases, more=page.open_cases >= COUNTED)
    blocks: list[Block] = [parts.divider(), parts.section(title)]
    for case in caseload:
        blocks += [line(case), parts.context(clock_lines(case))]
    turn = [parts.button("first_page", Action.HOME_FIRST)]
    if page.more_after is not None:
        order, last = page.more_after
        turn.append(parts.button("next_page", Action.HOME_MORE, f"{order}:{last}"))
    more = len(caseload) < page.open_cases
    return [*blocks, *parts.buttons(turn if more else [], "caseload")]
