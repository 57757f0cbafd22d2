"""A report that is delivered again and again is one report; a process that dies loses what waited, and nothing more.

(anonymity.md, T15.)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.database import Database
from storage.keystore import Keystore
from tests.blind import COMPANY, QUICK, SUNDAY, cases, keyed, released, report, vault_on
from workflows.blind_values import Issued
from workflows.errors import BadAnswer
from workflows.vault import Vault

AT_ONCE = 8
LATE = 3


@pytest.fixture
def vault(db: Database, tmp_path: Path) -> Vault:
    made = vault_on(db, tmp_path / "keys")
    keyed(made)
    return made


def held(vault: Vault) -> int:
    with vault.db.read() as session:
        return len(vault.holding.everything(session))


def test_t15_eight_deliveries_at_once_and_three_late_ones_give_one_receipt_and_one_report(vault: Vault):
    once = report()
    start = threading.Barrier(AT_ONCE)

    def deliver(_: int) -> Issued:
        start.wait()
        return vault.submit(once)

    with ThreadPoolExecutor(AT_ONCE) as several:
        receipts = {each.receipt for each in several.map(deliver, range(AT_ONCE))}
    assert held(vault) == 1

    vault.holding.write_down()
    late = {vault.submit(once).receipt}
    assert held(vault) == 1
    assert released(vault) == 1
    late |= {vault.submit(once).receipt for _ in range(LATE - 1)}

    assert len(receipts | late) == 1
    assert held(vault) == 0
    assert len(cases(vault)) == 1


def test_t15_two_windows_with_the_same_words_are_two_reports(vault: Vault):
    assert vault.submit(report("The same words")).receipt != vault.submit(report("The same words")).receipt
    assert released(vault) == 2
    assert len(cases(vault)) == 2


def test_t15_after_a_restart_a_late_delivery_is_a_second_report_that_nothing_links_to_the_first(
    vault: Vault, tmp_path: Path
):
    once = report("The same words twice")
    first = vault.submit(once)
    vault.holding.write_down()
    restarted = Vault(vault.db, Keystore(tmp_path / "keys"), COMPANY, lambda: 0.0, floor=QUICK)
    restarted.prepare()
    again = restarted.submit(once)
    restarted.holding.write_down()

    assert first.receipt != again.receipt
    assert released(restarted) == 2
    one, other = cases(restarted)
    for name in ("id", "locator", "case_pk", "reporter_pk", "rwrap"):
        assert getattr(one, name) != getattr(other, name)
    assert restarted.look_up(first.receipt).state == restarted.look_up(again.receipt).state == "waiting"


DIES = """
import sys, time
from pathlib import Path
from storage.database import Database
from tests.blind import report, vault_on
from workflows import spooling

vault = vault_on(Database.connect(sys.argv[1]), Path(sys.argv[2]), at_once=False)
print(vault.submit(report("The first one")).receipt)
vault.holding.write_down()
print(vault.submit(report("The second one")).receipt, flush=True)
time.sleep(60)
"""


def test_t15_a_process_that_is_killed_between_its_answer_and_the_grid_loses_what_waited_and_never_links(
    vault: Vault, db_url: str, tmp_path: Path
):
    program = [sys.executable, "-c", DIES, db_url, str(tmp_path / "keys")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env={**os.environ}) as dying:
        assert dying.stdout is not None
        first, second = (dying.stdout.readline().strip() for _ in range(2))
        dying.send_signal(signal.SIGKILL)

    assert vault.look_up(first).state == "held"
    with pytest.raises(BadAnswer, match="receipt_unknown"):
        vault.look_up(second)
    assert released(vault, SUNDAY) == 1
    assert [each.state for each in cases(vault)] == ["waiting"]
    assert vault.look_up(first).state == "waiting"
