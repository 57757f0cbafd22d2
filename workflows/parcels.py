"""Reports as they are handed to readers who open them on their own machine (anonymity.md 3.6, mode C).

A parcel is an id, eight wraps, and a bundle that is closed with the key of the report: what is known of it, and its
messages. The wraps no longer have the layer whose loss erases a report, since a reader's machine has no keystore.
Without one of the wraps a parcel says nothing: not the topic, not the week, not even whether it is a report at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from storage import envelopes
from storage.envelopes import KEY_BYTES, PADDED_BYTES, WRAPS, CannotOpen, Pair
from workflows.rules.decoys import Decoy

BUNDLE_LEAST: Final = 128 * 1024
"""Room for seven messages; with more it doubles."""
_OVERHEAD: Final = 1 + KEY_BYTES + 16
MESSAGE_BYTES: Final = _OVERHEAD + PADDED_BYTES
_LENGTH_BYTES: Final = 4
_INNER_BYTES: Final = KEY_BYTES + 16


@dataclass(frozen=True, slots=True)
class Message:
    """One sealed message: `dir` is R from the reporter, L to them."""

    dir: str
    seq: int
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds. Days are ISO dates, "" for none; `seq` is the number of the next answer.

    A report that is `waiting` and has no day in `due` is late: nobody acknowledged in time. `ticket` shows the server
    that whoever answers has opened the report.
    """

    label: str
    state: str
    topic: str
    level: int
    week: str
    site: str
    silent: int
    due: str
    erased: str
    seq: int
    ticket: str = field(repr=False)
    messages: tuple[Message, ...] = field(repr=False)

    @property
    def is_late(self) -> bool:
        """Whether nobody acknowledged in time, so that no day is kept by which they had to."""
        return self.state == "waiting" and not self.due


@dataclass(frozen=True, slots=True)
class Parcel:
    """One report, or a decoy, which looks alike."""

    id: bytes
    wraps: tuple[bytes, ...] = field(repr=False)
    bundle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedParcel:
    """A report that opened for its reader."""

    id: bytes
    pair: Pair
    contents: Contents


def packed(case_id: bytes, case_pk: bytes, wraps: Sequence[bytes], contents: Contents) -> Parcel:
    """Close a report for its readers. `wraps` are peeled. Raises ValueError where a message has not the one size."""
    known: dict[str, Any] = {name: getattr(contents, name) for name in Contents.__slots__ if name != "messages"}
    known["messages"] = [[each.dir, each.seq] for each in contents.messages]
    if any(len(each.blob) != MESSAGE_BYTES for each in contents.messages):
        raise ValueError("a message has another size than all messages have")
    head = json.dumps(known, separators=(",", ":")).encode("ascii")
    plain = len(head).to_bytes(_LENGTH_BYTES, "big") + head + b"".join(each.blob for each in contents.messages)
    size = BUNDLE_LEAST
    while size < len(plain):
        size *= 2
    return Parcel(case_id, tuple(wraps), envelopes.seal(plain.ljust(size, b"\x00"), case_pk, _info(case_id)))


def packed_decoy(decoy: Decoy) -> Parcel:
    """Give a parcel that opens for nobody. Its wraps are the same every time, as a report's are."""
    size = BUNDLE_LEAST * 2 if decoy.is_long else BUNDLE_LEAST
    stream = envelopes.stretched(decoy.seed, WRAPS * (KEY_BYTES + _INNER_BYTES), b"hrdd/v1/decoy")
    pieces = [stream[start : start + KEY_BYTES + _INNER_BYTES] for start in range(0, len(stream), len(stream) // WRAPS)]
    # Only what comes from a private key looks like a public one.
    wraps = [envelopes.X25519_SUITE + envelopes.pair_of(each[:KEY_BYTES]).public + each[KEY_BYTES:] for each in pieces]
    bundle = envelopes.seal(bytes(size), envelopes.pair_of(os.urandom(KEY_BYTES)).public, _info(decoy.id))
    return Parcel(decoy.id, tuple(wraps), bundle)


def opened(parcel: Parcel, private: bytes) -> OpenedParcel | None:
    """Open a parcel, None where it is for somebody else or for nobody. Raises CannotOpen where it was changed."""
    for each in parcel.wraps:
        try:
            pair = envelopes.pair_of(envelopes.unseal_wrap(each, private, parcel.id))
        except CannotOpen:
            continue
        return OpenedParcel(parcel.id, pair, _read(envelopes.unseal(parcel.bundle, pair.private, _info(parcel.id))))
    return None


def _read(plain: bytes) -> Contents:
    try:
        end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
        known = json.loads(plain[_LENGTH_BYTES:end])
        messages = tuple(
            Message(str(direction), int(seq), plain[start : start + MESSAGE_BYTES])
            for (direction, seq), start in zip(
                known.pop("messages"), range(end, len(plain), MESSAGE_BYTES), strict=False
            )
        )
        return Contents(**known, messages=messages)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotOpen from None


def _info(case_id: bytes) -> bytes:
    return b"hrdd/v1/bundle|" + case_id
