"""Windows and lines of concerns that are raised by name or in confidence. No word of one is ever part of a message.

The window for the words stands in `bot/views/concern.py`: it is the same whoever raises a concern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block, InputBlock, Option, RadioButtonsElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads_concern import LINK, Choices, Place
from bot.views import concern_parts, long_text, parts
from bot.views.concern_parts import topic_name
from bot.views.products import Products
from bot.views.wire import as_dict
from prompts import Mrkdwn, label, render
from workflows.concern_clocks import SINCE
from workflows.concern_thread import ABOUT
from workflows.concern_values import Facts, Raised, Said, Thread
from workflows.rules.recipients import Recipient

ROOM = 80
"""How many blocks of one window hold what was written: Slack takes a hundred."""


def about(choices: Choices, products: Products, recipients: Sequence[Recipient]) -> dict[str, Any]:
    """Give the window for a concern about a message; it shows the way to the message, not its text."""
    blocks = [
        parts.section(render("concern_about_intro", link=_link(choices.link))),
        concern_parts.topic(),
        concern_parts.leader(),
        *concern_parts.left_out(recipients),
        concern_parts.product(products),
        concern_parts.words(),
        concern_parts.checkin(),
    ]
    return _modal("title_concern", blocks, Callback.CONCERN_ABOUT, choices.dump(), submit="send")


def sent(raised: Raised) -> dict[str, Any]:
    """Give the receipt: its name, which role answers, and by when."""
    text = render(
        "concern_sent",
        raised=raised,
        acknowledge=parts.moment_day(raised.acknowledge_by),
        answer=parts.moment_day(raised.answer_by),
    )
    return _modal("title_concern", [parts.section(text)], Callback.CONCERN_SENT, raised.code, submit="done")


def done(which: str) -> dict[str, Any]:
    """Give a window that says what became of an act, and can only be closed."""
    return _modal("title_concern", [parts.section(render("concern_done", which=which))], Callback.PROBLEM, "")


def thread(found: Thread) -> dict[str, Any]:
    """Give a concern with all that was written, and the field to write more; for either side of it."""
    place, written = Place(found.facts.case_id, found.held).dump(), _written(found)
    head = render(
        "concern_thread",
        found=found,
        facts=found.facts,
        topic=topic_name(found.facts.topic),
        reporter=parts.person(found.reporter),
        raised=parts.day(found.facts.at),
        acknowledge=parts.moment_day(found.facts.acknowledge_by),
        answer=parts.moment_day(found.facts.answer_by),
        more=parts.moment_day(found.facts.more_by),
        hidden=len(found.said) - len(written),
    )
    blocks = [parts.section(head), parts.divider(), *(block for each in written for block in each)]
    blocks.append(parts.divider())
    if found.held:
        blocks.append(_what())
    blocks.append(concern_parts.words("ask_answer" if found.held else "ask_more"))
    return _modal("title_concern", blocks, Callback.CONCERN_READ, place, submit="send")


def in_case(concern: Facts) -> list[Block]:
    """Give the section of a case's window that says what was raised, with the way to the words, for its two."""
    text = render(
        "case_concern",
        facts=concern,
        topic=topic_name(concern.topic),
        acknowledge=parts.moment_day(concern.acknowledge_by),
        answer=parts.moment_day(concern.answer_by),
        more=parts.moment_day(concern.more_by),
    )
    button = parts.button("read_concern", Action.CONCERN_READ, Place(concern.case_id, held=True).dump())
    return [parts.section(text, button=button)]


def on_home(concerns: Sequence[Facts]) -> list[Block]:
    """Give somebody's own concerns, how each stands, with the way to the answers; nothing where there are none."""
    if not concerns:
        return []
    blocks: list[Block] = [parts.divider(), parts.section(render("home_concerns", count=len(concerns)))]
    for each in concerns:
        button = parts.button("open", Action.CONCERN_READ, Place(each.case_id).dump())
        text = render("concern_line", facts=each, topic=topic_name(each.topic), day=parts.day(each.at))
        blocks.append(parts.section(text, button=button))
    return blocks


def answer_message(case_id: int) -> tuple[list[Block], str]:
    """Tell a reporter that there is an answer, and nothing else."""
    text = render("note_concern_answer")
    button = parts.button("read_answer", Action.CONCERN_READ, Place(case_id).dump(), style="primary")
    return [parts.section(text), *parts.buttons([button], "note")], text


def since_message(case_id: int, days: str) -> tuple[list[Block], str]:
    """Ask a reporter how they have been; each answer is one tap."""
    text = render("note_concern_since")
    # One row for each: two buttons of a row cannot have the same action.
    rows = [
        parts.buttons([parts.button(f"since_{how}", Action.CONCERN_SINCE, f"{case_id}:{days}:{how}")], f"since:{how}")
        for how in SINCE
    ]
    return [parts.section(text), *(block for row in rows for block in row)], text


def _written(found: Thread) -> list[list[Block]]:
    """Give the first text, which says what was raised, and after it the newest ones, as many as there is room for."""
    texts = [_text(each, found.held) for each in found.said]
    first, newest = texts[:1], list[list[Block]]()
    room = ROOM - sum(map(len, first))
    for each in reversed(texts[1:]):
        room -= len(each)
        if room < 0:
            break
        newest.insert(0, each)
    return first + newest


def _text(said: Said, held: bool) -> list[Block]:
    by = ("us" if held else "answer") if said.ours else ("reporter" if held else "you")
    first, _, rest = said.text.partition("\n")
    link = _link(first)
    head = parts.section(render("concern_said", by=by, about=said.about, day=parts.moment(said.at), link=link))
    return [head, *long_text.sections(rest if link else said.text)]


def _link(address: str) -> Mrkdwn:
    """Give the way to a message that a concern is about; nothing for what is no such address."""
    return Mrkdwn(f"<{address}|{label('the_message')}>" if LINK.fullmatch(address) else "")


def _what() -> Block:
    offered = [Option(value=each, label=label(f"about_{each}")) for each in ABOUT]
    radio = RadioButtonsElement(action_id=Action.ANSWER, options=offered)
    return InputBlock(block_id=BlockId.WHAT, label=label("ask_about"), element=radio)


def _modal(
    title: str, blocks: Sequence[Block], callback: str, memory: str, submit: str | None = None
) -> dict[str, Any]:
    return as_dict(parts.modal(label(title), blocks, callback_id=callback, submit=submit, memory=memory))
