"""Asterisk as this configuration wants it: its settings, its prompts, its process, and the link to it.

Decides what of the configuration Asterisk is told. Keeps Asterisk alive: one that died is started again, and one that
lives and answers nothing any more is ended first. Must not know calls; the desk learns through the link what became of
them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import structlog

from dialer.asterisk.link import Address as AriAddress
from dialer.configuration.load import Configuration
from dialer.configuration.secrets import ari_password, phone_passwords
from dialer.configuration.trunk import Trunk
from dialer.core.words import AdviserId
from dialer.settings import Address, Settings
from ops.asterisk import settings as asterisk
from ops.asterisk.process import AsteriskError, AsteriskProcess
from ops.asterisk.programs import Programs
from ops.asterisk.speech import Voice
from schedules.faults import Fault

log = structlog.get_logger(__name__)

T = TypeVar("T")
Wedged = Callable[[], Coroutine[Any, Any, str]]

RESTART_PAUSE_S = 1.0
USER = "dialer"


class TelephoneError(Exception):
    """Asterisk cannot be had as configured; ``faults`` says all of it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Telephone:
    """One Asterisk with its prompts. `start`, then `keep` as a task, then `stop`."""

    def __init__(self, programs: Programs, settings: Settings, say: Callable[[str], None]) -> None:
        self._programs = programs
        self._settings = settings
        self._say = say
        self._prompts: dict[str, Path] = {}
        self._process: AsteriskProcess | None = None

    def media(self, prompt: str) -> str | None:
        """The ARI media of a prompt, or None when there is none of that name."""
        file = self._prompts.get(prompt)
        return f"sound:{file}" if file is not None else None

    def ari(self) -> AriAddress:
        """Where the link connects. Raises TelephoneError."""
        password = _or_refuse(ari_password(self._settings.state))
        return AriAddress(f"http://{self._settings.ari}/ari", USER, password.get_secret_value())

    async def start(self, configuration: Configuration, day: date) -> None:
        """Speak the prompts, and have Asterisk running and answering. Raises TelephoneError and AsteriskError."""
        wanted = await self._wanted(configuration, day)
        self._process = AsteriskProcess(self._programs, wanted)
        began = await self._process.start_or_adopt()
        await self._process.wait_ready()
        self._say(
            f"Asterisk {self._programs.version} {began} (process {self._process.pid}), SIP on {self._settings.sip}"
        )

    async def reload(self, configuration: Configuration, day: date) -> None:
        """Follow a new configuration, calls kept. Raises TelephoneError and AsteriskError, and then nothing changed."""
        wanted = await self._wanted(configuration, day)
        assert self._process is not None
        await self._process.reload(wanted)

    async def keep(self, wedged: Wedged | None = None, replaced: Callable[[], None] = lambda: None) -> None:
        """Start Asterisk again whenever it dies, until cancelled.

        ``wedged`` returns when Asterisk lives and answers no more, and says what it does not answer: then no caller is
        served and nobody in talk can be transferred, so that its end costs less than its life. ``replaced`` is told.
        """
        assert self._process is not None
        while True:
            why = await self._died_or(wedged)
            if why is None:
                log.error("Asterisk died; it is started again")
            else:
                log.error("Asterisk lives but answers no more; it is ended, and its calls, and started again", why=why)
                replaced()
                await self._process.end_at_once()
            while True:
                try:
                    await self._process.start_or_adopt()
                    await self._process.wait_ready()
                    break
                except AsteriskError as error:
                    log.error("Asterisk cannot be started", why=str(error))
                    await asyncio.sleep(RESTART_PAUSE_S)

    async def _died_or(self, wedged: Wedged | None) -> str | None:
        """None when Asterisk died, else what it answers no more."""
        assert self._process is not None
        if wedged is None:
            await self._process.died()
            return None
        died, deaf = asyncio.create_task(self._process.died()), asyncio.create_task(wedged())
        try:
            await asyncio.wait((died, deaf), return_when=asyncio.FIRST_COMPLETED)
            return None if died.done() else deaf.result()
        finally:
            died.cancel()
            deaf.cancel()
            await asyncio.gather(died, deaf, return_exceptions=True)

    async def stop(self) -> None:
        """End Asterisk, its calls with it."""
        if self._process is not None:
            with contextlib.suppress(AsteriskError):
                await self._process.stop()

    async def _wanted(self, configuration: Configuration, day: date) -> asterisk.Settings:
        recorded = self._settings.config / "prompts" / "recorded"
        voice = Voice(self._programs.voice)
        prompts = await asyncio.to_thread(
            voice.render,
            configuration.prompts_on(day),
            self._settings.prefix / "prompts",
            recorded if recorded.is_dir() else None,
            self._say,
        )
        wanted = _asterisk_settings(configuration, self._settings, self._programs, prompts)
        faults = asterisk.faults_of(wanted)
        if faults:
            raise TelephoneError(list(faults))
        self._prompts = prompts
        return wanted


def _asterisk_settings(
    configuration: Configuration, settings: Settings, programs: Programs, prompts: dict[str, Path]
) -> asterisk.Settings:
    rules = configuration.rules
    passwords = _or_refuse(phone_passwords(rules.advisers, settings.state, configuration.demo))
    trunk = configuration.trunk
    return asterisk.Settings(
        home=settings.state / "asterisk",
        modules=programs.modules,
        data=programs.data,
        music=programs.moh,
        sip=_address(settings.sip),
        http=_address(settings.ari),
        rtp=(settings.rtp.low, settings.rtp.high),
        ari_user=USER,
        ari_password=_or_refuse(ari_password(settings.state)).get_secret_value(),
        lines=tuple(
            asterisk.Line(line.id, "0" + line.number.removeprefix("+33"), prompts[f"apology.{line.id}"])
            for line in rules.lines.values()
        ),
        phones=tuple(
            asterisk.Phone(adviser, passwords[AdviserId(adviser)].get_secret_value()) for adviser in rules.advisers
        ),
        trunk=asterisk.demo_trunk(_address(settings.trunk)) if trunk is None else _trunk(trunk),
        softphones=asterisk.Softphones(stun=_stun(configuration)),
        nat=None
        if trunk is None or trunk.nat is None
        else asterisk.Nat(trunk.nat.external_address, trunk.nat.local_networks),
        prompts=asterisk.Prompts(
            not_in_service=prompts["not_in_service"],
            not_permitted=prompts["not_permitted"],
            wish_ready=prompts["phone.ready"],
            wish_paused=prompts["phone.paused"],
            wish_refused=prompts["phone.contact_owed"],
            wish_unavailable=prompts["controller_absent"],
        ),
    )


def _stun(configuration: Configuration) -> asterisk.Address | None:
    asks = configuration.softphone.asks
    return None if asks is None else _address(asks)


def _address(address: Address) -> asterisk.Address:
    return asterisk.Address(address.host, address.port)


def _trunk(trunk: Trunk) -> asterisk.Trunk:
    return asterisk.Trunk(
        address=asterisk.Address(trunk.host, trunk.port),
        transport=trunk.transport,
        calls_from=trunk.calls_from,
        registers=trunk.registers,
        username=trunk.username,
        password=trunk.password.get_secret_value() if trunk.password is not None else "",
        domain=trunk.domain,
        codecs=trunk.codecs,
        trusts_identity=trunk.trusts_identity,
        symmetric=trunk.symmetric,
        encrypts_media=trunk.encrypts_media,
        certificates=trunk.certificates,
    )


def _or_refuse(found: T | list[Fault]) -> T:
    if isinstance(found, list):
        raise TelephoneError([str(fault) for fault in found])
    return found
