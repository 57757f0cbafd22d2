"""Close a report anew where its readers changed: another key for it, for those who read now (anonymity.md 3.6).

It happens when somebody who can open it unlocks the inbox, since nobody else could do it. Whoever left keeps what they
read, and opens nothing that comes after. Their key is kept: it is not used as long as they are no recipients, and where
nobody else can open a report, putting them back into the policy brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlmodel import Session

from storage import anonymous, envelopes
from storage.models import AnonCase
from workflows import letters
from workflows.rules.recipients import Recipient
from workflows.sealed_words import Words, is_left_in, is_left_out, mark_of, wrapped_for

FORMER_KEPT: Final = 8
"""How many keys before this one a report keeps: enough for all that can still be held."""

Wraps = Callable[[bytes, list[bytes], bytes, bytes], list[bytes]]
"""Gives the eight wraps of a report: its key, whom for, its id, its shred key (`Vault.wraps_for`)."""


def chosen(first: Words, everybody: Sequence[Recipient], keyed: Mapping[str, bytes]) -> list[Recipient]:
    """Give who is to open a report now: those whom its reporter knew of and left in, and who have a key."""
    return [each for each in everybody if each.id in keyed and is_left_in(first, each)]


def newcomers(first: Words, everybody: Sequence[Recipient]) -> list[Recipient]:
    """Give who reads concerns now and did not when this was written: its reporter could not leave them out.

    Whoever took over the place of another, with that one's id, is one of them.
    """
    return [each for each in everybody if not is_left_in(first, each) and not is_left_out(first, each)]


def is_stale(first: Words, everybody: Sequence[Recipient], keyed: Mapping[str, bytes]) -> bool:
    """Whether a report is closed for others than those who are to open it."""
    wanted = {mark_of(keyed[each.id]) for each in chosen(first, everybody, keyed)}
    return bool(wanted) and wanted != set(first.marks)


def close_anew(
    session: Session,
    case: AnonCase,
    private: bytes,
    first: Words,
    everybody: Sequence[Recipient],
    keyed: Mapping[str, bytes],
    shred_key: bytes,
    wraps: Wraps,
) -> None:
    """Give a locked report another key, with every message and for everybody who is to open it, its reporter too.

    `first` is its first message as it is to stand from now on.
    """
    made, stored = envelopes.new_pair(), anonymous.messages(session, case.id)
    readers = chosen(first, everybody, keyed)
    former = (*first.former, private.hex())[-FORMER_KEPT:]
    renewed = wrapped_for(replace(first, former=former), readers, keyed)
    for message, words in letters.all_of(stored, private):
        said = renewed if letters.is_first(message) else words
        anonymous.set_message(session, message, letters.seal(said, made.public, case.id, message.dir, message.seq))
    publics = [keyed[each.id] for each in readers]
    anonymous.set_wraps(session, case.id, wraps(made.private, publics, case.id, shred_key))
    rwrap = envelopes.wrap(made.private, case.reporter_pk, case.id, shred_key, "rwrap")
    anonymous.change(session, case.id, case_pk=made.public, rwrap=rwrap)
