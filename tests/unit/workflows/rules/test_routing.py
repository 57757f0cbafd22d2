"""Who owns a level: the most specific seat, somebody who can answer, never the submitter of a severe risk alone."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.routing import Routes, Seat, owner_of
from workflows.rules.values import Level

DIEGO, NOOR, RUTH, MEI = "U0DIEGO", "U0NOOR", "U0RUTH", "U0MEI"
COMPANY = {
    "product_lead": Seat(DIEGO, NOOR, "C0LAUNCHES"),
    "human_rights_lead": Seat(NOOR, MEI, "C0RIGHTS"),
    "executive_board": Seat(RUTH, NOOR, "C0BOARD"),
}
ROUTES = Routes((COMPANY,), "C0RIGHTS")


def everybody(_person: str) -> bool:
    return True


def all_but(*gone: str) -> Callable[[str], bool]:
    return lambda person: person not in gone


def test_each_level_goes_to_its_owner_with_backup_and_channel() -> None:
    owner = owner_of(Level.L2, ROUTES, {"U0AMINA"}, everybody)
    assert (owner.person, owner.backup, owner.role, owner.channel) == (NOOR, MEI, "human_rights_lead", "C0RIGHTS")


def test_a_products_own_seat_wins_over_its_region_and_the_company() -> None:
    """S3."""
    product, region = {"product_lead": Seat(MEI)}, {"product_lead": Seat(RUTH)}
    assert owner_of(Level.L1, Routes((product, region, COMPANY)), (), everybody).person == MEI
    assert owner_of(Level.L1, Routes(({}, region, COMPANY)), (), everybody).person == RUTH


def test_the_backup_steps_in_for_an_owner_who_left() -> None:
    owner = owner_of(Level.L2, ROUTES, (), all_but(NOOR))
    assert (owner.person, owner.backup, owner.passed_over) == (MEI, None, (NOOR,))


def test_the_next_level_steps_in_where_a_whole_seat_is_empty() -> None:
    owner = owner_of(Level.L1, ROUTES, (), all_but(DIEGO, NOOR))
    assert (owner.person, owner.seat_level) == (MEI, Level.L2)


def test_the_top_falls_back_to_the_human_rights_lead() -> None:
    assert owner_of(Level.L3, ROUTES, (), all_but(RUTH)).person == NOOR
    assert owner_of(Level.L3, ROUTES, (), all_but(RUTH, NOOR)).person == MEI


def test_nobody_is_the_only_judge_of_a_severe_risk_they_raised() -> None:
    """S2."""
    assert owner_of(Level.L2, ROUTES, {NOOR}, everybody).person == MEI
    assert owner_of(Level.L1, ROUTES, {DIEGO}, everybody).person == DIEGO


def test_the_fallback_channel_is_told_where_nobody_can_answer() -> None:
    owner = owner_of(Level.L2, ROUTES, (), lambda _person: False)
    assert (owner.person, owner.channel) == (None, "C0RIGHTS")
    assert set(owner.passed_over) == {NOOR, MEI, RUTH}


people = st.sampled_from([DIEGO, NOOR, RUTH, MEI, "U0SAM"])


@given(st.sampled_from(list(Level)[1:]), st.sets(people), st.none() | people)
def test_an_owner_can_always_answer_and_somebody_is_found_while_anybody_is_left(
    level: Level, gone: set[str], submitter: str | None
) -> None:
    """S57."""
    owner = owner_of(level, ROUTES, {submitter} if submitter else (), lambda person: person not in gone)
    named = {seat.owner for seat in COMPANY.values()} | {seat.backup for seat in COMPANY.values()}
    above = named - {DIEGO} if level > Level.L1 else named
    left = {person for person in above if person not in gone and not (level >= Level.L2 and person == submitter)}
    if owner.person is None:
        assert not left
        assert owner.channel == "C0RIGHTS"
    else:
        assert owner.person in left
        assert owner.person != owner.backup
        assert owner.seat_level >= min(level, Level.L2)
