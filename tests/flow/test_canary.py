"""A person is planted and walks the whole way of an anonymous report; afterwards they are nowhere (anonymity.md, T1).

Looked through are the files of the database and its log, every row, what jobs know, the keys and their copies, all logs
at their loudest, and every call to Slack. The same look finds the person in each of these places once they are put
there on purpose, however they are written.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from sqlalchemy import text

from bot.playground import Hand
from bot.playground import run as playground_run
from bot.playground.values import Channel, Person
from storage import anonymous, facts, scan, spool
from storage.database import Database
from storage.needles import DIGESTS, Needles, Surface
from tests.blind import cases
from tests.flow.conftest import Way
from tests.flow.readers import acknowledges, answers, leaves, reads, unlocks
from tests.flow.reporter import released, reports, returns, shows, vault_of
from tests.flow.world import MONDAY, World, company, said
from tests.surfaces import database_files, files_of, here
from tests.unit.bot.test_privacy_scan import ENCODINGS
from workflows import spooling

ID, HANDLE, NAME = "U0KANARI7Q9", "zsofia.kanari", "Zsófia Kanári-Wójcik"
MAIL = "zsofia.kanari@example.org"
TEAM, DOMAIN = "T0KANARI5X", "kanari-harbour"
CHANNEL, ROOM = "C0KANARI8Z", "kanari-nest"
ABOUT = {
    "id": ID,
    "handle": HANDLE,
    "name": NAME,
    "e-mail": MAIL,
    "team": TEAM,
    "domain": DOMAIN,
    "channel": CHANNEL,
    "room": ROOM,
}
WORDS = "The valve was painted over before the inspection of the tank"
FEW = 8
"""Places of the spool: what is in them is as good as random, and long to look through."""
MORE = "The second valve was painted over as well"
ANSWER = "Thank you. We will look at both valves."
_ZEROS = re.compile(rb"\0{64,}")


@dataclass(frozen=True)
class Stage:
    """A company in which somebody is planted, and what was said and asked there since."""

    world: World
    canary: Hand
    folder: Path
    log: Keeps
    since: str


# -- the planted person --------------------------------------------------------------------------------------------


def plants(world: World) -> None:
    """Let Slack say everything it knows of the planted person, with everything that they do."""
    payloads = world.standin.payloads
    command, common = payloads.command, payloads._common

    def typed(user: str, channel: str, name: str, text: str) -> dict[str, Any]:
        body = command(user, channel, name, text)
        told = {"team_id": TEAM, "team_domain": DOMAIN, "channel_id": CHANNEL, "channel_name": ROOM}
        return body | told if user == ID else body

    def done(kind: str, user: str) -> dict[str, Any]:
        body = common(kind, user)
        who = {**body["user"], "team_id": TEAM, "real_name": NAME, "email": MAIL}
        place = {"team": {"id": TEAM, "domain": DOMAIN}, "channel": {"id": CHANNEL, "name": ROOM}}
        return body | place | {"user": who} if user == ID else body

    payloads.command, payloads._common = typed, done  # type: ignore[method-assign]


class Keeps(logging.Handler):
    """Keeps every line of every log, but of the other side of the wire, which runs here too."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("websockets"):
            self.lines.append(f"{self.format(record)} {record.args!r}")


@contextlib.contextmanager
def loudest() -> Iterator[Keeps]:
    """Turn all logs up as far as they go, as only a test does."""
    named = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    before = [(each, each.level) for each in (logging.root, *named)]
    keeps = Keeps()
    logging.root.addHandler(keeps)
    for each, _ in before:
        each.setLevel(logging.DEBUG)
    try:
        yield keeps
    finally:
        logging.root.removeHandler(keeps)
        for each, level in before:
            each.setLevel(level)


@pytest.fixture
def stage(way: Way, db_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Stage]:
    """Found a company with one person and one room more, whose readers have keys."""
    # What is logged here is not kept a second time; the log of the next test is none of ours.
    level = caplog.handler.level
    caplog.handler.setLevel(logging.CRITICAL)
    planted = Person(ID, HANDLE, NAME, "Welder")
    rooms = (*playground_run.CHANNELS, Channel(CHANNEL, ROOM, frozenset({ID})))
    monkeypatch.setattr(playground_run, "PEOPLE", (*playground_run.PEOPLE, planted))
    monkeypatch.setattr(playground_run, "CHANNELS", rooms)
    with company(way.transport, db_url, opens_at=MONDAY, demo_keys=True) as world, loudest() as log:
        plants(world)
        monkeypatch.setattr(spool, "PLACES", FEW)
        with world.db.write() as session:
            spool.shrink(session, FEW)
        folder = world.running.process._services.settings.hrdd_data_dir
        yield Stage(world, world.standin.as_person(ID), folder, log, here(world.db))
    caplog.handler.setLevel(level)


def walks_there(stage: Stage) -> str:
    """Report, come back, be answered, read the answer, add something; give the code."""
    world, canary, noor = stage.world, stage.canary, stage.world.noor
    code = reports(canary, WORDS)
    assert not returns(canary, code).errors
    leaves(canary)
    (case,) = released(world)
    assert WORDS in said([unlocks(noor), reads(noor)])
    acknowledges(noor)
    assert not answers(noor, ANSWER, "feedback").errors
    leaves(noor)

    returns(canary, code)
    assert ANSWER in said(canary.modal())
    canary.sets("concern", MORE)
    assert not canary.submits().errors
    leaves(canary)
    world.clock.moves(days=15)
    world.until(lambda: _count(world, case.id) >= 3)
    return code


def walks_on(stage: Stage, code: str) -> None:
    """Let the report be closed, read the last word, and let it be erased in time."""
    world, canary, noor = stage.world, stage.canary, stage.world.noor
    unlocks(noor)
    reads(noor)
    assert MORE in said(noor.modal())
    assert not answers(noor, "Both were replaced.", "closing").errors
    leaves(noor)
    returns(canary, code)
    assert "Both were replaced." in said(canary.modal())
    leaves(canary)
    world.clock.moves(days=95)
    world.settles()
    # A clock that leaps so far erases nothing before a second slot says the same.
    world.until(lambda: slot_of(world) == f"{world.clock.now():%Y-%m-%d}")
    world.clock.moves(days=1)
    world.until(lambda: not cases(vault_of(world)))
    canary.types("/hrdd reply")
    shows(canary, "reply.code")
    canary.sets("receipt", code)
    assert "receipt" in canary.submits().errors
    leaves(canary)
    world.settles()


def slot_of(world: World) -> str | None:
    """Give the day of the last slot that was done."""
    with world.db.read() as session:
        return facts.get(session, spooling.LAST_SLOT)


def _count(world: World, case_id: bytes) -> int:
    with world.db.read() as session:
        return len(anonymous.messages(session, case_id))


# -- where to look -------------------------------------------------------------------------------------------------


def surfaces(stage: Stage) -> dict[str, bytes]:
    """Give everything that is kept, said or asked, each kind as one run of bytes."""
    world = stage.world
    found = dict[str, bytes]()
    for name, raw in database_files(world.db, stage.since).items():
        kind = name.partition("/")[0]
        found[kind] = found.get(kind, b"") + _ZEROS.sub(bytes(64), raw)
    found["rows"] = b"\n".join(f"{each.place} ".encode() + each.raw for each in scan.rows(world.db))
    found["data folder"] = b"\n".join(files_of(stage.folder).values())
    found["logs"] = "\n".join(dict.fromkeys(stage.log.lines)).encode()
    asked = [each.request for each in world.standin.wire.since() if each.direction == "from_bot"]
    found["calls"] = "\n".join(json.dumps(each, ensure_ascii=False) for each in asked).encode()
    return found


def secrets_of(stage: Stage) -> list[bytes]:
    """Give every secret of this installation under which somebody could have been hidden."""
    services, standin = stage.world.running.process._services, stage.world.standin
    assert services.vault is not None
    assert services.inbox is not None
    master = json.loads((services.settings.keystore / "master.json").read_text())
    return [
        *(each.encode() for each in (standin.signing_secret, standin.bot_token, standin.app_token)),
        *(services.vault._pepper, services.vault._salt, services.inbox.keys._pepper),
        *services.vault.keystore.keys().values(),
        *(base64.b64decode(each) for each in master.values()),
    ]


def controls(secrets: list[bytes]) -> list[bytes]:
    """Give the planted person in every way of writing, and in every digest, as it is and in hex."""
    written = [form(said) for said in ABOUT.values() for form in ENCODINGS.values()]
    digests = [
        digest
        for said in (ID, HANDLE, MAIL, NAME)
        for digest in (
            *(hashlib.new(name, said.encode()).digest() for name in DIGESTS),
            *(hmac.digest(secret, said.encode(), "sha256") for secret in secrets),
        )
    ]
    return [*written, *digests, *(each.hex()[:16].encode() for each in digests)]


def plants_everywhere(stage: Stage, planted: list[bytes]) -> None:
    """Put something where it must never be."""
    world = stage.world
    kind = "BLOB" if world.db.is_sqlite else "BYTEA"
    with world.db.write() as session:
        connection = session.connection()
        connection.execute(text(f"CREATE TABLE planted (it {kind})"))
        connection.execute(text("INSERT INTO planted (it) VALUES (:it)"), [{"it": each} for each in planted])
    folder = world.running.process._services.settings.keystore / "backups"
    folder.mkdir(exist_ok=True)
    (folder / "planted").write_bytes(b"\n".join(planted))
    said = [each.decode() for each in planted if each.isascii()]
    for each in said:
        logging.getLogger("bot.blind").debug("planted %s", each)
    with contextlib.suppress(SlackApiError):
        # Refused, since there is no such channel; asked all the same.
        world.running.process._services.client.api_call("chat.postEphemeral", json={"planted": said})


def planted_in(stage: Stage) -> dict[str, bytes]:
    """Look again, as it is and once SQLite has moved what is in its log into its file."""
    before = surfaces(stage)
    stage.world.db.forget()
    after = surfaces(stage)
    # The third file of SQLite is an index of its log and holds no rows.
    return {place: before[place] + after[place] for place in before if not place.endswith("-shm")}


def seen(needles: Needles, raw: bytes, planted: Collection[bytes]) -> int:
    """Say how many of the planted things are found in some bytes, each with what stands around it."""
    found = 0
    for each in planted:
        at = raw.find(each)
        found += at >= 0 and any(needles.found_in(raw[max(0, at - 16) : at + len(each) + 16]))
    return found


def sown_in(place: str, planted: Collection[bytes]) -> list[bytes]:
    """Give the planted things as they stand in a place: logs and calls are text, and calls are JSON."""
    if place not in ("logs", "calls"):
        return list(planted)
    said = [each.decode() for each in planted if each.isascii()]
    return [(json.dumps(each)[1:-1] if place == "calls" else each).encode() for each in said]


@pytest.mark.parametrize("way", [Way("http", "sqlite"), Way("socket", "postgresql")], ids="-".join, indirect=True)
def words_alone(db: Database) -> set[tuple[str, str]]:
    """Give short words that stand alone where `hrdd privacy scan` takes them for a handle: none of ours may."""
    values = {(piece.place, value) for piece in scan.rows(db) for value in piece.whole_values() if len(value) < 20}
    said = {(place, value.decode("utf-8", "replace").strip(" \"'")) for place, value in values}
    return {(place, word) for place, word in said if word.isalpha() and word.isascii() and len(word) < 10}


def test_t1_who_walks_the_whole_way_of_a_report_is_nowhere_afterwards(stage: Stage, capsys: pytest.CaptureFixture[str]):
    code = walks_there(stage)
    before = surfaces(stage)
    walks_on(stage, code)
    assert not words_alone(stage.world.db)
    looked, secrets = surfaces(stage), secrets_of(stage)
    needles = Needles([Surface(1, what, said) for what, said in ABOUT.items()], secrets)
    for place, raw in [*looked.items(), ("rows", before["rows"]), ("data folder", before["data folder"])]:
        assert list(needles.found_in(raw)) == [], place

    planted = controls(secrets)
    plants_everywhere(stage, planted)
    again = planted_in(stage)
    sown = {place: sown_in(place, planted) for place in again}
    found = {place: seen(needles, raw, sown[place]) for place, raw in again.items()}
    with capsys.disabled():
        size = sum(map(len, looked.values())) / 1e6
        sys.stdout.write(f" [0 hits in {size:.1f} MB; planted and found: ")
        sys.stdout.write(", ".join(f"{place} {number}/{len(sown[place])}" for place, number in found.items()) + "] ")
    assert found == {place: len(each) for place, each in sown.items()}
