"""The company's own file: what is wrong is said in one sentence that names the place."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflows.desk import Desk
from workflows.errors import PolicyError
from workflows.policy import Policy, advice, load_policy, parse_policy
from workflows.ports import Known
from workflows.rules.tables import CLOCKS
from workflows.rules.values import Level, Span

EXAMPLE = Path(__file__).parents[3] / "policy.yaml"


@pytest.fixture
def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    return loaded


def test_the_example_is_a_policy_without_advice() -> None:
    """S65: what a young company copies."""
    policy = load_policy(EXAMPLE)
    assert advice(policy) == []
    assert policy.routes("harbor-photos").seat(Level.L2).owner == "U0NOOR"  # type: ignore[union-attr]
    assert policy.leads == {"U0NOOR", "U0RUTH"}


def test_an_unknown_product_has_the_companys_own_seats() -> None:
    assert load_policy(EXAMPLE).routes("gone").seat(Level.L3).owner == "U0RUTH"  # type: ignore[union-attr]


def test_public_holidays_of_the_named_country_are_days_off() -> None:
    calendar = load_policy(EXAMPLE).calendar
    assert not calendar.is_working_day(date(2027, 3, 8)), "Women's Day is a holiday in Berlin"
    assert calendar.is_working_day(date(2027, 3, 9))


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"no policy file at .*set HRDD_POLICY"):
        load_policy(tmp_path / "none.yaml")


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("company: X\nroles: [\n")
    with pytest.raises(PolicyError, match=r"not valid YAML \(line 3\)"):
        load_policy(path)


def broken(raw: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(raw)
    target = changed
    *parents, last = path.split(".")
    for name in parents:
        target = target[int(name)] if name.isdigit() else target[name]  # type: ignore[index]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("company", None, "company: Field required"),
        ("roles.human_rights_lead", None, "names nobody as human_rights_lead"),
        ("roles.executive_board", None, "names nobody as executive_board"),
        ("roles.product_lead", None, "nobody is product_lead of harbor-photos"),
        ("roles.product_lead.owner", "diego", "roles.product_lead.owner"),
        ("roles.product_lead.backup", "U0DIEGO", "another person than the owner"),
        ("roles.product_lead.channel", "#launches", "roles.product_lead.channel"),
        ("roles.cfo", {"owner": "U0RUTH"}, "roles.cfo"),
        ("timezone", "Mars/Olympus", "is not a time zone"),
        ("holidays.country", "XX", "whose public holidays are known"),
        ("working_hours.days", [], "at least one day"),
        ("working_hours.start", "18:00", "a start before its end"),
        ("products", [], "products"),
        ("products.0.region", "moon", "in region moon"),
        ("products.1.id", "harbor-photos", "two products have the same id"),
        ("products.1.id", "Ferry Chat!", "products.1.id"),
        ("severity_floors", {"SEV4": 1}, "severity_floors"),
        ("working_hours.start", "09:00Z", "without a zone"),
        ("clocks.L1.acknowledge", "6 working days", "L1.acknowledge: 6 working days can be longer than 5 working days"),
        ("clocks.L1.decide", "7 days", "silence would last longer than promised"),
        ("clocks.L2.acknowledge", "9 working hours", "can be longer than 1 working day"),
        ("clocks.L2.backup", "1 day", "L2.backup: 1 day can be longer than 4 working hours"),
        ("clocks.L3.acknowledge", "1 working day", "L3.acknowledge: 1 working day can be longer than 24 hours"),
        ("clocks.L1.acknowledge", "soon", "clocks.L1.acknowledge: is not a time such as"),
        ("clocks.L1.acknowledge", "0 days", "clocks.L1.acknowledge: is not a time such as"),
        ("clocks.L1.acknowledge", 5, "clocks.L1.acknowledge: is not a time such as"),
        ("clocks.L0", {"acknowledge": "1 day"}, "clocks.L0"),
        ("clocks.L3.contain", "12 hours", "clocks.L3.contain"),
        ("people.ruth", {}, "people.ruth"),
        ("people.U0RUTH.timezone", "Lagos", "people.U0RUTH.timezone: is not a time zone"),
        ("people.U0RUTH.holidays.country", "XX", "whose public holidays are known"),
        ("people.U0RUTH.away.0.to", "2026-08-02", "people.U0RUTH.away.0: ends before it starts"),
        ("people.U0RUTH.away.0.to", None, "people.U0RUTH.away.0.to: Field required"),
        ("people.U0RUTH.mood", "fine", "people.U0RUTH.mood"),
        ("operators_channel", "#ops", "operators_channel"),
        ("away_statuses", ["palm_tree"], "away_statuses.0"),
    ],
)
def test_a_mistake_is_told_with_its_place(raw: dict[str, Any], path: str, value: object, sentence: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy(broken(raw, path, value), "policy.yaml")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [None, [], "text"])
def test_a_file_that_is_no_set_of_settings_is_refused(content: object) -> None:
    with pytest.raises(PolicyError, match="empty or not"):
        parse_policy(content, "policy.yaml")


def test_a_seat_without_backup_and_a_missing_fallback_are_advised(raw: dict[str, Any]) -> None:
    del raw["fallback_channel"], raw["roles"]["executive_board"]["backup"]
    policy = parse_policy(raw, "policy.yaml")
    assert isinstance(policy, Policy)
    assert len(advice(policy)) == 4


def test_a_missing_channel_for_operators_is_advised(raw: dict[str, Any]) -> None:
    del raw["operators_channel"]
    assert [each for each in advice(parse_policy(raw, "policy.yaml")) if "operators_channel" in each]


def test_the_example_shows_the_rules_own_times() -> None:
    policy = load_policy(EXAMPLE)
    assert {level: policy.clocks(level) for level in Level} == CLOCKS


def test_a_company_may_ask_for_answers_sooner(raw: dict[str, Any]) -> None:
    """S3: sooner, and never later."""
    raw["clocks"] = {"L2": {"acknowledge": "4 working hours", "backup": "1 hour"}, "L3": {"decide": "3 days"}}
    policy = parse_policy(raw, "policy.yaml")
    assert policy.clocks(Level.L2).acknowledge == Span(4, "working_hours")
    assert policy.clocks(Level.L2).backup == Span(1, "hours")
    assert policy.clocks(Level.L2).decide == CLOCKS[Level.L2].decide
    assert policy.clocks(Level.L3).decide == Span(3, "days")
    assert policy.clocks(Level.L1) == CLOCKS[Level.L1]


def test_a_policy_without_clocks_or_people_has_the_rules_times_and_the_companys_hours(raw: dict[str, Any]) -> None:
    del raw["clocks"], raw["people"]
    policy = parse_policy(raw, "policy.yaml")
    assert policy.clocks(Level.L1) == CLOCKS[Level.L1]
    assert policy.calendar_of("U0RUTH", None).zone.key == "Europe/Berlin"


def test_the_shortest_working_day_of_anybody_says_what_fits_into_a_day(raw: dict[str, Any]) -> None:
    raw["clocks"] = {"L2": {"acknowledge": "8 working hours"}}
    parse_policy(raw, "policy.yaml")
    raw["people"]["U0NOOR"] = {"working_hours": {"start": "09:00", "end": "13:00"}}
    with pytest.raises(PolicyError, match="8 working hours can be longer than 1 working day"):
        parse_policy(raw, "policy.yaml")


def test_hours_without_quotes_are_what_they_look_like() -> None:
    raw = yaml.safe_load(EXAMPLE.read_text().replace('end: "17:30"', "end: 17:30"))
    assert parse_policy(raw, "policy.yaml").calendar.end == time(17, 30)


def test_a_persons_calendar_is_their_own_then_slacks_then_the_companys(raw: dict[str, Any]) -> None:
    raw["people"]["U0NOOR"] = {"working_hours": {"days": ["sun", "mon"], "start": "10:00", "end": "14:00"}}
    policy = parse_policy(raw, "policy.yaml")
    ruth = policy.calendar_of("U0RUTH", "America/New_York")
    assert (ruth.zone.key, ruth.start) == ("Africa/Lagos", time(8))
    assert not ruth.is_working_day(date(2026, 10, 1)), "Nigeria's Independence Day"
    assert ruth.is_working_day(date(2027, 3, 8)), "no holiday in Lagos"
    noor = policy.calendar_of("U0NOOR", "Africa/Nairobi")
    assert (noor.zone.key, noor.weekdays, noor.end) == ("Africa/Nairobi", {6, 0}, time(14))
    diego = policy.calendar_of("U0DIEGO", "America/Bogota")
    assert (diego.zone.key, diego.end) == ("America/Bogota", time(17, 30))
    assert policy.calendar_of("U0DIEGO", None).zone.key == "Europe/Berlin"
    assert policy.calendar_of("U0DIEGO", "Not/AZone").zone.key == "Europe/Berlin"
    assert policy.calendar_of(None, None) is policy.calendar
    assert policy.calendar_of("U0DIEGO", "America/Bogota") is diego, "built once"


@pytest.mark.parametrize(
    ("moment", "away"),
    [
        ("2026-08-02T22:59", False),
        ("2026-08-02T23:00", True),
        ("2026-08-21T22:59", True),
        ("2026-08-21T23:00", False),
    ],
)
def test_ruth_is_away_for_whole_days_of_her_own_zone(moment: str, away: bool) -> None:
    """Lagos is an hour ahead of UTC all year."""
    policy = load_policy(EXAMPLE)
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert policy.is_away("U0RUTH", now) is away
    assert not policy.is_away("U0NOOR", now)


@pytest.mark.parametrize(
    ("path", "value", "moves"),
    [
        ("roles.executive_board.owner", "U0AMINA", True),
        ("roles.executive_board.channel", "C0OTHER", True),
        ("products.0.roles", {"product_lead": {"owner": "U0AMINA"}}, True),
        ("products.1.region", "emea", True),
        ("regions.emea", {"product_lead": {"owner": "U0AMINA"}}, True),
        ("fallback_channel", None, True),
        ("company", "Tidewater", False),
        ("products.0.name", "Harbour Photos", False),
        ("clocks", None, False),
        ("people", None, False),
        ("operators_channel", None, False),
    ],
)
def test_only_a_change_of_who_answers_changes_the_digest(
    raw: dict[str, Any], path: str, value: object, moves: bool
) -> None:
    before = parse_policy(raw, "policy.yaml").digest
    assert len(before) == 64
    assert before == load_policy(EXAMPLE).digest, "the same file gives the same digest"
    assert (parse_policy(broken(raw, path, value), "policy.yaml").digest != before) is moves


def test_the_digest_goes_to_every_lead_once() -> None:
    assert load_policy(EXAMPLE).digest_lanes == ("U0NOOR", "U0RUTH")


class Remembered:
    """A directory that knows what it was told."""

    def __init__(self, **people: Known) -> None:
        self.people = people

    def known(self, person_id: str) -> Known:
        return self.people.get(person_id, Known())

    def refresh(self, person_id: str, now: datetime) -> Known:
        return self.known(person_id)


def desk_with(**people: Known) -> Desk:
    return Desk(None, load_policy(EXAMPLE), None, Remembered(**people), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "able"),
    [
        (Known(), True),
        (Known(active=False), False),
        (Known(away=True), False),
        (Known(away=True, away_until=datetime(2026, 11, 23, 12, tzinfo=UTC)), False),
        (Known(away=True, away_until=datetime(2026, 11, 23, 10, tzinfo=UTC)), True),
        (Known(away=True, away_until=datetime(2026, 11, 23, 9, tzinfo=UTC)), True),
    ],
)
def test_who_is_gone_or_away_by_their_status_cannot_answer(known: Known, able: bool) -> None:
    assert desk_with(U0NOOR=known).can_answer("U0NOOR", datetime(2026, 11, 23, 10, tzinfo=UTC)) is able


def test_who_is_away_by_the_policy_cannot_answer() -> None:
    assert not desk_with().can_answer("U0RUTH", datetime(2026, 8, 10, tzinfo=UTC))
    assert desk_with().can_answer("U0RUTH", datetime(2026, 9, 10, tzinfo=UTC))


def test_an_owner_works_in_the_zone_that_slack_knows() -> None:
    desk = desk_with(U0DIEGO=Known(zone="America/Bogota"))
    assert desk.calendar_of("U0DIEGO").zone.key == "America/Bogota"
    assert desk.calendar_of("U0NOOR").zone.key == "Europe/Berlin"
    assert desk.calendar_of(None).zone.key == "Europe/Berlin"
