"""What people wrote beside an event: kept apart from the chain of events, so that it can be erased.

An event can never change, so it holds a salted digest of the words. Erasing the words leaves the chain whole, and
words that are still there can be shown to be the ones that were written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.models import Words, table_of
from storage.values import batches

_T: Final = table_of(Words)
_ADD: Final = inserter(Words)
_OF: Final = Prepared(lambda _: core_select(_T.c.digest, _T.c.text).where(_T.c.stream == bindparam("stream")))


def keep(session: Session, stream: str, text: str) -> str:
    """Keep words that belong to a stream of events; give the digest for the event. Nothing is kept of no words."""
    if not text:
        return ""
    salt = secrets.token_hex(16)
    digest = sha256(f"{salt}:{text}".encode()).hexdigest()
    _ADD.each(session, [{"stream": stream, "digest": digest, "salt": salt, "text": text}], of=stream)
    return digest


def of(session: Session, stream: str) -> Mapping[str, str]:
    """Give the words of a stream by their digest; erased ones are missing."""
    cursor = _OF.run(session, {"stream": stream})
    found = {str(digest): str(text) for digest, text in cursor.fetchall()}
    cursor.close()
    return found


def of_many(session: Session, streams: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Give the words of several streams, each by their digest; erased ones are missing."""
    found: dict[str, dict[str, str]] = {stream: {} for stream in streams}
    for part in batches(list(found)):
        for words in session.exec(select(Words).where(_T.c.stream.in_(part))):
            found[words.stream][words.digest] = words.text
    return found
