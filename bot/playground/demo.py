"""Anonymous concerns in the playground: readers have keys from the start, under a passphrase that the page shows.

So everything can be tried at once, and nothing is hidden from whoever looks. A real installation has no such keys; that
is why the page says so in red, and the window that asks for the passphrase too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.services import Services
from bot.slack_client import steady
from storage.envelopes import Kdf
from workflows import spooling
from workflows.errors import Refused
from workflows.inbox import Inbox
from workflows.rules.holds import next_tick

PASSPHRASE: Final = "robin tulip pilot habit salad limit"  # noqa: S105  nothing hides behind it
NOTICE: Final = f"Demo keys: the passphrase is “{PASSPHRASE}”. A real installation has none that anybody else knows."
WEAK: Final = Kdf(8 * 1024, 1)
"""For a passphrase that everybody may know. Codes of reports are stretched here as anywhere."""


def with_demo_keys(services: Services, now: datetime) -> tuple[Services, str]:
    """Give every reader of the policy a key under the passphrase of the playground; and what the page has to say then.

    Who has a key already, or has to have a certain one, keeps it.
    """
    if services.vault is None:
        return services, ""
    inbox = Inbox(services.desk, services.vault, steady, kdf=WEAK, floor=WEAK, demo=PASSPHRASE)
    made = [_has_new_key(inbox, each.person, now) for each in services.vault.concerns.everybody]
    return (replace(services, inbox=inbox), NOTICE) if any(made) else (services, "")


def _has_new_key(inbox: Inbox, person: str, now: datetime) -> bool:
    if inbox.keys.has_key(person):
        return False
    try:
        inbox.keys.check_in(person, new=True)
        inbox.keys.give(person, PASSPHRASE, now)
    except Refused:
        return False
    return True


def released_at(services: Services, now: datetime) -> datetime | None:
    """Give when something that is held is released next, or may be; None where nothing is held."""
    vault = services.vault
    if vault is None:
        return None
    with vault.db.ask() as session:
        held = vault.holding.everything(session)
    if not held:
        return None
    zone = ZoneInfo(services.desk.policy.timezone)
    return next_tick(now) if any(each.urgent for each in held) else spooling.next_release(vault, zone, now)
