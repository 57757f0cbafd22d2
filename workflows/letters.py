"""Open the messages of a report with its key. One that was held while the key changed is sealed for the key before."""

from __future__ import annotations

from collections.abc import Sequence

from storage import envelopes
from storage.envelopes import CannotOpen
from storage.models import AnonMsg
from workflows.sealed_words import Words, read_words

FROM_REPORTER, FROM_READER = "R", "L"


def opened(message: AnonMsg, private: bytes, former: Sequence[str] = ()) -> Words:
    """Open one message. Raises CannotOpen where none of the keys fits."""
    info = envelopes.message_info(message.case_id, message.dir, message.seq)
    for key in (private, *(bytes.fromhex(each) for each in reversed(former))):
        try:
            return read_words(envelopes.unseal_text(message.blob, key, info))
        except CannotOpen:
            continue
    raise CannotOpen


def first_of(messages: Sequence[AnonMsg], private: bytes) -> Words:
    """Open the first message of a report, which says who may read it. Raises CannotOpen where it does not open."""
    found = [each for each in messages if is_first(each)]
    if not found:
        raise CannotOpen
    return opened(found[0], private)


def all_of(messages: Sequence[AnonMsg], private: bytes) -> list[tuple[AnonMsg, Words]]:
    """Open all messages of a report that can be opened; the first one must be. Raises CannotOpen."""
    first, found = first_of(messages, private), list[tuple[AnonMsg, Words]]()
    for each in messages:
        try:
            found.append((each, first if is_first(each) else opened(each, private, first.former)))
        except CannotOpen:
            # One that does not open must not take the others with it.
            continue
    return found


def seal(words: Words, public: bytes, case_id: bytes, direction: str, seq: int) -> bytes:
    """Close a message for a report. Raises TooLong."""
    return envelopes.seal_text(words.encode(), public, envelopes.message_info(case_id, direction, seq))


def is_first(message: AnonMsg) -> bool:
    """Whether a message is the one with which its report began."""
    return (message.dir, message.seq, message.twin or 0) == (FROM_REPORTER, 1, 0)
