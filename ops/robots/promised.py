"""Robots of the promised callbacks: people who ask for one, the telephones they are called on, advisers with cards.

Decides by chance who asks, how an adviser takes a card and what they say came of it. Must not know why anything is
offered. Everything goes through the same API as a person's screen would.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp

from ops.robots.people import FICTION
from ops.robots.scenarios import Temper, callees

ASKS_EVERY_S = (15.0, 40.0)
READS_S = (1.0, 4.0)
"""How long an adviser reads the card before they dial."""
OUTCOMES = ("INFO_DONNEE", "ORIENTE", "RDV_FIXE", "REFUS")
FIRST_NAMES = ("Nadia", "Sami", "Inès", "Hugo", "Maëlle", "Yanis", "Chloé", "Bilal")
TEMPERS: Mapping[str, Temper] = {
    # By the last digit of their number, so that the same person is always the same.
    "[+][0-9]*[0-5]": Temper(rings_s=2.0, talks_s=20.0),
    "[+][0-9]*[67]": Temper(rings_s=1.0, refuses="486 Busy Here"),
    "[+][0-9]*8": Temper(rings_s=None),
}
OTHERWISE = Temper(rings_s=4.0, talks_s=8.0)


def telephones(sound: Path | None) -> str:
    """The scenario of everybody who is called back."""
    return callees(OTHERWISE, TEMPERS, sound=sound)


@dataclass(slots=True)
class Promised:
    """``taken``: the cards that an adviser has in hand, so that each is dialled once."""

    chance: random.Random
    taken: set[str] = field(default_factory=set)

    async def ask_again_and_again(self, api: aiohttp.ClientSession) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(*ASKS_EVERY_S))
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await self._ask(api)

    async def _ask(self, api: aiohttp.ClientSession) -> None:
        phone = self.chance.choice(FICTION) + f"{self.chance.randrange(10_000):04d}"
        wish: dict[str, str] = {"kind": "asap"}
        if self.chance.random() < 0.4:
            async with api.get("/api/v1/slots", params={"line": "dropout", "phone": phone}) as answer:
                slots = (await answer.json()).get("items", []) if answer.status == 200 else []
            if slots:
                wish = {"kind": "window", "start": slots[0]["start"], "end": slots[0]["end"]}
        body = {
            "kind": "rtf",
            "line": "dropout",
            "phone": phone,
            "first_name": self.chance.choice(FIRST_NAMES),
            "birth_date": date(self.chance.randint(2003, 2009), self.chance.randint(1, 12), 15).isoformat(),
            "asked_by": "young_person",
            "wish": wish,
            "source": "web",
            "notice_read": True,
        }
        async with api.post("/api/v1/callbacks", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}):
            pass

    async def look_after(self, api: aiohttp.ClientSession, advisers: Sequence[Mapping[str, Any]]) -> None:
        """Take the cards that are offered; say what came of the talks that are over."""
        for adviser in advisers:
            offer = adviser.get("offer")
            if offer is not None and offer["kind"] == "callback" and offer["id"] not in self.taken:
                self.taken.add(offer["id"])
                await asyncio.sleep(self.chance.uniform(*READS_S))
                async with api.put(f"/api/v1/offers/{offer['id']}", json={"action": "dial"}):
                    pass
            elif adviser["state"] == "wrapping_up" and adviser.get("callback") is not None:
                await self._report(api, adviser["callback"])

    async def _report(self, api: aiohttp.ClientSession, callback: str) -> None:
        async with api.get(f"/api/v1/callbacks/{callback}") as answer:
            found = await answer.json()
        if found.get("state") != "resting":
            return
        outcome = self.chance.choice(OUTCOMES)
        body: dict[str, str] = {"outcome": outcome}
        if outcome == "ORIENTE":
            body["structure"] = "ML"
        if outcome == "RDV_FIXE":
            body["date"] = found["legal_deadline_at"]
        async with api.post(f"/api/v1/callbacks/{callback}/outcome", json=body):
            pass
