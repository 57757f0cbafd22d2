"""A blind core for tests: an invented company whose recipients have keys, and receipts that are stretched quickly."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from storage import anonymous, envelopes, lead_keys
from storage.database import Database
from storage.envelopes import Kdf, Pair
from storage.keystore import Keystore
from storage.models import AnonCase
from workflows import spooling
from workflows.blind_values import Report
from workflows.policy_concerns import Concerns
from workflows.sealed_words import Words
from workflows.vault import Vault

QUICK = Kdf(8, 1)
"""As little as Argon2id does at all. The real parameters have tests of their own."""
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMPANY = Concerns.model_validate(
    {
        "staff": 240,
        "recipients": [
            {"id": "rights", "name": "Rights", "people": [{"id": "noor", "name": "Noor", "person": "U0NOOR"}]},
            {"id": "board", "name": "Board", "people": [{"id": "ruth", "name": "Ruth", "person": "U0RUTH"}]},
        ],
    }
)


def vault_on(
    db: Database,
    folder: Path,
    *,
    at_once: bool | None = None,
    kdf: Kdf = QUICK,
    company: Concerns = COMPANY,
    steady: Callable[[], float] = time.monotonic,
) -> Vault:
    """Give a prepared vault on a database with our tables; its keys lie in a folder."""
    vault = Vault(db, Keystore(folder), company, steady, kdf=kdf, floor=QUICK, at_once=at_once)
    vault.prepare()
    return vault


def keyed(vault: Vault, made_at: datetime = SUNDAY) -> Mapping[str, Pair]:
    """Give every recipient a pair of keys."""
    pairs = {each.id: envelopes.new_pair() for each in vault.concerns.everybody}
    people = {each.id: each.person for each in vault.concerns.everybody}
    with vault.db.write() as session:
        for lead, pair in pairs.items():
            lead_keys.put(session, lead, people[lead], pair.public, b"", b"", made_at)
    return pairs


def report(text: str = "They deleted the logs of the camera", **changed: Any) -> Report:
    """Give a report as it was written in a window of its own."""
    usual: dict[str, Any] = {
        "topic": "TOP-HARM",
        "site": None,
        "leader": False,
        "excluded": frozenset[str](),
        "urgent": False,
        "checkin": False,
        "nonce": os.urandom(16).hex(),
    }
    return Report(text, **{**usual, **changed})


def released(vault: Vault, since: datetime = SUNDAY, days: int = 4) -> int:
    """Let days go by until everything that is held is released; give how many things that were."""
    return sum(spooling.tick(vault, BERLIN, since + timedelta(days=day)) for day in range(days + 1))


def cases(vault: Vault) -> list[AnonCase]:
    """Give all reports that were released."""
    with vault.db.read() as session:
        return list(anonymous.everything(session))


def opened_by(vault: Vault, case: AnonCase, pair: Pair) -> bytes | None:
    """Give the private key of a report as a recipient finds it, None where no wrap opens."""
    shred_key = vault.keystore.key(case.id.hex()) or b""
    with vault.db.read() as session:
        for each in anonymous.wraps(session, case.id):
            try:
                return envelopes.unwrap(each, pair.private, case.id, shred_key)
            except envelopes.CannotOpen:
                continue
    return None


def answers(vault: Vault, case: AnonCase, words: str) -> None:
    """Let a recipient write to the reporter."""
    with vault.db.write() as session:
        seq = anonymous.last_seq(session, case.id, "L") + 1
        info = envelopes.message_info(case.id, "L", seq)
        blob = envelopes.seal_text(Words(words).encode(), case.case_pk, info)
        anonymous.add_message(session, case.id, "L", seq, blob)
