"""The company's own file: products, owners, backups, channels, working hours. Read once, refused with one sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from prompts.loader import read_yaml
from workflows.errors import PolicyError
from workflows.policy_concerns import Concerns
from workflows.policy_time import (
    WEEKDAYS,
    ClockEntry,
    Days,
    Holidays,
    Part,
    Person,
    WorkingHours,
    Zone,
    country_exists,
    in_words,
    zone_exists,
)
from workflows.rules.deadlines import WorkCalendar, at_most
from workflows.rules.routing import Routes, Seat
from workflows.rules.tables import CADENCE, CLOCKS
from workflows.rules.values import Clocks, Level, Severity

PersonId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,20}$")]
Role = Literal["product_lead", "human_rights_lead", "executive_board"]


class SeatEntry(Part):
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


class Contact(Part):
    """Who keeps our own people safe, and who steps in. They are told directly; there is no channel for it."""

    owner: PersonId
    backup: PersonId | None = None


class Product(Part):
    """Something people use: its id, name, region, own seats, and the channels where its launches are talked about."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    name: Annotated[str, Field(min_length=1, max_length=75)]
    region: str | None = None
    roles: Seats = Field({})
    channels: tuple[ChannelId, ...] = ()
    countries: tuple[Annotated[str, AfterValidator(country_exists)], ...] = ()


class Policy(Part):
    """The whole file, checked. Ids of people and channels are Slack's."""

    company: Annotated[str, Field(min_length=1, max_length=80)]
    timezone: Zone = "UTC"
    working_hours: WorkingHours = WorkingHours()
    holidays: Holidays | None = None
    persons: dict[PersonId, Person] = Field({}, alias="people")
    # Checked after the hours that people work: how long a working day is decides which time is the longer one.
    clock_entries: dict[Literal["L1", "L2", "L3"], ClockEntry] = Field({}, alias="clocks")
    recheck_entries: dict[Literal["SEV1", "SEV2", "SEV3", "SEV4"], Days] = Field({}, alias="rechecks")
    roles: Seats
    security_contact: Contact | None = None
    outside_reviewers: frozenset[PersonId] = frozenset()
    concerns: Concerns | None = None
    regions: dict[str, Seats] = Field({})
    products: Annotated[tuple[Product, ...], Field(min_length=1, max_length=1000)]
    fallback_channel: ChannelId | None = None
    operators_channel: ChannelId | None = None
    away_statuses: tuple[Annotated[str, Field(pattern=r"^:[^:\s]{1,100}:$")], ...] = (
        ":palm_tree:",
        ":face_with_thermometer:",
        ":desert_island:",
        ":airplane:",
        ":baby_bottle:",
    )
    _calendars: dict[tuple[str | None, str | None], WorkCalendar] = PrivateAttr(default_factory=dict)

    @field_validator("clock_entries")
    @classmethod
    def _silence_lasts_no_longer(
        cls, entries: dict[Literal["L1", "L2", "L3"], ClockEntry], info: ValidationInfo
    ) -> dict[Literal["L1", "L2", "L3"], ClockEntry]:
        people: Mapping[str, Person] = info.data.get("persons", {})
        own = [person.working_hours for person in people.values() if person.working_hours]
        shortest = min(hours.length() for hours in (info.data.get("working_hours", WorkingHours()), *own))
        for level, entry in entries.items():
            for name in ClockEntry.model_fields:
                span, limit = getattr(entry, name), getattr(CLOCKS[Level[level]], name)
                if span is not None and not at_most(span, limit, shortest):
                    raise ValueError(
                        f"{level}.{name}: {in_words(span)} can be longer than {in_words(limit)}, "
                        "and silence would last longer than promised"
                    )
        return entries

    @field_validator("recheck_entries")
    @classmethod
    def _looks_no_later(
        cls, entries: dict[Literal["SEV1", "SEV2", "SEV3", "SEV4"], timedelta]
    ) -> dict[Literal["SEV1", "SEV2", "SEV3", "SEV4"], timedelta]:
        for severity, span in entries.items():
            most = CADENCE[Severity[severity]]
            if span > most:
                raise ValueError(
                    f"{severity}: {span.days} days are longer than {most.days}, and nobody would look in time"
                )
        return entries

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
        """Give every person who holds a role, backups included."""
        return frozenset(person for role in get_args(Role) for person in self.holders(role))

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
    def digest_lanes(self) -> tuple[str, ...]:
        """Who receives the digest: every lead, each once. They may see every case."""
        return tuple(sorted(self.leads))

    @cached_property
    def digest(self) -> str:
        """What the routes of this policy come to, as 64 hex digits: it changes when somebody else may have to answer.

        Names, working hours, clocks and absences are no part of it: they move no open case.
        """
        routing = {"roles", "regions", "fallback_channel"}
        parts = self.model_dump(mode="json", include=routing)
        parts["products"] = {
            product.id: product.model_dump(mode="json", include={"region", "roles"}) for product in self.products
        }
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def _clocks(self) -> Mapping[Level, Clocks]:
        own = {Level[name]: dict(entry) for name, entry in self.clock_entries.items()}
        return {
            level: replace(clocks, **{name: span for name, span in own.get(level, {}).items() if span is not None})
            for level, clocks in CLOCKS.items()
        }

    def clocks(self, level: Level) -> Clocks:
        """Give how long answers of this level may take here: the rule's times, or the company's own shorter ones."""
        return self._clocks[level]

    @cached_property
    def cadence(self) -> Mapping[Severity, timedelta]:
        """How long a mitigation may stand before somebody looks again (S10): the rule's times, or shorter ones."""
        return {**CADENCE, **{Severity[name]: span for name, span in self.recheck_entries.items()}}

    @cached_property
    def calendar(self) -> WorkCalendar:
        """When this company works."""
        return self._calendar(Person(), None)

    def calendar_of(self, person_id: str | None, zone_in_slack: str | None) -> WorkCalendar:
        """Give when a person works: as the policy says of them, else in the zone that Slack knows, else as the company.

        A zone in Slack that does not exist here is left aside. None for the person gives the company's calendar.
        """
        if person_id is None:
            return self.calendar
        key = (person_id if person_id in self.persons else None, zone_in_slack)
        found = self._calendars.get(key)
        if found is None:
            found = self._calendar(self.persons.get(person_id, Person()), zone_in_slack)
            self._calendars[key] = found
        return found

    def is_away(self, person_id: str, now: datetime, zone_in_slack: str | None = None) -> bool:
        """Whether the policy says that a person is away at `now` (aware), by the day in their own zone."""
        person = self.persons.get(person_id)
        if person is None or not person.away:
            return False
        today = now.astimezone(self.calendar_of(person_id, zone_in_slack).zone).date()
        return any(away.first <= today <= away.last for away in person.away)

    def _calendar(self, person: Person, zone_in_slack: str | None) -> WorkCalendar:
        hours = person.working_hours or self.working_hours
        whose = person.holidays or self.holidays
        days_off = whose.calendar() if whose else None

        def is_holiday(day: date) -> bool:
            return days_off is not None and day in days_off

        weekdays = frozenset(WEEKDAYS.index(day) for day in hours.days)
        zone = ZoneInfo(person.timezone or _known_zone(zone_in_slack) or self.timezone)
        return WorkCalendar(zone, weekdays, hours.start, hours.end, is_holiday)


def _known_zone(name: str | None) -> str | None:
    """Give a zone that came from outside, unless it is none that this machine knows."""
    try:
        return zone_exists(name) if name else None
    except ValueError:
        return None


def load_policy(path: Path) -> Policy:
    """Read and check a policy file.

    Raises:
        PolicyError: the file is missing, is no YAML, or names something that cannot be. One sentence, with the place.
    """
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
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
    """Say what is allowed but leaves a gap: a role without a backup, a channel that is missing."""
    found = [] if policy.fallback_channel else ["there is no fallback_channel for cases that nobody can answer."]
    if not policy.operators_channel:
        found.append("there is no operators_channel where the bot says that something is stuck.")
    for product in policy.products:
        for level in (Level.L1, Level.L2, Level.L3):
            seat = policy.routes(product.id).seat(level)
            if seat is not None and seat.backup is None:
                found.append(f"{product.id}: nobody is backup of the {level.role}.")
    return [*found, *_cannot_be_left_out(policy)]


def _cannot_be_left_out(policy: Policy) -> list[str]:
    """Name who may be given a concern and is no recipient: reporters can leave out recipients only (S44)."""
    if policy.concerns is None:
        return []
    hidden = policy.leads - policy.concerns.people
    return [
        f"concerns: {each} answers for concerns and is no recipient; reporters cannot leave them out."
        for each in sorted(hidden)
    ]
