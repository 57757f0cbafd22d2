"""A living record as people see it, with few and with very many cases: the case, the homes; and what writing costs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from statistics import median

from bot.views.case import whole
from bot.views.home import home
from storage import nudges
from storage.database import Database
from tests import year
from tests.bench import cores, people, records, stores
from tests.bench.measure import Bench
from workflows import case as acts
from workflows import check, dossier, record
from workflows.desk import Desk
from workflows.home import overview
from workflows.policy import parse_policy
from workflows.record import Writing
from workflows.values import Submission

ENGINEER = "W007"
MITIGATIONS = 6
ASKED = 8
"""How many questions are open for each of those whose home is measured: more than a home shows."""
LEAST = 10
_RISK = {
    "what": "Children who are on old photos are recognised and found by somebody who looks for them.",
    "scale": "3",
    "scope": "2",
    "irremediability": "2",
    "likelihood": "3",
    "groups": ["GRP-CHILD", "GRP-USERS"],
}
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Place:
    """One company: its desk, and the cases that are looked at."""

    desk: Desk
    looked_at: tuple[int, ...]


@contextmanager
def desk_on(url: str) -> Iterator[Desk]:
    """Open a database as a server does, for the company of the bench."""
    database = Database.connect(url, pool_size=2)
    try:
        desk = year.desk_of(database)
        yield Desk(database, parse_policy(people.POLICY, "bench"), desk.bank, desk.directory, desk.seals)
    finally:
        database.dispose()


def showing(bench: Bench, store: stores.Store) -> None:
    """Compare the same looks at cases and homes in a small and in a very large company, in turns."""
    sizes, samples = bench.plan.promises.records, bench.plan.promises.looks
    reached, known = bench.plan.promises.reached
    took: dict[tuple[str, int], list[float]] = defaultdict(list)
    with cores.like_a_server(), ExitStack() as stack:
        looks = {}
        for size in sizes:
            used_there = reached if size == known else max(LEAST, size * reached // known)
            url = records.filled(bench, store, size, used_there)
            place = _peopled(stack.enter_context(desk_on(url)), size, used_there, samples, took)
            looks[size] = _looks(place)
        for turn in range(samples + 3):
            for size, by_name in looks.items():
                for name, look in by_name.items():
                    milliseconds = _timed(look)
                    if turn >= 3:
                        took[name, size].append(milliseconds)
    _report(bench, store.name, sizes, took)


def _looks(place: Place) -> dict[str, Act]:
    """Give what is done in turns: each look takes another case, so that nothing is looked at twice in a row."""
    desk, following = place.desk, cycle(place.looked_at)
    return {
        "a case shown": lambda: whole(dossier.view(desk, next(following), people.LEAD, _now())),
        "the home of a lead": lambda: home(overview(desk, people.LEAD, _now())),
        "the home of an engineer": lambda: home(overview(desk, ENGINEER, _now())),
    }


def _peopled(desk: Desk, size: int, reached: int, samples: int, took: dict[tuple[str, int], list[float]]) -> Place:
    """Let people work: cases with whole records, and questions that are open for those whose homes are measured."""
    made = []
    # The first few also build what is built at first use.
    for turn in range(samples + 2):
        kept: dict[tuple[str, int], list[float]] = took if turn >= 2 else defaultdict(list)
        made.append(_one_record(desk, size, kept))
    now = _now()
    with desk.db.write() as session:
        for number in made[:ASKED]:
            for person in (ENGINEER, people.LEAD):
                nudges.due(session, number, 1, person, now - timedelta(days=1), now)
    every = size // reached
    others = range(every, size + 1, max(1, reached // samples) * every)
    return Place(desk, tuple(each for pair in zip(made, cycle(others), strict=False) for each in pair))


def _one_record(desk: Desk, size: int, took: dict[tuple[str, int], list[float]]) -> int:
    key = f"record{time.time_ns()}"
    now = _now()
    receipt = check.submit(desk, Submission(key, ENGINEER, "p1", f"Launch {key}", people.ANSWERS), now)
    assert receipt.case is not None
    number, owner = receipt.case.id, str(receipt.case.owner_id)
    # Where nobody says where it is used, a change anywhere concerns it; the part about changes counts who is concerned.
    record.put(desk, Writing(number, owner, "places", {"countries": "DE"}), now)
    took["acknowledged", size].append(_timed(lambda: acts.acknowledge(desk, number, owner, now)))
    record.put(desk, Writing(number, owner, "risk", _RISK), now)
    for _ in range(MITIGATIONS):
        writing = Writing(number, owner, "mitigation", _mitigation(now))
        last = _timed(lambda writing=writing: record.put(desk, writing, now))  # type: ignore[misc]
    took["written", size].append(last)
    return number


def _mitigation(now: datetime) -> dict[str, object]:
    return {
        "risk": "1",
        "type": "MIT-DESIGN",
        "what": "We ask for consent again, and photos of people who do not answer are not searched.",
        "owner": ENGINEER,
        "evidence": "EV1",
        "indicator": "Complaints a month",
        "signals": ["SIG-LAW", "SIG-REPURPOSE"],
        "countries": "DE, KE",
        "next_check": (now + timedelta(days=20)).date().isoformat(),
    }


def _timed(act: Act) -> float:
    began = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - began) / 1e6


def _now() -> datetime:
    return datetime.now(UTC)


def _report(bench: Bench, store: str, sizes: tuple[int, int], took: dict[tuple[str, int], list[float]]) -> None:
    few, most = sizes
    for name in dict.fromkeys(name for name, _ in took if name not in ("acknowledged", "written")):
        for size in sizes:
            bench.add(f"{store}: {name}, {size:,} cases with records, p50", median(took[name, size]), "ms")
        ratio = median(took[name, most]) / median(took[name, few])
        bench.add(f"{store}: {name}, {most:,} against {few:,} cases with records", ratio, "x", "<= 1.3")
    for name, what in (("acknowledged", "a case acknowledged"), ("written", f"mitigation {MITIGATIONS} of a record")):
        bench.add(f"{store}: {what}, {most:,} cases, saved, p50", median(took[name, most]), "ms")
