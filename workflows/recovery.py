"""The day on which nobody can open a report any more: the key that was kept offline opens it for today's readers.

Whoever was left out by a reporter stays left out: that stands, sealed, in the first message of the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from storage import anonymous, envelopes, lead_keys
from storage.envelopes import CannotOpen
from workflows import letters, reader_keys, rewrapping
from workflows.letters import FROM_REPORTER
from workflows.rules.recipients import Recipient
from workflows.sealed_words import Words, reference
from workflows.vault import Vault

WHO: Final = "recovery"
"""In the notes of what readers did, in the place of one."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many reports there are, how many opened, and for how many of those there is nobody who could read them."""

    found: int
    opened: int
    unread: int


def recover(vault: Vault, private: bytes, now: datetime) -> Recovered:
    """Open every report that has a wrap for a key, and close it for the readers of today; one transaction for each.

    Raises StorageError, KeystoreError; what was done before stays done, and doing it again does no harm.
    """
    keys = vault.keystore.keys()
    with vault.db.ask() as session:
        ids = [case.id for case in anonymous.everything(session)]
    counted = [_recover(vault, case_id, private, keys, now) for case_id in ids]
    opened = [number for number in counted if number is not None]
    return Recovered(len(ids), len(opened), opened.count(0))


def _recover(vault: Vault, case_id: bytes, private: bytes, keys: Mapping[str, bytes], now: datetime) -> int | None:
    """Close one report for today's readers; give how many those are, None where the key does not open it."""
    with vault.db.write() as session:
        case, shred_key = anonymous.get(session, case_id, lock=True), keys.get(case_id.hex())
        if case is None or shred_key is None:
            return None
        case_private = _opened(anonymous.wraps(session, case_id), private, case_id, shred_key)
        if case_private is None:
            return None
        everybody, keyed = vault.concerns.everybody, reader_keys.usable(session, vault.concerns)
        written = letters.first_of(anonymous.messages(session, case_id, FROM_REPORTER), case_private)
        first = _let_in(written, everybody, keyed)
        chosen = rewrapping.chosen(first, everybody, keyed)
        if chosen:
            rewrapping.close_anew(session, case, case_private, first, everybody, keyed, shred_key, vault.wraps_for)
            lead_keys.note(session, WHO, WHO, case_id, now)
    return len(chosen)


def _opened(wraps: Sequence[bytes], private: bytes, case_id: bytes, shred_key: bytes) -> bytes | None:
    for each in wraps:
        try:
            return envelopes.unwrap(each, private, case_id, shred_key)
        except CannotOpen:
            continue
    return None


def _let_in(first: Words, everybody: Sequence[Recipient], keyed: Mapping[str, bytes]) -> Words:
    """Give a first message with whom it may be closed for: those whom its reporter knew of, and left in.

    Where none of them has a key any more, those who came later; else nobody could ever read it.
    """
    if rewrapping.chosen(first, everybody, keyed):
        return first
    more = tuple(reference(each) for each in rewrapping.newcomers(first, everybody))
    return replace(first, allowed=(*first.allowed, *more))
