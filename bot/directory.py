"""What Slack knows about people, remembered for a while: an answer to a person never waits for Slack."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from workflows.ports import Known

FRESH = timedelta(minutes=10)
IN_VAIN_SECONDS = 60.0
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
GONE = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
UNABLE = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Slack said, and when: by the clock of the app, and by the steady clock of this process."""

    known: Known
    at: datetime
    steady: float

    def is_fresh(self, now: datetime) -> bool:
        """Whether it still stands. The app's clock may be moved either way, the steady one cannot."""
        return abs(now - self.at) < FRESH and time.monotonic() - self.steady < FRESH.total_seconds()


class SlackDirectory:
    """Implements the workflows' Directory over `users.info`.

    Somebody nobody asked about yet counts as able to answer: the card's delivery asks, and replaces them if not.
    `away_statuses` are the emoji, such as ":palm_tree:", by which people say that they are away. Of a status nothing
    but that, and when it ends, is kept.
    """

    def __init__(self, client: WebClient, away_statuses: Collection[str]) -> None:
        self._client = client
        self._away_statuses = frozenset(away_statuses)
        self._answers: dict[str, _Answer] = {}
        self._in_vain: dict[str, float] = {}
        self._lock = threading.Lock()

    def known(self, person_id: str) -> Known:
        """Answer from memory only."""
        answer = self._answers.get(person_id)
        return answer.known if answer else Known()

    def refresh(self, person_id: str, now: datetime) -> Known:
        """Ask Slack, unless it was asked in the last ten minutes; where Slack does not answer, memory stands."""
        answer = self._answers.get(person_id)
        if answer is not None and answer.is_fresh(now):
            return answer.known
        if time.monotonic() - self._in_vain.get(person_id, -math.inf) < IN_VAIN_SECONDS:
            return self.known(person_id)
        return self._ask(person_id, now)

    def acquaint(self, people: Collection[str], now: datetime) -> None:
        """Learn in which zone people work before anybody needs it. Whether they can answer is asked again then."""
        for person_id in people:
            if person_id not in self._answers:
                zone = self._ask(person_id, now).zone
                with self._lock:
                    self._answers[person_id] = _Answer(Known(zone=zone), LONG_AGO, 0.0)

    def _ask(self, person_id: str, now: datetime) -> Known:
        try:
            user = self._client.users_info(user=person_id).get("user")
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                log.warning("users.info answered %s", error.response.get("error"))
                return self._no_answer(person_id)
            return self._remember(person_id, Known(active=False), now)
        except (SlackClientError, OSError) as error:
            log.warning("users.info did not answer: %s", type(error).__name__)
            return self._no_answer(person_id)
        if not isinstance(user, Mapping):
            log.warning("users.info answered without a user")
            return self._no_answer(person_id)
        return self._remember(person_id, self._read(user, now), now)

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._answers.clear()
            self._in_vain.clear()

    def _no_answer(self, person_id: str) -> Known:
        """Memory stands, and for a minute Slack is not asked about them again."""
        self._in_vain[person_id] = time.monotonic()
        return self.known(person_id)

    def _remember(self, person_id: str, known: Known, now: datetime) -> Known:
        with self._lock:
            self._answers[person_id] = _Answer(known, now, time.monotonic())
        return known

    def _read(self, user: Mapping[str, Any], now: datetime) -> Known:
        profile = user.get("profile") or {}
        ends = _moment(profile.get("status_expiration"))
        away = profile.get("status_emoji") in self._away_statuses and (ends is None or ends > now)
        return Known(
            active=not any(user.get(kind) for kind in UNABLE),
            away=away,
            away_until=ends if away else None,
            zone=user.get("tz") or None,
        )


def _moment(seconds: object) -> datetime | None:
    """Give the end of a status, which Slack writes as seconds since 1970; 0, or what cannot be read, is no end."""
    if not isinstance(seconds, int | float) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
