"""A case: the card its owner answers, the window that shows it whole, and the windows that ask for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement, InputBlock, PlainTextInputElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads import HandMemory
from bot.views import parts
from bot.views.wire import as_dict
from prompts import Mrkdwn, label, render
from workflows.case import REASON_MAX
from workflows.rules.case import Act, State
from workflows.values import CaseCard, CaseFacts, CaseView, HistoryLine

HISTORY_SHOWN = 12

_ACTS: tuple[tuple[Act, str, str, str | None], ...] = (
    (Act.ACKNOWLEDGE, "acknowledge", Action.CASE_ACKNOWLEDGE, "primary"),
    (Act.HAND_UP, "hand_up", Action.CASE_HAND_UP, None),
    (Act.HAND_BACK, "hand_back", Action.CASE_HAND_BACK, None),
)


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
    return [*blocks, *parts.buttons([*_act_buttons(shown), _open_button(case)], f"case:{case.id}")]


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
            waiting=case.state is State.WAITING,
        )
    )


def whole(view: CaseView) -> dict[str, Any]:
    """Give one case as a window: its card, then what happened so far, newest first."""
    lines = view.history[-HISTORY_SHOWN:][::-1]
    blocks = [*card(view.card, private=True)[:-1], *parts.buttons(_act_buttons(view.card), f"case:{view.card.case.id}")]
    blocks += [parts.divider(), parts.section(render("case_history", lines=parts.bullets(map(_history, lines))))]
    shown = parts.modal(view.card.case.code, blocks, callback_id=Callback.CASE_VIEW, memory=str(view.card.case.id))
    return as_dict(shown)


def hand_form(case: CaseFacts, *, up: bool) -> dict[str, Any]:
    """Give the window that asks why a case is handed up (a reason helps) or back (a reason is needed)."""
    reason = PlainTextInputElement(action_id=Action.ANSWER, multiline=True, max_length=REASON_MAX)
    blocks: Sequence[Block] = [
        parts.section(render("hand_up_intro" if up else "hand_back_intro", code=case.code)),
        InputBlock(
            block_id=BlockId.REASON,
            label=label("ask_reason_up" if up else "ask_reason_back"),
            hint=label("hint_reason"),
            element=reason,
            optional=up,
        ),
    ]
    view = parts.modal(
        label("hand_up" if up else "hand_back"),
        blocks,
        callback_id=Callback.CASE_HAND_UP if up else Callback.CASE_HAND_BACK,
        submit="hand_up" if up else "hand_back",
        close="keep_it",
        memory=HandMemory(case.id, int(case.level)).dump(),
    )
    return as_dict(view)


def handed(case: CaseFacts) -> dict[str, Any]:
    """Give the window that confirms where a case went."""
    text = render("handed", case=case, owner=parts.person(case.owner_id))
    view = parts.modal(case.code, [parts.section(text), parts.context(clock_lines(case))], callback_id=Callback.PROBLEM)
    return as_dict(view)


def _act_buttons(shown: CaseCard) -> list[ButtonElement]:
    value = str(shown.case.id)
    return [parts.button(text, action, value, style=style) for act, text, action, style in _ACTS if act in shown.acts]


def _ways(shown: CaseCard) -> str:
    """Say which ways the case can be handed."""
    ways = [label(f"way_{act}") for act in (Act.HAND_UP, Act.HAND_BACK) if act in shown.acts]
    return ", or ".join(ways)


def _open_button(case: CaseFacts) -> ButtonElement:
    return parts.button("see_case", Action.CASE_OPEN, str(case.id))


def _people(shown: CaseCard) -> dict[str, Mrkdwn]:
    return {
        "submitter": parts.person(shown.case.submitter_id),
        "backup": parts.person(shown.case.backup_id),
        "handed_by": parts.person(shown.handed.by if shown.handed else None),
    }


def _history(line: HistoryLine) -> str:
    text = render(
        "case_event",
        kind=line.kind,
        values=line.values,
        by=parts.person(line.by, "the bot"),
        owner=parts.person(line.values.get("owner")),
        gone=parts.person(line.values.get("gone")),
    )
    return f"{parts.moment(line.at)}  {text}"
