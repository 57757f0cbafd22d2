"""The deep form DA-1: the list of its items with who filled what, and one page of them as a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.ids import Action, Callback
from bot.payloads_record import Written as Memory
from bot.views import parts
from bot.views.record_form import confirmation, draft_notice, inputs, write_button
from bot.views.wire import as_dict
from prompts import RecordWords, label, render
from workflows.deep_form import DeepForm, Item, Page, PageWritten
from workflows.record import Written
from workflows.record_drafts import Draft
from workflows.values import CaseView

ITEMS_SHOWN = 80
"""How many items a window shows, so that it stays within Slack's hundred blocks; there are twenty-six."""


def window(form: DeepForm, words: RecordWords) -> dict[str, Any]:
    """Give the list of items: what the case needs, page by page, then what may be added."""
    blocks = [parts.section(render("deep_intro", case=form.case, opens=form.opens, needed=bool(form.pages)))]
    for number, items in enumerate(form.pages, 1):
        blocks += _page(form, number, items, words)
    if form.offered:
        blocks += [parts.divider(), parts.section(render("deep_offered", needed=bool(form.pages)))]
        blocks += [_item(form, each, words) for each in form.offered]
    blocks += _ask(form)
    shown = parts.modal(label("deep"), blocks, callback_id=Callback.DEEP_VIEW, memory=str(form.case.id))
    return as_dict(shown)


def page(shown: Page, words: RecordWords, drafts: Mapping[str, Draft], below: str = "") -> dict[str, Any]:
    """Give one page to fill: every item on it, as it is written or as the person left it (`drafts`, by item)."""
    blocks = draft_notice(list(drafts.values()))
    blocks.append(parts.context(render("deep_page", case=shown.case, number=shown.number, of=shown.of)))
    for sheet in shown.sheets:
        item = sheet.part.id
        said = words.part(item)
        writers = [parts.person(each) for each in sheet.written_by]
        text = render("record_intro", name=said.name, intro=said.intro, case=None, writers=writers)
        blocks += [parts.divider(), parts.section(text)]
        draft = drafts.get(item)
        blocks += inputs(sheet, words, draft.fields if draft else sheet.fields, f"{item}.")
    memory = Memory(shown.case.id, tuple(each.part.id for each in shown.sheets), shown.number, below)
    modal = parts.modal(
        label("deep"), blocks, callback_id=Callback.DEEP_PAGE, submit="save", memory=memory.dump(), tells_on_close=True
    )
    return as_dict(modal)


def saved(written: PageWritten, view: CaseView | None, words: RecordWords, memory: Memory) -> dict[str, Any]:
    """Give the window that confirms a page: the items that say something new now, and what is missing next."""
    names = tuple(words.part(each).name for each in written.items)
    return confirmation(Written(written.case, "", 0, written.raised), names, view, memory)


def _page(form: DeepForm, number: int, items: Sequence[Item], words: RecordWords) -> list[Block]:
    heading = parts.section(render("deep_heading", number=number, of=len(form.pages)))
    together = [each for each in items if each.on_page]
    button = parts.button("fill_page", Action.DEEP_PAGE, f"{form.case.id}:{number}")
    rows = parts.buttons([button]) if len(together) > 1 and form.may_write else []
    return [parts.divider(), heading, *(_item(form, each, words) for each in items), *rows]


def _item(form: DeepForm, item: Item, words: RecordWords) -> Block:
    asked = words.items[item.item]
    text = render(
        "deep_item",
        question=asked.question,
        why=asked.why,
        name=words.part(item.part).name,
        item=item,
        by=[parts.person(each) for each in item.by],
    )
    name = "write_it" if not item.count or item.entry else "add_to_it" if item.is_list else "change_it"
    button = write_button(form.case.id, item.part, item.entry, label=name) if form.may_write else None
    return parts.section(text, button=button)


def _ask(form: DeepForm) -> list[Block]:
    """What asks for more eyes: somebody else's, or those of the whole form. Each row has one of a kind."""
    row = [write_button(form.case.id, "invited", label="invite")] if form.may_invite else []
    if form.may_ask:
        row.append(parts.button("ask_anyway", Action.DEEP_ASK, str(form.case.id)))
    return [parts.divider(), *parts.buttons(row)] if row else []
