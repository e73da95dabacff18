"""Side (b): the service, run as an operator runs it, with its database on and a configuration made for the bench.

Mode `development` with a roster that has everyone on phone all day: in a demonstration it would print every call.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from ops.asterisk.configure import run_folder
from ops.bench.side import (
    MENU_WAITS_S,
    NUMBER,
    PASSWORD,
    PROMPT,
    QUEUE,
    READY_MAX_S,
    RING_MAX_S,
    START_MAX_S,
    Name,
    Ports,
    SideError,
)
from ops.robots.sipp import end

CHECKOUT = Path(__file__).resolve().parents[2]
LOOK_EVERY_S = 0.2
STOP_MAX_S = 20.0
WISHES_AT_ONCE = 20
LAG = "dialer_loop_lag_seconds_max"

DIALER_TOML = 'mode = "development"\n'
QUEUES_TOML = f"""[{QUEUE}]
name = "Banc d'essai"
ring_max_s = {RING_MAX_S}
overflow_after_s = []
wrap_up_max_s = 0
size_max = 10000
wait_max_s = 3600
announce_first_s = 3600 # app_queue says nothing to those who wait either
announce_every_s = 3600
"""
LINE_TOML = f"""id = "bench"
name = "Banc d'essai"
number = "{NUMBER}"
shown = "{" ".join(re.findall("..", NUMBER))}"
language = "fr"
recording = false
start = "opening"

[opening]
holidays = "open"

[[opening.hours]]
from = 2026-01-01
mon-sun = "00:00-24:00"

[node.opening]
kind = "hours"
open = "menu"
closed = "sorry"

[node.menu]
kind = "menu"
prompts = ["bench"]
timeout_s = {MENU_WAITS_S}
choices = {{ 1 = "queue" }}
otherwise = "sorry"

[node.queue]
kind = "queue"
queue = "{QUEUE}"
full = "sorry"
no_adviser = "sorry"
too_long = "sorry"

[node.sorry]
kind = "hangup"
outcome = "turned_away"
"""


class FilVert:
    """One `dialer run` in a folder of its own; its Asterisk ends with it."""

    name: Name = "fil_vert"

    def __init__(self, prefix: Path, folder: Path, ports: Ports, advisers: Sequence[str]) -> None:
        self._prefix = prefix
        self._folder = folder
        self._ports = ports
        self._advisers = advisers
        self._process: asyncio.subprocess.Process | None = None
        self._api: aiohttp.ClientSession | None = None
        self._asterisk_pid = 0

    @property
    def asterisk_pid(self) -> int:
        return self._asterisk_pid

    @property
    def controller_pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def etc(self) -> Path:
        return self._folder / "state/asterisk/etc"

    async def start(self) -> None:
        write_configuration(self._folder / "config", self._advisers, datetime.now(UTC))
        variables = environment(self._prefix, self._folder, self._ports, self._advisers)
        token = await self._token(variables)
        self._api = aiohttp.ClientSession(
            f"http://{self._ports.pages}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=10),
        )
        with self._log.open("w") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "dialer", "run",
                cwd=CHECKOUT, env=variables, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for us; it is ended in its turn
            )  # fmt: skip
        deadline = _now() + START_MAX_S
        while not await self._answers():
            if self._process.returncode is not None or _now() > deadline:
                raise SideError(f"the service does not come up: {self._last_words()}")
            await asyncio.sleep(LOOK_EVERY_S)
        self._asterisk_pid = int((run_folder(self._folder / "state/asterisk") / "asterisk.pid").read_text())

    async def _token(self, variables: Mapping[str, str]) -> str:
        """The service is not running yet, so the command may write; the token is the last line that it says."""
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer", "token", "add", "--scope", "admin", "--name", "bench",
            cwd=CHECKOUT, env=variables,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, _ = await asyncio.wait_for(asked.communicate(), START_MAX_S)
        finally:
            await end(asked)
        lines = said.decode(errors="replace").split()
        if asked.returncode != 0 or not lines:
            raise SideError(f"`dialer token add` failed: {' '.join(lines)[-500:]}")
        return lines[-1]

    async def ready(self) -> None:
        at_once = asyncio.Semaphore(WISHES_AT_ONCE)
        await asyncio.gather(*(self._wish_ready(adviser, at_once) for adviser in self._advisers))
        deadline = _now() + READY_MAX_S
        while await self._metric(f'dialer_eligible{{queue="{QUEUE}"}}') < len(self._advisers):
            if _now() > deadline:
                raise SideError(f"not all advisers became ready: {self._last_words()}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def lag_s(self) -> float | None:
        return await self._metric(LAG)

    async def waiting(self) -> int:
        return int(await self._metric(f'dialer_waiting{{queue="{QUEUE}"}}'))

    async def stop(self) -> None:
        if self._api is not None:
            await self._api.close()
        if self._process is None:
            return
        await end(self._process, STOP_MAX_S)
        if self._asterisk_pid:
            self._end_asterisk()

    def _end_asterisk(self) -> None:
        """The service ends its Asterisk; only one that had to be killed leaves it behind."""
        command = Path(f"/proc/{self._asterisk_pid}/cmdline")
        with contextlib.suppress(OSError):
            if os.fsencode(self._folder) in command.read_bytes():
                os.kill(self._asterisk_pid, signal.SIGKILL)

    # -- asking --------------------------------------------------------------------------------

    @property
    def _log(self) -> Path:
        return self._folder / "dialer.log"

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-1500:].strip() or "it said nothing"

    async def _answers(self) -> bool:
        assert self._api is not None
        try:
            async with self._api.get("/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _wish_ready(self, adviser: str, at_once: asyncio.Semaphore) -> None:
        assert self._api is not None
        async with at_once, self._api.put(f"/api/v1/advisers/{adviser}/wish", json={"wish": "ready"}) as answer:
            if answer.status != 200:
                raise SideError(f"{adviser} cannot be made ready: {answer.status} {(await answer.text())[:300]}")

    async def _metric(self, name: str) -> float:
        assert self._api is not None
        try:
            async with self._api.get("/metrics") as answer:
                found = metric(await answer.text(), name)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SideError(f"the service does not answer: {error!r}: {self._last_words()}") from error
        if found is None:
            raise SideError(f"the service has no metric {name}")
        return found


def _now() -> float:
    return asyncio.get_running_loop().time()


def metric(text: str, name: str) -> float | None:
    """The value of a metric, labels and all, in Prometheus' text format."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def environment(prefix: Path, folder: Path, ports: Ports, advisers: Sequence[str]) -> dict[str, str]:
    """All that the service is told by its environment; what the bench's own has for it is not passed on."""
    rtp_first, rtp_last = ports.rtp
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DIALER_")},
        "DIALER_CONFIG": str(folder / "config"),
        "DIALER_STATE": str(folder / "state"),
        "DIALER_PREFIX": str(prefix),
        "DIALER_HTTP": str(ports.pages),
        "DIALER_SIP": str(ports.sip),
        "DIALER_ARI": str(ports.ari),
        "DIALER_RTP": f"{rtp_first}-{rtp_last}",
        "DIALER_TRUNK": str(ports.outside),
        **{f"DIALER_PHONE_PASSWORD_{adviser.upper()}": PASSWORD for adviser in advisers},
    }


def write_configuration(folder: Path, advisers: Sequence[str], at: datetime) -> None:
    """One line that is always open, one queue, and a roster of the three days around `at`."""
    shipped = (CHECKOUT / "config/prompts/fr.toml").read_text(encoding="utf-8")
    days = [(at + timedelta(days=days)).date() for days in (-1, 0, 1)]
    shifts = "".join(f"{adviser},{day},00:00,24:00,phone\n" for adviser in advisers for day in days)
    files = {
        "dialer.toml": DIALER_TOML,
        "queues.toml": QUEUES_TOML,
        "advisers.toml": "".join(_adviser(adviser) for adviser in advisers),
        "lines/bench.toml": LINE_TOML,
        # Before the catalogue's first table, where a name stands by itself.
        "prompts/fr.toml": f'bench = "{PROMPT}"\n{shipped}',
        "roster.csv": f"adviser,date,start,end,activity\n{shifts}",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _adviser(adviser: str) -> str:
    return f'[{adviser}]\nname = "Poste {adviser}"\nskills = {{ {QUEUE} = 1 }}\n'
