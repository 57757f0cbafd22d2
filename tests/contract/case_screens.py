"""Windows of a case with a living record, of the register and of sealed names, built without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.payloads import CasePlace
from bot.views import case as case_views
from bot.views import risks, sealed
from workflows.record_values import GapLine, Line, MitigationLine, RecordView, RiskLine, SignalLine, StepLine
from workflows.register import Register, RegisterLine
from workflows.rules.case import State
from workflows.rules.locks import Missing, Step, StepState
from workflows.rules.mitigations import Status
from workflows.rules.values import Level, Likelihood, Severity
from workflows.unsealing import Opened
from workflows.values import CaseCard, CaseFacts, CaseView, HistoryLine

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 2, 14)


def _mitigation(number: int, status: Status, **more: Any) -> MitigationLine:
    line = MitigationLine(
        number, 1, "MIT-DESIGN", "Tags are off at first", "U0DIEGO", "EV3", status, False, AT + timedelta(days=20), AT
    )
    return replace(line, **more)


MITIGATIONS = (
    _mitigation(1, Status.WORKING, credited=True),
    _mitigation(2, Status.UNPROVEN, evidence="EV1", check_at=AT + timedelta(days=5)),
    _mitigation(3, Status.UNPROVEN, check_at=AT - timedelta(days=1)),
    _mitigation(4, Status.WEAKENING, hits=("SIG-LAW", "SIG-OF-A-LATER-VERSION")),
    _mitigation(5, Status.WEAKENING, what=""),
    _mitigation(6, Status.FAILED, hits=("SIG-BYPASS",), type="MIT-OF-A-LATER-VERSION"),
    _mitigation(7, Status.WORKING, type="MIT-TOS"),
)
GAPS = (
    GapLine(1, 1, "NOT_YET", "The readers start in June", "U0NOOR", AT + timedelta(days=60)),
    GapLine(2, 2, "CANNOT", "The law asks for it", "U0RUTH", AT + timedelta(days=90)),
)
RECORD = RecordView(
    at=AT,
    past=False,
    steps=tuple(StepLine(step, state) for step, state in zip(Step, StepState, strict=True)),
    risks=(
        RiskLine(
            1, "A former partner finds a home", Severity.SEV4, Likelihood.POSSIBLE, Level.L3, MITIGATIONS, GAPS[:1]
        ),
        RiskLine(2, "", Severity.SEV2, Likelihood.HAPPENING, Level.L1, (), GAPS[1:]),
        RiskLine(3, "Nobody knows that it is on", Severity.SEV2, Likelihood.HAPPENING, Level.L1, (), ()),
    ),
    signals=(
        SignalLine(7, "SIG-LAW", AT - timedelta(days=3), ("KE", "DE"), False),
        SignalLine(8, "SIG-UNREST", AT - timedelta(days=2), (), True),
        SignalLine(9, "SIG-OF-A-LATER-VERSION", AT, (), False),
    ),
    items=(),
    lines={
        "dissent": (Line("dissent", 1, "U0AMINA", AT, {"who": "Two engineers", "why": "Too early"}),),
        "discussion": (
            Line("discussion", 1, "U0NOOR", AT, {"moment": "BEFORE", "people": ["U0NOOR", "U0SAM"], "said": "A lot"}),
        ),
        "places": (Line("places", 1, "U0NOOR", AT, {"countries": "KE, DE", "customers": "schools"}),),
        "dilemma": (Line("dilemma", 1, None, AT, {"question": "Stay?", "by": "2026-06-01", "decides": "U0RUTH"}),),
        "recheck": (Line("recheck", 1, "U0DIEGO", AT, {"mitigation": "1", "effect": "EFFECTIVE", "evidence": "EV3"}),),
        "sealed": (Line("sealed", 1, "U0NOOR", AT, {"why": "An office"}),),
    },
    to_approve=tuple(Missing("item_missing", f"D{number:02}", item=f"D{number:02}") for number in (2, 5, 7, 8, 9, 11)),
    to_close=(Missing("communication_missing", "communication"),),
    level_now=Level.L3,
    severity_now=Severity.SEV4,
    seals=2,
    may_open_seals=True,
)
HISTORY = (
    HistoryLine(AT - timedelta(days=150), "U0AMINA", "case.opened", {"level": "L2", "owner": "U0NOOR"}),
    HistoryLine(
        AT - timedelta(days=140),
        "U0NOOR",
        "record.mitigation",
        {
            "number": 1,
            "fields": {
                "risk": "1",
                "type": "MIT-DESIGN",
                "evidence": "EV3",
                "signals": ["SIG-LAW"],
                "owner": "U0DIEGO",
            },
            "check_at": (AT + timedelta(days=20)).isoformat(),
        },
    ),
    HistoryLine(AT - timedelta(days=20), None, "case.reminded", {"to": ["U0NOOR"], "why": "decide", "level": "L2"}),
    HistoryLine(AT - timedelta(days=3), None, "case.signal", {"signal": "SIG-LAW", "countries": ["KE"]}),
    HistoryLine(AT, "U0NOOR", "case.seals_opened", {}),
    HistoryLine(AT, "U0DIEGO", "case.seal_met", {}),
)


def case_screens(card: CaseCard, facts: CaseFacts) -> Mapping[str, Callable[[], dict[str, Any]]]:
    """Give the windows of a case and of lists of cases, by the name of their picture."""
    now = CaseView(card, HISTORY, None, RECORD)
    past_facts = replace(facts, state=State.TRACKED, decision="go", decided_by="U0NOOR", decided_at=AT)
    past = CaseView(
        replace(card, case=past_facts, acts=frozenset()), HISTORY[:3], None, replace(RECORD, past=True, signals=())
    )
    tracked = replace(card, case=past_facts, acts=frozenset())
    long = CaseView(card, HISTORY * 10, None, RECORD)
    number = facts.id
    lines = tuple(RegisterLine(replace(facts, id=each), 1, 2, 3, 4, 5) for each in (12, 13))
    bare = RegisterLine(replace(past_facts, id=14), 0, 0, 0, 1, 0)
    return {
        "case_record_first": lambda: case_views.whole(now),
        "case_record_tracked": lambda: case_views.whole(replace(now, card=tracked)),
        "case_record_all": lambda: case_views.whole(now, CasePlace(number, case_views.RECORD)),
        "case_record_timeline": lambda: case_views.whole(long, CasePlace(number, case_views.TIMELINE)),
        "case_record_timeline_end": lambda: case_views.whole(long, CasePlace(number, case_views.TIMELINE, 48)),
        "case_past_first": lambda: case_views.whole(past, CasePlace(number, day=DAY)),
        "case_past_all": lambda: case_views.whole(past, CasePlace(number, case_views.RECORD, day=DAY)),
        "case_past_timeline": lambda: case_views.whole(past, CasePlace(number, case_views.TIMELINE, day=DAY)),
        "case_seals": lambda: sealed.window(facts, [Opened("sealed", 1, "U0NOOR", AT, "Ana Kovac\nJosip Horvat")]),
        "risks_first": lambda: risks.window(Register((*lines, bare), "", True, (911, 12))),
        "risks_found": lambda: risks.window(Register(lines, "search & <find>", False, None, True)),
        "risks_none": lambda: risks.window(Register((), "search", False)),
        "risks_nothing": lambda: risks.window(Register((), "", False)),
    }
