"""The keys of those who read concerns, and what they did, chained so that nothing is lost or changed unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Table, delete, func
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlmodel import Session, select

from storage import facts
from storage.models import LeadAudit, LeadKey, LeadKeyWaiting, table_of
from storage.values import encode, in_utc, iso

_K: Final = table_of(LeadKey)
_W: Final = table_of(LeadKeyWaiting)
_A: Final = table_of(LeadAudit)
GENESIS: Final = "0" * 64
LAST: Final = "lead_audit"
"""The fact that says how many notes there are and what the last one's hash is, so that a cut tail shows."""
_NONE: Final = f"0:{GENESIS}"


def get(session: Session, lead: str, person: str) -> LeadKey | None:
    """Give the key of a recipient, by their id in the policy and the person that they are."""
    wanted = select(LeadKey).where(_K.c.lead == lead, _K.c.person == person)
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def publics(session: Session) -> Mapping[tuple[str, str], bytes]:
    """Give the public keys that are used, by the recipient's id and the person whose key it is."""
    found = session.connection().execute(core_select(_K.c.lead, _K.c.person, _K.c.pk).order_by(_K.c.lead, _K.c.person))
    return {(lead, person): bytes(public) for lead, person, public in found}


def put(session: Session, lead: str, person: str, pk: bytes, salt: bytes, sealed_sk: bytes, now: datetime) -> int:
    """Keep a new pair in the place of the one before; give its generation. `sealed_sk` is empty for who keeps it.

    One that waited is gone then.
    """
    connection = session.connection()
    forget_waiting(session, lead, person)
    values = {"pk": pk, "salt": salt, "sealed_sk": sealed_sk, "made_at": in_utc(now)}
    made = _inserted(session, _K).values(lead=lead, person=person, generation=1, **values)
    grown = made.on_conflict_do_update(
        index_elements=["lead", "person"], set_={**values, "generation": _K.c.generation + 1}
    ).returning(_K.c.generation)
    return int(connection.execute(grown).scalar_one())


def wait(session: Session, lead: str, person: str, pk: bytes, salt: bytes, sealed_sk: bytes, now: datetime) -> None:
    """Keep a new pair beside the one that is used, until somebody says whose it is; the last one counts."""
    values = {"pk": pk, "salt": salt, "sealed_sk": sealed_sk, "made_at": in_utc(now)}
    made = _inserted(session, _W).values(lead=lead, person=person, **values)
    session.connection().execute(made.on_conflict_do_update(index_elements=["lead", "person"], set_=values))


def waiting(session: Session) -> Sequence[LeadKeyWaiting]:
    """Give the pairs that are not used yet, by the recipients' ids."""
    return session.exec(select(LeadKeyWaiting).order_by(_W.c.lead, _W.c.person)).all()


def waiting_of(session: Session, lead: str, person: str, *, lock: bool = False) -> LeadKeyWaiting | None:
    """Give the pair of a recipient that is not used yet; locked, nobody changes it before this transaction ends."""
    wanted = select(LeadKeyWaiting).where(_W.c.lead == lead, _W.c.person == person)
    wanted = wanted.execution_options(populate_existing=True)
    return session.exec(wanted.with_for_update() if lock else wanted).first()


def forget_waiting(session: Session, lead: str, person: str) -> bool:
    """Forget the pair of a recipient that is not used yet; say whether there was one."""
    gone = delete(_W).where(_W.c.lead == lead, _W.c.person == person)
    return session.connection().execute(gone).rowcount == 1


def note(session: Session, lead: str, action: str, case_id: bytes | None, now: datetime) -> None:
    """Write down what a recipient did. Who writes a note at the same time waits until this transaction ends."""
    number, _, previous = facts.held(session, LAST, _NONE, now).partition(":")
    row = LeadAudit(
        lead=lead,
        action=action,
        case_id=case_id,
        at=in_utc(now),
        prev_hash=previous,
        hash=_hash(lead, action, case_id, now, previous),
    )
    session.add(row)
    session.flush()
    facts.put(session, LAST, f"{int(number) + 1}:{row.hash}", now)


def notes(session: Session) -> Sequence[LeadAudit]:
    """Give what recipients did, the first thing first."""
    return session.exec(select(LeadAudit).order_by(_A.c.id)).all()


def noted(session: Session, lead: str, action: str, since: datetime) -> int:
    """Count how often a recipient did something after a moment."""
    found = core_select(func.count()).where(_A.c.lead == lead, _A.c.action == action, _A.c.at > in_utc(since))
    return int(session.connection().execute(found).scalar_one())


def is_whole(session: Session) -> bool:
    """Whether every note follows the one before it, and none is missing at the end."""
    previous, all_of_them = GENESIS, notes(session)
    for each in all_of_them:
        if (each.prev_hash, each.hash) != (previous, _hash(each.lead, each.action, each.case_id, each.at, previous)):
            return False
        previous = each.hash
    return (facts.get(session, LAST) or _NONE) == f"{len(all_of_them)}:{previous}"


def _inserted(session: Session, table: Table) -> Any:
    is_sqlite = session.connection().dialect.name == "sqlite"
    return insert_sqlite(table) if is_sqlite else insert_postgresql(table)


def _hash(lead: str, action: str, case_id: bytes | None, at: datetime, previous: str) -> str:
    whose = case_id.hex() if case_id is not None else None
    return sha256(encode([lead, action, whose, iso(at), previous]).encode("ascii")).hexdigest()
