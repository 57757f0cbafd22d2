"""The inbox for readers who keep their key themselves: the server hands out what is sealed and takes what is sealed.

Who comes shows that they have the private half of a registered key, by opening a challenge. Everybody who may come is
handed every report and some that are none (`workflows/rules/decoys.py`), so neither the server nor a reader learns who
can open what. Nothing here is about a reporter. Challenges need no memory; sessions live in the memory of one process.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import anonymous, envelopes, lead_keys
from storage.envelopes import KEY_BYTES, X25519_SUITE, CannotOpen
from storage.models import AnonCase
from workflows import inbox_acts, parcels, reader_keys
from workflows.letters import FROM_READER
from workflows.parcels import MESSAGE_BYTES, Contents, Message, Parcel
from workflows.rules.decoys import decoys
from workflows.rules.holds import slot_of
from workflows.rules.retention import ends_on
from workflows.vault import Vault

CHALLENGE_SECONDS: Final = 120.0
SESSION_SECONDS: Final = 15 * 60.0
SESSIONS_MOST: Final = 200
DECOY_KEY: Final = "decoys"
CHALLENGE: Final = b"hrdd/v1/challenge|"
_UNTIL_BYTES: Final = 8


class NoEntry(Exception):
    """Whoever asks has not shown that they are a registered reader, or their time is over. Says no more on purpose."""


class NoSuch(Exception):
    """An answer fits no report that its sender has opened, or is not sealed as answers are."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Random bytes that only the holder of a key can open, and a stamp by which the answer is judged."""

    sealed: bytes = field(repr=False)
    stamp: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who may fetch and answer until a moment, for the key with which they came."""

    lead: str
    public: bytes
    until: float


@dataclass(frozen=True, slots=True)
class Welcome:
    """What somebody is told who was let in: their token, their group, and all groups of readers that there are."""

    token: str = field(repr=False)
    group: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader does with a report: `about` is one of `inbox_acts.ABOUT`.

    `blob` is sealed for `seq` with the key of the report; it is empty where a report is acknowledged without words.
    """

    case_id: bytes
    ticket: str = field(repr=False)
    about: str
    seq: int
    blob: bytes = field(repr=False)


class InboxDoor:
    """Lets readers with a key of their own in. Safe to share between threads."""

    def __init__(self, vault: Vault, zone: ZoneInfo, steady: Callable[[], float]) -> None:
        """`steady` counts seconds and is set by nobody; `zone` is the company's."""
        self._vault, self._zone, self._steady = vault, zone, steady
        self._secret = os.urandom(KEY_BYTES)
        self._guard = threading.Lock()
        self._entered: dict[bytes, Entered] = {}

    def challenge(self, lead: str) -> Challenge:
        """Give a challenge; for somebody who may not come in, one that nobody can open. Raises StorageError."""
        nobody = envelopes.new_pair().public
        public = self._public(lead) or nobody
        answer, until = os.urandom(KEY_BYTES), self._steady() + CHALLENGE_SECONDS
        sealed = envelopes.seal(answer, public, CHALLENGE + lead.encode())
        stamp = int(until * 1000).to_bytes(_UNTIL_BYTES, "big")
        return Challenge(sealed, stamp + self._proof(lead, public, stamp, answer))

    def enter(self, lead: str, stamp: bytes, answer: bytes, now: datetime) -> Welcome:
        """Let somebody in who opened their challenge. Raises NoEntry, StorageError."""
        public = self._public(lead) or bytes(KEY_BYTES)
        until, proof = stamp[:_UNTIL_BYTES], stamp[_UNTIL_BYTES:]
        fits = hmac.compare_digest(self._proof(lead, public, until, answer), proof)
        if not fits or int.from_bytes(until, "big") <= self._steady() * 1000:
            raise NoEntry
        token = os.urandom(KEY_BYTES).hex()
        with self._vault.db.write() as session:
            lead_keys.note(session, lead, "enter", None, now)
        with self._guard:
            self._forget()
            while len(self._entered) >= SESSIONS_MOST:
                self._entered.pop(next(iter(self._entered)))
            self._entered[_hashed(token)] = Entered(lead, public, self._steady() + SESSION_SECONDS)
        everybody = self._vault.concerns.everybody
        own = next(each.group for each in everybody if each.id == lead)
        return Welcome(token, own, tuple(dict.fromkeys(each.group for each in everybody)))

    def reports(self, token: str, now: datetime) -> list[Parcel]:
        """Give all reports and the reader's decoys, in the order of their random ids.

        Raises NoEntry, StorageError, KeystoreError.
        """
        entered = self._whose(token)
        with self._vault.db.write() as session:
            lead_keys.note(session, entered.lead, "pull", None, now)
        keys = self._vault.keystore.keys()
        with self._vault.db.read() as session:
            found = [self._parcel(session, case, keys, token, now) for case in anonymous.everything(session)]
        given = decoys(self._decoy_key(keys), entered.lead, self._day(now), self._keep_days())
        none = [parcels.packed_decoy(each) for each in given]
        return sorted([*filter(None, found), *none], key=lambda parcel: parcel.id)

    def act(self, token: str, answer: Answer, now: datetime) -> str:
        """Do what a reader does with a report that they opened; give its state then.

        Raises:
            NoEntry, StorageError. NoSuch: there is no such report, they have not opened it, or the answer is not sealed
            as answers are. NotFound, Refused: as `inbox_acts.write`.
        """
        entered = self._whose(token)
        if not hmac.compare_digest(self._ticket(token, answer.case_id), answer.ticket) or not _is_sealed(answer.blob):
            raise NoSuch
        with self._vault.db.write() as session:
            case = inbox_acts.of(session, answer.case_id)
            if not answer.blob:
                inbox_acts.acknowledge(session, case, entered.lead, now)
            elif not _is_there(session, answer):
                given = (answer.seq, answer.blob, answer.about)
                inbox_acts.write(session, case, *given, entered.lead, self._zone, now)
            session.expire_all()
            return inbox_acts.of(session, answer.case_id).state

    # --- inside

    def _public(self, lead: str) -> bytes | None:
        """Give the key of a reader who keeps the private half, None for everybody else."""
        reader = next((each for each in self._vault.concerns.everybody if each.id == lead), None)
        if reader is None:
            return None
        with self._vault.db.ask() as session:
            row = reader_keys.of(session, reader)
            usable = reader_keys.usable(session, self._vault.concerns)
        return bytes(row.pk) if row is not None and not row.sealed_sk and lead in usable else None

    def _whose(self, token: str) -> Entered:
        with self._guard:
            self._forget()
            entered = self._entered.get(_hashed(token))
        if entered is None or self._public(entered.lead) != entered.public:
            raise NoEntry
        return entered

    def _forget(self) -> None:
        now = self._steady()
        self._entered = {each: entered for each, entered in self._entered.items() if entered.until > now}

    def _proof(self, lead: str, public: bytes, until: bytes, answer: bytes) -> bytes:
        given = b"challenge|" + until + public + sha256(answer).digest() + lead.encode()
        return hmac.new(self._secret, given, sha256).digest()

    def _ticket(self, token: str, case_id: bytes) -> str:
        """Give what stands in a bundle only: whoever knows it has opened the report in this session."""
        return hmac.new(self._secret, b"ticket|" + _hashed(token) + case_id, sha256).hexdigest()

    def _parcel(
        self, session: Session, case: AnonCase, keys: Mapping[str, bytes], token: str, now: datetime
    ) -> Parcel | None:
        """Pack a report, None where its key is destroyed already."""
        shred_key = keys.get(case.id.hex())
        if shred_key is None:
            return None
        try:
            wraps = [envelopes.peel(each, case.id, shred_key) for each in anonymous.wraps(session, case.id)]
        except CannotOpen:
            return None
        return parcels.packed(case.id, case.case_pk, wraps, self._contents(session, case, token, now))

    def _contents(self, session: Session, case: AnonCase, token: str, now: datetime) -> Contents:
        stored = anonymous.messages(session, case.id)
        site = self._vault.concerns.site_for(case.site or "")
        owed = inbox_acts.owed(session, case, self._zone, now)
        return Contents(
            label=case.label,
            state=case.state,
            topic=case.topic,
            level=case.level,
            week=case.release_week,
            site=site.id if site else "",
            silent=case.silent,
            due=owed.by.date().isoformat() if owed.by else "",
            erased=ends_on(case, self._keep_days()).isoformat(),
            seq=anonymous.last_seq(session, case.id, FROM_READER) + 1,
            ticket=self._ticket(token, case.id),
            messages=tuple(
                Message(each.dir, each.seq, each.blob) for each in stored if len(each.blob) == MESSAGE_BYTES
            ),
        )

    def _keep_days(self) -> int:
        return int(self._vault.concerns.keep.split()[0])

    def _decoy_key(self, keys: Mapping[str, bytes]) -> bytes:
        """Give the key from which decoys follow; the first time it is made, in the keystore, for all replicas."""
        if DECOY_KEY in keys:
            return keys[DECOY_KEY]
        self._vault.keystore.change(put={DECOY_KEY: os.urandom(KEY_BYTES)})
        return self._vault.keystore.keys(frozenset({DECOY_KEY}))[DECOY_KEY]

    def _day(self, now: datetime) -> date:
        """Give the day of the last daily slot: real reports come and go then."""
        today = now.astimezone(self._zone).date()
        begun = slot_of(today, self._vault.concerns.release_at, self._zone) <= now
        return today if begun else today - timedelta(days=1)


def _is_there(session: Session, answer: Answer) -> bool:
    """Whether this very answer arrived before."""
    stored = anonymous.messages(session, answer.case_id, FROM_READER)
    return any((each.seq, each.blob) == (answer.seq, answer.blob) for each in stored)


def _is_sealed(blob: bytes) -> bool:
    return not blob or (len(blob) == MESSAGE_BYTES and blob[:1] == X25519_SUITE)


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()
