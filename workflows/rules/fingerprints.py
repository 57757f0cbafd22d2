"""The fingerprint of a public key: short enough to read aloud, long enough that nobody makes a key to fit it.

128 bits of SHA-256 in eight groups of four, such as `3F2A-11C0-...`. Two people who compare it know whose a key is.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

BYTES: Final = 16
GROUP: Final = 4
_FOR: Final = b"hrdd/v1/fingerprint|"


def fingerprint(public: bytes) -> str:
    """Give the fingerprint of a public key."""
    return _grouped(sha256(_FOR + public).digest()[:BYTES].hex())


def read_fingerprint(text: str) -> str | None:
    """Read a fingerprint as people type it; None where it cannot be one."""
    digits = "".join(text.split()).replace("-", "")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return None
    return _grouped(raw.hex()) if len(raw) == BYTES and digits.isascii() else None


def _grouped(digits: str) -> str:
    return "-".join(digits[start : start + GROUP] for start in range(0, len(digits), GROUP)).upper()
