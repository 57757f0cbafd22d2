"""What comes before an approval, before a record closes, and before anything is said outside (promise 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules import deep, living, mitigations
from workflows.rules.locks import (
    Facts,
    Missing,
    Step,
    StepState,
    first_communication,
    steps,
    to_approve,
    to_close,
    to_speak,
    to_weigh,
)
from workflows.rules.record import Happened, Record, fold
from workflows.rules.values import Answers, Level, Severity

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = (NOW + timedelta(days=60)).isoformat()
AMINA, DIEGO, NOOR, RUTH, SAM = ("U0AMINA", "U0DIEGO", "U0NOOR", "U0RUTH", "U0SAM")
SERIOUS = Answers(
    frozenset({"CHG-FEATURE"}),
    frozenset({"GRP-USERS"}),
    frozenset({"CTX-NONE"}),
    scale=3,
    scope=2,
    irremediability=2,
    likelihood=2,
)
RISK = {"groups": ["GRP-USERS"], "scale": "3", "scope": "2", "irremediability": "2", "likelihood": "2"}
Written = tuple[str, int, Mapping[str, Any], str, str | None]


def wrote(part: str, number: int = 1, by: str = NOOR, check_at: str | None = None, /, **given: Any) -> Written:
    """One writing of a part of the record."""
    return part, number, given, by, check_at


WHOLE: dict[str, Written] = {
    "risk": wrote("risk", what="Somebody is refused because of their name.", **RISK),
    "mitigation": wrote("mitigation", 1, NOOR, LATER, risk="1", type="MIT-HUMANREVIEW", owner=DIEGO, evidence="EV2"),
    "remedy": wrote("remedy", harm="Refused", who="The applicant"),
    "engagement": wrote("engagement", party="REPRESENTATIVE", who="A union"),
    "discussion": wrote("discussion", moment="BEFORE", people=[NOOR, DIEGO]),
    "dilemma": wrote("dilemma", options="Sort\nRead everything"),
    **{item: wrote(item, text="Said") for item in ("D02", "D05", "D07", "D08", "D09", "D26")},
}
"""A record of a serious risk that can be approved."""
ENDING: dict[str, Written] = {
    "communication": wrote("communication", codes=["COM-INT"], why="It is ours alone."),
    "closing": wrote("discussion", 2, moment="CLOSING", people=[NOOR, DIEGO]),
}
"""What closing needs on top."""
LOCK_OF = {
    "risk": ["risk_missing"],
    "mitigation": ["risk_not_answered", "check_not_planned"],
    "remedy": ["remedy_missing"],
    "engagement": ["engagement_missing"],
    "discussion": ["discussion_missing"],
    "dilemma": ["alternatives_missing"],
    **{item: ["item_missing"] for item in ("D02", "D05", "D07", "D08", "D09", "D26")},
}


def record_of(written: Iterable[Written]) -> Record:
    """Fold writings, one a minute, beginning ten days ago."""
    begin = NOW - timedelta(days=10)
    return fold(
        Happened(
            seq,
            f"record.{part}",
            begin + timedelta(minutes=seq),
            by,
            {"number": number, "fields": given, "check_at": check_at},
        )
        for seq, (part, number, given, by, check_at) in enumerate(written, start=1)
    )


def facts_of(record: Record, answers: Answers = SERIOUS, **changed: Any) -> Facts:
    """Give the facts of a case whose only check has these answers; Amina sent it, Noor and Ruth are leads."""
    finding = living.found((answers,), record, NOW)
    known = mitigations.of(record)
    level = changed.get("level", finding.level)
    deny = any(each.type == "MIT-DENY" for each in known)
    facts = Facts(
        level=level,
        severity=finding.severity,
        finding=finding,
        risks=living.risks_of((answers,), record, NOW),
        mitigations=known,
        submitters=(AMINA,),
        leads=frozenset({NOOR, RUTH}),
        line=frozenset({AMINA, DIEGO, NOOR}),
        needed=deep.needed(answers, level, signals=(), deny=deny, finding=finding),
    )
    return replace(facts, **changed)


def ids(found: Iterable[Missing]) -> list[str]:
    return [each.id for each in found]


def approving(written: Iterable[Written], answers: Answers = SERIOUS, **changed: Any) -> list[str]:
    """Name what an approval of a record with these writings still lacks."""
    record = record_of(written)
    return ids(to_approve(record, facts_of(record, answers, **changed), NOW))


def with_more(*more: Written) -> list[Written]:
    return [*WHOLE.values(), *more]


def test_s8_a_whole_record_can_be_approved() -> None:
    assert approving(WHOLE.values()) == []


@pytest.mark.parametrize("gone", WHOLE)
def test_s8_each_thing_that_is_missing_is_named_in_its_turn(gone: str) -> None:
    """S8, S12, S15, S34, S45, S48."""
    lacks = approving(each for name, each in WHOLE.items() if name != gone)

    assert set(LOCK_OF[gone]) <= set(lacks)
    assert set(lacks) <= {*LOCK_OF[gone], "check_not_planned"}


def test_s8_what_is_missing_says_where_it_is_written() -> None:
    record = record_of([wrote("risk", **RISK), wrote("risk", 2, what="Another", **RISK)])
    lacks = to_weigh(record, facts_of(record), NOW)

    assert [(each.id, each.part, each.entry, each.about) for each in lacks] == [
        ("risk_not_described", "risk", 1, 0),
        ("risk_not_answered", "mitigation", 0, 1),
        ("risk_not_answered", "mitigation", 0, 2),
        ("check_not_planned", "mitigation", 0, 1),
    ]


@given(st.text(max_size=50), st.sampled_from(["YES", "NO", "DK"]))
def test_s5_benefit_pressure_and_what_the_law_says_open_no_lock(text: str, answer: str) -> None:
    """S5, S8, S22, S36, S41."""
    good = wrote("D19", benefits=text, kept=answer)
    pressure = wrote("D25", present=answer, what=text)
    law = wrote("D13", required=answer, differs="NO", standard=text)
    bare = [WHOLE["risk"]]

    assert approving([*bare, good, pressure, law]) == approving(bare)


def test_s5_the_locks_have_no_input_for_benefit_revenue_deadline_or_legality() -> None:
    """S5, S22, S36, S41."""
    names = {each.name for each in fields(Facts)}

    assert not [name for name in names if any(word in name for word in ("benefit", "revenue", "deadline", "legal"))]


def test_s12_a_mitigation_that_nobody_looks_after_or_that_is_known_to_fail_answers_nothing() -> None:
    """S12, S13."""
    nobodys = {**WHOLE, "mitigation": wrote("mitigation", 1, NOOR, LATER, risk="1", type="MIT-TEST", evidence="EV2")}
    failed = wrote("recheck", 1, DIEGO, LATER, mitigation="1", effect="NOT")

    assert approving(nobodys.values()) == ["risk_not_answered"]
    assert approving(with_more(failed)) == ["risk_not_answered"]


def test_s12_only_a_nuisance_may_stand_without_an_answer() -> None:
    mild = {**RISK, "scale": "1", "scope": "1", "irremediability": "1"}
    serious = {**RISK, "scale": "2"}

    assert approving(with_more(wrote("risk", 2, what="A nuisance", **mild))) == []
    assert approving(with_more(wrote("risk", 2, what="A limit", **serious))) == ["risk_not_answered"]


@pytest.mark.parametrize("kind", ["NOT_YET", "CANNOT"])
def test_s14_a_gap_that_is_said_openly_answers_a_risk_and_its_review_is_a_planned_check(kind: str) -> None:
    """S14, S32: an honest gap is worth more than an empty place."""
    gap = wrote("gap", 1, NOOR, LATER, risk="1", kind=kind, why="No test exists.")
    honest = [gap if name == "mitigation" else each for name, each in WHOLE.items()]

    assert approving(honest) == []
    assert len(approving(honest)) < len(approving(each for name, each in WHOLE.items() if name != "mitigation"))


@pytest.mark.parametrize("kind", ["NOT_YET", "CANNOT"])
def test_s15_an_open_gap_needs_a_plan_for_remedy_whatever_reason_is_given_against_it(kind: str) -> None:
    limited = replace(SERIOUS, scale=2)
    gap = wrote("gap", 1, NOOR, LATER, risk="1", kind=kind, why="No test exists.")
    not_needed = wrote("not_needed", step="remedy", why="Nobody asks for it.")
    base = {**WHOLE, "risk": wrote("risk", what="A limit", **{**RISK, "scale": "2"})}
    written = [each for name, each in base.items() if name != "remedy"]

    assert approving(written, limited, level=Level.L2) == []
    assert approving([*written, gap, not_needed], limited, level=Level.L2) == ["remedy_missing"]


def test_s10_what_was_to_be_looked_at_by_now_comes_before_an_approval() -> None:
    """S10, S13."""
    past = (NOW - timedelta(days=1)).isoformat()
    late = wrote("mitigation", 2, NOOR, past, risk="1", type="MIT-TEST", owner=SAM, evidence="EV3")

    assert approving(with_more(late)) == ["check_overdue"]


def test_what_happens_to_people_now_comes_first() -> None:
    assert approving(WHOLE.values(), harm_goes_on=True)[0] == "contain_first"


def test_s48_one_voice_or_no_lead_is_no_discussion() -> None:
    for people in ([NOOR], [NOOR, NOOR], [DIEGO, SAM], [AMINA, DIEGO]):
        talk = {**WHOLE, "discussion": wrote("discussion", moment="BEFORE", people=people)}
        assert approving(talk.values()) == ["discussion_missing"], people


def test_s34_below_l2_nobody_is_asked_for_more_than_risks_answers_and_a_day() -> None:
    """S34, S57: little is asked of a team where little can happen."""
    limited = replace(SERIOUS, scale=2)
    few = [wrote("risk", what="A limit", **{**RISK, "scale": "2"}), WHOLE["mitigation"]]

    assert approving(few, limited) == []


def closing(written: Iterable[Written], *, goes_on: bool = True, **changed: Any) -> list[str]:
    """Name what a record with these writings still lacks before it may close."""
    record = record_of(written)
    return ids(to_close(record, facts_of(record, **changed), NOW, goes_on=goes_on))


def test_s9_a_record_closes_when_no_step_is_left_empty() -> None:
    """S9, S16, S48."""
    assert closing(with_more(*ENDING.values())) == []
    assert closing(WHOLE.values()) == ["communication_missing", "discussion_closing"]
    assert "risk_missing" in closing(ENDING.values())
    assert "remedy_missing" in closing([each for name, each in {**WHOLE, **ENDING}.items() if name != "remedy"])


def test_s16_what_the_bot_proposed_to_say_counts_once_a_person_has_written_it() -> None:
    record = record_of(WHOLE.values())
    draft = Happened(99, "record.communication", NOW, None, {"number": 1, "fields": {"codes": ["COM-INT"]}})
    begun = fold([*_events(WHOLE.values()), draft])

    assert "communication_missing" in ids(to_close(begun, facts_of(record), NOW, goes_on=True))
    assert steps(begun, facts_of(record), NOW)[Step.COMMUNICATE] is StepState.BEGUN


def _events(written: Iterable[Written]) -> list[Happened]:
    return [
        Happened(seq, f"record.{part}", NOW, by, {"number": number, "fields": given, "check_at": check_at})
        for seq, (part, number, given, by, check_at) in enumerate(written, start=1)
    ]


def test_s17_a_grave_risk_does_not_close_before_it_is_said_whether_it_is_reported_formally() -> None:
    whole = with_more(*ENDING.values())
    formal = wrote("formal", report="NO", why="No authority asks for it.")

    assert closing(whole, severity=Severity.SEV4) == ["formal_missing"]
    assert closing([*whole, formal], severity=Severity.SEV4) == []


def test_s25_harm_that_was_done_is_answered_by_those_who_were_harmed() -> None:
    """S15, S25."""
    whole = with_more(*ENDING.values())
    done = wrote("remedy_done", 1, NOOR, remedy="1", confirmed_by="REPRESENTATIVE", how="By letter.")

    assert closing(whole, had_harm=True, goes_on=False) == ["remedy_not_delivered"]
    assert closing([*whole, done], had_harm=True, goes_on=False) == []


@pytest.mark.parametrize(("by", "level", "counts"), [(NOOR, Level.L2, True), (DIEGO, Level.L2, False)])
def test_s9_from_l2_on_only_a_human_rights_leads_reason_makes_the_remedy_step_needless(
    by: str, level: Level, counts: bool
) -> None:
    no_plan = [each for name, each in {**WHOLE, **ENDING}.items() if name != "remedy"]
    reason = wrote("not_needed", 1, by, step="remedy", why="Nobody can be reached by it.")

    assert ("remedy_missing" not in closing([*no_plan, reason], level=level)) is counts


def speaking(*reviews: Written, severity: Severity = Severity.SEV3) -> list[str]:
    record = record_of(with_more(*reviews))
    return ids(to_speak(record, facts_of(record, severity=severity)))


def review(number: int, by: str, judgement: str = "SAFE") -> Written:
    return wrote("safety_review", number, by, judgement=judgement)


def test_s26_nothing_goes_outside_before_somebody_reviewed_who_could_be_put_in_danger() -> None:
    assert speaking() == ["safety_missing"]
    assert speaking(review(1, NOOR)) == []
    for doubt in ("LATER", "NOT_SAFE"):
        assert speaking(review(1, NOOR), review(2, SAM, doubt)) == ["safety_not_safe"]
    assert speaking(review(1, SAM, "LATER"), review(2, SAM)) == [], "they looked again"
    assert speaking(review(1, SAM), review(2, SAM, "SAFE"), review(1, SAM, "NOT_SAFE")) == ["safety_not_safe"]


def test_s27_for_a_grave_risk_two_people_review_and_one_is_from_outside_the_product() -> None:
    """S27: it begins by holding everything back."""
    grave = Severity.SEV4
    record = record_of(WHOLE.values())

    assert first_communication(grave, facts_of(record).finding) == "COM-HOLD"
    assert speaking(review(1, SAM), severity=grave) == ["safety_second"]
    assert speaking(review(1, NOOR), review(2, DIEGO), severity=grave) == ["safety_outside"]
    assert speaking(review(1, NOOR), review(2, NOOR), severity=grave) == ["safety_second", "safety_outside"]
    assert speaking(review(1, NOOR), review(2, SAM), severity=grave) == []


def test_s29_the_four_steps_stand_in_their_order_and_say_how_far_they_are() -> None:
    """S9, S29."""
    empty, whole = record_of([]), record_of(with_more(*ENDING.values()))

    assert list(Step) == ["picture", "mitigate", "remedy", "communicate"]
    assert list(steps(empty, facts_of(empty), NOW)) == list(Step)
    assert set(steps(whole, facts_of(whole), NOW).values()) == {StepState.DONE}
    assert steps(empty, facts_of(empty), NOW)[Step.PICTURE] is StepState.EMPTY


def test_s33_dissent_stands_in_no_ones_way() -> None:
    """S33: it is heard, and it is no failure."""
    dissent = wrote("dissent", who="The works council", why="It is too early.")

    assert approving(with_more(dissent)) == []
    assert closing(with_more(dissent, *ENDING.values())) == []


PARTS_OF_IT = sorted(WHOLE)


@given(st.sets(st.sampled_from(PARTS_OF_IT)))
def test_s8_writing_more_never_locks_what_was_open(some: set[str]) -> None:
    """What is missing shrinks with every thing that is written, and is gone exactly with the last."""
    lacks = approving(WHOLE[name] for name in PARTS_OF_IT if name in some)

    assert (lacks == []) == (some == set(WHOLE))
    for name in set(WHOLE) - some:
        more = approving(WHOLE[each] for each in PARTS_OF_IT if each in {*some, name})
        # A risk that is named now asks for its answer.
        assert name == "risk" or set(more) <= set(lacks)
