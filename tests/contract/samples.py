"""One of each screen and message that people get, built from a small company's case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any

from bot.notifier import _note, _wire
from bot.views import acts, missing, nudge, problems
from bot.views import case as case_views
from bot.views import note as note_views
from bot.views.check import CheckForms, receipt
from bot.views.home import home
from prompts import load_bank, problem
from tests.contract.blind_screens import blind_screens
from tests.contract.case_screens import case_screens
from tests.contract.context_screens import context_notes, context_screens
from tests.contract.inbox_screens import inbox_notes, inbox_screens
from tests.contract.named_screens import FACTS as RAISED
from tests.contract.named_screens import TOLD, named_notes, named_screens
from tests.contract.record_screens import record_screens
from workflows.findings import reasons
from workflows.nudge_values import Answered, Kept, Question, Questions
from workflows.record_values import Line, RecordView
from workflows.rules import form as form_rules
from workflows.rules.case import Act, State
from workflows.rules.decision import Outcome
from workflows.rules.locks import Missing
from workflows.rules.mitigations import Status
from workflows.rules.severity import assess
from workflows.rules.values import Answers, Level, Likelihood, MitigationAnswer, Severity
from workflows.values import (
    CaseCard,
    CaseFacts,
    CaseView,
    CheckForm,
    CheckLine,
    Digest,
    Handed,
    HistoryLine,
    HomePage,
    Note,
    Receipt,
)

ALARMS = ("overdue", "engine", "maybe_sent", "parked", "slot", "clock", "nobody", "of_a_later_version")
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
CLOSED = replace(
    TAKEN,
    state=State.CLOSED,
    overdue=False,
    decision="conditions",
    decided_by="U0NOOR",
    decided_at=AT + timedelta(days=3),
    look_again_at=AT + timedelta(days=90),
    contained_by="U0NOOR",
    contained_at=AT + timedelta(hours=5),
)
HELD = replace(CLOSED, state=State.ACKNOWLEDGED, decision="hold", contained_by=None, contained_at=None)
TRACKED = replace(CLOSED, state=State.TRACKED, decision="go")
TOP = replace(CASE, level=Level.L3, owner_id="U0RUTH", owner_role="executive_board", backup_id="U0NOOR", overdue=True)
UNOWNED = replace(CASE, owner_id=None, backup_id=None)
CARD = CaseCard(CASE, WHY, True, True, "COM-HOLD", frozenset(Act) - {Act.DECIDE, Act.SNOOZE, Act.CLOSE})
AFTER_ACKNOWLEDGING = frozenset(Act) - {Act.ACKNOWLEDGE, Act.CLOSE}
LACKS = (
    Missing("contain_first", ""),
    Missing("risk_not_described", "risk", entry=1),
    Missing("risk_not_answered", "mitigation", about=1),
    Missing("check_not_planned", "mitigation", about=1),
    Missing("denial_missing", "denial", about=2),
    Missing("item_missing", "D08", item="D08"),
    Missing("discussion_missing", "discussion"),
)
"""Some of what a record can lack before an approval."""
RECORD = RecordView(
    at=AT,
    past=False,
    steps=(),
    risks=(),
    signals=(),
    items=(),
    lines={
        "dissent": (
            Line("dissent", 1, "U0SAM", AT, {"who": "The works council", "why": "Nobody asked the night shift"}),
        ),
        "D19": (Line("D19", 1, "U0AMINA", AT, {"benefits": "People find each other after a flood"}),),
        "D25": (Line("D25", 1, "U0AMINA", AT, {"present": "YES", "what": "Two others sell the same"}),),
    },
    to_approve=LACKS,
    to_close=LACKS[-1:],
    level_now=Level.L2,
    severity_now=Severity.SEV4,
)
WHOLE = CaseView(CARD, (), date(2026, 3, 23), RECORD)
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
    ("case.taken", {"level": "L2", "owner": "U0RUTH"}),
    ("case.reminded", {"to": ["U0NOOR"], "why": "acknowledge", "level": "L2"}),
    ("case.backup_asked", {"to": ["U0RUTH"], "why": "decide", "level": "L2"}),
    (
        "case.moved_up",
        {"from": "L2", "level": "L3", "owner": "U0RUTH", "was": "U0NOOR", "to": ["U0RUTH"], "why": "decide"},
    ),
    ("case.asked_again", {"to": ["U0RUTH", "U0NOOR"], "why": "acknowledge", "level": "L3"}),
    ("case.passed_to_nobody", {"to": [], "why": "nobody", "level": "L2"}),
    ("case.contain_late", {"to": ["U0NOOR", "U0RUTH"], "why": "contain", "level": "L2"}),
    ("case.contained", {"late": True, "reason": "Tagging is switched off"}),
    ("case.snoozed", {"until": "2026-03-23T16:30:00+00:00", "was": None, "reason": "The test ends then"}),
    ("case.reassigned", {"owner": "U0RUTH", "was": "U0NOOR", "level": "L2", "reason": "She knows the market"}),
    ("case.owner_replaced", {"gone": "U0NOOR", "owner": "U0RUTH", "why": "away"}),
    ("case.owner_replaced", {"gone": "U0NOOR", "owner": "U0RUTH", "why": "policy"}),
    ("case.owner_replaced", {"gone": None, "owner": "U0RUTH", "why": "left"}),
    ("case.owner_replaced", {"gone": "U0NOOR", "owner": None, "why": "left"}),
    ("case.look_again", {"to": ["U0NOOR"], "why": "date", "level": "L2"}),
    ("case.recheck_due", {"number": 1, "to": ["U0DIEGO"], "why": "date"}),
    ("case.recheck_reminded", {"number": -1, "to": ["U0DIEGO"], "why": "silence"}),
    ("case.recheck_backup_asked", {"number": 0, "to": ["U0NOOR", "U0RUTH"], "why": "silence"}),
    ("case.recheck_passed", {"number": 1, "to": ["U0NOOR"], "gone": "U0DIEGO", "why": "gone"}),
    ("case.recheck_unanswered", {"number": 1, "to": [], "why": "silence"}),
    ("case.recheck_snoozed", {"number": 1, "until": "2026-03-23T16:30:00+00:00"}),
    ("case.picture_confirmed", {"number": 0, "until": "2026-06-01T08:00:00+00:00"}),
    ("case.reopened", {"from": "L2", "level": "L3", "owner": "U0RUTH", "why": "recheck"}),
    (
        "case.decided",
        {
            "outcome": "conditions",
            "reason": "The harm is known and small now",
            "conditions": "Off for children",
            "mitigation": "Two readers look at each report",
            "mitigation_owner": "U0DIEGO",
            "gap": "NOT_YET",
            "look_again": "2026-06-01",
        },
    ),
    ("case.decided", {"outcome": "of_a_later_version", "reason": None}),
    ("case.level_raised", {"level": "L3", "owner": "U0RUTH", "why": "record"}),
    ("record.risk", {"number": 2, "fields": {"what": "Somebody is found who hides"}}),
    ("record.places", {"number": 1, "fields": {"countries": "KE, PL"}}),
    ("record.of_a_later_version", {"number": 1, "fields": {}}),
    ("case.signal", {"signal": "SIG-LAW", "countries": ["KE"]}),
    ("case.reopened", {"from": "L2", "level": "L3", "owner": "U0RUTH", "why": "signal"}),
    ("case.reopened", {"check": "c" * 32, "level": "L2", "owner": "U0NOOR"}),
    (
        "case.decided",
        {"outcome": "conditions", "state": "tracked", "conditions": "Off for children", "keeper": "U0SAM"},
    ),
    ("case.closed", {"state": "closed", "reason": "The product is gone"}),
    ("case.card_rerouted", {"code": "is_archived", "from": "C0RIGHTS", "to": "U0NOOR"}),
    ("case.of_a_later_version", {}),
)
HISTORY = tuple(
    HistoryLine(AT + timedelta(hours=hour), None if "to" in values else "U0NOOR", kind, values)
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
    return {"text": text, "blocks": _wire(blocks)}


def card(shown: CaseCard) -> dict[str, Any]:
    """Return a card as it is handed to Slack."""
    return message(case_views.card(shown), case_views.card_summary(shown))


def note(name: str) -> dict[str, Any]:
    """Return one of the notes below as it is handed to Slack."""
    return message(*_note(NOTES[name]))


def bare_note(name: str) -> dict[str, Any]:
    """Return a note as it is handed to Slack where a sealed name stands in it."""
    made = note_views.bare(NOTES[name])
    assert made is not None
    return message(*made)


ASKED = Questions(
    (
        Question(
            case_id=12,
            code="HR-12",
            product="Harbor Photos",
            launch="Face tagging",
            level=Level.L2,
            number=1,
            subject="mitigation",
            due_at=AT,
            type="MIT-HUMANREVIEW",
            what="Two people look at every report",
            may_repeat=True,
        ),
        Question(
            case_id=12,
            code="HR-12",
            product="Harbor Photos",
            launch="Face tagging",
            level=Level.L2,
            number=-1,
            subject="gap",
            due_at=AT,
            type="NOT_YET",
            what="Nobody has tested it on people who wear a veil",
            again=True,
            may_snooze=False,
        ),
        Question(
            case_id=13,
            code="HR-13",
            product="Ferry Chat",
            launch="Voice rooms",
            level=Level.L1,
            number=0,
            subject="picture",
            due_at=None,
            changes=("SIG-ELECTION", "SIG-LAW"),
            early=True,
        ),
    ),
    more=2,
)
KEPT = (
    Kept(12, "HR-12", "Face tagging", "MIT-HUMANREVIEW", Status.WORKING, AT + timedelta(days=30)),
    Kept(13, "HR-13", "Voice rooms", "MIT-MODERATION", Status.WEAKENING, None),
)


NOTES: dict[str, Note] = {
    "moved_by_the_clock": Note("moved", case=TOP),
    "reminder_acknowledge": Note("reminder", case=CASE, why="acknowledge", due_at=CASE.ack_due_at),
    "reminder_decide": Note("reminder", case=TOP, why="decide", due_at=CASE.decide_due_at),
    "backup_asked": Note("backup_asked", case=CASE, why="acknowledge", due_at=CASE.ack_due_at),
    "asked_again": Note("asked_again", case=TOP, why="decide", due_at=CASE.decide_due_at, count=3),
    "asked_again_contain": Note("asked_again", case=CASE, why="contain", due_at=CASE.contain_due_at, count=2),
    "moved_to_nobody": Note("moved", case=UNOWNED),
    "replaced_away": Note("replaced", case=CASE, by="U0DIEGO", why="away"),
    "replaced_policy": Note("replaced", case=CASE, by="U0DIEGO", why="policy"),
    "replaced_by_nobody": Note("replaced", case=UNOWNED, by="U0DIEGO"),
    "passed_on": Note("passed_on", case=TOP, why="acknowledge"),
    "contain_late": Note("contain_late", case=CASE, why="contain", due_at=CASE.contain_due_at),
    **{
        f"decided_{outcome}": Note(
            "decided",
            case=replace(HELD if outcome == "hold" else CLOSED, decision=str(outcome)),
            by="U0NOOR",
            outcome=str(outcome),
            reason="The harm is known and small now",
            conditions="Off for children" if outcome == "conditions" else "",
        )
        for outcome in Outcome
    },
    "reassigned": Note("reassigned", case=CASE, by="U0DIEGO", reason="She knows the market"),
    "snoozed": Note("snoozed", case=TAKEN, by="U0NOOR", due_at=CASE.decide_due_at, reason="The test ends then"),
    "contained": Note("contained", case=TAKEN, by="U0NOOR", reason="Tagging is switched off"),
    "look_again": Note("look_again", case=CLOSED),
    "nobody": Note("nobody", case=UNOWNED),
    "reopened": Note("reopened", case=CASE, up=False, why="signal"),
    "reopened_higher": Note("reopened", case=TOP, why="record"),
    "reopened_by_silence": Note("reopened", case=TOP, why="recheck"),
    "nudge": Note("nudge", to="U0DIEGO", questions=ASKED),
    "nudge_one": Note("nudge", to="U0DIEGO", questions=Questions(ASKED.shown[:1])),
    "entrusted": Note("entrusted", case=TAKEN, by="U0NOOR"),
    "invited": Note("invited", case=TAKEN, by="U0DIEGO"),
    "digest": Note("digest", digest=Digest({Level.L1: 4, Level.L2: 2, Level.L3: 1}, (TAKEN, TOP), (TOP,), 5)),
    **context_notes(CASE, TAKEN),
    **named_notes(CASE),
    **inbox_notes(),
    "digest_quiet": Note("digest", digest=Digest({})),
    **{f"alarm_{why}": Note("alarm", why=why, count=number) for number, why in enumerate(ALARMS, 1)},
}
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
    **context_screens(CASE, TAKEN),
    "receipt_team": lambda: receipt(replace(RECEIPT, finding=MILD, reasons=reasons(MILD, load_bank()), case=None)),
    "case_window": lambda: case_views.whole(CaseView(CARD, HISTORY)),
    "case_window_read_only": lambda: case_views.whole(CaseView(replace(CARD, acts=frozenset()), HISTORY[:1])),
    "case_window_acknowledged": lambda: case_views.whole(
        CaseView(replace(CARD, case=replace(TAKEN, snoozed=True), acts=AFTER_ACKNOWLEDGING), HISTORY[10:20])
    ),
    "case_window_decided": lambda: case_views.whole(
        CaseView(replace(CARD, case=CLOSED, acts=frozenset()), HISTORY[20:])
    ),
    "case_window_tracked": lambda: case_views.whole(
        CaseView(replace(CARD, case=TRACKED, acts=frozenset({Act.CLOSE})), HISTORY[25:])
    ),
    **{str(act): partial(acts.form, WHOLE, act) for act in Act if act is not Act.ACKNOWLEDGE},
    "decide_nothing_open": lambda: acts.form(
        CaseView(CARD, (), None, replace(RECORD, to_approve=(), lines={})), Act.DECIDE
    ),
    "missing": lambda: missing.window(12, problem("approval_locked"), LACKS * 2),
    "done_tracked": lambda: acts.done(TRACKED, Act.DECIDE),
    "done_close": lambda: acts.done(CLOSED, Act.CLOSE),
    "snooze_without_limit": lambda: acts.form(CaseView(CARD, ()), Act.SNOOZE),
    "done_hand_up": lambda: acts.done(CASE, Act.HAND_UP),
    "done_decide": lambda: acts.done(CLOSED, Act.DECIDE),
    "done_hold": lambda: acts.done(HELD, Act.DECIDE),
    "done_reassign": lambda: acts.done(CASE, Act.REASSIGN),
    "done_snooze": lambda: acts.done(replace(TAKEN, overdue=False, snoozed=True), Act.SNOOZE),
    "done_contain": lambda: acts.done(replace(CASE, contained_by="U0NOOR", contained_at=AT), Act.CONTAIN),
    "problem": lambda: problems.window(problem("unexpected", reference="0123abcd")),
    **case_screens(CARD, CASE),
    **record_screens(CASE, WHOLE),
    **blind_screens(),
    **named_screens(),
    **inbox_screens(),
    "home_lead": lambda: home(PAGE),
    "home_reader": lambda: home(replace(NOBODY, has_key=True)),
    "home_reader_new": lambda: home(replace(NOBODY, has_key=False)),
    "home_concerns": lambda: home(replace(NOBODY, concerns=(RAISED, TOLD))),
    "home_nobody": lambda: home(NOBODY),
    "home_asked": lambda: home(replace(NOBODY, asked=ASKED, kept=KEPT)),
    "recheck_same": lambda: nudge.done(Answered(12, "HR-12", Level.L2, AT + timedelta(days=90)), "same"),
    "recheck_right": lambda: nudge.done(Answered(12, "HR-12", Level.L2, AT + timedelta(days=90), True), "right"),
    "recheck_snoozed": lambda: nudge.done(Answered(12, "HR-12", Level.L2, AT + timedelta(days=7)), "snooze"),
}
MESSAGES: dict[str, Callable[[], dict[str, Any]]] = {
    "card_waiting": lambda: card(CARD),
    "card_acknowledged": lambda: card(replace(CARD, case=TAKEN, acts=AFTER_ACKNOWLEDGING)),
    "card_decided": lambda: card(replace(CARD, case=CLOSED, acts=frozenset())),
    "card_tracked": lambda: card(replace(CARD, case=TRACKED, acts=frozenset())),
    "card_held": lambda: card(replace(CARD, case=HELD, acts=AFTER_ACKNOWLEDGING)),
    "card_moved_up": lambda: card(replace(CARD, case=TOP, handed=Handed("", True, ""))),
    "card_handed": lambda: card(replace(CARD, handed=Handed("U0RUTH", False, "The readers are there"))),
    "card_disagreed": lambda: card(replace(CARD, disagreement="It stays on the phone", disagreed_by="U0AMINA")),
    "card_moved": lambda: card(replace(CARD, acts=frozenset(), moved=True)),
    "card_nobody": lambda: card(replace(CARD, case=UNOWNED, acts=frozenset({Act.ACKNOWLEDGE}))),
    "note_result": lambda: message(*_note(Note("result", case=CASE, receipt=RECEIPT))),
    "note_acknowledged": lambda: message(*_note(Note("acknowledged", case=TAKEN, by="U0NOOR"))),
    "note_moved": lambda: message(*_note(Note("moved", case=CASE, by="U0NOOR", reason="They asked", up=True))),
    "note_severe": lambda: message(*_note(Note("severe", case=CASE, to="U0NOOR"))),
    "note_several": lambda: message(*_note(Note("several", case=CASE, to="U0RUTH", count=3))),
    "note_replaced": lambda: message(*_note(Note("replaced", case=CASE, by="U0DIEGO"))),
    **{f"note_{name}": partial(note, name) for name in NOTES},
    "bare_card": lambda: message(*case_views.bare(CARD)),
    "bare_card_nobody": lambda: message(*case_views.bare(replace(CARD, case=UNOWNED))),
    **{f"bare_{name}": partial(bare_note, name) for name in ("reminder_decide", "nudge", "digest")},
}
