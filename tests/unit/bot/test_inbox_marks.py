"""`hrdd inbox list` says what was added since the last answer, who is treated worse, and what is late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import anonymous
from storage.database import Database
from tests.blind import BERLIN, cases
from tests.readers import House, open_house, settle, write_policy
from workflows import spooling
from workflows.clock import utcnow


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: Database, db_url: str) -> Iterator[House]:
    settle(monkeypatch, tmp_path, db_url, write_policy(tmp_path))
    found = open_house(db, tmp_path)
    found.registers("noor")
    yield found
    found.close()


def test_the_list_marks_what_was_added_and_what_is_late(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def line() -> str:
        assert house.does(monkeypatch, "noor", "list") == 0
        return capsys.readouterr().out

    receipt = house.receives("They deleted the logs.")
    label = cases(house.vault)[0].label
    assert house.does(monkeypatch, "noor", "answer", "--feedback", label, words="The camera is off.") == 0
    capsys.readouterr()
    assert "answered" in line()
    assert "NEW" not in line()

    house.vault.add(house.vault.look_up(receipt).token, "They fired me for it", urgent=True, since="worse")
    spooling.tick(house.vault, BERLIN, utcnow())
    found = line()
    assert ("waiting" in found, "by 2" in found, "fired" in found) == (True, True, False)
    assert found.strip().endswith("NEW: written after the last answer  WORSE: they are treated worse")

    with house.vault.db.write() as session:
        anonymous.change(session, cases(house.vault)[0].id, released_on=None)
    assert "  late  " in line()
    assert house.does(monkeypatch, "noor", "acknowledge", label) == 0
    assert "is answered now." in capsys.readouterr().out
    assert house.does(monkeypatch, "noor", "close", label, words="We found you a lawyer.") == 0
    capsys.readouterr()
    found = line()
    assert ("closed" in found, "NEW" in found, "WORSE" in found) == (True, False, False)
