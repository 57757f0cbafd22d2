"""The windows in which somebody acts on a case (hand over, decide, pass on, put off, contain, close); what confirms it.

Every input has the block id that errors come back with; nothing is filled in beforehand, so that a decision is
somebody's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads import HandMemory
from bot.views import missing, parts
from bot.views.case import clock_lines
from bot.views.history import outcome_name
from bot.views.wire import as_dict
from prompts import Mrkdwn, label, load_bank, quote, render
from workflows.case import REASON_MAX
from workflows.record_values import RecordView
from workflows.rules.case import Act
from workflows.rules.decision import DENIES, Outcome
from workflows.rules.locks import Missing
from workflows.values import CaseFacts, CaseView

HEARD_MAX = 300
"""How much of each thing that deciders should hear is shown, in characters; the case shows it whole."""
LACKS_SHOWN = 5
"""How much of what is missing stands above the question, which it must not push away; a refusal names more."""
HEARD = 5
"""How many people who see it differently are shown."""


def form(view: CaseView, which: Act) -> dict[str, Any]:
    """Give the window that asks what an act needs. Raises KeyError for an act that needs nothing (acknowledge)."""
    return _FORMS[which](view)


def done(case: CaseFacts, which: Act) -> dict[str, Any]:
    """Give the window that confirms an act, with the case as it is now."""
    text = render(
        "done",
        case=case,
        which=which.value,
        owner=parts.person(case.owner_id),
        outcome=outcome_name(case.decision),
        look_again=parts.moment_day(case.look_again_at),
        decide=parts.moment(case.decide_due_at),
    )
    view = parts.modal(case.code, [parts.section(text), parts.context(clock_lines(case))], callback_id=Callback.PROBLEM)
    return as_dict(view)


def _hand_up(view: CaseView) -> dict[str, Any]:
    """A reason helps and is not asked for: handing up is always fine."""
    intro = render("hand_up_intro", code=view.card.case.code)
    return _window(view, "hand_up", Callback.CASE_HAND_UP, intro, [_reason("ask_reason_up", optional=True)])


def _hand_back(view: CaseView) -> dict[str, Any]:
    intro = render("hand_back_intro", code=view.card.case.code)
    return _window(view, "hand_back", Callback.CASE_HAND_BACK, intro, [_reason("ask_reason_back")])


def _decide(view: CaseView) -> dict[str, Any]:
    """Everything but outcome and reason is optional to Slack: which outcome needs what is for the rules to say."""
    outcome = RadioButtonsElement(action_id=Action.ANSWER, options=[_outcome(each) for each in Outcome])
    kind = StaticSelectElement(action_id=Action.ANSWER, options=_kinds())
    lacks, heard = (view.record.to_approve, _heard(view.record)) if view.record else ((), [])
    blocks = [
        *_open(view, "missing_before_go", lacks),
        *heard,
        _input(BlockId.OUTCOME, "ask_outcome", None, outcome),
        _reason("ask_reason_decide"),
        _input(BlockId.CONDITIONS, "ask_conditions", "hint_conditions", _text(), optional=True),
        _input(BlockId.CONDITION_TYPE, "ask_condition_type", "hint_condition_type", kind, optional=True),
        _input(BlockId.KEEPER, "ask_keeper", "hint_keeper", _people(), optional=True),
        _input(BlockId.CHECK_ON, "ask_check_on", "hint_check_on", _day(), optional=True),
        _input(BlockId.HOLD_UNTIL, "ask_hold_until", "hint_hold_until", _day(), optional=True),
    ]
    return _window(view, "decide", Callback.CASE_DECIDE, render("act_decide", case=view.card.case), blocks)


def _close(view: CaseView) -> dict[str, Any]:
    lacks = view.record.to_close if view.record else ()
    blocks = [*_open(view, "missing_before_close", lacks), _reason("ask_reason_close")]
    return _window(view, "close_record", Callback.CASE_CLOSE, render("act_close", case=view.card.case), blocks)


def _open(view: CaseView, title: str, lacks: Sequence[Missing]) -> list[Block]:
    """What something waits for, on top of the window, so that nobody writes a page and learns it afterwards."""
    if not lacks:
        return []
    return [parts.section(render(title, count=len(lacks))), *missing.lines(view.card.case.id, lacks, LACKS_SHOWN)]


def _heard(record: RecordView) -> list[Block]:
    """What deciders hear and the level does not (S5, S22, S33): dissent first, then the good, then the pressure."""
    dissent = [f"{_said(each.fields, 'who')}: {_said(each.fields, 'why')}" for each in record.lines.get("dissent", ())]
    benefits = [_said(each.fields, "benefits") for each in record.lines.get("D19", ())]
    pressure = [_said(each.fields, "what") for each in record.lines.get("D25", ()) if each.fields.get("what")]
    text = render(
        "decide_heard",
        dissent=parts.bullets(dissent[:HEARD]),
        benefits=parts.bullets(benefits[:1]),
        pressure=parts.bullets(pressure[:1]),
    )
    return [parts.section(text)] if text else []


def _said(fields: Mapping[str, Any], name: str) -> Mrkdwn:
    return quote(fields.get(name) or "", HEARD_MAX)


def _reassign(view: CaseView) -> dict[str, Any]:
    blocks = [_input(BlockId.PERSON, "ask_person", "hint_person", _people()), _reason("ask_reason_reassign")]
    return _window(view, "reassign", Callback.CASE_REASSIGN, render("act_reassign", case=view.card.case), blocks)


def _snooze(view: CaseView) -> dict[str, Any]:
    case, most = view.card.case, view.snooze_until_most
    limit = parts.calendar_day(most.isoformat() if most else None)
    intro = render("act_snooze", case=case, due=parts.moment(case.decide_due_at), most=limit)
    blocks = [_input(BlockId.UNTIL, "ask_until", "hint_until", _day()), _reason("ask_reason_snooze")]
    return _window(view, "snooze", Callback.CASE_SNOOZE, intro, blocks)


def _contain(view: CaseView) -> dict[str, Any]:
    intro = render("act_contain", case=view.card.case)
    return _window(view, "contain", Callback.CASE_CONTAIN, intro, [_reason("ask_reason_contain")])


_FORMS: Mapping[Act, Callable[[CaseView], dict[str, Any]]] = {
    Act.HAND_UP: _hand_up,
    Act.HAND_BACK: _hand_back,
    Act.DECIDE: _decide,
    Act.REASSIGN: _reassign,
    Act.SNOOZE: _snooze,
    Act.CONTAIN: _contain,
    Act.CLOSE: _close,
}


def _window(view: CaseView, name: str, callback: str, intro: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """A window that can be sent; it carries the case and the level that the person saw."""
    case = view.card.case
    shown = parts.modal(
        label(name),
        [parts.section(intro), *blocks],
        callback_id=callback,
        submit=name,
        close="keep_it" if callback in (Callback.CASE_HAND_UP, Callback.CASE_HAND_BACK) else "not_now",
        memory=HandMemory(case.id, int(case.level)).dump(),
    )
    return as_dict(shown)


def _input(
    block: BlockId, ask: str, hint: str | None, element: InputInteractiveElement, *, optional: bool = False
) -> Block:
    return InputBlock(
        block_id=block, label=label(ask), hint=label(hint) if hint else None, element=element, optional=optional
    )


def _reason(ask: str, *, optional: bool = False) -> Block:
    return _input(BlockId.REASON, ask, "hint_reason", _text(), optional=optional)


def _text() -> InputInteractiveElement:
    return PlainTextInputElement(action_id=Action.ANSWER, multiline=True, max_length=REASON_MAX)


def _people() -> InputInteractiveElement:
    return UserSelectElement(action_id=Action.ANSWER)


def _day() -> InputInteractiveElement:
    return DatePickerElement(action_id=Action.ANSWER)


def _outcome(outcome: Outcome) -> Option:
    return Option(value=outcome.value, label=label(f"outcome_{outcome}"), description=label(f"means_{outcome}"))


def _kinds() -> list[Option]:
    """The kinds of mitigation, in the order of the bank (S31); cutting people off is no condition (S21)."""
    return [Option(value=each.id, label=each.label) for each in load_bank().mitigations.values() if each.id != DENIES]
