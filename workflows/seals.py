"""Sealed names: kept so that few may read them, and kept out of everything that leaves (promise 8, S26, S19)."""

from __future__ import annotations

import calendar
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlmodel import Session

from prompts.said import said
from storage import seals
from storage.crypto import KEY_ID_LETTERS, Keyring, Keys, Place, SealError
from storage.database import Database
from storage.models import Seal
from storage.seals import Version
from workflows import places
from workflows.errors import BadAnswer, HrddError, Refused
from workflows.policy import Policy
from workflows.rules.parts import lines
from workflows.rules.sealed import Row, Terms, read, usable

LOOK_SECONDS = 1.0
"""How long a seal of another process may be unknown here. One that is made in this process is known at once."""
KEPT_SECONDS = 120.0
"""How long a seal made here is remembered beside the database: longer than any transaction lasts."""
LOOKED_FOR = "sealed"
"""The part of a record whose lines are looked for in what leaves. What else is sealed is prose, which stops nothing."""
LAUNCHES_MOST = 2000
"""Among how many names of launches a name is looked for before it is sealed; one found later makes messages bare."""
_SLACK_ID = re.compile(r"\b[UWC][A-Z0-9]{2,}\b")
log = logging.getLogger(__name__)


class SealsUnreadable(HrddError):
    """There are seals that cannot be opened here, so of nothing can be said that it is free of them."""

    problem = "seal_key_wrong"


@dataclass(frozen=True, slots=True)
class _New:
    """Names sealed by this process, whose transaction may not be over yet."""

    seal_id: int
    names: tuple[str, ...]
    until: float


class Seals:
    """The sealed texts of one installation. Safe to share between threads."""

    def __init__(self, db: Database, keys: Keys, steady: Callable[[], float], public: Sequence[str] = ()) -> None:
        """Take seconds of a clock that nobody sets, and names that everybody sees anyway, such as those of products."""
        self._db = db
        self._keys = keys
        self._steady = steady
        self._public = tuple(public)
        self._guard = threading.Lock()
        self._version: Version | None = None
        self._looked_at = float("-inf")
        self._stored: tuple[str, ...] = ()
        self._new: tuple[_New, ...] = ()
        self._terms = Terms(())

    def keep(self, session: Session, case_id: int, part: str, number: int, text: str, by: str, now: datetime) -> int:
        """Seal a text in the caller's transaction; give the number of the seal.

        In the part `sealed` each line is a name to keep inside. Nothing that leaves carries it from now on, even
        before the transaction ends; and what an earlier writing of the same entry held is erased.

        Raises:
            BadAnswer: a line cannot be looked for, or stands in words that have to leave. Refused: there is no key.
        """
        names = lines(text) if part == LOOKED_FOR else ()
        if names:
            self.check(names, seals.launches(session, LAUNCHES_MOST))
        key_id, box = self._closed(session, text, Place(case_id, part, number))
        if part == LOOKED_FOR:
            seals.erase_entry(session, case_id, part, number, now)
        seal = Seal(case_id=case_id, part=part, number=number, key_id=key_id, box=box, created_by=by, created_at=now)
        seal_id = seals.keep(session, seal)
        if not names:
            return seal_id
        with self._guard:
            self._new = (*self._new, _New(seal_id, names, self._steady() + KEPT_SECONDS))
            self._make_terms()
        return seal_id

    def box(self, session: Session, case_id: int, part: str, text: str) -> bytes:
        """Close a text in a box that the caller keeps. Raises Refused where there is no key."""
        key_id, box = self._closed(session, text, Place(case_id, part, 0))
        return f"{key_id:{KEY_ID_LETTERS}}".encode("ascii") + box

    def unbox(self, case_id: int, part: str, box: bytes) -> str:
        """Open such a box. Raises SealsUnreadable where it does not open."""
        key_id = box[:KEY_ID_LETTERS].decode("ascii", "replace").rstrip()
        try:
            return self._ring().open(key_id, box[KEY_ID_LETTERS:], Place(case_id, part, 0))
        except SealError as error:
            log.error("%s", error)
            raise SealsUnreadable from None

    def marks(self, person_id: str) -> tuple[str, ...]:
        """Give the digests, one for each key, by which what a person raised in confidence is found again by them.

        None where there is no key: then nothing was raised, or nobody can tell.
        """
        try:
            return self._keys.ring().marks(person_id)
        except SealError as error:
            log.error("%s", error)
            return ()

    def check(self, names: Iterable[str], public: Sequence[str] = ()) -> None:
        """Say whether names can be sealed. Raises BadAnswer: one is too short, or stands in what we have to say.

        `public` are texts that messages carry, such as the names of launches.
        """
        asked = tuple(names)
        if not all(usable(name) for name in asked):
            raise BadAnswer("name_too_short")
        terms = Terms(asked)
        if terms.stand_in((*self._public, *public)) or terms.stand_in_row(_our_words()):
            raise BadAnswer("name_in_use")

    def reveal(self, session: Session, case_id: int) -> Mapping[int, str]:
        """Give the texts of a case by the numbers of their seals. The caller has made sure who reads them.

        Raises SealsUnreadable where one does not open.
        """
        return {seal.id or 0: text for seal, text in self.opened(session, case_id)}

    def opened(self, session: Session, case_id: int) -> tuple[tuple[Seal, str], ...]:
        """Give every box of a case that was not erased with its text, the oldest first. Raises as `reveal`."""
        ring = self._ring()
        return tuple((seal, _opened(ring, seal)) for seal in seals.of_case(session, case_id))

    def terms(self) -> Terms:
        """Give all sealed names, ready to be looked for. Raises SealsUnreadable, or StorageError."""
        with self._guard:
            if self._steady() - self._looked_at >= LOOK_SECONDS:
                self._look()
            return self._terms

    def refuses(self, texts: Iterable[str]) -> bool:
        """Whether a sealed name stands in one of these texts. Raises SealsUnreadable, or StorageError."""
        return self.terms().stand_in(texts)

    def require_clean(self, texts: Iterable[str]) -> None:
        """Let texts leave. Raises Refused where a sealed name stands in one, SealsUnreadable where nobody can tell."""
        if self.refuses(texts):
            raise Refused("sealed_name")

    def _closed(self, session: Session, text: str, place: Place) -> tuple[str, bytes]:
        try:
            ring = self._keys.ring_to_seal() if self._may_make(session) else self._keys.ring()
            return ring.seal(text, place)
        except SealError as error:
            log.error("%s", error)
            raise Refused("seal_key_missing") from None

    def _may_make(self, session: Session) -> bool:
        """Whether a new key may be made: not where an older one is missing, with which all could be opened again."""
        return bool(self._keys.ring()) or not seals.any_open(session)

    def _ring(self) -> Keyring:
        try:
            return self._keys.ring()
        except SealError as error:
            log.error("%s", error)
            raise SealsUnreadable from None

    def _look(self) -> None:
        """See whether seals were added or erased, and read them all where they were. Holds on to nothing half read."""
        with self._db.ask() as session:
            version = seals.version(session)
            if version != self._version:
                # Without any name there is nothing to open, so a missing key is no matter.
                found = seals.of_part(session, LOOKED_FOR)
                ring = self._ring() if found else Keyring({})
                self._stored = tuple(name for seal in found for name in lines(_opened(ring, seal)))
                stored = {seal.id for seal in found}
                self._new = tuple(new for new in self._new if new.seal_id not in stored)
                self._version = version
                self._make_terms()
        if any(new.until <= self._steady() for new in self._new):
            # Its transaction was taken back, or it was erased.
            self._new = tuple(new for new in self._new if new.until > self._steady())
            self._make_terms()
        self._looked_at = self._steady()

    def _make_terms(self) -> None:
        self._terms = Terms((*self._stored, *(name for new in self._new for name in new.names)))


def public_of(policy: Policy) -> tuple[str, ...]:
    """Give the names and ids of a policy, which may stand in messages and so cannot be sealed."""
    named = {text for product in policy.products for text in (product.id, product.name)}
    # People and channels are named in a policy by their ids alone.
    ids = _SLACK_ID.findall(repr(policy))
    return (policy.company, *sorted({*named, *ids}))


@cache
def _our_words() -> Row:
    """What we say ourselves, and what days, months and countries are called."""
    days = (calendar.month_name, calendar.month_abbr, calendar.day_name, calendar.day_abbr)
    return read([said(), *(each for names in days for each in names if each), *places.countries().values()])


def _opened(ring: Keyring, seal: Seal) -> str:
    try:
        return ring.open(seal.key_id, seal.box, Place(seal.case_id, seal.part, seal.number))
    except SealError as error:
        log.error("%s", error)
        raise SealsUnreadable from None
