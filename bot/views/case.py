"""A case: the card its owner answers, the window that shows it whole, and its line in a list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement, DatePickerElement

from bot.ids import Action, Callback
from bot.payloads import CasePlace
from bot.views import history, named, parts
from bot.views import record as records
from bot.views.history import outcome_name
from bot.views.pictures import heat_map, mitigation_lines
from bot.views.wire import as_dict
from prompts import Mrkdwn, label, render
from workflows.rules import timeline
from workflows.rules.case import Act, State
from workflows.rules.record import Happened
from workflows.rules.values import Level
from workflows.values import CaseCard, CaseFacts, CaseView

HISTORY_SHOWN = 12
LATELY = 5
"""How much of what happened stands on the first page; all of it is on the timeline."""
WITNESSES_SHOWN = 20
RECORD, TIMELINE = "record", "timeline"
"""The further pages of the window of a case."""

_ACTS: tuple[tuple[Act, str, str, str | None], ...] = (
    (Act.ACKNOWLEDGE, "acknowledge", Action.CASE_ACKNOWLEDGE, "primary"),
    (Act.DECIDE, "decide", Action.CASE_DECIDE, "primary"),
    (Act.CONTAIN, "contain", Action.CASE_CONTAIN, None),
    (Act.HAND_UP, "hand_up", Action.CASE_HAND_UP, None),
    (Act.HAND_BACK, "hand_back", Action.CASE_HAND_BACK, None),
    (Act.REASSIGN, "reassign", Action.CASE_REASSIGN, None),
    (Act.SNOOZE, "snooze", Action.CASE_SNOOZE, None),
    (Act.CLOSE, "close_record", Action.CASE_CLOSE, None),
)
ON_A_CARD = frozenset({Act.ACKNOWLEDGE, Act.DECIDE, Act.HAND_UP, Act.HAND_BACK})
"""What a card offers in a channel; the rest is done in the window, where the whole case is in view."""


def card(shown: CaseCard, *, private: bool = False) -> list[Block]:
    """Give the card as the blocks of a message.

    What people wrote to each other (a reason, a disagreement) is shown only where `private`: a channel has readers
    whom nobody had in mind.
    """
    case = shown.case
    people = _people(shown)
    what = render("card_what", case=case, owner=parts.person(case.owner_id), card=shown, private=private, **people)
    if shown.moved:
        return [parts.header(headline(case)), parts.section(what), *parts.buttons([_open_button(case)])]
    blocks = [
        parts.header(headline(case)),
        parts.section(what),
        parts.section(render("result_why", reasons=parts.bullets(shown.reasons))),
    ]
    if shown.disagreement:
        words = shown.disagreement if private else ""
        blocks.append(parts.section(render("card_disagreement", text=words, by=parts.person(shown.disagreed_by))))
    blocks.append(parts.context(clock_lines(case)))
    blocks.append(parts.section(_next(shown)))
    return [*blocks, *parts.buttons([*_act_buttons(shown, ON_A_CARD), _open_button(case)], f"case:{case.id}")]


def card_summary(shown: CaseCard) -> str:
    """Give the card in one line, for notifications and for readers that show no blocks."""
    return render("card_summary", case=shown.case, owner=parts.person(shown.case.owner_id))


def bare(shown: CaseCard) -> tuple[list[Block], str]:
    """Give the card without anything that people wrote, as blocks and in one line: a sealed name stands in it."""
    case = shown.case
    text = render("bare_card", case=case, owner=parts.person(case.owner_id))
    return [parts.section(text), *parts.buttons([_open_button(case)], f"case:{case.id}")], text


def bare_line(number: int, code: str, level: Level) -> Block:
    """Give a case as one entry of a list by its code alone."""
    button = parts.button("see_case", Action.CASE_OPEN, str(number))
    return parts.section(render("bare_line", code=code, level=level), button=button)


def headline(case: CaseFacts) -> str:
    """Give a case in one plain line."""
    return f"{case.level.name} · {case.product}: {case.launch}"


def clock_lines(case: CaseFacts) -> Mrkdwn:
    """Say what is due when, and what is late, without blame."""
    return Mrkdwn(
        render(
            "case_clock",
            case=case,
            acknowledge=parts.moment(case.ack_due_at),
            decide=parts.moment(case.decide_due_at),
            contain=parts.moment(case.contain_due_at),
            acknowledged=parts.moment(case.acknowledged_at),
            by=parts.person(case.acknowledged_by),
            contained_by=parts.person(case.contained_by),
            contained=parts.moment(case.contained_at),
            decided_by=parts.person(case.decided_by),
            decided=parts.moment(case.decided_at),
            look_again=parts.moment_day(case.look_again_at),
            waiting=case.state is State.WAITING,
        )
    )


def whole(view: CaseView, place: CasePlace | None = None) -> dict[str, Any]:
    """Give one case as a window, at one of its pages: the case, everything written, or what happened so far.

    Without `place` it is the first page as of today. Where the view is of a past day, nothing can be done in it.
    """
    here = place or CasePlace(view.card.case.id)
    blocks = _PAGES.get(here.page, _first_page)(view, here)
    return as_dict(parts.modal(view.card.case.code, blocks, callback_id=Callback.CASE_VIEW, memory=here.dump()))


def _first_page(view: CaseView, here: CasePlace) -> list[Block]:
    """What is asked and what can be done first; then the record, what is not covered before all else (S14)."""
    shown, record = view.card, view.record
    blocks = _then(view, here) if here.day else _now(shown)
    if view.concern is not None:
        blocks += named.in_case(view.concern)
    if record is not None:
        blocks += [
            parts.divider(),
            records.strip(record),
            *records.open_gaps(record),
            *records.lacks(record, shown.case),
            *records.changes(record, shown.case),
            *records.risks(record, shown.case),
            *records.seals(record, shown.case),
        ]
    blocks.append(parts.section(render("result_why", reasons=parts.bullets(shown.reasons))))
    if record is not None and record.risks:
        blocks.append(parts.section(heat_map(record.risks)))
    lately = parts.bullets(history.line(each) for each in view.history[-LATELY:][::-1])
    blocks.append(parts.section(render("case_lately" if len(view.history) > LATELY else "case_history", lines=lately)))
    return [*blocks, parts.divider(), *_ways_on(view, here)]


def _now(shown: CaseCard) -> list[Block]:
    case = shown.case
    what = render("card_what", case=case, owner=parts.person(case.owner_id), card=shown, private=True, **_people(shown))
    blocks = [parts.header(headline(case)), parts.section(what)]
    if shown.disagreement:
        by = parts.person(shown.disagreed_by)
        blocks.append(parts.section(render("card_disagreement", text=shown.disagreement, by=by)))
    blocks += [parts.context(clock_lines(case)), parts.section(_next(shown))]
    return [*blocks, *parts.buttons(_act_buttons(shown, frozenset(Act)), f"case:{case.id}")]


def _then(view: CaseView, here: CasePlace) -> list[Block]:
    shown = view.card
    text = render(
        "case_then",
        case=shown.case,
        day=_in_full(here),
        owner=parts.person(shown.case.owner_id),
        decided=parts.moment(shown.case.decided_at),
        **_people(shown),
    )
    return [parts.header(headline(shown.case)), parts.section(text)]


def _record_page(view: CaseView, here: CasePlace) -> list[Block]:
    title = parts.header(headline(view.card.case))
    record = view.record
    found = records.entries(record, view.card.case, here) if record is not None else []
    return [title, *_day_line(here), *found, parts.divider(), *_back(here)]


def _timeline_page(view: CaseView, here: CasePlace) -> list[Block]:
    """How mitigations stood month by month, who knew, and what happened, newest first."""
    newest = view.history[::-1]
    lines = newest[here.start : here.start + HISTORY_SHOWN]
    blocks = [parts.header(headline(view.card.case)), *_day_line(here)]
    if view.record is not None and not here.start:
        blocks += _pictures(view, view.record.at)
    # One line a section: a decision with its reason and conditions may be long.
    blocks += [parts.divider(), parts.section(render("case_history", lines=""))]
    blocks += [parts.section(f"•  {history.line(each)}") for each in lines]
    behind = here.start + HISTORY_SHOWN
    turn = [parts.button("earlier", Action.CASE_PAGE, here.at(TIMELINE, behind).dump())]
    return [*blocks, *parts.buttons(turn if behind < len(newest) else [], "turn"), parts.divider(), *_back(here)]


def _pictures(view: CaseView, at: datetime) -> list[Block]:
    # The events of a case are numbered from 1, without holes.
    happened = [
        Happened(number, each.kind, each.at, each.by, each.values) for number, each in enumerate(view.history, start=1)
    ]
    known = timeline.witnesses(happened)
    people = [(parts.person(each.person), each.acted, parts.day(each.since)) for each in known[:WITNESSES_SHOWN]]
    more = max(len(known) - WITNESSES_SHOWN, 0)
    drawn = mitigation_lines(timeline.lifelines(happened, at), timeline.months(happened[0].at, at), at)
    who = render("case_witnesses", people=people, more=more, past=bool(view.record and view.record.past))
    return [parts.section(drawn), parts.section(who)]


_PAGES: Mapping[str, Callable[[CaseView, CasePlace], list[Block]]] = {
    "": _first_page,
    RECORD: _record_page,
    TIMELINE: _timeline_page,
}


def _ways_on(view: CaseView, here: CasePlace) -> list[Block]:
    """What can be added, and the other pages of the case."""
    case = view.card.case
    calendar = DatePickerElement(
        action_id=Action.CASE_AS_OF,
        placeholder=label("as_of"),
        initial_date=here.day.isoformat() if here.day else None,
    )
    look = [
        parts.button("see_record", Action.CASE_RECORD, here.at(RECORD).dump()),
        parts.button("see_timeline", Action.CASE_TIMELINE, here.at(TIMELINE).dump()),
        calendar,
    ]
    if here.day:
        return [*parts.buttons(look, "look"), *_back(here)]
    add = [records.add_menu(case.id)] if case.state is not State.CLOSED else []
    more = [
        parts.button("closer_look", Action.DEEP_OPEN, str(case.id)),
        parts.button("context_changed", Action.CONTEXT_OPEN, str(case.id)),
    ]
    return [*add, *parts.buttons(more, "more"), *parts.buttons(look, "look")]


def _back(here: CasePlace) -> list[Block]:
    """The way back: to the first page of the same day, and from a past day to today."""
    back = [parts.button("back_to_case", Action.CASE_FIRST, here.at().dump())] if here.page else []
    today = [parts.button("back_to_today", Action.CASE_TODAY, str(here.case_id))] if here.day else []
    return parts.buttons([*back, *today], "back")


def _day_line(here: CasePlace) -> list[Block]:
    return [parts.context(render("case_as_of", day=_in_full(here)))] if here.day else []


def _in_full(here: CasePlace) -> str:
    return f"{here.day.day} {here.day:%B %Y}" if here.day else ""


def line(case: CaseFacts) -> Block:
    """Give a case as one entry of a list, with a button that opens it."""
    text = render("case_line", case=case, owner=parts.person(case.owner_id))
    return parts.section(text, button=parts.button("open", Action.CASE_OPEN, str(case.id)))


def _act_buttons(shown: CaseCard, among: Collection[Act]) -> list[ButtonElement]:
    value, acts = str(shown.case.id), shown.acts.intersection(among)
    return [parts.button(text, action, value, style=style) for act, text, action, style in _ACTS if act in acts]


def _next(shown: CaseCard) -> str:
    return render("card_next", card=shown, case=shown.case, up_or_back=_ways(shown))


def _ways(shown: CaseCard) -> str:
    """Say which ways the case can be handed."""
    ways = [label(f"way_{act}") for act in (Act.HAND_UP, Act.HAND_BACK) if act in shown.acts]
    return ", or ".join(ways)


def _open_button(case: CaseFacts) -> ButtonElement:
    return parts.button("see_case", Action.CASE_OPEN, str(case.id))


def _people(shown: CaseCard) -> dict[str, str]:
    return {
        "submitter": parts.person(shown.case.submitter_id),
        "backup": parts.person(shown.case.backup_id),
        "handed_by": parts.person(shown.handed.by if shown.handed else None),
        "decided_by": parts.person(shown.case.decided_by),
        "outcome": outcome_name(shown.case.decision),
    }
