"""What a change of context does to records, by default (hrdd-domain 2.7), and how far ahead of its date it acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

STAFF = "SIG-STAFF"
"""A threat to our own people: the top at once, sealed, told to two roles and to nobody else (S19)."""


class Effect(StrEnum):
    """What happens to a record that a signal reaches.

    REOPEN: it waits for its owner's answer again. LOOK: its mitigations and its picture are looked at now. Whatever
    the effect, credit is stripped where a mitigation depends on it, the rule is asked again, and a level that rises
    reopens the record.
    """

    REOPEN = "reopen"
    LOOK = "look"


EFFECTS: Mapping[str, Effect] = {
    "SIG-MARKET": Effect.LOOK,
    "SIG-CUSTOMER": Effect.LOOK,
    "SIG-LAW": Effect.REOPEN,
    "SIG-FINDING": Effect.REOPEN,
    "SIG-CONFLICT": Effect.REOPEN,
    "SIG-UNREST": Effect.REOPEN,
    "SIG-ELECTION": Effect.REOPEN,
    "SIG-AUTHORITY": Effect.REOPEN,
    "SIG-REPURPOSE": Effect.REOPEN,
    "SIG-MISUSE": Effect.REOPEN,
    "SIG-BYPASS": Effect.REOPEN,
    "SIG-DRIFT": Effect.LOOK,
    "SIG-EVIDENCE": Effect.REOPEN,
    "SIG-COMPLAINT": Effect.REOPEN,
    "SIG-PARTNER": Effect.REOPEN,
    "SIG-COMPETITOR": Effect.LOOK,
    "SIG-RESOURCE": Effect.REOPEN,
    "SIG-CAPACITY": Effect.LOOK,
    "SIG-TIME": Effect.LOOK,
    "SIG-EXIT": Effect.REOPEN,
}
"""SIG-STAFF is not here: it opens a record of its own and touches no other."""

OF_A_PLACE = frozenset({"SIG-LAW", "SIG-FINDING", "SIG-CONFLICT", "SIG-UNREST", "SIG-ELECTION", "SIG-AUTHORITY"})
"""What goes on in a place, whoever comes there later. The others are about a product, a mitigation or a partner."""

LASTS = timedelta(days=180)
"""How long a record that comes to a place later still learns of what happened there, counted from its day."""

AHEAD: Mapping[str, timedelta] = {"SIG-ELECTION": timedelta(days=182), "SIG-LAW": timedelta(days=90)}
AHEAD_ELSE = timedelta(days=14)
"""How long before its date a planned change acts: half a year for a vote (2.7), a quarter for a law."""


def acts_at(signal: str, since: datetime, now: datetime) -> datetime:
    """Give when a signal acts: at once where it has begun, else ahead of its date. Both aware UTC."""
    return max(now, since - AHEAD.get(signal, AHEAD_ELSE))
