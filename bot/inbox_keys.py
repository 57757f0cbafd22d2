"""The key file of a reader who reads on their own machine, and the passphrase that closes it."""

from __future__ import annotations

import base64
import getpass
import json
import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from storage import envelopes
from storage.envelopes import FOR_PASSPHRASES, ID_BYTES, CannotOpen, Kdf, Pair, parse_kdf

KIND: Final = "hrdd inbox key"
PASSPHRASE_LEAST: Final = 14
_PLACE: Final = b"hrdd/v1/inbox-key|"


class InboxError(Exception):
    """What was asked for cannot be done; the message is one plain sentence without anybody's words."""


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """A reader's opened key. `lead` is their id in the policy, "" where the file does not say it."""

    lead: str
    pair: Pair = field(repr=False)


def make_key(path: Path, passphrase: str, lead: str, kdf: Kdf = FOR_PASSPHRASES) -> bytes:
    """Make a pair, keep the private half in a new file that only its owner reads, and give the public one.

    Raises InboxError where there is a file already, or none can be written.
    """
    pair, salt = envelopes.new_pair(), os.urandom(ID_BYTES)
    sealed = envelopes.box(pair.private, kdf.stretch(passphrase.encode(), salt), _PLACE + pair.public)
    written = {
        "kind": KIND,
        "lead": lead,
        "kdf": str(kdf),
        "salt": _coded(salt),
        "public": _coded(pair.public),
        "sealed": _coded(sealed),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InboxError(f"There is a file at {path} already, and it stays as it is: please name another.") from None
    except OSError as problem:
        raise InboxError(f"No key was made: {path} cannot be written ({problem.strerror}).") from None
    with os.fdopen(handle, "w", encoding="ascii") as out:
        json.dump(written, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return pair.public


def open_key(path: Path, passphrase: str) -> ReaderKey:
    """Open the key in a file. Raises InboxError where it is no key, or the passphrase is another."""
    found = _found(path)
    try:
        kdf, public = parse_kdf(str(found["kdf"])), _raw(found["public"])
        key = kdf.stretch(passphrase.encode(), _raw(found["salt"]))
        private = envelopes.unbox(_raw(found["sealed"]), key, _PLACE + public)
    except CannotOpen:
        raise InboxError("Nothing was opened: this is not the passphrase of this key file.") from None
    except (KeyError, TypeError, ValueError, MemoryError):
        raise InboxError(f"{path} is no key file as `hrdd inbox key` makes it, or it was damaged.") from None
    return ReaderKey(str(found.get("lead") or ""), envelopes.pair_of(private))


def ask_passphrase(fd: int | None, *, twice: bool = False) -> str:
    """Ask for a passphrase without showing it, or read it from a file descriptor. Raises InboxError."""
    if fd is not None:
        try:
            with os.fdopen(fd, encoding="utf-8", closefd=False) as given:
                typed = given.readline().rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise InboxError("No passphrase could be read from the file descriptor.") from None
    else:
        typed = getpass.getpass("Passphrase: ")
        if twice and getpass.getpass("The same again: ") != typed:
            raise InboxError("Nothing was done, because the two passphrases differ: please try again.")
    typed = unicodedata.normalize("NFC", typed)
    if twice and len(typed) < PASSPHRASE_LEAST:
        raise InboxError(
            f"Nothing was done, because a passphrase has at least {PASSPHRASE_LEAST} characters: six random words are "
            "good."
        )
    return typed


def _found(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except OSError as problem:
        raise InboxError(f"The key file {path} cannot be read ({problem.strerror}).") from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise InboxError(f"{path} is no key file as `hrdd inbox key` makes it.")
    return found


def _coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: Any) -> bytes:
    return base64.b64decode(str(text), validate=True)
