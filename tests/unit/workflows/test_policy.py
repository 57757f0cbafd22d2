"""The company's own file: what is wrong is said in one sentence that names the place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflows.errors import PolicyError
from workflows.policy import Policy, advice, load_policy, parse_policy
from workflows.rules.values import Level

EXAMPLE = Path(__file__).parents[3] / "policy.yaml"


@pytest.fixture
def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    return loaded


def test_the_example_is_a_policy_without_advice() -> None:
    policy = load_policy(EXAMPLE)
    assert advice(policy) == []
    assert policy.routes("harbor-photos").seat(Level.L2).owner == "U0NOOR"  # type: ignore[union-attr]
    assert policy.leads == {"U0NOOR", "U0RUTH"}


def test_an_unknown_product_has_the_companys_own_seats() -> None:
    assert load_policy(EXAMPLE).routes("gone").seat(Level.L3).owner == "U0RUTH"  # type: ignore[union-attr]


def test_public_holidays_of_the_named_country_are_days_off() -> None:
    from datetime import date

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
