"""A change in the context of use: reported once, previewed, saved, and acted on at its time (S19, S20, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from storage import cases, drafts, events, places, reached, signals, timers, words
from storage.models import SignalRow
from storage.timers import NewTimer
from workflows import places as countries
from workflows import watching
from workflows.access import may_see, visible
from workflows.context_values import Change, ContextForm, Preview, Saved
from workflows.desk import Desk
from workflows.errors import BadAnswers, Refused
from workflows.rules.mitigations import customers_of
from workflows.rules.signals import EFFECTS, STAFF, acts_at
from workflows.rules.tables import DEFEATING_SIGNALS
from workflows.values import case_code

WHAT_MOST = 1000
SOURCE_MOST = 80
KEY_MOST = 80
CUSTOMERS_MOST = 50
SHOWN = 10
DRAFTS = "context:"
"""What the keys of all drafts of a change begin with."""
YEARS = timedelta(days=3650)
"""A day further away than this, either way, is a slip of the pen."""


class KeyTaken(Refused):
    """A report whose key is known for another one, or for one that was taken back. Nothing was saved."""


def read(
    desk: Desk,
    given: Mapping[str, Any],
    now: datetime,
    *,
    key: str,
    source: str = "slack",
    by: str | None = None,
    case_id: int | None = None,
) -> Change:
    """Check what came for each field of a change, and give it as it is kept.

    `given` has signal, where (text, or a list of countries by code or name), products (ids), customers (text or list),
    defeats (types of mitigations), what, since (an ISO day, or empty for today where the company is).

    Raises BadAnswers with everything that is missing or cannot be used.
    """
    wrong: list[tuple[str, str]] = []
    signal = str(given.get("signal") or "")
    if signal not in EFFECTS and signal != STAFF:
        wrong.append(("signal", "signal_missing"))
    products = _ids(given.get("products"), {each.id for each in desk.policy.products}, "products", wrong)
    defeats = _ids(given.get("defeats"), set(desk.bank.mitigations), "defeats", wrong)
    change = Change(
        signal=signal,
        countries=_countries(given.get("where"), wrong),
        products=products,
        customers=_customers(given.get("customers"), wrong),
        defeats=defeats,
        what=_what(given.get("what"), wrong),
        since=_since(desk, given.get("since"), now, wrong),
        key=key,
        source=" ".join(source.split())[:SOURCE_MOST],
        by=by,
        case_id=case_id,
        is_dated=bool(given.get("since")),
    )
    if wrong:
        raise BadAnswers(wrong)
    return change


def _ids(value: Any, known: set[str], field: str, wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) and value else value or ()
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) and each in known for each in given):
        wrong.append((field, "product_unknown" if field == "products" else "option_unknown"))
        return ()
    return tuple(dict.fromkeys(given))


def _countries(value: Any, wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    try:
        return tuple(sorted(countries.read(_joined(value))))
    except ValueError:
        wrong.append(("where", "country_unknown"))
        return ()


def _customers(value: Any, wrong: list[tuple[str, str]]) -> tuple[str, ...]:
    try:
        found = tuple(dict.fromkeys(customers_of(_joined(value))))
    except ValueError:
        found = ("",)
    if len(found) > CUSTOMERS_MOST or any(not 0 < len(each) <= SOURCE_MOST for each in found):
        wrong.append(("customers", "text_too_long"))
        return ()
    return found


def _joined(value: Any) -> str:
    """Give a text, or a list of texts, as one text with commas. Raises ValueError for anything else."""
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise ValueError("no text")
    return ", ".join(given)


def _what(value: Any, wrong: list[tuple[str, str]]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        wrong.append(("what", "what_missing"))
    if len(text) > WHAT_MOST:
        wrong.append(("what", "text_too_long"))
    return text


def _since(desk: Desk, value: Any, now: datetime, wrong: list[tuple[str, str]]) -> date:
    today = now.astimezone(desk.calendar_of(None).zone).date()
    try:
        day = date.fromisoformat(str(value)) if value else today
    except ValueError:
        wrong.append(("since", "day_unclear"))
        return today
    if abs(day - today) > YEARS:
        wrong.append(("since", "day_far"))
    return day


def form(desk: Desk, person_id: str, case_id: int | None, now: datetime) -> ContextForm:
    """Give the window for a change: as the person left it, else with the product and places of the case.

    Raises NotFound where a case is named that this person may not see.
    """
    products = tuple((each.id, each.name) for each in desk.policy.products)
    today = now.astimezone(desk.calendar_of(None).zone).date()
    with desk.db.read() as session:
        case = visible(session, desk, cases.get(session, case_id), person_id) if case_id else None
        # Of a sealed record nothing goes into a form that is sent on.
        case = None if case is None or case.sealed else case
        draft = drafts.get(session, person_id, draft_key(case_id))
        named = places.of_case(session, case.id or 0) if case else ()
    number = case.id if case else None
    code = case_code(number) if number else ""
    if draft is not None:
        return _as_left(ContextForm(products, today, number, code), draft.answers)
    chosen = (case.product_id,) if case and desk.policy.product(case.product_id) else ()
    return ContextForm(products, today, number, code, where=", ".join(named), chosen=chosen)


def _as_left(empty: ContextForm, content: Mapping[str, Any]) -> ContextForm:
    given = content.get("given") or {}
    known = {product for product, _ in empty.products}
    since = given.get("since")
    return ContextForm(
        empty.products,
        empty.today,
        empty.case_id,
        empty.code,
        signal=str(given.get("signal") or ""),
        where=str(given.get("where") or ""),
        chosen=tuple(each for each in given.get("products") or () if each in known),
        customers=str(given.get("customers") or ""),
        defeats=tuple(given.get("defeats") or ()),
        what=str(given.get("what") or ""),
        since=date.fromisoformat(since) if since else None,
    )


def draft_key(case_id: int | None) -> str:
    """Give the key under which what somebody wrote is kept until it is saved."""
    return f"{DRAFTS}{case_id or 0}"


def keep_draft(
    desk: Desk, person_id: str, case_id: int | None, view_id: str, given: Mapping[str, Any], now: datetime
) -> None:
    """Keep a change while its writer looks at the preview. A threat to our own people is never kept so."""
    content = {"view": view_id, "given": dict(given)}
    with desk.db.write() as session:
        drafts.save(session, person_id, draft_key(case_id), content, at=now)


def preview(desk: Desk, change: Change, person_id: str, now: datetime) -> Preview:
    """Say which cases and mitigations a change would touch; of those that this person may not see, how many."""
    products = change.products or None
    moment = moment_of(desk, change, now)
    with desk.db.read() as session:
        total = signals.count_matching(session, products, change.countries)
        mitigations = _count_hit(session, change)
        ids = signals.matching(session, products, change.countries, 0, SHOWN * 10)
        found = [case for each in ids if (case := cases.get(session, each)) is not None]
        seen = [desk.facts(each, now) for each in found if may_see(session, desk, each, person_id)][:SHOWN]
    hidden = total - len(seen)
    return Preview(change, total, mitigations, tuple(seen), hidden, bool(change.customers), moment, moment > now)


def _count_hit(session: Session, change: Change) -> int:
    products = change.products or None
    if change.defeats:
        return reached.count_mitigations(session, products, change.countries, change.defeats)
    if change.signal in DEFEATING_SIGNALS:
        return reached.count_mitigations(session, products, change.countries)
    return signals.count_hit(session, change.signal, products, change.countries, change.customers)


def moment_of(desk: Desk, change: Change, now: datetime) -> datetime:
    """Give when a change acts: now, or ahead of the day on which it begins where the company is (aware UTC)."""
    return acts_at(change.signal, _begins(desk, change), now)


def _begins(desk: Desk, change: Change) -> datetime:
    return datetime.combine(change.since, time(0), tzinfo=desk.calendar_of(None).zone).astimezone(UTC)


def save(desk: Desk, change: Change, now: datetime) -> Saved:
    """Save a change and set its clock. A report that arrives twice is the first one (its key).

    Anybody in the company may report. A threat to our own people goes another way: `staff.report`.

    Raises KeyTaken where the first report with this key was taken back, or says something else than this one.
    """
    moment = moment_of(desk, change, now)
    with desk.db.write() as session:
        number = signals.add(session, row_of(change, _begins(desk, change), moment, now))
        if number is None:
            _is_the_same(desk, signals.by_key(session, change.key), change)
            return _known(session, change.key, now)
        total = signals.count_matching(session, change.products or None, change.countries)
        stream = stream_of(number)
        data = {
            "signal": change.signal,
            "countries": list(change.countries),
            "products": list(change.products),
            "defeats": list(change.defeats),
            "what": words.keep(session, stream, change.what),
            "since": change.since.isoformat(),
            "source": change.source,
            "cases": total,
        }
        events.append(session, stream, "signal.reported", at=now, actor_id=change.by, data=data)
        timers.put(session, [NewTimer(stream, watching.SIGNAL, "act", moment)], now)
        if change.by is not None:
            drafts.delete(session, change.by, draft_key(change.case_id))
    return Saved(number, total, moment, moment > now)


def _is_the_same(desk: Desk, row: SignalRow | None, change: Change) -> None:
    """Raise KeyTaken where a report is not the one that its key is known for, whose effect stands or was taken back.

    What is compared is what it does; its words and who says so may differ.
    """
    if row is None:
        return
    if row.state == "cancelled":
        raise KeyTaken("context_cancelled")
    zone = desk.calendar_of(None).zone
    # Without a day it began when it was first reported: its second delivery may come after midnight.
    since = change.since if change.is_dated else row.created_at.astimezone(zone).date()
    here = (change.signal, since, change.countries, change.products, change.customers, change.defeats)
    there = (
        row.signal,
        row.since.astimezone(zone).date(),
        row.countries,
        row.products,
        row.customers,
        row.defeats,
    )
    if here[:2] != there[:2] or any(set(one) != set(other) for one, other in zip(here[2:], there[2:], strict=True)):
        raise KeyTaken("context_key_taken")


def cancel(desk: Desk, key: str, now: datetime) -> bool:
    """Take back a change that was planned and has not acted; say whether there was one. What it was stays readable."""
    with desk.db.write() as session:
        row = signals.by_key(session, key)
        if row is None or row.id is None or not signals.cancel(session, row.id, now):
            return False
        timers.drop_key(session, stream_of(row.id))
        events.append(session, stream_of(row.id), "signal.cancelled", at=now)
        return True


def save_draft(desk: Desk, person_id: str, case_id: int | None, view_id: str, now: datetime) -> Saved:
    """Save the change whose preview somebody has before them.

    Raises Refused where what they wrote is not there any more, or was written anew in another window.
    """
    key = key_of_window(view_id)
    with desk.db.read() as session:
        if signals.by_key(session, key) is not None:
            return _known(session, key, now)
        draft = drafts.get(session, person_id, draft_key(case_id))
    if draft is None or draft.answers.get("view") != view_id:
        raise Refused("context_gone")
    return save(desk, read(desk, draft.answers["given"], now, key=key, by=person_id, case_id=case_id), now)


def key_of_window(view_id: str) -> str:
    """Give the key of what was written in a window of Slack; no machine can give the same."""
    return f"slack:{view_id}"


def key_of_machine(key: str) -> str:
    """Give the key of what a machine reports. Raises BadAnswers where it names none, or one that is too long."""
    if not key.strip() or len(key) > KEY_MOST:
        raise BadAnswers([("key", "key_missing")])
    return f"feed:{key.strip()}"


def row_of(change: Change, since: datetime, moment: datetime, now: datetime) -> SignalRow:
    """Give the row of a change; what somebody wrote about it is no part of it."""
    return SignalRow(
        key=change.key,
        signal=change.signal,
        countries=list(change.countries),
        products=list(change.products),
        customers=list(change.customers),
        defeats=list(change.defeats),
        since=since,
        acts_at=moment,
        by_id=change.by,
        source=change.source,
        case_id=change.case_id,
        created_at=now,
    )


def stream_of(signal_id: int) -> str:
    """Name the stream of events of a change, which is also the key of its clock."""
    return f"signal:{signal_id}"


def known(desk: Desk, key: str, now: datetime) -> Saved | None:
    """Give the answer that the first report of a threat to our people with this key got; None where there was none.

    Raises KeyTaken where the key is known for something else: a threat is never taken for a thing that is known.
    """
    with desk.db.read() as session:
        row = signals.by_key(session, key)
        if row is None:
            return None
        if row.signal != STAFF:
            raise KeyTaken("context_key_taken")
        return _known(session, key, now)


def _known(session: Session, key: str, now: datetime) -> Saved:
    row = signals.by_key(session, key)
    if row is None or row.id is None:
        raise Refused("context_gone")
    told = [each for each in events.of(session, stream_of(row.id)) if each.kind == "signal.reported"]
    total = int(told[0].data.get("cases", 0)) if told else 0
    return Saved(row.id, total, row.acts_at, row.acts_at > now, again=True, staff=row.signal == STAFF)


def what_was_written(session: Session, signal_ids: Sequence[int]) -> Mapping[int, str]:
    """Give what people wrote about changes, by their numbers; "" where it was erased."""
    found = words.of_many(session, [stream_of(each) for each in signal_ids])
    return {each: " ".join(found[stream_of(each)].values()) for each in signal_ids}
