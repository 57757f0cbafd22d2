"""HPKE in base mode as RFC 9180 writes it, in a few lines of its own: to see that our envelopes are the standard ones.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, one message for each context. With a fixed ephemeral key it
also seals the same way each time.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEM, KDF, AEAD = 0x0020, 0x0001, 0x0003
KEM_SUITE = b"KEM" + KEM.to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(each.to_bytes(2, "big") for each in (KEM, KDF, AEAD))
KEY, NONCE, SECRET = 32, 12, 32


def seal(plain: bytes, public: bytes, info: bytes, ephemeral: bytes | None = None, aad: bytes = b"") -> bytes:
    """Give `enc` and the ciphertext. `ephemeral` is a private key to use in the place of a fresh one (RFC 9180 6.1)."""
    mine = X25519PrivateKey.from_private_bytes(ephemeral) if ephemeral else X25519PrivateKey.generate()
    enc = mine.public_key().public_bytes_raw()
    shared = _shared(mine.exchange(X25519PublicKey.from_public_bytes(public)), enc + public)
    key, nonce = schedule(shared, info)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, plain, aad)


def unseal(sealed: bytes, private: bytes, info: bytes, aad: bytes = b"") -> bytes:
    """Give the text. Raises InvalidTag."""
    enc, cipher = sealed[:KEY], sealed[KEY:]
    mine = X25519PrivateKey.from_private_bytes(private)
    public = mine.public_key().public_bytes_raw()
    key, nonce = schedule(_shared(mine.exchange(X25519PublicKey.from_public_bytes(enc)), enc + public), info)
    return ChaCha20Poly1305(key).decrypt(nonce, cipher, aad)


def schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Give the key and the first nonce of a context without a shared key of its own (RFC 9180 5.1, mode 0)."""
    context = b"\x00" + _extract(b"", b"psk_id_hash", b"", SUITE) + _extract(b"", b"info_hash", info, SUITE)
    secret = _extract(shared, b"secret", b"", SUITE)
    return _expand(secret, b"key", context, KEY, SUITE), _expand(secret, b"base_nonce", context, NONCE, SUITE)


def _shared(exchanged: bytes, context: bytes) -> bytes:
    """RFC 9180 4.1, ExtractAndExpand."""
    return _expand(_extract(b"", b"eae_prk", exchanged, KEM_SUITE), b"shared_secret", context, SECRET, KEM_SUITE)


def _extract(salt: bytes, label: bytes, keying: bytes, suite: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + keying, hashlib.sha256)


def _expand(secret: bytes, label: bytes, info: bytes, length: int, suite: bytes) -> bytes:
    """RFC 5869 for what fits into one block."""
    whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(secret, whole + b"\x01", hashlib.sha256)[:length]
