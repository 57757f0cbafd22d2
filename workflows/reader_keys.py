"""Which keys of those who read concerns are used: those whose fingerprint is the one that the policy says, if it does.

Whoever can write to the database could put a key of their own in the place of a reader's. The company's own file is
kept elsewhere; a fingerprint in it makes such a key worth nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from storage import lead_keys
from workflows.policy_concerns import Concerns
from workflows.rules.fingerprints import fingerprint


def usable(session: Session, concerns: Concerns) -> Mapping[str, bytes]:
    """Give the public keys for which something may be closed, by the recipients' ids in the policy."""
    known = {each.id for each in concerns.everybody}
    return {
        lead: public
        for lead, public in lead_keys.publics(session).items()
        if lead in known and fits(concerns, lead, public)
    }


def fits(concerns: Concerns, lead: str, public: bytes) -> bool:
    """Whether a key is the one that the policy wants for a recipient; where it wants none, any is."""
    wanted = concerns.pins.get(lead)
    return wanted is None or fingerprint(public) == wanted


def strange(session: Session, concerns: Concerns) -> list[str]:
    """Give the recipients whose key is there and is not the one that the policy wants."""
    found = lead_keys.publics(session)
    return [lead for lead in concerns.pins if lead in found and not fits(concerns, lead, found[lead])]
