"""The deep form asks what the level and the facts need, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.rules.strategies import SIGNALS, answers
from workflows.rules import deep
from workflows.rules.parts import ITEMS
from workflows.rules.severity import assess
from workflows.rules.tables import DK
from workflows.rules.values import Answers, Level, MitigationAnswer, Signal

LAUNCHES = answers()
ids_of_signals = st.frozensets(st.sampled_from(SIGNALS), max_size=3)
levels = st.sampled_from(list(Level))

NEVER_REQUIRED = {"D19", "D24", "D25"}


def check(**changed: object) -> Answers:
    """A check by Amina in which nothing stands out: an inconvenience for a few users."""
    plain: dict[str, object] = {
        "changes": frozenset({"CHG-FEATURE"}),
        "groups": frozenset({"GRP-USERS"}),
        "contexts": frozenset({"CTX-NONE"}),
        "scale": 1,
        "scope": 1,
        "irremediability": 1,
        "likelihood": 1,
    }
    return Answers(**(plain | changed))  # type: ignore[arg-type]


def needed(
    filled: Answers, level: Level = Level.L2, signals: frozenset[str] = frozenset(), deny: bool = False
) -> set[str]:
    return set(deep.needed(filled, level, signals=signals, deny=deny))


@pytest.mark.parametrize("finding_deep", [True, False])
@pytest.mark.parametrize("signals", [True, False])
@pytest.mark.parametrize("asked", [True, False])
def test_the_form_opens_for_the_rule_for_a_change_of_context_or_for_noor(
    finding_deep: bool, signals: bool, asked: bool
):
    assert deep.opens(finding_deep, signals, asked) is any((finding_deep, signals, asked))


def test_a_plain_case_of_l2_answers_what_every_case_answers():
    assert deep.needed(check(), Level.L2, signals=(), deny=False) == tuple(
        "D01 D02 D03 D04 D05 D08 D09 D16 D17 D20 D21 D23 D26".split()
    )


def test_a_team_at_l1_is_offered_two_items_and_has_to_answer_none():
    assert deep.needed(check(), Level.L1, signals=(), deny=False) == ()
    assert deep.offered(check(), Level.L1, signals=(), deny=False) == ("D02", "D09")


def test_a_team_at_l1_is_offered_what_opened_the_form():
    offered = deep.offered(check(contexts=frozenset({"CTX-REPRESS"})), Level.L1, signals=(), deny=False)

    assert offered == ("D02", "D09", "D15")


def test_nothing_is_offered_where_nothing_is_decided():
    assert deep.offered(check(), Level.L0, signals=(), deny=True) == ()


@pytest.mark.parametrize(
    ("fact", "items"),
    [
        ({"changes": {"CHG-CUSTOMER"}}, {"D06"}),
        ({"contexts": {"CTX-SECURITY"}}, {"D06"}),
        ({"groups": {"GRP-CHILD"}}, {"D10"}),
        ({"contexts": {"CTX-CHILD"}}, {"D10"}),
        ({"changes": {"CHG-DECIDE"}}, {"D11", "D12"}),
        ({"contexts": {"CTX-COMPEL"}}, {"D13"}),
        ({"changes": {"CHG-AUTHORITY"}}, {"D13", "D14", "D15"}),
        ({"contexts": {"CTX-REPRESS"}}, {"D15"}),
        ({"contexts": {"CTX-CONFLICT"}}, {"D15"}),
    ],
)
def test_a_fact_of_the_check_asks_for_its_items(fact: dict[str, set[str]], items: set[str]):
    ((name, values),) = fact.items()

    assert needed(check(**{name: frozenset(values)})) - needed(check()) >= items


@pytest.mark.parametrize(
    ("signal", "items"),
    [
        ("SIG-CUSTOMER", {"D06"}),
        ("SIG-PARTNER", {"D06"}),
        ("SIG-LAW", {"D13"}),
        ("SIG-AUTHORITY", {"D13", "D14"}),
        ("SIG-STAFF", {"D15"}),
        ("SIG-EXIT", {"D18"}),
    ],
)
def test_a_change_of_context_asks_for_its_items(signal: str, items: set[str]):
    assert needed(check(), signals=frozenset({signal})) - needed(check()) >= items


def test_s21_refusing_somebody_asks_who_is_cut_off():
    denied = check(mitigations=(MitigationAnswer("MIT-DENY", "EV1"),))

    assert needed(check(), deny=True) - needed(check()) == {"D18"}
    assert "D18" in needed(denied)


def test_a_serious_risk_asks_which_uses_are_ruled_out():
    assert "D07" in needed(check(scale=3))
    assert "D07" not in needed(check(scale=2))


def test_s15_remedy_is_asked_for_where_nobody_can_be_sure_that_the_harm_is_stopped():
    proven = check(scale=3, likelihood=2, mitigations=(MitigationAnswer("MIT-DESIGN", "EV3"),))

    assert "D22" in needed(check(scale=3))
    assert "D22" in needed(check(gap="NOT_YET"))
    assert "D22" not in needed(proven)
    assert "D22" in needed(proven, signals=frozenset({"SIG-CAPACITY"})), "a signal may have taken the proof away"


def test_what_the_rule_found_is_taken_over_where_it_is_known():
    proven = check(scale=3, likelihood=2, mitigations=(MitigationAnswer("MIT-DESIGN", "EV3"),))
    found = assess(proven, [Signal("SIG-CAPACITY", frozenset({"MIT-KILL"}))])

    asked = deep.needed(proven, Level.L2, signals={"SIG-CAPACITY"}, deny=False, finding=found)

    assert "D22" not in asked
    assert "D07" in asked


@pytest.mark.parametrize(
    ("unknown", "items"),
    [
        ({"changes": frozenset({DK})}, {"D06", "D11", "D12", "D13", "D14", "D15"}),
        ({"groups": frozenset({DK})}, {"D10"}),
        ({"contexts": frozenset({"CTX-DK"})}, {"D06", "D10", "D13", "D15"}),
    ],
)
def test_not_knowing_asks_like_the_answer_that_asks_for_more(unknown: dict[str, frozenset[str]], items: set[str]):
    assert needed(check(**unknown)) >= items


@given(LAUNCHES, ids_of_signals, st.booleans())
def test_a_higher_level_never_asks_for_less(filled: Answers, signals: frozenset[str], deny: bool):
    asked = [set(deep.needed(filled, level, signals=signals, deny=deny)) for level in Level]

    assert all(lower <= higher for lower, higher in pairwise(asked))


@given(LAUNCHES, levels, ids_of_signals, st.sampled_from(SIGNALS), st.booleans())
def test_one_more_change_of_context_never_asks_for_less(
    filled: Answers, level: Level, signals: frozenset[str], more: str, deny: bool
):
    before = set(deep.needed(filled, level, signals=signals, deny=deny))

    assert before <= set(deep.needed(filled, level, signals=signals | {more}, deny=deny))
    assert before <= set(deep.needed(filled, level, signals=signals, deny=True))


@given(LAUNCHES, levels, ids_of_signals, st.booleans())
def test_items_come_once_and_in_their_order(filled: Answers, level: Level, signals: frozenset[str], deny: bool):
    asked = deep.needed(filled, level, signals=signals, deny=deny)
    offered = deep.offered(filled, level, signals=signals, deny=deny)

    assert list(asked) == sorted(set(asked))
    assert list(offered) == sorted(set(offered))
    assert {*asked, *offered} <= set(ITEMS)
    assert not set(asked) & set(offered)


@given(LAUNCHES, levels, ids_of_signals, st.booleans())
def test_s5_s22_benefits_and_pressure_are_never_required(
    filled: Answers, level: Level, signals: frozenset[str], deny: bool
):
    assert not NEVER_REQUIRED & set(deep.needed(filled, level, signals=signals, deny=deny))


@given(LAUNCHES, st.sampled_from([Level.L2, Level.L3]), ids_of_signals)
def test_where_children_are_touched_or_nobody_knows_they_are_always_asked_about(
    filled: Answers, level: Level, signals: frozenset[str]
):
    children = {"GRP-CHILD", DK} & filled.groups or {"CTX-CHILD", "CTX-DK"} & filled.contexts

    assert ("D10" in deep.needed(filled, level, signals=signals, deny=False)) is bool(children)


@given(st.lists(st.sampled_from(ITEMS), unique=True).map(sorted))
def test_pages_are_short_even_and_lose_nothing(items: list[str]):
    pages = deep.pages(items)

    assert [item for page in pages for item in page] == items
    assert all(1 <= len(page) <= 4 for page in pages)
    assert not pages or max(map(len, pages)) - min(map(len, pages)) <= 1


@pytest.mark.parametrize(("answer", "conflict"), [("YES", True), (DK, True), ("NO", False), (None, False)])
def test_s41_where_law_and_standards_differ_or_nobody_knows_a_human_rights_lead_looks(
    answer: str | None, conflict: bool
):
    assert deep.legal_conflict({"differs": answer, "required": "YES"}) is conflict


@pytest.mark.parametrize("required", ["YES", "NO", DK])
def test_s41_being_required_by_law_alone_changes_nothing(required: str):
    assert not deep.legal_conflict({"required": required})
