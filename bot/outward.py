"""The one door through which everything leaves: nothing that carries a sealed name gets past it (promise 8, S26)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from storage.crypto import VARIABLE
from storage.errors import StorageError
from workflows.ports import CannotSend, SendLater
from workflows.seals import Seals, SealsUnreadable

SEALED_NAME = "sealed_name"
SEAL_KEY = "seal_key"
KEY_WAIT = 60.0
STORAGE_WAIT = 2.0
SLACKS_OWN = frozenset({"type"})
"""Keys whose values are words of Slack, of a list that is known."""
log = logging.getLogger(__name__)


class Outward:
    """Looks through what is about to leave, to channels and to single people alike."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def check(self, *payloads: Any) -> None:
        """Let payloads leave as they are: texts, or whatever JSON they are in.

        Raises:
            CannotSend: a sealed name stands in one; the code is `sealed_name`, and nothing says which name.
            SendLater: whether one does cannot be told now; the codes are `seal_key` and `storage`.
        """
        try:
            refused = self._seals.refuses([text for payload in payloads for text in texts_in(payload)])
        except SealsUnreadable:
            log.error("Nothing leaves: sealed names cannot be opened. Set %s to the key they were made with.", VARIABLE)
            raise SendLater(KEY_WAIT, SEAL_KEY, left=False) from None
        except StorageError as error:
            log.warning("A message waits: sealed names cannot be read: %s", error.code or type(error).__name__)
            raise SendLater(STORAGE_WAIT, "storage", left=False) from None
        if refused:
            raise CannotSend(SEALED_NAME)


def texts_in(payload: Any) -> Iterator[str]:
    """Give every text in a value that will be JSON, also in the names of its keys; runs of rich text as one."""
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, Mapping):
        if str(payload.get("type", "")).startswith("rich_text_"):
            # What stands in one line may be cut into runs where it turns bold.
            yield "".join(str(run.get("text", "")) for run in payload.get("elements", ()) if isinstance(run, Mapping))
        for key, value in payload.items():
            yield str(key)
            if key not in SLACKS_OWN:
                yield from texts_in(value)
    elif isinstance(payload, list | tuple):
        for each in payload:
            yield from texts_in(each)
