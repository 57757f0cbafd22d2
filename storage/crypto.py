"""Keys, and boxes that only they open: ChaCha20-Poly1305, each box tied to the place where it is kept.

Keys come from HRDD_SEAL_KEY, or, beside an SQLite file, from a file that is made when the first box is closed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

VARIABLE: Final = "HRDD_SEAL_KEY"
KEY_FILE: Final = "seal.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
KEY_ID_LETTERS: Final = 8


class SealError(Exception):
    """Sealing or opening is not possible; the sentence names the variable and never a key or what is sealed."""


class NoSealKey(SealError):
    """There is no key to seal with."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box belongs: the case, the part of its record, and the number of the entry. It opens nowhere else."""

    case_id: int
    part: str
    number: int

    def __bytes__(self) -> bytes:
        return json.dumps(["hrdd-seal-1", self.case_id, self.part, self.number]).encode()


class Keyring:
    """Keys by their short id; the first one seals, all open. Never prints a key."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def seal(self, text: str, place: Place) -> tuple[str, bytes]:
        """Close a text in a box; give the id of the key, and the box. Raises NoSealKey where there is none."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # Most processes seal nothing.

        for key_id, key in self._keys.items():
            nonce = os.urandom(NONCE_BYTES)
            return key_id, nonce + ChaCha20Poly1305(key).encrypt(nonce, text.encode(), bytes(place))
        raise NoSealKey(f"There is no key to seal with: set {VARIABLE}. Nothing was saved.")

    def marks(self, text: str) -> tuple[str, ...]:
        """Give a digest of a text under each key, the one that seals first: without a key nobody can try names."""
        given = b"hrdd-mark-1|" + text.encode()
        return tuple(hmac.new(key, given, sha256).hexdigest() for key in self._keys.values())

    def open(self, key_id: str, box: bytes, place: Place) -> str:
        """Give the text of a box. Raises SealError where the key is another, or the box was changed or moved."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        key = self._keys.get(key_id)
        if key is None:
            raise SealError(f"A seal needs the key {key_id}: add that key to {VARIABLE}. Nothing is lost.")
        try:
            text = ChaCha20Poly1305(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], bytes(place))
        except (InvalidTag, ValueError):
            raise SealError(f"A seal made with the key {key_id} does not open: it was changed or moved.") from None
        return text.decode()


def parse_keys(text: str) -> Keyring:
    """Read keys of 32 bytes in base64, parted by commas. Raises SealError naming the variable, never a key."""
    keys: dict[str, bytes] = {}
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            key = base64.b64decode(piece.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise SealError(f"{VARIABLE} must be 32 random bytes in base64, or several such keys with commas between.")
        keys[sha256(key).hexdigest()[:KEY_ID_LETTERS]] = key
    return Keyring(keys)


class Keys:
    """Where keys are found: given in words, or in a file of one machine, which is made when it is first needed."""

    def __init__(self, given: str, folder: Path | None) -> None:
        """Take keys as HRDD_SEAL_KEY holds them; `folder` is for the file, None where several machines may share."""
        self._given = parse_keys(given)
        self._file = None if folder is None else folder / KEY_FILE
        self._kept: Keyring | None = None

    def ring(self) -> Keyring:
        """Give the keys there are, perhaps none. Raises SealError where the file cannot be read."""
        if self._given or self._file is None:
            return self._given
        if self._kept is None:
            self._kept = self._from_file(self._file)
        return self._kept or Keyring({})

    def ring_to_seal(self) -> Keyring:
        """Give the keys, and make the file where there are none yet. Raises SealError where that is not possible."""
        ring = self.ring()
        if ring or self._file is None:
            return ring
        try:
            _make(self._file)
        except OSError as problem:
            raise SealError(f"{self._file.name} cannot be made (error {problem.errno}): set {VARIABLE}.") from None
        return self.ring()

    def _from_file(self, file: Path) -> Keyring | None:
        try:
            return parse_keys(file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise SealError(f"{file.name} in HRDD_DATA_DIR cannot be read: mend it, or set {VARIABLE}.") from None
        except SealError:
            raise SealError(f"{file.name} in HRDD_DATA_DIR holds no key: mend it, or set {VARIABLE}.") from None


def new_key() -> str:
    """Give a new key in the form that HRDD_SEAL_KEY takes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _make(file: Path) -> None:
    """Make a key file that only its owner reads. Of two processes the first wins; nobody ever sees half a file."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(new_key() + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(mine, file)
        except FileExistsError:
            return
        _settle(file.parent)
    finally:
        mine.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Have the disk keep the name of the new file too: what is sealed with a key that is lost is lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
