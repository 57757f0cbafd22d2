"""A reader who forgot their passphrase gets in again; whoever took over their account in Slack does not."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlmodel import select

from storage import envelopes, lead_keys
from storage.database import Database
from storage.envelopes import Pair
from storage.models import Outbox
from tests.blind import cases
from tests.inbox import GROUPS, Readers, actions, concerns, opens, refused, with_person
from tests.records import DIEGO, NOOR, RUTH, SAM
from workflows.rules.fingerprints import fingerprint


@pytest.fixture
def readers(db: Database, tmp_path: Path) -> Readers:
    found = Readers(db, tmp_path / "keys")
    found.set_up(NOOR, RUTH, SAM)
    return found


def codes(readers: Readers, by: str = RUTH) -> dict[str, str]:
    """Give the codes that a reader sees of other readers' new keys, by whose they are."""
    return {each.lead: each.fingerprint for each in readers.inbox.listing(by, readers.now).waiting}


def confirms(readers: Readers, lead: str, code: str, by: str = RUTH, **more: str) -> None:
    readers.inbox.keys.confirm(by, lead, code, more.get("typed", readers.passphrases.get(by, "")), readers.now)


def told(readers: Readers) -> list[tuple[str, str, str]]:
    """Give who was told what of whose key, by kind, recipient and whose it is."""
    with readers.db.read() as session:
        rows = session.exec(select(Outbox).order_by("id")).all()
    return [(row.kind, row.lane, row.data["of"]) for row in rows if row.kind.startswith("key_")]


def test_who_forgot_their_passphrase_reads_everything_once_another_reader_has_compared_a_code(
    readers: Readers,
) -> None:
    readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    passphrase, made = readers.asks(NOOR)
    readers.sends("Meanwhile", leader=True, topic="TOP-RETALIATION")
    assert made.waits
    assert readers.unlock(RUTH, SAM) == 0
    assert codes(readers) == {"noor": made.fingerprint}

    confirms(readers, "noor", made.fingerprint)
    assert readers.inbox.renew(RUTH, readers.now) == 2

    readers.passphrases[NOOR] = passphrase
    readers.unlock(NOOR)
    assert len(readers.lines(NOOR)) == 2
    assert readers.unlock(RUTH, SAM, NOOR) == 0
    assert codes(readers) == {}
    keys = [each for each in actions(readers) if each[1] in ("ask_key", "confirm_key", "new_key")]
    assert keys[-3:] == [("noor", "ask_key"), ("ruth", "confirm_key"), ("noor", "new_key")]


def test_whoever_takes_over_an_account_reads_neither_what_was_sent_before_nor_after(readers: Readers) -> None:
    readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    theirs, made = readers.asks(NOOR)
    readers.sends("After", leader=True, topic="TOP-RETALIATION")
    readers.unlock(RUTH, SAM)

    assert readers.inbox.keys.unlock(NOOR, theirs, readers.now).code == made.fingerprint, "its code, and nothing else"
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked"
    private = private_of(readers, theirs)
    assert [opens(readers, case.id, private) for case in cases(readers.vault)] == [False, False]

    # She still has her passphrase: everything opens, and what was asked for in her name is gone.
    assert readers.inbox.keys.unlock(NOOR, readers.passphrases[NOOR], readers.now).asked == readers.now
    assert len(readers.lines(NOOR)) == 2
    assert readers.inbox.keys.unlock(NOOR, readers.passphrases[NOOR], readers.now).asked is None
    assert readers.inbox.keys.asked_at(NOOR) is None
    assert ("noor", "key_not_needed") in actions(readers)
    assert told(readers)[-3:] == [("key_dropped", who, NOOR) for who in (NOOR, RUTH, SAM)]


def private_of(readers: Readers, passphrase: str) -> bytes:
    """Give the private half of the key that waits, as whoever made it can work it out."""
    with readers.db.read() as session:
        (row,) = lead_keys.waiting(session)
    label, _, closed = bytes(row.sealed_sk).partition(b"|")
    key = envelopes.parse_kdf(label.decode()).stretch(passphrase.encode(), bytes(row.salt))
    return envelopes.pair_of(envelopes.unbox(closed, key, b"hrdd/v1/lead|noor|" + label)).private


def test_nobody_is_shown_the_code_of_a_key_whose_passphrase_they_do_not_know(readers: Readers) -> None:
    hers, first = readers.asks(NOOR)
    theirs, second = readers.asks(NOOR)

    assert refused(lambda: readers.inbox.keys.unlock(NOOR, hers, readers.now)) == "inbox_wrong_waits"
    assert readers.inbox.keys.unlock(NOOR, theirs, readers.now).code == second.fingerprint
    readers.unlock(RUTH)
    assert codes(readers) == {"noor": second.fingerprint}
    assert first.fingerprint not in codes(readers).values(), "so what Noor wrote down is not what Ruth sees"


def test_the_first_key_of_all_is_used_at_once_and_every_other_one_waits(db: Database, tmp_path: Path) -> None:
    company = Readers(db, tmp_path / "keys")
    noors, first = company.asks(NOOR)
    rutherfords, second = company.asks(RUTH)
    company.passphrases = {NOOR: noors, RUTH: rutherfords}

    assert (first.waits, second.waits) == (False, True)
    assert not company.vault.offers(), "one group alone"
    company.unlock(NOOR)
    confirms(company, "board" if "board" in codes(company, NOOR) else "ruth", second.fingerprint, by=NOOR)
    assert company.vault.offers()
    company.unlock(RUTH)
    assert told(company) == [
        *(("key_waits", who, RUTH) for who in (NOOR, RUTH)),
        *(("key_used", who, RUTH) for who in (NOOR, RUTH)),
    ]


def test_two_accounts_are_not_enough_either(readers: Readers) -> None:
    readers.begins(concerns(*GROUPS, {"id": "four", "name": "Four", "people": [PERSON]}))
    readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    theirs, _ = readers.asks(DIEGO)
    noors, wanted = readers.asks(NOOR)
    readers.passphrases[DIEGO] = theirs

    assert refused(lambda: confirms(readers, "noor", wanted.fingerprint, by=DIEGO)) == "inbox_wrong"
    assert refused(lambda: confirms(readers, "diego", wanted.fingerprint, by=NOOR, typed=noors)) == "inbox_wrong"
    assert readers.unlock(RUTH) == 0


PERSON = {"id": "diego", "name": "Diego", "person": DIEGO}


def test_a_new_key_is_confirmed_by_another_reader_with_their_passphrase_and_for_the_code_that_was_compared(
    readers: Readers,
) -> None:
    readers.unlock(NOOR, RUTH)
    _, made = readers.asks(NOOR)
    code = made.fingerprint

    assert refused(lambda: confirms(readers, "noor", code, by=NOOR)) == "inbox_own_word"
    assert refused(lambda: confirms(readers, "noor", code, typed=readers.passphrases[SAM])) == "inbox_wrong"
    assert refused(lambda: confirms(readers, "noor", code, typed="")) == "inbox_wrong"
    assert refused(lambda: confirms(readers, "noor", code, by=DIEGO, typed="x")) == "inbox_not_yours"
    assert refused(lambda: confirms(readers, "sam", code)) == "inbox_no_waiting"
    # Another one was asked for after they had compared.
    _, again = readers.asks(NOOR)
    assert refused(lambda: confirms(readers, "noor", code)) == "inbox_no_waiting"
    confirms(readers, "noor", again.fingerprint)
    assert refused(lambda: confirms(readers, "noor", again.fingerprint)) == "inbox_no_waiting"
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked", "what was open under the key before"


def test_a_passphrase_that_was_typed_while_its_key_was_replaced_opens_nothing(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, made = readers.asks(NOOR)
    keys, opened = readers.inbox.keys, readers.inbox.keys._opened

    def slowly(*given: Any) -> Pair | None:
        found = opened(*given)
        monkeypatch.setattr(keys, "_opened", opened)
        confirms(readers, "noor", made.fingerprint)
        return found

    monkeypatch.setattr(keys, "_opened", slowly)

    assert refused(lambda: keys.unlock(NOOR, readers.passphrases[NOOR], readers.now)) == "inbox_wrong"
    assert not keys.unlocked.is_open("noor")


def test_readers_are_told_once_a_day_that_a_key_waits_and_whose_it_is_too(readers: Readers) -> None:
    readers.asks(NOOR)
    readers.asks(NOOR)
    assert told(readers)[-3:] == [("key_waits", who, NOOR) for who in (NOOR, RUTH, SAM)]
    once = len(told(readers))

    readers.later(days=1)
    readers.asks(NOOR)
    assert len(told(readers)) == once + 3


def test_a_fourth_key_in_a_day_is_refused_before_anything_is_worked_out(readers: Readers) -> None:
    readers.later(days=2)
    for _ in range(3):
        _, made = readers.asks(NOOR)

    assert refused(lambda: readers.asks(NOOR)) == "inbox_asked_often"

    readers.unlock(RUTH)
    assert codes(readers) == {"noor": made.fingerprint}
    readers.later(days=1, seconds=1)
    readers.asks(NOOR)


def test_whoever_keeps_their_key_on_their_own_machine_gets_none_here(readers: Readers) -> None:
    with readers.db.write() as session:
        lead_keys.put(session, "ruth", RUTH, envelopes.new_pair().public, b"", b"", readers.now)

    assert refused(lambda: readers.asks(RUTH)) == "inbox_own_key"
    assert refused(lambda: readers.inbox.keys.check_in(RUTH)) == "inbox_own_key"
    assert refused(lambda: confirms(readers, "noor", "any")) == "inbox_own_key"


def test_whose_key_the_policy_names_gets_no_other_here_and_one_that_does_not_fit_opens_nothing(
    readers: Readers,
) -> None:
    _, made = readers.asks(NOOR)
    other = {**GROUPS[0]["people"][0], "key": fingerprint(envelopes.new_pair().public)}
    readers.begins(concerns({**GROUPS[0], "people": [other]}, *GROUPS[1:]))

    assert refused(lambda: readers.asks(NOOR)) == "inbox_pinned"
    assert refused(lambda: readers.unlock(NOOR)) == "inbox_pinned"
    readers.unlock(RUTH)
    assert codes(readers) == {}
    assert refused(lambda: confirms(readers, "noor", made.fingerprint)) == "inbox_pinned"


def test_the_key_of_whoever_had_an_id_before_is_not_used_for_who_has_it_now_and_not_lost(readers: Readers) -> None:
    before = readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    readers.unlock(NOOR)
    noors = readers.inbox.keys.of(NOOR)[1].private
    readers.begins(concerns(with_person(GROUPS[0], DIEGO), *GROUPS[1:]))

    assert readers.sends("After", leader=True, topic="TOP-RETALIATION").receipt != before.receipt
    assert refused(lambda: readers.inbox.keys.unlock(DIEGO, readers.passphrases[NOOR], readers.now)) == "inbox_no_key"
    assert sorted(opens(readers, case.id, noors) for case in cases(readers.vault)) == [False, True]
    readers.set_up(DIEGO)
    assert readers.unlock(RUTH) == 2, "one closed anew without her, the other for Diego too"
    assert [opens(readers, case.id, noors) for case in cases(readers.vault)] == [False, False]

    readers.begins(concerns())
    readers.unlock(NOOR)
    assert readers.unlock(RUTH) == 2
    assert len(readers.lines(NOOR)) == 1, "she was no reader of what came meanwhile"


def test_of_two_readers_who_ask_for_the_first_key_at_once_one_waits(db: Database, tmp_path: Path) -> None:
    companies = [Readers(db, tmp_path / "keys") for _ in range(2)]
    together, made = Barrier(2), dict[str, bool]()

    def asks(company: Readers, person: str) -> None:
        together.wait()
        made[person] = company.asks(person)[1].waits

    threads = [Thread(target=asks, args=each) for each in zip(companies, (NOOR, RUTH), strict=True)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(made.values()) == [False, True]
