"""`hrdd privacy` as it is typed: what it prints, what it refuses, and that it quotes nobody."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot import privacy_command
from bot.cli import main
from bot.playground import Person, StandIn
from storage import anonymous
from storage.database import Database
from tests.unit.bot.test_privacy_scan import AMINA, CANARY, NOW, ON_A_FILE, SECRET, filled, noise, plant
from tests.unit.playground.conftest import CHANNELS, MANIFEST, TurnedClock
from workflows.rules.crowd import DAILY_DAYS
from workflows.usage import USES

__all__ = ["filled"]


@pytest.fixture
def installed(filled: Database, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    users = tmp_path / "users.csv"
    users.write_text(f"{CANARY.id},{CANARY.name},{CANARY.handle},{CANARY.email}\n\n{AMINA.id},{AMINA.name}\n")
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    monkeypatch.setenv("HRDD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HRDD_KEYSTORE", str(tmp_path / "keys"))
    monkeypatch.setenv("HRDD_SIGNAL_TOKEN", SECRET.decode())
    return users


@ON_A_FILE
def test_the_command_tells_what_it_looked_at_and_ends_with_nought(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs, copies = str(tmp_path / "logs"), str(tmp_path / "copies")
    assert main(["privacy", "scan", "--users", str(installed), "--logs", logs, "--backups", copies]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Looked for 2 people in ")
    assert said.endswith("Nobody was found where nobody may be.\n")


def test_the_command_ends_with_one_on_a_hit_and_quotes_nobody(
    installed: Path, filled: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    keyed = hmac.digest(SECRET, CANARY.id.encode(), "sha256").hex()[:40]
    plant(filled, "UPDATE hr_anon_case SET site = :v", v=keyed)
    assert main(["privacy", "scan", "--users", str(installed)]) == 1
    said = capsys.readouterr().out
    assert (
        "Found in hr_anon_case.site: the id (hmac-sha256 under a secret of ours in hex) of 1 of the list: no. 1."
        in said
    )
    assert "This is not clean" in said
    assert main(["privacy", "scan", "--users", str(installed), "--json"]) == 1
    printed = capsys.readouterr().out
    told = json.loads(printed)
    assert told["clean"] is False
    assert {each["place"] for each in told["found"]} >= {"hr_anon_case.site"}
    for quoted in (CANARY.id, CANARY.name, CANARY.handle, AMINA.id, keyed, SECRET.decode()):
        assert quoted not in said + printed


@pytest.mark.parametrize(
    ("listed", "more", "told"),
    [
        ("amina\n", [], "--users: line 1 is not id,name,handle,e-mail,display name with an id"),
        ("U0AMINA,a,b,c,d,e\n", [], "--users: line 1 is not"),
        ("\n", [], "There is nobody to look for"),
        ("U0AMINA4711\n", ["--logs", "gone"], "gone cannot be read: there is no such file or folder."),
        ("U0AMINA4711\n", ["--backups", "gone"], "gone cannot be read"),
        (None, [], "cannot be read as lines of"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path,
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    listed: str | None,
    more: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("HRDD_DATABASE_URL", f"sqlite:///{sqlite_template}")
    monkeypatch.chdir(tmp_path)
    users = tmp_path / "users.csv"
    if listed is not None:
        users.write_text(listed)
    assert main(["privacy", "scan", "--users", str(users), *more]) == 2
    problem = capsys.readouterr().err
    assert told in problem
    assert problem.count("\n") == 1


@ON_A_FILE
def test_a_copy_that_breaks_off_is_no_clean_one(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "copies" / "cut.gz"
    cut.write_bytes(gzip.compress(noise(4, 5000))[:2000])
    assert main(["privacy", "scan", "--users", str(installed), "--backups", str(cut)]) == 2
    assert "cut.gz cannot be read (EOFError). The look is not complete." in capsys.readouterr().err


def test_without_a_list_slack_is_asked_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings import read_settings

    people = [Person("U0AMINA", "amina", "Amina Haddad", "Engineer"), Person("U0CANARY", "zsofia.k", "Zsófia K", "PM")]
    people += [Person(f"U0P{number}", f"p{number}", f"Person {number}", "Engineer") for number in range(3)]
    channels = [CHANNELS[3]]
    with StandIn(people=people, channels=channels, manifest=MANIFEST, clock=TurnedClock()) as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setattr(privacy_command, "PAGE", 2)
        found = {each.id: each for each in privacy_command._from_slack(read_settings())}
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-no")
        with pytest.raises(privacy_command.PrivacyError, match="Slack does not say who is in the workspace"):
            privacy_command._from_slack(read_settings())
    assert set(found) >= {each.id for each in people}
    assert (found["U0CANARY"].name, found["U0CANARY"].handle) == ("Zsófia K", "zsofia.k")
    assert found["U0CANARY"].team


@ON_A_FILE
def test_secrets_of_the_environment_and_of_the_file_of_keys_are_tried(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.settings import read_settings

    (tmp_path / "seal.key").write_text(base64.b64encode(b"q" * 32).decode() + "\n")
    assert {SECRET, b"q" * 32} <= set(privacy_command._secrets(read_settings()))


def counted(db: Database, weeks: dict[str, int]) -> None:
    with db.write() as session:
        for week, number in weeks.items():
            anonymous.count(session, week, USES, number)


@ON_A_FILE
def test_the_meter_says_how_large_the_crowd_is_and_what_it_does_not_know(
    installed: Path, filled: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    counted(filled, {"2026-W40": 9999, **{f"2026-W{week}": 168 for week in (44, 45, 46, 47)}, "2026-W48": 1})
    with freeze_time(NOW):
        assert main(["privacy", "meter"]) == 0
        said = capsys.readouterr().out
        assert main(["privacy", "meter", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "240 people" in said
    assert "168 times" in said
    assert "It does not know" in said
    assert told["uses_a_week"] == 168
    assert told["crowd_by_visits"] == {"1": 152, "2": 96, "4": 39}
    assert (told["enough"], told["shown_on_mondays"], told["offered"]) == (True, True, True)


@ON_A_FILE
def test_a_week_ends_in_the_zone_of_the_company_and_one_without_any_use_counts(
    installed: Path, filled: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    counted(filled, {"2026-W44": 168, "2026-W45": 168, "2026-W47": 84})
    told = []
    for moment in ("2026-11-22T22:30:00Z", "2026-11-22T23:30:00Z"):
        with freeze_time(moment):
            assert main(["privacy", "meter", "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert [(each["weeks"], each["uses_a_week"]) for each in told] == [(3, 112), (4, 105)], "in Berlin it is Monday"


@ON_A_FILE
def test_what_was_counted_click_by_click_by_an_earlier_version_is_not_taken_for_people(
    installed: Path, filled: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with filled.write() as session:
        anonymous.count(session, "2026-W47", "uses", 9999)
    with freeze_time(NOW):
        assert main(["privacy", "meter", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["uses_a_week"], told["shown_on_mondays"]) == (0, True)


@ON_A_FILE
def test_before_anything_was_counted_the_meter_takes_it_as_never(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with freeze_time(NOW):
        assert main(["privacy", "meter"]) == 0
    said = capsys.readouterr().out
    assert "no whole week was counted" in said
    assert "Who writes once stands among about 1 people." in said
    assert "That is few." in said


def test_the_window_of_a_day_is_what_holds_make_of_it() -> None:
    assert timedelta(days=DAILY_DAYS) == timedelta(days=3)
