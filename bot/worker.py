"""The loop that keeps promises: `run_once` sends what is due, `run` repeats it until told to stop."""

from __future__ import annotations

import logging
import threading

from bot.attention import Attention
from bot.notifier import SlackNotifier
from bot.services import Services
from storage.errors import StorageError
from workflows import delivery
from workflows.check import forget_old_drafts
from workflows.clock import utcnow

IDLE_SECONDS = 1.0
GIVE_WAY_SECONDS = 0.25
TIDY_EVERY = 3600
log = logging.getLogger(__name__)


class Worker:
    """Sends what the outbox holds, on a thread of its own. `wake` says that something was just promised."""

    def __init__(self, services: Services, attention: Attention | None = None) -> None:
        self._attention = attention or Attention()
        self._desk = services.desk
        self._notifier = SlackNotifier(services.client)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self) -> int:
        """Send one batch of what is due now; give how many messages were taken up.

        The clock is read for each message: after a slow one the lease of the next still has its full length.
        """
        done = 0
        while done < delivery.BATCH and delivery.run_once(
            self._desk, self._notifier, utcnow(), limit=1, give_way=self._give_way
        ):
            done += 1
        return done

    def run(self) -> None:
        """Send until stopped. A failure is logged by its kind and tried again; it never ends the loop."""
        rounds = 0
        while not self._stop.is_set():
            worked = self._safely()
            if rounds % TIDY_EVERY == 0:
                self._tidy()
            rounds += 1
            if not worked:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()

    def start(self) -> None:
        """Run on a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="hrdd-worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now rather than at the next tick."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the message in hand and end."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=15)

    def _give_way(self) -> None:
        self._attention.give_way(GIVE_WAY_SECONDS)

    def _safely(self) -> int:
        try:
            return self.run_once()
        except StorageError as error:
            log.warning("The outbox cannot be read: %s", error.code or type(error).__name__)
        except Exception as error:
            # Only the kind: the message of an exception may quote what somebody wrote.
            log.error("A message could not be handled: %s", type(error).__name__)
        return 0

    def _tidy(self) -> None:
        try:
            forget_old_drafts(self._desk, utcnow())
        except StorageError as error:
            log.warning("Old drafts stay for now: %s", error.code or type(error).__name__)
