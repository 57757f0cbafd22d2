"""The escalation rule as versioned data (hrdd-domain 2.6-2.9; UNGP 14, 19, 24).

A human rights lead can read this file. A change of anything that decides a level is a change of RULE_VERSION; a
change of a floor needs two people (S3).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from workflows.rules.values import Clocks, Level, Likelihood, Severity, Span

RULE_VERSION = "MA-1/2026.11"
BANK = "MA-1"
DK = "DK"

AT_RISK_GROUPS = frozenset(
    "GRP-" + name
    for name in (
        "CHILD YOUTH WOMEN LGBTQI ETHNIC RELIGION INDIGENOUS DISABILITY OLDER MIGRANT REFUGEE HRD JOURNALIST "
        "OPPOSITION PROTESTER LAWYER WHISTLEBLOWER STAFF GIG MODERATOR UNION APPLICANT STUDENT POVERTY CONFLICT "
        "AID DETAINED DVSURVIVOR SEXWORK HEALTH LOWLIT"
    ).split()
)
"""Groups for whom the same harm weighs more (2.6). Not knowing who is affected counts as one of them."""

SOFT_MITIGATIONS = frozenset({"MIT-POLICY", "MIT-GUIDANCE", "MIT-TOS", "MIT-CONSENT"})
"""Rules, guidance, terms and consent: never enough alone, whatever their evidence (2.8)."""

PROVEN = frozenset({"EV3", "EV4"})
"""Evidence grades that earn credit: measured on the harm itself, or confirmed from outside (S18)."""

CLOSED_CHANGES = frozenset({"CHG-DATA", "CHG-FEATURE"})
"""What "I do not know" about the change is read as: a change to data and to what people can do."""

LEVELS: Mapping[Severity, Mapping[Likelihood, Level]] = {
    severity: dict(zip(Likelihood, row, strict=True))
    for severity, row in {
        Severity.SEV1: (Level.L0, Level.L0, Level.L0, Level.L0),
        Severity.SEV2: (Level.L0, Level.L1, Level.L1, Level.L1),
        Severity.SEV3: (Level.L1, Level.L2, Level.L2, Level.L3),
        Severity.SEV4: (Level.L2, Level.L3, Level.L3, Level.L3),
    }.items()
}
"""Severity across likelihood (step 4): remote, possible, likely, happening."""

SIGNAL_SEVERITY: Mapping[str, Severity] = {"SIG-UNREST": Severity.SEV3, "SIG-FINDING": Severity.SEV3}
"""Signals with a fixed lowest severity; SIG-LAW and SIG-CONFLICT depend on who is affected."""

HAPPENING_SIGNALS = frozenset({"SIG-MISUSE", "SIG-EVIDENCE", "SIG-COMPLAINT", "SIG-FINDING", "SIG-REPURPOSE"})
LIKELY_SIGNALS = frozenset(
    {
        "SIG-LAW",
        "SIG-CONFLICT",
        "SIG-ELECTION",
        "SIG-AUTHORITY",
        "SIG-PARTNER",
        "SIG-COMPETITOR",
        "SIG-UNREST",
    }
)
DEFEATING_SIGNALS = frozenset({"SIG-BYPASS", "SIG-RESOURCE"})
"""Signals that say a mitigation failed or is unproven: with none named, they count against all of them."""

DEEP_FORM_CONTEXTS = frozenset({"CTX-CONFLICT", "CTX-REPRESS", "CTX-SECURITY"})
DEEP_FORM_CHANGES = frozenset({"CHG-AUTHORITY", "CHG-SENSITIVE"})

CLOCKS: Mapping[Level, Clocks] = {
    Level.L0: Clocks(),
    Level.L1: Clocks(
        acknowledge=Span(5, "working_days"), decide=Span(5, "working_days"), backup=Span(1, "working_days")
    ),
    Level.L2: Clocks(
        acknowledge=Span(1, "working_days"), decide=Span(10, "working_days"), backup=Span(4, "working_hours")
    ),
    Level.L3: Clocks(acknowledge=Span(24, "hours"), decide=Span(5, "days"), backup=Span(12, "hours")),
}
"""How long silence may last (S59). A company may ask for answers sooner, never later."""

SNOOZE: Mapping[Level, Span] = {
    Level.L1: Span(5, "working_days"),
    Level.L2: Span(5, "working_days"),
    Level.L3: Span(2, "days"),
}
"""How far a decision may be put off, once, with a reason."""

REPEAT = Span(24, "hours")
"""At the top nobody is left to hand the case to: it is said again, every day, until somebody answers."""

CADENCE: Mapping[Severity, timedelta] = {
    Severity.SEV1: timedelta(days=180),
    Severity.SEV2: timedelta(days=180),
    Severity.SEV3: timedelta(days=90),
    Severity.SEV4: timedelta(days=30),
}
"""How long a mitigation, and the picture as a whole, may stand before somebody looks again (S10). A company may look
sooner, never later."""

EVIDENCE_LASTS = timedelta(days=365)
"""How long "same as last time" may lean on the same evidence."""

HOLD_MOST = timedelta(days=180)
LOOK_AGAIN_MOST = timedelta(days=180)
"""A decision is looked at again within this time: the slowest rhythm at which a risk may be reviewed (S10)."""

CONTAIN = Span(24, "hours")
"""Where harm is happening: stop or contain it first (T7)."""

SEVERE_PER_QUARTER = 3
"""Open SEV3+ launches on one product within 90 days that are reported to L3 (T6)."""
