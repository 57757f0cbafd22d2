"""How much is measured: the whole, and the short version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes."""

    rounds: int
    seconds: float
    submits: int
    sizes: tuple[int, ...]
    samples: int
    starts: int
    promises: Promises


@dataclass(frozen=True, slots=True)
class Promises:
    """How much is measured of clocks and messages; times in seconds.

    `planned` messages and as many clocks fall due within `span`; `quiet` is how long nothing happens before each of
    the `after_quiet` acts; `settle` passes before `idle` is measured; `clocks` are the numbers of waiting clocks.
    `reached` is how many cases one change of context reaches, and of how many. `records` are the numbers of cases with
    which a case and homes are looked at, `looks` times each; the larger one is best that of `reached`, which is shared.
    """

    planned: int
    span: float
    after_quiet: int
    quiet: float
    clocks: tuple[int, int]
    ticks: int
    settle: float
    idle: float
    kills: int
    storm: int
    transactions: int
    years: int
    reached: tuple[int, int]
    records: tuple[int, int]
    looks: int
    lease: tuple[float, int] | None = None
    """Lease and Slack time-out where they are not the usual ones."""


FULL = Plan(
    rounds=5,
    seconds=3.0,
    submits=400,
    sizes=(1_000, 10_000, 100_000, 1_000_000),
    samples=40,
    starts=5,
    promises=Promises(
        planned=150,
        span=60.0,
        after_quiet=8,
        quiet=35.0,
        clocks=(10_000, 1_000_000),
        ticks=300,
        settle=40.0,
        idle=60.0,
        kills=3,
        storm=1_000,
        transactions=2_000,
        years=5,
        reached=(10_000, 1_000_000),
        records=(1_000, 1_000_000),
        looks=60,
    ),
)
QUICK = Plan(
    rounds=2,
    seconds=1.0,
    submits=100,
    sizes=(1_000, 20_000),
    samples=15,
    starts=2,
    promises=Promises(
        planned=30,
        span=12.0,
        after_quiet=1,
        quiet=35.0,
        clocks=(10_000, 100_000),
        ticks=50,
        settle=35.0,
        idle=20.0,
        kills=1,
        storm=200,
        transactions=300,
        years=2,
        reached=(10_000, 100_000),
        records=(1_000, 100_000),
        looks=30,
    ),
)
