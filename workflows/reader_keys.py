"""Which keys of those who read concerns are used, and how a new one takes the place of the one before.

Whoever can write to the database could put a key of their own in the place of a reader's. The company's own file is
kept elsewhere; a fingerprint in it makes such a key worth nothing. Whoever can use a reader's account in Slack could
ask for a new key there; it is not used before another reader, or the people who run the bot, have compared its
fingerprint with that reader.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage import lead_keys
from storage.models import LeadKey, LeadKeyWaiting
from workflows.errors import NotFound, Refused
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint
from workflows.rules.recipients import Recipient


def usable(session: Session, concerns: Concerns) -> Mapping[str, bytes]:
    """Give the public keys for which something may be closed, by the recipients' ids in the policy."""
    found = lead_keys.publics(session)
    theirs = {each.id: found[(each.id, each.person)] for each in concerns.everybody if (each.id, each.person) in found}
    return {lead: public for lead, public in theirs.items() if fits(concerns, lead, public)}


def of(session: Session, reader: Recipient) -> LeadKey | None:
    """Give the key of a recipient; None where there is none, or it is that of whoever had their id before."""
    row = lead_keys.get(session, reader.id)
    return row if row is not None and row.person == reader.person else None


def fits(concerns: Concerns, lead: str, public: bytes) -> bool:
    """Whether a key is the one that the policy wants for a recipient; where it wants none, any is."""
    wanted = concerns.pins.get(lead)
    return wanted is None or fingerprint(public) == wanted


def strange(session: Session, concerns: Concerns) -> list[str]:
    """Give the recipients whose key is there and is not the one that the policy wants."""
    found = {lead: public for (lead, _), public in lead_keys.publics(session).items()}
    return [lead for lead in concerns.pins if lead in found and not fits(concerns, lead, found[lead])]


def waiting(session: Session, concerns: Concerns) -> Sequence[tuple[Recipient, LeadKeyWaiting]]:
    """Give whose new key is not used yet, with that key."""
    known = {(each.id, each.person): each for each in concerns.everybody}
    rows = [(known.get((row.lead, row.person)), row) for row in lead_keys.waiting(session)]
    return [(reader, row) for reader, row in rows if reader is not None]


def confirm(session: Session, concerns: Concerns, lead: str, said: str, by: str, now: datetime) -> None:
    """Let a reader's new key take the place of the one before, by whoever compared its fingerprint (`said`) with them.

    `by` stands in the notes of what readers did.

    Raises:
        NotFound: no new key waits for this reader, or it has another fingerprint. Refused: the policy wants another.
    """
    row = lead_keys.waiting_of(session, lead, lock=True)
    theirs = any((each.id, each.person) == (lead, row.person) for each in concerns.everybody) if row else False
    if row is None or not theirs or not hmac.compare_digest(fingerprint(row.pk), said):
        raise NotFound("inbox_no_waiting")
    if not fits(concerns, lead, row.pk):
        raise Refused("inbox_pinned")
    lead_keys.put(session, lead, row.person, row.pk, row.salt, row.sealed_sk, row.made_at)
    lead_keys.note(session, by, "confirm_key", None, now)
    lead_keys.note(session, lead, "new_key", None, now)
