"""The keys of an installation: by which references are drawn, and by which links, forms and passes are sealed.

Decides where they live: with the database, since a reference must never come again and a link must open what it was
made for, whichever machine serves it. Each is drawn once, at the first start that wants it. Must not know what is made
of them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from typing import Any, Protocol

SETTING = "keys"
_BYTES = 32


class Settings(Protocol):
    async def setting(self, key: str) -> Any: ...

    async def set_setting(self, key: str, value: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Keys:
    """``link`` is a secret: it opens every request. ``reference`` hides how many there are. ``csrf`` seals what a page
    sends, ``device`` the passes by which a browser is known again (`core.access`)."""

    reference: bytes
    link: bytes
    csrf: bytes
    device: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


async def kept_keys(store: Settings) -> Keys:
    """The installation's keys; those that it has not are drawn. Raises StoreError."""
    kept = await store.setting(SETTING) or {}
    wanted = [each.name for each in fields(Keys)]
    drawn = {name: secrets.token_hex(_BYTES) for name in wanted if name not in kept}
    if drawn:
        kept |= drawn
        await store.set_setting(SETTING, kept)
    return Keys(**{name: bytes.fromhex(kept[name]) for name in wanted})
