"""The STUN and TURN servers that a softphone is told of, for advisers whose network lets no voice through directly.

Decides the passing credentials of TURN: a name that ends at an instant and its HMAC (coturn's `use-auth-secret`), so
that no lasting password reaches a browser. Pure: the instant comes in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

TURN_FOR = timedelta(hours=12)
"""A working day: ICE may ask again at any moment of a call."""


@dataclass(frozen=True, slots=True)
class Ice:
    """``stun``, ``turn``: URIs such as ``stun:stun.example.net:3478``, ``turns:turn.example.net:443?transport=tcp``.
    ``secret``: shared with the TURN servers."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)


def servers(ice: Ice, endpoint: str, at: datetime) -> list[dict[str, Any]]:
    """`RTCConfiguration.iceServers` for one softphone. ``at``: aware; the credentials end TURN_FOR later."""
    found: list[dict[str, Any]] = [{"urls": list(ice.stun)}] if ice.stun else []
    if ice.turn:
        name = f"{int((at + TURN_FOR).timestamp())}:{endpoint}"
        made = hmac.new(ice.secret.encode(), name.encode(), hashlib.sha1).digest()
        found.append({"urls": list(ice.turn), "username": name, "credential": base64.b64encode(made).decode()})
    return found
