"""The world changed: say what and where, look at what it touches, save."""

from __future__ import annotations

from bot import payloads, payloads_context
from bot.listeners.acts import Act
from bot.views import context as views
from workflows import context, staff
from workflows.errors import NotFound
from workflows.rules.signals import STAFF
from workflows.values import parse_case_code


def open_by_word(act: Act) -> None:
    """`/hrdd context [HR-12]`: the window, for the whole company or begun from a case."""
    rest = payloads.Word.of(act.body).rest
    case_id = parse_case_code(rest) if rest else None
    if rest and case_id is None:
        raise NotFound("case_usage")
    view = views.form(context.form(act.desk, act.person, case_id, act.now))
    act.ack()
    act.opens(view)


def open_by_button(act: Act) -> None:
    """The same from a case, a message or the home."""
    act.ack()
    case_id = parse_case_code(payloads.Click.of(act.body).value)
    act.opens(views.form(context.form(act.desk, act.person, case_id, act.now)))


def look(act: Act) -> None:
    """Show what the change touches before anything is saved. A threat to our own people is saved at once."""
    view = act.body["view"]
    case_id, view_id, given = payloads_context.case_of(view), str(view["id"]), payloads_context.change(view)
    key = context.key_of_window(view_id)
    change = context.read(act.desk, given, act.now, key=key, by=act.person, case_id=case_id)
    if change.signal == STAFF:
        saved = staff.report(act.desk, change, act.now)
        act.ack(response_action="update", view=views.done(saved))
        act.bot.wake()
        return
    preview = context.preview(act.desk, change, act.person, act.now)
    context.keep_draft(act.desk, act.person, case_id, view_id, given, act.now)
    act.ack(response_action="update", view=views.preview(preview))


def save(act: Act) -> None:
    """Save the change whose preview was sent; its clock does the rest."""
    view = act.body["view"]
    saved = context.save_draft(act.desk, act.person, payloads_context.case_of(view), str(view["id"]), act.now)
    act.ack(response_action="update", view=views.done(saved))
    act.bot.wake()
