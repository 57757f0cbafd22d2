"""Frozen values of a change of context: as it is reported, previewed and saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from workflows.values import CaseFacts


@dataclass(frozen=True, slots=True)
class Change:
    """A change of context as somebody, or a machine, reports it. It was read already (`context.read`).

    Empty countries, products or customers mean all of them; customers are folded. `defeats` are types of mitigation
    that it undoes. `key` is the same when the same report arrives twice. `by` is None where a machine reports.
    `case_id` is the case in which a person pressed the button. `is_dated` says whether a day was named; without one,
    `since` is the day on which it is reported.
    """

    signal: str
    countries: tuple[str, ...]
    products: tuple[str, ...]
    customers: tuple[str, ...]
    defeats: tuple[str, ...]
    what: str
    since: date
    key: str
    source: str = "slack"
    by: str | None = None
    case_id: int | None = None
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """Which cases and mitigations a change would touch, before it is saved.

    `shown` are the first of those that this person may see, `hidden` how many more there are. `at_most`: customers are
    named, and which cases have none of them shows only when each is looked at. `acts_at` is when it acts (aware UTC).
    """

    change: Change
    cases: int
    mitigations: int
    shown: tuple[CaseFacts, ...]
    hidden: int
    at_most: bool
    acts_at: datetime
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """A change that was saved: its number, how many cases it concerns, when it acts. `again`: it was known before.

    `staff`: it was a threat to our own people, of which two people were told and nobody else.
    """

    id: int
    cases: int
    acts_at: datetime
    is_planned: bool = False
    again: bool = False
    staff: bool = False


@dataclass(frozen=True, slots=True)
class ContextForm:
    """What the window for a change of context begins with. `case` is where it was opened, None for anywhere.

    `filled` is what stands in its fields: texts, ids, lists of ids, an ISO day.
    """

    products: tuple[tuple[str, str], ...]
    today: date
    case_id: int | None = None
    code: str = ""
    signal: str = ""
    where: str = ""
    chosen: tuple[str, ...] = ()
    customers: str = ""
    defeats: tuple[str, ...] = ()
    what: str = ""
    since: date | None = None
