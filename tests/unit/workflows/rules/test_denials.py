"""Cutting people off: assessed for those who are cut off, signed by a lead, and never the only answer (promise 5)."""

from __future__ import annotations

from tests.unit.workflows.rules.test_locks import (
    DIEGO,
    ENDING,
    LATER,
    NOOR,
    NOW,
    RISK,
    WHOLE,
    approving,
    closing,
    facts_of,
    ids,
    record_of,
    with_more,
    wrote,
)
from workflows.rules.locks import Step, StepState, steps, to_approve, to_close

DENY = wrote("mitigation", 2, NOOR, LATER, risk="1", type="MIT-DENY", owner=DIEGO, evidence="EV1")
DENIAL = wrote("denial", 1, DIEGO, mitigation="2", who="Sellers", lose="Their income", notice="30 days", appeal="Yes")
SIGNED = wrote("denial_signed", 1, NOOR, denial="1", why="The notice is long enough.")


def test_s21_cutting_people_off_is_looked_at_for_them_and_a_lead_signs_it() -> None:
    """S21, S23."""
    assert approving(with_more(DENY)) == ["denial_missing"]
    assert approving(with_more(DENY, DENIAL)) == ["denial_unsigned"]
    assert approving(with_more(DENY, DENIAL, SIGNED)) == []


def test_s21_what_was_changed_after_it_was_signed_is_signed_again() -> None:
    changed = wrote("denial", 1, DIEGO, mitigation="2", who="Sellers", lose="Less", notice="A day", appeal="None")

    assert approving(with_more(DENY, DENIAL, SIGNED, changed)) == ["denial_unsigned"]


HELD_BY_NOTHING_ELSE = [each for name, each in WHOLE.items() if name != "mitigation"] + [DENY, DENIAL, SIGNED]


def test_s21_cutting_people_off_is_never_the_only_answer_to_a_risk() -> None:
    nobodys = wrote("mitigation", 3, NOOR, LATER, risk="1", type="MIT-TEST", evidence="EV2")
    another = wrote("mitigation", 3, NOOR, LATER, risk="1", type="MIT-TEST", owner=DIEGO, evidence="EV2")
    failed = wrote("recheck", 1, DIEGO, LATER, mitigation="3", effect="NOT")
    gap = wrote("gap", 1, NOOR, LATER, risk="1", kind="NOT_YET", why="No test exists.")

    assert approving(HELD_BY_NOTHING_ELSE) == ["denial_alone"]
    assert approving([*HELD_BY_NOTHING_ELSE, nobodys]) == ["denial_alone"]
    assert approving([*HELD_BY_NOTHING_ELSE, another, failed]) == ["denial_alone"]
    for beside in (another, gap):
        assert approving([*HELD_BY_NOTHING_ELSE, beside]) == []


def test_s21_the_answer_to_one_risk_stands_beside_no_denial_for_another() -> None:
    second = wrote("risk", 2, what="Another", **RISK)
    deny = wrote("mitigation", 2, NOOR, LATER, risk="2", type="MIT-DENY", owner=DIEGO, evidence="EV1")
    record = record_of(with_more(second, deny, DENIAL, SIGNED))

    (lack,) = to_approve(record, facts_of(record), NOW)

    assert (lack.id, lack.part, lack.about) == ("denial_alone", "mitigation", 2)


def test_s21_a_launch_that_does_not_happen_needs_nothing_beside_a_denial() -> None:
    ended = [*HELD_BY_NOTHING_ELSE, *ENDING.values()]

    assert closing(ended) == ["denial_alone"]
    assert closing(ended, goes_on=False) == []
    record = record_of(ended)
    assert steps(record, facts_of(record), NOW)[Step.MITIGATE] is StepState.BEGUN


def test_s21_leaving_cuts_people_off_too() -> None:
    record = record_of(with_more(*ENDING.values()))

    assert ids(to_close(record, facts_of(record, exits=True), NOW, goes_on=False)) == ["denial_missing"]
