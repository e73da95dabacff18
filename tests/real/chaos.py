"""Callbacks worked through by robots while the controller is killed again and again; what must hold all the same.

The robots do over the API what people do: ask (again with the same key until there is an answer), take the card, dial,
say what came of it, settle what nobody knows. The verdict is drawn from the INVITEs on the trunk, and from what was
answered to those who asked; never from what the service believes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import aiohttp

from tests.real.callbacks import Callbacks, request
from tests.real.house import House, Json
from tests.real.outside import ANSWER_S, TALK_S, in_full

AWAY = (aiohttp.ClientError, ConnectionError)
LOOK_S = 0.06
WAITING_MIN = 3
"""So many callbacks wait for an adviser at any time."""
LIFE_S = 0.4 + ANSWER_S + TALK_S
"""From the card before the adviser to the end of a talk: kills are drawn uniformly over it."""
INTENT_S = 0.15
"""From `dial` to well after the INVITE: every other kill is drawn uniformly over this, where it hurts most."""
DEAD_MAX_S = 1.0
PEOPLE = ("talks", "talks", "talks", "talks", "talks", "hangs_up", "busy", "busy", "switched_off", "absent")
PAUSE_MIN = timedelta(seconds=300)
"""The shortest pause of the ladder."""
SLACK = timedelta(seconds=0.05)
"""Between two clocks of one machine."""
DRAIN_MAX_S = 60.0

Life = Callable[[], Awaitable[None]]
"""What a robot does in one go."""


@dataclass(slots=True)
class Verdict:
    """What a run came to. ``doubles`` and ``lost`` tell each case; the others are counts."""

    kills: int = 0
    asked: int = 0
    attempts: int = 0
    invites: int = 0
    unknown: int = 0
    unknown_placed: int = 0
    """Of those, how many had rung: so many people would have been called twice by a blind redial."""
    adopted: int = 0
    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        causes = ", ".join(f"{cause} {count}" for cause, count in sorted(self.causes.items()))
        return (
            f"kills {self.kills}, callbacks {self.asked}, attempts {self.attempts}, INVITEs {self.invites}, "
            f"doubles {len(self.doubles)}, lost {len(self.lost)}, unknown {self.unknown} "
            f"(of which rung {self.unknown_placed}), adopted {self.adopted}; {causes}"
        )


@dataclass(slots=True)
class Chaos:
    """Use as ``async with Chaos(...) as chaos: await chaos.kill(10); await chaos.drain()``."""

    callbacks: Callbacks
    advisers: Sequence[str]
    seed: int
    kills: int = 0
    asks: bool = True
    answered: dict[str, str] = field(default_factory=dict)
    """phone → id, of everybody who was told that they are registered."""
    _settled: set[str] = field(default_factory=set)
    _dials: asyncio.Event = field(default_factory=asyncio.Event)
    _robots: list[asyncio.Task[None]] = field(default_factory=list)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    @property
    def house(self) -> House:
        return self.callbacks.house

    async def __aenter__(self) -> Chaos:
        lives: list[Life] = [self._ask, self._settle]
        lives += [partial(self._advise, adviser) for adviser in self.advisers]
        self._robots = [asyncio.create_task(self._again_and_again(life)) for life in lives]
        return self

    async def __aexit__(self, *_: object) -> None:
        for robot in self._robots:
            robot.cancel()
        ended = await asyncio.gather(*self._robots, return_exceptions=True)
        for failed in ended:
            if isinstance(failed, Exception):
                raise failed

    async def _again_and_again(self, life: Life) -> None:
        """A robot's life: a service that is away, or says that it cannot store, is tried again; all else is a fault."""
        while True:
            with contextlib.suppress(*AWAY):
                await life()
            await asyncio.sleep(LOOK_S)

    # -- the robots ----------------------------------------------------------------------------

    async def _ask(self) -> None:
        if not self.asks or len(await self.callbacks.page(state="due")) >= WAITING_MIN:
            return
        phone, key = self.callbacks.outside.person(self._chance.choice(PEOPLE)), str(uuid.uuid4())
        while phone not in self.answered:
            with contextlib.suppress(*AWAY):
                status, answer = await self.callbacks.send("POST", "/callbacks", request(phone), key)
                assert status in (200, 201, 503), (status, answer)
                if status != 503:
                    self.answered[phone] = answer["id"]
                    return
            await asyncio.sleep(LOOK_S)

    async def _advise(self, adviser: str) -> None:
        """One look of one adviser at their screen, and what they do then."""
        found = await self.house.adviser(adviser)
        offer = found["offer"]
        if found["state"] == "wrapping_up":
            await self._report(found["callback"], "INFO_DONNEE")
        if found["state"] == "wrapping_up" or found["wish"] != "ready":
            await self.house.wish("ready", adviser)
        elif offer is not None and offer["kind"] == "callback":
            action = self._chance.choice(("accept", "dial")) if found["state"] == "ringing" else "dial"
            if action == "dial":
                self._dials.set()
            await self.callbacks.send("PUT", f"/offers/{offer['id']}", {"action": action})

    async def _report(self, callback: str | None, outcome: str) -> None:
        if callback is not None:
            await self.callbacks.send("POST", f"/callbacks/{callback}/outcome", {"outcome": outcome})

    async def _settle(self) -> None:
        """The officer: what nobody knows is taken for no answer; a talk that nobody reported had an information."""
        for each in await self.callbacks.all(state="resting"):
            if each["id"] in self._settled:
                continue
            found = await self.callbacks.get(each)
            if found["state_detail"] == "unsettled":
                unknown = found["attempts"] and found["attempts"][-1]["cause"] == "unknown"
                await self._report(found["id"], "SANS_REPONSE" if unknown else "INFO_DONNEE")
            elif found["state_detail"] == found["state"] == "resting":
                self._settled.add(found["id"])
        await asyncio.sleep(0.5)

    # -- the kills -----------------------------------------------------------------------------

    async def kill(self, times: int) -> None:
        """kill -9 so often, each time at an instant drawn uniformly over a dialling, and a start some time after."""
        for nth in range(times):
            await self.house.until(self._has_card, what="a card is before somebody")
            if nth % 2:
                self._dials.clear()
                await asyncio.wait_for(self._dials.wait(), 20)
            await asyncio.sleep(self._chance.uniform(0, INTENT_S if nth % 2 else LIFE_S))
            assert not any(robot.done() for robot in self._robots), "a robot has ended"
            await self.house.kill()
            self.kills += 1
            await asyncio.sleep(self._chance.uniform(0, DEAD_MAX_S))
            await self.house.start()

    async def _has_card(self) -> bool:
        return bool(await self.callbacks.page(state="offered"))

    async def drain(self) -> None:
        """Nobody asks any more; whatever is under way comes to rest, and every adviser is free."""
        self.asks = False
        await self.house.until(self._is_at_rest, limit_s=DRAIN_MAX_S, what="every callback rests or is closed")
        for adviser in self.advisers:
            await self.house.adviser_is(adviser, "free")

    async def _is_at_rest(self) -> bool:
        for state in ("requested", "due", "offered", "dialling", "talking"):
            if await self.callbacks.page(state=state):
                return False
        resting = await self.callbacks.all(state="resting")
        return all(each["id"] in self._settled for each in resting)

    # -- the verdict ---------------------------------------------------------------------------

    async def verdict(self) -> Verdict:
        found = Verdict(self.kills, len(self.answered))
        stored = await self.callbacks.all()
        phones = Counter(each["phone"] for each in stored)
        found.lost += [f"{phone} has {count} callbacks" for phone, count in phones.items() if count > 1]
        known = {each["id"]: each for each in stored}
        for phone, callback in self.answered.items():
            row = known.get(callback)
            if row is None or row["phone"] != in_full(phone) or (row["state"] == "closed" and row["outcome"] is None):
                found.lost.append(f"{phone} was told {callback}, and that is {row}")
        rung: dict[str, list[datetime]] = {}
        for invite in self.callbacks.outside.invites():
            rung.setdefault(invite.number, []).append(self.house.instant(invite.at))
        found.invites = sum(map(len, rung.values()))
        for each in stored:
            self._judge(await self.callbacks.get(each), rung.pop(each["phone"], []), found)
        found.doubles += [f"{number} was dialled, and nobody had asked" for number in rung]
        return found

    def _judge(self, callback: Json, rung: list[datetime], found: Verdict) -> None:
        """Each INVITE belongs to the attempt that was committed last before it; none has two."""
        attempts, timeline = callback["attempts"], callback["timeline"]
        found.attempts += len(attempts)
        found.causes.update(attempt["cause"] for attempt in attempts)
        fates = [entry for entry in timeline if entry["event"] == "callback_attempt_found"]
        found.adopted += sum(entry["fate"] in ("ringing", "up") for entry in fates)
        unknown = [entry for entry in timeline if entry.get("why") == "unknown"]
        found.unknown += len(unknown)
        found.unknown_placed += bool(unknown and rung)
        began = [datetime.fromisoformat(attempt["at"]) for attempt in attempts]
        per_attempt = Counter(sum(at <= invited_at + SLACK for at in began) for invited_at in rung)
        where = f"{callback['id']}: attempts {[str(at) for at in began]}, INVITEs {[str(at) for at in rung]}"
        if per_attempt[0] or any(count > 1 for count in per_attempt.values()):
            found.doubles.append(where)
        elif any(later - earlier < PAUSE_MIN - SLACK for earlier, later in pairwise(rung)):
            found.doubles.append(f"too soon again: {where}")
