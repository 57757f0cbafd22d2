"""Windows of those who read anonymous reports, built without a database: one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.views import inbox as views
from bot.views import pulse as pulse_views
from tests.contract.named_screens import AT
from workflows.inbox_values import Letter, Line, Listing, NewKey, Reading, WaitingKey
from workflows.values import Note

LINE = Line(
    id="0123456789abcdef" * 2,
    label="pale anchor",
    topic="TOP-HARM",
    site="Berlin",
    level=2,
    week="2026-W47",
    state="waiting",
    answer_by=AT,
    late=False,
    erased_on=None,
)
LATE = replace(LINE, label="misty yarn", late=True, level=3, site="", topic="TOP-RETALIATION", state="acknowledged")
ADDED = replace(LINE, label="plain spoon", new=True, worse=True)
FORGOTTEN = replace(LINE, label="brisk lamp", answer_by=None, late=True)
MORE = replace(LINE, label="quiet ferry", state="acknowledged", answer_by=None, new=True)
ENDING = replace(LINE, label="warm kettle", state="closed", answer_by=None, erased_on=date(2026, 12, 3))
LETTERS = (
    Letter(False, "", "", "They deleted the logs.\nAsk <@U0SAM>, see https://evil.example & `code`."),
    Letter(True, "ack", "", "We have it."),
    Letter(False, "", "worse", ""),
    Letter(True, "feedback", "", "The camera is off."),
)
READING = Reading(LINE, 0, LETTERS[:1])
CODE = "3F2A-11C0-9B77-0001-ABCD-EF01-2345-6789"
WAITING = WaitingKey("rights-noor", "Noor <b> & Co", CODE, AT)
PASSPHRASE = "robin tulip pilot habit salad limit"


def inbox_screens() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """Return how each window is made."""
    whole = replace(READING, line=LATE, seq=2, letters=LETTERS, newcomers=("Sam",), checkin=True)
    longest = tuple(Letter(each % 2 == 1, "", "", sign * 3000) for each in range(6) for sign in "&<😀ж")
    ended = replace(whole, line=ENDING)
    return {
        "inbox_key": lambda: views.key(PASSPHRASE, "0" * 32, again=False),
        "inbox_key_again": lambda: views.key(PASSPHRASE, "0" * 32, again=True),
        "inbox_key_done": lambda: views.key_done(NewKey(CODE, waits=False)),
        "inbox_key_waits": lambda: views.key_done(NewKey(CODE, waits=True)),
        "inbox_unlock": views.unlock,
        "inbox_unlock_demo": lambda: views.unlock(PASSPHRASE),
        "inbox_unlock_waits": lambda: views.unlock(asked=AT),
        "inbox_code": lambda: views.code(CODE),
        "inbox_confirm": lambda: views.confirm(WAITING),
        "inbox_locked": views.locked,
        "inbox_list_empty": lambda: views.listing(Listing(())),
        "inbox_list": lambda: views.listing(Listing((LATE, LINE, ENDING))),
        "inbox_list_new": lambda: views.listing(Listing((ADDED, FORGOTTEN, MORE))),
        "inbox_list_waiting": lambda: views.listing(
            Listing((LINE,), waiting=(WAITING, replace(WAITING, lead="board-ruth", name="Ruth")))
        ),
        "inbox_list_confirmed": lambda: views.listing(Listing((LINE,)), done="confirmed"),
        "inbox_list_asked": lambda: views.listing(Listing(()), asked=AT),
        "inbox_list_page": lambda: views.listing(Listing((LINE,) * 80), 1),
        "inbox_read": lambda: views.reading(READING),
        "inbox_read_whole": lambda: views.reading(whole),
        "inbox_read_ended": lambda: views.reading(ended),
        "inbox_read_longest": lambda: views.reading(replace(whole, letters=longest), 1),
        **{f"inbox_done_{done}": lambda done=done: views.reading(whole, done=done, code="HR-12") for done in DONE},  # type: ignore[misc]
        "pulse_done": pulse_views.done,
    }


DONE = ("acknowledge", "message", "feedback", "closing", "case", "let_in")


def inbox_notes() -> dict[str, Note]:
    """Return what everybody gets alike, by the calendar."""
    return {
        "inbox": Note("inbox"),
        "key_waits": Note("key_waits", by="U0NOOR", to="U0RUTH"),
        "key_waits_own": Note("key_waits", by="U0NOOR", to="U0NOOR"),
        "key_used": Note("key_used", by="U0NOOR", to="U0RUTH", why="reader"),
        "key_used_own": Note("key_used", by="U0NOOR", to="U0NOOR", why="operator"),
        "key_dropped": Note("key_dropped", by="U0NOOR", to="U0RUTH"),
        "key_dropped_own": Note("key_dropped", by="U0NOOR", to="U0NOOR"),
        "pulse": Note("pulse"),
        "pulse_counted": Note("pulse", tapped={"good": 25, "mixed": 10, "bad": 5}),
    }
