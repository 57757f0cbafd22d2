"""Which keys of those who read concerns are used, and how a new one comes to be (docs/decisions/0026).

Whoever can write to the database could put a key of their own in the place of a reader's. The company's own file is
kept elsewhere; a fingerprint in it makes such a key worth nothing. Whoever can use a reader's account in Slack could
ask for a key there; it is not used before another reader, or the people who run the bot, have compared its fingerprint
with that reader.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage import lead_keys, outbox
from storage.models import LeadKey, LeadKeyWaiting
from workflows import outgoing
from workflows.errors import NotFound, Refused
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint
from workflows.rules.recipients import Recipient

OPERATOR = "operator"
"""In the notes of what readers did, in the place of one: somebody who runs the bot."""


def usable(session: Session, concerns: Concerns) -> Mapping[str, bytes]:
    """Give the public keys for which something may be closed, by the recipients' ids in the policy."""
    found = lead_keys.publics(session)
    theirs = {each.id: found[(each.id, each.person)] for each in concerns.everybody if (each.id, each.person) in found}
    return {lead: public for lead, public in theirs.items() if fits(concerns, lead, public)}


def of(session: Session, reader: Recipient) -> LeadKey | None:
    """Give the key of a recipient that is used; nobody has that of whoever had their id before."""
    return lead_keys.get(session, reader.id, reader.person)


def fits(concerns: Concerns, lead: str, public: bytes) -> bool:
    """Whether a key is the one that the policy wants for a recipient; where it wants none, any is."""
    wanted = concerns.pins.get(lead)
    return wanted is None or fingerprint(public) == wanted


def strange(session: Session, concerns: Concerns) -> list[str]:
    """Give the recipients whose key is there and is not the one that the policy wants."""
    found, people = lead_keys.publics(session), {each.id: each.person for each in concerns.everybody}
    theirs = {lead: found.get((lead, people.get(lead, ""))) for lead in concerns.pins}
    return [lead for lead, public in theirs.items() if public is not None and not fits(concerns, lead, public)]


def waiting(session: Session, concerns: Concerns) -> Sequence[tuple[Recipient, LeadKeyWaiting]]:
    """Give whose new key is not used yet, with that key; without those that the policy does not want."""
    known = {(each.id, each.person): each for each in concerns.everybody}
    rows = [(known.get((row.lead, row.person)), row) for row in lead_keys.waiting(session)]
    return [(reader, row) for reader, row in rows if reader is not None and fits(concerns, reader.id, row.pk)]


def confirm(session: Session, concerns: Concerns, lead: str, said: str, by: str, now: datetime) -> Recipient:
    """Let a reader's new key be used from now on, by whoever compared its fingerprint (`said`) with them.

    `by` stands in the notes of what readers did. Give whose key it is.

    Raises:
        NotFound: no new key waits for this reader, or it has another fingerprint. Refused: the policy wants another.
    """
    reader = next((each for each in concerns.everybody if each.id == lead), None)
    row = lead_keys.waiting_of(session, reader.id, reader.person, lock=True) if reader else None
    if reader is None or row is None or not hmac.compare_digest(fingerprint(row.pk), said):
        raise NotFound("inbox_no_waiting")
    if not fits(concerns, lead, row.pk):
        raise Refused("inbox_pinned")
    lead_keys.put(session, lead, reader.person, row.pk, row.salt, row.sealed_sk, row.made_at)
    lead_keys.note(session, by, "confirm_key", None, now)
    lead_keys.note(session, lead, "new_key", None, now)
    return reader


def tell(
    session: Session,
    concerns: Concerns,
    kind: str,
    of: Recipient,
    now: datetime,
    *,
    why: str = "",
    is_here: Callable[[str], bool] = lambda _: True,
) -> None:
    """Promise a note about a reader's key to that reader, and to every other one who has a key and is there."""
    keyed = usable(session, concerns)
    people = [each.person for each in concerns.everybody if each.id in keyed or each.id == of.id]
    told = [outgoing.of_key(kind, person, of.person, now, why) for person in people if is_here(person)]
    outbox.add_many(session, told)
