"""The part of the company's own file that says how concerns are taken: who reads them, how many people there are."""

from __future__ import annotations

import base64
import binascii
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from workflows.policy_time import Part, time_of_day
from workflows.rules.crowd import SMALLEST
from workflows.rules.fingerprints import read_fingerprint
from workflows.rules.holds import FEW_STAFF
from workflows.rules.recipients import READERS_MOST, Recipient, independent

EARLIEST, LATEST = time(4), time(22)

PersonId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,20}$")]
Name = Annotated[str, Field(min_length=1, max_length=75)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]


def _public_key(text: str) -> str:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    from storage.envelopes import is_public_key  # Costs start-up time that most companies' files need not pay.

    if not is_public_key(raw):
        raise ValueError("is not a public key as `hrdd inbox recovery` prints it")
    return text


def _fingerprint(text: str) -> str:
    found = read_fingerprint(text)
    if found is None:
        raise ValueError("is not a fingerprint as `hrdd inbox key` prints it")
    return found


def _by_day(value: time) -> time:
    # Near midnight, what was sent three days and one look at the clock before would be answered a day late.
    if value.tzinfo is not None or not EARLIEST <= value <= LATEST:
        raise ValueError("is a time of day from 04:00 to 22:00, without a zone")
    return value


class Reader(Part):
    """One person of a group of recipients, with the name by which reporters know them.

    `key` is the fingerprint of theirs, where no other key in the database may be used for them.
    """

    id: Key
    name: Name
    person: PersonId
    key: Annotated[str, AfterValidator(_fingerprint)] | None = None


class Group(Part):
    """People who may open concerns together; nobody is in two groups."""

    id: Key
    name: Name
    people: Annotated[tuple[Reader, ...], Field(min_length=1)]


class Outside(Part):
    """Somebody outside the company to whom anybody can turn: an ombudsperson, an authority, a lawyer."""

    name: Name
    how: Annotated[str, Field(min_length=1, max_length=200)]


class Site(Part):
    """A place or department that a reporter may name where enough people work there; else its parent is offered."""

    id: Key
    name: Name
    staff: Annotated[int, Field(ge=0)]
    parent: str | None = None


class Concerns(Part):
    """How concerns are taken. `staff` is how many people the workspace has, as the company counts them."""

    staff: Annotated[int, Field(ge=1)]
    recipients: tuple[Group, ...] = ()
    outside: tuple[Outside, ...] = ()
    sites: tuple[Site, ...] = ()
    recovery_key: Annotated[str, AfterValidator(_public_key)] | None = None
    release_at: Annotated[time, BeforeValidator(time_of_day), AfterValidator(_by_day)] = time(9)
    keep: Literal["60 days", "1095 days"] = "60 days"
    pulse_channel: ChannelId | None = None

    @field_validator("recipients")
    @classmethod
    def _nobody_twice(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        if groups and not independent([[each.person for each in group.people] for group in groups]):
            raise ValueError("names fewer than two groups, or somebody in two of them")
        ids = [each.id for group in groups for each in group.people]
        if len(set(ids)) < len(ids):
            raise ValueError("two recipients have the same id")
        if len({group.id for group in groups}) < len(groups):
            raise ValueError("two groups have the same id")
        if len(ids) > READERS_MOST:
            raise ValueError(f"names more than {READERS_MOST} recipients")
        return groups

    @model_validator(mode="after")
    def _sites_have_parents(self) -> Concerns:
        known = {site.id for site in self.sites}
        if len(known) < len(self.sites):
            raise ValueError("sites: two of them have the same id")
        for site in self.sites:
            if site.parent is not None and (site.parent not in known or site.parent == site.id):
                raise ValueError(f"sites: {site.id} belongs to {site.parent}, which is not listed")
        return self

    @property
    def everybody(self) -> tuple[Recipient, ...]:
        """All recipients, the groups in the order of the file."""
        return tuple(
            Recipient(each.id, group.id, each.name, each.person) for group in self.recipients for each in group.people
        )

    @property
    def people(self) -> frozenset[str]:
        """The ids of all recipients in the workspace."""
        return frozenset(each.person for each in self.everybody)

    @property
    def pins(self) -> dict[str, str]:
        """The fingerprints of the recipients' keys, of those where the file has one."""
        return {each.id: each.key for group in self.recipients for each in group.people if each.key is not None}

    @property
    def recovery(self) -> bytes | None:
        """The public key whose private half is kept offline, for the day on which nobody else can open anything."""
        return base64.b64decode(self.recovery_key) if self.recovery_key else None

    @property
    def is_small(self) -> bool:
        """Whether there are too few people for anybody to be anonymous among them."""
        return self.staff < FEW_STAFF

    def site_for(self, site_id: str) -> Site | None:
        """Give the site itself, or the first one above it, in which enough people work; None where there is none."""
        by_id, seen = {site.id: site for site in self.sites}, set[str]()
        site = by_id.get(site_id)
        while site is not None and site.staff < SMALLEST and site.id not in seen:
            seen.add(site.id)
            site = by_id.get(site.parent or "")
        return site if site is not None and site.staff >= SMALLEST else None

    @property
    def offered(self) -> tuple[Site, ...]:
        """The sites that a reporter may name."""
        return tuple(site for site in self.sites if site.staff >= SMALLEST)
