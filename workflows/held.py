"""What lies in the spool until its slot comes: a new report, something added to one, or that it is taken back.

The head is what has to be read to find things; the body is the rest. Both are closed under the key of the spool, and
what people wrote is, inside of that, sealed for its readers already.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from storage.envelopes import CannotOpen

Kind = Literal["new", "more", "back"]


@dataclass(frozen=True, slots=True)
class Head:
    """What is held and how long. `slots` daily slots are still to come, where `weekly` that many of Mondays.

    `seq` is the number that a message was sealed for. `locator` is there for a new report only.
    """

    kind: Kind
    case_id: bytes
    seq: int = 0
    slots: int = 0
    weekly: bool = False
    urgent: bool = False
    locator: bytes = b""

    def later(self, slots: int) -> Head:
        """Give it after so many slots went by."""
        return replace(self, slots=max(0, self.slots - slots))

    def encode(self) -> bytes:
        """Write it."""
        flags = [int(self.weekly), int(self.urgent)]
        written = [self.kind, self.case_id.hex(), self.seq, self.slots, *flags, self.locator.hex()]
        return json.dumps(written, separators=(",", ":")).encode("ascii")


def read_head(raw: bytes) -> Head:
    """Read a head. Raises CannotOpen for what `Head.encode` did not write."""
    try:
        kind, case_id, seq, slots, weekly, urgent, locator = json.loads(raw)
        return Head(kind, bytes.fromhex(case_id), seq, slots, bool(weekly), bool(urgent), bytes.fromhex(locator))
    except (ValueError, TypeError):
        raise CannotOpen from None


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as it will stand in the database, before anybody but the spool knows of it."""

    case_pk: bytes
    reporter_pk: bytes
    shred_key: bytes = field(repr=False)
    rwrap: bytes = field(repr=False)
    wraps: Sequence[bytes] = field(repr=False)
    message: bytes = field(repr=False)
    label: str = ""
    topic: str = ""
    level: int = 0
    site: str | None = None

    def encode(self) -> bytes:
        """Write it as a body."""
        return _write(
            {
                "case_pk": self.case_pk,
                "reporter_pk": self.reporter_pk,
                "shred_key": self.shred_key,
                "rwrap": self.rwrap,
                "wraps": list(self.wraps),
                "message": self.message,
                "label": self.label,
                "topic": self.topic,
                "level": self.level,
                "site": self.site,
            }
        )


def read_report(raw: bytes) -> NewReport:
    """Read a new report. Raises CannotOpen for what is none."""
    found = _read(raw)
    try:
        blobs = {name: _bytes(found[name]) for name in ("case_pk", "reporter_pk", "shred_key", "rwrap", "message")}
        wraps = tuple(_bytes(each) for each in found["wraps"])
        return NewReport(
            **blobs, wraps=wraps, label=found["label"], topic=found["topic"], level=found["level"], site=found["site"]
        )
    except (KeyError, TypeError, ValueError):
        raise CannotOpen from None


def write_message(blob: bytes) -> bytes:
    """Write a sealed message as a body."""
    return _write({"message": blob})


def read_message(raw: bytes) -> bytes:
    """Read a sealed message. Raises CannotOpen for what is none."""
    try:
        return _bytes(_read(raw)["message"])
    except (KeyError, TypeError, ValueError):
        raise CannotOpen from None


def _write(content: Mapping[str, Any]) -> bytes:
    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode("ascii")
        return [plain(each) for each in value] if isinstance(value, list) else value

    return json.dumps({name: plain(value) for name, value in content.items()}, separators=(",", ":")).encode("ascii")


def _read(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        raise CannotOpen from None
    if not isinstance(found, dict):
        raise CannotOpen
    return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
