"""The `hrdd` command line: exit codes, one line for each mistake, and no start without what it needs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from bot.cli import main
from bot.manifest import PROJECT
from bot.playground.run import example_policy

FACES = {"M1": ["CHG-SENSITIVE"], "M2": ["GRP-CHILD"], "M3": ["CTX-NOCHOICE"], "M4": 3, "M5": 3, "M6": 4, "M7": 2}
LIMITED = {"M1": ["CHG-FEATURE"], "M2": ["GRP-USERS"], "M3": ["CTX-NONE"], "M4": 2, "M5": 2, "M6": 2, "M7": 2}
WORDING = {"M1": ["CHG-UI"]}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("HRDD_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HRDD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def file_with(tmp_path: Path, content: object) -> str:
    path = tmp_path / "check.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return str(path)


# assess


@pytest.mark.parametrize(("answers", "code", "level"), [(WORDING, 0, "L0"), (LIMITED, 0, "L1"), (FACES, 3, "L3")])
def test_assess_tells_a_pipeline_whether_to_go_on(tmp_path: Path, capsys, answers: dict, code: int, level: str):
    given = file_with(tmp_path, {"bank": "MA-1", "product": "p", "launch": "l", "answers": answers})

    assert main(["assess", given, "--json"]) == code

    printed = json.loads(capsys.readouterr().out)
    assert printed["level"] == level
    assert {
        "level", "level_name", "severity", "likelihood", "rules", "rule_version", "deep_form",
        "remedy_plan_required", "communication", "clocks",
    } <= set(printed)  # fmt: skip


def test_assess_takes_a_list_and_waits_for_the_worst(tmp_path: Path, capsys):
    given = file_with(tmp_path, [{"answers": WORDING}, {"answers": FACES}])

    assert main(["assess", given, "--json"]) == 3
    assert [each["level"] for each in json.loads(capsys.readouterr().out)] == ["L0", "L3"]


def test_assess_says_it_in_sentences(tmp_path: Path, capsys):
    assert main(["assess", file_with(tmp_path, {"answers": FACES})]) == 3

    assert capsys.readouterr().out.startswith("L3: ")


def test_assess_reads_standard_input(tmp_path: Path):
    given = json.dumps({"answers": WORDING}).encode()

    done = run(["assess", "-", "--json"], tmp_path, stdin=given)

    assert (done.returncode, json.loads(done.stdout)["level"]) == (0, "L0")


BAD = {
    "answers": {"answers": None},
    "answers.M1": {"answers": {**FACES, "M1": ["CHG-NOPE"]}},
    "answers.M2": {"answers": {**FACES, "M2": "GRP-CHILD"}},
    "answers.M3": {"answers": {**FACES, "M3": ["CTX-NONE", "CTX-CHILD"]}},
    "answers.M4": {"answers": {**FACES, "M4": 5}},
    "answers.M5": {"answers": {**FACES, "M5": True}},
    "answers.M6": {"answers": {name: value for name, value in FACES.items() if name != "M6"}},
    "answers.M7": {"answers": {**FACES, "M7": 2.5}},
    "answers.M8": {"answers": {**FACES, "M8": ["MIT-DESIGN"]}},
    "answers.M8.mitigations": {"answers": {**FACES, "M8": {"mitigations": [{"type": "MIT-X", "evidence": "EV1"}]}}},
    "answers.M8.evidence": {"answers": {**FACES, "M8": {"mitigations": [{"type": "MIT-DESIGN"}]}}},
    "answers.M8.gap": {"answers": {**FACES, "M8": {"gap": "SOON"}}},
    "answers.M8.note": {"answers": {**FACES, "M8": {"note": "x" * 301}}},
    "answers.M9": {"answers": {**FACES, "M9": 1}},
    "bank": {"bank": "MA-2", "answers": FACES},
    "launch": {"launch": 7, "answers": FACES},
    "note": {"note": "x" * 3001, "answers": FACES},
    "revenue": {"revenue": "a lot", "answers": FACES},
    "signals": {"signals": "SIG-LAW", "answers": FACES},
    "signals[0].id": {"signals": [{"id": "SIG-NOPE"}], "answers": FACES},
    "signals[0].date": {"signals": [{"id": "SIG-LAW", "date": "soon"}], "answers": FACES},
    "signals[0].defeats": {"signals": [{"id": "SIG-LAW", "defeats": ["x"]}], "answers": FACES},
    "checks[1].answers.M4": [{"answers": FACES}, {"answers": {**FACES, "M4": "bad"}}],
    "checks": [],
    "the file": "just a word",
    "the file:": "{ [ }",
}


@pytest.mark.parametrize("field", BAD)
def test_a_bad_check_file_is_refused_in_one_line_that_names_the_field(tmp_path: Path, capsys, field: str):
    assert main(["assess", file_with(tmp_path, BAD[field])]) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(field.removesuffix(":"))
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"null", b"\x00", b"&a [*a]", b"!!python/object:os.system {}"]
)
def test_a_file_that_is_no_check_at_all_is_refused_in_one_line(tmp_path: Path, capsys, content: bytes):
    path = tmp_path / "odd"
    path.write_bytes(content)

    assert main(["assess", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(capsys, name: str):
    assert main(["assess", name]) == 2
    assert capsys.readouterr().err.startswith("the file: cannot be read")


# policy and manifest


def test_the_example_policy_is_well(capsys):
    assert main(["policy", "check", str(example_policy())]) == 0
    assert "All is well" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"products": []}, "products"),
        ({"roles": {}}, "roles"),
        ({"fallback_channel": "general"}, "fallback_channel"),
        ({"unknown": 1}, "unknown"),
        ({"holidays": {"country": "XX"}}, "holidays"),
        ({"working_hours": {"start": "18:00", "end": "09:00"}}, "working_hours"),
        ({"company": ""}, "company"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_with_the_place(tmp_path: Path, capsys, change: dict, named: str):
    raw = yaml.safe_load(example_policy().read_text(encoding="utf-8")) | change

    assert main(["policy", "check", file_with(tmp_path, raw)]) == 2

    shown = capsys.readouterr().err
    assert named in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("content", ["", "[]", "company: [", "a: &a [*a]"])
def test_a_policy_that_is_none_is_refused_in_one_line(tmp_path: Path, capsys, content: str):
    assert main(["policy", "check", file_with(tmp_path, content)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_policy_that_is_not_there_is_named(capsys):
    assert main(["policy", "check"]) == 2
    assert "policy.yaml" in capsys.readouterr().err


def test_the_manifest_is_printed_as_it_stands(capsys):
    assert main(["manifest"]) == 0
    assert capsys.readouterr().out == (PROJECT / "app.yaml").read_text(encoding="utf-8")


def test_the_manifest_for_http_names_the_address(capsys):
    assert main(["manifest", "--http", "https://hrdd.example.org"]) == 0
    assert "https://hrdd.example.org/slack/events" in capsys.readouterr().out
    assert main(["manifest", "--http", "http://hrdd.example.org"]) == 2


# database and audit


def test_the_tables_are_made_once(capsys):
    assert main(["db", "upgrade"]) == 0
    assert "now" in capsys.readouterr().out
    assert main(["db", "upgrade"]) == 0
    assert "were up to date" in capsys.readouterr().out


def test_a_database_that_cannot_be_used_is_said_in_one_line(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "odd.db").write_bytes(b"not a database, and long enough to be looked at as one" * 100)
    monkeypatch.setenv("HRDD_DATABASE_URL", f"sqlite:///{tmp_path / 'odd.db'}")

    assert main(["db", "upgrade"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_address_of_another_kind_of_database_is_said_in_one_line(capsys, monkeypatch: pytest.MonkeyPatch):
    for address in ("mysql://x", "nonsense", "sqlite://", "postgresql://u:secret@host:port/x"):
        monkeypatch.setenv("HRDD_DATABASE_URL", address)
        assert main(["db", "upgrade"]) == 2
        shown = capsys.readouterr().err
        assert "HRDD_DATABASE_URL" in shown
        assert "secret" not in shown
        assert shown.count("\n") == 1


def test_an_upgrade_makes_the_tables_of_the_engine_too(tmp_path: Path, capsys):
    assert main(["db", "upgrade"]) == 0

    with sqlite3.connect(tmp_path / "data" / "hrdd.db") as made:
        names = {name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    made.close()
    assert {"hr_case", "hr_timer", "workflow_status", "queues"} <= names


# jobs


def promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """Make a database in which one message ended in this state."""
    from datetime import UTC, datetime

    from storage import outbox
    from storage.database import Database

    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    monkeypatch.setenv("HRDD_DATABASE_URL", url)
    database = Database.connect(url)
    database.upgrade()
    with database.write() as session:
        outbox.add(session, "case:1:card", "card", "C0OPS", due_at=datetime.now(UTC))
    database.dispose()
    with sqlite3.connect(tmp_path / "jobs.db") as changed:
        changed.execute("UPDATE hr_outbox SET state = ?, error = 'is_archived'", [state])
    changed.close()


def test_jobs_name_what_can_never_arrive_and_take_it_up_again(tmp_path: Path, monkeypatch, capsys):
    promised(tmp_path, monkeypatch, "parked")

    assert main(["jobs"]) == 0
    assert "case:1:card  dead letter, to C0OPS: is_archived" in capsys.readouterr().out
    assert main(["jobs", "--again", "case:1:card"]) == 0
    assert main(["jobs", "--again", "case:1:card"]) == 2
    capsys.readouterr()
    assert main(["jobs", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["pending"], shown["parked"], shown["given_up"]) == (1, 0, [])
    assert {"due", "waiting", "in_flight", "maybe_sent", "oldest_seconds"} <= set(shown)


def test_a_person_says_that_a_message_arrived(tmp_path: Path, monkeypatch, capsys):
    promised(tmp_path, monkeypatch, "maybe_sent")

    assert main(["jobs", "--sent", "case:1:card"]) == 0
    assert main(["jobs", "--sent", "case:1:card"]) == 2
    assert "Nothing was given up." in (main(["jobs"]), capsys.readouterr().out)[1]


def test_nobody_says_both_at_once(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "--sent", "k", "--again", "k"])

    assert ended.value.code == 2


def a_record(tmp_path: Path) -> Path:
    """Make a database with a few events in it."""
    from datetime import UTC, datetime

    from storage import events
    from storage.database import Database

    path = tmp_path / "record.db"
    database = Database.connect(f"sqlite:///{path}")
    database.upgrade()
    for number in range(3):
        with database.write() as session:
            events.append(
                session, "case:1", "case.opened", at=datetime.now(UTC), actor_id="U0AMINA", data={"n": number}
            )
    database.dispose()
    return path


def test_an_untouched_record_holds(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HRDD_DATABASE_URL", f"sqlite:///{a_record(tmp_path)}")

    assert main(["audit", "verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"streams": 1, "events": 3, "problems": []}


def test_a_record_that_was_tampered_with_is_found(capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    path = a_record(tmp_path)
    monkeypatch.setenv("HRDD_DATABASE_URL", f"sqlite:///{path}")
    with sqlite3.connect(path) as tampering:
        for (name,) in tampering.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            tampering.execute(f"DROP TRIGGER {name}")
        tampering.execute("UPDATE hr_event SET data = '{\"n\":7}' WHERE seq = 2")
    tampering.close()

    assert main(["audit", "verify"]) == 1
    assert "case:1: event 2 was changed after it was written" in capsys.readouterr().out


# starting


def run(
    words: list[str], folder: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess:
    """Run the command line as people do, in another folder."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "HRDD_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-P", "-m", "bot", *words]
    return subprocess.run(
        command, cwd=folder, env=kept | dict(env or {}), input=stdin, capture_output=True, timeout=60, check=False
    )


POLICY = {"HRDD_POLICY": str(example_policy())}
TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "policy.yaml"),
        (POLICY, "SLACK_BOT_TOKEN"),
        (POLICY | TOKEN, "SLACK_SIGNING_SECRET"),
        (POLICY | TOKEN | {"HRDD_PORT": "seven"}, "HRDD_PORT"),
        (POLICY | TOKEN | {"HRDD_PORT": "70000"}, "HRDD_PORT"),
        (POLICY | TOKEN | {"HRDD_THREADS": "1"}, "HRDD_THREADS"),
        (POLICY | TOKEN | {"HRDD_SLACK_TIMEOUT": "0"}, "HRDD_SLACK_TIMEOUT"),
        (POLICY | TOKEN | {"HRDD_LEASE_SECONDS": "17"}, "HRDD_LEASE_SECONDS"),
        (POLICY | TOKEN | {"HRDD_CHANNEL_SECONDS": "-1"}, "HRDD_CHANNEL_SECONDS"),
        (POLICY | TOKEN | {"HRDD_POLL_SECONDS": "0"}, "HRDD_POLL_SECONDS"),
        (POLICY | TOKEN | {"SLACK_API_URL": "slack.com"}, "SLACK_API_URL"),
        (POLICY | TOKEN | {"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_API_URL"),
        (POLICY | TOKEN | {"HRDD_DATABASE_URL": "mysql://x"}, "HRDD_DATABASE_URL"),
    ],
)
def test_it_does_not_start_without_what_it_needs_and_names_the_variable(tmp_path: Path, environment: dict, named: str):
    done = run(["run"], tmp_path, environment)

    shown = done.stderr.decode()
    assert done.returncode == 2, shown
    assert named in shown
    assert "Traceback" not in shown
    assert "xoxb-1" not in shown


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_the_playground_does_not_start_beside_the_tokens_of_a_real_workspace(capsys, monkeypatch, name: str):
    monkeypatch.setenv(name, "xoxb-real")

    assert main(["playground", "--port", "0"]) == 2

    shown = capsys.readouterr().err
    assert name in shown
    assert "xoxb-real" not in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("port", ["70000", "-1", "x", "٣"])
def test_a_port_that_is_none_is_refused(capsys, port: str):
    with pytest.raises(SystemExit) as ended:
        main(["playground", f"--port={port}"])

    assert ended.value.code == 2


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["db"], ["db", "downgrade"], ["assess"]])
def test_a_command_that_is_none_ends_with_two(capsys, words: list[str]):
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2


# processes


def started(words: list[str], folder: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command that runs until it is told to stop."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "HRDD_DATA_DIR": str(folder / "data"), "HRDD_PORT": "0"}
    command = [sys.executable, "-P", "-m", "bot", *words]
    return subprocess.Popen(
        command, cwd=folder, env=kept | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_worker_shows_its_health_and_its_counts_and_ends_when_told_to(tmp_path: Path):
    worker = started(["worker", "--port", "0"], tmp_path, POLICY | TOKEN)
    try:
        assert worker.stdout is not None
        ready = worker.stdout.readline()
        assert ready.startswith("hrdd worker is ready; http://127.0.0.1:"), ready
        address = ready.split("; ")[1].strip().removesuffix(".")
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert json.load(answer)["sweep"] == "ok"
        with urllib.request.urlopen(address.replace("healthz", "metrics"), timeout=10) as answer:
            assert b"hrdd_sweep_seconds" in answer.read()
        worker.terminate()
        _, said = worker.communicate(timeout=20)
        assert worker.returncode == 0, said
        assert "Traceback" not in said
    finally:
        worker.kill()
        worker.communicate()


def test_a_bot_without_a_worker_does_not_even_load_the_engine(tmp_path: Path):
    script = """
import sys, threading
from bot import cli
cli._until_told_to_stop = lambda: print("dbos" in sys.modules, flush=True)
sys.exit(cli.main(["run", "--no-worker"]))
"""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HRDD_DATA_DIR": str(tmp_path), "HRDD_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment | POLICY | TOKEN | {"SLACK_SIGNING_SECRET": "x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"


def test_zone_data_is_there_on_a_machine_that_has_none_of_its_own():
    """Working hours need zones; slim images bring no zone data, so a package of ours does."""
    script = "import zoneinfo; zoneinfo.reset_tzpath(to=[]); print(zoneinfo.ZoneInfo('Africa/Lagos'))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout == "Africa/Lagos\n", done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["policy", "check", "nowhere.yaml"], "There is no policy file"),
        (["playground"], "install hrdd-bot[playground]"),
    ],
)
def test_without_the_extra_for_the_playground_everything_else_works(arguments: list[str], said: str):
    program = f"import sys; sys.modules['websockets'] = None; from bot.cli import main; sys.exit(main({arguments!r}))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
