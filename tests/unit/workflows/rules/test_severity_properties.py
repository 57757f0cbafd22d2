"""What must hold for every check that anybody could ever send (promises 1-4 of the product)."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.workflows.rules import strategies as forms
from workflows.rules.severity import assess, earns_credit
from workflows.rules.tables import PROVEN, SOFT_MITIGATIONS
from workflows.rules.values import Answers, Level, Likelihood, MitigationAnswer, Severity, Signal

pytestmark = pytest.mark.timeout(300)
many = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCALES = ("scale", "scope", "irremediability", "likelihood")


def test_benefit_legality_revenue_deadline_and_author_are_not_inputs() -> None:
    """S1, S5, S11, S22, S36, S41: what does not exist in the signature cannot lower a level."""
    assert list(inspect.signature(assess).parameters) == ["answers", "signals"]
    names = {field.name for field in fields(Answers)} | {field.name for field in fields(Signal)}
    assert names == {
        "changes",
        "groups",
        "contexts",
        *SCALES,
        "mitigations",
        "gap",
        "id",
        "defeats",
    }


@many
@given(forms.answers(), forms.signals)
def test_replaying_a_check_gives_the_same_finding(answers: Answers, signals: tuple[Signal, ...]) -> None:
    assert assess(answers, signals) == assess(answers, signals)
    assert assess(answers, signals) == assess(answers, tuple(reversed(signals)))


@many
@given(forms.answers(), forms.signals, st.sampled_from(SCALES), st.sampled_from([1, 2, 3]))
@example(
    Answers(
        frozenset({"CHG-DATA"}),
        frozenset({"GRP-USERS"}),
        frozenset({"CTX-NONE"}),
        scale=2,
        scope=1,
        irremediability=1,
        likelihood=1,
        mitigations=(MitigationAnswer("MIT-DESIGN", "EV3"),),
    ),
    (),
    "likelihood",
    3,
)
def test_not_knowing_never_gives_a_lower_level_than_one_two_or_three(
    answers: Answers, signals: tuple[Signal, ...], question: str, rating: int
) -> None:
    unknown = assess(replace(answers, **{question: "DK"}), signals)
    known = assess(replace(answers, **{question: rating}), signals)
    assert unknown.level >= known.level
    assert unknown.floor_level >= known.floor_level


@many
@given(forms.answers(), forms.signals, st.sampled_from(forms.CHANGES))
def test_adding_a_kind_of_change_never_lowers(answers: Answers, signals: tuple[Signal, ...], change: str) -> None:
    more = replace(answers, changes=answers.changes | {change})
    assert assess(more, signals).level >= assess(answers, signals).level


@many
@given(forms.answers(), forms.signals, st.sampled_from(forms.GROUPS))
def test_adding_a_group_of_people_never_lowers(answers: Answers, signals: tuple[Signal, ...], group: str) -> None:
    more = replace(answers, groups=answers.groups | {group})
    assert assess(more, signals).level >= assess(answers, signals).level
    assert assess(more, signals).severity >= assess(answers, signals).severity or answers.mitigations


@many
@given(forms.answers(), forms.signals, st.sampled_from(forms.FLAGS))
def test_adding_a_context_never_lowers(answers: Answers, signals: tuple[Signal, ...], flag: str) -> None:
    more = replace(answers, contexts=(answers.contexts - {"CTX-NONE"}) | {flag})
    assert assess(more, signals).level >= assess(answers, signals).level


@many
@given(forms.answers(), forms.signals, st.sampled_from(SCALES), st.data())
def test_a_worse_rating_never_lowers(
    answers: Answers, signals: tuple[Signal, ...], question: str, data: st.DataObject
) -> None:
    low, high = sorted((data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))))
    milder = assess(replace(answers, **{question: low}), signals)
    worse = assess(replace(answers, **{question: high}), signals)
    assert worse.level >= milder.level


@many
@given(forms.answers(), forms.signals, forms.signals)
def test_another_signal_never_lowers(answers: Answers, signals: tuple[Signal, ...], more: tuple[Signal, ...]) -> None:
    assert assess(answers, signals + more).level >= assess(answers, signals).level


@many
@given(forms.answers(), forms.signals)
def test_only_proven_hard_undefeated_mitigations_lower_and_only_by_one_step(
    answers: Answers, signals: tuple[Signal, ...]
) -> None:
    """S18: EV0-EV2, unknown evidence and soft mitigations never lower anything."""
    bare = assess(replace(answers, mitigations=()), signals)
    given_credit = assess(answers, signals)
    hard = [
        each
        for each in answers.mitigations
        if each.evidence in PROVEN and each.type not in SOFT_MITIGATIONS and each.type.startswith("MIT-")
    ]
    if not hard:
        assert given_credit.level >= bare.level
        assert (given_credit.severity, given_credit.likelihood) == (bare.severity, bare.likelihood)
    assert 0 <= bare.severity - given_credit.severity <= 1
    assert 0 <= bare.likelihood - given_credit.likelihood <= 1
    assert (bare.severity, bare.likelihood) in (
        (given_credit.severity, bare.likelihood),
        (bare.severity, given_credit.likelihood),
    ), "one credit in all"
    if bare.likelihood == Likelihood.HAPPENING:
        assert given_credit.likelihood == Likelihood.HAPPENING
    if given_credit.severity < bare.severity:
        assert "MIT-REMOVE" in earns_credit(answers, signals)
        assert bare.severity != Severity.SEV4


@many
@given(forms.answers(), forms.signals)
def test_a_defeated_mitigation_earns_nothing(answers: Answers, signals: tuple[Signal, ...]) -> None:
    """S20."""
    all_of_them = Signal("SIG-TIME", frozenset(forms.MITIGATIONS))
    bare = assess(replace(answers, mitigations=()), (*signals, all_of_them))
    assert assess(answers, (*signals, all_of_them)).severity == bare.severity
    assert assess(answers, (*signals, all_of_them)).likelihood == bare.likelihood


@many
@given(forms.answers(), forms.signals)
def test_the_worst_factor_governs_and_is_never_averaged(answers: Answers, signals: tuple[Signal, ...]) -> None:
    finding = assess(replace(answers, mitigations=()), signals)
    if "EXIT" in finding.rules:
        return
    if finding.scale == 4 or (finding.scale == 3 and finding.irremediability >= 3):
        assert finding.severity == Severity.SEV4
    if finding.scale >= 2 and finding.irremediability == 4:
        assert finding.severity == Severity.SEV4
    if finding.scale >= 2 and finding.irremediability == 3:
        assert finding.severity >= Severity.SEV3


@many
@given(forms.answers(), forms.signals)
def test_grave_and_irreversible_is_never_below_the_human_rights_lead(
    answers: Answers, signals: tuple[Signal, ...]
) -> None:
    """T1."""
    finding = assess(answers, signals)
    if finding.severity == Severity.SEV4 and finding.irremediability == 4:
        assert finding.level >= Level.L2
        if finding.likelihood >= Likelihood.POSSIBLE:
            assert finding.level == Level.L3


@many
@given(forms.answers(), forms.signals)
def test_every_finding_explains_itself(answers: Answers, signals: tuple[Signal, ...]) -> None:
    """S66, promise 12: version, the rules that fired, and a clock wherever somebody must answer."""
    finding = assess(answers, signals)
    assert finding.rule_version
    assert finding.rules[0] == "EXIT" or {"CLASS", "TABLE"} <= set(finding.rules)
    assert len(set(finding.rules)) >= len(finding.rules) - answers.mitigations.__len__()
    assert finding.launch_waits == (finding.level >= Level.L2)
    assert (finding.clocks.decide is None) == (finding.level == Level.L0)
    assert Level.L0 <= finding.floor_level <= finding.level


@many
@given(forms.answers(), forms.signals)
def test_unproven_severe_risks_need_a_remedy_plan(answers: Answers, signals: tuple[Signal, ...]) -> None:
    """S15."""
    finding = assess(answers, signals)
    if "EXIT" in finding.rules:
        return
    if finding.severity >= Severity.SEV3 and not earns_credit(answers, signals):
        assert finding.remedy_plan_required
    if answers.gap:
        assert finding.remedy_plan_required
