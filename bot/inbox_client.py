"""The reader's side of `hrdd inbox`: fetches what is sealed, opens it on this machine, seals answers before they leave.

What was opened is printed and never written to a disk.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bot.inbox_keys import InboxError, ReaderKey
from storage import envelopes
from storage.envelopes import CannotOpen, TooLong
from storage.models import AnonMsg
from workflows import letters, parcels
from workflows.inbox_door import CHALLENGE
from workflows.letters import FROM_READER, FROM_REPORTER
from workflows.parcels import OpenedParcel, Parcel
from workflows.rules.recipients import sees_at_once
from workflows.rules.values import Level
from workflows.sealed_words import Words

TIMEOUT: Final = 30
ANSWER_MOST: Final = 512 * 1024 * 1024
SENTENCE_MOST: Final = 400
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
KIND: Final = "hrdd inbox reports"
_TURNED: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINK: Final = re.compile(r"(?i)\bh(?:tt)(ps?://)")


@dataclass(frozen=True, slots=True)
class Fetched:
    """All that the server handed out, sealed: the parcels, the reader's own group, and the groups there are."""

    parcels: tuple[Parcel, ...] = field(repr=False)
    group: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report that opened: what is known of it, and its messages with what was written in them."""

    parcel: OpenedParcel
    letters: tuple[tuple[AnonMsg, Words], ...] = field(repr=False)

    @property
    def first(self) -> Words:
        """The message with which it began, which says who may read it."""
        return next(words for message, words in self.letters if letters.is_first(message))


class Server:
    """The server, over HTTPS. It never gets a key, a passphrase or a word."""

    def __init__(self, url: str, *, insecure: bool = False) -> None:
        """Take its address. Raises InboxError for one that is not https, unless it is on this machine or `insecure`."""
        parts = urlsplit(url)
        is_here = parts.hostname in LOOPBACK
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise InboxError("--server: please give an address such as https://hrdd.example.org.")
        if parts.scheme == "http" and not is_here and not insecure:
            raise InboxError("--server: this is not https, so others could listen; nothing was sent.")
        self._front = url.rstrip("/") + "/inbox/"
        # What is on this machine is never asked for by way of another one.
        proxies = urllib.request.ProxyHandler({} if is_here else None)
        self._opener = urllib.request.build_opener(proxies, _NoDetours())
        self._token = ""

    def enter(self, key: ReaderKey, lead: str) -> Mapping[str, Any]:
        """Show that the key is ours; give what the server says of the reader. Raises InboxError."""
        asked = self._post("challenge", {"lead": lead})
        try:
            answer = envelopes.unseal(_raw(asked["sealed"]), key.pair.private, CHALLENGE + lead.encode())
        except CannotOpen:
            raise InboxError("The server does not know this key for this reader: is it registered there?") from None
        found = self._post("session", {"lead": lead, "stamp": asked["stamp"], "answer": _coded(answer)})
        self._token = str(found["token"])
        return found

    def fetch(self, key: ReaderKey, lead: str) -> Fetched:
        """Fetch all reports, sealed. Raises InboxError."""
        about = self.enter(key, lead)
        found = self._post("reports", {"token": self._token})
        return _fetched({**found, "group": about["group"], "groups": about["groups"]})

    def send(self, report: Report, about: str, text: str) -> str:
        """Seal an answer and send it; give the state of the report then. Raises InboxError."""
        contents = report.parcel.contents
        blob = _sealed(report, about, text) if text else b""
        given = {"id": report.parcel.id.hex(), "ticket": contents.ticket, "about": about, "seq": contents.seq}
        return str(self._post("answer", {"token": self._token, **given, "blob": _coded(blob)})["state"])

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        asked = urllib.request.Request(  # noqa: S310 (only http and https come here)
            self._front + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(asked, timeout=TIMEOUT) as answer:
                raw = answer.read(ANSWER_MOST + 1)
        except urllib.error.HTTPError as refused:
            with refused:
                raise InboxError(_sentence(refused.read(SENTENCE_MOST * 4), refused.code)) from None
        except (OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            raise InboxError(f"The server cannot be reached ({type(reason).__name__}). Nothing was sent.") from None
        found = _object(raw) if len(raw) <= ANSWER_MOST else None
        if found is None:
            raise InboxError("The server gave an answer that cannot be read.")
        return found


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it could lead away from https."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def opened(fetched: Fetched, key: ReaderKey) -> list[Report]:
    """Give the reports that a key opens and its reader is shown: what is late or due first, then the highest level."""
    found = [report for each in fetched.parcels for report in _opened(each, key) if _is_shown(report, fetched)]
    return sorted(found, key=lambda each: _order(each.parcel))


def named(reports: Sequence[Report], label: str) -> Report:
    """Give the report of a label, or of the beginning of an id. Raises InboxError."""
    wanted = " ".join(label.lower().split())
    found = [each for each in reports if each.parcel.contents.label.lower() == wanted]
    found = found or [each for each in reports if len(wanted) > 3 and each.parcel.id.hex().startswith(wanted)]
    if not found:
        raise InboxError("There is no report of this name that you can open: `hrdd inbox list` gives their names.")
    if len(found) > 1:
        raise InboxError("There are several reports of this name: please use the first letters of the id of one.")
    return found[0]


def keep(fetched: Fetched, path: Path) -> None:
    """Write what was fetched to a new file, sealed as it is. Raises InboxError."""
    listed = [
        {"id": each.id.hex(), "wraps": [_coded(wrap) for wrap in each.wraps], "bundle": _coded(each.bundle)}
        for each in fetched.parcels
    ]
    written = {"kind": KIND, "group": fetched.group, "groups": fetched.groups, "reports": listed}
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            json.dump(written, out)
    except OSError as problem:
        raise InboxError(f"Nothing was kept: {path} cannot be written ({problem.strerror}).") from None


def kept(path: Path) -> Fetched:
    """Read what `keep` wrote. Raises InboxError."""
    try:
        found = _object(path.read_bytes())
    except OSError as problem:
        raise InboxError(f"{path} cannot be read ({problem.strerror}).") from None
    if found is None or found.get("kind") != KIND:
        raise InboxError(f"{path} is no file of `hrdd inbox pull`.")
    return _fetched(found)


def harmless(text: str) -> str:
    """Give words so that they do nothing but stand there: no commands to a terminal, no links, no turned letters."""
    shown = "".join(each if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs") else " " for each in text)
    return _LINK.sub(r"hxx\1", _TURNED.sub("", shown))


def in_order(report: Report) -> Iterator[tuple[bool, Words]]:
    """Give the messages in the order in which they belong, with whether a reader wrote each."""
    theirs = [words for message, words in report.letters if message.dir == FROM_REPORTER]
    ours = [words for message, words in report.letters if message.dir == FROM_READER]
    for place, words in enumerate(theirs, start=1):
        yield False, words
        while ours and (ours[0].after or len(theirs)) <= place:
            yield True, ours.pop(0)
    yield from ((True, words) for words in ours)


def _sealed(report: Report, about: str, text: str) -> bytes:
    contents, parcel = report.parcel.contents, report.parcel
    after = max((message.seq for message, _ in report.letters if message.dir == FROM_REPORTER), default=0)
    words = Words(text, about=about, after=after)
    try:
        return letters.seal(words, parcel.pair.public, parcel.id, FROM_READER, contents.seq)
    except TooLong:
        raise InboxError("Nothing was sent, because the answer is too long: please shorten it.") from None


def _opened(parcel: Parcel, key: ReaderKey) -> list[Report]:
    """Open a parcel with its messages; nothing where it is not for this reader, or was changed."""
    try:
        found = parcels.opened(parcel, key.pair.private)
        if found is None:
            return []
        stored = [
            AnonMsg(case_id=found.id, dir=each.dir, seq=each.seq, twin=0, blob=each.blob)
            for each in found.contents.messages
        ]
        return [Report(found, tuple(letters.all_of(stored, found.pair.private)))]
    except CannotOpen:
        return []


def _is_shown(report: Report, fetched: Fetched) -> bool:
    """Whether this reader's group is shown a report now, as in Slack: silence and a named leader show it to all."""
    contents = report.parcel.contents
    groups = [each for each in report.first.readers if each in fetched.groups]
    return sees_at_once(fetched.group, groups, contents.level, contents.silent, int(Level.L3))


def _order(parcel: OpenedParcel) -> tuple[bool, str, int, str]:
    contents = parcel.contents
    return not (contents.due or contents.is_late), contents.due, -contents.level, contents.label


def _fetched(found: Mapping[str, Any]) -> Fetched:
    try:
        listed = tuple(
            Parcel(bytes.fromhex(each["id"]), tuple(_raw(wrap) for wrap in each["wraps"]), _raw(each["bundle"]))
            for each in found["reports"]
        )
        return Fetched(listed, str(found["group"]), tuple(str(each) for each in found["groups"]))
    except (KeyError, TypeError, ValueError):
        raise InboxError("What was fetched cannot be read: is the server of another version?") from None


def _sentence(raw: bytes, status: int) -> str:
    said = (_object(raw) or {}).get("error")
    if not isinstance(said, str) or not said:
        return f"The server refused ({status}). Please ask the people who run it."
    return harmless(said[:SENTENCE_MOST]).replace("\n", " ")


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: Any) -> bytes:
    return base64.b64decode(str(text), validate=True)
