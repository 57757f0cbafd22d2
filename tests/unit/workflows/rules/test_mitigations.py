"""Mitigations prove themselves: status, credit, and what takes it away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules import mitigations
from workflows.rules.mitigations import Mitigation, Status
from workflows.rules.record import Happened, fold
from workflows.rules.signals import EFFECTS
from workflows.rules.tables import PROVEN, SOFT_MITIGATIONS

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
CHECK = BEGIN + timedelta(days=30)
KINDS = st.sampled_from(["MIT-HUMANREVIEW", "MIT-DESIGN", "MIT-POLICY", "MIT-CONSENT", "MIT-REMOVE"])
GRADES = st.sampled_from(["EV0", "EV1", "EV2", "EV3", "EV4"])
EFFECT = st.sampled_from(["EFFECTIVE", "PARTLY", "NOT", "DK"])


def planned(**changed: Any) -> Happened:
    """Noor wrote a mitigation down, to be looked at after thirty days."""
    fields = {"risk": "1", "type": "MIT-HUMANREVIEW", "owner": "U0DIEGO", "evidence": "EV3", "signals": ["SIG-LAW"]}
    data = {"number": 1, "fields": {**fields, **changed}, "check_at": CHECK.isoformat()}
    return Happened(1, "record.mitigation", BEGIN, "U0NOOR", data)


def answered(days: int, effect: str, evidence: str = "EV3", shown_by: str = "A test", seq: int = 9) -> Happened:
    """Diego answered a re-check, some days after the beginning; the next is thirty days later."""
    at = BEGIN + timedelta(days=days)
    fields = {"mitigation": "1", "effect": effect, "evidence": evidence, "shown_by": shown_by}
    data = {"number": seq, "fields": fields, "check_at": (at + timedelta(days=30)).isoformat()}
    return Happened(seq, "record.recheck", at, "U0DIEGO", data)


def signalled(days: float, signal: str, seq: int = 5, **more: Any) -> Happened:
    """The world changed, some days after the beginning."""
    return Happened(seq, "case.signal", BEGIN + timedelta(days=days), None, {"signal": signal, **more})


def now_of(*events: Happened) -> Mitigation:
    """Give the one mitigation that these events come to."""
    return mitigations.of(fold(events))[0]


@given(GRADES, KINDS)
def test_s13_a_new_mitigation_is_never_said_to_work(grade: str, kind: str) -> None:
    assert now_of(planned(evidence=grade, type=kind)).status(BEGIN) is Status.UNPROVEN


def test_s13_a_check_date_that_passes_without_evidence_makes_what_worked_unproven() -> None:
    found = now_of(planned(), answered(10, "EFFECTIVE"))
    assert found.status(BEGIN + timedelta(days=39)) is Status.WORKING
    assert found.status(BEGIN + timedelta(days=40)) is Status.UNPROVEN
    assert not found.is_credited(BEGIN + timedelta(days=40))


@given(st.sampled_from(["EV0", "EV1", "EV2"]), KINDS)
def test_s18_evidence_below_ev3_never_earns_credit(grade: str, kind: str) -> None:
    assert not now_of(planned(evidence=grade, type=kind)).is_credited(BEGIN)


@pytest.mark.parametrize("kind", sorted(SOFT_MITIGATIONS))
def test_s18_what_only_asks_people_to_behave_earns_none_either(kind: str) -> None:
    assert not now_of(planned(evidence="EV4", type=kind)).is_credited(BEGIN)


def test_s20_a_change_that_it_depends_on_takes_the_credit_at_once() -> None:
    hit = signalled(3, "SIG-LAW")
    assert now_of(planned()).is_credited(BEGIN + timedelta(days=4))
    found = now_of(planned(), hit)
    assert not found.is_credited(BEGIN + timedelta(days=4))
    assert found.status(BEGIN + timedelta(days=4)) is Status.WEAKENING


def test_s20_a_change_elsewhere_leaves_it_alone() -> None:
    here = planned(countries="KE, UG", customers="City of Kisumu")
    assert now_of(here, signalled(3, "SIG-LAW", countries=["DE"])).hits == ()
    assert now_of(here, signalled(3, "SIG-LAW", customers=["A bank"])).hits == ()
    assert now_of(here, signalled(3, "SIG-ELECTION", countries=["KE"])).hits == ()
    assert len(now_of(here, signalled(3, "SIG-LAW", countries=["UG"], customers=["city of  kisumu"])).hits) == 1


def test_s19_what_is_bypassed_has_failed() -> None:
    assert now_of(planned(), signalled(3, "SIG-BYPASS")).status(BEGIN + timedelta(days=4)) is Status.FAILED
    other = signalled(3, "SIG-BYPASS", defeats=["MIT-DESIGN"])
    assert now_of(planned(), other).status(BEGIN + timedelta(days=4)) is Status.UNPROVEN


def test_s20_new_evidence_after_a_change_earns_credit_again() -> None:
    found = now_of(planned(), signalled(3, "SIG-LAW"), answered(5, "EFFECTIVE"))
    assert found.is_credited(BEGIN + timedelta(days=6))
    assert found.status(BEGIN + timedelta(days=6)) is Status.WORKING


def test_settling_a_change_gives_no_credit_back() -> None:
    settled = Happened(
        7, "record.settled", BEGIN + timedelta(days=4), "U0NOOR", {"number": 1, "fields": {"signal": "5"}}
    )
    assert not now_of(planned(), signalled(3, "SIG-LAW"), settled).is_credited(BEGIN + timedelta(days=5))


@pytest.mark.parametrize("effect", ["PARTLY", "NOT", "DK"])
def test_who_doubts_that_it_works_takes_its_credit(effect: str) -> None:
    assert not now_of(planned(), answered(5, effect)).is_credited(BEGIN + timedelta(days=6))


def test_the_same_as_last_time_needs_an_answer_and_evidence_of_the_last_year() -> None:
    day = timedelta(days=1)
    assert not now_of(planned()).may_repeat(BEGIN + day)
    once = answered(10, "EFFECTIVE")
    assert now_of(planned(), once).may_repeat(BEGIN + 40 * day)
    again = [answered(10 + 30 * n, "EFFECTIVE", shown_by="", seq=10 + n) for n in range(1, 12)]
    assert now_of(planned(), once, *again).may_repeat(BEGIN + 370 * day)
    assert not now_of(planned(), once, *again).may_repeat(BEGIN + 380 * day)
    assert not now_of(planned(), once, signalled(12, "SIG-LAW")).may_repeat(BEGIN + 13 * day)


EVENTS = st.lists(
    st.one_of(
        st.builds(answered, st.integers(1, 90), EFFECT, GRADES, st.sampled_from(["", "A test"])),
        st.builds(signalled, st.integers(1, 90), st.sampled_from(sorted(EFFECTS))),
    ),
    max_size=8,
)


@given(GRADES, KINDS, EVENTS, st.integers(0, 120))
def test_credit_is_never_given_past_a_date_nor_after_a_hit_nor_without_proof(
    grade: str, kind: str, more: list[Happened], day: int
) -> None:
    now = BEGIN + timedelta(days=day)
    told = sorted((each for each in more if each.at <= now), key=lambda each: each.at)
    found = now_of(planned(evidence=grade, type=kind), *told)
    if not found.is_credited(now):
        return
    assert found.check_at is not None
    assert found.check_at > now
    assert found.hits == ()
    assert found.evidence in PROVEN
    assert kind not in SOFT_MITIGATIONS
    answers = [each for each in told if each.kind == "record.recheck"]
    assert not answers or answers[-1].data["fields"]["effect"] == "EFFECTIVE"
    hits = [each.at for each in told if each.kind == "case.signal" and each.data["signal"] in ("SIG-LAW", "SIG-BYPASS")]
    assert not hits or (answers and answers[-1].at >= max(hits))
