"""Envelopes of anonymous reports: what is sealed for whom, and to which place it belongs.

HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305), Argon2id and ChaCha20-Poly1305 of the library `cryptography`.
Every envelope is tied by its info to the report, the number and the direction that it was made for, and opens nowhere
else. Everything of one kind has one size.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES: Final = 32
ID_BYTES: Final = 16
NONCE_BYTES: Final = 12
PADDED_BYTES: Final = 16 * 1024
X25519_SUITE: Final = b"\x01"
"""The first byte of an envelope names its suite, so that another one can take over later."""
WRAP_BYTES: Final = 1 + KEY_BYTES + 48 + NONCE_BYTES + 16
WRAPS: Final = 8
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_LENGTH_BYTES: Final = 4


class CannotOpen(Exception):
    """An envelope does not open: the key is another, or it was changed or moved. Says nothing of what is in it."""


class TooLong(Exception):
    """A text does not fit into an envelope."""


@dataclass(frozen=True, slots=True)
class Kdf:
    """How a secret that somebody types becomes a key: Argon2id with so much memory (KiB), so many rounds and lanes."""

    memory_kib: int
    rounds: int
    lanes: int = 1

    def stretch(self, secret: bytes, salt: bytes) -> bytes:
        """Give the 32 bytes of a secret and a salt; takes its time on purpose."""
        return Argon2id(
            salt=salt, length=KEY_BYTES, iterations=self.rounds, lanes=self.lanes, memory_cost=self.memory_kib
        ).derive(secret)

    def at_least(self, floor: Kdf) -> bool:
        """Whether it costs no less than `floor` in memory and rounds."""
        return self.memory_kib >= floor.memory_kib and self.rounds >= floor.rounds

    def __str__(self) -> str:
        return f"argon2id$m={self.memory_kib},t={self.rounds},p={self.lanes}"


FOR_RECEIPTS: Final = Kdf(64 * 1024, 3)
FOR_PASSPHRASES: Final = Kdf(256 * 1024, 3)


def parse_kdf(text: str) -> Kdf:
    """Read parameters as `str(kdf)` writes them. Raises ValueError for anything else, and for less than one."""
    name, _, rest = text.partition("$")
    found = dict(piece.split("=", 1) for piece in rest.split(","))
    if name != "argon2id" or set(found) != {"m", "t", "p"}:
        raise ValueError("these are no parameters of Argon2id")
    kdf = Kdf(int(found["m"]), int(found["t"]), int(found["p"]))
    if str(kdf) != text or min(kdf.memory_kib, kdf.rounds, kdf.lanes) < 1:
        raise ValueError("these are no parameters of Argon2id")
    return kdf


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its public one, 32 bytes each. Never prints the private one."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return "Pair(...)"


def new_pair() -> Pair:
    """Give a new pair of keys."""
    return pair_of(os.urandom(KEY_BYTES))


def pair_of(private: bytes) -> Pair:
    """Give the pair of a private key of 32 bytes."""
    return Pair(private, X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def is_public_key(raw: bytes) -> bool:
    """Whether something can be closed for these bytes: 32 of them, and none of the few points that hide nothing."""
    try:
        X25519PrivateKey.from_private_bytes(b"\x40" * KEY_BYTES).exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError:
        return False
    return True


def from_root(root: bytes) -> tuple[bytes, Pair]:
    """Give what follows from the root of a receipt: where its report is found (16 bytes), and the reporter's keys."""
    locator = HKDFExpand(SHA256(), ID_BYTES, b"hrdd/v1/locator").derive(root)
    return locator, pair_of(HKDFExpand(SHA256(), KEY_BYTES, b"hrdd/v1/reporter-sk").derive(root))


def stretched(secret: bytes, length: int, info: bytes) -> bytes:
    """Give so many bytes that follow from a secret of 32 and look random to whoever does not have it."""
    return HKDFExpand(SHA256(), length, info).derive(secret)


def seal(plain: bytes, public: bytes, info: bytes) -> bytes:
    """Close bytes for the holder of a key. Nothing secret is needed for it."""
    return X25519_SUITE + _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info)


def unseal(blob: bytes, private: bytes, info: bytes) -> bytes:
    """Open what was closed for this key and this place. Raises CannotOpen."""
    if blob[:1] != X25519_SUITE:
        raise CannotOpen
    try:
        return _SUITE.decrypt(blob[1:], X25519PrivateKey.from_private_bytes(private), info)
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def message_info(case_id: bytes, direction: str, seq: int) -> bytes:
    """Give what a message is tied to."""
    return b"hrdd/v1/msg|" + case_id + seq.to_bytes(4, "big") + direction.encode("ascii")


def seal_text(text: str, public: bytes, info: bytes) -> bytes:
    """Close a text, padded to the one size that all have. Raises TooLong."""
    return seal(pad(text), public, info)


def unseal_text(blob: bytes, private: bytes, info: bytes) -> str:
    """Open a text. Raises CannotOpen."""
    return unpad(unseal(blob, private, info))


def pad(text: str) -> bytes:
    """Give a text as bytes of the one size; half a pair of surrogates, which is no letter, as "?". Raises TooLong."""
    # Strictly, it would raise an error that carries the whole text with it.
    plain = text.encode(errors="replace")
    if len(plain) > PADDED_BYTES - _LENGTH_BYTES:
        raise TooLong
    return (len(plain).to_bytes(_LENGTH_BYTES, "big") + plain).ljust(PADDED_BYTES, b"\x00")


def unpad(padded: bytes) -> str:
    """Give back the text. Raises CannotOpen for what `pad` did not make."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    if len(padded) != PADDED_BYTES or length > PADDED_BYTES - _LENGTH_BYTES:
        raise CannotOpen
    try:
        return padded[_LENGTH_BYTES : _LENGTH_BYTES + length].decode()
    except UnicodeDecodeError:
        raise CannotOpen from None


def wrap(case_private: bytes, public: bytes, case_id: bytes, shred_key: bytes, kind: str = "wrap") -> bytes:
    """Close the key of a report for one reader, and once more under the key whose loss erases it."""
    inner = seal(case_private, public, _wrap_info(case_id, kind))
    return box(inner, shred_key, _wrap_info(case_id, kind))


def unwrap(blob: bytes, private: bytes, case_id: bytes, shred_key: bytes, kind: str = "wrap") -> bytes:
    """Give the key of a report to a reader. Raises CannotOpen, whoever it was made for."""
    return unseal_wrap(peel(blob, case_id, shred_key, kind), private, case_id, kind)


def peel(blob: bytes, case_id: bytes, shred_key: bytes, kind: str = "wrap") -> bytes:
    """Take off a wrap what can be erased, and leave what only its reader can open. Raises CannotOpen."""
    return unbox(blob, shred_key, _wrap_info(case_id, kind))


def unseal_wrap(peeled: bytes, private: bytes, case_id: bytes, kind: str = "wrap") -> bytes:
    """Give the key of a report to a reader who has a peeled wrap. Raises CannotOpen, whoever it was made for."""
    return unseal(peeled, private, _wrap_info(case_id, kind))


def dummy_wrap(case_id: bytes, shred_key: bytes) -> bytes:
    """Give a wrap that opens for nobody and looks like any other."""
    return wrap(os.urandom(KEY_BYTES), new_pair().public, case_id, shred_key)


def box(plain: bytes, key: bytes, place: bytes) -> bytes:
    """Close bytes under a shared key: a fresh nonce, then the box."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, place)


def unbox(blob: bytes, key: bytes, place: bytes) -> bytes:
    """Open a box. Raises CannotOpen."""
    try:
        return ChaCha20Poly1305(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def _wrap_info(case_id: bytes, kind: str) -> bytes:
    return b"hrdd/v1/" + kind.encode("ascii") + b"|" + case_id
