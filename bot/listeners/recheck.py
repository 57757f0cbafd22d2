"""A question whether something still holds, answered in one click: from a message, or from the home."""

from __future__ import annotations

import logging

from slack_sdk.errors import SlackApiError, SlackClientError

from bot import payloads
from bot.listeners.acts import Act
from bot.views import nudge as views
from bot.views.home import home
from storage.errors import StorageError
from workflows import rechecking
from workflows.errors import HrddError, NotFound
from workflows.home import overview
from workflows.nudge_values import Answered

log = logging.getLogger(__name__)


def same(act: Act) -> None:
    """It is as it was last time."""
    case_id, number = _asked(act)
    _done(act, rechecking.same(act.desk, case_id, number, act.person, act.now), "same")


def right(act: Act) -> None:
    """The picture of the risks is still right."""
    case_id, _ = _asked(act)
    _done(act, rechecking.still_right(act.desk, case_id, act.person, act.now), "right")


def snooze(act: Act) -> None:
    """Not now: ask again in a week, once."""
    case_id, number = _asked(act)
    _done(act, rechecking.snooze(act.desk, case_id, number, act.person, act.now), "snooze")


def _asked(act: Act) -> tuple[int, int]:
    """Read which question it was. Raises NotFound for what we did not write."""
    case_id, _, number = payloads.Click.of(act.body).value.partition(":")
    if not case_id.isdigit() or not number.removeprefix("-").isdigit():
        raise NotFound
    return int(case_id), int(number)


def _done(act: Act, answered: Answered, which: str) -> None:
    """Save came first; say so, and take the question off the home if it was answered there."""
    act.ack()
    act.bot.wake()
    act.opens(views.done(answered, which))
    if (act.body.get("view") or {}).get("type") != "home":
        return
    try:
        fresh = home(overview(act.desk, act.person, act.now))
        act.bot.services.client.views_publish(user_id=act.person, view=fresh)
    except (HrddError, StorageError, SlackApiError, SlackClientError, OSError) as error:
        log.warning("A home was not brought up to date: %s", type(error).__name__)
