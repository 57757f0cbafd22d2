"""A report that is opened for its reporter, and one that is nowhere: to open either takes as long (T7)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from storage import envelopes
from storage.envelopes import ID_BYTES, KEY_BYTES, Pair
from storage.models import AnonCase, AnonMsg
from workflows.sealed_words import Words


@dataclass(frozen=True, slots=True)
class Opened:
    """A report with what it takes to open it; `beside` are messages that stand in no table."""

    case: AnonCase
    pair: Pair
    shred_key: bytes = field(repr=False)
    beside: tuple[AnonMsg, ...] = ()

    def anew(self) -> Opened:
        """Give the same with a row of its own, as a database would have given it."""
        return replace(self, case=AnonCase(**{name: getattr(self.case, name) for name in AnonCase.model_fields}))

    def key(self) -> bytes:
        """Give the key of the report to its reporter. Raises CannotOpen."""
        return envelopes.unwrap(self.case.rwrap, self.pair.private, self.case.id, self.shred_key, "rwrap")


def make_decoy() -> Opened:
    """Make a report that is nowhere, with a message: to open it takes as long as to open one that is."""
    case, pair = envelopes.new_pair(), envelopes.new_pair()
    shred_key, case_id = os.urandom(KEY_BYTES), os.urandom(ID_BYTES)
    blob = envelopes.seal_text(Words("-").encode(), case.public, envelopes.message_info(case_id, "R", 1))
    row = AnonCase(
        id=case_id,
        locator=os.urandom(ID_BYTES),
        case_pk=case.public,
        reporter_pk=pair.public,
        rwrap=envelopes.wrap(case.private, pair.public, case_id, shred_key, "rwrap"),
        label="",
        state="waiting",
        topic="",
        level=0,
        release_week="2026-W01",
        last_week="2026-W01",
    )
    return Opened(row, pair, shred_key, (AnonMsg(case_id=case_id, dir="R", seq=1, blob=blob),))
