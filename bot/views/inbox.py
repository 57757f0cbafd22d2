"""The windows of those who read anonymous reports. What people wrote is shown here and in no message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, InputBlock, Option, PlainTextInputElement, RadioButtonsElement

from bot.ids import Action, Callback
from bot.ids import Block as BlockId
from bot.payloads_inbox import CASE, Place
from bot.views import long_text, parts
from bot.views.concern_parts import topic_name
from bot.views.wire import as_dict
from prompts import label, render
from workflows.blind_values import TEXT_MOST
from workflows.inbox_acts import OVER
from workflows.inbox_values import Line, Listing, NewKey, Reading, WaitingKey

SHOWN = 25
"""How many reports stand on one page of the list."""
LETTERS = 10
"""How many messages stand on one page of a report: with the longest words, and nothing but signs, they fit."""
CONFIRM = "confirm"
"""What a button says of another reader's new key."""
NEW, LOCK, PAGE = "new", "lock", "page"
"""What a button that opens the inbox can also ask for: a new key, to lock it, a page of the list."""
WITHOUT_WORDS = ("acknowledge", "let_in")
"""What a reader can have done that takes no words."""
_ACTS = (
    ("message", "report_message"),
    ("feedback", "report_feedback"),
    ("closing", "report_closing"),
    (CASE, "report_case"),
)


def key(passphrase: str, nonce: str, *, again: bool) -> dict[str, Any]:
    """Give the window in which a reader gets their passphrase, and types two of its words back."""
    blocks = [
        parts.section(render("inbox_key", again=again)),
        _field(BlockId.PASSPHRASE, "ask_passphrase_shown", "hint_passphrase_shown", passphrase),
        _field(BlockId.SECOND_GROUP, "ask_second_word", "hint_words"),
        _field(BlockId.FOURTH_GROUP, "ask_fifth_word", "hint_words"),
    ]
    return _modal("title_inbox", blocks, Callback.INBOX_KEY, nonce, submit="keep_key")


def key_done(made: NewKey) -> dict[str, Any]:
    """Say that a reader has a key, or that their new one waits until somebody has said that it is theirs."""
    said = parts.section(render("inbox_key_done", waits=made.waits, code=made.fingerprint))
    blocks = [said, *([] if made.waits else _opening("open_inbox"))]
    return _modal("title_inbox", blocks, Callback.PROBLEM)


def unlock(demo: str = "", asked: datetime | None = None) -> dict[str, Any]:
    """Give the window for the passphrase.

    `demo` is the one that everybody may know where this is only tried out; `asked` is since when a key in this reader's
    name waits.
    """
    forgot = parts.button("forgot", Action.INBOX_OPEN, NEW)
    blocks = [
        parts.section(render("inbox_unlock", demo=demo, asked=parts.day(asked) if asked else "")),
        _field(BlockId.PASSPHRASE, "ask_passphrase", "hint_passphrase"),
        *parts.buttons([forgot], "forgot"),
    ]
    return _modal("title_inbox", blocks, Callback.INBOX_UNLOCK, submit="unlock")


def code(fingerprint: str) -> dict[str, Any]:
    """Show the code of a reader's new key again, to whoever typed its passphrase."""
    return _modal("title_inbox", [parts.section(render("inbox_code", code=fingerprint))], Callback.PROBLEM)


def confirm(waiting: WaitingKey) -> dict[str, Any]:
    """Ask whether another reader's new key is theirs; it takes this reader's passphrase once more."""
    blocks = [
        parts.section(render("inbox_confirm", name=waiting.name, code=waiting.fingerprint)),
        _field(BlockId.PASSPHRASE, "ask_passphrase", "hint_passphrase"),
    ]
    memory = f"{waiting.lead}:{waiting.fingerprint}"
    return _modal("title_inbox", blocks, Callback.INBOX_CONFIRM, memory, submit="confirm_key")


def locked() -> dict[str, Any]:
    """Say that the inbox is closed."""
    return _modal("title_inbox", [parts.section(render("inbox_locked"))], Callback.PROBLEM)


def listing(found: Listing, page: int = 0, *, done: str = "", asked: datetime | None = None) -> dict[str, Any]:
    """Give the reports that a reader is shown, after other readers' new keys.

    `done` says what this reader just did; `asked` is when somebody asked for a new key in their name, not needed now.
    """
    shown = found.lines[page * SHOWN : (page + 1) * SHOWN]
    when = parts.day(asked) if asked else ""
    blocks = [parts.section(render("inbox_list", count=len(found.lines), done=done, asked=when))]
    for waiting in found.waiting if not page else ():
        compare = parts.button("compare_key", Action.INBOX_ACT, f"{CONFIRM}:{waiting.lead}:{waiting.fingerprint}")
        said = render("inbox_waiting", waiting=waiting, day=parts.day(waiting.made_at))
        blocks += [parts.section(said), *parts.buttons([compare], f"confirm:{waiting.lead}"), parts.divider()]
    for each in shown:
        read = parts.button("read_it", Action.INBOX_READ, each.id)
        blocks.append(parts.section(_line(each), button=read))
    turn = [parts.button("lock", Action.INBOX_OPEN, LOCK)]
    blocks += parts.buttons(turn, "lock")
    if page:
        blocks += parts.buttons([parts.button("first_page", Action.INBOX_OPEN, f"{PAGE}:0")], "first")
    if len(found.lines) > (page + 1) * SHOWN:
        blocks += parts.buttons([parts.button("next_page", Action.INBOX_OPEN, f"{PAGE}:{page + 1}")], "next")
    return _modal("title_inbox", blocks, Callback.INBOX_LIST)


def reading(found: Reading, page: int = 0, *, done: str = "", code: str = "") -> dict[str, Any]:
    """Give a report with what was written in it, the newest page first, and the field to answer.

    `done` says what a reader just did; `code` is the name of the case that they opened.
    """
    line, over = found.line, found.line.state in OVER
    # Slack would leave what was just sent in the field, to be sent again.
    writes = not over and done in ("", *WITHOUT_WORDS)
    said = render(
        "inbox_read",
        done=done,
        code=code,
        checkin=found.checkin and not over,
        newcomers=() if over else found.newcomers,
    )
    blocks = [parts.section(_line(line))]
    blocks += [parts.section(said)] if said else []
    blocks += _acts(found, over=over)
    blocks += _letters(found, page)
    if writes:
        blocks += [parts.divider(), _what(), _words()]
    elif not over:
        blocks += parts.buttons([parts.button("write_again", Action.INBOX_READ, line.id)], "again")
    memory = Place(line.id, found.seq, found.seen).dump()
    return _modal("title_inbox", blocks, Callback.INBOX_READ, memory, submit="send" if writes else None)


def on_home(has_key: bool | None) -> list[Block]:
    """Give the way in for somebody who reads anonymous reports; nothing for anybody else."""
    if has_key is None:
        return []
    text = parts.section(render("inbox_home", has_key=has_key))
    return [parts.divider(), text, *_opening("open_inbox" if has_key else "set_up_key")]


def message(text: str) -> list[Block]:
    """Give the note of every working day."""
    return [parts.section(text, block_id="about"), *_opening("open_inbox")]


def _opening(name: str) -> list[Block]:
    return parts.buttons([parts.button(name, Action.INBOX_OPEN, style="primary")], "inbox")


def _line(line: Line) -> str:
    erased = f"{line.erased_on:%d %b %Y}".lstrip("0") if line.erased_on else ""
    return render(
        "inbox_line", line=line, topic=topic_name(line.topic), due=parts.moment_day(line.answer_by), erased=erased
    )


def _acts(found: Reading, *, over: bool) -> list[Block]:
    """Give what takes no words, each in a row of its own."""
    rows = []
    if found.line.state == "waiting":
        rows.append(("acknowledge_report", "ack"))
    if found.newcomers and not over:
        rows.append(("let_in", "let_in"))
    place = Place(found.line.id, seen=found.seen).dump()
    return [
        block
        for name, act in rows
        for block in parts.buttons([parts.button(name, Action.INBOX_ACT, f"{act}:{place}")], act)
    ]


def _letters(found: Reading, page: int) -> list[Block]:
    """Give one page of the messages: the newest ones where it is the first."""
    end = max(len(found.letters) - page * LETTERS, 0)
    start = max(end - LETTERS, 0)
    blocks: list[Block] = []
    if start:
        earlier = Place(found.line.id, page + 1).dump()
        blocks += parts.buttons([parts.button("earlier_messages", Action.INBOX_READ, earlier)], "earlier")
    for each in found.letters[start:end]:
        blocks += [parts.context(render("inbox_letter", letter=each)), *long_text.sections(each.text)]
    if page:
        blocks += parts.buttons([parts.button("newest_messages", Action.INBOX_READ, found.line.id)], "newest")
    return blocks


def _what() -> Block:
    offered = [Option(value=value, label=label(name)) for value, name in _ACTS]
    radio = RadioButtonsElement(action_id=Action.ANSWER, options=offered, initial_option=offered[0])
    return InputBlock(block_id=BlockId.WHAT, label=label("ask_report_about"), element=radio)


def _words() -> Block:
    text = PlainTextInputElement(action_id=Action.ANSWER, multiline=True, max_length=TEXT_MOST)
    hint = label("hint_report_words")
    return InputBlock(block_id=BlockId.CONCERN, label=label("ask_report_words"), hint=hint, element=text)


def _field(block: BlockId, ask: str, hint: str, initial: str | None = None) -> Block:
    text = PlainTextInputElement(action_id=Action.ANSWER, initial_value=initial, max_length=200)
    return InputBlock(block_id=block, label=label(ask), hint=label(hint), element=text)


def _modal(
    title: str, blocks: Sequence[Block], callback: str, memory: str = "", submit: str | None = None
) -> dict[str, Any]:
    return as_dict(parts.modal(label(title), blocks, callback_id=callback, submit=submit, memory=memory))
