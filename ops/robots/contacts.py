"""What robot advisers write down of their calls, as people would: a draft while they think, then the contact, filed.

Decides which reasons are given how often. Must not know when an adviser wraps up: `Robots` does.
"""

from __future__ import annotations

import random
from typing import Any

import aiohttp

NOTES = (
    None, None, "Rappeler après les vacances.", "A reçu la liste des formations près de chez elle.",
    "Hésite entre deux filières ; documents envoyés.", "Contente d’avoir eu quelqu’un 🙂",
)  # fmt: skip


async def write_down(
    api: aiohttp.ClientSession,
    adviser: str,
    call: str,
    chance: random.Random,
    *,
    done: bool,
) -> None:
    """``done``: file it; else keep what is written so far."""
    path, whose = f"/api/v1/calls/{call}/contact", {"adviser": adviser}
    async with api.get(path, params=whose) as answer:
        if answer.status != 200:
            return
        found: dict[str, Any] = await answer.json()
    if found["done"]:
        return
    among = [each["id"] for each in found["choices"]]
    body = whose | {
        "reasons": found["reasons"] or chance.sample(among, k=min(len(among), chance.choice((1, 1, 1, 2)))),
        "note": found["note"] or chance.choice(NOTES),
        "done": done,
    }
    async with api.put(path, json=body, headers={"If-Match": f'"{found["version"]}"'}):
        pass
