"""What keeps held reports from being lost: another folder of keys, a clock that leaps, a damaged place, a crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import anonymous, facts, spool
from storage.database import Database
from storage.keystore import Keystore, KeystoreError
from tests.blind import BERLIN, QUICK, SUNDAY, cases, keyed, report, vault_on
from workflows import spooling
from workflows.errors import Refused
from workflows.held import Head
from workflows.holding import AT_A_TIME, Holding
from workflows.privacy import meter
from workflows.rules.crowd import DAILY_DAYS, crowd
from workflows.spooling import LAST_SLOT
from workflows.usage import TAPS, USES, tapped
from workflows.vault import Vault


@pytest.fixture
def vault(db: Database, tmp_path: Path) -> Vault:
    """Give a blind core whose recipients have keys."""
    made = vault_on(db, tmp_path / "keys", at_once=True)
    keyed(made)
    return made


def test_a_folder_of_keys_of_somebody_else_stops_everything_and_nothing_is_written_over(vault: Vault, tmp_path: Path):
    receipt = vault.submit(report("The valve leaks")).receipt

    with pytest.raises(KeystoreError, match="HRDD_KEYSTORE"):
        vault_on(vault.db, tmp_path / "another")
    stranger = Vault(vault.db, Keystore(tmp_path / "another"), vault.concerns, lambda: 0.0, at_once=False)
    for act in (stranger.holding.write_down, lambda: spooling.tick(stranger, BERLIN, SUNDAY + timedelta(days=4))):
        with pytest.raises(KeystoreError):
            act()

    assert vault.look_up(receipt).state == "held"


def test_an_older_copy_of_the_database_is_used_again_once_what_it_held_is_given_up(vault: Vault, tmp_path: Path):
    vault.submit(report("The valve leaks"))
    restored = Vault(vault.db, Keystore(tmp_path / "another"), vault.concerns, lambda: 0.0)

    restored.give_up_held()

    with vault.db.read() as session:
        assert restored.holding.everything(session) == []
    assert restored.holding.write_down() == 0


def test_a_clock_that_leaps_ahead_erases_nothing_and_one_that_is_right_again_keeps_nobody_waiting(vault: Vault):
    first = vault.submit(report("The valve leaks")).receipt
    spooling.tick(vault, BERLIN, SUNDAY)
    spooling.tick(vault, BERLIN, SUNDAY + timedelta(days=800))
    assert vault.look_up(first).state == "waiting", "all that was held is out, and nothing is gone"

    second = vault.submit(report("The other valve leaks")).receipt
    for day in range(1, 6):
        spooling.tick(vault, BERLIN, SUNDAY + timedelta(days=day))

    assert vault.look_up(second).state == "waiting"
    with vault.db.read() as session:
        assert facts.get(session, LAST_SLOT) == f"{SUNDAY + timedelta(days=5):%Y-%m-%d}"


def test_a_place_that_somebody_damaged_keeps_nobody_else_waiting(vault: Vault, caplog: pytest.LogCaptureFixture):
    hurt = vault.submit(report("The valve leaks")).receipt
    with vault.db.write() as session:
        ((place, _),) = vault.holding.heads(session)
        broken = {"body": os.urandom(spool.BODY_BYTES + 28), "place": place}
        session.connection().execute(text("UPDATE hr_anon_spool SET body = :body WHERE place = :place"), broken)
    whole = vault.submit(report("The other valve leaks", urgent=True)).receipt

    for day in range(1, 5):
        spooling.tick(vault, BERLIN, SUNDAY + timedelta(days=day))

    assert vault.look_up(whole).state == "waiting"
    assert "changed from outside" in caplog.text
    with pytest.raises(Exception, match="receipt_unknown"):
        vault.look_up(hurt)


def test_the_key_of_a_report_that_is_gone_is_destroyed_at_the_next_slot_where_a_crash_came_between(vault: Vault):
    orphan = os.urandom(16).hex()
    vault.keystore.change(put={orphan: os.urandom(32), "decoys": os.urandom(32)})

    spooling.tick(vault, BERLIN, SUNDAY)

    assert vault.keystore.key(orphan) is None
    assert vault.keystore.key("decoys") is not None


def test_no_clock_of_a_report_tells_when_it_was_released(vault: Vault, sends: Callable[[str], str]):
    sends("The valve leaks")

    with vault.db.read() as session:
        rows = session.connection().execute(text("SELECT created_at, due_at FROM hr_timer WHERE key LIKE 'anon:%'"))
        assert [made == due for made, due in rows] == [True, True]


def test_words_after_a_report_was_taken_back_stay_in_the_window(vault: Vault, sends: Callable[[str], str]):
    token = vault.look_up(sends("The valve leaks")).token
    vault.take_back(token)

    with pytest.raises(Refused, match="receipt_taken_back"):
        vault.add(token, "One thing more")


@pytest.mark.parametrize("at_once", [True, False], ids=["saved at once", "on the grid"])
def test_to_take_a_report_back_again_and_again_takes_one_place_so_that_others_find_room(vault: Vault, at_once: bool):
    receipt = vault.submit(report("The valve leaks", urgent=True)).receipt
    spooling.tick(vault, BERLIN, SUNDAY)
    other = Vault(vault.db, vault.keystore, vault.concerns, lambda: 0.0, kdf=QUICK, floor=QUICK, at_once=at_once)
    other.prepare()

    for _ in range(AT_A_TIME + 1):
        other.take_back(other.look_up(receipt).token)

    other.submit(report("The other valve leaks"))
    with vault.db.read() as session:
        assert sorted(each.kind for each in other.holding.everything(session)) == ["back", "new"]
    spooling.tick(other, BERLIN, SUNDAY + timedelta(days=1))
    assert [case.state for case in cases(other) if case.label == other.look_up(receipt).label] == ["retracted"]
    other.take_back(other.look_up(receipt).token)
    with vault.db.read() as session:
        assert "back" not in [each.kind for each in other.holding.everything(session)], "it is done"


def test_one_that_is_taken_back_twice_at_once_takes_one_place(vault: Vault):
    for at_once in (True, False):
        holding = Holding(vault.db, vault.keystore, at_once=at_once)
        for _ in range(2):
            holding.keep(Head("back", bytes([at_once]) * 16, slots=1), b"-")
        with vault.db.read() as session:
            mine = [each for each in holding.everything(session) if each.case_id == bytes([at_once]) * 16]
        assert len(mine) == 1


@pytest.fixture
def sends(vault: Vault) -> Callable[[str], str]:
    """Give what sends a report, has it released, and gives its receipt."""

    def sent(words: str) -> str:
        receipt = vault.submit(report(words)).receipt
        for day in range(4):
            spooling.tick(vault, BERLIN, SUNDAY + timedelta(days=day))
        assert cases(vault)
        return receipt

    return sent


def test_the_crowd_is_estimated_from_whole_weeks_and_one_without_any_use_makes_it_smaller(vault: Vault):
    with vault.db.write() as session:
        for week, number in (("2026-W43", 3360), ("2026-W44", 3360), ("2026-W46", 3360), ("2026-W47", 9999)):
            anonymous.count(session, week, USES, number)

    spooling.tick(vault, BERLIN, SUNDAY)

    # Two a day and person, over the four weeks before this one, of which one was quiet.
    assert vault.crowd == crowd(240, 1.5, 4, DAILY_DAYS)


def test_taps_of_one_morning_hide_nobody_who_comes_on_another_day(vault: Vault):
    with vault.db.write() as session:
        anonymous.count(session, "2026-W46", USES, 3360)
        for what, number in zip(TAPS, (840, 840, 420), strict=True):
            anonymous.count(session, "2026-W46", tapped(what), number)

    spooling.tick(vault, BERLIN, SUNDAY)

    assert vault.crowd == crowd(240, 0.75, 4, DAILY_DAYS), "2100 of 3360 were taps"
    told = meter(vault.db, vault.concerns, BERLIN, SUNDAY)
    assert (told.uses, told.crowds[4]) == (3360, int(crowd(240, 2.0, 4))), "over a week they do"
