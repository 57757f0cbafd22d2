"""Where a case stood beside its record, read from its events alone: who had taken it, what was put off, what harmed.

What no event says is left out, so that nothing of today is taken for what was known on a past day (S20, promise 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from workflows.rules.rechecks import CONFIRMED
from workflows.rules.record import REOPENED, SIGNAL, Happened
from workflows.rules.tables import CONTAIN, HAPPENING_SIGNALS

ASKING = frozenset(
    {
        "case.opened",
        "case.level_raised",
        "case.handed_up",
        "case.handed_back",
        "case.moved_up",
        "case.reassigned",
        "case.owner_replaced",
        REOPENED,
    }
)
"""Events by which somebody is asked anew, so that nobody has taken the case yet."""


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a case stood beside its record. Times are aware UTC; None or empty where no event says it.

    `decide_due_at` is known only where the decision was put off or held; `backup` only where the backup was asked.
    """

    level: str = ""
    role: str = ""
    backup: str | None = None
    asked_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    decide_due_at: datetime | None = None
    snoozed: bool = False
    look_again_at: datetime | None = None
    contained_by: str | None = None
    contained_at: datetime | None = None


def stood(events: Iterable[Happened]) -> Stood:
    """Give where a case stood after these events, which are in the order in which they happened."""
    then = Stood()
    for event in events:
        then = _after(then, event)
    return then


def harmed_since(events: Iterable[Happened], rated: Iterable[datetime]) -> datetime | None:
    """Give since when harm was to be stopped, or None where none was known (T7).

    `rated` are the moments (aware UTC) at which a risk of the record was said to happen. What is told while the clock
    runs does not put it off; what is told after the harm was stopped starts it again.
    """
    known = list(events)
    stops = [each.at for each in known if each.kind == "case.contained"]
    since: datetime | None = None
    for moment in sorted([*rated, *(each.at for each in known if _tells_of_harm(each))]):
        if since is None or any(since <= stop < moment for stop in stops):
            since = moment
    return since


def _tells_of_harm(event: Happened) -> bool:
    """Whether a check found that harm happens, or a change of context says it."""
    if event.kind == SIGNAL:
        return event.data.get("signal") in HAPPENING_SIGNALS
    return bool(event.data.get("check")) and "T7" in (event.data.get("rules") or ())


def contain_by(since: datetime) -> datetime:
    """Give by when harm that was known at `since` (aware) is to be stopped (T7)."""
    return since + timedelta(hours=CONTAIN.amount)


def _after(then: Stood, event: Happened) -> Stood:
    data = event.data
    level = str(data.get("level") or then.level)
    if level != then.level:
        then = replace(then, level=level, snoozed=False)
    # A case that rests can have another owner, who owes its reporter an answer, without being asked anew.
    if event.kind in ASKING and data.get("state", "waiting") == "waiting":
        then = Stood(
            then.level,
            then.role,
            asked_at=event.at,
            snoozed=then.snoozed,
            contained_by=then.contained_by,
            contained_at=then.contained_at,
        )
    if data.get("role"):
        then = replace(then, role=str(data["role"]))
    return _done(then, event)


def _done(then: Stood, event: Happened) -> Stood:
    """Follow what people did, and what the bot asked."""
    match event.kind:
        case "case.acknowledged":
            return replace(then, acknowledged_by=event.by, acknowledged_at=event.at)
        case "case.backup_asked":
            return replace(then, backup=next(iter(event.data.get("to") or ()), None))
        case "case.snoozed":
            return replace(then, snoozed=True, decide_due_at=_moment(event, "until"))
        case "case.decided":
            day = _moment(event, "look_again")
            held = day if event.data.get("outcome") == "hold" else then.decide_due_at
            return replace(then, look_again_at=day, decide_due_at=held)
        case "case.contained":
            return replace(then, contained_by=event.by, contained_at=event.at)
    if event.kind == CONFIRMED:
        return replace(then, look_again_at=_moment(event, "until"))
    return then


def _moment(event: Happened, name: str) -> datetime | None:
    given = event.data.get(name)
    return datetime.fromisoformat(str(given)) if given else None
