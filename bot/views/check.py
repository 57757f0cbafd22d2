"""The check: the form that grows, and the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import NO_GAP, Action, Callback
from bot.ids import Block as BlockId
from bot.payloads import FormMemory
from bot.views import parts, products
from bot.views.case import clock_lines
from bot.views.wire import as_dict
from prompts import Bank, Mrkdwn, Question, label, load_bank, problem, quote, render
from prompts import Option as BankOption
from workflows.check import DISAGREEMENT_MAX, LAUNCH_MAX
from workflows.values import CheckForm, Receipt

EXAMPLED = frozenset({"M4", "M5", "M6", "M7"})
"""Ratings whose every step is shown with an example (S6)."""

WRITTEN = frozenset({"M8.note"})
"""Questions answered in words: their blocks are built each time, so that nobody's words stay in memory."""


class CheckForms:
    """Builds check forms for one bank and one list of products. Parts that repeat are built once and kept."""

    def __init__(self, bank: Bank, named: products.Products) -> None:
        self._bank = bank
        self._products = tuple(named)
        self._question = lru_cache(maxsize=4096)(self._build_question)
        self._shell = _shell(bank.words)
        self._intro = _dicts([parts.context(bank.words["check_intro"])])[0]

    def view(self, form: CheckForm, visible: Sequence[str], optional: frozenset[str]) -> dict[str, Any]:
        """Give the form as a view: what the answers so far call for, filled in as they stand."""
        words = self._bank.words
        blocks: list[dict[str, Any]] = [self._opening(form) if form.notice is None else self._notice(form)]
        if form.reopens:
            blocks += _dicts([_disagreement(form.disagreement)])
        blocks += self._product(form.product_id)
        blocks += _dicts([_launch(self._bank.questions[BlockId.LAUNCH], form.launch)])
        for question in visible:
            build = self._build_question if question in WRITTEN else self._question
            blocks += build(question, _chosen(form.filled, question), question in optional)
        if len(visible) == 1 and form.filled.get("M1") == ["CHG-UI"]:
            blocks += _dicts(
                [parts.section(f"*{words['attestation_label']}*\n{words['attestation']}", block_id=BlockId.ATTESTATION)]
            )
        return self._shell | {
            "blocks": blocks,
            "private_metadata": FormMemory(form.channel_id, form.draft_key, form.reopens).dump(),
        }

    def _opening(self, form: CheckForm) -> dict[str, Any]:
        return _dicts([parts.context(render("disagree_intro"))])[0] if form.reopens else self._intro

    def _notice(self, form: CheckForm) -> dict[str, Any]:
        name = form.notice or ""
        if name in self._bank.problems:
            return _dicts([parts.section(f":information_source: {quote(problem(name), 1000)}")])[0]
        return _dicts([parts.section(render(f"notice_{name}"))])[0]

    def _product(self, chosen: str | None) -> list[dict[str, Any]]:
        return self._question(BlockId.PRODUCT, chosen, False)

    def _build_question(self, name: str, chosen: str | tuple[str, ...] | None, optional: bool) -> list[dict[str, Any]]:
        question = self._bank.questions[name]
        element = self._element(question, chosen)
        blocks: list[Block] = [
            InputBlock(
                block_id=name,
                label=question.ask,
                hint=question.hint,
                element=element,
                optional=optional,
                dispatch_action=not isinstance(element, PlainTextInputElement),
            )
        ]
        if name in EXAMPLED:
            blocks.append(parts.context(_examples(question)))
        return _dicts(blocks)

    def _element(self, question: Question, chosen: str | tuple[str, ...] | None) -> InputInteractiveElement:
        if question.type == "text":
            value = chosen if isinstance(chosen, str) else None
            return PlainTextInputElement(
                action_id=Action.ANSWER, multiline=True, max_length=question.max_length, initial_value=value
            )
        if question.id == BlockId.PRODUCT:
            options, groups = products.options(self._products), products.groups(self._products)
            return StaticSelectElement(
                action_id=Action.ANSWER,
                options=None if groups else options,
                option_groups=groups,
                initial_option=_picked_one(options, chosen),
            )
        options = [_option(option) for option in question.options]
        if question.type == "multi_select":
            groups = self._groups(question, options)
            return StaticMultiSelectElement(
                action_id=Action.ANSWER,
                options=None if groups else options,
                option_groups=groups,
                initial_options=_picked(options, chosen) or None,
            )
        if question.id == "M8.gap":
            options = [Option(value=NO_GAP, label=self._bank.words["gap_none"]), *options]
        return RadioButtonsElement(
            action_id=Action.ANSWER, options=options, initial_option=_picked_one(options, chosen)
        )

    def _groups(self, question: Question, options: list[Option]) -> list[OptionGroup] | None:
        """Groups of people come under headings, so that forty of them can be read."""
        if question.id != "M2":
            return None
        words, known = self._bank.words, self._bank.groups
        split: dict[str, list[Option]] = {"groups_general": [], "groups_at_risk": [], "groups_unsure": []}
        for option in options:
            group = known.get(str(option.value))
            split["groups_unsure" if group is None else "groups_at_risk" if group.at_risk else "groups_general"].append(
                option
            )
        return [OptionGroup(label=words[name], options=members) for name, members in split.items() if members]


def receipt(shown: Receipt) -> dict[str, Any]:
    """Give the result as a window: level, why, who decides, by when, what may go ahead, what happens next."""
    blocks = [*result_blocks(shown), *parts.buttons(_disagree(shown), "disagree")]
    view = parts.modal(label("title_saved"), blocks, callback_id=Callback.CHECK_RECEIPT, close="done")
    return as_dict(view)


def result_blocks(shown: Receipt) -> list[Block]:
    """Give the result as blocks, the same in the window and in the direct message."""
    finding, case = shown.finding, shown.case
    level = finding.level if case is None else max(finding.level, case.level)
    blocks = [
        parts.header(f"{level.name} · {load_bank().levels[level.name].label}"),
        parts.section(render("result_what", product=shown.product, launch=shown.launch, case=case, finding=finding)),
        parts.section(render("result_why", reasons=parts.bullets(shown.reasons))),
    ]
    if case is not None:
        told = {
            "owner": parts.person(case.owner_id),
            "disagreed": shown.disagreed,
            "finding_level": int(finding.level),
            "level_kept": case.level > finding.level,
        }
        blocks.append(parts.section(render("result_owner", case=case, **told)))
        blocks.append(parts.context(clock_lines(case)))
    blocks.append(parts.section(render("result_next", case=case, waits=level >= 2, level=level.name, finding=finding)))
    return blocks


def _disagree(shown: Receipt) -> list[Any]:
    if not shown.may_disagree:
        return []
    return [parts.button("see_differently", Action.CHECK_DISAGREE, shown.check_id)]


def _option(option: BankOption) -> Option:
    return Option(value=option.id, label=option.label, description=option.help or None)


def _examples(question: Question) -> Mrkdwn:
    rated = [option for option in question.options if option.id != "DK"]
    return Mrkdwn("\n".join(f"_{quote(option.label, 200)}_, such as: {quote(option.example, 200)}" for option in rated))


def _chosen(filled: Mapping[str, Any], question: str) -> str | tuple[str, ...] | None:
    """Give what is filled in for one block, in a form that can be remembered."""
    group, _, part = question.partition(".")
    value = filled.get(group)
    if part:
        value = _of_group(value or {}, part)
    if isinstance(value, list | tuple):
        return tuple(value)
    return None if value is None else str(value)


def _of_group(group: Mapping[str, Any], part: str) -> Any:
    mitigations = group.get("mitigations") or ()
    if part == "mitigations":
        return tuple(each["type"] for each in mitigations)
    if part == "evidence":
        return mitigations[0]["evidence"] if mitigations else None
    return group.get(part)


def _picked(options: list[Option], chosen: str | tuple[str, ...] | None) -> list[Option]:
    wanted = {chosen} if isinstance(chosen, str) else set(chosen or ())
    return [option for option in options if option.value in wanted]


def _picked_one(options: list[Option], chosen: str | tuple[str, ...] | None) -> Option | None:
    return next(iter(_picked(options, chosen)), None)


def _launch(question: Question, value: str) -> Block:
    return InputBlock(
        block_id=BlockId.LAUNCH,
        label=question.ask,
        hint=question.hint,
        element=PlainTextInputElement(action_id=Action.ANSWER, max_length=LAUNCH_MAX, initial_value=value or None),
    )


def _disagreement(value: str) -> Block:
    return InputBlock(
        block_id=BlockId.DISAGREEMENT,
        label=label("ask_disagreement"),
        hint=label("hint_disagreement"),
        element=PlainTextInputElement(
            action_id=Action.ANSWER, multiline=True, max_length=DISAGREEMENT_MAX, initial_value=value or None
        ),
    )


def _shell(words: Mapping[str, str]) -> dict[str, Any]:
    """The frame of the form: what Slack wants around the blocks."""
    return {
        "type": "modal",
        "callback_id": Callback.CHECK_FORM,
        "title": _plain(words["check_title"]),
        "submit": _plain(words["check_submit"]),
        "close": _plain(words["check_close"]),
        "notify_on_close": True,
    }


def _plain(text: str) -> dict[str, Any]:
    return as_dict(PlainTextObject(text=text))


def _dicts(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [as_dict(block) for block in blocks]
