"""Guard the workspace with one lock, count its changes, and let others wait for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Changes:
    """Hold the lock every part of the workspace shares, and a revision that grows with each change."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rev = 0
        self._changed = threading.Condition(self.lock)

    def touch(self) -> None:
        """Count one change and wake everyone who waits."""
        with self._changed:
            self.rev += 1
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[], object], timeout: float = 5.0) -> bool:
        """Block until `predicate` holds, looking again after each change; False after `timeout` seconds.

        The predicate runs without the lock, so it may ask over HTTP or read the bot's database.
        """
        end = time.monotonic() + timeout
        while True:
            seen = self.rev
            if predicate():
                return True
            if not self.wait_past(seen, end - time.monotonic()):
                return bool(predicate())

    def wait_past(self, rev: int, timeout: float) -> bool:
        """Block until the revision is no longer `rev`; False after `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.rev != rev, max(timeout, 0.0))
