"""The one door through which everything leaves: nothing that carries a sealed name gets past it (promise 8, S26)."""

from __future__ import annotations

import logging
import re
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
SEEN = frozenset(
    {"text", "alt_text", "fallback", "title", "label", "hint", "placeholder", "description", "initial_value"}
)
"""Keys under which a text stands that a reader sees. Ids, values, styles and types are seen by nobody."""
_OURS = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!date\^\d+\^[^|<>]*\|[^|<>]*)>")
"""Mentions and moments in Slack's marks. Only we write these: what people write has no marks of its own."""
log = logging.getLogger(__name__)


class Outward:
    """Looks through what is about to leave, to channels and to single people alike."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def check(self, *payloads: Any, ours: bool = False) -> None:
        """Let payloads leave as they are: texts, or whatever JSON they are in.

        `ours` says that nobody wrote anything in them: our own sentences, with codes and ids. They are not looked at,
        so that no seal, and no lost key, keeps them back.

        Raises:
            CannotSend: a sealed name stands in one; the code is `sealed_name`, and nothing says which name.
            SendLater: whether one does cannot be told now; the codes are `seal_key` and `storage`.
        """
        if ours:
            return
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


def texts_in(payload: Any, *, seen: bool = True, marks: bool = True) -> Iterator[str]:
    """Give every text in a value that will be JSON which a reader sees; runs of rich text as one.

    A text alone is one that is seen. Our own mentions and moments are left out where Slack reads `marks`: not in
    plain text, where everything is shown as it is written.
    """
    if isinstance(payload, str):
        if seen:
            yield _OURS.sub(" ", payload) if marks else payload
    elif isinstance(payload, Mapping):
        kind = str(payload.get("type", ""))
        if kind.startswith("rich_text_"):
            # What stands in one line may be cut into runs where it turns bold.
            yield "".join(str(run.get("text", "")) for run in payload.get("elements", ()) if isinstance(run, Mapping))
        for key, value in payload.items():
            yield from texts_in(value, seen=key in SEEN, marks=kind == "mrkdwn")
    elif isinstance(payload, list | tuple):
        for each in payload:
            yield from texts_in(each, seen=seen, marks=marks)
