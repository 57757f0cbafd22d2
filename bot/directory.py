"""What Slack knows about people, remembered for a while: an answer to a person never waits for Slack."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

FRESH_SECONDS = 600.0
GONE = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
log = logging.getLogger(__name__)


class SlackDirectory:
    """Implements the workflows' Directory over `users.info`.

    Somebody nobody asked about yet counts as able to answer: the card's delivery asks, and replaces them if not.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known: dict[str, tuple[bool, float]] = {}
        self._lock = threading.Lock()

    def can_answer(self, person_id: str) -> bool:
        """Answer from memory only."""
        known = self._known.get(person_id)
        return known is None or known[0]

    def refresh(self, person_id: str) -> bool:
        """Ask Slack, unless it was asked in the last ten minutes; where Slack does not answer, memory stands."""
        known = self._known.get(person_id)
        # How long ago is a matter of this process, not of business time, so it is measured by the steady clock.
        if known is not None and time.monotonic() - known[1] < FRESH_SECONDS:
            return known[0]
        try:
            answer = self._client.users_info(user=person_id)
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                log.warning("users.info answered %s", error.response.get("error"))
                return self.can_answer(person_id)
            return self._remember(person_id, False)
        except (SlackClientError, OSError) as error:
            log.warning("users.info did not answer: %s", type(error).__name__)
            return self.can_answer(person_id)
        return self._remember(person_id, _can_answer(answer["user"]))

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._known.clear()

    def _remember(self, person_id: str, able: bool) -> bool:
        with self._lock:
            self._known[person_id] = (able, time.monotonic())
        return able


def _can_answer(user: Mapping[str, Any]) -> bool:
    kinds = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    return not any(user.get(kind) for kind in kinds)
