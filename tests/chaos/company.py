"""The company that chaos happens to: people, channels, a policy that never sleeps, and answers for every level."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from bot.playground import Channel, Person
from workflows.policy import Policy

STAFF: Final = tuple(f"U0STAFF{number}" for number in range(6))
LEADS: Final = tuple(f"U0LEAD{number}" for number in range(6))
RIGHTS: Final = ("U0NOOR", "U0NILS", "U0NADIA")
BOARD: Final = ("U0RUTH", "U0RENE")
REGIONS: Final = ("emea", "apac", "amer")
PRODUCTS: Final = tuple(f"p{number}" for number in range(12))
EVERYBODY: Final = frozenset((*STAFF, *LEADS, *RIGHTS, *BOARD))
PEOPLE: Final = tuple(Person(each, each[2:].lower(), each[2:].title(), "Works here", tz="UTC") for each in EVERYBODY)
CHANNELS: Final = tuple(
    Channel(each, each[2:].lower(), EVERYBODY)
    for each in (
        *(f"C0{product.upper()}" for product in PRODUCTS),
        *(f"C0{region.upper()}" for region in REGIONS),
        "C0RIGHTS",
        "C0BOARD",
        "C0OPS",
    )
)

_BASE: Final = {
    "M1": ["CHG-FEATURE"],
    "M2": ["GRP-USERS"],
    "M3": ["CTX-NONE"],
    "M4": 3,
    "M5": 2,
    "M6": 2,
    "M7": 2,
}
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "L0": {**_BASE, "M4": 1},
    "L1": {**_BASE, "M4": 2},
    "L2": _BASE,
    "L3": {**_BASE, "M1": ["CHG-SENSITIVE", "CHG-DATA"], "M2": ["GRP-NONUSERS", "GRP-CHILD"], "M3": ["CTX-NOCHOICE"]}
    | {"M5": 3, "M6": 4},
}
"""What leads to which level; the harness checks that it still does before it starts."""


def _seat(owner: str, backup: str, channel: str | None = None) -> dict[str, str]:
    return {"owner": owner, "backup": backup} | ({"channel": channel} if channel else {})


def policy() -> dict[str, Any]:
    """The policy: every seat has a backup, nobody ever sleeps, every third product tells its owner directly."""
    products = [
        {
            "id": product,
            "name": f"Product {number}",
            "region": REGIONS[number % 3],
            "roles": {
                "product_lead": _seat(
                    LEADS[number % 6], LEADS[(number + 1) % 6], f"C0{product.upper()}" if number % 3 else None
                )
            },
        }
        for number, product in enumerate(PRODUCTS)
    ]
    made: dict[str, Any] = {
        "company": "Chaos and Daughters",
        "timezone": "UTC",
        "working_hours": {
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "start": "00:00",
            "end": "23:59:59",
        },
        "roles": {
            "human_rights_lead": _seat(RIGHTS[0], RIGHTS[1], "C0RIGHTS"),
            "executive_board": _seat(BOARD[0], BOARD[1], "C0BOARD"),
        },
        "regions": {
            region: {"human_rights_lead": _seat(RIGHTS[at], RIGHTS[at - 1], f"C0{region.upper()}")}
            for at, region in enumerate(REGIONS)
        },
        "products": products,
        "fallback_channel": "C0RIGHTS",
    }
    if "operators_channel" in Policy.model_fields:
        made["operators_channel"] = "C0OPS"
    return made


def write_policy(folder: Path) -> Path:
    """Put the policy where the programs read it."""
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(policy()), encoding="utf-8")
    return path
