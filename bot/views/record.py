"""A record as people read it in a window: steps, gaps, what is missing, risks with what answers them, every entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from slack_sdk.models.blocks import Block, Option, OptionGroup, OverflowMenuElement, StaticSelectElement

from bot.ids import Action
from bot.payloads import CasePlace
from bot.payloads_record import Place
from bot.views import missing, parts
from bot.views.record_form import write_button
from prompts import Mrkdwn, label, load_bank, quote, record_words, render, shorten
from workflows.places import names
from workflows.record_values import GapLine, Line, MitigationLine, RecordView, RiskLine, SignalLine
from workflows.rules.case import State
from workflows.rules.mitigations import Status
from workflows.rules.parts import PARTS, Field, Kind, in_steps
from workflows.values import CaseFacts

LACKS_SHOWN = 5
GAPS_SHOWN = 5
SIGNALS_SHOWN = 3
RISKS_SHOWN = 8
MITIGATIONS_SHOWN = 6
ENTRIES_SHOWN = 20
VALUE_MAX = 400
FIELDS_SHOWN = 6
OPTION_MAX = 75
AROUND = ("discussion", "dissent", "dilemma", "not_needed", "sealed", "invited")
"""What is written around the four steps, in the order of the menu. The items of DA-1 have windows of their own."""
STEP_NAMES = {
    "picture": "step_picture",
    "mitigate": "step_mitigate",
    "remedy": "step_remedy",
    "communicate": "step_communicate",
    "around": "step_around",
}
FOR_GOOD = frozenset({"recheck", "ended", "settled", "denial_signed", "remedy_done"})
"""What was said on a day and stands as it was said; who sees it differently later writes a new one."""


def strip(record: RecordView) -> Block:
    """Show the four steps and how far each is, in words beside its sign (S9)."""
    return parts.section(render("case_steps", steps=[(str(each.step), str(each.state)) for each in record.steps]))


def open_gaps(record: RecordView) -> list[Block]:
    """Name every open CANNOT and NOT YET, each counted for itself and never with what works (S14, S32)."""
    gaps = sorted(record.gaps, key=lambda each: (each.kind != "CANNOT", each.risk, each.number))
    if not gaps:
        return []
    cannot = sum(each.kind == "CANNOT" for each in gaps)
    text = render(
        "case_gaps",
        cannot=cannot,
        not_yet=len(gaps) - cannot,
        gaps=[(each, parts.person(each.decided_by), parts.moment_day(each.review_at)) for each in gaps[:GAPS_SHOWN]],
        more=max(len(gaps) - GAPS_SHOWN, 0),
    )
    return [parts.section(text)]


def lacks(record: RecordView, case: CaseFacts) -> list[Block]:
    """Name the first things that are missing, each with the button that opens where it is written."""
    decided = case.state is State.TRACKED
    found = record.to_close if decided else record.to_approve
    if not found or case.state is State.CLOSED or record.past:
        return []
    text = render("case_lacks", before="close" if decided else "approve", count=len(found), shown=LACKS_SHOWN)
    return [parts.section(text), *missing.lines(case.id, found, LACKS_SHOWN)]


def changes(record: RecordView, case: CaseFacts) -> list[Block]:
    """Name what changed around the case and is not settled, with the button by which a lead settles it."""
    found = [each for each in record.signals if not each.settled]
    return [_change(each, record, case) for each in found[-SIGNALS_SHOWN:]]


def risks(record: RecordView, case: CaseFacts) -> list[Block]:
    """Show each risk with what lowers it, how that stands today, and what is said openly not to be covered."""
    return [_risk(each, record, case) for each in record.risks[:RISKS_SHOWN]]


def seals(record: RecordView, case: CaseFacts) -> list[Block]:
    """Say how much is sealed; those who may open it get the button."""
    if not record.seals:
        return []
    text = render("case_seals", count=record.seals, may_open=record.may_open_seals)
    may = record.may_open_seals and not record.past
    return [parts.section(text, button=parts.button("see_seals", Action.CASE_SEALS, str(case.id)) if may else None)]


def add_menu(case_id: int) -> Block:
    """Give the menu of everything that can be added to the record, under the step that it belongs to."""
    words = record_words()
    steps = {**in_steps(), "around": AROUND}
    groups = [
        OptionGroup(
            label=label(STEP_NAMES[step]),
            options=[
                Option(value=Place(case_id, part).dump(), label=shorten(words.part(part).name, OPTION_MAX))
                for part in of_step
            ],
        )
        for step, of_step in steps.items()
    ]
    menu = StaticSelectElement(action_id=Action.RECORD_WRITE, placeholder=label("add_to_record"), option_groups=groups)
    return parts.section(render("case_add"), button=menu, block_id=f"add:{case_id}")


def entries(record: RecordView, case: CaseFacts, place: CasePlace) -> list[Block]:
    """Show every entry of the record, a page at a time, each with what can be done with it."""
    every = _every(record, case)
    shown = every[place.start : place.start + ENTRIES_SHOWN]
    if not shown:
        return [parts.section(render("case_nothing", past=record.past))]
    behind = place.start + ENTRIES_SHOWN
    turn = [parts.button("next_page", Action.CASE_PAGE, place.at("record", behind).dump())]
    return [*shown, *parts.buttons(turn if behind < len(every) else [], "turn")]


def _change(signal: SignalLine, record: RecordView, case: CaseFacts) -> Block:
    known = load_bank().signals.get(signal.id)
    text = render(
        "case_signal",
        signal=signal,
        day=parts.day(signal.at),
        label=known.label if known else signal.id,
        where=names(list(signal.countries)),
    )
    button = (
        None
        if record.past or case.state is State.CLOSED
        else write_button(case.id, "settled", 0, signal.number, "settle")
    )
    return parts.section(text, button=button)


def _risk(risk: RiskLine, record: RecordView, case: CaseFacts) -> Block:
    text = render(
        "case_risk",
        risk=risk,
        lines=[Mrkdwn(_mitigation(each, record)) for each in risk.mitigations[:MITIGATIONS_SHOWN]],
        more=max(len(risk.mitigations) - MITIGATIONS_SHOWN, 0),
    )
    written = record.past or case.state is State.CLOSED
    return parts.section(
        text, button=None if written else write_button(case.id, "mitigation", 0, risk.number, "add_mitigation")
    )


def _mitigation(each: MitigationLine, record: RecordView) -> str:
    bank = load_bank()
    signals = [bank.signals[hit].label if hit in bank.signals else hit for hit in each.hits]
    return render(
        "case_mitigation",
        each=each,
        label=bank.mitigations[each.type].label if each.type in bank.mitigations else each.type,
        since=", ".join(signals),
        day=parts.moment_day(each.check_at),
        overdue=each.check_at is not None and each.check_at <= record.at,
        owner=parts.person(each.owner),
    )


# -- every entry ---------------------------------------------------------------------------------------------------


def _every(record: RecordView, case: CaseFacts) -> list[Block]:
    """Every entry as a section: risks with what answers them first, then the parts in the order of the steps."""
    found: list[Block] = []
    for risk in record.risks:
        found.append(_with_acts(_rating(risk), record, case, "risk", risk.number))
        found += [
            _with_acts(_mitigation(each, record), record, case, "mitigation", each.number) for each in risk.mitigations
        ]
        found += [_with_acts(_gap(each), record, case, "gap", each.number) for each in risk.gaps]
    order = [*chain(*in_steps().values()), *PARTS]
    lines = (line for part in dict.fromkeys(order) for line in record.lines.get(part, ()))
    return [*found, *(_with_acts(_entry(each), record, case, each.part, each.number) for each in lines)]


def _with_acts(text: str, record: RecordView, case: CaseFacts, part: str, number: int) -> Block:
    """Lay what can be done with an entry beside it."""
    if record.past or case.state is State.CLOSED or part in FOR_GOOD:
        return parts.section(text)
    if not PARTS[part].many:
        return parts.section(text, button=write_button(case.id, part, number, 0, "edit"))
    acts = [("edit", Place(case.id, part, number))]
    if part == "mitigation":
        acts.append(("look_now", Place(case.id, "recheck", 0, number)))
    acts.append(("end_entry", Place(case.id, "ended", 0, number, part)))
    options = [Option(value=place.dump(), label=label(name)) for name, place in acts]
    menu = OverflowMenuElement(action_id=Action.RECORD_WRITE, options=options)
    return parts.section(text, button=menu)


def _rating(risk: RiskLine) -> str:
    return render("case_risk", risk=replace(risk, gaps=()), lines=[Mrkdwn(_counted(risk))], more=0)


def _counted(risk: RiskLine) -> str:
    working = sum(each.credited or each.status is Status.WORKING for each in risk.mitigations)
    return render("case_counted", working=working, others=len(risk.mitigations) - working, gaps=len(risk.gaps))


def _gap(gap: GapLine) -> str:
    return render("case_gap", gap=gap, by=parts.person(gap.decided_by), on=parts.moment_day(gap.review_at))


def _entry(line: Line) -> str:
    part, words = PARTS[line.part], record_words().part(line.part)
    pairs = [
        (words.fields[field.id].ask, Mrkdwn(_value(part.id, field, line)))
        for field in part.fields
        if line.fields.get(field.id) or field.kind is Kind.SECRET
    ]
    return render(
        "case_entry",
        name=words.name,
        many=part.many,
        number=line.number,
        by=parts.person(line.by, "the bot"),
        day=parts.day(line.at),
        lines=pairs[:FIELDS_SHOWN],
    )


def _value(part: str, field: Field, line: Line) -> str:
    """Show one field: what people wrote in one line, ids by their words, people as mentions."""
    return _SHOWN.get(field.kind, _text)(part, field, line.fields.get(field.id))


def _text(_part: str, _field: Field, value: Any) -> str:
    return quote(value, VALUE_MAX)


def _options(part: str, field: Field, value: Any) -> str:
    offered: Mapping[str, str] = {each.id: each.label for each in record_words().choices(part, field.id, field.options)}
    chosen: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    return quote(", ".join(offered.get(str(each), str(each)) for each in chosen), VALUE_MAX)


def _people(_part: str, _field: Field, value: Any) -> str:
    return parts.told(value)


def _day(_part: str, _field: Field, value: Any) -> str:
    return quote(parts.calendar_day(str(value)), VALUE_MAX)


def _countries(_part: str, _field: Field, value: Any) -> str:
    return quote(names(str(value).replace(",", " ").split()), VALUE_MAX)


def _secret(_part: str, _field: Field, _value: Any) -> str:
    return label("is_sealed")


_SHOWN = {
    Kind.ONE: _options,
    Kind.MANY: _options,
    Kind.PERSON: _people,
    Kind.PEOPLE: _people,
    Kind.DATE: _day,
    Kind.COUNTRIES: _countries,
    Kind.SECRET: _secret,
}
