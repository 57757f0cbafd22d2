"""The inbox of those who read anonymous reports: keys, the list, answers, exclusion (T10), new readers and old ones."""

from __future__ import annotations

import json
from itertools import chain, combinations
from pathlib import Path

import pytest

from bot.views import inbox as views
from storage import anonymous, envelopes, lead_keys, timers
from storage import concerns as raised_rows
from storage.database import Database
from storage.envelopes import FOR_PASSPHRASES, WRAP_BYTES, WRAPS, Kdf
from tests.blind import QUICK, cases
from tests.inbox import GROUPS, IDS, Readers, actions, concerns, opens, refused, with_person
from tests.records import AMINA, DIEGO, NOOR, RUTH, SAM
from workflows import letters, rewrapping
from workflows.errors import BadAnswers
from workflows.inbox import Inbox
from workflows.inbox_acts import ANSWERED, CLOSING, MESSAGE
from workflows.report_clocks import ACK, FEEDBACK, key_of
from workflows.sealed_words import read_words
from workflows.vault import KdfTooWeak

SUBSETS = [set(some) for some in chain.from_iterable(combinations(IDS.values(), n) for n in range(3))]
"""Whoever can be left out, so that somebody is still there to read."""


@pytest.fixture
def readers(db: Database, tmp_path: Path) -> Readers:
    found = Readers(db, tmp_path / "keys")
    found.set_up(NOOR, RUTH, SAM)
    return found


# -- keys


def test_a_passphrase_is_drawn_and_stands_nowhere(readers: Readers, tmp_path: Path) -> None:
    with readers.db.read() as session:
        row = lead_keys.get(session, "noor", NOOR)
    assert row is not None
    words = readers.passphrases[NOOR].split(" ")
    kept = row.sealed_sk + row.pk + row.salt + b"".join(each.read_bytes() for each in tmp_path.rglob("keys/*.json"))
    assert len(words) == 6
    assert not [word for word in words if word.encode() in kept]
    assert row.sealed_sk.startswith(str(QUICK).encode())


def test_the_same_window_sent_twice_makes_one_pair(readers: Readers) -> None:
    shown = readers.inbox.keys.passphrase_for("a window")
    typed = (shown.split(" ")[1], f" {shown.split(' ')[4].upper()} ")

    before = actions(readers).count(("noor", "ask_key"))

    first = readers.inbox.keys.set_up(NOOR, "a window", shown, typed, readers.now)
    again = readers.inbox.keys.set_up(NOOR, "a window", shown, typed, readers.now)

    assert (first.waits, again) == (True, first)
    assert actions(readers).count(("noor", "ask_key")) == before + 1


def test_a_word_that_was_not_copied_right_makes_no_key(readers: Readers) -> None:
    shown = readers.inbox.keys.passphrase_for("a window")

    with pytest.raises(BadAnswers) as wrong:
        readers.inbox.keys.set_up(NOOR, "a window", shown, (shown.split(" ")[1], "babab"), readers.now)
    chosen = refused(lambda: readers.inbox.keys.set_up(NOOR, "a window", "my cat is here", ("", ""), readers.now))

    assert wrong.value.fields == (("fourth_group", "inbox_word"),)
    assert chosen == "inbox_shown"
    readers.unlock(NOOR)


def test_in_production_a_passphrase_is_never_stretched_less_than_it_must_be(readers: Readers) -> None:
    with pytest.raises(KdfTooWeak):
        Inbox(readers.desk, readers.vault, lambda: 0.0, kdf=Kdf(64 * 1024, 3))

    strict = Inbox(readers.desk, readers.vault, lambda: 0.0)

    assert (FOR_PASSPHRASES.memory_kib, FOR_PASSPHRASES.rounds) == (256 * 1024, 3)
    assert refused(lambda: strict.keys.unlock(NOOR, readers.passphrases[NOOR], readers.now)) == "inbox_wrong"


def test_a_wrong_passphrase_opens_nothing_and_five_of_them_have_to_wait(readers: Readers) -> None:
    keys = readers.inbox.keys

    assert refused(lambda: keys.unlock(NOOR, "six words that are none at", readers.now)) == "inbox_typo"
    for _ in range(5):
        assert refused(lambda: keys.unlock(NOOR, readers.passphrases[RUTH], readers.now)) == "inbox_wrong"
    assert refused(lambda: keys.unlock(NOOR, readers.passphrases[NOOR], readers.now)) == "inbox_slow"
    readers.unlock(RUTH)

    readers.seconds += 15 * 60
    readers.unlock(NOOR)
    assert actions(readers).count(("noor", "wrong")) == 5


def test_it_locks_after_a_quarter_of_an_hour_without_an_act_and_after_an_hour(readers: Readers) -> None:
    readers.unlock(NOOR)
    for _ in range(5):
        readers.seconds += 14 * 60
        if readers.seconds < 3600:
            readers.lines(NOOR)
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked"

    readers.unlock(NOOR)
    readers.seconds += 15 * 60
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked"

    readers.unlock(NOOR)
    readers.inbox.keys.lock(NOOR, readers.now)
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked"


def test_nobody_else_gets_in(readers: Readers) -> None:
    assert (
        refused(lambda: readers.inbox.keys.unlock(AMINA, readers.passphrases[NOOR], readers.now)) == "inbox_not_yours"
    )
    assert refused(lambda: readers.lines(AMINA)) == "inbox_not_yours"
    assert refused(lambda: readers.lines(NOOR)) == "inbox_locked"


# -- reading and answering


def test_a_report_is_read_acknowledged_answered_and_closed(readers: Readers) -> None:
    issued = readers.sends("They deleted the logs", checkin=True)
    readers.unlock(NOOR)
    (line,) = readers.lines(NOOR)
    assert (line.label, line.state, line.level) == (readers.labels()[0], "waiting", 2)
    assert readers.texts(NOOR) == ["They deleted the logs"]

    inbox, report = readers.inbox, line.id
    assert inbox.acknowledge(NOOR, report, readers.now).line.state == "acknowledged"
    (case,) = cases(readers.vault)
    assert case.released_on is None
    with readers.db.read() as session:
        assert timers.get(session, key_of(case.id, ACK)) is None
        assert timers.get(session, key_of(case.id, FEEDBACK)) is not None

    inbox.write(NOOR, report, 0, MESSAGE, "Which camera?", readers.now)
    readers.vault.add(readers.vault.look_up(issued.receipt).token, "The one at the gate")
    readers.waits_for_follow_ups()
    found = inbox.write(NOOR, report, 1, ANSWERED, "It is off now", readers.now)
    assert (found.line.state, found.line.answer_by) == ("answered", None)
    assert [(each.ours, each.text) for each in found.letters] == [
        (False, "They deleted the logs"),
        (True, "Which camera?"),
        (False, "The one at the gate"),
        (True, "It is off now"),
    ]

    found = inbox.write(NOOR, report, 2, CLOSING, "Thank you", readers.now)
    assert found.line.state == "closed"
    assert readers.vault.look_up(issued.receipt).answers == ("Which camera?", "It is off now", "Thank you")
    assert refused(lambda: inbox.write(NOOR, report, 3, MESSAGE, "More", readers.now)) == "report_over"
    with readers.db.read() as session:
        assert timers.get(session, key_of(case.id, FEEDBACK)) is None
        assert lead_keys.is_whole(session)
    done = [action for lead, action in actions(readers) if lead == "noor"]
    assert done == ["ask_key", "new_key", "unlock", "read", "acknowledge", "answer", "feedback", "close"]


def test_an_answer_sent_twice_is_there_once_and_another_readers_answer_is_seen_first(readers: Readers) -> None:
    readers.sends(leader=True, topic="TOP-RETALIATION")
    readers.unlock(NOOR, RUTH)
    report = readers.only(NOOR)

    for _ in range(2):
        readers.inbox.write(NOOR, report, 0, CLOSING, "Thank you", readers.now)
    assert readers.texts(RUTH) == ["They deleted the logs", "Thank you"]

    assert refused(lambda: readers.inbox.write(RUTH, report, 0, MESSAGE, "We look", readers.now)) == "report_changed"
    assert readers.texts(RUTH) == ["They deleted the logs", "Thank you"]


def test_what_cannot_be_sent_is_said_beside_its_field(readers: Readers) -> None:
    readers.sends()
    readers.unlock(NOOR)
    write = readers.inbox.write

    assert refused(lambda: write(NOOR, readers.only(NOOR), 0, MESSAGE, " ", readers.now)) == "concern_empty"
    assert refused(lambda: write(NOOR, readers.only(NOOR), 0, MESSAGE, "x" * 3001, readers.now)) == "too_long"
    assert refused(lambda: write(NOOR, readers.only(NOOR), 0, "else", "x", readers.now)) == "option_unknown"
    assert refused(lambda: write(NOOR, "00" * 16, 0, MESSAGE, "x", readers.now)) == "report_gone"
    assert refused(lambda: readers.inbox.read(NOOR, "no id", readers.now)) == "report_gone"


@pytest.mark.parametrize("letter", ["ж", "漢", "😀", '"', "\\", "\n.", "\x01"])
def test_the_longest_report_fits_in_any_script(readers: Readers, letter: str) -> None:
    text = (letter * 3000)[:2998]
    readers.sends(f"a{text}b")
    readers.unlock(NOOR)

    assert readers.texts(NOOR) == [f"a{text}b".replace("\x01", "")]


def test_a_case_is_opened_in_a_readers_own_words_and_hidden_from_whom_the_reporter_left_out(readers: Readers) -> None:
    readers.sends(excluded=frozenset({"sam"}))
    readers.unlock(NOOR)

    raised = readers.inbox.raise_case(NOOR, readers.only(NOOR), "A camera has no logs.", "inbox:V1", readers.now)

    assert raised.mode == "named"
    assert ("noor", "case") in actions(readers)
    with readers.db.read() as session:
        from storage import cases as rows

        case, row = rows.get(session, raised.case_id), raised_rows.of_case(session, raised.case_id)
    assert case is not None
    assert row is not None
    assert (case.sealed, list(row.excluded)) == (True, [SAM])


# -- who is shown what


def test_the_first_group_sees_a_report_at_once_and_silence_shows_it_to_all(readers: Readers) -> None:
    readers.sends()
    readers.unlock(NOOR, RUTH)
    report = readers.only(NOOR)
    assert readers.lines(RUTH) == ()
    assert refused(lambda: readers.inbox.read(RUTH, report, readers.now)) == "report_gone"

    with readers.db.write() as session:
        anonymous.change(session, bytes.fromhex(report), silent=1)

    assert [line.id for line in readers.lines(RUTH)] == [report]


def test_where_the_first_group_is_left_out_the_next_one_sees_it_at_once(readers: Readers) -> None:
    readers.sends(excluded=frozenset({"noor"}))
    readers.unlock(NOOR, RUTH, SAM)

    assert (len(readers.lines(NOOR)), len(readers.lines(RUTH)), len(readers.lines(SAM))) == (0, 1, 0)


def test_where_a_leader_is_named_everybody_sees_it(readers: Readers) -> None:
    readers.sends(leader=True, topic="TOP-RETALIATION")
    readers.unlock(NOOR, RUTH, SAM)

    assert [len(readers.lines(person)) for person in (NOOR, RUTH, SAM)] == [1, 1, 1]


def test_what_is_late_comes_first_then_the_highest_level_then_the_oldest(readers: Readers) -> None:
    for text, more in (("one", {}), ("two", {}), ("three", {"leader": True, "topic": "TOP-RETALIATION"})):
        readers.sends(text, **more)
        readers.later(days=7)
    readers.unlock(NOOR)

    def texts() -> list[str]:
        return [readers.inbox.read(NOOR, each.id, readers.now).letters[0].text for each in readers.lines(NOOR)]

    readers.inbox.acknowledge(NOOR, readers.lines(NOOR)[0].id, readers.now)
    found = texts()
    assert [line.late for line in readers.lines(NOOR)] == sorted(
        (line.late for line in readers.lines(NOOR)), reverse=True
    )
    for line in readers.lines(NOOR):
        readers.inbox.acknowledge(NOOR, line.id, readers.now)
    assert texts() == ["three", "one", "two"]
    assert set(found) == {"one", "two", "three"}


@pytest.mark.parametrize("left_out", SUBSETS, ids=lambda some: "+".join(sorted(some)) or "nobody")
def test_t10_whoever_is_left_out_never_opens_it_and_sees_the_same_with_or_without_it(
    readers: Readers, left_out: set[str]
) -> None:
    """T10: for every subset of recipients; level 3, so that everybody who could be shown it would be."""
    readers.sends("Another one", excluded=frozenset({"ruth"}))
    readers.unlock(NOOR, RUTH, SAM)
    before = {person: json.dumps(views.listing(readers.inbox.listing(person, readers.now))) for person in IDS}
    first = {case.id for case in cases(readers.vault)}
    now = readers.now

    readers.sends("About one of you", excluded=frozenset(left_out), leader=True, topic="TOP-RETALIATION")
    readers.now = now

    (new,) = [case for case in cases(readers.vault) if case.id not in first]
    for person, lead in IDS.items():
        shown = json.dumps(views.listing(readers.inbox.listing(person, now)))
        pair = readers.inbox.keys.of(person)[1]
        assert (shown == before[person]) == (lead in left_out)
        if lead in left_out:
            assert refused(lambda who=person: readers.inbox.read(who, new.id.hex(), now)) == "report_gone"
            assert not opens(readers, new.id, pair.private)
        else:
            assert opens(readers, new.id, pair.private)
    with readers.db.read() as session:
        for case in (*first, new.id):
            assert [len(blob) for blob in anonymous.wraps(session, case)] == [WRAP_BYTES] * WRAPS


# -- readers change


def test_a_reader_who_left_opens_nothing_that_comes_after_and_whoever_was_left_out_stays_out(readers: Readers) -> None:
    issued = readers.sends("Before", excluded=frozenset({"sam"}))
    readers.unlock(NOOR, RUTH, SAM)
    old = {person: readers.inbox.keys.of(person)[1].private for person in (NOOR, SAM)}
    readers.inbox.write(NOOR, readers.only(NOOR), 0, MESSAGE, "We look into it", readers.now)
    (before,) = cases(readers.vault)
    # Held while the key changes: sealed for the old one, and read all the same.
    readers.vault.add(readers.vault.look_up(issued.receipt).token, "Held meanwhile")

    readers.begins(concerns(*GROUPS[1:]))
    assert readers.unlock(RUTH) == 1
    readers.waits_for_follow_ups()

    (after,) = cases(readers.vault)
    assert after.case_pk != before.case_pk
    assert not opens(readers, after.id, old[NOOR])
    assert not opens(readers, after.id, old[SAM])
    assert readers.texts(RUTH) == ["Before", "We look into it", "Held meanwhile"]
    visit = readers.vault.look_up(issued.receipt)
    assert visit.answers == ("We look into it",)
    readers.vault.add(visit.token, "And after")
    readers.waits_for_follow_ups()
    assert readers.texts(RUTH)[-1] == "And after"
    with readers.db.read() as session:
        assert [len(blob) for blob in anonymous.wraps(session, after.id)] == [WRAP_BYTES] * WRAPS


def test_the_key_of_who_left_is_kept_and_opens_what_nobody_else_can_once_they_are_back(readers: Readers) -> None:
    readers.sends("For Noor alone", excluded=frozenset({"ruth", "sam"}))
    readers.sends("For all", leader=True, topic="TOP-RETALIATION")
    readers.begins(concerns(*GROUPS[1:]))
    assert readers.unlock(RUTH) == 1
    assert refused(lambda: readers.unlock(NOOR)) == "inbox_not_yours"
    readers.sends("While Noor is away", leader=True, topic="TOP-RETALIATION")

    readers.begins(concerns())
    readers.unlock(NOOR)
    assert readers.texts(NOOR) == ["For Noor alone"]
    # Noor was let in by the reporter of what was closed anew without her; she was no reader of what came meanwhile.
    assert readers.unlock(RUTH) == 1

    texts = {readers.inbox.read(NOOR, each.id, readers.now).letters[0].text for each in readers.lines(NOOR)}
    assert texts == {"For Noor alone", "For all"}


def test_whoever_takes_over_an_id_is_let_in_by_one_who_reads_it_and_not_by_the_id(readers: Readers) -> None:
    readers.sends("About Diego", leader=True, topic="TOP-RETALIATION")
    readers.begins(concerns(with_person(GROUPS[0], DIEGO), *GROUPS[1:]))
    readers.set_up(DIEGO)
    readers.unlock(DIEGO)

    assert readers.unlock(RUTH) == 1, "closed anew without Noor, whose key is not used any more"
    assert readers.lines(DIEGO) == ()
    found = readers.inbox.read(RUTH, readers.only(RUTH), readers.now)
    assert found.newcomers == ("Noor",)

    readers.inbox.let_in(RUTH, found.line.id, readers.now)
    assert readers.texts(DIEGO) == ["About Diego"]


def test_whoever_was_left_out_stays_out_under_another_id(readers: Readers) -> None:
    readers.sends("About Sam", leader=True, topic="TOP-RETALIATION", excluded=frozenset({"sam"}))
    # Sam takes the place of Noor, whom the reporter let in, and Diego that of Sam.
    readers.begins(concerns(with_person(GROUPS[0], SAM), GROUPS[1], with_person(GROUPS[2], DIEGO)))
    readers.set_up(SAM, DIEGO)
    readers.unlock(SAM, DIEGO)
    assert readers.unlock(RUTH) == 1
    report = readers.only(RUTH)

    assert readers.inbox.let_in(RUTH, report, readers.now).newcomers == ()
    assert (readers.lines(SAM), readers.lines(DIEGO)) == ((), ())
    raised = readers.inbox.raise_case(RUTH, report, "Somebody is afraid.", "inbox:V2", readers.now)
    assert left_out_of(readers, raised.case_id) == sorted([SAM, DIEGO])


def test_a_case_is_opened_though_whoever_was_left_out_is_no_recipient_any_more(readers: Readers) -> None:
    readers.sends(excluded=frozenset({"sam"}))
    readers.begins(concerns(*GROUPS[:2]))
    readers.unlock(NOOR)

    raised = readers.inbox.raise_case(NOOR, readers.only(NOOR), "A camera has no logs.", "inbox:V3", readers.now)

    assert left_out_of(readers, raised.case_id) == []


def test_a_report_that_says_only_ids_is_for_whom_it_says(readers: Readers) -> None:
    noor, ruth, sam = concerns().everybody
    old = read_words('{"t":"Before","y":["noor"],"n":["sam"]}')

    assert rewrapping.chosen(old, (noor, ruth, sam), {"noor": b"n", "ruth": b"r", "sam": b"s"}) == [noor]
    assert rewrapping.newcomers(old, (noor, ruth, sam)) == [ruth]


def left_out_of(readers: Readers, case_id: int) -> list[str]:
    with readers.db.read() as session:
        row = raised_rows.of_case(session, case_id)
    assert row is not None
    return list(row.excluded)


def test_whoever_becomes_a_reader_later_is_let_in_by_one_who_reads_it(readers: Readers) -> None:
    readers.begins(concerns(*GROUPS[:2]))
    readers.sends("Before", leader=True, topic="TOP-RETALIATION", excluded=frozenset({"noor"}))
    readers.begins(concerns())
    readers.unlock(RUTH, SAM)
    assert readers.lines(SAM) == ()
    found = readers.inbox.read(RUTH, readers.only(RUTH), readers.now)
    assert found.newcomers == ("Sam",)

    assert readers.inbox.let_in(RUTH, found.line.id, readers.now).newcomers == ()

    assert readers.texts(SAM) == ["Before"]
    readers.unlock(NOOR)
    assert readers.lines(NOOR) == ()


def test_a_message_that_does_not_open_does_not_take_the_others_with_it(readers: Readers) -> None:
    readers.sends("Before")
    readers.unlock(NOOR)
    (case,) = cases(readers.vault)
    with readers.db.write() as session:
        anonymous.add_message(session, case.id, "R", 7, b"\x01" + bytes(16432))

    assert readers.texts(NOOR) == ["Before"]
    with readers.db.read() as session:
        assert len(letters.all_of(anonymous.messages(session, case.id), private_of(readers, case.id))) == 1


def private_of(readers: Readers, case_id: bytes) -> bytes:
    shred_key = readers.vault.keystore.key(case_id.hex()) or b""
    pair = readers.inbox.keys.of(NOOR)[1]
    with readers.db.read() as session:
        for blob in anonymous.wraps(session, case_id):
            try:
                return envelopes.unwrap(blob, pair.private, case_id, shred_key)
            except envelopes.CannotOpen:
                continue
    raise AssertionError("nobody can open it")
