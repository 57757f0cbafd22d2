"""Nothing that is kept tells when a report was sent: neither a column, nor which places are written, nor a log.

(anonymity.md, T4; decision 0024.)
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage import spool
from storage.base import Record
from storage.database import Database
from tests.blind import BERLIN, keyed, report, vault_on
from tests.drawn import draws_alike
from workflows import spooling
from workflows.held import Head
from workflows.holding import PLACES_A_TICK
from workflows.vault import Vault

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
GRID = timedelta(minutes=10)
MORNING, EVENING = 58, 98
"""Ticks of the grid since midnight, around the two moments that are compared."""
NONCE = "5" * 32
Dump = dict[str, list[tuple[Any, ...]]]


def dump(db: Database, without: Sequence[str] = ()) -> Dump:
    """Give every row of every table of ours, by column; those `without` only by their size."""
    found: Dump = {}
    with db.read() as session:
        for table in Record.metadata.sorted_tables:
            rows = session.connection().execute(table.select()).mappings()
            found[table.name] = sorted(
                (tuple(_cell(f"{table.name}.{name}", value, without) for name, value in row.items()) for row in rows),
                key=repr,
            )
    return found


def _cell(name: str, value: object, without: Sequence[str]) -> object:
    return len(value) if name in without and isinstance(value, bytes) else value


def apart(one: Dump, other: Dump) -> list[str]:
    """Name the tables whose rows are not the same."""
    return [name for name in one if one[name] != other[name]]


def empty(db: Database) -> None:
    """Begin again: no rows, and numbers that count from one."""
    # What happened is never removed; nothing happened here.
    names = [table.name for table in reversed(Record.metadata.sorted_tables) if table.name != "hr_event"]
    with db.write() as session:
        connection = session.connection()
        if not db.is_sqlite:
            connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
            return
        for name in [*names, "sqlite_sequence"]:
            connection.execute(text(f"DELETE FROM {name}"))


def days(vault: Vault, sent_at: timedelta) -> list[Dump]:
    """Live four days; a report is sent on the first one. Give what is kept each evening."""
    kept: list[Dump] = []
    for tick in range(MORNING, EVENING):
        if tick * GRID <= sent_at < (tick + 1) * GRID:
            vault.submit(report(nonce=NONCE))
        spooling.tick(vault, BERLIN, MIDNIGHT + (tick + 1) * GRID)
    # Whether something is in a place is what the key of the spool hides; that it has a size is all there is to see.
    kept.append(dump(vault.db, without=("hr_anon_spool.head", "hr_anon_spool.body")))
    for day in range(1, 4):
        spooling.tick(vault, BERLIN, MIDNIGHT + timedelta(days=day, hours=12))
        kept.append(dump(vault.db))
    return kept


def test_t4_a_report_sent_at_ten_and_one_sent_at_four_leave_the_same_rows(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[list[Dump]] = []
    for hour, minute in ((10, 3), (15, 47)):
        empty(db)
        with monkeypatch.context() as patched:
            draws_alike(patched)
            vault = vault_on(db, tmp_path / f"keys-{hour}")
            few_places(vault, patched, 8)
            keyed(vault)
            seen.append(days(vault, timedelta(hours=hour, minutes=minute)))

    early, late = seen
    assert len(early[-1]["hr_anon_case"]) == 1, "it was released meanwhile"
    assert [apart(one, other) for one, other in zip(early, late, strict=True)] == [[]] * 4


# -- on a server, whose log tells the moment of every change ------------------------------------------------------


def few_places(vault: Vault, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let the spool be small, so that a thousand ticks are quick."""
    monkeypatch.setattr(spool, "PLACES", count)
    with vault.db.write() as session:
        spool.shrink(session, count)


class Watched:
    """A spool of few places, written on a grid, watched by somebody who sees which places change."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.before = self._look()

    def tick(self) -> set[int]:
        """Let the grid be written once; say which places were."""
        self.vault.holding.write_down()
        now = self._look()
        changed = {place for place, head in now.items() if head != self.before.get(place)}
        self.before = now
        return changed

    def _look(self) -> dict[int, bytes]:
        with self.vault.db.ask() as session:
            return dict(session.connection().execute(text("SELECT place, head FROM hr_anon_spool")).all())  # type: ignore[arg-type]


@pytest.fixture
def grid(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    draws_alike(monkeypatch)
    vault = vault_on(db, tmp_path / "keys", at_once=False)
    few_places(vault, monkeypatch, 16)
    return vault


def chi_square(seen: Sequence[float], expected: Sequence[float]) -> float:
    return sum((one - other) ** 2 / other for one, other in zip(seen, expected, strict=True))


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_t4_over_a_thousand_ticks_the_places_written_tell_nothing_of_what_is_held(
    grid: Vault, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A place with something in it is written as often, and as evenly, as any other."""
    monkeypatch.setattr(spool, "BODY_BYTES", 256)
    seen = Watched(grid)
    for number in range(3):
        grid.holding.keep(Head("back", bytes([number]) * 16, slots=3), b"-")
    while grid.holding.write_down():
        pass
    seen.tick()
    with grid.db.ask() as session:
        taken = {place for place, _ in grid.holding.heads(session)}
    assert len(taken) == 3

    ticks = 1000
    times = Counter[int]()
    gaps: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    last: dict[int, int] = {}
    for tick in range(ticks):
        written = seen.tick()
        assert len(written) == PLACES_A_TICK
        times.update(written)
        for place in written:
            if place in last:
                gaps[place in taken][min(tick - last[place], 9)] += 1
            last[place] = tick

    evenly = chi_square([times[place] for place in range(16)], [ticks * PLACES_A_TICK / 16] * 16)
    whole = {held: sum(found.values()) for held, found in gaps.items()}
    both = Counter(gaps[True]) + Counter(gaps[False])
    share = {gap: number / sum(both.values()) for gap, number in both.items()}
    alike = sum(
        chi_square([gaps[held][gap] for gap in share], [share[gap] * whole[held] for gap in share]) for held in gaps
    )
    with capsys.disabled():
        sys.stdout.write(f" [χ² of places {evenly:.1f} (15 free, 30.6 at 1 %), of gaps {alike:.1f} (8 free, 20.1)] ")
    assert evenly < 30.58
    assert alike < 20.09


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_t4_the_servers_log_grows_as_much_at_a_tick_whether_anything_was_sent_or_not(
    grid: Vault, capsys: pytest.CaptureFixture[str]
):
    keyed(grid)
    sizes: dict[bool, list[int]] = {True: [], False: []}
    numbers: dict[bool, set[int]] = {True: set(), False: set()}
    for tick in range(24):
        sent = tick % 2 == 1
        before = _state(grid.db)
        if sent:
            grid.submit(report(f"Report {tick}"))
            assert _state(grid.db) == before, "what was sent waits in memory"
        spooling.tick(grid, BERLIN, MIDNIGHT + tick * GRID)
        lsn, transactions = _state(grid.db)
        if tick >= 4:
            sizes[sent].append(lsn - before[0])
            numbers[sent].add(transactions - before[1])
    typical = {sent: sorted(found)[len(found) // 2] for sent, found in sizes.items()}
    with capsys.disabled():
        sys.stdout.write(f" [bytes of log at a tick: {typical[False]} without, {typical[True]} with a report] ")
    assert abs(typical[True] - typical[False]) <= 0.02 * typical[False]
    assert numbers[True] == numbers[False] == {1}


def _state(db: Database) -> tuple[int, int]:
    """Give how far the server's log has come, and how many transactions changed something."""
    with db.ask() as session:
        row = session.connection().execute(
            text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, pg_snapshot_xmax(pg_current_snapshot())::text")
        )
        lsn, number = row.one()
    return int(lsn), int(number)


def test_t4_what_waits_for_the_grid_is_written_sooner_or_later_and_everything_there_stays(grid: Vault):
    """Where all four places that fall are taken, the next tick has room."""
    keyed(grid)
    receipts: list[str] = []
    for number in range(10):
        receipts.append(grid.submit(report(f"Report {number}")).receipt)
        for _ in range(50):
            if not grid.holding.write_down():
                break
    for _ in range(20):
        assert grid.holding.write_down() == 0

    assert [grid.look_up(each).state for each in receipts] == ["held"] * 10
    with grid.db.read() as session:
        assert all(grid.holding.body_of(session, head) for _, head in grid.holding.heads(session))
