"""A secret in three shares, of which any two give it and one gives nothing.

The secret is the sum (exclusive or) of three pieces, two of them random. Each share leaves another piece out: two
shares have all three, and in one share both pieces are random whatever the secret is. A share is written in symbols of
Crockford's base 32, in groups, with a check of its own so that a slip of the pen is found before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from workflows.rules.receipts import ALPHABET, grouped

SECRET_BYTES: Final = 32
SET_BYTES: Final = 4
CHECK_BYTES: Final = 4
RANDOM_BYTES: Final = 2 * SECRET_BYTES + SET_BYTES
"""What `split` needs: two pieces, and a name by which shares of one secret know each other."""
SHARES: Final = 3
_BYTES: Final = 1 + SET_BYTES + 2 * SECRET_BYTES + CHECK_BYTES
_BITS: Final = 5
_SYMBOLS: Final = -(-_BYTES * 8 // _BITS)
_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


class BadShare(Exception):
    """A share, or two of them together, cannot be used. The sentence says why and never what is in them."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share: its number, the name of its set, and two of the three pieces by their numbers."""

    number: int
    of: bytes
    pieces: Mapping[int, bytes] = field(repr=False)


def split(secret: bytes, random: bytes) -> tuple[str, ...]:
    """Give the three shares of a secret of 32 bytes. `random` are 68 bytes that nobody else has, used once."""
    if len(secret) != SECRET_BYTES or len(random) != RANDOM_BYTES:
        raise ValueError("a secret has 32 bytes, and it takes 68 random ones to split it")
    first, second, of = random[:SECRET_BYTES], random[SECRET_BYTES : 2 * SECRET_BYTES], random[2 * SECRET_BYTES :]
    pieces = {1: first, 2: second, 3: _sum(secret, first, second)}
    return tuple(_write(Share(number, of, _without(number, pieces))) for number in range(1, SHARES + 1))


def join(first: str, second: str) -> bytes:
    """Give the secret of two shares, as people type them. Raises BadShare."""
    one, other = read_share(first), read_share(second)
    if one.number == other.number:
        raise BadShare("This is the same share twice: please use two of the three.")
    if one.of != other.of:
        raise BadShare("These two shares are not of the same key.")
    pieces = {**one.pieces, **other.pieces}
    if any(one.pieces[number] != other.pieces[number] for number in one.pieces.keys() & other.pieces.keys()):
        raise BadShare("These two shares do not fit together: one of them was changed.")
    return _sum(*pieces.values())


def read_share(text: str) -> Share:
    """Read a share as people type it. Raises BadShare."""
    symbols = "".join(text.upper().split()).replace("-", "").translate(_ALIKE)
    if len(symbols) != _SYMBOLS or any(symbol not in _VALUE for symbol in symbols):
        raise BadShare(f"This is no share: it has {_SYMBOLS} letters and digits, in groups of five.")
    number = 0
    for symbol in symbols:
        number = number << _BITS | _VALUE[symbol]
    raw = (number >> (_SYMBOLS * _BITS - _BYTES * 8)).to_bytes(_BYTES, "big")
    plain, check = raw[:-CHECK_BYTES], raw[-CHECK_BYTES:]
    if _check(plain) != check or not 1 <= plain[0] <= SHARES or _symbols(raw) != symbols:
        raise BadShare("One of the symbols of this share cannot be right: please compare it with what was printed.")
    kept = [each for each in range(1, SHARES + 1) if each != plain[0]]
    start = 1 + SET_BYTES
    pieces = {kept[0]: plain[start : start + SECRET_BYTES], kept[1]: plain[start + SECRET_BYTES :]}
    return Share(plain[0], plain[1:start], pieces)


def _write(share: Share) -> str:
    plain = bytes([share.number]) + share.of + b"".join(piece for _, piece in sorted(share.pieces.items()))
    return grouped(_symbols(plain + _check(plain)))


def _symbols(raw: bytes) -> str:
    number = int.from_bytes(raw, "big") << (_SYMBOLS * _BITS - len(raw) * 8)
    return "".join(ALPHABET[(number >> (_BITS * place)) & 31] for place in reversed(range(_SYMBOLS)))


def _check(plain: bytes) -> bytes:
    return sha256(b"hrdd/v1/share|" + plain).digest()[:CHECK_BYTES]


def _without(number: int, pieces: Mapping[int, bytes]) -> dict[int, bytes]:
    return {each: piece for each, piece in pieces.items() if each != number}


def _sum(*pieces: bytes) -> bytes:
    return bytes(one ^ other ^ third for one, other, third in zip(*pieces, strict=True))
