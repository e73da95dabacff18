"""The keys of an installation: by which references are drawn, and by which secret links are sealed.

Decides where they live: with the database, since a reference must never come again and a link must open what it was
made for, whichever machine serves it. Drawn once, at the first start. Must not know what is made of them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Protocol

SETTING = "keys"
_BYTES = 32


class Settings(Protocol):
    async def setting(self, key: str) -> Any: ...

    async def set_setting(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """``link`` is a secret: it opens every request. ``reference`` hides how many there are."""

    reference: bytes
    link: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


async def kept_keys(store: Settings) -> Keys:
    """The installation's keys, drawn if it has none. Raises StoreError."""
    kept = await store.setting(SETTING)
    if kept is None:
        kept = {"reference": secrets.token_hex(_BYTES), "link": secrets.token_hex(_BYTES)}
        await store.set_setting(SETTING, kept)
    return Keys(bytes.fromhex(kept["reference"]), bytes.fromhex(kept["link"]))
