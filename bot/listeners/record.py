"""The living record: open the window of a part, save it, keep what was not sent; and the deep form, page by page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot import payloads_record as payloads
from bot.ids import Callback
from bot.listeners.acts import Act
from bot.views import case as case_views
from bot.views import deep as deep_views
from bot.views import record_form as views
from prompts import record_words
from storage.errors import StorageError
from workflows import deep_form, dossier, record, record_drafts
from workflows.errors import HrddError, NotFound
from workflows.record import Writing
from workflows.values import CaseView, parse_case_code

log = logging.getLogger(__name__)
GIVES_WAY = frozenset({Callback.RECORD_SAVED, Callback.MISSING})
"""Windows in which nothing is written: what is opened there takes their place, so that three are always enough."""


def write(act: Act) -> None:
    """Open the window of a part: a new entry, or one to correct, with what the person left unsent."""
    place = payloads.Place.load(payloads.asked(act.body))
    act.ack()
    sheet, draft = record_drafts.begin(act.desk, place.case_id, act.person, place.part, place.number, act.now)
    _shows(act, views.form(sheet, record_words(), place, draft=draft, below=_below(act)))


def save(act: Act) -> None:
    """Save a part, then acknowledge with what was saved and what is missing next."""
    view, memory = act.body["view"], _memory(act)
    part = memory.parts[0]
    fields = payloads.fields(view)
    sent = Writing(memory.case_id, act.person, part, fields, memory.number, _sending(view), memory.seen)
    written = record.put(act.desk, sent, act.now)
    seen = _seen(act, memory.case_id)
    changed = fields.get("context_changed") == "YES"
    act.ack(response_action="update", view=views.saved(written, seen, record_words(), memory.below, changed=changed))
    act.bot.wake()
    _quietly("A draft was not forgotten", lambda: _forget(act, memory))
    _refresh(act, memory, seen)


def close(act: Act) -> None:
    """A window was closed without sending: what stands in it is kept for the same person."""
    act.ack()
    view, memory = act.body["view"], _memory(act)
    if not payloads.says_something(view):
        return
    if view["callback_id"] == Callback.DEEP_PAGE:
        held = {part: payloads.fields_of(view, part) for part in memory.parts}
    else:
        held = {part: payloads.fields(view) for part in memory.parts}
    _quietly("A draft was not kept", lambda: _keep(act, memory, held))


def open_deep(act: Act) -> None:
    """Show the items that a case needs, who filled what, and what is open."""
    act.ack()
    _shows(act, deep_views.window(deep_form.look(act.desk, _case_id(act), act.person, act.now), record_words()))


def ask_deep(act: Act) -> None:
    """A human rights lead wants a closer look than the case needs by itself."""
    form = deep_form.ask(act.desk, _case_id(act), act.person, act.now)
    act.ack()
    _update(act, str(act.body["view"]["id"]), deep_views.window(form, record_words()))


def open_page(act: Act) -> None:
    """Open one page of the deep form, with what the person left unsent on it."""
    case, _, number = payloads.asked(act.body).partition(":")
    case_id = parse_case_code(case)
    if case_id is None or not number.isdigit():
        raise NotFound
    act.ack()
    page = deep_form.page(act.desk, case_id, act.person, int(number), act.now)
    begun = {
        each.part.id: record_drafts.begin(act.desk, case_id, act.person, each.part.id, 0, act.now)[1]
        for each in page.sheets
    }
    drafts = {item: draft for item, draft in begun.items() if draft is not None}
    _shows(act, deep_views.page(page, record_words(), drafts, _below(act)))


def save_page(act: Act) -> None:
    """Save what is new on a page, each item by itself, then acknowledge."""
    view, memory = act.body["view"], _memory(act)
    items = {item: payloads.fields_of(view, item) for item in memory.parts}
    sent = deep_form.PageWriting(memory.case_id, act.person, items, _sending(view))
    written = deep_form.put_page(act.desk, sent, act.now)
    seen = _seen(act, memory.case_id)
    act.ack(response_action="update", view=deep_views.saved(written, seen, record_words(), memory))
    act.bot.wake()
    _quietly("A draft was not forgotten", lambda: _forget(act, memory))
    _refresh(act, memory, seen)


def _shows(act: Act, view: Mapping[str, Any]) -> None:
    """Show a window: on top, or in place of one that gives way, or of the third, because Slack takes no fourth."""
    if payloads.below(act.body) in GIVES_WAY or payloads.is_full(act.body):
        act.bot.services.client.views_update(view_id=act.body["view"]["id"], view=dict(view))
    else:
        act.opens(view)


def _below(act: Act) -> str:
    """Say which window will lie under the one that opens: what is replaced leaves what was under it."""
    clicked = payloads.below(act.body)
    if clicked == Callback.RECORD_SAVED:
        return _memory(act).below
    return "" if clicked in GIVES_WAY or payloads.is_full(act.body) else clicked


def _memory(act: Act) -> payloads.Written:
    return payloads.Written.load(str(act.body["view"]["private_metadata"]))


def _sending(view: Mapping[str, Any]) -> str:
    """Name a sending: a window that is used for one part after another keeps its id and changes its hash."""
    return f"{view['id']}:{view.get('hash') or ''}"[:80]


def _case_id(act: Act) -> int:
    case_id = parse_case_code(payloads.asked(act.body))
    if case_id is None:
        raise NotFound
    return case_id


def _keep(act: Act, memory: payloads.Written, held: Mapping[str, Mapping[str, Any]]) -> None:
    for part, fields in held.items():
        record_drafts.keep(act.desk, act.person, memory.case_id, part, memory.number, fields, act.now)


def _forget(act: Act, memory: payloads.Written) -> None:
    for part in memory.parts:
        record_drafts.forget(act.desk, act.person, memory.case_id, part, memory.number)


def _seen(act: Act, case_id: int) -> CaseView | None:
    """Read the case after it was written. What was saved is saved: where this fails, less is shown."""
    found: list[CaseView] = []
    _quietly("A case was not read", lambda: found.append(dossier.view(act.desk, case_id, act.person, act.now)))
    return found[0] if found else None


def _refresh(act: Act, memory: payloads.Written, seen: CaseView | None) -> None:
    """Bring the window below up to date, where it is one that shows the case or its deep form."""
    lower = str(act.body["view"].get("previous_view_id") or "")
    if lower and memory.below == Callback.CASE_VIEW and seen is not None:
        _quietly("A window was not brought up to date", lambda: _update(act, lower, case_views.whole(seen)))
    if lower and memory.below == Callback.DEEP_VIEW:
        _quietly("A window was not brought up to date", lambda: _update(act, lower, _deep(act, memory.case_id)))


def _deep(act: Act, case_id: int) -> Mapping[str, Any]:
    return deep_views.window(deep_form.look(act.desk, case_id, act.person, act.now), record_words())


def _update(act: Act, view_id: str, view: Mapping[str, Any]) -> None:
    act.bot.services.client.views_update(view_id=view_id, view=dict(view))


def _quietly(trouble: str, do: Callable[[], object]) -> None:
    """Do what nobody waits for: the act itself is saved and answered, so what goes wrong here is only logged."""
    try:
        do()
    except (HrddError, StorageError, SlackApiError, SlackClientError, OSError) as error:
        log.warning("%s: %s", trouble, type(error).__name__)
