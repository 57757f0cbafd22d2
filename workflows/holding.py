"""What is held until its slot comes: kept in the spool at once, or in memory until the next tick of a grid (0024).

On a database whose log tells the microsecond of every change, the spool is written on a grid of ten minutes, always
the same number of places, whether anything waits or not. On an SQLite file what was sent is kept before it is answered.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlmodel import Session

from storage import spool
from storage.database import Database
from storage.envelopes import CannotOpen
from storage.keystore import Keystore, KeystoreError
from workflows.errors import Refused
from workflows.held import Head, read_head

AT_A_TIME: Final = 4
"""How many things can wait for the next tick of the grid."""
PLACES_A_TICK: Final = 8
"""How many places are written over then: enough that four of them are free, since half of all are at least."""


def below(limit: int) -> int:
    """Draw a number below a limit; with 64 bits the difference between any two is past measuring."""
    return int.from_bytes(os.urandom(8), "big") % limit


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits in memory for the next tick of the grid."""

    head: Head
    body: bytes = field(repr=False)


class Holding:
    """The spool, as one process sees it. Safe to share between threads."""

    def __init__(self, db: Database, keystore: Keystore, *, at_once: bool) -> None:
        """`at_once`: keep things as they come, rather than on the grid."""
        self.at_once = at_once
        self._db = db
        self._keystore = keystore
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._queue: list[Waiting] = []

    def keep(self, head: Head, body: bytes) -> None:
        """Put something into the spool, or among what waits for the next tick. A report that is there is not put twice.

        Raises:
            Refused: so much waits already that there is no room until then. StorageError: it could not be kept.
        """
        if self.at_once:
            with self._db.write() as session:
                free, key_id, key = self._room(session)
                if not _is_among(head, (each for _, each in self.heads(session))):
                    spool.put(session, key_id, key, [(free[below(len(free))], (head.encode(), body))])
            return
        with self._guard:
            if _is_among(head, (each.head for each in self._queue)):
                return
            if len(self._queue) >= AT_A_TIME:
                raise Refused("concern_wait")
            self._queue.append(Waiting(head, body))

    def write_down(self) -> int:
        """Write over as many places as always, wherever they fall; give how many things still wait for the next time.

        What is held in one of them is written again. Were it passed over, a place that is not written for long would
        tell that something is held there, and since when.

        Raises StorageError; what waits goes on waiting.
        """
        with self._writing, self._db.write() as session:
            with self._guard:
                waiting = tuple(self._queue)
            spool.lock(session)
            self.check(session)
            held = {place for place, _ in self.heads(session)}
            key_id, key = self._keystore.spool()
            places = self._enough(session, held, key_id, key)
            chosen = sorted(sorted(places, key=lambda _: os.urandom(8))[:PLACES_A_TICK])
            there = spool.contents(session, chosen, self._keystore.keys())
            free = [place for place in chosen if place not in held]
            new = {place: (each.head.encode(), each.body) for place, each in zip(free, waiting, strict=False)}
            spool.put(session, key_id, key, [(place, new.get(place, there[place])) for place in chosen])
            written = waiting[: len(new)]
        with self._guard:
            self._queue = [each for each in self._queue if each not in written]
            return len(self._queue)

    def check(self, session: Session) -> None:
        """See that the folder of keys is the one that belongs to this database.

        Raises KeystoreError where something is held under a key that is not there: written over, it would be lost.
        """
        if spool.key_ids(session) - self._keystore.names():
            raise KeystoreError(
                "The folder of keys does not belong to this database: set HRDD_KEYSTORE to the one that does. "
                "Where the database is an older copy of itself, run `hrdd privacy restored` first."
            )

    def heads(self, session: Session) -> list[tuple[int, Head]]:
        """Give what is held in the spool, with its places."""
        found = []
        for each in spool.heads(session, self._keystore.keys()):
            with suppress(CannotOpen):
                found += [(each.place, read_head(each.head))] if each.head is not None else []
        return found

    def everything(self, session: Session) -> list[Head]:
        """Give all that is held, in the spool and in memory."""
        with self._guard:
            queued = [each.head for each in self._queue]
        return [*queued, *(head for _, head in self.heads(session))]

    def new_report(self, session: Session, locator: bytes) -> Head | None:
        """Find a new report that is still held by where it is going to be found."""
        mine = [each for each in self.everything(session) if hmac.compare_digest(each.locator, locator)]
        return mine[0] if mine else None

    def body_of(self, session: Session, head: Head) -> bytes:
        """Give the body of something that is held; empty where it was released meanwhile."""
        with self._guard:
            queued = next((each.body for each in self._queue if each.head == head), None)
        if queued is not None:
            return queued
        place = next((place for place, each in self.heads(session) if each == head), None)
        found = None if place is None else spool.body(session, place, self._keystore.keys())
        return found or b""

    def _room(self, session: Session) -> tuple[list[int], str, bytes]:
        """Give empty places, one at least, with the key to write them under. Others wait until the end."""
        spool.lock(session)
        self.check(session)
        held = {place for place, _ in self.heads(session)}
        key_id, key = self._keystore.spool()
        return [each for each in self._enough(session, held, key_id, key) if each not in held], key_id, key

    def _enough(self, session: Session, held: set[int], key_id: str, key: bytes) -> list[int]:
        """Give all places, and more than there were where half of them are taken."""
        places = spool.places(session)
        if len(held) * 2 >= len(places):
            places += spool.add(session, key_id, key, spool.PLACES // 4)
        return places


def _is_among(head: Head, others: Iterable[Head]) -> bool:
    """Whether the same report is held, or that it is taken back: delivered twice at once, both see that it was not."""
    if head.kind == "back":
        return any(each.kind == "back" and hmac.compare_digest(each.case_id, head.case_id) for each in others)
    return bool(head.locator) and any(hmac.compare_digest(each.locator, head.locator) for each in others)
