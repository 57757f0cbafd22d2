"""What people wrote beside an event: kept apart from the chain of events, so that it can be erased.

An event can never change, so it holds a salted digest of the words. Erasing the words leaves the chain whole, and
words that are still there can be shown to be the ones that were written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlmodel import Session, select

from storage.models import Words, table_of
from storage.values import batches

_T = table_of(Words)


def keep(session: Session, stream: str, text: str) -> str:
    """Keep words that belong to a stream of events; give the digest for the event. Nothing is kept of no words."""
    if not text:
        return ""
    salt = secrets.token_hex(16)
    digest = sha256(f"{salt}:{text}".encode()).hexdigest()
    session.add(Words(stream=stream, digest=digest, salt=salt, text=text))
    session.flush()
    return digest


def of(session: Session, stream: str) -> Mapping[str, str]:
    """Give the words of a stream by their digest; erased ones are missing."""
    found = session.exec(select(Words).where(_T.c.stream == stream)).all()
    return {words.digest: words.text for words in found}


def of_many(session: Session, streams: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Give the words of several streams, each by their digest; erased ones are missing."""
    found: dict[str, dict[str, str]] = {stream: {} for stream in streams}
    for part in batches(list(found)):
        for words in session.exec(select(Words).where(_T.c.stream.in_(part))):
            found[words.stream][words.digest] = words.text
    return found
