"""Writes that are gathered leave what they would have left one by one, and nobody who asks in between misses them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlmodel import Session

from storage import cases, events, mitigations, nudges, timers, words
from storage.audit import verify
from storage.database import Database
from storage.direct import ahead, gathered
from storage.models import Timer
from storage.timers import NewTimer
from tests.unit.storage.people import DAY, DIEGO, MINUTE, T0, a_case

ACTS = ("start", "start anew", "drop", "drop one", "happens", "says", "mitigates", "ends")
KINDS = ("answer", "contain", "recheck")


def opened(db: Database, many: int) -> list[int]:
    """Open cases, each with a clock, an event and a mitigation."""
    with db.write() as session:
        numbers = [cases.add(session, a_case(number)) for number in range(1, many + 1)]
    for number in numbers:
        with db.write() as session:
            for place, act in enumerate(("start", "happens", "mitigates")):
                does(session, number, act, place)
    return numbers


def does(session: Session, case_id: int, act: str, place: int) -> None:
    """Do one thing to a case; `place` makes it differ from the others."""
    now, kind, stream = T0 + place * MINUTE, KINDS[place % 3], f"case:{case_id}"
    key = f"{stream}:{kind}"
    if act in ("start", "start anew"):
        later = now + DAY * (2 if act == "start" else 1)
        timers.put(session, [NewTimer(key, kind, "due", later, case_id)], now)
    elif act == "drop":
        timers.drop(session, case_id, [kind, KINDS[0]])
    elif act == "drop one":
        timers.drop_key(session, key, case_id=case_id)
    elif act == "happens":
        events.append(session, stream, f"step.{place}", at=now, data={"place": place})
    elif act == "says":
        words.keep(session, stream, f"Words {place}")
    elif act == "ends":
        nudges.end(session, case_id, place % 3)
    else:
        mitigates(session, case_id, place, now)


def mitigates(session: Session, case_id: int, place: int, now: datetime) -> None:
    """Bring the mitigations to one or two."""
    wanted = {
        mitigations.Row(case_id, number, 1, "MIT-DESIGN", DIEGO, f"EV{place % 4}", "unproven", False, now): (
            mitigations.conditions([f"SIG-{place % 2}"], ["KE"], [])
        )
        for number in range(1, 2 + place % 2)
    }
    mitigations.put_all(session, case_id, wanted, now)


def clocks(found: Sequence[Timer]) -> list[tuple[object, ...]]:
    """Tell clocks without the number of their case."""
    told = [(each.kind, each.step, each.due_at, each.look_at, each.state, each.generation) for each in found]
    return [(*each, timer.created_at) for each, timer in zip(told, found, strict=True)]


def left(session: Session, case_id: int) -> dict[str, object]:
    """Tell everything that is kept of a case, without its number."""
    rows = [(each.seq, each.kind, each.at, each.data) for each in events.of(session, f"case:{case_id}")]
    held = [(each.number, each.evidence, each.updated_at) for each in mitigations.of_case(session, case_id)]
    return {
        "clocks": clocks(timers.of_case(session, case_id)),
        "events": rows,
        "words": sorted(words.of(session, f"case:{case_id}").values()),
        "mitigations": held,
        "conditions": dict(mitigations.conditions_of(session, case_id)),
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_same_acts_leave_the_same_whether_they_are_gathered_or_not(db: Database, seed: int) -> None:
    dice = random.Random(seed)
    acts = [(dice.choice(ACTS), place) for place in range(14)]
    alone, *together = opened(db, 5)
    with db.write() as session:
        for act, place in acts:
            does(session, alone, act, place)
    with db.write() as session, gathered(session):
        events.read_ahead(session, [f"case:{each}" for each in together])
        timers.read_ahead(session, together)
        mitigations.read_ahead(session, together)
        for case_id in together:
            for act, place in acts:
                does(session, case_id, act, place)
        foreseen = {case_id: clocks(timers.of_case(session, case_id)) for case_id in together}

    with db.read() as session:
        expected = left(session, alone)
        assert [left(session, case_id) for case_id in together] == [expected] * len(together)
        assert foreseen == dict.fromkeys(together, expected["clocks"])
        assert verify(session).whole


def test_whoever_asks_in_between_sees_what_waits(db: Database) -> None:
    one, two = opened(db, 2)
    with db.write() as session, gathered(session):
        for case_id in (one, two):
            does(session, case_id, "happens", 7)
            does(session, case_id, "says", 7)
            does(session, case_id, "start", 1)
        assert [each.kind for each in events.of(session, f"case:{one}")] == ["step.1", "step.7"]
        assert list(words.of(session, f"case:{two}").values()) == ["Words 7"]
        does(session, two, "start anew", 1)
        assert {each.kind for each in timers.of_case(session, two)} == {"answer", "contain"}
        again = timers.get(session, f"case:{two}:contain")
        assert again is not None
        assert again.generation == 1


def test_nothing_is_left_of_what_was_gathered_before_a_failure(db: Database) -> None:
    (case_id,) = opened(db, 1)

    def fail() -> None:
        with db.write() as session, gathered(session):
            does(session, case_id, "happens", 7)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with db.write() as session:
        assert len(events.of(session, f"case:{case_id}")) == 1
        assert ahead(session) is None
        does(session, case_id, "happens", 8)
        assert len(events.of(session, f"case:{case_id}")) == 2


def test_reading_ahead_changes_nothing_where_writes_are_not_gathered(db: Database) -> None:
    (case_id,) = opened(db, 1)
    with db.write() as session:
        events.read_ahead(session, [f"case:{case_id}"])
        timers.read_ahead(session, [case_id])
        mitigations.read_ahead(session, [case_id])
        does(session, case_id, "happens", 7)
        assert len(timers.of_case(session, case_id)) == 1
