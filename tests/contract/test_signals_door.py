"""Machines report changes of context: over HTTP behind a token, and on the command line; once for each key (S20)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlmodel import select

from bot.cli import main
from bot.playground.run import example_policy
from bot.services import build
from bot.settings import Settings, SettingsError, read_settings
from bot.web.server import create_site
from storage.database import Database
from storage.models import Case, SignalRow, Timer
from tests.records import A_KEY, Company, desk_of

TOKEN = "a-token-that-nobody-guesses"
REPORT = {
    "key": "law-2027-1",
    "signal": "SIG-LAW",
    "countries": ["KE", "Uganda"],
    "products": ["beacon-hiring"],
    "customers": ["A hospital"],
    "defeats": [],
    "what": "The draft became a law.",
    "since": "2027-01-01",
    "source": "lawwatch",
}


@pytest.fixture
def settings(db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    monkeypatch.setenv("HRDD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HRDD_POLICY", str(example_policy()))
    monkeypatch.setenv("HRDD_SIGNAL_TOKEN", TOKEN)
    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    return read_settings()


@pytest.fixture
def door(settings: Settings) -> Iterator[FlaskClient]:
    services = build(settings)
    yield create_site(services, None).test_client()
    services.desk.db.dispose()


def sends(door: FlaskClient, report: Any = REPORT, token: str | None = TOKEN) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return door.post("/signals", data=json.dumps(report), headers=headers)


def rows(db: Database, model: type) -> list[Any]:
    with db.read() as session:
        return list(session.exec(select(model)).all())


def test_s20_a_report_is_saved_once_and_its_second_delivery_gets_the_same_answer(door: FlaskClient, db: Database):
    Company(desk_of(db)).opens()

    first, again = sends(door), sends(door)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json == again.json
    assert set(first.json) == {"id", "cases", "acts_at"}
    assert first.json["cases"] == 1
    (row,) = rows(db, SignalRow)
    assert (row.countries, row.source, row.by_id) == (["KE", "UG"], "lawwatch", None)
    assert f"signal:{row.id}" in {each.key for each in rows(db, Timer)}


@pytest.mark.parametrize(
    "other", [{"signal": "SIG-FINDING"}, {"countries": ["PE"]}, {"products": []}, {"since": "2027-02-01"}]
)
def test_s20_another_report_under_a_known_key_is_refused_in_one_sentence(
    door: FlaskClient, db: Database, other: dict[str, Any]
):
    sends(door)

    refused = sends(door, {**REPORT, **other})

    assert (refused.status_code, set(refused.json)) == (409, {"error"})
    assert refused.json["error"].startswith("Nothing is saved, because another report has this key already")
    assert sends(door, {**REPORT, "what": "The draft became a law, they say.", "source": "me"}).status_code == 200
    assert len(rows(db, SignalRow)) == 1


def test_s19_a_threat_under_the_key_of_something_else_is_refused_and_not_lost(door: FlaskClient, db: Database):
    sends(door)

    threat = {"key": REPORT["key"], "signal": "SIG-STAFF", "what": "A colleague was not let out of the country."}

    assert sends(door, threat).status_code == 409
    assert sends(door, {**threat, "key": "its-own"}).status_code == 202
    assert len(rows(db, Case)) == 1


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", "ünïcode"])
def test_nobody_gets_in_without_the_token(door: FlaskClient, db: Database, token: str | None):
    refused = sends(door, token=token)

    assert refused.status_code == 401
    assert rows(db, SignalRow) == []


def test_without_a_token_there_is_no_such_address(settings: Settings, db: Database):
    services = build(settings.model_copy(update={"hrdd_signal_token": None}))

    assert sends(create_site(services, None).test_client()).status_code == 404
    services.desk.db.dispose()


def test_a_token_that_could_be_guessed_is_refused_at_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HRDD_SIGNAL_TOKEN", "short")

    with pytest.raises(SettingsError, match="HRDD_SIGNAL_TOKEN must have at least 16"):
        read_settings()
    assert "nobody-guesses" not in repr(settings)
    assert isinstance(settings.hrdd_signal_token, SecretStr)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"signal": "SIG-NOSUCH"}, "signal"),
        ({"signal": None}, "signal"),
        ({"countries": ["Atlantis-XYZ"]}, "countries"),
        ({"countries": {"KE": 1}}, "countries"),
        ({"products": ["nosuch-product"]}, "products"),
        ({"customers": 7}, "customers"),
        ({"defeats": ["MIT-NOSUCH"]}, "defeats"),
        ({"what": ""}, "what"),
        ({"what": "secret-word " * 200}, "what"),
        ({"since": "2027-13-45"}, "since"),
        ({"source": "s" * 81}, "source"),
        ({"key": ""}, "key"),
        ({"key": "k" * 81}, "key"),
        ({"key": 5}, "key"),
        ({"nosuchfield": 1}, "fields"),
    ],
)
def test_a_report_that_cannot_be_used_is_refused_by_its_field_without_an_echo(
    door: FlaskClient, db: Database, changed: dict[str, Any], field: str
):
    refused = sends(door, {**REPORT, **changed})

    assert refused.status_code == 400
    assert field in refused.json["error"]
    assert len(refused.json["error"].splitlines()) == 1
    for sent in ("NOSUCH", "Atlantis", "nosuch", "secret-word", "2027-13"):
        assert sent not in refused.json["error"]
    assert rows(db, SignalRow) == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b'"text"', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_object_is_refused(door: FlaskClient, body: bytes):
    refused = door.post("/signals", data=body, headers={"Authorization": f"Bearer {TOKEN}"})

    assert refused.status_code == 400
    assert "JSON" in refused.json["error"]


def test_a_body_that_is_too_large_is_not_read(door: FlaskClient, db: Database):
    assert sends(door, {**REPORT, "what": "x" * 70_000}).status_code == 413
    assert rows(db, SignalRow) == []


def test_s19_a_machine_can_report_a_threat_and_learns_nothing_of_it(door: FlaskClient, db: Database):
    told = sends(door, {"key": "t1", "signal": "SIG-STAFF", "what": "A colleague was not let out of the country."})

    assert (told.status_code, told.json["cases"]) == (202, 0)
    (case,) = rows(db, Case)
    assert (case.sealed, case.submitter_id) == (True, "")
    assert sends(door, {"key": "t1", "signal": "SIG-STAFF", "what": "Again, a colleague was held."}).status_code == 200
    assert len(rows(db, Case)) == 1


@pytest.mark.usefixtures("settings")
def test_s20_the_command_counts_first_and_saves_then(db: Database, capsys: pytest.CaptureFixture[str]):
    Company(desk_of(db)).opens()
    given = ["signal", "SIG-LAW", "--countries", "KE,UG", "--since", "2027-01-01", "--what", "A law.", "--source", "me"]

    assert main([*given, "--preview", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 1
    assert rows(db, SignalRow) == []

    assert main([*given, "--key", "k1", "--json"]) == 0
    saved = json.loads(capsys.readouterr().out)
    assert main([*given, "--key", "k1"]) == 0
    assert "saved before" in capsys.readouterr().out
    (row,) = rows(db, SignalRow)
    assert (row.id, row.source, row.key) == (saved["id"], "me", "feed:k1")


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("more", "field"),
    [(["--key", "k", "--countries", "XX"], "countries"), ([], "key"), (["--key", "k", "--since", "x"], "since")],
)
def test_the_command_refuses_bad_input_in_one_line(
    capsys: pytest.CaptureFixture[str], db: Database, more: list[str], field: str
):
    assert main(["signal", "SIG-LAW", "--what", "A law.", *more]) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"{field}: ")
    assert len(said.splitlines()) == 1
    assert rows(db, SignalRow) == []


@pytest.mark.usefixtures("settings")
def test_a_change_that_was_planned_by_mistake_is_taken_back(db: Database, capsys: pytest.CaptureFixture[str]):
    Company(desk_of(db)).opens()
    planned = ["signal", "SIG-ELECTION", "--what", "A vote.", "--since", "2032-01-01", "--key", "vote"]
    assert main(planned) == 0

    assert main(["signal", "--cancel", "vote"]) == 0
    assert main(["signal", "--cancel", "vote"]) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[-2:] == ["It is taken back and changes nothing.", "Nothing of this key waits to act."]
    with db.read() as session:
        (row,) = session.exec(select(SignalRow)).all()
        assert row.state == "cancelled"
        assert not [clock for clock in session.exec(select(Timer)).all() if clock.kind == "signal"]


@pytest.mark.usefixtures("settings")
def test_s20_a_key_that_was_taken_back_is_refused_on_the_command_line_and_over_http(
    db: Database, door: FlaskClient, capsys: pytest.CaptureFixture[str]
):
    planned = ["signal", "SIG-ELECTION", "--what", "A vote.", "--since", "2032-01-01", "--key", "vote"]
    assert main(planned) == 0
    assert main(["signal", "--cancel", "vote"]) == 0
    capsys.readouterr()

    assert main(planned) == 2

    said = capsys.readouterr().err
    assert said.startswith("Nothing is saved, because a report with this key was taken back")
    assert len(said.splitlines()) == 1
    again = sends(door, {"key": "vote", "signal": "SIG-ELECTION", "what": "A vote.", "since": "2032-01-01"})
    assert (again.status_code, again.json["error"]) == (409, said.strip())


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("given", [["signal"], ["signal", "SIG-LAW"]])
def test_a_report_without_its_words_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*given, "--key", "k"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


SECRET = "Orsolya"


def odd_reports(signal: str, odd: str) -> Iterator[dict[str, Any]]:
    """Give a report for each field, with what no store can keep in that one."""
    for field in ("key", "what", "source", "since", "customers", "countries", "products", "defeats"):
        report = {**REPORT, "signal": signal, "key": f"{field}{ord(odd)}", "what": f"{SECRET} was held."}
        known = {"countries": "KE", "products": "beacon-hiring", "defeats": "MIT-DESIGN", "customers": "A clinic"}
        yield {**report, field: [known[field] + odd] if field in known else f"{report[field]}{odd}"}


@pytest.mark.parametrize("signal", ["SIG-LAW", "SIG-STAFF"])
def test_what_no_store_can_keep_is_left_out_of_a_report(
    door: FlaskClient, db: Database, caplog: pytest.LogCaptureFixture, signal: str
):
    caplog.set_level(logging.DEBUG)
    reports = [*odd_reports(signal, "\x00"), *odd_reports(signal, "\ud800")]

    told = [sends(door, each) for each in reports]

    assert [each.status_code for each in told] == [202] * len(reports)
    assert len(rows(db, SignalRow)) == len(reports)
    assert SECRET not in caplog.text


def test_customers_and_source_of_a_report_are_kept_without_what_no_store_can_keep(door: FlaskClient, db: Database):
    sends(door, {**REPORT, "customers": ["A\x00 clinic\ud800"], "source": "law\x00watch"})

    (row,) = rows(db, SignalRow)
    assert (row.customers, row.source) == (["a clinic"], "lawwatch")


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("GET", "", 405), ("PUT", "{}", 405), ("POST", "x" * 3_000_000, 413), ("POST", "x" * 70_000, 413)],
)
def test_every_refusal_is_json_whoever_refuses(door: FlaskClient, method: str, body: str, status: int):
    refused = door.open(
        "/signals",
        method=method,
        # Without a length, as a body in chunks comes: it is only known to be too long when it was read.
        input_stream=io.BytesIO(body.encode()),
        headers={"Authorization": f"Bearer {TOKEN}"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (refused.status_code, refused.mimetype, set(refused.json)) == (status, "application/json", {"error"})


def test_what_nobody_foresaw_is_answered_in_json_and_logged_without_a_word_of_it(
    door: FlaskClient, db: Database, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    with db.engine.begin() as connection:
        # Somebody who runs the bot took a table away, so that something fails that is not foreseen.
        connection.exec_driver_sql("DROP TABLE hr_words")

    failed = sends(door, {**REPORT, "what": SECRET, "customers": [SECRET]})

    assert failed.status_code in (500, 503)
    assert failed.mimetype == "application/json"
    assert SECRET not in caplog.text + failed.get_data(as_text=True)
    assert "Traceback" not in caplog.text
    assert rows(db, SignalRow) == []


def test_the_log_of_what_nobody_foresaw_holds_its_kind_and_place_only(
    settings: Settings, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    services = build(settings)
    broken = create_site(replace(services, desk=None, vault=None), None).test_client()  # type: ignore[arg-type]

    failed = sends(broken, {**REPORT, "what": SECRET})

    assert (failed.status_code, failed.mimetype) == (500, "application/json")
    assert "reference" in failed.json["error"]
    (line,) = [each.getMessage() for each in caplog.records if each.name == "bot.web.signals"]
    assert line.startswith("Unexpected AttributeError (reference ")
    assert SECRET not in caplog.text
    assert "Traceback" not in caplog.text
    services.desk.db.dispose()
