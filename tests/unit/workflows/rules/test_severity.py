"""Worked examples of the rule: each floor, each step, each signal, each tie-breaker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.rules.severity import assess, is_wording_only
from workflows.rules.tables import LEVELS
from workflows.rules.values import Answers, Level, Likelihood, MitigationAnswer, Severity, Signal, Span

MILD = Answers(
    changes=frozenset({"CHG-FEATURE"}),
    groups=frozenset({"GRP-USERS"}),
    contexts=frozenset({"CTX-NONE"}),
    scale=1,
    scope=1,
    irremediability=1,
    likelihood=2,
)


def check(**changes: object) -> Answers:
    """The mild check with some answers changed; lists of ids are given as one string."""
    sets = {
        name: frozenset(str(value).split())
        for name, value in changes.items()
        if name in ("changes", "groups", "contexts")
    }
    return replace(MILD, **{**changes, **sets})


def test_a_new_font_ends_at_the_team() -> None:
    answers = Answers(frozenset({"CHG-UI"}))
    finding = assess(answers)
    assert is_wording_only(answers)
    assert (finding.level, finding.severity, finding.rules) == (Level.L0, Severity.SEV1, ("EXIT",))


@pytest.mark.parametrize(
    ("answers", "signals"),
    [
        (Answers(frozenset({"CHG-UI"}), contexts=frozenset({"CTX-REPRESS"}), scale=1), ()),
        (Answers(frozenset({"CHG-UI"}), contexts=frozenset({"CTX-DK"}), scale=1), ()),
        (Answers(frozenset({"CHG-UI", "CHG-DATA"}), scale=1), ()),
        (Answers(frozenset({"CHG-UI"}), scale=1), (Signal("SIG-TIME"),)),
        (Answers(frozenset({"DK"}), scale=1), ()),
    ],
)
def test_the_exit_needs_wording_alone_no_context_and_no_signal(answers: Answers, signals: tuple[Signal, ...]) -> None:
    assert "EXIT" not in assess(answers, signals).rules


@pytest.mark.parametrize(
    ("scale", "scope", "irremediability", "severity"),
    [
        (1, 4, 4, 1),
        (2, 1, 1, 2),
        (2, 4, 2, 2),
        (2, 1, 3, 3),
        (2, 1, 4, 4),
        (3, 1, 1, 3),
        (3, 3, 2, 3),
        (3, 4, 1, 4),
        (3, 1, 3, 4),
        (4, 1, 1, 4),
    ],
)
def test_the_class_is_the_worst_characteristic(scale: int, scope: int, irremediability: int, severity: int) -> None:
    answers = check(scale=scale, scope=scope, irremediability=irremediability)
    assert assess(answers).severity == severity


def test_many_people_of_an_at_risk_group_in_a_flagged_context_weigh_more() -> None:
    answers = check(groups="GRP-WOMEN", contexts="CTX-COMPEL", scale=2, scope=3, irremediability=2)
    assert assess(answers).severity == Severity.SEV3
    assert assess(replace(answers, groups=frozenset({"GRP-USERS"}))).severity == Severity.SEV2
    assert assess(replace(answers, contexts=frozenset({"CTX-NONE"}))).severity == Severity.SEV2


@pytest.mark.parametrize(
    ("rule", "severity", "answers"),
    [
        ("F1", 3, check(groups="GRP-HRD", contexts="CTX-REPRESS")),
        ("F1", 4, check(groups="GRP-HRD", contexts="CTX-CONFLICT", scale=3)),
        ("F2", 3, check(changes="CHG-ACCESS", contexts="CTX-SECURITY")),
        ("F3", 3, check(changes="CHG-DECIDE", contexts="CTX-NOCHOICE")),
        ("F4", 3, check(changes="CHG-AUTHORITY", contexts="CTX-COMPEL")),
        ("F5", 3, check(contexts="CTX-CHILD CTX-MISUSE")),
        ("F5", 3, check(groups="GRP-CHILD", contexts="CTX-MISUSE")),
        ("F6", 3, check(groups="GRP-MODERATOR")),
        ("F7", 2, check(changes="CHG-MARKET", contexts="CTX-DK")),
        ("F8", 3, check(changes="CHG-SENSITIVE", scope=3)),
        ("F8", 3, check(changes="CHG-SENSITIVE", contexts="CTX-NOCHOICE")),
        ("F8", 4, check(changes="CHG-SENSITIVE", contexts="CTX-SECURITY")),
        ("F9", 3, check(changes="CHG-REUSE", scope=3)),
        ("F9", 3, check(changes="CHG-REUSE", contexts="CTX-ELECTION")),
    ],
)
def test_a_floor_raises_a_check_rated_mild(rule: str, severity: int, answers: Answers) -> None:
    """S58: facts raise what the ratings call mild."""
    finding = assess(answers)
    assert rule in finding.rules
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("F1", check(groups="GRP-USERS", contexts="CTX-REPRESS")),
        ("F2", check(changes="CHG-WORK", contexts="CTX-SECURITY")),
        ("F3", check(changes="CHG-DECIDE")),
        ("F4", check(changes="CHG-AUTHORITY")),
        ("F5", check(contexts="CTX-CHILD")),
        ("F7", check(changes="CHG-FEATURE", contexts="CTX-DK")),
        ("F8", check(changes="CHG-SENSITIVE", scope=2)),
        ("F9", check(changes="CHG-REUSE", scope=2)),
    ],
)
def test_a_floor_stays_quiet_where_its_facts_are_missing(rule: str, answers: Answers) -> None:
    assert rule not in assess(answers).rules


def test_an_authority_demand_reaches_the_human_rights_lead_even_when_remote() -> None:
    finding = assess(check(changes="CHG-AUTHORITY", contexts="CTX-COMPEL", likelihood=1))
    assert finding.level == Level.L2
    assert finding.floor_level == Level.L2


def test_remote_is_not_for_the_team_to_certify_in_a_flagged_context() -> None:
    finding = assess(check(contexts="CTX-COMPEL", scale=3, likelihood=1))
    assert finding.likelihood == Likelihood.POSSIBLE
    assert "REMOTE" in finding.rules
    assert assess(check(scale=3, likelihood=1)).likelihood == Likelihood.REMOTE


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("likelihood", list(Likelihood))
def test_the_table_gives_the_level(severity: Severity, likelihood: Likelihood) -> None:
    answers = check(scale=int(severity), likelihood=int(likelihood))
    assert assess(answers).level == LEVELS[severity][likelihood]


@pytest.mark.parametrize(("severity", "row"), [(1, "0000"), (2, "0111"), (3, "1223"), (4, "2333")])
def test_the_table_is_the_one_that_was_agreed(severity: int, row: str) -> None:
    assert [int(LEVELS[Severity(severity)][likelihood]) for likelihood in Likelihood] == [int(n) for n in row]


PROVEN_DESIGN = (MitigationAnswer("MIT-DESIGN", "EV3"),)
PROVEN_REMOVAL = (MitigationAnswer("MIT-REMOVE", "EV4"), MitigationAnswer("MIT-DESIGN", "EV4"))


def test_a_measured_mitigation_lowers_likelihood_by_one_step_once() -> None:
    answers = check(scale=3, likelihood=3, mitigations=PROVEN_DESIGN * 2)
    assert assess(answers).likelihood == Likelihood.POSSIBLE
    assert "CREDIT-LIKELIHOOD" in assess(answers).rules


@pytest.mark.parametrize("grade", ["EV0", "EV1", "EV2", "DK"])
def test_an_unmeasured_mitigation_lowers_nothing(grade: str) -> None:
    """S18."""
    answers = check(scale=3, likelihood=3, mitigations=(MitigationAnswer("MIT-DESIGN", grade),))
    assert assess(answers).likelihood == Likelihood.LIKELY


@pytest.mark.parametrize("soft", ["MIT-POLICY", "MIT-GUIDANCE", "MIT-TOS", "MIT-CONSENT"])
def test_a_soft_mitigation_never_earns_credit_alone(soft: str) -> None:
    answers = check(scale=3, likelihood=3, mitigations=(MitigationAnswer(soft, "EV4"),))
    assert assess(answers).likelihood == Likelihood.LIKELY
    assert assess(answers).remedy_plan_required


def test_removing_the_path_lowers_the_class_and_nothing_else() -> None:
    finding = assess(check(scale=3, likelihood=3, mitigations=PROVEN_REMOVAL))
    assert (finding.severity, finding.likelihood) == (Severity.SEV2, Likelihood.LIKELY)
    assert "CREDIT-CLASS" in finding.rules


def test_the_gravest_class_is_never_lowered() -> None:
    finding = assess(check(scale=4, likelihood=3, mitigations=PROVEN_REMOVAL))
    assert (finding.severity, finding.likelihood) == (Severity.SEV4, Likelihood.POSSIBLE)


@pytest.mark.parametrize(
    ("signal", "severity", "likelihood"),
    [
        ("SIG-UNREST", 3, 3),
        ("SIG-FINDING", 3, 4),
        ("SIG-CONFLICT", 3, 3),
        ("SIG-MISUSE", 1, 4),
        ("SIG-EVIDENCE", 1, 4),
        ("SIG-COMPLAINT", 1, 4),
        ("SIG-REPURPOSE", 1, 4),
        ("SIG-LAW", 1, 3),
        ("SIG-ELECTION", 1, 3),
        ("SIG-PARTNER", 1, 3),
        ("SIG-COMPETITOR", 1, 3),
        ("SIG-AUTHORITY", 1, 3),
        ("SIG-MARKET", 1, 1),
        ("SIG-TIME", 1, 1),
    ],
)
def test_a_signal_raises_severity_and_likelihood(signal: str, severity: int, likelihood: int) -> None:
    finding = assess(check(likelihood=1), (Signal(signal),))
    assert (finding.severity, finding.likelihood) == (severity, likelihood)


@pytest.mark.parametrize(
    ("scale", "scope", "irremediability", "severity"), [(1, 1, 1, 3), (2, 1, 2, 3), (2, 1, 3, 4), (2, 4, 1, 4)]
)
def test_a_law_that_turns_on_an_at_risk_group(scale: int, scope: int, irremediability: int, severity: int) -> None:
    answers = check(groups="GRP-LGBTQI", scale=scale, scope=scope, irremediability=irremediability)
    assert assess(answers, (Signal("SIG-LAW"),)).severity == severity


def test_war_with_an_at_risk_group_is_the_gravest_class() -> None:
    finding = assess(check(groups="GRP-CONFLICT"), (Signal("SIG-CONFLICT"),))
    assert (finding.severity, finding.level) == (Severity.SEV4, Level.L3)


def test_a_threat_to_staff_goes_straight_to_the_top() -> None:
    """S19."""
    finding = assess(MILD, (Signal("SIG-STAFF"),))
    assert (finding.level, finding.floor_level) == (Level.L3, Level.L3)
    assert "T3" in finding.rules


def test_an_authority_signal_reaches_the_human_rights_lead() -> None:
    assert assess(MILD, (Signal("SIG-AUTHORITY"),)).level == Level.L2


def test_a_signal_takes_the_credit_of_the_mitigation_it_defeats() -> None:
    """S20."""
    answers = check(scale=3, likelihood=3, mitigations=PROVEN_DESIGN)
    defeated = assess(answers, (Signal("SIG-CAPACITY", frozenset({"MIT-DESIGN"})),))
    other = assess(answers, (Signal("SIG-CAPACITY", frozenset({"MIT-KILL"})),))
    assert defeated.likelihood == Likelihood.LIKELY
    assert "CREDIT-LOST" in defeated.rules
    assert other.likelihood == Likelihood.POSSIBLE


@pytest.mark.parametrize("signal", ["SIG-BYPASS", "SIG-RESOURCE"])
def test_a_bypass_that_names_no_mitigation_counts_against_all(signal: str) -> None:
    answers = check(scale=3, likelihood=3, mitigations=PROVEN_DESIGN)
    assert assess(answers, (Signal(signal),)).likelihood == Likelihood.LIKELY


def test_cutting_people_off_reaches_the_human_rights_lead() -> None:
    """S21."""
    finding = assess(check(mitigations=(MitigationAnswer("MIT-DENY", "EV0"),)))
    assert finding.level == Level.L2
    assert "T2" in finding.rules


def test_harm_that_is_happening_is_contained_first() -> None:
    """S55: harm that goes on is told apart from harm that could come."""
    finding = assess(check(scale=2, likelihood=4))
    assert finding.clocks.contain == Span(24, "hours")
    assert finding.communication == "COM-AFF"
    assert "T7" in finding.rules


def test_skipped_answers_count_as_mild_until_a_floor_says_otherwise() -> None:
    skipped = check(scope=None, irremediability=None, likelihood=None)
    assert (assess(skipped).scope, assess(skipped).level) == (1, Level.L0)
    raised = assess(replace(skipped, groups=frozenset({"GRP-MODERATOR"})))
    assert (raised.scope, raised.irremediability, raised.likelihood) == (3, 3, Likelihood.LIKELY)
    assert "EMPTY" in raised.rules


def test_skipped_scope_read_as_unknown_can_trip_another_floor() -> None:
    answers = check(changes="CHG-REUSE", groups="GRP-MODERATOR", scope=None, irremediability=None, likelihood=None)
    assert {"F6", "F9"} <= set(assess(answers).rules)


@pytest.mark.parametrize(
    ("groups", "contexts", "scale"),
    [("GRP-HEALTH", "CTX-ELECTION", 4), ("GRP-HEALTH", "CTX-NONE", 3), ("DK", "CTX-DK", 4)],
)
def test_an_unknown_harm_is_read_as_serious_or_grave(groups: str, contexts: str, scale: int) -> None:
    assert assess(check(groups=groups, contexts=contexts, scale="DK")).scale == scale


def test_unknown_irremediability_is_worse_where_the_harm_is_serious() -> None:
    assert assess(check(scale=3, irremediability="DK")).irremediability == 4
    assert assess(check(scale=2, irremediability="DK")).irremediability == 3


def test_an_unknown_change_counts_as_a_change_to_data_and_features() -> None:
    assert "F2" in assess(check(changes="DK", contexts="CTX-SECURITY")).rules
    assert "F7" in assess(check(changes="DK", contexts="CTX-DK")).rules


@pytest.mark.parametrize(
    ("answers", "signals"),
    [
        (check(contexts="CTX-SECURITY"), ()),
        (check(changes="CHG-AUTHORITY"), ()),
        (check(changes="CHG-SENSITIVE"), ()),
        (check(groups="GRP-AID", irremediability="DK"), ()),
        (MILD, (Signal("SIG-DRIFT"),)),
        (check(scale=3), ()),
    ],
)
def test_the_deep_form_opens_by_its_triggers(answers: Answers, signals: tuple[Signal, ...]) -> None:
    assert assess(answers, signals).deep_form
    assert not assess(MILD).deep_form


@pytest.mark.parametrize("gap", ["NOT_YET", "CANNOT"])
def test_an_open_gap_needs_a_remedy_plan(gap: str) -> None:
    """S15."""
    assert assess(check(scale=2, gap=gap)).remedy_plan_required
    assert not assess(check(scale=2)).remedy_plan_required


def test_the_gravest_class_starts_with_silence_until_a_safety_review() -> None:
    """S27."""
    assert assess(check(scale=4, likelihood=4)).communication == "COM-HOLD"
    assert assess(check(scale=2)).communication == "COM-INT"
