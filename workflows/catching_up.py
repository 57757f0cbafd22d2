"""What happened in a place before a record came there: it is noted then, as if the record had been there (S14, S20)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from storage import places, signals
from storage.models import Case, SignalRow
from workflows import living, reach
from workflows.desk import Desk
from workflows.living import Living
from workflows.rules.case import State
from workflows.rules.record import SIGNAL, Record
from workflows.rules.signals import EFFECTS, LASTS, OF_A_PLACE, Effect

_KINDS = frozenset(each for each, effect in EFFECTS.items() if effect is Effect.REOPEN)


def begin(session: Session, desk: Desk, case: Case, now: datetime) -> bool:
    """Do `catch_up` for a case that was opened in this transaction; its owner learns of it with its card."""
    rows = _around(session, case, now)
    return bool(rows) and _add(session, desk, living.load(session, desk, case, now), rows, now)


def catch_up(session: Session, desk: Desk, living: Living, now: datetime) -> bool:
    """Note changes of context that happened where a case is used before its record said so; say if there were any.

    `living` is the case after its places were written, in rows too; the caller holds it locked and goes on with it no
    more, because here everything follows from what was added. Each change is noted once. A case of which nobody said
    where it is used may be anywhere.
    """
    rows = _around(session, living.case, now)
    return bool(rows) and _add(session, desk, living, rows, now, tell=True)


def _add(
    session: Session, desk: Desk, before: Living, found: Sequence[SignalRow], now: datetime, *, tell: bool = False
) -> bool:
    case, rows = before.case, _unknown(before.record, _noted(before), found)
    if not rows:
        return False
    noted = [reach.note(session, row, case, now) for row in rows]
    after = living.load(session, desk, case, now)
    level = case.level
    again = reach.follow(session, desk, rows[-1].signal, after, reach.hit_by(after, noted), now)
    if tell and not again and case.level == level:
        # Its owner learns of the newest; all of them stand in the record.
        for row, event in list(zip(rows, noted, strict=True))[-reach.ALONE :]:
            reach.tell_owner(session, case, row, event, now)
    return True


def _around(session: Session, case: Case, now: datetime) -> Sequence[SignalRow]:
    """Give the changes that concern a case where it is used now, oldest first."""
    if case.state == State.CLOSED or case.sealed:
        return ()
    rows = signals.lately(session, _KINDS, now - LASTS)
    countries = set(places.of_case(session, case.id or 0)) if rows else set()
    return [each for each in rows if _is_over(each, case) and _concerns(each, case.product_id, countries)]


def _is_over(row: SignalRow, case: Case) -> bool:
    """Whether a change has gone past this case; one that is still on its way finds it by itself."""
    return row.state == "done" or row.cursor >= (case.id or 0)


def _concerns(row: SignalRow, product: str, countries: Collection[str]) -> bool:
    """Whether a change concerns a product in these countries (none: perhaps anywhere).

    What is about a product, and not about a place, concerns those that it names: it says nothing of what came later.
    """
    here = product in row.products if row.products else row.signal in OF_A_PLACE
    return here and (not row.countries or not countries or bool(set(row.countries) & set(countries)))


def _noted(before: Living) -> set[int]:
    return {int(each.data.get("signal_row") or 0) for each in before.happened if each.kind == SIGNAL}


def _unknown(record: Record, noted: Collection[int], rows: Sequence[SignalRow]) -> list[SignalRow]:
    """Leave out what stands in the record already, and what is about customers who do not use it."""
    return [each for each in rows if each.id not in noted and reach.meets(record, each.customers)]
