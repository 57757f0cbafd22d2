"""The database fails while a check is sent: one sentence in the window, the words stay, the next try counts once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from storage import checks
from storage.models import Check
from tests.flow.world import FACES, SERIOUS, World, at, chosen, said


def fills_a_form(world: World) -> None:
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, {**FACES, "M8.note": "What I wrote"})
    world.until(lambda: world.counts()["drafts"])


def the_words_are_still_there(world: World) -> None:
    view = world.amina.modal() or {}
    assert chosen(view, "launch") == "Face tagging"
    assert chosen(view, "M8.note") == "What I wrote"


def the_next_try_counts_once(world: World) -> None:
    assert world.amina.submits().errors == {}
    world.settles()
    assert (len(world.rows(Check)), len(world.posts("C0BOARD"))) == (1, 1)
    assert world.whole()


def file_of(world: World) -> Path:
    return Path(str(world.db.engine.url.database))


@contextmanager
def somebody_writes(world: World) -> Iterator[None]:
    """Hold the write lock of the database from outside, as a backup tool might."""
    if world.db.is_sqlite:
        other = sqlite3.connect(file_of(world), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    url = world.db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as other_one:
        other_one.execute("LOCK TABLE hr_check, hr_case IN ACCESS EXCLUSIVE MODE")
        yield
        other_one.rollback()


@pytest.mark.every_way("store")
def test_a_locked_database_is_said_in_the_window_before_slack_gives_up(world: World):
    fills_a_form(world)
    with somebody_writes(world):
        began = time.monotonic()
        reply = world.amina.submits()
        assert time.monotonic() - began < 2.9

    (sentence,) = reply.errors.values()
    assert "did not get through, so nothing is saved yet" in sentence
    the_words_are_still_there(world)
    the_next_try_counts_once(world)


def test_a_locked_database_says_so_to_whoever_clicks(world: World):
    world.raises("Search", SERIOUS)
    with somebody_writes(world):
        world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[0]))
        window = world.noor.sees_modal()

    assert "did not get through" in said(window)
    assert world.case(1).state == "waiting"


def test_a_full_disk_is_said_in_the_window(world: World):
    fills_a_form(world)
    with a_full_disk(world):
        reply = world.amina.submits()

    (sentence,) = reply.errors.values()
    assert "The disk is full and nothing was saved" in sentence
    the_words_are_still_there(world)
    the_next_try_counts_once(world)


@contextmanager
def a_full_disk(world: World) -> Iterator[None]:
    """Let the file grow no further, on every connection; the page where the check would go is nearly full already."""
    filler = Check(
        id="filler",
        request_key="filler",
        product_id="other",
        launch="other",
        launch_key="other",
        submitter_id="U0SAM",
        bank="MA-1",
        rule_version="1",
        answers={"note": "x" * 3500},
        finding={},
        level=0,
        severity=1,
        likelihood=1,
        created_at=world.clock.now(),
    )
    with world.db.write() as session:
        checks.add(session, filler)
    engine = world.db.engine
    most = 0

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most or 1_000_000}").close()

    with world.db.read() as session:
        most = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        most = 0
        with world.db.write() as session:
            session.delete(session.get(Check, "filler"))


def test_a_file_that_was_taken_away_is_said_in_the_window(world: World):
    fills_a_form(world)
    path, away = file_of(world), file_of(world).with_name("away.db")
    world.db.dispose()
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(f"{path}{ending}"):
            os.rename(f"{path}{ending}", f"{away}{ending}")
    path.mkdir()

    reply = world.amina.submits()

    (sentence,) = reply.errors.values()
    assert "The place where records are kept does not answer, so nothing was saved" in sentence
    the_words_are_still_there(world)
    path.rmdir()
    for ending in ("", "-wal", "-shm"):
        if os.path.exists(f"{away}{ending}"):
            os.rename(f"{away}{ending}", f"{path}{ending}")
    the_next_try_counts_once(world)


@pytest.mark.parametrize("way", [("http", "postgresql")], indirect=True)
def test_a_server_that_hangs_up_is_said_in_the_window_and_found_again(world: World):
    fills_a_form(world)
    address = world.db.engine.url.set(drivername="postgresql")
    name = address.database
    with psycopg.connect(
        address.set(database="postgres").render_as_string(hide_password=False), autocommit=True
    ) as other:
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        reply = world.amina.submits()
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    (sentence,) = reply.errors.values()
    assert "so nothing was saved" in sentence
    the_words_are_still_there(world)
    the_next_try_counts_once(world)
