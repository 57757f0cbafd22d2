"""A case: the card its owner answers, the window that shows it whole, and its line in a list."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.ids import Action, Callback
from bot.views import history, parts
from bot.views.history import outcome_name
from bot.views.wire import as_dict
from prompts import Mrkdwn, label, render
from workflows.rules.case import Act, State
from workflows.values import CaseCard, CaseFacts, CaseView

HISTORY_SHOWN = 12

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
    blocks.append(parts.section(render("card_next", card=shown, case=case, up_or_back=_ways(shown))))
    return [*blocks, *parts.buttons([*_act_buttons(shown, ON_A_CARD), _open_button(case)], f"case:{case.id}")]


def card_summary(shown: CaseCard) -> str:
    """Give the card in one line, for notifications and for readers that show no blocks."""
    return render("card_summary", case=shown.case, owner=parts.person(shown.case.owner_id))


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


def whole(view: CaseView) -> dict[str, Any]:
    """Give one case as a window: its card, then what happened so far, newest first."""
    lines = view.history[-HISTORY_SHOWN:][::-1]
    buttons = parts.buttons(_act_buttons(view.card, frozenset(Act)), f"case:{view.card.case.id}")
    blocks = [*card(view.card, private=True)[:-1], *buttons]
    blocks += [parts.divider(), parts.section(render("case_history", lines=parts.bullets(map(history.line, lines))))]
    shown = parts.modal(view.card.case.code, blocks, callback_id=Callback.CASE_VIEW, memory=str(view.card.case.id))
    return as_dict(shown)


def line(case: CaseFacts) -> Block:
    """Give a case as one entry of a list, with a button that opens it."""
    text = render("case_line", case=case, owner=parts.person(case.owner_id))
    return parts.section(text, button=parts.button("open", Action.CASE_OPEN, str(case.id)))


def _act_buttons(shown: CaseCard, among: Collection[Act]) -> list[ButtonElement]:
    value, acts = str(shown.case.id), shown.acts.intersection(among)
    return [parts.button(text, action, value, style=style) for act, text, action, style in _ACTS if act in acts]


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
