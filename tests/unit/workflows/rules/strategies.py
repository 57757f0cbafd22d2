"""Random but valid checks, for the properties that no filled form may break."""

from __future__ import annotations

from hypothesis import strategies as st

from workflows.rules.tables import AT_RISK_GROUPS
from workflows.rules.values import Answers, MitigationAnswer, Signal

CHANGES = [
    "CHG-" + name
    for name in "UI FEATURE DATA SENSITIVE REUSE DECIDE CONTENT ACCESS CUSTOMER MARKET AUTHORITY WORK".split()
] + ["DK"]
GROUPS = [*("GRP-" + name for name in "USERS NONUSERS DEV WORKER VOTER".split()), *sorted(AT_RISK_GROUPS), "DK"]
FLAGS = ["CTX-" + name for name in "CONFLICT REPRESS ELECTION SECURITY COMPEL NOCHOICE CHILD MISUSE DK".split()]
MITIGATIONS = [
    "MIT-" + name
    for name in (
        "REMOVE DESIGN SECURITY RETENTION ACCESS CONSENT OPTOUT TEST HUMANREVIEW APPEAL REPORTING MODERATION "
        "POLICY GUIDANCE TOS CUSTOMERDD LEVERAGE SUPPLIER TRANSPARENCY DENY KILL ENGAGE COLLECTIVE"
    ).split()
]
SIGNALS = [
    "SIG-" + name
    for name in (
        "MARKET CUSTOMER LAW FINDING CONFLICT UNREST ELECTION AUTHORITY STAFF REPURPOSE MISUSE BYPASS DRIFT "
        "EVIDENCE COMPLAINT PARTNER COMPETITOR RESOURCE CAPACITY TIME EXIT"
    ).split()
]

ratings = st.sampled_from([1, 2, 3, 4, "DK"])
contexts = st.one_of(st.just(frozenset({"CTX-NONE"})), st.frozensets(st.sampled_from(FLAGS), min_size=1, max_size=4))
mitigations = st.lists(
    st.builds(
        MitigationAnswer,
        st.sampled_from(MITIGATIONS),
        st.sampled_from(["EV0", "EV1", "EV2", "EV3", "EV4", "DK"]),
    ),
    max_size=3,
).map(tuple)
signals = st.lists(
    st.builds(Signal, st.sampled_from(SIGNALS), st.frozensets(st.sampled_from(MITIGATIONS), max_size=2)),
    max_size=2,
).map(tuple)


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    """A form as people can send it: where one person's worst harm is an annoyance the rest may be skipped."""
    scale = draw(ratings)
    rest = st.one_of(st.none(), ratings) if scale == 1 else ratings
    return Answers(
        changes=draw(st.frozensets(st.sampled_from(CHANGES), min_size=1, max_size=4)),
        groups=draw(st.frozensets(st.sampled_from(GROUPS), min_size=1, max_size=4)),
        contexts=draw(contexts),
        scale=scale,
        scope=draw(rest),
        irremediability=draw(rest),
        likelihood=draw(rest),
        mitigations=draw(mitigations),
        gap=draw(st.sampled_from([None, "NOT_YET", "CANNOT"])),
    )
