"""What people are told in a few lines: a text, and the buttons with which they can answer at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from slack_sdk.models.blocks import Block, ButtonElement

from bot.ids import Action
from bot.views import context, inbox, named, nudge, parts, pulse
from bot.views.case import bare_line, clock_lines, line
from bot.views.check import result_blocks
from bot.views.history import outcome_name
from prompts import render
from workflows.rules.values import Level
from workflows.values import CaseFacts, Digest, Note, Receipt

SHOWN = 10
"""How many cases each list of the digest shows, so that the message stays within Slack's fifty blocks."""

Offer = tuple[str, str]
"""A button: its label and its action."""

_ACKNOWLEDGE: Offer = ("acknowledge", Action.CASE_ACKNOWLEDGE)
_DECIDE: Offer = ("decide", Action.CASE_DECIDE)
_CONTAIN: Offer = ("contain", Action.CASE_CONTAIN)
_OFFERS: Mapping[tuple[str, str], Offer] = {
    **{
        (kind, why): offer
        for kind in ("reminder", "backup_asked", "asked_again")
        for why, offer in (("acknowledge", _ACKNOWLEDGE), ("decide", _DECIDE), ("contain", _CONTAIN))
    },
    ("contain_late", ""): _CONTAIN,
    ("nobody", ""): _ACKNOWLEDGE,
    ("staff", ""): _ACKNOWLEDGE,
    ("look_again", ""): ("start_check", Action.CHECK_START),
}
"""The button with which a note can be answered, by its kind and by what it asks (`why`; "" for any)."""
OURS = frozenset(
    {"staff", "concern_answer", "concern_since", "concern_more", "concern_worse", "inbox", "pulse"}
    | {"key_waits", "key_used", "key_dropped"}
)
"""Notes in which nothing stands that anybody wrote, not even the name of a launch: they leave whatever is sealed."""

_WAYS_IN: Mapping[str, Callable[[str], list[Block]]] = {
    "inbox": inbox.message,
    "key_waits": inbox.message,
    "key_used": inbox.message,
    "key_dropped": inbox.message,
    "pulse": pulse.message,
}
"""Notes about no case, with buttons of their own."""


def message(note: Note) -> tuple[list[Block], str]:
    """Give a note as the blocks of a message, and as one text for notifications and for readers without blocks."""
    if note.kind == "result" and note.receipt is not None:
        return _result(note.receipt)
    if note.kind == "nudge" and note.questions is not None:
        return nudge.message(note.questions)
    if note.world is not None:
        return context.message(note.world)
    if note.kind == "concern_answer" and note.case is not None:
        return named.answer_message(note.case.id)
    if note.kind == "concern_since" and note.case is not None:
        return named.since_message(note.case.id, note.why)
    if note.kind == "digest" and note.digest is not None:
        return _digest(note.digest)
    text = _text(note)
    if note.kind in _WAYS_IN:
        return _WAYS_IN[note.kind](text), text
    elements = [*_offer(note), parts.button("see_case", Action.CASE_OPEN, str(note.case.id))] if note.case else []
    return [parts.section(text), *parts.buttons(elements, "note")], text


def bare(note: Note) -> tuple[list[Block], str] | None:
    """Give a note by the codes of its cases alone, where a sealed name stands in it; None where it is about no case."""
    about = _about(note)
    if not about:
        return None
    text = render("bare_note", codes=[code for _number, code, _level in about], count=len(about))
    return [parts.section(text), *(bare_line(*each) for each in about)], text


def _about(note: Note) -> list[tuple[int, str, Level]]:
    """Give the cases of a note, each once: number, code and level."""
    named = [note.case, note.receipt.case if note.receipt else None]
    if note.world is not None:
        named += note.world.cases
    if note.digest is not None:
        named += [*note.digest.late[:SHOWN], *note.digest.at_top[:SHOWN]]
    found = [(case.id, case.code, case.level) for case in named if case is not None]
    if note.questions is not None:
        found += [(each.case_id, each.code, each.level) for each in note.questions.shown]
    return list(dict.fromkeys(found))


def _text(note: Note) -> str:
    case = note.case
    return render(
        f"note_{note.kind}",
        case=case,
        by=parts.person(note.by),
        by_clock=note.by is None,
        to=parts.person(note.to),
        owner=parts.person(case.owner_id if case else None),
        backup=parts.person(case.backup_id if case else None),
        reason=note.reason,
        up=note.up,
        count=note.count,
        about=note.about,
        why=note.why,
        due=parts.moment(note.due_at),
        outcome=note.outcome,
        outcome_name=outcome_name(note.outcome),
        conditions=note.conditions,
        tapped=note.tapped,
        look_again=parts.moment_day(case.look_again_at if case else None),
    )


def _offer(note: Note) -> list[ButtonElement]:
    found = _OFFERS.get((note.kind, note.why)) or _OFFERS.get((note.kind, ""))
    if found is None or note.case is None:
        return []
    name, action = found
    value = "" if action == Action.CHECK_START else str(note.case.id)
    return [parts.button(name, action, value, style="primary")]


def _result(receipt: Receipt) -> tuple[list[Block], str]:
    elements = [parts.button("see_case", Action.CASE_OPEN, str(receipt.case.id))] if receipt.case else []
    if receipt.may_disagree:
        elements.append(parts.button("see_differently", Action.CHECK_DISAGREE, receipt.check_id))
    text = render("result_summary", receipt=receipt)
    return [*result_blocks(receipt), *parts.buttons(elements, "result")], text


def _digest(digest: Digest) -> tuple[list[Block], str]:
    """The week: how many are open, then what is late, then what waits at the top."""
    levels = ", ".join(f"{level.name} {count}" for level, count in sorted(digest.open.items(), reverse=True) if count)
    gap_codes = ", ".join(case.code for case in digest.gaps)
    total = sum(digest.open.values())
    text = render("note_digest", digest=digest, total=total, levels=levels, gap_codes=gap_codes)
    blocks = [parts.section(text), *_cases("digest_late", digest.late), *_cases("digest_top", digest.at_top)]
    return blocks, text


def _cases(title: str, cases: Sequence[CaseFacts]) -> list[Block]:
    if not cases:
        return []
    blocks: list[Block] = [parts.divider(), parts.section(render(title, count=len(cases), shown=SHOWN))]
    for case in cases[:SHOWN]:
        blocks += [line(case), parts.context(clock_lines(case))]
    return blocks
