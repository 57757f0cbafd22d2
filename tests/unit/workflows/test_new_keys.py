"""A reader who forgot their passphrase gets in again; whoever took over their account in Slack does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from storage import envelopes, lead_keys
from storage.database import Database
from storage.models import LeadKeyWaiting, Outbox
from tests.blind import cases
from tests.inbox import GROUPS, Readers, actions, concerns, opens, refused, with_person
from tests.records import DIEGO, NOOR, RUTH, SAM


@pytest.fixture
def readers(db: Database, tmp_path: Path) -> Readers:
    found = Readers(db, tmp_path / "keys")
    found.set_up(NOOR, RUTH, SAM)
    return found


def forgets(readers: Readers, person: str) -> tuple[str, str]:
    """Let somebody ask for a new key; give the passphrase that they had before, and the new one."""
    before = readers.passphrases[person]
    readers.set_up(person)
    new, readers.passphrases[person] = readers.passphrases[person], before
    return before, new


def code_of(readers: Readers, lead: str = "noor", by: str = RUTH) -> str:
    """Give the code that one reader sees of another's new key."""
    waiting = readers.inbox.listing(by, readers.now).waiting
    (code,) = [each.fingerprint for each in waiting if each.lead == lead]
    return code


def test_who_forgot_their_passphrase_reads_old_reports_once_another_reader_said_that_the_new_key_is_theirs(
    readers: Readers,
) -> None:
    readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    _, readers.passphrases[NOOR] = forgets(readers, NOOR)
    assert refused(lambda: readers.unlock(NOOR)) == "inbox_wrong_waits"
    assert readers.unlock(RUTH, SAM) == 0
    shown = readers.inbox.keys.waiting(NOOR)
    assert code_of(readers) == shown

    readers.inbox.keys.confirm(RUTH, "noor", shown, readers.now)
    assert readers.inbox.renew(RUTH, readers.now) == 1

    readers.unlock(NOOR)
    assert readers.texts(NOOR) == ["Before"]
    assert readers.unlock(RUTH, SAM, NOOR) == 0
    assert readers.inbox.listing(RUTH, readers.now).waiting == ()
    done = actions(readers)
    assert [each for each in done if each[1] in ("ask_key", "confirm_key") or each == ("noor", "new_key")][-3:] == [
        ("noor", "ask_key"),
        ("ruth", "confirm_key"),
        ("noor", "new_key"),
    ]
    assert ("ruth", "rewrap") in done


def test_whoever_takes_over_an_account_reads_neither_what_was_sent_before_nor_what_comes_after(
    readers: Readers,
) -> None:
    readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    hers, readers.passphrases[NOOR] = forgets(readers, NOOR)

    readers.sends("After", leader=True, topic="TOP-RETALIATION")
    readers.unlock(RUTH, SAM)
    for _ in range(2):
        assert refused(lambda: readers.unlock(NOOR)) == "inbox_wrong_waits"
    with readers.db.read() as session:
        (row,) = lead_keys.waiting(session)
    taken = envelopes.pair_of(envelopes.unbox(*opened_by_force(readers, row)))

    assert [opens(readers, case.id, taken.private) for case in cases(readers.vault)] == [False, False]
    # She still has her passphrase: everything opens, and what was asked for in her name is gone.
    asked = readers.inbox.keys.unlock(NOOR, hers, readers.now)
    assert asked == readers.now
    assert len(readers.lines(NOOR)) == 2
    assert readers.inbox.keys.unlock(NOOR, hers, readers.now) is None
    assert readers.inbox.keys.waiting(NOOR) == ""
    assert ("noor", "key_not_needed") in actions(readers)


def opened_by_force(readers: Readers, row: LeadKeyWaiting) -> tuple[bytes, bytes, bytes]:
    """Give what is closed in a row, with the key that its passphrase gives: they know it who made it."""
    label, _, closed = bytes(row.sealed_sk).partition(b"|")
    key = envelopes.parse_kdf(label.decode()).stretch(readers.passphrases[NOOR].encode(), bytes(row.salt))
    return closed, key, b"hrdd/v1/lead|noor|" + label


def test_a_new_key_is_confirmed_by_another_reader_who_is_there_and_for_the_code_that_was_compared(
    readers: Readers,
) -> None:
    confirm = readers.inbox.keys.confirm
    readers.unlock(NOOR, RUTH)
    forgets(readers, NOOR)
    code = code_of(readers)

    assert refused(lambda: confirm(NOOR, "noor", code, readers.now)) == "inbox_own_word"
    assert refused(lambda: confirm(SAM, "noor", code, readers.now)) == "inbox_locked"
    assert refused(lambda: confirm(DIEGO, "noor", code, readers.now)) == "inbox_not_yours"
    assert refused(lambda: confirm(RUTH, "sam", code, readers.now)) == "inbox_no_waiting"
    # Another one was asked for after they had compared.
    forgets(readers, NOOR)
    assert refused(lambda: confirm(RUTH, "noor", code, readers.now)) == "inbox_no_waiting"
    confirm(RUTH, "noor", code_of(readers), readers.now)
    assert refused(lambda: confirm(RUTH, "noor", code, readers.now)) == "inbox_no_waiting"
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked", "what was open under the key before"


def test_other_readers_are_told_once_a_day_that_a_new_key_waits(readers: Readers) -> None:
    forgets(readers, NOOR)
    forgets(readers, NOOR)

    def told() -> list[tuple[str, str]]:
        with readers.db.read() as session:
            rows = session.exec(select(Outbox).where(Outbox.kind == "key_waits")).all()
        return sorted((row.lane, row.data["of"]) for row in rows)

    assert told() == [(RUTH, NOOR), (SAM, NOOR)]
    readers.later(days=1)
    forgets(readers, NOOR)
    assert len(told()) == 4


def test_where_nobody_else_has_a_key_a_new_one_is_used_at_once(db: Database, tmp_path: Path) -> None:
    alone = Readers(db, tmp_path / "keys")
    alone.set_up(NOOR)
    alone.set_up(NOOR)

    alone.unlock(NOOR)

    assert actions(alone)[:2] == [("noor", "new_key"), ("noor", "new_key")]


def test_the_key_of_whoever_had_an_id_before_is_not_used_for_who_has_it_now(readers: Readers) -> None:
    before = readers.sends("Before", leader=True, topic="TOP-RETALIATION")
    readers.unlock(NOOR)
    noors = readers.inbox.keys.of(NOOR)[1].private
    readers.begins(concerns(with_person(GROUPS[0], DIEGO), *GROUPS[1:]))

    assert readers.sends("After", leader=True, topic="TOP-RETALIATION").receipt != before.receipt
    assert refused(lambda: readers.inbox.keys.unlock(DIEGO, readers.passphrases[NOOR], readers.now)) == "inbox_no_key"
    assert sorted(opens(readers, case.id, noors) for case in cases(readers.vault)) == [False, True]
    assert readers.unlock(RUTH) == 1, "closed anew without her, though nobody else has a key for that place"
    assert [opens(readers, case.id, noors) for case in cases(readers.vault)] == [False, False]
