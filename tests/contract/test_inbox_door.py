"""The inbox for readers with keys of their own: real HTTP, real keys; only what is sealed comes and goes (T10, T13)."""

from __future__ import annotations

import base64
import json
import logging
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.inbox_client import Server, opened
from bot.inbox_keys import ReaderKey, open_key
from bot.process import prepare_vault
from bot.services import build
from bot.settings import read_settings
from bot.web import inbox as web
from bot.web.server import create_site
from storage import anonymous, envelopes, lead_keys
from storage.database import Database
from storage.envelopes import CannotOpen
from tests.blind import BERLIN, answers, cases
from tests.readers import PASSPHRASE, WHO, House, empty, notes, open_house, people, settle, write_policy
from tests.unit.storage.concealed import shared
from workflows import parcels
from workflows.clock import utcnow
from workflows.inbox_door import CHALLENGE, CHALLENGE_SECONDS, SESSION_SECONDS, SESSIONS_MOST, InboxDoor, NoEntry
from workflows.parcels import BUNDLE_LEAST, MESSAGE_BYTES, Parcel
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint

__all__ = ["shared"]
SECRET = "Amina heard them say that the camera must go"


@pytest.fixture(scope="module")
def home(shared: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Open one house for each kind of database; to build one takes longer than most of these tests."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        url = shared.engine.url.render_as_string(hide_password=False)
        settle(patch, folder, url, write_policy(folder))
        patch.setattr(web, "ASKED_A_MINUTE", 10_000)
        found = open_house(shared, folder)
        yield found
        found.close()


@pytest.fixture
def house(home: House, tmp_path: Path) -> House:
    empty(home, tmp_path)
    return home


@pytest.fixture
def db(home: House) -> Database:
    return home.vault.db


def key_of(house: House, lead: str) -> ReaderKey:
    return open_key(house.folder / f"{lead}.json", PASSPHRASE)


def posts(house: House, path: str, body: Any, method: str = "POST") -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(f"{house.url}/inbox/{path}", data, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def enters(house: House, lead: str, key: ReaderKey | None = None) -> str:
    """Come in as a reader; give the token."""
    private = (key or key_of(house, lead)).pair.private
    asked = posts(house, "challenge", {"lead": lead})[1]
    answer = envelopes.unseal(base64.b64decode(asked["sealed"]), private, CHALLENGE + lead.encode())
    given = {"lead": lead, "stamp": asked["stamp"], "answer": base64.b64encode(answer).decode()}
    return str(posts(house, "session", given)[1]["token"])


def fetched(house: House, lead: str) -> list[dict[str, Any]]:
    return list(posts(house, "reports", {"token": enters(house, lead)})[1]["reports"])


def a_good_answer(house: House, lead: str) -> dict[str, Any]:
    """Give an answer to the only report that a reader can open, as it is sent."""
    key = key_of(house, lead)
    token = enters(house, lead, key)
    listed = posts(house, "reports", {"token": token})[1]["reports"]
    (report,) = filter(None, (parcels.opened(parcel_of(each), key.pair.private) for each in listed))
    given = {"token": token, "id": report.id.hex(), "ticket": report.contents.ticket, "seq": report.contents.seq}
    blob = sealed("We look into it.", report.id, report.pair.public, report.contents.seq)
    return {**given, "about": "", "blob": blob}


def sealed(text: str, case_id: bytes, public: bytes, seq: int) -> str:
    blob = envelopes.seal_text(json.dumps({"t": text}), public, envelopes.message_info(case_id, "L", seq))
    return base64.b64encode(blob).decode()


def parcel_of(listed: dict[str, Any]) -> Parcel:
    wraps = tuple(base64.b64decode(each) for each in listed["wraps"])
    return Parcel(bytes.fromhex(listed["id"]), wraps, base64.b64decode(listed["bundle"]))


# Reading and answering


def test_a_reader_lists_reads_answers_and_closes_on_their_own_machine(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: Database
) -> None:
    house.registers("noor")
    receipt = house.receives(f"{SECRET}. See https://example.org \x1b[2J")
    (case,) = cases(house.vault)

    assert house.does(monkeypatch, "noor", "list") == 0
    assert case.label in capsys.readouterr().out
    assert house.does(monkeypatch, "noor", "acknowledge", *case.label.split()) == 0
    assert house.does(monkeypatch, "noor", "answer", case.label, "--feedback", words="Diego removed it.\n") == 0
    assert house.does(monkeypatch, "noor", "read", case.id.hex()[:8]) == 0
    shown = capsys.readouterr().out
    assert house.does(monkeypatch, "noor", "close", case.label.upper(), words="Thank you.") == 0

    assert SECRET in shown
    assert "hxxps://example.org" in shown
    assert "\x1b" not in shown
    assert shown.index("The reporter:") < shown.index("A reader, on what was done:\nDiego removed it.")
    visit = house.vault.look_up(receipt)
    assert (visit.state, visit.answers) == ("closed", ("Diego removed it.", "Thank you."))
    (case,) = cases(house.vault)
    assert (case.released_on, bool(case.closed_month)) == (None, True)
    done = [action for lead, action in notes(db) if lead == "noor" and action not in ("enter", "pull")]
    assert done == ["acknowledge", "feedback", "close"]


def test_nothing_that_crosses_the_wire_says_what_a_report_is_about(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.registers("noor")
    house.receives(SECRET, topic="TOP-RETALIATION", site=None)
    (case,) = cases(house.vault)
    wire: list[bytes] = []
    post = Server._post

    def heard(self: Server, path: str, body: Any) -> dict[str, Any]:
        found = post(self, path, body)
        wire.extend(json.dumps(each).encode() for each in (dict(body), found))
        return found

    monkeypatch.setattr(Server, "_post", heard)
    assert house.does(monkeypatch, "noor", "answer", case.label, words="Noor heard you.") == 0

    raw = b"".join(wire)
    assert len(wire) == 8
    for word in (SECRET, "Noor heard", case.label, "RETALIATION", case.release_week, PASSPHRASE):
        assert word.encode() not in raw
        assert base64.b64encode(word.encode())[:-4] not in raw
    assert SECRET not in caplog.text
    assert case.label not in caplog.text


def test_words_of_any_script_and_length_are_read_as_they_were_written(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.registers("noor")
    for letter in "中ማ😀":
        house.receives(letter * 3000)

    labels = [case.label for case in cases(house.vault)]
    for label in labels:
        assert house.does(monkeypatch, "noor", "read", label) == 0

    shown = capsys.readouterr().out
    assert [shown.count(letter) for letter in "中ማ😀"] == [3000] * 3


def test_a_long_dialogue_has_a_larger_bundle_and_opens_whole(house: House) -> None:
    house.registers("noor")
    house.receives(SECRET)
    for number in range(9):
        answers(house.vault, cases(house.vault)[0], f"answer {number}")

    (report,) = opened(Server(house.url).fetch(key_of(house, "noor"), "noor"), key_of(house, "noor"))

    assert len(report.letters) == 10
    sizes = {len(base64.b64decode(each["bundle"])) for each in fetched(house, "noor")}
    assert sizes == {BUNDLE_LEAST + 49, 2 * BUNDLE_LEAST + 49}


def test_a_site_where_few_people_work_by_now_is_given_as_the_one_above_it_or_as_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.registers("noor")
    key = key_of(house, "noor")

    def works(berlin: int, gate: int) -> None:
        sites = [
            {"id": "berlin", "name": "Berlin", "staff": berlin},
            {"id": "gate", "name": "Gate", "staff": gate, "parent": "berlin"},
        ]
        company = Concerns.model_validate({**house.vault.concerns.model_dump(exclude_none=True), "sites": sites})
        monkeypatch.setattr(house.vault, "concerns", company)

    def site() -> str:
        (report,) = opened(Server(house.url).fetch(key, "noor"), key)
        return report.parcel.contents.site

    works(200, 100)
    house.receives(SECRET, site="gate")
    assert site() == "gate"
    works(200, 2)
    assert site() == "berlin"
    works(2, 2)
    assert site() == ""


# Who cannot read


def test_who_was_left_out_opens_nothing_and_cannot_tell_a_report_from_what_is_none(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.registers("noor")
    house.registers("ruth")
    before = fetched(house, "ruth")

    house.receives(SECRET, leader=True, topic="TOP-RETALIATION", excluded=frozenset({"ruth"}))

    (case,) = cases(house.vault)
    after = fetched(house, "ruth")
    assert house.does(monkeypatch, "ruth", "list") == 0
    assert capsys.readouterr().out == "No report is for you.\n"
    assert len(before) > 3, "there is always something that she cannot open"
    assert {each["id"] for each in after} - {each["id"] for each in before} == {case.id.hex()}
    shapes = {
        (len(each["id"]), *(len(base64.b64decode(wrap)) for wrap in each["wraps"]), tuple(each)) for each in after
    }
    assert len(shapes) == 1, "a report and what is none look alike"
    for wrap in (base64.b64decode(wrap) for each in after for wrap in each["wraps"]):
        assert wrap[:1] == b"\x01"
        assert envelopes.is_public_key(wrap[1:33])
        with pytest.raises(CannotOpen):
            envelopes.unseal_wrap(wrap, key_of(house, "ruth").pair.private, case.id)
    # Decoys have the bundles of reports, of which none shows through.
    assert {len(base64.b64decode(each["bundle"])) for each in after} <= {BUNDLE_LEAST + 49, 2 * BUNDLE_LEAST + 49}
    assert case.id.hex() in {each["id"] for each in fetched(house, "noor")}


def test_who_has_not_opened_a_report_can_write_to_none_and_learns_nothing_by_trying(house: House, db: Database) -> None:
    house.registers("noor")
    house.registers("ruth")
    house.receives(SECRET, excluded=frozenset({"ruth"}))
    (case,) = cases(house.vault)
    token = enters(house, "ruth")
    decoy = next(each["id"] for each in fetched(house, "ruth") if each["id"] != case.id.hex())
    blob = sealed("Be silent.", case.id, case.case_pk, 1)

    tried = [
        posts(house, "answer", {"token": token, "id": each, "ticket": "0" * 64, "seq": 1, "about": "", "blob": blob})
        for each in (case.id.hex(), decoy, os.urandom(16).hex())
    ]

    assert tried[0] == tried[1] == tried[2]
    assert tried[0][0] == 404
    with db.read() as session:
        assert anonymous.last_seq(session, case.id, "L") == 0
    assert ("ruth", "answer") not in notes(db)


def test_a_ticket_is_worth_nothing_in_another_session(house: House) -> None:
    house.registers("noor")
    house.receives(SECRET)
    other = enters(house, "noor")

    good = a_good_answer(house, "noor")

    assert posts(house, "answer", {**good, "token": other})[0] == 404
    assert posts(house, "answer", good)[0] == 200


def test_another_group_is_shown_a_report_where_nobody_answered_or_a_leader_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: Database
) -> None:
    house.registers("noor")
    house.registers("ruth")
    house.receives(SECRET)
    (case,) = cases(house.vault)

    house.does(monkeypatch, "ruth", "list")
    assert capsys.readouterr().out == "No report is for you.\n"
    with db.write() as session:
        anonymous.change(session, case.id, silent=1)
    house.does(monkeypatch, "ruth", "list")
    assert case.label in capsys.readouterr().out


# Coming in


def test_somebody_unknown_is_given_a_challenge_that_looks_like_any_other_and_opens_for_nobody(house: House) -> None:
    house.registers("noor")
    with house.vault.db.write() as session:
        lead_keys.put(session, "ruth", WHO["ruth"], envelopes.new_pair().public, b"s", b"sealed here", utcnow())

    known, in_slack, unknown = (posts(house, "challenge", {"lead": each}) for each in ("noor", "ruth", "nobody"))

    assert [{name: len(value) for name, value in each[1].items()} for each in (known, in_slack, unknown)] == [
        {"sealed": 108, "stamp": 56}
    ] * 3
    assert (known[0], in_slack[0], unknown[0]) == (200, 200, 200)
    guess = base64.b64encode(bytes(32)).decode()
    for lead, given in (("noor", known), ("ruth", in_slack), ("nobody", unknown)):
        refused = posts(house, "session", {"lead": lead, "stamp": given[1]["stamp"], "answer": guess})
        assert refused == (401, {"error": "This needs a key that is registered here: please unlock again."})


def test_an_answer_to_a_challenge_counts_for_its_reader_only(house: House) -> None:
    house.registers("noor")
    house.registers("ruth")
    asked = posts(house, "challenge", {"lead": "noor"})[1]
    private = key_of(house, "noor").pair.private
    right = envelopes.unseal(base64.b64decode(asked["sealed"]), private, CHALLENGE + b"noor")
    given = {"stamp": asked["stamp"], "answer": base64.b64encode(right).decode()}

    assert posts(house, "session", {**given, "lead": "ruth"})[0] == 401
    assert posts(house, "session", {**given, "lead": "noor", "stamp": given["stamp"][:-8] + "AAAAAAAA"})[0] == 401
    assert posts(house, "session", {**given, "lead": "noor"})[0] == 200


@pytest.fixture
def seconds() -> list[float]:
    return [1000.0]


@pytest.fixture
def quick_door(house: House, seconds: list[float]) -> InboxDoor:
    house.registers("noor")
    return InboxDoor(house.vault, BERLIN, lambda: seconds[0])


def comes_in(door: InboxDoor, house: House, seconds: list[float], later: float = 0.0) -> str:
    asked = door.challenge("noor")
    answer = envelopes.unseal(asked.sealed, key_of(house, "noor").pair.private, CHALLENGE + b"noor")
    seconds[0] += later
    return door.enter("noor", asked.stamp, answer, utcnow()).token


def test_a_challenge_and_a_session_end_by_themselves(quick_door: InboxDoor, house: House, seconds: list[float]) -> None:
    with pytest.raises(NoEntry):
        comes_in(quick_door, house, seconds, CHALLENGE_SECONDS + 1)
    token = comes_in(quick_door, house, seconds, CHALLENGE_SECONDS - 1)

    seconds[0] += SESSION_SECONDS - 1
    assert quick_door.reports(token, utcnow())
    seconds[0] += 2
    with pytest.raises(NoEntry):
        quick_door.reports(token, utcnow())


def test_a_session_ends_when_its_key_is_replaced_or_its_reader_leaves(
    quick_door: InboxDoor, house: House, seconds: list[float], db: Database
) -> None:
    token = comes_in(quick_door, house, seconds)
    assert quick_door.reports(token, utcnow())

    with db.write() as session:
        lead_keys.put(session, "noor", WHO["noor"], envelopes.new_pair().public, b"", b"", utcnow())

    with pytest.raises(NoEntry):
        quick_door.reports(token, utcnow())


def test_many_sessions_push_out_the_oldest_and_no_more(
    quick_door: InboxDoor, house: House, seconds: list[float]
) -> None:
    first = comes_in(quick_door, house, seconds)
    entered = quick_door._entered
    whose = next(iter(entered.values()))
    entered |= {os.urandom(32): whose for _ in range(SESSIONS_MOST - 1)}

    second = comes_in(quick_door, house, seconds)

    assert len(quick_door._entered) == SESSIONS_MOST
    with pytest.raises(NoEntry):
        quick_door.reports(first, utcnow())
    assert quick_door.reports(second, utcnow())


def test_decoys_are_the_same_at_every_look_and_in_every_process(house: House) -> None:
    house.registers("noor")
    seen = []
    for _ in range(2):
        door, moment = InboxDoor(house.vault, BERLIN, lambda: 0.0), [0.0]
        listed = door.reports(comes_in(door, house, moment), utcnow())
        seen.append([(each.id, each.wraps) for each in listed])

    assert seen[0] == seen[1]
    assert len(seen[0]) > 3


# Answers


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"seq": 7}, 409),
    ({"seq": -1}, 400),
    ({"seq": True}, 400),
    ({"seq": 2**40}, 400),
    ({"about": "praise"}, 400),
    ({"about": ["ack"]}, 400),
    ({"blob": ""}, 400),
    ({"blob": "?"}, 400),
    ({"blob": base64.b64encode(b"plain words").decode()}, 404),
    ({"blob": base64.b64encode(b"\x02" * MESSAGE_BYTES).decode()}, 404),
    ({"id": "zz"}, 400),
    ({"id": "00" * 16}, 404),
    ({"ticket": ""}, 400),
    ({"ticket": "ü"}, 400),
    ({"token": "00" * 32}, 401),
]


def test_an_answer_that_does_not_fit_is_refused_in_one_sentence_and_nothing_is_kept(house: House, db: Database) -> None:
    house.registers("noor")
    house.receives(SECRET)

    good = a_good_answer(house, "noor")
    for changed, status in WRONG:
        found = posts(house, "answer", {**good, **changed})
        assert (found[0], set(found[1]), len(found[1]["error"].splitlines())) == (status, {"error"}, 1), changed

    (case,) = cases(house.vault)
    with db.read() as session:
        assert anonymous.last_seq(session, case.id, "L") == 0
    assert case.state == "waiting"


def test_an_answer_that_comes_twice_is_kept_once_and_one_that_comes_late_is_refused(house: House, db: Database) -> None:
    house.registers("noor")
    house.receives(SECRET)
    good = a_good_answer(house, "noor")
    (case,) = cases(house.vault)

    again = [posts(house, "answer", good) for _ in range(2)]
    late = posts(house, "answer", {**good, "blob": sealed("Another.", case.id, case.case_pk, 1)})

    assert again == [(200, {"state": "acknowledged"})] * 2
    assert late[0] == 409
    with db.read() as session:
        assert len(anonymous.messages(session, case.id, "L")) == 1


def test_a_report_that_its_reporter_took_back_takes_no_answer(house: House, db: Database) -> None:
    house.registers("noor")
    house.receives(SECRET)
    (case,) = cases(house.vault)
    with db.write() as session:
        anonymous.change(session, case.id, state="retracted")

    assert posts(house, "answer", a_good_answer(house, "noor"))[0] == 409


# Bad input


BODIES = [b"", b"no json", b"[1]", b"{}", b'{"lead": 5, "token": 5}', b"[" * 5000, b"\xff\xfe"]


@pytest.mark.parametrize("path", ["challenge", "session", "reports", "answer"])
def test_a_body_that_cannot_be_used_is_refused_in_one_sentence(house: House, path: str) -> None:
    for body in BODIES:
        status, said = posts(house, path, body)

        assert (status, set(said), len(said["error"].splitlines())) == (400, {"error"}, 1)


def test_other_methods_and_bodies_without_end_are_refused_in_json(house: House) -> None:
    assert posts(house, "reports", b"{}", "PUT")[0] == 405
    assert posts(house, "challenge", b"x" * 70_000)[0] == 413
    assert "error" in posts(house, "nosuch", b"{}")[1]
    beyond = create_site(house.services, None).test_client().post("/inbox/challenge", data=b"x" * 3_000_000)
    assert (beyond.status_code, beyond.mimetype) == (413, "application/json")


def test_too_much_in_a_minute_is_refused_and_does_not_shut_out_who_is_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "ASKED_A_MINUTE", 5)
    monkeypatch.setattr(web, "steady", lambda: 60.0)
    site = create_site(house.services, None).test_client()

    codes = [site.post("/inbox/challenge", json={"lead": "noor"}).status_code for _ in range(7)]

    assert codes == [200] * 5 + [429] * 2
    assert site.post("/inbox/reports", json={"token": "x"}).status_code == 401


def test_the_next_minute_has_room_again() -> None:
    seconds = [59.0]
    rate = web.Rate(1, lambda: seconds[0])
    rate.take()
    with pytest.raises(web.TooMany):
        rate.take()

    seconds[0] = 60.0
    rate.take()


def test_without_concerns_in_the_policy_there_is_no_such_address(house: House) -> None:
    site = create_site(replace(house.services, vault=None), None).test_client()

    assert site.post("/inbox/challenge", json={"lead": "noor"}).status_code == 404


# Pinned keys


def test_a_key_that_somebody_put_into_the_database_opens_nothing_where_the_policy_knows_another(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = house.vault.db
    theirs, ruths, swapped = (envelopes.new_pair() for _ in range(3))
    pins = people(noor=fingerprint(theirs.public), ruth=fingerprint(ruths.public))
    url = db.engine.url.render_as_string(hide_password=False)
    settle(monkeypatch, tmp_path, url, write_policy(tmp_path, recipients=pins))
    # The same database begins with no other folder of keys than its own.
    shutil.copytree(house.vault.keystore.folder, tmp_path / "data" / "keystore", dirs_exist_ok=True)
    pinned = open_house(db, tmp_path)
    with db.write() as session:
        lead_keys.put(session, "noor", WHO["noor"], swapped.public, b"", b"", utcnow())
        lead_keys.put(session, "ruth", WHO["ruth"], ruths.public, b"", b"", utcnow())

    assert not pinned.vault.offers()
    pinned.receives(SECRET)
    (case,) = cases(pinned.vault)
    shred_key = pinned.vault.keystore.key(case.id.hex()) or b""
    with db.read() as session:
        wraps = anonymous.wraps(session, case.id)
    opens = []
    for pair in (theirs, ruths, swapped):
        for each in wraps:
            try:
                opens.append(bool(envelopes.unwrap(each, pair.private, case.id, shred_key)) and pair)
            except CannotOpen:
                continue
    assert opens == [ruths]
    with pytest.raises(CannotOpen):
        enters(pinned, "noor", ReaderKey("noor", swapped))
    prepare_vault(pinned.services)
    assert "1 keys of readers are not used" in caplog.text
    pinned.close()


def test_the_services_of_a_real_company_have_the_inbox(house: House) -> None:
    services = build(read_settings())

    asked = create_site(services, None).test_client().post("/inbox/challenge", json={"lead": "noor"})

    assert asked.status_code == 200
    services.desk.db.dispose()
