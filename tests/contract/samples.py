"""One of each screen and message that people get, built from a small company's case."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bot.notifier import _dump, _note
from bot.views import case as case_views
from bot.views import problems
from bot.views.check import CheckForms, receipt
from bot.views.home import home
from prompts import load_bank, problem
from workflows.findings import reasons
from workflows.rules import form as form_rules
from workflows.rules.case import Act, State
from workflows.rules.severity import assess
from workflows.rules.values import Answers, Level, Likelihood, MitigationAnswer, Severity
from workflows.values import (
    CaseCard,
    CaseFacts,
    CaseView,
    CheckForm,
    CheckLine,
    Handed,
    HistoryLine,
    HomePage,
    Note,
    Receipt,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRODUCTS = (("harbor-photos", "Harbor Photos"), ("ferry-chat", "Ferry Chat"), ("beacon-hiring", "Beacon Hiring"))
FILLED: dict[str, Any] = {
    "M1": ["CHG-SENSITIVE", "CHG-DATA"],
    "M2": ["GRP-NONUSERS", "GRP-CHILD"],
    "M3": ["CTX-NOCHOICE"],
    "M4": 3,
    "M5": 3,
    "M6": 4,
    "M7": 4,
    "M8": {
        "mitigations": [{"type": "MIT-DESIGN", "evidence": "EV3"}],
        "gap": "NOT_YET",
        "note": "Two readers start in June",
    },
}
ANSWERS = Answers(
    changes=frozenset(FILLED["M1"]),
    groups=frozenset(FILLED["M2"]),
    contexts=frozenset(FILLED["M3"]),
    scale=3,
    scope=3,
    irremediability=4,
    likelihood=4,
    mitigations=(MitigationAnswer("MIT-DESIGN", "EV3"),),
    gap="NOT_YET",
)
FINDING = assess(ANSWERS)
WHY = reasons(FINDING, load_bank())

CASE = CaseFacts(
    id=12,
    product="Harbor Photos",
    launch="Face tagging",
    level=Level.L2,
    severity=Severity.SEV4,
    likelihood=Likelihood.HAPPENING,
    state=State.WAITING,
    owner_id="U0NOOR",
    owner_role="human_rights_lead",
    backup_id="U0RUTH",
    submitter_id="U0AMINA",
    acknowledged_by=None,
    acknowledged_at=None,
    ack_due_at=AT + timedelta(days=1),
    decide_due_at=AT + timedelta(days=14),
    contain_due_at=AT + timedelta(hours=24),
    opened_at=AT,
    overdue=False,
)
TAKEN = replace(
    CASE, state=State.ACKNOWLEDGED, acknowledged_by="U0NOOR", acknowledged_at=AT + timedelta(hours=2), overdue=True
)
CARD = CaseCard(CASE, WHY, True, True, "COM-HOLD", frozenset(Act))
RECEIPT = Receipt("c" * 32, "Harbor Photos", "Face tagging", FINDING, WHY, CASE, may_disagree=True)
MILD = assess(Answers(changes=frozenset({"CHG-UI"})))
EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("case.opened", {"level": "L2", "owner": "U0NOOR"}),
    ("case.level_raised", {"level": "L3", "owner": "U0RUTH"}),
    ("case.checked_again", {"found": "L1", "level": "L2"}),
    ("case.disagreed", {"found": "L1", "level": "L2"}),
    ("case.acknowledged", {"late": True, "level": "L2"}),
    ("case.handed_up", {"level": "L3", "owner": "U0RUTH", "reason": "The board should know"}),
    ("case.handed_back", {"level": "L1", "owner": "U0DIEGO", "reason": "The readers are there"}),
    ("case.owner_replaced", {"gone": "U0DIEGO", "owner": "U0NOOR"}),
    ("case.card_rerouted", {"code": "is_archived", "from": "C0RIGHTS", "to": "U0NOOR"}),
    ("case.of_a_later_version", {}),
)
HISTORY = tuple(
    HistoryLine(AT + timedelta(hours=hour), None if "re" in kind[5:7] else "U0NOOR", kind, values)
    for hour, (kind, values) in enumerate(EVENTS)
)
PAGE = HomePage(
    owes_more=False,
    owed=(CASE,),
    checks=(CheckLine("c" * 32, "Harbor Photos", "Face tagging", Level.L2, 12, AT),),
    cases=(TAKEN,),
    caseload=(CASE, TAKEN),
    open_cases=40,
    more_after=(911, 12),
    has_draft="Voice rooms",
)
NOBODY = HomePage((), False, (), (), None, 0, None, None)


@cache
def forms(products: tuple[tuple[str, str], ...] = PRODUCTS) -> CheckForms:
    """Return the builder of forms for these products."""
    return CheckForms(load_bank(), products)


def form(answers: Answers, **fields: Any) -> dict[str, Any]:
    """Return a check's form as it stands after these answers."""
    shown = CheckForm(**{"product_id": "harbor-photos", "launch": "Face tagging", "filled": {}, **fields})
    return forms().view(shown, form_rules.visible_questions(answers), form_rules.optional_questions(answers))


def message(blocks: Any, text: str) -> dict[str, Any]:
    """Return a message as it is handed to Slack."""
    return {"text": text, "blocks": json.loads(_dump(blocks))}


def card(shown: CaseCard) -> dict[str, Any]:
    """Return a card as it is handed to Slack."""
    return message(case_views.card(shown), case_views.card_summary(shown))


VIEWS: dict[str, Callable[[], dict[str, Any]]] = {
    "check_form_empty": lambda: form(Answers(frozenset()), launch="", product_id=None),
    "check_form_wording": lambda: form(Answers(frozenset({"CHG-UI"})), filled={"M1": ["CHG-UI"]}),
    "check_form_whole": lambda: form(ANSWERS, filled=FILLED),
    "check_form_prefilled": lambda: form(ANSWERS, filled=FILLED, notice="prefilled"),
    "check_form_more": lambda: form(ANSWERS, filled=FILLED, notice="more"),
    "check_form_draft": lambda: form(ANSWERS, filled=FILLED, notice="draft_kept"),
    "check_form_again": lambda: form(ANSWERS, filled=FILLED, reopens="c" * 32, disagreement="It stays on the phone"),
    "receipt_case": lambda: receipt(RECEIPT),
    "receipt_level_kept": lambda: receipt(replace(RECEIPT, case=replace(TAKEN, level=Level.L3), may_disagree=False)),
    "receipt_team": lambda: receipt(replace(RECEIPT, finding=MILD, reasons=reasons(MILD, load_bank()), case=None)),
    "case_window": lambda: case_views.whole(CaseView(CARD, HISTORY)),
    "case_window_read_only": lambda: case_views.whole(CaseView(replace(CARD, acts=frozenset()), HISTORY[:1])),
    "hand_up": lambda: case_views.hand_form(CASE, up=True),
    "hand_back": lambda: case_views.hand_form(CASE, up=False),
    "handed": lambda: case_views.handed(CASE),
    "problem": lambda: problems.window(problem("unexpected", reference="0123abcd")),
    "home_lead": lambda: home(PAGE),
    "home_nobody": lambda: home(NOBODY),
}
MESSAGES: dict[str, Callable[[], dict[str, Any]]] = {
    "card_waiting": lambda: card(CARD),
    "card_acknowledged": lambda: card(replace(CARD, case=TAKEN, acts=frozenset({Act.HAND_UP}))),
    "card_handed": lambda: card(replace(CARD, handed=Handed("U0RUTH", False, "The readers are there"))),
    "card_disagreed": lambda: card(replace(CARD, disagreement="It stays on the phone", disagreed_by="U0AMINA")),
    "card_moved": lambda: card(replace(CARD, acts=frozenset(), moved=True)),
    "card_nobody": lambda: card(replace(CARD, case=replace(CASE, owner_id=None, backup_id=None), acts=frozenset())),
    "note_result": lambda: message(*_note(Note("result", case=CASE, receipt=RECEIPT))),
    "note_acknowledged": lambda: message(*_note(Note("acknowledged", case=TAKEN, by="U0NOOR"))),
    "note_moved": lambda: message(*_note(Note("moved", case=CASE, by="U0NOOR", reason="They asked", up=True))),
    "note_severe": lambda: message(*_note(Note("severe", case=CASE, to="U0NOOR"))),
    "note_several": lambda: message(*_note(Note("several", case=CASE, to="U0RUTH", count=3))),
    "note_replaced": lambda: message(*_note(Note("replaced", case=CASE))),
}
