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
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlmodel import Session

from storage import envelopes, lead_keys
from storage.database import Database
from storage.envelopes import FOR_PASSPHRASES, ID_BYTES, KEY_BYTES, CannotOpen, Kdf, Pair
from storage.models import LeadKey, LeadKeyWaiting
from workflows import duties, outgoing, reader_keys
from workflows.desk import Desk
from workflows.errors import BadAnswer, BadAnswers, Refused
from workflows.inbox_values import NewKey, Opening
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
DAY: Final = timedelta(days=1)
ASKED_MOST: Final = 3
"""How many keys a reader can ask for in a day: each takes a second of the machine, and the last one counts."""
PASSPHRASE: Final = "passphrase"  # noqa: S105  the id of a field


@dataclass(frozen=True, slots=True)
class _Made:
    reader: Recipient
    public: bytes
    salt: bytes
    sealed: bytes = field(repr=False)


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

    def check_in(self, person: str, *, new: bool = False) -> None:
        """Raise Refused where somebody cannot read here (or have a `new` key): they are no recipient, keep their key
        on their own machine, or the policy says which key is theirs and it is not made here.
        """
        reader = self.reader(person)
        with self._db.ask() as session:
            row = reader_keys.of(session, reader)
        if row is not None and not row.sealed_sk:
            raise Refused("inbox_own_key")
        if reader.id in self._concerns.pins and (new or row is None):
            raise Refused("inbox_pinned")

    def has_key(self, person: str) -> bool:
        """Whether a recipient has a key, or one that waits. Raises Refused where they are none."""
        with self._db.ask() as session:
            return bool(has_key(session, self._concerns, self.reader(person).person))

    def asked_at(self, person: str) -> datetime | None:
        """Give since when a recipient's key waits (aware UTC), None where none does."""
        reader = self.reader(person)
        with self._db.ask() as session:
            row = lead_keys.waiting_of(session, reader.id, reader.person)
        return row.made_at if row is not None else None

    def passphrase_for(self, nonce: str) -> str:
        """Give the passphrase of a window; this process gives the same one for it every time."""
        return passphrase_of(hmac.new(self._pepper, nonce.encode(), sha256).digest()[:SECRET_BYTES])

    def set_up(self, person: str, nonce: str, shown: str, typed: tuple[str, str], now: datetime) -> NewKey:
        """Make a new pair of keys for a recipient, closed under the passphrase that their window shows.

        The same window sent twice makes one pair. It waits until somebody has said that it is theirs, and a key that
        they have is used until then: an account in Slack is not enough to read. Only the very first key of all readers
        is used at once, since there is nobody who could say so, and nothing to read.

        Raises:
            BadAnswers: a word typed back is another. Refused: as `check_in`, too many were asked for, or another
            passphrase is being stretched. StorageError: nothing was saved.
        """
        reader, passphrase = self.reader(person), read_passphrase(shown)
        self.check_in(person, new=True)
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

    def give(self, person: str, passphrase: str, now: datetime) -> None:
        """Give a recipient a key under a passphrase that everybody may know, where this is only tried out."""
        reader = self.reader(person)
        with self._db.write() as session:
            self._use(session, self._made_pair(reader, passphrase, os.urandom(ID_BYTES)), now)

    def unlock(self, person: str, typed: str, now: datetime) -> Opening:
        """Open the key of a recipient with their passphrase, for a while.

        A new key that was asked for in their name is not needed then, and is forgotten. The passphrase of that one
        opens nothing, but shows its code: only who made it can read that out.

        Raises:
            BadAnswer: it cannot be a passphrase, or is another one. Refused: they are no recipient, have no key here,
            typed too many wrong ones, or another passphrase is being stretched.
        """
        reader, passphrase = self.reader(person), read_passphrase(typed)
        self.unlocked.check(reader.id)
        self.check_in(person)
        with self._db.ask() as session:
            row, waits = self._rows(session, reader)
        if row is None and waits is None:
            raise Refused("inbox_no_key")
        if passphrase is None:
            raise BadAnswer("inbox_typo", field=PASSPHRASE)
        stretched: dict[tuple[bytes, bytes], bytes] = {}
        pair = self._opened(row, passphrase, stretched) if row else None
        new = self._opened(waits, passphrase, stretched) if waits and pair is None else None
        if pair is None and new is None:
            self.unlocked.wrong(reader.id)
        with self._db.write() as session:
            pair, asked, waits = self._unlocked(session, reader, pair, new, now)
        if pair is not None:
            self.unlocked.keep(reader.id, pair)
            return Opening(asked=asked)
        if new is None:
            raise BadAnswer("inbox_wrong_waits" if waits else "inbox_wrong", field=PASSPHRASE)
        return Opening(code=fingerprint(new.public))

    def confirm(self, person: str, lead: str, said: str, typed: str, now: datetime) -> None:
        """Say of another reader's new key that it is theirs, because its fingerprint (`said`) was compared with them.

        It takes this reader's own passphrase once more: an inbox that was left open says nothing of who is there.

        Raises:
            BadAnswer: it is another passphrase. Refused: it would be for themselves; as `unlock`. NotFound, Refused: as
            `reader_keys.confirm`.
        """
        reader, passphrase = self.reader(person), read_passphrase(typed)
        if lead == reader.id:
            raise Refused("inbox_own_word")
        self.unlocked.check(reader.id)
        self.check_in(person)
        with self._db.ask() as session:
            row, _ = self._rows(session, reader)
        pair = self._opened(row, passphrase, {}) if row and passphrase else None
        if row is None or pair is None:
            self.unlocked.wrong(reader.id)
            raise BadAnswer("inbox_wrong", field=PASSPHRASE)
        with self._db.write() as session:
            if reader_keys.usable(session, self._concerns).get(reader.id) != pair.public:
                raise BadAnswer("inbox_wrong", field=PASSPHRASE)
            whose = reader_keys.confirm(session, self._concerns, lead, said, reader.id, now)
            self._tell(session, outgoing.KEY_USED, whose, now, "reader")
            duties.start(session, self._desk, now)
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
        with self._db.ask() as session:
            row, _ = self._rows(session, reader)
            if lead_keys.noted(session, reader.id, "ask_key", now - DAY) >= ASKED_MOST:
                raise Refused("inbox_asked_often")
        # With the salt of the key before, one stretching tells which of the two a passphrase opens.
        made = self._made_pair(reader, passphrase, bytes(row.salt) if row and row.salt else os.urandom(ID_BYTES))
        with self._db.write() as session:
            # Whoever asks at the same time waits here: of two that would be the first one only one is.
            lead_keys.note(session, reader.id, "ask_key", None, now)
            waits = row is not None or bool(reader_keys.usable(session, self._concerns))
            if waits:
                lead_keys.wait(session, reader.id, reader.person, made.public, made.salt, made.sealed, now)
                self._tell(session, outgoing.KEY_WAITS, reader, now)
            else:
                self._use(session, made, now)
        return NewKey(fingerprint(made.public), waits)

    def _made_pair(self, reader: Recipient, passphrase: str, salt: bytes) -> _Made:
        pair = envelopes.new_pair()
        with self._stretching():
            key = self._kdf.stretch(passphrase.encode("ascii"), salt)
        label = str(self._kdf).encode("ascii")
        sealed = label + b"|" + envelopes.box(pair.private, key, _place(reader.id, label))
        return _Made(reader, pair.public, salt, sealed)

    def _use(self, session: Session, made: _Made, now: datetime) -> None:
        reader = made.reader
        lead_keys.put(session, reader.id, reader.person, made.public, made.salt, made.sealed, now)
        lead_keys.note(session, reader.id, "new_key", None, now)
        duties.start(session, self._desk, now)

    def _rows(self, session: Session, reader: Recipient) -> tuple[LeadKey | None, LeadKeyWaiting | None]:
        """Give the key of a recipient that is used, where the policy does not want another, and the one that waits."""
        row, waits = reader_keys.of(session, reader), lead_keys.waiting_of(session, reader.id, reader.person)
        if row is not None and not reader_keys.fits(self._concerns, reader.id, row.pk):
            raise Refused("inbox_pinned")
        return row, waits

    def _unlocked(
        self, session: Session, reader: Recipient, pair: Pair | None, new: Pair | None, now: datetime
    ) -> tuple[Pair | None, datetime | None, LeadKeyWaiting | None]:
        """Note what came of a passphrase; give the pair that is open, when another was asked for in vain, and that one.

        Meanwhile somebody may have said that the new key is theirs: the one before opens nothing any more then.
        """
        waits = lead_keys.waiting_of(session, reader.id, reader.person, lock=True)
        row = reader_keys.of(session, reader)
        if pair is not None and (row is None or row.pk != pair.public):
            pair = None
        what = "unlock" if pair else "ask_code" if new else "wrong"
        lead_keys.note(session, reader.id, what, None, now)
        if pair is not None:
            # Where the people who run the bot said whose a key is, nothing has started by that.
            duties.start(session, self._desk, now)
        if pair is None or waits is None:
            return pair, None, waits
        lead_keys.forget_waiting(session, reader.id, reader.person)
        lead_keys.note(session, reader.id, "key_not_needed", None, now)
        self._tell(session, outgoing.KEY_DROPPED, reader, now)
        return pair, waits.made_at, waits

    def _tell(self, session: Session, kind: str, of: Recipient, now: datetime, why: str = "") -> None:
        known = self._desk.directory.known
        reader_keys.tell(session, self._concerns, kind, of, now, why=why, is_here=lambda each: known(each).active)

    def _opened(
        self, row: LeadKey | LeadKeyWaiting, passphrase: str, stretched: dict[tuple[bytes, bytes], bytes]
    ) -> Pair | None:
        """Open a key, None where the passphrase is another. What somebody made weaker does not open either."""
        label, _, closed = bytes(row.sealed_sk).partition(b"|")
        at = (label, bytes(row.salt))
        try:
            kdf = envelopes.parse_kdf(label.decode("ascii"))
            if not kdf.at_least(self._floor):
                return None
            if at not in stretched:
                with self._stretching():
                    stretched[at] = kdf.stretch(passphrase.encode("ascii"), row.salt)
            pair = envelopes.pair_of(envelopes.unbox(closed, stretched[at], _place(row.lead, label)))
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
    """Whether somebody has a key, or one that waits; None where they are no recipient."""
    if concerns is None:
        return None
    found = next((each for each in concerns.everybody if each.person == person), None)
    if found is None:
        return None
    waits = lead_keys.waiting_of(session, found.id, found.person)
    return reader_keys.of(session, found) is not None or waits is not None


def _place(lead: str, label: bytes) -> bytes:
    return b"hrdd/v1/lead|" + lead.encode("ascii") + b"|" + label
