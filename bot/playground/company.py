"""The invented company of the playground: five people to be, its channels, and a clock that moves the whole app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.playground.values import Channel, Person
from workflows import clock

COMPANY = "Tidewater Labs"
PEOPLE = (
    Person("U0AMINA", "amina", "Amina Haddad", "Engineer, Harbor Photos", tz="Africa/Nairobi"),
    Person("U0DIEGO", "diego", "Diego Ruiz", "Product lead", tz="Europe/Madrid"),
    Person("U0NOOR", "noor", "Noor Rahman", "Human rights lead", tz="Europe/Berlin"),
    Person("U0RUTH", "ruth", "Ruth Okafor", "Chief executive", tz="Africa/Lagos"),
    Person("U0SAM", "sam", "Sam Tran", "Support, member of staff", tz="Asia/Ho_Chi_Minh"),
)
EVERYBODY = frozenset(person.id for person in PEOPLE)
CHANNELS = (
    Channel("C0LAUNCHES", "launches", EVERYBODY),
    Channel("C0PHOTOS", "harbor-photos", EVERYBODY - {"U0RUTH"}),
    Channel("C0RIGHTS", "human-rights", frozenset({"U0NOOR", "U0DIEGO", "U0RUTH"}), private=True),
    Channel("C0BOARD", "leadership", frozenset({"U0RUTH", "U0NOOR"}), private=True),
    Channel("C0OPS", "bot-operators", frozenset({"U0NOOR", "U0DIEGO"}), private=True),
)


class MovableClock:
    """The clock control of the page: it moves the clock that the whole app reads."""

    def __init__(self, due: Callable[[datetime], datetime | None], moved: Callable[[], None]) -> None:
        self._due = due
        self._moved = moved

    def now(self) -> datetime:
        """The time that the app sees."""
        return clock.utcnow()

    def advance(self, delta: timedelta) -> None:
        """Move the time that the app sees, and let the app look at what is due."""
        clock.shift(delta)
        self._moved()

    def next_due(self) -> datetime | None:
        """When the next answer is due."""
        return self._due(clock.utcnow())
