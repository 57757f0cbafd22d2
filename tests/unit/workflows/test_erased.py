"""What was erased is gone: from the file and its log at once, from the copies of the keys within a week.

On a server old bytes stay for a while; there the key without which they open for nobody never was. (anonymity.md, T11.)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from storage import anonymous
from storage.database import Database
from storage.keystore import KEPT_DAYS
from storage.models import AnonCase
from tests.blind import BERLIN, SUNDAY, answers, cases, keyed, released, report, vault_on
from tests.surfaces import database_files, files_of, here
from workflows import spooling
from workflows.errors import BadAnswer
from workflows.rules.holds import month_of
from workflows.rules.retention import ends_on
from workflows.vault import Vault

PIECE = 24
"""So many bytes of something are looked for, at several places of it: a whole page is rarely left."""


@pytest.fixture
def vault(db: Database, tmp_path: Path) -> Vault:
    made = vault_on(db, tmp_path / "keys")
    keyed(made)
    return made


def pieces(blob: bytes) -> Iterator[bytes]:
    for at in range(0, len(blob) - PIECE + 1, max(PIECE, len(blob) // 16)):
        yield blob[at : at + PIECE]


def sealed(vault: Vault, case: AnonCase) -> list[bytes]:
    """Give pieces of everything that is kept of a report."""
    with vault.db.read() as session:
        blobs = [*anonymous.wraps(session, case.id), *(each.blob for each in anonymous.messages(session, case.id))]
    return [piece for blob in (*blobs, case.rwrap, case.locator, case.case_pk) for piece in pieces(blob)]


def kept_keys(vault: Vault, case: AnonCase) -> list[bytes]:
    """Give a report's key, and its closed entry as it stands in the file of keys."""
    name = case.id.hex()
    entry = json.loads((vault.keystore.folder / "keys.json").read_text())["keys"][name]
    key = vault.keystore.key(name)
    assert key is not None
    return [key, key.hex().encode(), entry.encode(), name.encode()]


def found(needles: list[bytes], places: dict[str, bytes]) -> list[str]:
    return sorted({name for name, content in places.items() for needle in needles if needle in content})


def closes(vault: Vault, case: AnonCase, on: date) -> date:
    """Close a report; give the first day on which it may be erased."""
    with vault.db.write() as session:
        anonymous.change(session, case.id, state="closed", closed_month=month_of(on))
        closed = anonymous.get(session, case.id)
        assert closed is not None
        return ends_on(closed, 60)


def noon(day: date) -> datetime:
    return datetime.combine(day, SUNDAY.timetz())


def test_t11_after_its_time_nothing_of_a_report_is_left_and_the_next_one_stays(
    vault: Vault, capsys: pytest.CaptureFixture[str]
):
    since = here(vault.db)
    receipts = [vault.submit(report(f"Report {number}")).receipt for number in range(2)]
    assert released(vault) == 2
    gone, stays = sorted(cases(vault), key=lambda case: vault.look_up(receipts[0]).label != case.label)
    answers(vault, gone, "Thank you")
    bytes_gone, bytes_stay = sealed(vault, gone), sealed(vault, stays)
    keys_gone, keys_stay = kept_keys(vault, gone), kept_keys(vault, stays)
    assert found(bytes_gone, database_files(vault.db, since)), "before, it is there to be found"
    assert found(keys_gone, files_of(vault.keystore.folder))

    last = closes(vault, gone, SUNDAY.date())
    spooling.tick(vault, BERLIN, noon(last - timedelta(days=1)))
    assert vault.look_up(receipts[0]).state == "closed"
    spooling.tick(vault, BERLIN, noon(last))

    with pytest.raises(BadAnswer):
        vault.look_up(receipts[0])
    files = database_files(vault.db, since)
    if vault.db.is_sqlite:
        assert found(bytes_gone, files) == [], "also not in the log"
    assert found(keys_gone[:2], {**files, **files_of(vault.keystore.folder)}) == [], "a key is never kept in clear"
    assert found(bytes_stay, files)
    now = {name: raw for name, raw in files_of(vault.keystore.folder).items() if "backups" not in name}
    assert found(keys_gone, now) == []
    assert found(keys_stay[2:], now) != []

    in_copies = files_of(vault.keystore.folder)
    for day in range(1, KEPT_DAYS + 1):
        spooling.tick(vault, BERLIN, noon(last + timedelta(days=day)))
    assert found(keys_gone, files_of(vault.keystore.folder)) == [], "a week later no copy holds it"
    with capsys.disabled():
        looked = sum(map(len, files.values()))
        sys.stdout.write(f" [{len(bytes_gone)} pieces in {looked / 1e6:.1f} MB; copies then {len(in_copies)}] ")


def test_t11_what_was_held_and_taken_back_is_gone_with_the_next_slot(vault: Vault):
    receipt = vault.submit(report()).receipt
    vault.take_back(vault.look_up(receipt).token)
    vault.holding.write_down() if not vault.holding.at_once else None
    old = vault.keystore.names("spool-")

    assert released(vault) >= 1
    assert cases(vault) == []
    assert not old & vault.keystore.names("spool-"), "nor can an old copy of the spool be opened"
    with vault.db.read() as session:
        assert vault.holding.everything(session) == []
