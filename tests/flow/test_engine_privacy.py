"""Nothing that anybody wrote, and nobody's name, reaches the engine's tables, the log or the metrics."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import pickle
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import worker as workers
from bot.engine import Engine
from bot.playground import Hand, Message
from storage.database import Database
from storage.models import Case, Outbox, Timer
from tests.flow.test_acts import asks, day
from tests.flow.test_disagree import sees_it_differently
from tests.flow.test_slack_trouble import impatient
from tests.flow.test_two_people import hands
from tests.flow.world import LIMITED, SERIOUS, Answers, World, at, buttons, policy_with
from tests.unit.storage.engine_rows import found_in, hidden, planted, tables, values
from workflows import auditor, delivery

# Each with letters that JSON and Python write as escapes.
WRITTEN = {
    name: f"{name} kanári-{4700 + number} für Łódź"
    for number, name in enumerate(
        "launch note disagreement up back snooze reassign reason conditions contain stop".split()
    )
}
LAUNCH = WRITTEN["launch"]
PRODUCT = "kanári-boat"
PEOPLE = ("U0AMINA", "U0DIEGO", "U0NOOR", "U0RUTH", "U0SAM")
PLACES = ("C0LAUNCHES", "C0PHOTOS", "C0RIGHTS", "C0BOARD", "C0OPS")
NAMES = ("Haddad", "Diego Ruiz", "Noor Rahman", "Okafor", "Sam Tran", "Kanári Boats")
ANYTHING = (*WRITTEN.values(), "kanári-", *PEOPLE, *PLACES, *NAMES, "harbor-photos")
"""What must be nowhere in the engine: words, ids of people and places, names of people and products."""


def with_a_boat(raw: dict[str, Any]) -> None:
    raw["products"].append({"id": "kanari-boat", "name": "Kanári Boats", "region": "emea"})


def fill(who: Hand, **fields: str) -> None:
    for block, value in fields.items():
        who.sets(block, value)
    reply = who.submits()
    assert not reply.errors, reply.errors


def hand(world: World) -> list[object]:
    """Give the jobs that the worker has in hand just now."""
    worker = world.running.process._worker
    assert worker is not None
    return list(worker._in_hand)


def rests(world: World, timeout: float = 20) -> None:
    """Wait until nothing is due, nothing on its way and no job in hand, seen several times in a row."""
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks = 0 if world._due() or hand(world) else looks + 1
        return looks >= 5

    world.running.process.wake()
    world.until(look, timeout)


def leaps(world: World, moment: datetime) -> None:
    """Let time pass until just after a moment, and what is due then happen."""
    world.clock.moves(seconds=max((moment - world.clock.now()).total_seconds(), 0) + 1)
    rests(world)


def checks(world: World, launch: str, answers: Answers) -> int:
    """Let Amina send a check; give the number of its case once everything is out."""
    before = {case.id for case in world.rows(Case)}
    reply = world.sends(world.amina, launch, answers)
    assert not reply.errors, reply.errors
    rests(world)
    return max(case.id or 0 for case in world.rows(Case) if case.id not in before)


def opens(world: World, who: Hand, act: str, number: int) -> None:
    """Open the window of an act, with nothing else before the person."""
    while who.stack():
        who.closes()
    asks(world, who, act, number)


def take(world: World, who: Hand, channel: str, number: int) -> None:
    """Acknowledge a case by its newest card."""

    def cards() -> list[Message]:
        shown = [each for each in world.posts(channel) if "case.acknowledge" in buttons(each)]
        return [each for each in shown if f"HR-{number} " in each.text]

    who.clicks("case.acknowledge", message=at(world.until(cards)[-1]))
    rests(world)


def acts_of_every_kind(world: World) -> None:
    """Check, disagree, acknowledge, hand up and back, put off, pass on, decide; words in every field."""
    world.sends(world.amina, LAUNCH, {**SERIOUS, "M8.note": WRITTEN["note"]}, product="kanari-boat", channel="C0PHOTOS")
    sees_it_differently(world, world.amina, why=WRITTEN["disagreement"])
    rests(world)
    hands(world, world.noor, world.posts("C0RIGHTS")[0], "up", WRITTEN["up"])
    rests(world)
    hands(world, world.ruth, world.posts("C0BOARD")[0], "back", WRITTEN["back"])
    rests(world)
    take(world, world.noor, "C0RIGHTS", 1)
    opens(world, world.noor, "snooze", 1)
    fill(world.noor, reason=WRITTEN["snooze"], until=day(world, 17))
    opens(world, world.noor, "reassign", 1)
    fill(world.noor, reason=WRITTEN["reassign"], person="U0RUTH")
    rests(world)
    take(world, world.ruth, "C0RIGHTS", 1)
    world.fills_record(1)
    opens(world, world.ruth, "decide", 1)
    texts = {name: WRITTEN[name] for name in ("reason", "conditions")}
    more = {"condition_type": "MIT-TEST", "keeper": "U0DIEGO", "check_on": day(world, 60)}
    fill(world.ruth, outcome="conditions", **more, **texts)
    rests(world)


def harm_is_stopped(world: World) -> None:
    number = checks(world, f"Lock out {LAUNCH}", {**SERIOUS, "M7": "4"})
    opens(world, world.ruth, "contain", number)
    fill(world.ruth, reason=WRITTEN["contain"])
    take(world, world.ruth, "C0BOARD", number)
    opens(world, world.ruth, "decide", number)
    fill(world.ruth, outcome="stop", reason=WRITTEN["stop"])
    rests(world)


def nobody_answers(world: World) -> None:
    """Let a case go from the product lead to the top, and past a digest."""
    number = checks(world, f"Voice rooms {LAUNCH}", LIMITED)
    while "case.asked_again" not in world.kinds(number):
        leaps(world, min(row.due_at for row in world.rows(Timer)))
    assert world.case(number).level == 3
    digest = next(row for row in world.rows(Timer) if row.key == "digest")
    leaps(world, digest.due_at)


def slack_fails_in_every_way(world: World) -> None:
    impatient(world)
    for error, stored in (("ratelimited", True), ("server_error", False), ("drop", False), ("timeout", False)):
        world.standin.faults.fail("chat.postMessage", error, before_storing=stored)
        world.sends(world.amina, f"{error} {LAUNCH}", SERIOUS)
        while [row for row in world.rows(Outbox) if row.state == "pending" and row.attempts]:
            leaps(world, world.clock.now() + timedelta(minutes=10))
        rests(world)


def an_owner_leaves(world: World) -> None:
    world.standin.workspace.change_person("U0DIEGO", deleted=True)
    world.standin.workspace.change_channel("C0RIGHTS", archived=True)
    checks(world, f"Search {LAUNCH}", LIMITED)
    checks(world, f"Find {LAUNCH}", SERIOUS)


def jobs_break(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Let a message and a step each stumble over something of ours that quotes what a person wrote."""

    def quotes(*_: object, **__: object) -> None:
        raise ValueError(f"cannot use {ANYTHING}")

    checks(world, f"Doors {LAUNCH}", LIMITED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers.escalation, "step", quotes)
        patch.setattr(delivery, "card_of", quotes)
        world.sends(world.amina, f"Broken {LAUNCH}", SERIOUS)
        world.until(lambda: [row for row in world.rows(Outbox) if row.error == "own:ValueError"], 10)
        first = min(row.due_at for row in world.rows(Timer))
        world.clock.moves(seconds=(first - world.clock.now()).total_seconds() + 1)
        due = [row.id for row in world.rows(Timer) if row.due_at <= world.clock.now()]
        # Each fails once, and its row stays handed until the end of its lease.
        world.until(lambda: caplog.text.count("A step job failed: ValueError") >= len(due) > 0, 15)
        world.until(lambda: not hand(world), 15)
    world.clock.moves(hours=1)
    rests(world)


def alarms_are_raised(world: World) -> None:
    with world.db.write() as session:
        row = session.get(Outbox, 1)
        assert row is not None
        row.state, row.error = "maybe_sent", "no_answer"
    auditor.look(world.desk, (), world.clock.now())
    auditor.alarm(world.desk, "clock", world.clock.now())
    rests(world)
    world.until(lambda: len(world.posts("C0OPS")) >= 2)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Listen as `hrdd run` does, and more closely to ourselves and to the engine."""
    with ExitStack() as stack:
        stack.enter_context(caplog.at_level(logging.INFO))
        for name in ("bot", "workflows", "storage", "dbos"):
            stack.enter_context(caplog.at_level(logging.DEBUG, name))
        yield caplog


@pytest.mark.every_way("store")
def test_no_word_and_no_name_reaches_the_engine_the_log_or_the_metrics(
    found: Callable[..., World], tmp_path: Path, log: pytest.LogCaptureFixture
):
    world = found(policy_with(tmp_path, with_a_boat))
    for flow in (acts_of_every_kind, harm_is_stopped, nobody_answers, slack_fails_in_every_way):
        flow(world)
        assert found_in(ANYTHING, db=world.db, ours=False) == {}, flow.__name__
    jobs_break(world, log)
    alarms_are_raised(world)
    an_owner_leaves(world)

    assert found_in(ANYTHING, db=world.db, ours=False) == {}
    ours = found_in((*WRITTEN.values(), *PEOPLE, *PLACES, "kanari-boat"), db=world.db, ours=True)
    assert {*WRITTEN.values(), "kanari-boat"} - ours.keys() == set(), "each was written, and is kept where it belongs"
    assert {"U0AMINA", "U0DIEGO", "U0NOOR", "U0RUTH", *PLACES} - ours.keys() == set()
    jobs = [value for place, value in values(world.db, ours=False) if place.endswith("workflow_status.workflow_uuid")]
    assert len(jobs) > 60, "the engine did the work"
    assert hidden(ANYTHING, log.text) == set()
    assert "ValueError" in log.text
    with urllib.request.urlopen(f"{world.running.process.url}/metrics") as answer:
        counted = answer.read()
    assert hidden(ANYTHING, counted) == set()
    assert b"hrdd_due_to_sent_seconds_count" in counted


# What the search itself can find.


@pytest.fixture
def ready(way: object, db: Database, db_url: str) -> Database:
    """Give a database with our tables and the engine's."""
    Engine.migrate(db_url)
    return db


WRAPPINGS: dict[str, Callable[[str], object]] = {
    "as it is": lambda word: f"before {word} after",
    "in capitals": str.upper,
    "as JSON": lambda word: json.dumps({"positionalArgs": [12, {"why": word}]}),
    "as JSON in JSON": lambda word: json.dumps(json.dumps([word])),
    "as Python writes it": ascii,
    "as a pickle": lambda word: base64.b64encode(pickle.dumps({"args": (word,), "error": ValueError(word)})).decode(),
    "as a pickle in JSON": lambda word: json.dumps({"x": base64.b64encode(pickle.dumps(word)).decode()}),
    "in base64 for addresses": lambda word: base64.urlsafe_b64encode(word.encode()).decode().rstrip("="),
    "packed": lambda word: base64.b64encode(gzip.compress(word.encode())).decode(),
    "in hex": lambda word: word.encode().hex(),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_word_is_found_however_it_is_wrapped(wrapping: str):
    wrapped = WRAPPINGS[wrapping](LAUNCH)

    assert hidden([LAUNCH, "nothing of the kind"], wrapped) == {LAUNCH}
    assert hidden([LAUNCH], str(wrapped).encode()) == {LAUNCH}


@pytest.mark.every_way("store")
@pytest.mark.parametrize("column", ["workflow_status.error", "workflow_input.inputs", "workflow_output.output"])
def test_a_word_in_a_row_of_the_engine_is_found(ready: Database, column: str):
    schema = "" if ready.engine.dialect.name == "sqlite" else "dbos."
    assert found_in([LAUNCH], db=ready, ours=False) == {}

    planted(ready, schema + column, WRAPPINGS["as a pickle"](LAUNCH))

    assert found_in([LAUNCH], db=ready, ours=False) == {LAUNCH: {schema + column}}


@pytest.mark.every_way("store")
def test_every_table_of_the_engine_is_looked_at(ready: Database):
    looked = {table for _, table in tables(ready) if not table.startswith("hr_")}

    known = {"workflow_status", "workflow_input", "workflow_output", "operation_outputs", "workflow_events"}
    assert known | {"notifications", "streams", "queues", "workflow_schedules"} <= looked
