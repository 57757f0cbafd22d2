"""The check: open it, fill it, send it, close it, see it differently."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace

from slack_sdk.errors import SlackApiError

from bot import payloads
from bot.listeners.acts import Act
from bot.views import check as views
from prompts import problem
from storage.errors import StorageError
from workflows import answers as answer_reader
from workflows import check
from workflows.errors import BadAnswer
from workflows.rules import form as form_rules
from workflows.rules.values import Answers
from workflows.values import CheckForm

log = logging.getLogger(__name__)
OUTDATED = frozenset({"hash_conflict", "not_found"})


def open_form(act: Act) -> None:
    """`/hrdd check [name]`: acknowledge, then open the form."""
    word = payloads.Word.of(act.body)
    act.ack()
    act.opens(_view(act, check.start(act.desk, word.person, word.rest, word.channel)))


def open_form_from_button(act: Act) -> None:
    """The home's button and the shortcut: the form with no name yet."""
    act.ack()
    act.opens(_view(act, check.start(act.desk, act.person, "", None)))


def answer(act: Act) -> None:
    """Somebody answered one question: keep the draft, and show the questions this answer calls for."""
    act.ack()
    view = act.body["view"]
    form = _with_hidden(act, payloads.check_form(view), payloads.questions(view))
    _keep(act, form)
    grown = _view(act, form)
    if payloads.questions(grown) != payloads.questions(view):
        _update(act, grown)


def submit(act: Act) -> None:
    """Save, then acknowledge with the receipt. What is missing is said beside each question."""
    view = act.body["view"]
    submission = payloads.submission(view, act.person)
    if _asks_for_more(act, view):
        return
    receipt = check.submit(act.desk, submission, act.now)
    act.ack(response_action="update", view=views.receipt(receipt))
    act.bot.wake()


def close(act: Act) -> None:
    """The form was closed: what Slack still sends of it is kept as a draft."""
    act.ack()
    view = act.body["view"]
    form = payloads.check_form(view)
    if form.filled or form.launch:
        # A closing that says nothing of the answers leaves the draft of the last answer as it is.
        _keep(act, _with_hidden(act, form, payloads.questions(view)))


def open_receipt(act: Act) -> None:
    """Show the result of one's own check again."""
    act.ack()
    receipt = check.own_receipt(act.desk, act.person, payloads.Click.of(act.body).value, act.now)
    act.opens(views.receipt(receipt))


def disagree(act: Act) -> None:
    """Open the check once more, with the answers as they were and a place to say why."""
    act.ack()
    check_id = payloads.Click.of(act.body).value
    act.opens(_view(act, check.reopen(act.desk, act.person, check_id)))


def _view(act: Act, form: CheckForm) -> dict[str, object]:
    answers = _read_leniently(act, form)
    visible = form_rules.visible_questions(answers)
    return act.bot.services.forms.view(form, visible, form_rules.optional_questions(answers))


def _read_leniently(act: Act, form: CheckForm) -> Answers:
    """Read what is filled in; a contradiction is told when the form is sent, not while it is being written."""
    try:
        return answer_reader.read(form.filled, act.desk.bank)
    except BadAnswer:
        contexts = [each for each in form.filled.get("M3") or () if each != "CTX-NONE"]
        kept = {name: value for name, value in form.filled.items() if name != "M3"} | {"M3": contexts}
        try:
            return answer_reader.read(kept, act.desk.bank)
        except BadAnswer:
            # Answers of an older version of the bank: the form starts anew rather than breaking.
            return Answers(frozenset())


def _keep(act: Act, form: CheckForm) -> None:
    """Keep the draft; where that fails the form goes on growing, and sending it will say what is wrong."""
    try:
        check.keep_draft(act.desk, act.person, form, act.now)
    except StorageError as error:
        log.warning("A draft was not kept: %s", type(error).__name__)


def _with_hidden(act: Act, form: CheckForm, shown: Collection[str]) -> CheckForm:
    """Add the answers to questions that the form does not show now: the person's own, else the product's last.

    They are there when their question appears, so that nothing is lost by taking one answer back. What is on the
    screen stays as it is: somebody may be answering it in this very moment.
    """
    if "M2" in shown:
        return form
    try:
        hidden, notice = check.hidden_answers(act.desk, act.person, form)
    except StorageError:
        return form
    appear = form.filled.get("M1") not in (None, ["CHG-UI"])
    filled = {**{name: value for name, value in hidden.items() if name != "M1"}, **form.filled}
    return replace(form, filled=filled, notice=notice if appear else None)


def _update(act: Act, view: dict[str, object]) -> None:
    shown = act.body["view"]
    try:
        act.bot.services.client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        # A later answer has already brought its own view, or the window is closed: nothing to show here.
        if error.response.get("error") not in OUTDATED:
            raise


def _asks_for_more(act: Act, view: dict[str, object]) -> bool:
    """Point at each open question; where the form does not show it yet, show it instead of refusing."""
    form = payloads.check_form(view)
    answers = answer_reader.read(form.filled, act.desk.bank)
    missing = form_rules.missing(answers)
    shown = payloads.block_ids(view)
    if not missing:
        return False
    if set(missing) <= shown:
        act.ack(response_action="errors", errors=dict.fromkeys(missing, problem("missing_answer")))
    else:
        act.ack(response_action="update", view=_view(act, replace(form, notice="more")))
    return True
