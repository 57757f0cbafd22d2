"""The parts of the company's own file that are about time: working hours, days off, absences, how long answers take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from workflows.places import countries
from workflows.rules.values import Span, Unit

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, Monday first."""
_UNITS: Mapping[str, Unit] = {
    "hour": "hours",
    "day": "days",
    "working hour": "working_hours",
    "working day": "working_days",
}


def zone_exists(name: str) -> str:
    """Give back the name of a time zone. Raises ValueError where this machine knows none by it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone such as Africa/Nairobi") from None
    return name


def _span(text: object) -> Span:
    found = re.fullmatch(r"([1-9]\d{0,3}) (hour|day|working hour|working day)s?", str(text).strip())
    if found is None:
        raise ValueError('is not a time such as "3 working days", "4 working hours", "2 days" or "12 hours"')
    return Span(int(found[1]), _UNITS[found[2]])


def time_of_day(value: object) -> object:
    """Give a time of day as YAML may have read it; what is none stays for pydantic to refuse."""
    # YAML reads 17:30 without quotes as 1050, a number to the base of sixty.
    if isinstance(value, int) and 0 <= value < 24 * 60:
        return time(value // 60, value % 60)
    return value


def _on_the_wall(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("is a time of day without a zone, such as 17:30")
    return value


def in_words(span: Span) -> str:
    """Give a length of time as it is written in the file."""
    unit = span.unit.replace("_", " ")
    return f"{span.amount} {unit if span.amount > 1 else unit.removesuffix('s')}"


def _days(text: object) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,3}) days?", str(text).strip())
    if found is None:
        raise ValueError('is not a number of days such as "14 days"')
    return timedelta(days=int(found[1]))


def country_exists(code: str) -> str:
    """Give back an ISO 3166 code of two letters in capitals. Raises ValueError where there is no such country."""
    if code.upper() not in countries():
        raise ValueError("is not a country code such as KE (ISO 3166)")
    return code.upper()


Days = Annotated[timedelta, PlainValidator(_days)]
"""A number of days as people write it."""
Zone = Annotated[str, AfterValidator(zone_exists)]
TimeOfDay = Annotated[time, BeforeValidator(time_of_day), AfterValidator(_on_the_wall)]
Time = Annotated[Span, PlainValidator(_span)]
"""A length of time as people write it: an amount of hours, days, working hours or working days."""


class Part(BaseModel):
    """A part of the file: nothing but what is named here, and it never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkingHours(Part):
    """On which weekdays and between which hours people work, in the company's zone or a person's own."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: TimeOfDay = time(9)
    end: TimeOfDay = time(17, 30)

    @model_validator(mode="after")
    def _is_a_real_day(self) -> WorkingHours:
        if not self.days or self.start >= self.end:
            raise ValueError("needs at least one day, and a start before its end")
        return self

    def length(self) -> timedelta:
        """Give how long a working day is."""
        day = date(2000, 1, 1)
        return datetime.combine(day, self.end) - datetime.combine(day, self.start)


class Holidays(Part):
    """Whose public holidays count: an ISO country code, and a part of that country where it has its own."""

    country: str
    subdivision: str | None = None

    @model_validator(mode="after")
    def _is_a_known_calendar(self) -> Holidays:
        try:
            self.calendar()
        except NotImplementedError:
            raise ValueError("is not a country or part of one whose public holidays are known") from None
        return self

    def calendar(self) -> holidays.HolidayBase:
        """Give the calendar of public holidays; it grows by the year as days are asked for."""
        return holidays.country_holidays(self.country, subdiv=self.subdivision)


class Away(Part):
    """Days on which a person does not answer, in their own zone; both ends belong to it."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Away:
        if self.last < self.first:
            raise ValueError("ends before it starts")
        return self


class Person(Part):
    """When one person works, where it differs from the company, and when they are away."""

    timezone: Zone | None = None
    working_hours: WorkingHours | None = None
    holidays: Holidays | None = None
    away: tuple[Away, ...] = ()


class ClockEntry(Part):
    """How long the answers of one level may take here; what is not named takes as long as the rule allows."""

    acknowledge: Time | None = None
    decide: Time | None = None
    backup: Time | None = None
