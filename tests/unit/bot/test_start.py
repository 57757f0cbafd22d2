"""What keeps a process that takes anonymous reports from starting, and what it says at its start (T8, T16)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot import edge
from bot.process import Process
from bot.services import Services, build
from bot.settings import SettingsError, read_settings
from storage.database import Database
from storage.envelopes import FOR_RECEIPTS
from tests.readers import settle, write_policy

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
SWAPS = f"{HEAD}/dev/dm-1                               partition\t8388604\t\t0\t\t-2\n"


@pytest.fixture
def services(
    db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Services]:
    """Settle a company that takes anonymous reports, on each kind of database; nothing of it was started yet."""
    caplog.set_level(logging.INFO, "bot.process")
    settle(monkeypatch, tmp_path, db.engine.url.render_as_string(hide_password=False), write_policy(tmp_path))
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "a secret to sign with")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api/")
    monkeypatch.setenv("HRDD_PORT", "0")
    found = build(read_settings())
    yield found
    found.desk.db.dispose()


def starts(services: Services) -> None:
    """Start and stop a process that takes requests."""
    process = Process(services, worker=False)
    try:
        process.start()
    finally:
        process.stop()


def keeps(services: Services, kdf: str) -> None:
    """Let the database say something else of how receipts are stretched."""
    with services.desk.db.write() as session:
        session.connection().execute(text("UPDATE hr_anon_setup SET kdf = :kdf"), {"kdf": kdf})


@pytest.mark.parametrize("weak", ["argon2id$m=65535,t=3,p=1", "argon2id$m=65536,t=2,p=1", "argon2id$m=1024,t=1,p=1"])
def test_t8_a_stored_stretching_below_the_floor_keeps_the_bot_from_starting(services: Services, weak: str) -> None:
    starts(services)
    keeps(services, weak)

    with pytest.raises(SettingsError) as told:
        starts(services)

    assert str(told.value) == f"The receipts of this database are stretched by {weak} only, which is too weak."
    keeps(services, str(FOR_RECEIPTS))
    starts(services)


@pytest.mark.parametrize(
    "odd", ["", "scrypt$n=14", "argon2id$m=65536", "argon2id$m=x,t=3,p=1", "argon2id$m=65536,t=3,p=0"]
)
def test_t8_a_stored_stretching_that_cannot_be_read_keeps_the_bot_from_starting(services: Services, odd: str) -> None:
    starts(services)
    keeps(services, odd)

    with pytest.raises(SettingsError, match="does not say how receipts are stretched") as told:
        starts(services)

    assert "\n" not in str(told.value)
    assert told.value.__suppress_context__


@pytest.mark.parametrize(("swaps", "warned"), [(SWAPS, 1), (HEAD, 0), ("", 0), (None, 0)])
def test_t16_where_swap_is_on_the_log_says_so_once_at_the_start(
    services: Services,
    swaps: str | None,
    warned: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(edge, "SWAPS", tmp_path / "swaps")
    if swaps is not None:
        (tmp_path / "swaps").write_text(swaps)

    starts(services)

    assert caplog.text.count("swap is on") == warned
    assert "dm-1" not in caplog.text


def test_t16_where_no_anonymous_report_is_taken_nothing_is_said_of_swap(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "swaps").write_text(SWAPS)
    monkeypatch.setattr(edge, "SWAPS", tmp_path / "swaps")
    write_policy(tmp_path, staff=12)
    few = build(read_settings())
    try:
        starts(few)
    finally:
        few.desk.db.dispose()

    assert "swap is on" not in caplog.text
