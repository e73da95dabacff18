"""Callbacks asked for and worked through over the API, as a form, an adviser's screen and an officer would."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Act, Pause, Press
from tests.real.house import LIMIT_S, House, Json, events
from tests.real.outside import Outside, in_full
from tests.real.quick import quick

API = "/api/v1"
BEAT_S = 0.8
"""Between one answer of a caller and the next: the question has begun by then."""
STAGES = {
    "accepted": "offered",
    "ready": "offered",
    "hanging_up": "dialling",
    "telling": "talking",
    "with_guest": "talking",
    "joined": "talking",
    "unsettled": "resting",
}
"""What is said of these in ``state``, the stage; of the others it is the same word."""
OPEN_STATES = ("requested", "due", "offered", "dialling", "talking", "resting")


@dataclass(slots=True)
class Callbacks:
    """The callbacks of one house."""

    house: House
    outside: Outside

    async def send(self, method: str, path: str, body: Json | None = None, key: str = "") -> tuple[int, Json]:
        """Status and answer, whatever it is."""
        headers = {"Authorization": f"Bearer {self.house.token}"} | ({"Idempotency-Key": key} if key else {})
        url = f"http://{self.house.environment['DIALER_HTTP']}{API}{path}"
        async with self.house.http.request(method, url, headers=headers, json=body) as answer:
            return answer.status, await answer.json()

    async def do(self, method: str, path: str, body: Json | None = None, key: str = "", status: int = 200) -> Json:
        """The answer, which must have this status."""
        got, answer = await self.send(method, path, body, key)
        assert got == status, (path, body, got, answer)
        return answer

    # -- asking --------------------------------------------------------------------------------

    async def ask(self, phone: str, wish: Json | None = None, **fields: object) -> Json:
        """Somebody asks to be called back; what they are answered."""
        return await self.do("POST", "/callbacks", request(phone, wish, **fields), key=str(uuid.uuid4()), status=201)

    async def slots(self, phone: str, line: str = "main") -> list[Json]:
        url = f"/slots?line={line}&phone={phone.replace('+', '%2B')}"
        found: list[Json] = (await self.do("GET", url))["items"]
        return found

    # -- looking -------------------------------------------------------------------------------

    async def get(self, callback: Json) -> Json:
        return await self.do("GET", f"/callbacks/{callback['id']}")

    async def becomes(self, callback: Json, detail: str, limit_s: float = LIMIT_S, **fields: object) -> Json:
        """Wait until it is in this state of the machine (``state_detail``), with these fields, and that is stored."""
        stage = {} if detail == "attached" else {"state": STAGES.get(detail, detail)}
        wanted = {"state_detail": detail, **stage, **fields}

        async def so() -> Json | None:
            found = await self.get(callback)
            return found if wanted.items() <= found.items() else None

        found: Json = await self.house.until(so, limit_s, what=f"{callback['id']} is {detail} {fields or ''}")
        return found

    async def told(self, callback: Json, event: str) -> list[Json]:
        """Wait until its timeline tells of this; what it tells."""

        async def so() -> list[Json]:
            return list(events(await self.get(callback), event))

        found: list[Json] = await self.house.until(so, what=f"{callback['id']} tells of {event}")
        return found

    async def page(self, **query: str) -> list[Json]:
        """The first of them."""
        found: list[Json] = (await self.house.get(f"{API}/callbacks", **query))["items"]
        return found

    async def all(self, **query: str) -> list[Json]:
        """Every callback, the newest request first."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.house.get(f"{API}/callbacks", limit="200", **query, **more)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def invited(self, phone: str, times: int = 1) -> None:
        """Wait until this person's phone was rung so often."""

        async def so() -> bool:
            return len(self.outside.invites(phone)) >= times

        await self.house.until(so, what=f"{phone} is dialled")

    async def booked(self, phone: str) -> Json:
        """Wait until a callback of this number is stored."""

        async def so() -> Json | None:
            return next((each for each in await self.page() if each["phone"] == in_full(phone)), None)

        found: Json = await self.house.until(so, what=f"{phone} has a callback")
        return found

    # -- what the adviser does -----------------------------------------------------------------

    async def card(self, adviser: str, callback: Json | None = None) -> Json:
        """Wait until the card (of this callback) is before the adviser."""

        async def so() -> Json | None:
            offer: Json | None = (await self.house.adviser(adviser))["offer"]
            its = offer is not None and callback is not None and offer["callback"] == callback["id"]
            return offer if its or (offer is not None and callback is None) else None

        found: Json = await self.house.until(so, what=f"{adviser} is offered {callback and callback['id']}")
        return found

    async def put(self, offer: Json, action: str, status: int = 200) -> Json:
        return await self.do("PUT", f"/offers/{offer['id']}", {"action": action}, status=status)

    async def calls(self, adviser: str, callback: Json) -> None:
        """The adviser takes the card, their phone is picked up, and the person is dialled."""
        offer = await self.card(adviser, callback)
        await self.put(offer, "accept")
        await self.becomes(callback, "ready")
        await self.put(offer, "dial")

    async def outcome(self, callback: Json, outcome: str, status: int = 200, **fields: object) -> Json:
        body = {"outcome": outcome, **fields}
        return await self.do("POST", f"/callbacks/{callback['id']}/outcome", body, status=status)

    async def cancel(self, callback: Json, status: int = 200) -> Json:
        return await self.do("POST", f"/callbacks/{callback['id']}/cancel", status=status)

    # -- what Asterisk says --------------------------------------------------------------------

    async def packets(self, leg: str, way: str = "txcount") -> int:
        """How many packets of sound Asterisk has sent to (``rxcount``: got from) this leg; 0 without one."""
        found = await self.house.ari(f"channels/{leg}/rtp_statistics")
        return int(found.get(way, 0))

    async def hears(self, leg: str) -> None:
        """Sound flows to whoever is on this leg."""
        before = await self.packets(leg)

        async def so() -> bool:
            return await self.packets(leg) > before + 10

        await self.house.until(so, limit_s=5, what=f"{leg} hears something")

    async def is_gone(self, leg: str) -> None:
        """At once: well before a phone that rings would be given up."""

        async def so() -> bool:
            return leg not in [channel["id"] for channel in await self.house.ari("channels")]

        await self.house.until(so, limit_s=4, what=f"{leg} is gone")

    async def forget(self) -> None:
        """Everybody hangs up, and nobody of this test is called in the next one."""
        for channel in await self.house.ari("channels"):
            await self.house.ari(f"channels/{channel['id']}", "DELETE")
        still_open = [each for state in OPEN_STATES for each in await self.all(state=state)]
        await asyncio.gather(*(self.send("POST", f"/callbacks/{each['id']}/cancel") for each in still_open))


def request(phone: str, wish: Json | None = None, **fields: object) -> Json:
    """The body of a request: as soon as possible on the main line, unless said otherwise."""
    return {
        "kind": "information",
        "line": "main",
        "phone": phone,
        "asked_by": "young_person",
        "wish": wish or {"kind": "asap"},
        "source": "web",
        "notice_read": True,
        **fields,
    }


def keys(*groups: str) -> tuple[Act, ...]:
    """What a caller presses: one group of digits after the other, each a beat after the question."""
    acts: list[Act] = []
    for group in groups:
        acts.append(Pause(BEAT_S))
        for digit in group:
            acts += [Press(digit), Pause(0.1)]
    return tuple(acts)


@asynccontextmanager
async def worked(house: House, mute: bool = False) -> AsyncIterator[Callbacks]:
    """The callbacks of a house for one test, with everybody outside at home."""
    outside = Outside(house)
    await outside.open(mute)
    callbacks = Callbacks(house, outside)
    yield callbacks
    await callbacks.forget()


def calling(
    folder: Path,
    programs: Programs,
    lasts_s: Mapping[str, float] | None = None,
    limits: Mapping[str, object] | None = None,
    **settings: object,
) -> Path:
    """The quick configuration in which every adviser may be at a callback. ``limits``: of [calling]; ``settings``: of
    [callbacks]."""
    everybody = {name: {"callback_share": 1.0} for name in ("main", "dropout")}
    tables = {"callbacks": {"ring_max_s": 10, "margin_s": 5, **settings}, "calling": limits or {}}
    return quick(folder, programs, everybody, lasts_s, tables)
