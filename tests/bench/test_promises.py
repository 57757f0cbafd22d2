"""The measurements of promises run, in a version of seconds, and say what they found. Speed is not judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.bench import cores, people, processes, promised, promises, stores
from tests.bench.__main__ import PROMISES, keep_promises
from tests.bench.load import CannotMeasure, Client
from tests.bench.measure import Bench
from tests.bench.plans import QUICK
from tests.bench.processes import Running
from tests.bench.promised import Post
from tests.conftest import Server

SHORTEST = replace(
    QUICK,
    promises=replace(
        QUICK.promises,
        planned=3,
        span=1.0,
        quiet=0.2,
        clocks=(100, 1_000),
        ticks=6,
        settle=0.0,
        idle=0.5,
        storm=40,
        transactions=8,
        years=1,
        reached=(30, 120),
        records=(60, 120),
        looks=3,
        lease=(2.5, 1),
    ),
)
TOLD = {
    "transaction": "small transaction",
    "tick": "sweep",
    "year": "a year of one case",
    "record": "a case shown, 120 against 60 cases",
    "signal": "a change that reaches 30 of 120 cases",
    "deadlines": "is due until its POST",
    "idle": "idle for",
    "replica": "is killed while it sends",
    "storm": "storm of 40 messages",
}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Running]:
    """Run a strict sink."""
    started = processes.start("strict", "tests.bench.strict", "rest", core=cores.REST, logs=tmp_path, more={})
    yield started
    started.stop()


@pytest.fixture
def place(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> stores.Store:
    """Give what makes databases of a kind."""
    if store == "sqlite":
        return stores.Sqlite(tmp_path)
    server: Server = request.getfixturevalue("postgresql_server")
    return stores.Postgresql(server.uri)


ON_A_SERVER = ("tick", "record", "signal", "replica")
"""What is measured there by other statements than on a file. `make bench` measures everything on both."""
EACH = [("sqlite", part) for part in PROMISES] + [("postgresql", part) for part in ON_A_SERVER]


@pytest.mark.slow
@pytest.mark.parametrize(("store", "part"), EACH, indirect=["store"])
def test_the_short_version_measures_each_promise(part: str, place: stores.Store, sink: Running, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump(people.POLICY), encoding="utf-8")
    bench = Bench(SHORTEST, sink, tmp_path, policy)

    keep_promises(bench, [place], {part})

    # One file has one process: there is no other replica to take over.
    expected = not (part == "replica" and place.name == "sqlite")
    assert any(TOLD[part] in each.name for each in bench.figures) == expected
    assert all(place.name in each.name for each in bench.figures if "the rules alone" not in each.name)
    counted = {
        each.name.rpartition(": ")[2]: each.value for each in bench.figures if each.unit in ("messages", "posts")
    }
    assert set(counted.values()) <= {0.0}, "nothing is lost, doubled, overtaken or refused"


def test_the_strict_sink_refuses_a_second_message_within_a_second_and_leaves_one_without_answer(sink: Running) -> None:
    first, second, elsewhere = (_post(key, channel) for key, channel in (("a", "C1"), ("b", "C1"), ("c", "C2")))

    lines = [Client(sink.port) for _ in range(3)]
    lines[0].send(first)
    lines[1].send(elsewhere)
    with pytest.raises(CannotMeasure, match="429 Too Many Requests"):
        lines[2].send(second)
    promised.hold(sink, "C3")
    lines[0].begin(_post("d", "C3"))

    assert [(post.key, post.channel) for post in promised.posts(sink)] == [("a", "C1"), ("c", "C2")]
    assert promised.refused(sink) == 1
    promises.until(lambda: promised.held(sink, "C3"), 5)
    for line in lines:
        line.close()


def test_a_message_that_is_overtaken_doubled_or_lost_is_counted() -> None:
    keys = ["reminder:1:e1:C1", "reminder:2:e2:C1", "reminder:1:e3:C1"]
    late = [Post(key, "C1", place) for place, key in enumerate([keys[2], keys[1], keys[0]])]

    assert promises.overtaken({"C1": late}, keys) == 1
    assert promises.overtaken({"C1": late[::-1]}, keys) == 0
    assert promises.wrong(late, keys) == 0
    assert promises.wrong([*late[1:], late[1]], keys) == 2, "one lost, one doubled"


def _post(key: str, channel: str) -> bytes:
    metadata = {"event_type": "kind", "event_payload": {"key": key}}
    body = json.dumps({"channel": channel, "text": "Hello", "metadata": metadata}).encode()
    return b"POST /api/chat.postMessage HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n" % len(body) + body
