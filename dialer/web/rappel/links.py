"""The secret link of a request: whoever has it may see, move and cancel that request, and nobody else.

Decides what stands in the link and which links are ours. A link is ``REFERENCE-SEAL``: the seal is HMAC-SHA256 over the
reference, cut to 128 bits, so that no list of links is kept anywhere and none can be guessed. References are never used
again, so a link never comes to mean another request; nothing else of the person is in it. Must not know requests.
"""

from __future__ import annotations

import base64
import hmac
import re
from hashlib import sha256

from dialer.core.callbacks.states import CallbackId

_SEAL_BYTES = 16
_LINK = re.compile(r"(\d{8})-([A-Za-z0-9_-]{22})", re.ASCII)


def link_of(reference: str, callback: CallbackId, key: bytes) -> str:
    """The last part of the link's path. A request that joined a callback has a link of its own to it."""
    return f"{reference}-{_seal(reference, callback, key)}"


def reference_in(link: str) -> str | None:
    """The reference that a link claims; None when it is no link at all. Says nothing of its seal."""
    found = _LINK.fullmatch(link)
    return found[1] if found else None


def opens(link: str, callback: CallbackId, key: bytes) -> bool:
    """Whether the link is ours, and of a request of this callback. Takes as long for a seal that is nearly right."""
    found = _LINK.fullmatch(link)
    return found is not None and hmac.compare_digest(found[2], _seal(found[1], callback, key))


def _seal(reference: str, callback: CallbackId, key: bytes) -> str:
    digest = hmac.digest(key, f"rappel/suivi\n{reference}\n{callback}".encode(), sha256)
    return base64.urlsafe_b64encode(digest[:_SEAL_BYTES]).rstrip(b"=").decode()
