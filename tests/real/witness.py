"""What Asterisk really plays to whom, heard past the controller: a second ARI application that only listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.real.house import House


@dataclass(slots=True)
class Witness:
    """``played``: leg → names of the prompts that were begun on it, in order."""

    house: House
    played: dict[str, list[str]] = field(default_factory=dict)

    def figures(self, leg: str) -> list[str]:
        """The figures that were said on this leg after `callback.reference`, each time that they were."""
        said: list[str] = []
        for prompt in self.played.get(leg, ()):
            if prompt in ("callback.reference", "callback.again"):
                said.append("")
            elif said and prompt.startswith(("pair.", "digit.")):
                said[-1] += prompt.partition(".")[2]
        return said

    async def is_told(self, leg: str, reference: str) -> None:
        """Wait until this reference, and no other figures, were said twice on this leg."""

        async def so() -> bool:
            return self.figures(leg) == [reference, reference]

        await self.house.until(so, what=f"the reference {reference} is said twice, and not {self.figures(leg)}")


@asynccontextmanager
async def witness(house: House) -> AsyncIterator[Witness]:
    """Listens until it is left. It is another application: ours keeps its own connection."""
    found = Witness(house)
    prompts = await asyncio.to_thread(_prompts, house)
    password = tomllib.loads((house.state / "secrets.toml").read_text())["asterisk"]["ari"]
    url = f"http://{house.environment['DIALER_ARI']}/ari/events?app=witness"
    headers = {"Authorization": aiohttp.encode_basic_auth("dialer", password)}
    async with house.http.ws_connect(url, headers=headers) as events:
        await house.ari("applications/witness/subscription?eventSource=channel:", "POST")  # never all: docs/faults.md
        listening = asyncio.create_task(_listen(events, prompts, found))
        try:
            yield found
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


async def _listen(events: aiohttp.ClientWebSocketResponse, prompts: Mapping[bytes, str], found: Witness) -> None:
    async for message in events:
        event = json.loads(message.data)
        if event["type"] == "PlaybackStarted":  # comes for each prompt of a playback
            playback = event["playback"]
            leg = playback["target_uri"].removeprefix("channel:")
            file = Path(f"{playback['media_uri'].removeprefix('sound:')}.alaw")
            found.played.setdefault(leg, []).append(prompts.get(await asyncio.to_thread(file.read_bytes), file.stem))


def _prompts(house: House) -> dict[bytes, str]:
    """The sound of each prompt, of which no two are alike (`quick`)."""
    return {file.read_bytes(): file.stem for file in (house.config / "prompts/recorded").iterdir()}
