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

from storage import envelopes, lead_keys
from storage.database import Database
from storage.envelopes import FOR_PASSPHRASES, ID_BYTES, KEY_BYTES, CannotOpen, Kdf, Pair
from storage.models import LeadKey
from workflows import duties
from workflows.desk import Desk
from workflows.errors import BadAnswer, BadAnswers, Refused
from workflows.policy_concerns import Concerns
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
        self._made: dict[str, str] = {}

    def reader(self, person: str) -> Recipient:
        """Give who somebody is among the recipients. Raises Refused where they are none."""
        found = next((each for each in self._concerns.everybody if each.person == person), None)
        if found is None:
            raise Refused("inbox_not_yours")
        return found

    def has_key(self, person: str) -> bool:
        """Whether a recipient has a key. Raises Refused where they are none."""
        with self._db.ask() as session:
            return lead_keys.get(session, self.reader(person).id) is not None

    def passphrase_for(self, nonce: str) -> str:
        """Give the passphrase of a window; this process gives the same one for it every time."""
        return passphrase_of(hmac.new(self._pepper, nonce.encode(), sha256).digest()[:SECRET_BYTES])

    def set_up(self, person: str, nonce: str, shown: str, typed: tuple[str, str], now: datetime) -> int:
        """Make a new pair of keys for a recipient, closed under the passphrase that their window shows.

        The same window sent twice makes one pair. Give its generation: from the second on, what was closed for the
        one before stays closed for them until another reader unlocks the inbox.

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
        if self._made.get(reader.id) == nonce:
            return 0
        generation = self._put(reader, passphrase, now)
        self._made[reader.id] = nonce
        return generation

    def unlock(self, person: str, typed: str, now: datetime) -> None:
        """Open the key of a recipient with their passphrase, for a while.

        Raises:
            BadAnswer: it cannot be a passphrase, or is another one. Refused: they are no recipient, have no key here,
            typed too many wrong ones, or another passphrase is being stretched.
        """
        reader, passphrase = self.reader(person), read_passphrase(typed)
        self.unlocked.check(reader.id)
        with self._db.ask() as session:
            row = lead_keys.get(session, reader.id)
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
            lead_keys.note(session, reader.id, "unlock" if pair else "wrong", None, now)
        if pair is None:
            raise BadAnswer("inbox_wrong", field=PASSPHRASE)
        self.unlocked.keep(reader.id, pair)

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

    def _put(self, reader: Recipient, passphrase: str, now: datetime) -> int:
        pair, salt = envelopes.new_pair(), os.urandom(ID_BYTES)
        with self._stretching():
            key = self._kdf.stretch(passphrase.encode("ascii"), salt)
        label = str(self._kdf).encode("ascii")
        sealed = label + b"|" + envelopes.box(pair.private, key, _place(reader.id, label))
        with self._db.write() as session:
            generation = lead_keys.put(session, reader.id, pair.public, salt, sealed, now)
            lead_keys.note(session, reader.id, "new_key", None, now)
            duties.start(session, self._desk, now)
        # What was open under the key before is not open under this one.
        self.unlocked.lock(reader.id)
        return generation

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
    return None if found is None else lead_keys.get(session, found.id) is not None


def _place(lead: str, label: bytes) -> bytes:
    return b"hrdd/v1/lead|" + lead.encode("ascii") + b"|" + label
