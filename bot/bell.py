"""A bell in the event on which the engine's queue thread waits."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class Bell:
    """Ends the wait of the engine's queue thread, so that a job promised here is taken up at once.

    DBOS looks for jobs in intervals, and waits in between on the event by which it is told to stop. Looking often
    enough to be quick costs 3 to 5 % of a core all day (measured; decision 0017), so the wait is ended instead. Where
    a later DBOS waits in another way nothing breaks: it then looks every 50 ms, as it does until the bell is heard.
    (A test notices.)
    """

    def __init__(self, stops: Iterable[threading.Event], thread: str) -> None:
        """Hang up in the events by which threads are told to stop; only the thread of this name hears the bell."""
        self._thread = thread
        self._rung = threading.Condition()
        self._rings = self._heard = 0
        self.within_earshot = threading.Event()
        # Which of its events the thread waits on is not said, and their order varies.
        for stop in tuple(stops):
            self._hang_up_in(stop)

    def _hang_up_in(self, stop: threading.Event) -> None:
        plain, end = stop.wait, stop.set

        def wait(timeout: float | None = None) -> bool:
            """Wait as the event would; only the thread that looks for our jobs hears the bell."""
            if threading.current_thread().name != self._thread:
                return plain(timeout)
            self.within_earshot.set()
            with self._rung:
                if self._heard == self._rings and not stop.is_set():
                    self._rung.wait(timeout)
                self._heard = self._rings
            return stop.is_set()

        def set_and_ring() -> None:
            end()
            self.ring()

        stop.wait = wait  # type: ignore[method-assign]
        stop.set = set_and_ring  # type: ignore[method-assign]

    def ring(self) -> None:
        """End the wait, or the next one if nobody waits now."""
        with self._rung:
            self._rings += 1
            self._rung.notify_all()
