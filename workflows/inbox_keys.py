"""The keys of those who read concerns in Slack: made under a passphrase of six words, opened with it, locked again.

The passphrase is drawn, shown once and kept nowhere. What it closes stands in the database with the parameters by which
it is stretched (Argon2id, 256 MiB, three rounds; reference/anonymity.md 3.2, 3.6).
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlmodel import Session

from storage import envelopes, lead_keys, outbox
from storage.database import Database
from storage.envelopes import FOR_PASSPHRASES, ID_BYTES, KEY_BYTES, CannotOpen, Kdf, Pair
from storage.models import LeadKey
from workflows import duties, outgoing, reader_keys
from workflows.desk import Desk
from workflows.errors import BadAnswer, BadAnswers, Refused
from workflows.inbox_values import NewKey
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint
from workflows.rules.passphrase import ASKED_BACK, SECRET_BYTES, passphrase_of, read_passphrase, same_word
from workflows.rules.recipients import Recipient
from workflows.unlocked import Unlocked
from workflows.vault import KdfTooWeak

STRETCH_WAIT: Final = 1.2
"""Seconds to wait for another reader's passphrase: one stretch takes about a second and 256 MiB."""
FIELDS: Final = ("second_group", "fourth_group")
"""Where the two words are typed back."""
PASSPHRASE: Final = "passphrase"  # noqa: S105  the id of a field


class LeadKeys:
    """Keys of readers, as one process sees them. Safe to share between threads."""

    def __init__(
        self,
        desk: Desk,
        concerns: Concerns,
        steady: Callable[[], float],
        *,
        kdf: Kdf = FOR_PASSPHRASES,
        floor: Kdf = FOR_PASSPHRASES,
    ) -> None:
        """Take how new passphrases are stretched. Raises KdfTooWeak where that is below the floor."""
        if not kdf.at_least(floor):
            raise KdfTooWeak(str(kdf))
        self.unlocked = Unlocked(steady)
        self._desk = desk
        self._db: Database = desk.db
        self._concerns = concerns
        self._kdf, self._floor = kdf, floor
        self._pepper = os.urandom(KEY_BYTES)
        self._one_at_a_time = threading.BoundedSemaphore(1)
        self._made: dict[str, tuple[str, NewKey]] = {}

    def reader(self, person: str) -> Recipient:
        """Give who somebody is among the recipients. Raises Refused where they are none."""
        found = next((each for each in self._concerns.everybody if each.person == person), None)
        if found is None:
            raise Refused("inbox_not_yours")
        return found

    def has_key(self, person: str) -> bool:
        """Whether a recipient has a key. Raises Refused where they are none."""
        with self._db.ask() as session:
            return reader_keys.of(session, self.reader(person)) is not None

    def waiting(self, person: str) -> str:
        """Give the fingerprint of a recipient's own new key that is not used yet, "" where there is none."""
        reader = self.reader(person)
        with self._db.ask() as session:
            row = lead_keys.waiting_of(session, reader.id)
        return fingerprint(row.pk) if row is not None and row.person == person else ""

    def passphrase_for(self, nonce: str) -> str:
        """Give the passphrase of a window; this process gives the same one for it every time."""
        return passphrase_of(hmac.new(self._pepper, nonce.encode(), sha256).digest()[:SECRET_BYTES])

    def set_up(self, person: str, nonce: str, shown: str, typed: tuple[str, str], now: datetime) -> NewKey:
        """Make a new pair of keys for a recipient, closed under the passphrase that their window shows.

        The same window sent twice makes one pair. Where the recipient has a key already, and somebody else could say
        whether the new one is theirs, the one before is used until then: an account in Slack is not enough to read.

        Raises:
            BadAnswers: a word typed back is another. Refused: they are no recipient, keep their key themselves, or
            another passphrase is being stretched. StorageError: nothing was saved.
        """
        reader, passphrase = self.reader(person), read_passphrase(shown)
        if reader.id in self._concerns.pins:
            raise Refused("inbox_pinned")
        if passphrase is None:
            raise BadAnswer("inbox_shown", field=PASSPHRASE)
        wrong = [
            (name, "inbox_word")
            for name, word, place in zip(FIELDS, typed, ASKED_BACK, strict=True)
            if not same_word(word, passphrase, place)
        ]
        if wrong:
            raise BadAnswers(wrong)
        before, made = self._made.get(reader.id, ("", None))
        if before == nonce and made is not None:
            return made
        made = self._put(reader, passphrase, now)
        self._made[reader.id] = (nonce, made)
        return made

    def unlock(self, person: str, typed: str, now: datetime) -> datetime | None:
        """Open the key of a recipient with their passphrase, for a while.

        A new key that was asked for in their name is not needed then, and is forgotten; give when that was (aware UTC).

        Raises:
            BadAnswer: it cannot be a passphrase, or is another one. Refused: they are no recipient, have no key here,
            typed too many wrong ones, or another passphrase is being stretched.
        """
        reader, passphrase = self.reader(person), read_passphrase(typed)
        self.unlocked.check(reader.id)
        with self._db.ask() as session:
            row = reader_keys.of(session, reader)
        if row is None:
            raise Refused("inbox_no_key")
        if not row.sealed_sk:
            raise Refused("inbox_own_key")
        if passphrase is None:
            raise BadAnswer("inbox_typo", field=PASSPHRASE)
        pair = self._opened(row, passphrase)
        if pair is None:
            self.unlocked.wrong(reader.id)
        with self._db.write() as session:
            waiting = lead_keys.waiting_of(session, reader.id, lock=True)
            lead_keys.note(session, reader.id, "unlock" if pair else "wrong", None, now)
            if pair is not None and waiting is not None:
                lead_keys.forget_waiting(session, reader.id)
                lead_keys.note(session, reader.id, "key_not_needed", None, now)
        if pair is None:
            raise BadAnswer("inbox_wrong_waits" if waiting else "inbox_wrong", field=PASSPHRASE)
        self.unlocked.keep(reader.id, pair)
        return waiting.made_at if waiting else None

    def confirm(self, person: str, lead: str, said: str, now: datetime) -> None:
        """Say of another reader's new key that it is theirs, because its fingerprint (`said`) was compared with them.

        Raises Refused where this reader's own key is locked, or it would be for themselves; as `reader_keys.confirm`.
        """
        reader, _ = self.of(person)
        if lead == reader.id:
            raise Refused("inbox_own_word")
        with self._db.write() as session:
            reader_keys.confirm(session, self._concerns, lead, said, reader.id, now)
        # What was open under the key before is not open under this one.
        self.unlocked.lock(lead)

    def lock(self, person: str, now: datetime) -> None:
        """Forget the open key of a recipient. Raises Refused where they are none."""
        reader = self.reader(person)
        if self.unlocked.lock(reader.id):
            with self._db.write() as session:
                lead_keys.note(session, reader.id, "lock", None, now)

    def of(self, person: str) -> tuple[Recipient, Pair]:
        """Give a recipient with their open key. Raises Refused where they are none, or it is locked."""
        reader = self.reader(person)
        return reader, self.unlocked.of(reader.id)

    def _put(self, reader: Recipient, passphrase: str, now: datetime) -> NewKey:
        pair, salt = envelopes.new_pair(), os.urandom(ID_BYTES)
        with self._stretching():
            key = self._kdf.stretch(passphrase.encode("ascii"), salt)
        label = str(self._kdf).encode("ascii")
        sealed = label + b"|" + envelopes.box(pair.private, key, _place(reader.id, label))
        kept = (reader.id, reader.person, pair.public, salt, sealed, now)
        with self._db.write() as session:
            others = self._who_can_tell(session, reader)
            if others:
                lead_keys.wait(session, *kept)
                lead_keys.note(session, reader.id, "ask_key", None, now)
                asked = [outgoing.key_waits(each.person, reader.person, now) for each in others]
                outbox.add_many(session, asked)
            else:
                lead_keys.put(session, *kept)
                lead_keys.note(session, reader.id, "new_key", None, now)
                duties.start(session, self._desk, now)
        if not others:
            # What was open under the key before is not open under this one.
            self.unlocked.lock(reader.id)
        return NewKey(fingerprint(pair.public), bool(others))

    def _who_can_tell(self, session: Session, reader: Recipient) -> list[Recipient]:
        """Give who has to say that a reader's new key is theirs: nobody where it is the first, or nobody has one."""
        if reader_keys.of(session, reader) is None:
            return []
        keyed = reader_keys.usable(session, self._concerns)
        return [each for each in self._concerns.everybody if each.id in keyed and each.id != reader.id]

    def _opened(self, row: LeadKey, passphrase: str) -> Pair | None:
        """Open a key, None where the passphrase is another. What somebody made weaker does not open either."""
        label, _, closed = row.sealed_sk.partition(b"|")
        try:
            kdf = envelopes.parse_kdf(label.decode("ascii"))
            if not kdf.at_least(self._floor):
                return None
            with self._stretching():
                key = kdf.stretch(passphrase.encode("ascii"), row.salt)
            pair = envelopes.pair_of(envelopes.unbox(closed, key, _place(row.lead, label)))
        except (CannotOpen, ValueError):
            return None
        return pair if hmac.compare_digest(pair.public, row.pk) else None

    @contextmanager
    def _stretching(self) -> Iterator[None]:
        if not self._one_at_a_time.acquire(timeout=STRETCH_WAIT):
            raise Refused("inbox_busy")
        try:
            yield
        finally:
            self._one_at_a_time.release()


def has_key(session: Session, concerns: Concerns | None, person: str) -> bool | None:
    """Whether somebody has a key, None where they are no recipient."""
    if concerns is None:
        return None
    found = next((each for each in concerns.everybody if each.person == person), None)
    return None if found is None else reader_keys.of(session, found) is not None


def _place(lead: str, label: bytes) -> bytes:
    return b"hrdd/v1/lead|" + lead.encode("ascii") + b"|" + label
