"""How many windows were opened today, without knowing by whom (docs: the bucketed limiter, anonymity.md 3.11).

A count per person, even under a key, would say in a memory dump who used a form today. Here a person only falls into
one of a few buckets, each of about forty people, and every window of every form counts there, so that a full bucket
says neither who nor what. Nothing of it is stored, logged or exported; after a day both the counts and the key that
put people into buckets are thrown away.
"""

from __future__ import annotations

import hmac
import math
import os
import threading
from hashlib import sha256

BUCKET = 40
"""People per bucket. With twenty, one bucket in two hundred would hold fewer than ten of them by chance."""
SHARE = 0.3
"""Windows per person and day that a bucket has room for: six for every twenty people."""
MOST = 12
"""Room that every bucket has, however few people there are."""
DAY = 24 * 60 * 60.0


class Limiter:
    """Counts in memory. Safe to share between threads. `now` is a count of seconds that nobody can set."""

    def __init__(self, staff: int, now: float) -> None:
        """Take how many people the workspace has, as the policy counts them."""
        self._buckets = max(1, staff // BUCKET)
        self._most = max(MOST, math.floor(staff / self._buckets * SHARE))
        self._lock = threading.Lock()
        self._uses = 0
        self._begin(now)

    def opened(self, person: str, now: float) -> bool:
        """Count a window that somebody opens; say whether their bucket had no room left for it."""
        with self._lock:
            self._forget(now)
            bucket = self._bucket(person)
            before = self._counts.get(bucket, 0)
            # A full bucket stays full; how often it was tried is nobody's business.
            self._counts[bucket] = min(before + 1, self._most)
            return before >= self._most

    def used(self) -> None:
        """Count one use by anybody, for the size of the crowd."""
        with self._lock:
            self._uses += 1

    def take_uses(self) -> int:
        """Give how many uses there were since this was asked last: one number for the whole company."""
        with self._lock:
            uses, self._uses = self._uses, 0
            return uses

    def forget(self, now: float) -> None:
        """Throw away what is a day old. Called from time to time, since nobody may come who would cause it."""
        with self._lock:
            self._forget(now)

    def _forget(self, now: float) -> None:
        if now - self._since >= DAY:
            self._begin(now)

    def _begin(self, now: float) -> None:
        self._since = now
        self._pepper = os.urandom(32)
        self._counts: dict[int, int] = {}

    def _bucket(self, person: str) -> int:
        digest = hmac.new(self._pepper, person.encode("utf-8", "replace"), sha256).digest()
        return int.from_bytes(digest[:8]) % self._buckets
