"""The bot's home: drawn anew each time somebody opens it."""

from __future__ import annotations

from bot import payloads
from bot.listeners.acts import Act
from bot.views.home import home
from workflows.home import overview


def show(act: Act) -> None:
    """Somebody opened the home tab."""
    event = act.body["event"]
    if event.get("tab", "home") == "home":
        _publish(act, str(event["user"]))


def turn_page(act: Act) -> None:
    """The next page of the caseload, or its start."""
    act.ack()
    order, _, last = payloads.Click.of(act.body).value.partition(":")
    _publish(act, act.person, (int(order), int(last)) if last else None)


def _publish(act: Act, person: str, after: tuple[int, int] | None = None) -> None:
    page = overview(act.desk, person, act.now, after)
    act.bot.services.client.views_publish(user_id=person, view=home(page))
