"""The thread that keeps the grid: every ten minutes, on the clock, it lets the blind core do what is due.

It runs in every process that takes requests, since on a server what was sent waits in the memory of the process that
took it. What it does takes as long whether anything was sent or not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from storage.errors import StorageError
from storage.keystore import KeystoreError
from workflows import spooling
from workflows.clock import utcnow
from workflows.vault import Vault

LOOK_SECONDS = 1.0
"""How often the clock is looked at: it may be set, and in the playground it is moved."""
STOP_SECONDS = 15.0
log = logging.getLogger(__name__)


class Grid:
    """Keeps the grid of one process until stopped."""

    def __init__(self, vault: Vault, zone: ZoneInfo, uses: Callable[[], int]) -> None:
        """`uses` gives how often the bot was used since it was asked last."""
        self._vault = vault
        self._zone = zone
        self._uses = uses
        self._nudge = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hrdd-grid", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the clock now: it was moved."""
        self._nudge.set()

    def stop(self) -> None:
        """Write down what waits in memory, and end."""
        self._stop.set()
        self._nudge.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_SECONDS)
        self._safely(self._last)

    def _run(self) -> None:
        due = utcnow()
        while not self._stop.is_set():
            now = utcnow()
            if now >= due or spooling.next_moment(self._vault, self._zone, now) < due:
                self._safely(partial(self._tick, now))
                # From the moment that was worked for: where the clock was moved meanwhile, there is more to do at once.
                due = spooling.next_moment(self._vault, self._zone, now)
            self._nudge.wait(LOOK_SECONDS)
            self._nudge.clear()

    def _tick(self, now: datetime) -> None:
        spooling.tick(self._vault, self._zone, now, self._uses())

    def _last(self) -> None:
        if not self._vault.holding.at_once:
            while self._vault.holding.write_down():
                pass

    def _safely(self, act: Callable[[], None]) -> None:
        """Try; what does not work is tried again at the next tick. Its kind is all that is logged."""
        try:
            act()
        except (StorageError, KeystoreError) as error:
            log.warning("The grid waits for its next tick: %s", type(error).__name__)
        except Exception as error:
            log.error("Unexpected %s on the grid", type(error).__name__)
