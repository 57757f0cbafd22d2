"""The part of the policy about concerns: what is wrong is said, and no small group is ever offered or stored."""

from __future__ import annotations

import base64
from datetime import time
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from storage.envelopes import new_pair
from workflows.policy_concerns import Concerns
from workflows.rules.crowd import SMALLEST

KEY = base64.b64encode(new_pair().public).decode()
LEADS = {"id": "leads", "name": "Human rights leads", "people": [{"id": "noor", "name": "Noor", "person": "U0NOOR"}]}
BOARD = {"id": "board", "name": "Audit chair", "people": [{"id": "ruth", "name": "Ruth", "person": "U0RUTH"}]}


def concerns(**changed: Any) -> Concerns:
    return Concerns.model_validate({"staff": 200, "recipients": [LEADS, BOARD], **changed})


def one(number: int, group: str = "") -> dict[str, Any]:
    return {"id": f"p{number}{group}", "name": f"Person {number}", "person": f"U0P{number}"}


def group(name: str, *people: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name.title(), "people": list(people)}


def test_the_least_that_can_be_said_is_how_many_people_there_are() -> None:
    found = Concerns.model_validate({"staff": 12})
    assert (found.everybody, found.offered, found.recovery, found.release_at) == ((), (), None, time(9))
    assert found.is_small


def test_recipients_are_given_in_the_order_of_the_file_with_their_group() -> None:
    found = concerns(recovery_key=KEY)
    assert [(each.id, each.group, each.person) for each in found.everybody] == [
        ("noor", "leads", "U0NOOR"),
        ("ruth", "board", "U0RUTH"),
    ]
    assert found.people == {"U0NOOR", "U0RUTH"}
    assert found.recovery == base64.b64decode(KEY)
    assert not found.is_small


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"recipients": [LEADS]}, "fewer than two groups"),
    ({"recipients": [LEADS, {**BOARD, "people": LEADS["people"]}]}, "somebody in two of them"),
    ({"recipients": [LEADS, {**BOARD, "people": []}]}, "at least 1"),
    ({"recipients": [group("a", one(1)), group("a", one(2))]}, "two groups have the same id"),
    ({"recipients": [group("a", one(1)), group("b", {**one(2), "id": "p1"})]}, "two recipients have the same id"),
    ({"recipients": [group("a", *(one(n) for n in range(10, 17))), group("b", one(20))]}, "more than 7 recipients"),
    ({"recovery_key": "x"}, "is not a public key"),
    ({"recovery_key": base64.b64encode(bytes(31)).decode()}, "is not a public key"),
    # A point that hides nothing: whatever is closed for it could not be closed at all.
    ({"recovery_key": base64.b64encode(bytes(32)).decode()}, "is not a public key"),
    ({"release_at": "23:30"}, "04:00 to 22:00"),
    ({"release_at": "00:00"}, "04:00 to 22:00"),
    ({"release_at": "09:00+02:00"}, "without a zone"),
    ({"staff": 0}, "greater than or equal to 1"),
    ({"keep": "10 days"}, "'60 days' or '1095 days'"),
    ({"sites": [{"id": "a", "name": "A", "staff": 3, "parent": "b"}]}, "belongs to b, which is not listed"),
    ({"sites": [{"id": "a", "name": "A", "staff": 3, "parent": "a"}]}, "belongs to a, which is not listed"),
    ({"sites": [{"id": "a", "name": "A", "staff": 3}, {"id": "a", "name": "B", "staff": 30}]}, "the same id"),
    ({"pulse_channel": "general"}, "pattern"),
]


@pytest.mark.parametrize(("changed", "told"), WRONG, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_wrong_is_said(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        concerns(**changed)


def test_a_time_without_quotes_is_understood() -> None:
    # YAML reads 17:30 as a number to the base of sixty.
    assert concerns(release_at=17 * 60 + 30).release_at == time(17, 30)


def test_a_place_with_few_people_is_stored_as_the_first_one_above_it_with_enough() -> None:
    """T18: over every chain of three places with few, just enough and many people."""
    for sizes in product((0, SMALLEST - 1, SMALLEST, 50), repeat=3):
        names = ("desk", "floor", "house")
        sites = [
            {"id": name, "name": name, "staff": staff, "parent": parent}
            for name, staff, parent in zip(names, sizes, (*names[1:], None), strict=True)
        ]
        found = concerns(sites=sites)
        assert all(site.staff >= SMALLEST for site in found.offered)
        for start, name in enumerate(names):
            stored = found.site_for(name)
            large = [each for each, staff in zip(names[start:], sizes[start:], strict=True) if staff >= SMALLEST]
            assert (stored.id if stored else None) == (large[0] if large else None)


def test_places_that_belong_to_each_other_in_a_circle_are_stored_as_none() -> None:
    sites = [{"id": "a", "name": "A", "staff": 3, "parent": "b"}, {"id": "b", "name": "B", "staff": 4, "parent": "a"}]
    found = concerns(sites=sites)
    assert found.site_for("a") is found.site_for("b") is found.site_for("gone") is None
