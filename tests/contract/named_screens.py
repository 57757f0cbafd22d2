"""Windows, lines and messages of concerns by name and in confidence, built without a database: one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.payloads_concern import Choices
from bot.views import named as views
from tests.contract.blind_screens import CONCERNS
from workflows.concern_values import Facts, Raised, Said, Thread
from workflows.rules.case import State
from workflows.values import CaseFacts, Note

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRODUCTS = (("harbor-photos", "Harbor Photos"), ("ferry-chat", "Ferry Chat"))
LINK = "https://tidewater.slack.com/archives/C0PHOTOS/p1772442000000100"
FACTS = Facts(
    case_id=12,
    code="HR-12",
    mode="confidential",
    topic="TOP-SAFETY",
    state=State.WAITING,
    role="human_rights_lead",
    at=AT,
    acknowledge_by=AT + timedelta(days=7),
    answer_by=AT + timedelta(days=90),
    acknowledged_at=None,
    answered_at=None,
)
HEARD = replace(FACTS, acknowledged_at=AT + timedelta(days=1))
TOLD = replace(HEARD, mode="named", state=State.CLOSED, answered_at=AT + timedelta(days=20))
SAID = (
    Said(False, "", AT, f"{LINK}\nThe press is run without its guard at night."),
    Said(True, "ack", AT + timedelta(days=1), "We have it, and stopped the press today."),
    Said(True, "feedback", AT + timedelta(days=20), "The guard is back, and nights have two people."),
    Said(False, "", AT + timedelta(days=21), "Thank you."),
)
THREAD = Thread(HEARD, SAID[:2], held=False)
HELD = Thread(FACTS, SAID[:1], held=True, product="Harbor Photos", site="Berlin", leader=True, reporter="U0SAM")
RAISED = Raised(12, "HR-12", "named", "human_rights_lead", FACTS.acknowledge_by, FACTS.answer_by, checkin=True)


def named_screens() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """Return how each window is made."""
    whole = replace(THREAD, facts=TOLD, said=SAID)
    more = replace(TOLD, more_by=AT + timedelta(days=28))
    many = replace(HELD, facts=TOLD, said=SAID * 20)
    choices = Choices("0" * 32, link=LINK)
    return {
        "named_about": lambda: views.about(choices, PRODUCTS, CONCERNS.everybody),
        "named_about_nobody": lambda: views.about(replace(choices, link=""), PRODUCTS, ()),
        "named_sent": lambda: views.sent(RAISED),
        "named_sent_top": lambda: views.sent(replace(RAISED, role="executive_board", checkin=False)),
        "named_sent_product": lambda: views.sent(replace(RAISED, role="product_lead")),
        "named_own": lambda: views.thread(THREAD),
        "named_own_told": lambda: views.thread(whole),
        "named_own_more": lambda: views.thread(replace(whole, facts=more)),
        "named_held_more": lambda: views.thread(replace(HELD, facts=more, said=SAID)),
        "named_held": lambda: views.thread(HELD),
        "named_held_long": lambda: views.thread(many),
        **{f"named_done_{which}": lambda which=which: views.done(which) for which in DONE},  # type: ignore[misc]
    }


DONE = ("sent", "answered", "added", "since_fine", "since_worse", "since_quiet", "since_before")


def named_notes(case: CaseFacts) -> dict[str, Note]:
    """Return the messages of a concern; what their reporter gets names nothing."""
    alone = replace(case, launch="A concern that somebody raised", submitter_id="", sealed=True)
    late = {"due_at": AT, "count": 2}
    return {
        "concern_answer": Note("concern_answer", case=alone),
        "concern_since": Note("concern_since", case=alone, why="30"),
        "concern_more": Note("concern_more", case=alone),
        "concern_worse": Note("concern_worse", case=alone),
        **{
            f"{kind}_{why}": Note(kind, case=alone, why=why, **late)  # type: ignore[arg-type]
            for kind in ("reminder", "backup_asked", "asked_again")
            for why in ("concern_ack", "concern_feedback", "concern_added")
        },
    }
