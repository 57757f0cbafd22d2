"""The company's own file: products, owners, backups, channels, working hours. Read once, refused with one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from workflows.errors import PolicyError
from workflows.rules.deadlines import WorkCalendar
from workflows.rules.routing import Routes, Seat
from workflows.rules.values import Level

PersonId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,20}$")]
Role = Literal["product_lead", "human_rights_lead", "executive_board"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeatEntry(_Part):
    """Who holds a role: the owner, the backup, and the channel where cases of this role are told."""

    owner: PersonId
    backup: PersonId | None = None
    channel: ChannelId | None = None

    @model_validator(mode="after")
    def _backup_is_another_person(self) -> SeatEntry:
        if self.backup == self.owner:
            raise ValueError("the backup must be another person than the owner")
        return self

    def seat(self) -> Seat:
        """Give the seat as the rules know it."""
        return Seat(self.owner, self.backup, self.channel)


Seats = dict[Role, SeatEntry]


class WorkingHours(_Part):
    """On which weekdays and between which hours people work, in the company's zone."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: time = time(9)
    end: time = time(17, 30)

    @model_validator(mode="after")
    def _is_a_real_day(self) -> WorkingHours:
        if not self.days or self.start >= self.end:
            raise ValueError("needs at least one day, and a start before its end")
        return self


class Holidays(_Part):
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


class Product(_Part):
    """Something people use: its id, name, region, own seats, and the channels where its launches are talked about."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    name: Annotated[str, Field(min_length=1, max_length=75)]
    region: str | None = None
    roles: Seats = {}
    channels: tuple[ChannelId, ...] = ()


class Policy(_Part):
    """The whole file, checked. Ids of people and channels are Slack's."""

    company: Annotated[str, Field(min_length=1, max_length=80)]
    timezone: str = "UTC"
    working_hours: WorkingHours = WorkingHours()
    holidays: Holidays | None = None
    roles: Seats
    regions: dict[str, Seats] = {}
    products: Annotated[tuple[Product, ...], Field(min_length=1, max_length=100)]
    fallback_channel: ChannelId | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone such as Africa/Nairobi") from None
        return name

    @model_validator(mode="after")
    def _everything_has_somebody(self) -> Policy:
        for role in ("human_rights_lead", "executive_board"):
            if role not in self.roles:
                raise ValueError(f"roles: names nobody as {role}")
        ids = [product.id for product in self.products]
        if len(set(ids)) < len(ids):
            raise ValueError("products: two products have the same id")
        for product in self.products:
            if product.region is not None and product.region not in self.regions:
                raise ValueError(
                    f"products: {product.id} is in region {product.region}, which is not listed under regions"
                )
            if self._routes_for(product).seat(Level.L1) is None:
                raise ValueError(f"products: nobody is product_lead of {product.id}")
        return self

    @cached_property
    def _by_id(self) -> Mapping[str, Product]:
        return {product.id: product for product in self.products}

    @cached_property
    def _routes(self) -> Mapping[str, Routes]:
        return {product.id: self._routes_for(product) for product in self.products}

    def product(self, product_id: str) -> Product | None:
        """Give a product by its id, or None where the policy has no such product."""
        return self._by_id.get(product_id)

    def routes(self, product_id: str) -> Routes:
        """Give the seats of a product; an unknown product has the company's own."""
        return self._routes.get(product_id) or self._routes_for(None)

    def _routes_for(self, product: Product | None) -> Routes:
        layers = [product.roles, self.regions.get(product.region or "", {})] if product else []
        entries: list[Seats] = [*layers, self.roles]
        return Routes(
            tuple({role: entry.seat() for role, entry in seats.items()} for seats in entries), self.fallback_channel
        )

    def people(self) -> frozenset[str]:
        """Give every person the policy names."""
        every = [self.roles, *self.regions.values(), *(product.roles for product in self.products)]
        entries = [entry for seats in every for entry in seats.values()]
        return frozenset(person for entry in entries for person in (entry.owner, entry.backup) if person)

    def holders(self, role: str) -> frozenset[str]:
        """Give everybody who holds this role anywhere, backups included."""
        every = [self.roles, *self.regions.values(), *(product.roles for product in self.products)]
        entries = [seats[role] for seats in every if role in seats]
        return frozenset(person for entry in entries for person in (entry.owner, entry.backup) if person)

    @cached_property
    def human_rights_leads(self) -> frozenset[str]:
        """The human rights leads and their backups: only they may lower a level (T8)."""
        return self.holders("human_rights_lead")

    @cached_property
    def leads(self) -> frozenset[str]:
        """The human rights leads, executives and their backups: they see the caseload."""
        return self.human_rights_leads | self.holders("executive_board")

    @cached_property
    def calendar(self) -> WorkCalendar:
        """When this company works."""
        days_off = self.holidays.calendar() if self.holidays else None

        def is_holiday(day: date) -> bool:
            return days_off is not None and day in days_off

        hours = self.working_hours
        weekdays = frozenset(_WEEKDAYS.index(day) for day in hours.days)
        return WorkCalendar(ZoneInfo(self.timezone), weekdays, hours.start, hours.end, is_holiday)


def load_policy(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: the file is missing, is no YAML, or names something that cannot be. One sentence, with the place.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError(
            f"There is no policy file at {path}; set HRDD_POLICY or copy the example policy.yaml."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise PolicyError(f"The policy file {path} cannot be read.") from None
    except yaml.YAMLError as error:
        raise PolicyError(f"The policy file {path} is not valid YAML{_line_of(error)}.") from None
    return parse_policy(raw, str(path))


def parse_policy(raw: Any, source: str) -> Policy:
    """Check a policy that is already read. Raises PolicyError as `load_policy` does."""
    if not isinstance(raw, dict):
        raise PolicyError(f"The policy file {source} is empty or not a list of settings.")
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        message = re.sub(r"^(Value error|Assertion failed), ", "", first["msg"])
        raise PolicyError(f"The policy file {source} cannot be used: {place}: {message}.") from None


def _line_of(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""


def advice(policy: Policy) -> list[str]:
    """Say what is allowed but leaves a gap: a role without a backup, no fallback channel, one person in many roles."""
    found = [] if policy.fallback_channel else ["there is no fallback_channel for cases that nobody can answer."]
    for product in policy.products:
        for level in (Level.L1, Level.L2, Level.L3):
            seat = policy.routes(product.id).seat(level)
            if seat is not None and seat.backup is None:
                found.append(f"{product.id}: nobody is backup of the {level.role}.")
    return found
