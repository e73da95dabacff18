"""Side (a): Asterisk by itself, a menu in its dialplan and its app_queue.

Everything but that dialplan and that queue is what the service has: `ops.asterisk` writes it, for the same phones, the
same trunk, the same modules (and app_queue).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from ops.asterisk.process import AsteriskError, AsteriskProcess
from ops.asterisk.programs import Programs
from ops.asterisk.settings import Phone, Prompts, Settings, Softphones, demo_trunk
from ops.bench.side import MENU_WAITS_S, NUMBER, PASSWORD, QUEUE, READY_MAX_S, RING_MAX_S, Name, Ports, SideError

LOOK_EVERY_S = 0.3
_FREE = re.compile(r"\(Not in use\)")
_WAITING = re.compile(rf"^{QUEUE} has (\d+) calls", re.MULTILINE)


class AppQueue:
    """One Asterisk in a folder of its own."""

    name: Name = "app_queue"
    controller_pid: int | None = None

    def __init__(self, programs: Programs, folder: Path, ports: Ports, prompt: Path, advisers: Sequence[str]) -> None:
        """prompt: its path without extension."""
        self._advisers = advisers
        self._home = folder / "asterisk"
        self._process = AsteriskProcess(programs, settings(programs, self._home, ports, prompt, advisers))

    @property
    def asterisk_pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def etc(self) -> Path:
        return self._home / "etc"

    async def start(self) -> None:
        try:
            await self._process.start_or_adopt()
            await self._process.wait_ready()
            members = await self._process.console(f"queue show {QUEUE}")
        except AsteriskError as error:
            raise SideError(str(error)) from error
        if members.count("PJSIP/") != len(self._advisers):
            raise SideError(f"app_queue does not have its {len(self._advisers)} members: {members[:300]}")

    async def ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + READY_MAX_S
        while len(_FREE.findall(await self._show())) < len(self._advisers):
            if asyncio.get_running_loop().time() > deadline:
                raise SideError(f"not all members of app_queue became free: {(await self._show())[:500]}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def lag_s(self) -> float | None:
        return None

    async def waiting(self) -> int:
        found = _WAITING.search(await self._show())
        return int(found[1]) if found else 0

    async def stop(self) -> None:
        await self._process.stop()

    async def _show(self) -> str:
        try:
            return await self._process.console(f"queue show {QUEUE}")
        except AsteriskError as error:
            raise SideError(str(error)) from error


def settings(programs: Programs, home: Path, ports: Ports, prompt: Path, advisers: Sequence[str]) -> Settings:
    """Asterisk as the service would have it, with a dialplan and a queue of its own beside."""
    return Settings(
        home=home,
        modules=programs.modules,
        data=programs.data,
        music=programs.moh,
        sip=ports.sip,
        http=ports.ari,
        rtp=ports.rtp,
        ari_password=PASSWORD,
        lines=(),
        phones=tuple(Phone(adviser, PASSWORD) for adviser in advisers),
        trunk=demo_trunk(ports.outside),
        prompts=Prompts(*[prompt] * len(fields(Prompts))),
        softphones=Softphones(),
        extra_modules=("app_queue.so",),
        extra={"queues.conf": _queues(advisers), "extensions.conf": _dialplan(prompt)},
    )


def _queues(advisers: Sequence[str]) -> str:
    """Without this file app_queue declines to load, and says nothing."""
    members = "".join(f"member => PJSIP/{adviser}\n" for adviser in advisers)
    return (
        "[general]\nautofill=yes\nshared_lastcall=no\n\n"
        f"[{QUEUE}]\nstrategy=leastrecent\nautofill=yes\nringinuse=no\nwrapuptime=0\nretry=1\n"
        f"timeout={RING_MAX_S}\nmusicclass=default\n{members}"
    )


def _dialplan(prompt: Path) -> str:
    """In a context of its own: among `from-trunk`'s patterns the key 1 could be the beginning of a number."""
    return (
        f"[from-trunk](+)\nexten => {NUMBER},1,Goto(bench,s,1)\n\n"
        f"[bench]\nexten => s,1,Answer()\n same => n,Background({prompt})\n same => n,WaitExten({MENU_WAITS_S})\n"
        f" same => n,Hangup()\nexten => 1,1,Queue({QUEUE})\n same => n,Hangup()\n"
    )
