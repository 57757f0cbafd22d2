"""The small parts that every screen is made of. Words come rendered from `prompts`; limits are Slack's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    BlockElement,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.block_elements import InteractiveElement
from slack_sdk.models.views import View

from prompts import Mrkdwn, label, listed, shorten
from workflows.values import is_person

SECTION_MAX = 3000
HEADER_MAX = 150
BUTTON_MAX = 75
TITLE_MAX = 24


def header(text: str) -> Block:
    """A large line."""
    return HeaderBlock(text=shorten(text, HEADER_MAX))


def section(text: str, *, button: BlockElement | None = None, block_id: str | None = None) -> Block:
    """A paragraph of mrkdwn, with a button or menu beside it. Text past Slack's limit is cut at a line's end."""
    return SectionBlock(text=MarkdownTextObject(text=_fit(text, SECTION_MAX)), accessory=button, block_id=block_id)


def context(text: str) -> Block:
    """A small grey line."""
    return ContextBlock(elements=[MarkdownTextObject(text=_fit(text, SECTION_MAX))])


def divider() -> Block:
    """A thin rule between two subjects."""
    return DividerBlock()


def button(name: str, action: str, value: str = "", *, style: str | None = None) -> ButtonElement:
    """A button with a label of prompts/en/labels.yaml; `value` travels back with the click."""
    return ButtonElement(text=shorten(label(name), BUTTON_MAX), action_id=action, value=value or None, style=style)


def buttons(elements: Sequence[InteractiveElement], block_id: str | None = None) -> list[Block]:
    """A row of buttons, menus and calendars, or nothing where there are none."""
    return [ActionsBlock(elements=list(elements), block_id=block_id)] if elements else []


def person(person_id: str | None, nobody: str = "nobody yet") -> Mrkdwn:
    """A mention that Slack shows as the person's name; of what is no id nothing is shown."""
    return Mrkdwn(f"<@{person_id}>") if person_id and is_person(person_id) else Mrkdwn(nobody)


def moment(at: datetime | None) -> Mrkdwn:
    """A point in time that each reader sees in their own zone; the fallback is UTC and says so."""
    if at is None:
        return Mrkdwn("no date set")
    fallback = at.strftime("%d %b %Y, %H:%M UTC")
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>")


def day(at: datetime) -> Mrkdwn:
    """A day that each reader sees in their own zone."""
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}}|{at.strftime('%d %b %Y')}>")


def moment_day(at: datetime | None) -> Mrkdwn:
    """A day that may not be set yet."""
    return day(at) if at is not None else Mrkdwn("no date set")


def calendar_day(text: str | None) -> str:
    """A day as people write it, from an ISO date, or from an ISO moment in each reader's zone; else nothing."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return ""
    return day(at) if at.tzinfo is not None else f"{at:%d %b %Y}".lstrip("0")


def told(ids: object) -> Mrkdwn:
    """Those who were told, as mentions: one id or a list of ids, people or channels."""
    named = [ids] if isinstance(ids, str) else ids if isinstance(ids, list | tuple) else []
    return listed([_place(str(each)) for each in named]) or Mrkdwn("nobody")


def _place(id_: str) -> Mrkdwn:
    return Mrkdwn(f"<#{id_}>") if id_.startswith(("C", "G")) else person(id_)


def bullets(lines: Iterable[str]) -> Mrkdwn:
    """Lines of mrkdwn as a list."""
    return Mrkdwn("\n".join(f"•  {line}" for line in lines))


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    close: str = "close",
    submit: str | None = None,
    memory: str = "",
    tells_on_close: bool = False,
) -> View:
    """A window; `close` and `submit` are labels. `memory` comes back with every act in it; it holds ids only."""
    return View(
        type="modal",
        callback_id=callback_id,
        title=PlainTextObject(text=shorten(title, TITLE_MAX)),
        submit=PlainTextObject(text=label(submit)) if submit else None,
        close=PlainTextObject(text=label(close)),
        blocks=list(blocks),
        private_metadata=memory or None,
        notify_on_close=tells_on_close,
    )


def _fit(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[: limit - 2]
    # Ending inside a link, a mention or an entity would show its raw signs.
    return kept[: kept.rfind("\n")].rstrip() + "\n…" if "\n" in kept else kept.rsplit(" ", 1)[0] + " …"
