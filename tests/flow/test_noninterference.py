"""Who somebody is, where they are and at what hour they write changes nothing of what is kept, said or asked.

The same report is raised twice: by another person, in another team and channel, at another time of the same days. Clock
and randomness stand still between the two, so that anything that differs comes from the person. (anonymity.md, T3, T4.)
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot import worker
from storage.base import Record
from storage.database import Database
from tests.drawn import draws_alike
from tests.flow.conftest import Way
from tests.flow.readers import answers, leaves, reads, unlocks
from tests.flow.reporter import reports, returns, vault_of
from tests.flow.world import MONDAY, World, company, said
from tests.surfaces import files_of
from workflows import clock

WORDS = "The guard rail of the second press was taken off for the night shift"
MORE = "It was taken off again after the visit"
OURS = ("bot", "workflows", "storage", "hrdd")
SLACKS = (
    re.compile(r"\bD0[A-Z0-9]{8}\b"),
    re.compile(r"(?<=\"block_id\": \")[A-Z0-9]{5}(?=\")"),
    re.compile(r"(?<=\"view_id\": \")V[A-Z0-9]+|(?<=\"trigger_id\": \")[0-9a-f.]+"),
    re.compile(r"\b[0-9]{10}\.[0-9]{6}\b"),
)
BY_CHANCE = frozenset(
    {f"hr_outbox.{name}" for name in ("id", "attempts", "due_at", "claimed_at", "sent_at")}
    | {f"hr_timer.{name}" for name in ("id", "state", "generation", "look_at")}
)
"""Which note of a day leaves first, at which try, and how far a job with a clock is, is up to how busy the machine is.
What they say and when they are due is compared."""


@dataclass(frozen=True)
class Somebody:
    """A person, all that Slack tells of them, and the hours at which they act."""

    id: str
    channel: str
    about: dict[str, Any]
    hours: tuple[float, float, float]


AMINA = Somebody(
    "U0AMINA",
    "C0PHOTOS",
    {"team": {"id": "T0HARBOUR1", "domain": "harbour"}, "enterprise": None, "is_enterprise_install": False},
    (10.05, 11.5, 9.5),
)
SAM = Somebody(
    "U0SAM",
    "C0LAUNCHES",
    {"team": {"id": "T0QUAYSIDE", "domain": "quayside"}, "enterprise": {"id": "E0GROUP77", "name": "The Group"}},
    (15.79, 20.2, 23.3),
)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock stand still, but where it is moved."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return MONDAY.astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Standing)
    # The server's clock goes on.
    monkeypatch.setattr(worker, "APART", timedelta.max)


@contextmanager
def database(request: pytest.FixtureRequest, store: str, folder: Path) -> Iterator[str]:
    """Give the address of a database with our tables and no rows."""
    if store == "sqlite":
        folder.mkdir()
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "hrdd.db")
        yield f"sqlite:///{folder / 'hrdd.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = server.fresh("hrdd_template")
    yield server.url(name)
    server.drop(name)


def tells(world: World, who: Somebody) -> None:
    """Let Slack say everything about this person."""
    payloads = world.standin.payloads
    command, common = payloads.command, payloads._common
    team = {"team_id": who.about["team"]["id"], "team_domain": who.about["team"]["domain"]}

    def typed(user: str, channel: str, name: str, words: str) -> dict[str, Any]:
        return command(user, channel, name, words) | (team if user == who.id else {})

    def done(kind: str, user: str) -> dict[str, Any]:
        return common(kind, user) | (who.about if user == who.id else {})

    payloads.command, payloads._common = typed, done  # type: ignore[method-assign]


def at(world: World, day: int, hour: float) -> None:
    """Let the clock come to an hour of a day, and what is due then happen."""
    moment = MONDAY.replace(hour=0) + timedelta(days=day, hours=hour)
    world.clock.moves(seconds=(moment - world.clock.now()).total_seconds())
    grid = world.running.process._grid
    assert grid is not None
    world.until(lambda: not grid._nudge.is_set())
    world.settles()


def written_down(world: World, day: int, hour: float) -> None:
    """Let the next tick of the grid come, on a server that is where it is kept."""
    at(world, day, hour + 0.2)
    world.until(lambda: not vault_of(world).holding._queue)


def lives(world: World, who: Somebody) -> None:
    """Report, look, be answered, add something; always on the same days, at hours of one's own."""
    person = world.standin.as_person(who.id)
    first, second, third = who.hours
    at(world, 0, first)
    code = reports(person, WORDS)
    written_down(world, 0, first)
    at(world, 0, second)
    assert not returns(person, code).errors
    leaves(person)
    at(world, 4, 12)
    unlocks(world.noor)
    reads(world.noor)
    assert not answers(world.noor, "Thank you. Since when?").errors
    leaves(world.noor)
    at(world, 5, third)
    assert not returns(person, code).errors
    assert "Since when?" in said(person.modal())
    person.sets("concern", MORE)
    assert not person.submits().errors
    leaves(person)
    written_down(world, 5, third)
    at(world, 20, 12)
    unlocks(world.noor)
    assert MORE in said(reads(world.noor))
    leaves(world.noor)


@contextmanager
def loud(log: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let our logs say everything, as only a test does."""
    log.clear()
    with ExitStack() as levels:
        for name in OURS:
            levels.enter_context(log.at_level("DEBUG", name))
        yield


def kept(world: World, log: pytest.LogCaptureFixture) -> dict[str, object]:
    """Give every row, what jobs were given, the keys, every line of our logs, and every call."""
    services = world.running.process._services
    asked = [each for each in world.standin.wire.since() if each.direction == "from_bot"]
    return {
        **{f"rows of {name}": rows for name, rows in rows_of(world.db).items()},
        "jobs": jobs_of(world.db),
        "keys": files_of(services.settings.keystore),
        "logs": sorted(each.getMessage() for each in log.records if each.name.startswith(OURS)),
        "calls": sorted(plain(json.dumps([each.kind, each.request], sort_keys=True)) for each in asked),
    }


def plain(told: str) -> str:
    """Leave out what Slack makes up: ids of conversations, blocks and windows, and the numbers of messages."""
    for slacks in SLACKS:
        told = slacks.sub("-", told)
    return told


def rows_of(db: Database) -> dict[str, list[str]]:
    """Give all rows of all tables; which of two notes at one moment was promised first is left to chance."""
    found = dict[str, list[str]]()
    with db.read() as session:
        for table in Record.metadata.sorted_tables:
            columns = [each for each in table.columns if str(each) not in BY_CHANCE]
            rows = session.connection().execute(select(*columns))
            found[table.name] = sorted(plain(repr(tuple(row))) for row in rows)
    return found


def jobs_of(db: Database) -> list[str]:
    """Give what jobs were given."""
    table = "workflow_status" if db.is_sqlite else "dbos.workflow_status"
    with db.read() as session:
        asked = session.connection().execute(text(f"SELECT name, inputs FROM {table}"))
        return sorted(repr(tuple(row)) for row in asked)


@pytest.mark.parametrize("way", [Way("http", "sqlite"), Way("socket", "postgresql")], ids="-".join, indirect=True)
def test_t3_another_person_elsewhere_at_another_hour_leaves_the_same_bytes(
    way: Way,
    standing: None,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    found = []
    for who in (AMINA, SAM):
        with monkeypatch.context() as patched, database(request, way.store, tmp_path / who.id) as url:
            draws_alike(patched)
            with company(way.transport, url, opens_at=MONDAY, demo_keys=True) as world, loud(caplog):
                tells(world, who)
                lives(world, who)
                found.append(kept(world, caplog))

    one, other = found
    assert one["rows of hr_anon_msg"], "there is something to compare"
    assert [name for name in one if one[name] != other[name]] == []
