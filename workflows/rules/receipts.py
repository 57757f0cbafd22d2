"""The receipt of an anonymous report: 120 bits and a check symbol that catches every single slip.

Twenty-four symbols of Crockford's base 32, which leaves out I, L, O and U, and one more that checks them, in five
groups: `7K3QD-M0XPA-...`. Small letters, spaces and look-alikes (O for 0, I and L for 1) are understood.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES: Final = 15
SYMBOLS: Final = 24
GROUP: Final = 5
GROUPS: Final = 5
ASKED_BACK: Final = (2, 4)
"""The groups, counted from one, that are typed back before the window closes."""
_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def receipt_of(secret: bytes) -> str:
    """Write 15 random bytes as a receipt in five groups."""
    number = int.from_bytes(secret, "big")
    symbols = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(SYMBOLS)))
    return grouped(symbols + _check(symbols))


def grouped(symbols: str) -> str:
    """Write symbols in groups of five."""
    return "-".join(symbols[start : start + GROUP] for start in range(0, len(symbols), GROUP))


def read_receipt(text: str) -> str | None:
    """Read a receipt as people type it; give its 25 symbols, or None where it cannot be one."""
    symbols = "".join(text.upper().split()).replace("-", "").replace("–", "").translate(_ALIKE)
    if len(symbols) != SYMBOLS + 1 or any(symbol not in _VALUE for symbol in symbols):
        return None
    return symbols if _check(symbols[:SYMBOLS]) == symbols[SYMBOLS] else None


def groups(text: str) -> tuple[str, ...]:
    """Give the five groups of a receipt as people type it; fewer or none for what is no receipt."""
    symbols = read_receipt(text)
    return tuple(grouped(symbols).split("-")) if symbols else ()


def same_group(typed: str, group: str) -> bool:
    """Whether somebody typed this group, in whatever way."""
    return "".join(typed.upper().split()).replace("-", "").translate(_ALIKE) == group


def _check(symbols: str) -> str:
    """Give the symbol that checks others.

    Symbols are elements of the field of 32; each is multiplied by another power of a generator. A changed symbol
    changes the sum, and so do two neighbours that change places.
    """
    total, weight = 0, 1
    for symbol in symbols:
        weight = _times_two(weight)
        total ^= _times(_VALUE[symbol], weight)
    return ALPHABET[total]


def _times_two(value: int) -> int:
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left, right = _times_two(left), right >> 1
    return product
