"""What a browser began at a provider of identities, sealed, as a cookie keeps it until the browser comes back.

Decides its text, and that one which is not ours, or of another key, is none. Must not know cookies nor the provider;
that it is too old, `dialer.access.oidc` says. What is in it is for this browser alone, and nobody is let in by it.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

from dialer.access.oidc import Begun
from dialer.core.access import sealed

_KIND = "begun"
_BETWEEN = "."
_SEALED = re.compile(
    r"([0-9]{1,11})\.([\w-]{1,64})\.([\w-]{1,64})\.([\w-]{1,64})\.([01])\.([\w-]{0,700})\.(\w{64})", re.ASCII
)


def seal(key: bytes, begun: Begun, vers: str) -> str:
    """``vers``: a path of ours where they wanted to go, or nothing."""
    onward = base64.urlsafe_b64encode(vers.encode()).decode().rstrip("=")
    at = str(int(begun.at.timestamp()))
    parts = (at, begun.state, begun.nonce, begun.verifier, str(int(begun.again)), onward)
    return _BETWEEN.join((*parts, sealed.code(key, _KIND, *parts)))


def unseal(key: bytes, text: str) -> tuple[Begun, str] | None:
    """What was begun, and where they wanted to go. ``text``: whatever was sent. None: it is not of ours."""
    found = _SEALED.fullmatch(text)
    if found is None or not sealed.is_code(key, found[7], _KIND, *found.groups()[:6]):
        return None
    at, state, nonce, verifier, again, onward = found.groups()[:6]
    try:
        vers = base64.urlsafe_b64decode(onward + "=" * (-len(onward) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Begun(datetime.fromtimestamp(int(at), UTC), state, nonce, verifier, "", again == "1"), vers
