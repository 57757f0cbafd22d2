"""One window for every part of a record: made from what the part asks (`rules.parts`) and its words.

A field's block id is its own id, so that what is wrong with it can be said beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    DatePickerElement,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement

from bot.ids import NO_GAP, Action, Callback
from bot.payloads_record import Place
from bot.payloads_record import Written as Memory
from bot.views import missing, parts
from bot.views.wire import as_dict
from prompts import Option as Words
from prompts import RecordWords, label, load_bank, problem, quote, record_words, render, shorten
from workflows.record import Sheet, Written
from workflows.record_drafts import Draft
from workflows.rules.case import State
from workflows.rules.locks import Missing
from workflows.rules.parts import PARTS, PEOPLE_MOST, Field, Kind
from workflows.values import CaseView

RADIOS = 10
"""The most answers that stand under each other; more of them come as a menu."""
CHOICES = 100
"""The most answers of a menu."""
NEXT_SHOWN = 3
"""How much of what is missing next a confirmation shows: a few steps can be taken, a long list only weighs."""
GROUPS = "groups"


def write_button(
    case_id: int, part: str, number: int = 0, about: int = 0, label: str | None = None, *, of: str = ""
) -> ButtonElement:
    """Give the button that opens the window of a part: an entry by its number, or a new one (0) about another entry.

    `label` names a label; `of` is the list that `about` counts in, needed for the part `ended` only. Two of them in one
    row would have the same id, so each stands beside a section of its own.
    """
    return parts.button(label or "write_it", Action.RECORD_WRITE, Place(case_id, part, number, about, of).dump())


def form(
    sheet: Sheet, words: RecordWords, place: Place, *, draft: Draft | None = None, below: str = ""
) -> dict[str, Any]:
    """Give the window of one part as it stands, or as the person left it (`draft`); `below` is the window under it.

    Where the part needs an entry to point to and there is none, the window says what comes first.
    """
    name = sheet.part.id
    empty = _points_to_nothing(sheet)
    blocks = [*draft_notice([draft] if draft else []), *_opening(sheet, words)]
    if empty is None:
        blocks += inputs(sheet, words, started(sheet, place) if draft is None else draft.fields)
    else:
        blocks += _first(sheet, words, empty)
    shown = parts.modal(
        words.part(name).title,
        blocks,
        callback_id=Callback.RECORD_WRITE,
        submit="save" if empty is None else None,
        memory=Memory(sheet.case.id, (name,), sheet.number, below, sheet.seq).dump(),
        tells_on_close=empty is None,
    )
    return as_dict(shown)


def inputs(sheet: Sheet, words: RecordWords, filled: Mapping[str, Any], prefix: str = "") -> list[Block]:
    """Give one input for each field of a part, filled in as given; `prefix` stands before each block id.

    With a prefix the part is one of several on a page, and everything may be left to somebody else.
    """
    blocks: list[Block] = []
    for asked in sheet.part.fields:
        field = replace(asked, required=False) if prefix else asked
        said = words.part(sheet.part.id).fields[field.id]
        element = _element(field, sheet, words, filled.get(field.id))
        if element is None:
            continue
        blocks.append(
            InputBlock(
                block_id=f"{prefix}{field.id}",
                label=said.ask,
                hint=said.hint or None,
                element=element,
                optional=not field.required,
            )
        )
        if field.kind is Kind.SECRET:
            hidden = bool(sheet.number) and not sheet.fields.get(field.id)
            blocks.append(parts.context(render("record_sealed", hidden=hidden)))
    return blocks


def saved(
    written: Written, view: CaseView | None, words: RecordWords, below: str = "", *, changed: bool = False
) -> dict[str, Any]:
    """Give the window that confirms a writing: what was saved, whether the level rose, and what is missing next.

    `view` is the case as this person sees it now, None where it could not be read. `changed`: they said that the world
    around the case changed, so the window in which that is told is one click away.
    """
    names = (_entry_name(written.part, written.number, words),)
    memory = Memory(written.case.id, (written.part,), written.number, below)
    button = parts.button("context_changed", Action.CONTEXT_OPEN, str(written.case.id)) if changed else None
    more = [parts.section(render("record_changed"), button=button)] if button else []
    return confirmation(written, names, view, memory, more)


def confirmation(
    written: Written, names: Sequence[str], view: CaseView | None, memory: Memory, more: Sequence[Block] = ()
) -> dict[str, Any]:
    """Give the window after a writing of parts, by their names; `more` stands before what is missing next."""
    lacks = missing_next(view)
    text = render(
        "record_saved",
        names=names,
        case=written.case,
        raised=written.raised,
        owner=parts.person(written.case.owner_id),
    )
    still = [parts.section(render("record_still_open")), *missing.lines(written.case.id, lacks, NEXT_SHOWN)]
    blocks = [parts.section(text), *more, *(still if lacks else [])]
    shown = parts.modal(
        label("title_written"), blocks, callback_id=Callback.RECORD_SAVED, close="done", memory=memory.dump()
    )
    return as_dict(shown)


def missing_next(view: CaseView | None) -> list[Missing]:
    """Give what can be written next, before a decision what a go needs, after it what closing needs."""
    if view is None or view.record is None:
        return []
    record = view.record
    return list(record.to_close if view.card.case.state is State.TRACKED else record.to_approve)


def draft_notice(drafts: Sequence[Draft]) -> list[Block]:
    """Say that a window shows what the person left unsent, and whether somebody else has written there since."""
    if not drafts:
        return []
    behind = any(each.behind for each in drafts)
    said = render("record_behind") if behind else quote(problem("draft_kept"), 1000)
    return [parts.section(f":information_source: {said}")]


def started(sheet: Sheet, place: Place) -> Mapping[str, Any]:
    """Give what a window starts with: what is written already, or what a new entry points to."""
    if sheet.fields or not place.about:
        return sheet.fields
    if sheet.part.id == "ended":
        return {"part": place.of, "entry": str(place.about)}
    pointing = next((each for each in sheet.part.fields if each.kind is Kind.ENTRY), None)
    return {pointing.id: str(place.about)} if pointing else {}


def _opening(sheet: Sheet, words: RecordWords) -> list[Block]:
    said, case = words.part(sheet.part.id), sheet.case
    text = render(
        "record_intro",
        name=_entry_name(sheet.part.id, sheet.number, words),
        intro=said.intro,
        case=case,
        writers=[parts.person(each) for each in sheet.written_by],
    )
    return [parts.section(text)]


def _points_to_nothing(sheet: Sheet) -> Field | None:
    """Give the field that has to point to an entry where there is none."""
    asked = (each for each in sheet.part.fields if each.kind is Kind.ENTRY and each.required)
    return next((each for each in asked if not sheet.pointing_to.get(each.id)), None)


def _first(sheet: Sheet, words: RecordWords, field: Field) -> list[Block]:
    if field.options not in PARTS:
        return [parts.section(render("record_nothing_to_settle"))]
    text = render("record_first", name=words.part(field.options).name)
    return [parts.section(text, button=write_button(sheet.case.id, field.options))]


def _entry_name(part: str, number: int, words: RecordWords) -> str:
    """Name an entry: "Mitigation 2"; a part that is written once has no number."""
    name = words.part(part).name
    return f"{name} {number}" if number and PARTS[part].many else name


# -- one element for each kind of field ------------------------------------------------------------------------------


def _element(field: Field, sheet: Sheet, words: RecordWords, value: Any) -> InputInteractiveElement | None:
    """Give the input of a field, None where there is nothing to choose from and no need to."""
    if sheet.part.id == "ended" and field.id == "part":
        return _menu([Option(value=each, label=words.part(each).name) for each in PARTS if PARTS[each].many], value)
    if field.kind is Kind.ENTRY:
        return _entries(field, sheet.pointing_to.get(field.id, ()), value)
    if field.kind in (Kind.ONE, Kind.MANY):
        offered = _offered(sheet.part.id, field, words)
        return _one(field, offered, value) if field.kind is Kind.ONE else _many(field, offered, value)
    return _SIMPLE[field.kind](field, value)


def _text(field: Field, value: Any) -> InputInteractiveElement:
    return PlainTextInputElement(
        action_id=Action.ANSWER,
        multiline=field.kind in (Kind.TEXT, Kind.SECRET),
        max_length=field.most,
        initial_value=str(value or "")[: field.most] or None,
    )


def _person(_field: Field, value: Any) -> InputInteractiveElement:
    return UserSelectElement(action_id=Action.ANSWER, initial_user=str(value) if value else None)


def _people(_field: Field, value: Any) -> InputInteractiveElement:
    chosen = [str(each) for each in value or ()]
    return UserMultiSelectElement(action_id=Action.ANSWER, initial_users=chosen or None, max_selected_items=PEOPLE_MOST)


def _day(_field: Field, value: Any) -> InputInteractiveElement:
    try:
        chosen = date.fromisoformat(str(value)).isoformat() if value else None
    except ValueError:
        chosen = None
    return DatePickerElement(action_id=Action.ANSWER, initial_date=chosen)


_SIMPLE: Mapping[Kind, Callable[[Field, Any], InputInteractiveElement]] = {
    Kind.TEXT: _text,
    Kind.LINE: _text,
    Kind.SECRET: _text,
    Kind.COUNTRIES: _text,
    Kind.PERSON: _person,
    Kind.PEOPLE: _people,
    Kind.DATE: _day,
}


def _offered(part: str, field: Field, words: RecordWords) -> list[Option]:
    said: Sequence[Words] = words.choices(part, field.id, field.options)
    if field.options == GROUPS:
        # Not knowing who is concerned is an answer too; the check has the words for it.
        said = load_bank().questions["M2"].options
    return [Option(value=each.id, label=each.label, description=each.help or None) for each in said]


def _one(field: Field, offered: list[Option], value: Any) -> InputInteractiveElement:
    """What may stay open can be opened again: Slack takes no choice back."""
    if not field.required:
        offered = [*offered, Option(value=NO_GAP, label=label("leave_open"))]
    if len(offered) > RADIOS:
        return _menu(offered, value)
    return RadioButtonsElement(action_id=Action.ANSWER, options=offered, initial_option=_picked(offered, value))


def _many(field: Field, offered: list[Option], value: Any) -> InputInteractiveElement:
    groups = _grouped(offered) if field.options == GROUPS else None
    chosen = [each for each in offered if each.value in (value or ())]
    return StaticMultiSelectElement(
        action_id=Action.ANSWER,
        options=None if groups else offered,
        option_groups=groups,
        initial_options=chosen or None,
    )


def _grouped(offered: Sequence[Option]) -> list[OptionGroup]:
    """Groups of people come under headings, as in the check."""
    bank = load_bank()
    split: dict[str, list[Option]] = {"groups_general": [], "groups_at_risk": [], "groups_unsure": []}
    for option in offered:
        known = bank.groups.get(str(option.value))
        name = "groups_unsure" if known is None else "groups_at_risk" if known.at_risk else "groups_general"
        split[name].append(option)
    return [OptionGroup(label=bank.words[name], options=members) for name, members in split.items() if members]


def _entries(field: Field, entries: Sequence[tuple[int, str]], value: Any) -> InputInteractiveElement | None:
    if not entries:
        return None
    # Where there are more than a menu takes, the newest are offered.
    offered = [Option(value=str(number), label=_entry_label(field, number, few)) for number, few in entries]
    offered = offered[-(CHOICES - 1) :]
    if not field.required:
        offered.append(Option(value=NO_GAP, label=label("none_of_these")))
    return _menu(offered, value)


def _entry_label(field: Field, number: int, few: str) -> str:
    if field.options == "signal":
        signal = load_bank().signals.get(few)
        few = signal.label if signal else few
    else:
        few = few or record_words().part(field.options).name
    return shorten(f"{number} · {few}", parts.BUTTON_MAX)


def _menu(offered: list[Option], value: Any) -> InputInteractiveElement:
    return StaticSelectElement(action_id=Action.ANSWER, options=offered, initial_option=_picked(offered, value))


def _picked(offered: Sequence[Option], value: Any) -> Option | None:
    return next((each for each in offered if value and each.value == str(value)), None)
