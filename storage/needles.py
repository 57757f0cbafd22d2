"""Find out who stands in some bytes, however it may be written: for an auditor's look at what is kept (T1, T2).

What is looked for is kept few, and what is looked through is unwrapped: hex, base64 and base32 at every alignment, the
escapes of addresses, JSON, HTML and mail, wide letters, letters backwards, packed parts; two layers deep. Digests are
found by their first 64 bits, so cut ones are found as well. Nothing here reads a file or a row.

What may be an ordinary word, such as a first name, stands in any text. It is looked for where it can be nothing else:
as a digest, as the whole of what was wrapped, as a word in hex, base64 or base32, and as a whole value (`whole`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

START: Final = 6
"""Bytes by which a written form is found first; shorter ones would be found by chance."""
CUT: Final = 8
"""Bytes of a digest that are enough: by chance, one in a billion files of a gigabyte."""
DEPTH: Final = 2
LEAST_HEX: Final = 10
"""Digits of a short word in hex: shorter ones are in too many ids by chance."""
LONGEST_VALUE: Final = 128
"""Bytes of a value that may be a short word as a whole, with what stands around it."""
LARGEST: Final = 256 * 1024 * 1024
"""A packed part is unpacked up to this size."""
DIGESTS: Final[Sequence[str]] = tuple("md5 sha1 sha224 sha256 sha384 sha512 blake2b blake2s sha3_256".split())
_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz")


class Surface(NamedTuple):
    """One way in which a person is known: `what` is "id", "name", "handle" or "e-mail".

    `common`: it may be an ordinary word, and is not looked for in plain text. So is what is too short for that.
    """

    who: int
    what: str
    text: str
    common: bool = False

    @property
    def guarded(self) -> bool:
        """Whether it is not looked for in plain text."""
        return self.common or len(unicodedata.normalize("NFC", self.text).encode()) < START


class Hit(NamedTuple):
    """Somebody was found: their number in the list, as what, and how it was written."""

    who: int
    what: str
    how: str


@dataclass(frozen=True, slots=True)
class _Word:
    """A written form: the bytes, and whether letters beside it would make it part of another word."""

    form: bytes
    hit: Hit
    alone: bool


class Needles:
    """Everything by which the people of a list could be found. Made once, used for many bytes."""

    def __init__(self, surfaces: Collection[Surface], secrets: Collection[bytes] = ()) -> None:
        """Take how people are known, and the secrets under which their digests may have been keyed."""
        self._words: dict[bytes, list[_Word]] = {}
        self._digests: dict[bytes, tuple[int, int, str]] = {}
        self._tokens: dict[bytes, Hit] = {}
        self._wholes: dict[str, Hit] = {}
        self._whats: list[str] = []
        for surface in surfaces:
            self._add(surface, secrets)
        counted: Sequence[Collection[bytes | str]] = (self._digests, self._tokens, self._wholes)
        self.count = sum(map(len, self._words.values())) + sum(map(len, counted))

    def _add(self, surface: Surface, secrets: Collection[bytes]) -> None:
        who, what, text, _ = surface
        exact = unicodedata.normalize("NFC", text)
        plain = exact.lower()
        if surface.guarded:
            self._wholes.setdefault(plain, Hit(who, what, "the whole of it"))
            for how, form in _tokens({exact, plain, exact.upper(), exact.title()}):
                self._tokens.setdefault(form, Hit(who, what, how))
        else:
            # Anything else stands beside letters where a database puts one column behind another.
            alone = plain.isalpha()
            for how, form in _forms(plain, exact):
                found = _Word(form, Hit(who, what, how), alone)
                self._words.setdefault(form[:START], []).append(found)
        if what not in self._whats:
            self._whats.append(what)
        place = self._whats.index(what)
        for variant in {text.encode(), text.lower().encode(), text.upper().encode()}:
            for how, digest in _digests(variant, secrets):
                self._digests.setdefault(digest[:CUT], (who, place, how))

    def found_in(self, raw: bytes) -> Iterator[Hit]:
        """Give everybody who stands in some bytes, with how; the same one may be given more than once."""
        for how, shape in _unwrapped(raw, DEPTH):
            for hit in self._look(shape):
                yield Hit(hit.who, hit.what, " in ".join(filter(None, (hit.how, how))))
            found = self.whole(shape) if how else None
            if found is not None:
                yield Hit(found.who, found.what, f"{found.how} in {how}")

    def whole(self, value: bytes) -> Hit | None:
        """Give whose name or handle a value is and nothing else, of those that are not looked for in plain text."""
        if not self._wholes or len(value) > LONGEST_VALUE:
            return None
        said = value.strip(_AROUND).decode("utf-8", "replace")
        return self._wholes.get(unicodedata.normalize("NFC", said).lower())

    def _look(self, raw: bytes) -> Iterator[Hit]:
        small, words, digests = raw.lower(), self._words, self._digests
        for place in range(len(raw) - START + 1):
            candidates = words.get(small[place : place + START])
            if candidates:
                yield from (each.hit for each in candidates if _stands(each, small, place))
            digest = digests.get(raw[place : place + CUT])
            if digest is not None:
                yield Hit(digest[0], self._whats[digest[1]], digest[2])
        tokens = self._tokens
        for written in _TOKENS if tokens else ():
            yield from (tokens[each] for each in written.findall(raw) if each in tokens)


def _stands(word: _Word, small: bytes, place: int) -> bool:
    end = place + len(word.form)
    if small[place:end] != word.form:
        return False
    return not (word.alone and (_is_letter(small, place - 1) or _is_letter(small, end)))


def _is_letter(small: bytes, place: int) -> bool:
    return 0 <= place < len(small) and small[place] in _LETTERS


def _forms(plain: str, exact: str) -> Iterator[tuple[str, bytes]]:
    """Give how letters stand in bytes of which those of ASCII were made small; wide ones of ASCII are unwrapped."""
    yield "", plain.encode()
    yield "backwards", plain[::-1].encode()
    if plain.isascii():
        return
    loud = "".join(each if each.isascii() else each.upper() for each in plain)
    mixed = "".join(each.lower() if each.isascii() else each for each in exact)
    for said in {plain, loud, mixed}:
        yield from (
            (code, _small(said, code)) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
        )
        yield "backwards", said[::-1].encode()
        yield "letters and accents apart", unicodedata.normalize("NFD", said).encode().lower()
        if all(ord(each) < 256 for each in said):
            yield "latin-1", _small(said, "latin-1")


def _small(said: str, code: str) -> bytes:
    """Give letters in a code as they look when their bytes are made small one by one."""
    return said.encode(code).lower()


def _tokens(said: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Give how a short word is written so that it is no other word: by itself, in hex, base64 or base32."""
    for raw in {each.encode() for each in said}:
        for how, form in (
            ("hex", raw.hex().encode()),
            ("hex", raw.hex().upper().encode()),
            ("base64", base64.b64encode(raw)),
            ("base64", base64.urlsafe_b64encode(raw)),
            ("base32", base64.b32encode(raw)),
            ("base32", base64.b32encode(raw).lower()),
        ):
            bare = form.rstrip(b"=")
            if len(bare) >= (LEAST_HEX if how == "hex" else START):
                yield how, bare


def _digests(text: bytes, secrets: Collection[bytes]) -> Iterator[tuple[str, bytes]]:
    for name in DIGESTS:
        yield name, hashlib.new(name, text).digest()
    for secret in secrets:
        for name in ("sha256", "sha1", "sha512"):
            yield f"hmac-{name} under a secret of ours", hmac.digest(secret, text, name)
        yield "sha256 after a secret of ours", hashlib.sha256(secret + text).digest()
        yield "sha256 before a secret of ours", hashlib.sha256(text + secret).digest()
        yield "keyed blake2b", hashlib.blake2b(text, key=secret[:64]).digest()
        yield "keyed blake2s", hashlib.blake2s(text, key=secret[:32]).digest()


def _unwrapped(raw: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Give bytes as they are, and everything that may be wrapped in them, with how."""
    yield "", raw
    if not depth:
        return
    for how, peel in _PEELS:
        for inner in peel(raw):
            if len(inner) >= START and inner != raw:
                for deeper, shape in _unwrapped(inner, depth - 1):
                    yield f"{deeper} in {how}" if deeper else how, shape


_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2}[ :.,-]?){6,}[0-9a-fA-F]?")
_NO_HEX: Final = re.compile(rb"[^0-9a-fA-F]")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_BASE32: Final = re.compile(rb"(?:[A-Z2-7]{8,}|[a-z2-7]{8,})")
_ESCAPED: Final = re.compile(
    rb"(?:%|=|\\{1,4}x)([0-9a-fA-F]{2})|\\{1,4}u([0-9a-fA-F]{4})|&#([0-9]{1,6});|&#x([0-9a-fA-F]{1,5});|\\([0-3][0-7]{2})"
)
_TEXT: Final = re.compile(rb"[\t\n\r\x20-\xff]{6,}")
_WIDE: Final = re.compile(rb"(?:[\x01-\xff]\0{1,3}){5,}[\x01-\xff]?")
_TOKENS: Final = (re.compile(rb"[A-Za-z0-9]{6,}"), re.compile(rb"[A-Za-z0-9+/_-]{6,}"))
"""Words, and words of base64 with what else it has."""
_AROUND: Final = b" \t\r\n\0\"'"
_SOFT_BREAK: Final = re.compile(rb"=\r?\n")
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def _from_hex(raw: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(raw):
        digits = _NO_HEX.sub(b"", match[0])
        for start in (0, 1):
            even = digits[start : start + (len(digits) - start) // 2 * 2]
            yield binascii.unhexlify(even)


def _from_base64(raw: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(raw):
        packed = match[0].translate(_URL_SAFE)
        for start in range(4):
            whole = packed[start:]
            if len(whole) % 4 == 1:
                whole = whole[:-1]
            yield base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _from_base32(raw: bytes) -> Iterator[bytes]:
    for match in _BASE32.finditer(raw):
        packed = match[0].upper()
        for start in range(8):
            whole = packed[start:]
            while len(whole) % 8 in (1, 3, 6):
                whole = whole[:-1]
            if whole:
                yield base64.b32decode(whole + b"=" * (-len(whole) % 8))


def _unescaped(raw: bytes) -> Iterator[bytes]:
    """Undo the escapes of addresses, mail, HTML, JSON and Python."""

    def real(match: re.Match[bytes]) -> bytes:
        byte, letter, decimal, sixteen, eight = match.groups()
        if byte or eight:
            return bytes([int(byte, 16) if byte else int(eight, 8)])
        number = int(letter or sixteen, 16) if letter or sixteen else int(decimal)
        return chr(min(number, 0x10FFFF)).encode("utf-8", "surrogatepass")

    for match in _TEXT.finditer(raw):
        if _ESCAPED.search(match[0]):
            whole = _ESCAPED.sub(real, _SOFT_BREAK.sub(b"", match[0]))
            yield whole
            if _is_text(whole):
                said = whole.decode("utf-8", "surrogatepass")
                yield _SURROGATES.sub(_pair, said).encode("utf-8", "replace")


def _pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _from_wide(raw: bytes) -> Iterator[bytes]:
    for match in _WIDE.finditer(raw):
        yield match[0].replace(b"\0", b"")


def _unpacked(raw: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", raw):
        packed = memoryview(raw)[match.start() :]
        try:
            inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
            inner = inflater.decompress(packed, LARGEST)
        except zlib.error:
            continue
        yield inner


_PEELS: Final[Sequence[tuple[str, Callable[[bytes], Iterator[bytes]]]]] = (
    ("hex", _from_hex),
    ("base64", _from_base64),
    ("base32", _from_base32),
    ("escapes", _unescaped),
    ("wide letters", _from_wide),
    ("a packed part", _unpacked),
)
