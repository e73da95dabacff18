"""What we hand to a browser and know again as ours: short codes by a secret key, one kind of which is not another.

Decides the code (HMAC-SHA256, RFC 2104) and compares it in a time that tells nothing. Must not know where the key is
kept, nor cookies.
"""

from __future__ import annotations

import hashlib
import hmac

_BETWEEN = "\0"


def code(key: bytes, kind: str, *parts: str) -> str:
    """64 hex digits. ``kind``: what it is for. ValueError: a part that could be taken for two."""
    if any(_BETWEEN in part for part in (kind, *parts)):
        raise ValueError("a part of what is sealed holds the sign between them")
    return hmac.new(key, _BETWEEN.join((kind, *parts)).encode(), hashlib.sha256).hexdigest()


def is_code(key: bytes, sent: str, kind: str, *parts: str) -> bool:
    """Whether that is the code of these."""
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), code(key, kind, *parts).encode())


def digest(secret: str) -> str:
    """Under which a secret of 128 random bits or more is kept (SHA-256): whoever reads it there cannot use it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
