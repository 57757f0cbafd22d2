"""What the windows ask of the blind core: a way that keeps nothing, whether anybody could read it, words added once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import Database
from tests.blind import SUNDAY, answers, cases, keyed, released, report, vault_on
from workflows.errors import BadAnswer, Refused
from workflows.holding import AT_A_TIME
from workflows.returning import MESSAGES_A_DAY
from workflows.vault import Vault


@pytest.fixture(params=[True, False], ids=["at once", "on the grid"])
def vault(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> Vault:
    """Give a blind core with keys, that keeps things at once or on the grid."""
    made = vault_on(db, tmp_path / "keys", at_once=request.param)
    keyed(made)
    return made


def held(vault: Vault) -> int:
    with vault.db.read() as session:
        return len(vault.holding.everything(session))


def test_a_pretended_report_gives_a_code_that_opens_nothing(vault: Vault):
    code = vault.pretend("0f" * 16)

    assert vault.is_copied("0f" * 16, "", (code[6:11], code[18:23]))
    assert held(vault) == 0
    with pytest.raises(BadAnswer, match="receipt_unknown"):
        vault.look_up(code)


def test_it_is_known_before_anything_is_written_whether_anybody_could_read_it(vault: Vault):
    assert vault.can_be_read(())
    assert vault.can_be_read(("noor",))
    assert not vault.can_be_read(("noor", "ruth"))


def test_the_same_words_from_the_same_window_are_added_once_and_other_words_are_added(vault: Vault):
    code = vault.submit(report()).receipt
    token = vault.look_up(code).token

    assert vault.add(token, "One more thing") == vault.add(token, "One more thing")
    assert held(vault) == 2
    vault.add(token, "Another thing")
    vault.add(vault.look_up(code).token, "Another thing")
    assert held(vault) == 4


def test_words_that_could_not_be_kept_are_not_taken_for_words_that_were(vault: Vault):
    code = vault.submit(report()).receipt
    token = vault.look_up(code).token
    vault.holding.at_once = False
    for number in range(4):
        if len(vault.holding._queue) < 4:
            vault.add(token, f"Thing {number}")
    with pytest.raises(Refused, match="concern_wait"):
        vault.add(token, "The last thing")
    vault.holding.write_down()

    vault.add(token, "The last thing")

    assert [each.head.kind for each in vault.holding._queue] == ["more"]


def test_somebody_whose_report_is_held_is_told_how_what_they_add_waits(vault: Vault):
    code = vault.submit(report()).receipt
    visit = vault.look_up(code)

    assert visit.weekly == vault.add(visit.token, "One more thing")


def test_a_message_for_which_there_is_no_room_is_none_of_the_twenty_of_a_day(db: Database, tmp_path: Path):
    vault = vault_on(db, tmp_path / "keys", at_once=False)
    keyed(vault)
    code = vault.submit(report()).receipt
    vault.holding.write_down()
    for _ in range(AT_A_TIME):
        vault.submit(report())
    token = vault.look_up(code).token

    for number in range(MESSAGES_A_DAY + 1):
        with pytest.raises(Refused, match="concern_wait"):
            vault.add(token, f"More {number}")
    for number in range(MESSAGES_A_DAY):
        vault.holding.write_down()
        vault.add(token, f"More {number}")

    vault.holding.write_down()
    with pytest.raises(Refused, match="receipt_full"):
        vault.add(token, "And more")


def test_after_a_long_dialogue_the_last_answers_are_shown_and_it_is_known_that_they_said_how_they_have_been(
    db: Database, tmp_path: Path
):
    vault = vault_on(db, tmp_path / "keys", at_once=True)
    keyed(vault)
    code = vault.submit(report(checkin=True)).receipt
    released(vault)
    (case,) = cases(vault)
    for number in range(20):
        answers(vault, case, f"Answer {number}")
    released(vault, SUNDAY + timedelta(weeks=6))
    came = vault.look_up(code)
    assert came.asks
    assert came.answers == tuple(f"Answer {number}" for number in range(12, 20))

    vault.add(came.token, "", since="worse")
    for number in range(10):
        vault.add(came.token, f"In the same visit {number}")
    released(vault, SUNDAY + timedelta(weeks=6, days=5), days=14)
    came = vault.look_up(code)
    for number in range(5):
        vault.add(came.token, f"In another visit {number}")
    released(vault, SUNDAY + timedelta(weeks=9), days=14)

    assert not vault.look_up(code).asks
    released(vault, SUNDAY + timedelta(weeks=14))
    assert vault.look_up(code).asks
