"""`hrdd export` gives a file, or one sentence and nothing else."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from bot.cli import main
from prompts import problem
from storage.database import Database
from tests.records import NOOR, Company, desk_of


@pytest.fixture(autouse=True)
def company(db: Database, db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Company:
    for name in [name for name in os.environ if name.startswith(("HRDD_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    monkeypatch.setenv("HRDD_DATA_DIR", str(tmp_path / "data"))
    company = Company(desk_of(db))
    number = company.opens()
    company.mitigates(number, evidence="EV3")
    company.writes(
        number, "gap", risk="1", kind="CANNOT", why="x", decided_by=NOOR, told="x", review_on=company.day(20)
    )
    return company


def test_one_case_comes_as_json(capsys: pytest.CaptureFixture[str]):
    assert main(["export", "--case", "HR-1", "--as-of", "2026-01-20"]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert printed["as_of"].startswith("2026-01-20T22:59:59")
    assert [each["case"] for each in printed["cases"]] == ["HR-1"]
    assert printed["cases"][0]["mitigations"][0]["credited"] is True
    assert printed["gaps"][0]["kind"] == "CANNOT"


def test_all_cases_come_as_a_table(capsys: pytest.CaptureFixture[str]):
    assert main(["export", "--all", "--format", "csv"]) == 0

    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["row"] for row in rows] == ["gap", "case", "risk", "mitigation"]
    assert rows[3]["credited"] == "no", "its check date has passed long ago"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--case", "nonsense"], "--case: please name a case as in HR-12."),
        (["--case", "HR-77"], problem("case_unknown")),
        (["--case", "HR-1", "--as-of", "2025-01-01"], problem("case_unknown")),
        (["--all", "--as-of", "soon"], "--as-of: please write a day as in 2026-03-12."),
    ],
)
def test_what_cannot_be_given_is_said_in_one_line(given: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert main(["export", *given]) == 2

    assert tuple(capsys.readouterr()) == ("", told + "\n")


def test_s26_where_a_sealed_name_would_leave_nothing_does(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    company.writes(1, "sealed", names="Beacon Hirin")
    from tests.records import A_KEY

    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)
    assert main(["export", "--all"]) == 0
    capsys.readouterr()

    monkeypatch.setenv("HRDD_SEAL_KEY", "")
    assert main(["export", "--all"]) == 2
    assert tuple(capsys.readouterr()) == ("", problem("seal_key_wrong") + "\n")


@pytest.mark.parametrize("given", [[], ["--all", "--case", "HR-1"], ["--all", "--format", "xml"]])
def test_a_command_that_asks_for_nothing_or_too_much_is_explained(given: list[str]):
    with pytest.raises(SystemExit) as left:
        main(["export", *given])
    assert left.value.code == 2
