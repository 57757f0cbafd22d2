"""`hrdd inbox`: key files, registering, the address that is trusted, and the key that is kept offline."""

from __future__ import annotations

import base64
import http.server
import json
import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.cli import main
from bot.inbox_client import Server, harmless
from bot.inbox_keys import FOR_PASSPHRASES, InboxError, make_key, open_key
from storage import anonymous, envelopes, lead_keys
from storage.database import Database
from storage.envelopes import Pair
from storage.keystore import Keystore
from storage.models import LeadKey, table_of
from tests.blind import COMPANY, QUICK, SUNDAY, cases, keyed, opened_by, released, report, vault_on
from tests.readers import PASSPHRASE, WHO, House, notes, open_house, passphrase, people, settle, write_policy
from tests.unit.storage.concealed import db, shared
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint

__all__ = ["db", "shared"]
NEWCOMER = {"id": "sam", "name": "Sam", "person": "U0SAM"}


@pytest.fixture
def company(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Settle a company on each kind of database, and be in its folder."""
    url = db.engine.url.render_as_string(hide_password=False)
    settle(monkeypatch, tmp_path, url, write_policy(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Be on a reader's own machine, where nothing is set."""
    for name in [name for name in os.environ if name.startswith(("HRDD_", "SLACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    return shown.err


# The key file


def test_a_key_is_made_with_the_full_strength_and_its_file_is_for_its_owner_only(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with passphrase(PASSPHRASE) as fd:
        assert main(["inbox", "key", "--lead", "noor", "--passphrase-fd", str(fd)]) == 0

    shown, file = capsys.readouterr().out, alone / "hrdd-inbox-key.json"
    key, written = open_key(file, PASSPHRASE), json.loads(file.read_text())
    assert f"Public key:  {coded(key.pair.public)}" in shown
    assert f"Fingerprint: {fingerprint(key.pair.public)}" in shown
    assert (key.lead, written["kdf"]) == ("noor", str(FOR_PASSPHRASES))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert coded(key.pair.private) not in file.read_text() + shown
    assert PASSPHRASE not in file.read_text() + shown


def test_a_key_that_is_there_is_never_written_over(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = alone / "mine.json"
    make_key(file, PASSPHRASE, "", QUICK)
    before = file.read_bytes()

    assert main(["inbox", "key", "--out", str(file)]) == 2

    assert "already" in refusal(capsys)
    assert file.read_bytes() == before
    with pytest.raises(InboxError, match="already"):
        make_key(file, PASSPHRASE, "", QUICK)


def test_a_passphrase_is_asked_for_twice_without_showing_it(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([PASSPHRASE, f"{PASSPHRASE}!", "too short", "too short"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))

    assert main(["inbox", "key"]) == 2
    assert "differ" in refusal(capsys)
    assert main(["inbox", "key"]) == 2
    assert "at least 14" in refusal(capsys)
    assert list(alone.iterdir()) == []


def test_another_passphrase_or_a_changed_file_opens_nothing(alone: Path) -> None:
    file = alone / "key.json"
    make_key(file, "pässphrase of Noor", "noor", QUICK)
    good = json.loads(file.read_text())

    assert open_key(file, "pässphrase of Noor").lead == "noor"
    with pytest.raises(InboxError, match="not the passphrase"):
        open_key(file, "pässphrase of Ruth")
    other = coded(envelopes.new_pair().public)
    for changed in ({"public": other}, {"sealed": other}, {"salt": coded(bytes(16))}, {"kdf": "argon2id$m=16,t=1,p=1"}):
        file.write_text(json.dumps({**good, **changed}))
        with pytest.raises(InboxError):
            open_key(file, "pässphrase of Noor")


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", "{}", '{"kind": "hrdd inbox key"}', '{"kind": "hrdd inbox key", "kdf": "x"}', "ü"]
)
def test_a_file_that_is_no_key_is_refused_in_one_sentence(alone: Path, content: str) -> None:
    file = alone / "key.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(InboxError, match="is no key file"):
        open_key(file, PASSPHRASE)
    with pytest.raises(InboxError, match="cannot be read"):
        open_key(alone / "nosuch.json", PASSPHRASE)


def test_the_same_letters_typed_in_another_way_are_the_same_passphrase(
    alone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_key(alone / "key.json", "Jos\u00e9 sings at noon", "noor", QUICK)

    for typed in ("Jose\u0301 sings at noon", "Jos\u00e9 sings at noon"):
        with passphrase(typed) as fd:
            given = ["--key", "key.json", "--server", "https://nosuch.invalid", "--passphrase-fd", str(fd)]
            assert main(["inbox", "list", *given]) == 2
        assert "cannot be reached" in refusal(capsys)


# Registering


def test_a_reader_is_registered_once_and_replaced_only_when_that_is_said(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = envelopes.new_pair().public, envelopes.new_pair().public

    assert main(["inbox", "register", "noor", coded(one)]) == 0
    assert fingerprint(one) in capsys.readouterr().out
    assert main(["inbox", "register", "noor", coded(one)]) == 0
    assert "already" in capsys.readouterr().out
    assert main(["inbox", "register", "noor", coded(other)]) == 2
    assert "--replace" in refusal(capsys)
    assert main(["inbox", "register", "noor", coded(other), "--replace"]) == 0

    with db.read() as session:
        row = lead_keys.get(session, "noor", WHO["noor"])
        assert row is not None
        assert (row.pk, row.sealed_sk, row.generation) == (other, b"", 2)
    assert notes(db) == [("noor", "register"), ("noor", "register")]


@pytest.mark.parametrize("key", ["", "?", coded(bytes(32)), coded(bytes(31)), coded(b"\x01" + bytes(31))])
def test_what_is_no_public_key_is_not_registered(company: Path, capsys: pytest.CaptureFixture[str], key: str) -> None:
    assert main(["inbox", "register", "noor", "--", key]) == 2
    assert refusal(capsys).startswith("PUBLIC_KEY:")


def test_who_is_no_recipient_is_refused_and_told_who_is(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inbox", "register", "diego", coded(envelopes.new_pair().public)]) == 2
    assert "noor, ruth" in refusal(capsys)


def test_where_nobody_takes_concerns_nobody_is_registered(
    company: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = company / "policy.yaml"
    policy.write_text(re.sub(r"(?ms)^concerns:.*?(?=^\S)", "", policy.read_text()))

    assert main(["inbox", "register", "noor", coded(envelopes.new_pair().public)]) == 2
    assert "no part `concerns`" in refusal(capsys)


def test_a_key_with_another_fingerprint_than_the_policy_says_is_refused_and_told(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, swapped = envelopes.new_pair().public, envelopes.new_pair().public
    write_policy(company, recipients=people(noor=fingerprint(theirs).lower()))

    assert main(["inbox", "register", "noor", coded(swapped)]) == 2
    assert "another fingerprint" in refusal(capsys)
    assert main(["inbox", "register", "noor", coded(theirs)]) == 0
    assert main(["policy", "check"]) == 0
    assert "the key of" not in capsys.readouterr().out
    with db.write() as session:
        lead_keys.put(session, "noor", WHO["noor"], swapped, b"", b"", SUNDAY)
    assert main(["policy", "check"]) == 0
    assert "Advice: the key of noor is not the one whose fingerprint the policy has" in capsys.readouterr().out


def test_where_every_reader_keeps_their_own_key_the_check_says_what_closes_reports_anew(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    def advice() -> str:
        assert main(["policy", "check"]) == 0
        return capsys.readouterr().out

    assert "keeps their own key" not in advice()
    assert main(["inbox", "register", "noor", coded(envelopes.new_pair().public)]) == 0
    capsys.readouterr()
    assert "Advice: every reader of concerns keeps their own key" in (said := advice())
    assert "please set a `recovery_key`" in said
    write_policy(company, recovery_key=coded(envelopes.new_pair().public))
    assert "after each such change run `hrdd inbox recover` with two shares" in advice()
    with db.write() as session:
        lead_keys.put(session, "ruth", WHO["ruth"], envelopes.new_pair().public, b"s" * 16, b"made in Slack", SUNDAY)
    assert "keeps their own key" not in advice()


def test_a_policy_with_something_that_is_no_fingerprint_is_refused(
    company: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(company, recipients=people(noor="3F2A-11C0"))

    assert main(["policy", "check"]) == 2
    assert "is not a fingerprint" in refusal(capsys)


def test_a_policy_is_checked_without_a_database_and_makes_none(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_policy(alone, recipients=people(noor=fingerprint(b"x")))
    monkeypatch.setenv("HRDD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main(["policy", "check", str(file)]) == 0
    assert "the key of" not in capsys.readouterr().out
    monkeypatch.setenv("HRDD_DATABASE_URL", f"sqlite:///{alone / 'nosuch' / 'x.db'}")
    assert main(["policy", "check", str(file)]) == 0
    assert not (alone / "nosuch").exists()


# The server


@pytest.mark.parametrize(
    "url", ["http://hrdd.example.org", "http://127.0.0.1.example.org", "http://localhost@10.0.0.1"]
)
def test_http_to_another_machine_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(InboxError, match="not https"):
        Server(url)
    Server(url, insecure=True)


@pytest.mark.parametrize("url", ["", "hrdd.example.org", "ftp://hrdd.example.org", "file:///etc/passwd", "https://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InboxError, match="--server"):
        Server(url, insecure=True)


@pytest.mark.parametrize(
    "url", ["http://localhost:9", "http://127.0.0.1:9/", "http://[::1]:9", "https://hrdd.example.org"]
)
def test_this_machine_and_https_are_trusted(url: str) -> None:
    Server(url)


class Odd(http.server.BaseHTTPRequestHandler):
    """A server that answers whatever it is told to."""

    status, body, where = 200, b"{}", ""
    asked: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        if self.where:
            self.send_header("Location", self.where)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def odd() -> Iterator[tuple[type[Odd], str]]:
    Odd.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Odd, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"no json", "cannot be read"),
        (200, b"[]", "cannot be read"),
        (500, b"<html>", "refused (500)"),
        (429, b'{"error": "There were too many.\\n\\u001b[2J"}', "There were too many."),
        (401, b'{"error": 5}', "refused (401)"),
    ],
)
def test_whatever_the_server_answers_is_one_plain_sentence(
    odd: tuple[type[Odd], str], alone: Path, status: int, body: bytes, said: str
) -> None:
    kind, url = odd
    kind.status, kind.body, kind.where = status, body, ""
    make_key(alone / "key.json", PASSPHRASE, "noor", QUICK)

    with pytest.raises(InboxError) as refused:
        Server(url).fetch(open_key(alone / "key.json", PASSPHRASE), "noor")

    assert said in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_no_redirect_is_followed(odd: tuple[type[Odd], str], alone: Path) -> None:
    kind, url = odd
    kind.status, kind.body, kind.where = 307, b"", f"{url}/elsewhere"
    make_key(alone / "key.json", PASSPHRASE, "noor", QUICK)

    with pytest.raises(InboxError, match=r"refused \(307\)"):
        Server(url).fetch(open_key(alone / "key.json", PASSPHRASE), "noor")
    assert kind.asked == ["/inbox/challenge"]


def test_words_are_shown_so_that_they_do_nothing() -> None:
    shown = harmless("a\x1b[2Jb\x07\x9b31m \u202egnp.exe HTTP://x.org\tand https://y.org\nللسلام 👩‍🔧 \r\x00")

    assert shown == "a [2Jb  31m gnp.exe HxxP://x.org\tand hxxps://y.org\nللسلام 👩‍🔧   ".replace("HxxP", "hxxP")


# Reading what was fetched


@pytest.fixture
def house(company: Path, db: Database) -> Iterator[House]:
    found = open_house(db, company)
    yield found
    found.close()


def test_what_was_fetched_is_kept_sealed_and_read_without_the_server(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.registers("noor")
    house.receives("Diego saw the list of names.")
    (case,) = cases(house.vault)
    file = house.folder / "fetched.json"

    assert house.does(monkeypatch, "noor", "pull", "--out", str(file)) == 0
    assert "1 report is for you." in capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for word in ("Diego", case.label, "TOP-HARM", case.release_week):
        assert word not in file.read_text()
    monkeypatch.setattr(House, "url", "https://nosuch.invalid")
    assert house.does(monkeypatch, "noor", "list", "--from", str(file)) == 0
    assert house.does(monkeypatch, "noor", "read", case.label, "--from", str(file)) == 0
    assert "Diego saw the list of names." in capsys.readouterr().out
    assert house.does(monkeypatch, "noor", "pull", "--out", str(file)) == 2
    assert house.does(monkeypatch, "noor", "list", "--from", str(house.folder / "noor.json")) == 2
    assert "is no file of `hrdd inbox pull`" in capsys.readouterr().err


def test_reports_are_named_by_their_words_or_the_beginning_of_their_id(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: Database
) -> None:
    house.registers("noor")
    for text in ("The first.", "The second."):
        house.receives(text)
    with db.write() as session:
        for case in cases(house.vault):
            anonymous.change(session, case.id, label="quiet harbour")

    assert house.does(monkeypatch, "noor", "read", "Quiet", "HARBOUR") == 2
    assert "several reports of this name" in refusal(capsys)
    assert house.does(monkeypatch, "noor", "read", cases(house.vault)[0].id.hex()[:10]) == 0
    capsys.readouterr()
    assert house.does(monkeypatch, "noor", "read", "no", "such") == 2
    assert "no report of this name" in refusal(capsys)


@pytest.mark.parametrize(("words", "said"), [("  \n", "no words"), ("x" * 3001, "3000 characters")])
def test_an_answer_without_words_or_with_too_many_is_not_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    house.registers("noor")
    house.receives("The first.")
    (case,) = cases(house.vault)

    assert house.does(monkeypatch, "noor", "answer", case.label, words=words) == 2

    assert said in refusal(capsys)
    assert cases(house.vault)[0].state == "waiting"


def test_a_key_that_is_not_registered_gets_one_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_key(house.folder / "noor.json", PASSPHRASE, "noor", QUICK)

    assert house.does(monkeypatch, "noor", "list") == 2
    assert "is it registered there?" in refusal(capsys)


def test_the_reader_says_who_they_are_where_the_key_file_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: Database
) -> None:
    public = make_key(house.folder / "mine.json", PASSPHRASE, "", QUICK)
    with db.write() as session:
        lead_keys.put(session, "noor", WHO["noor"], public, b"", b"", SUNDAY)

    assert house.does(monkeypatch, "mine", "list") == 2
    assert refusal(capsys).startswith("--lead:")
    assert house.does(monkeypatch, "mine", "list", "--lead", "noor") == 0


# The key that is kept offline


def recovery(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    """Make the key that is kept offline; give its public half and the shares."""
    assert main(["inbox", "recovery"]) == 0
    shown = capsys.readouterr().out
    return re.findall(r"recovery_key: (\S+)", shown)[0], re.findall(r"Share \d:\n(\S+)", shown)


def reports_of(company: Path, db: Database, changed: dict[str, object]) -> tuple[Concerns, list[str]]:
    """Take two reports, the second without Ruth; nobody but the offline key and those of then can open them."""
    concerns = Concerns.model_validate({**COMPANY.model_dump(mode="json"), **changed})
    vault = vault_on(db, company / "data" / "keystore", company=concerns, at_once=True)
    keyed(vault)
    receipts = [
        vault.submit(report("One.")).receipt,
        vault.submit(report("Two.", excluded=frozenset({"ruth"}))).receipt,
    ]
    assert released(vault) == 2
    return concerns, receipts


def new_keys(db: Database, *leads: str) -> dict[str, Pair]:
    pairs = {lead: envelopes.new_pair() for lead in leads}
    with db.write() as session:
        for lead, pair in pairs.items():
            lead_keys.put(session, lead, WHO[lead], pair.public, b"", b"", SUNDAY)
    return pairs


def test_two_shares_open_everything_for_the_readers_of_today_and_for_nobody_who_was_left_out(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    public, shares = recovery(capsys)
    write_policy(company, recovery_key=public)
    concerns, receipts = reports_of(company, db, {"recovery_key": public})
    pairs = new_keys(db, "noor", "ruth")
    asked = iter([shares[2].lower(), shares[0]])
    monkeypatch.setattr("getpass.getpass", lambda _: next(asked))

    assert main(["inbox", "recover"]) == 0

    assert capsys.readouterr().out.startswith("2 of 2 reports opened and are closed for today's readers. What is still")
    vault = vault_on(db, company / "data" / "keystore", company=concerns, at_once=True)
    found = cases(vault)
    opens = {lead: [opened_by(vault, case, pair) is not None for case in found] for lead, pair in pairs.items()}
    assert opens["noor"] == [True, True]
    assert sorted(opens["ruth"]) == [False, True]
    with db.read() as session:
        wraps = [anonymous.wraps(session, case.id) for case in found]
    assert {len(each) for wrapped in wraps for each in wrapped} == {envelopes.WRAP_BYTES}
    assert [len(each) for each in wraps] == [8, 8]
    assert [vault.look_up(receipt).state for receipt in receipts] == ["waiting", "waiting"]
    assert notes(db) == [("recovery", "recovery")] * 2

    # It can be done again: the offline key keeps its own place.
    assert main(["inbox", "recover", "--share", shares[1], "--share", shares[0]]) == 0
    assert capsys.readouterr().out.startswith("2 of 2")


def test_where_all_readers_of_then_left_those_who_came_later_are_let_in_by_two_shares(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    public, shares = recovery(capsys)
    reports_of(company, db, {"recovery_key": public})
    groups = [{"id": "new", "name": "New", "people": [NEWCOMER]}, people()[1]]
    write_policy(company, recovery_key=public, recipients=groups)
    with db.write() as session:
        session.connection().execute(delete(table_of(LeadKey)))
    pairs = new_keys(db, "sam")

    assert main(["inbox", "recover", "--share", shares[0], "--share", shares[1]]) == 0

    assert "2 of 2" in capsys.readouterr().out
    vault = vault_on(db, company / "data" / "keystore", at_once=True)
    assert all(opened_by(vault, case, pairs["sam"]) for case in cases(vault))


def test_where_nobody_is_left_who_may_read_it_is_said_and_nothing_changes(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    public, shares = recovery(capsys)
    reports_of(company, db, {"recovery_key": public})
    write_policy(company, recovery_key=public)
    with db.write() as session:
        session.connection().execute(delete(table_of(LeadKey)))
        before = [anonymous.wraps(session, case.id) for case in anonymous.everything(session)]

    assert main(["inbox", "recover", "--share", shares[0], "--share", shares[1]]) == 0

    assert "For 2 of them nobody in the policy is left" in capsys.readouterr().out
    with db.read() as session:
        assert [anonymous.wraps(session, case.id) for case in anonymous.everything(session)] == before


def test_shares_of_another_key_open_nothing_and_that_is_said(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    public, _ = recovery(capsys)
    _, others = recovery(capsys)
    reports_of(company, db, {"recovery_key": public})
    write_policy(company, recovery_key=public)

    assert main(["inbox", "recover", "--share", others[0], "--share", others[2]]) == 0

    shown = capsys.readouterr().out
    assert shown.startswith("0 of 2 reports opened")
    assert "not of the recovery key that stands in the policy now" in shown
    assert notes(db) == []


def test_shares_that_cannot_be_used_are_refused_in_one_line(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, shares = recovery(capsys)

    for given in (["x", shares[0]], [shares[0], shares[0]], shares):
        assert main(["inbox", "recover", *(word for each in given for word in ("--share", each))]) == 2
        assert shares[0][:11] not in refusal(capsys)


def test_the_offline_key_is_kept_nowhere(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = recovery(capsys), recovery(capsys)

    assert first != second
    assert list(alone.iterdir()) == []
    assert not Keystore(alone / "data" / "keystore").folder.exists()


def test_where_no_reader_can_the_people_who_run_it_say_whose_a_new_key_is(
    company: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(company)
    pairs = new_keys(db, "noor", "ruth")
    new = envelopes.new_pair().public
    with db.write() as session:
        lead_keys.wait(session, "noor", WHO["noor"], new, b"salt", b"sealed", SUNDAY)

    assert main(["inbox", "confirm", "noor", "three words only"]) == 2
    assert refusal(capsys).startswith("FINGERPRINT:")
    assert main(["inbox", "confirm", "noor", fingerprint(pairs["noor"].public)]) == 2
    assert "No new key with this code waits" in refusal(capsys)
    assert main(["inbox", "confirm", "ruth", fingerprint(new)]) == 2
    assert "No new key with this code waits" in refusal(capsys)
    write_policy(company, recipients=people(noor=fingerprint(pairs["noor"].public)))
    assert main(["inbox", "confirm", "noor", fingerprint(new)]) == 2
    assert "another fingerprint" in refusal(capsys)
    write_policy(company)

    assert main(["inbox", "confirm", "noor", fingerprint(new).lower().replace("-", " ")]) == 0

    assert "is used from now on" in capsys.readouterr().out
    with db.read() as session:
        assert lead_keys.publics(session)[("noor", WHO["noor"])] == new
        assert not lead_keys.waiting(session)
    assert notes(db) == [("operator", "confirm_key"), ("noor", "new_key")]
