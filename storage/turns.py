"""A lock that threads get in the order they asked for it."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """Let one thread in at a time, first come, first served.

    A plain lock may let one busy thread in again and again while others wait for a tenth of a second and more.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Wait for a turn, at most `timeout` seconds; say whether it came."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        # The turn came in the very moment that patience ended.
        return True

    def release(self) -> None:
        """End the turn and call the next thread, if any waits."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
