"""The running service: what it is made of, how it follows a new configuration, and why it ends.

Decides the order in which the parts take up a new configuration: Asterisk first, since it alone can refuse. Must not
know how the parts are made (`dialer.main`).
"""

from __future__ import annotations

import asyncio

import structlog

from dialer.asterisk.link import AppTaken, Link
from dialer.clock import Clock
from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.report import fault_lines
from dialer.core.events import RulesChanged
from dialer.digests import Digests
from dialer.hooks import WebHooks
from dialer.messages import Messenger
from dialer.runner import Runner
from dialer.settings import Settings
from dialer.telephone import Telephone, TelephoneError
from dialer.web.ice import Ice
from dialer.web.softphone_door import SoftphoneDoor
from dialer.webhooks import Webhooks
from ops.asterisk.process import AsteriskError
from ops.asterisk.settings import ConfigurationError
from ops.asterisk.speech import SpeechError
from schedules.walltime import wall_clock

log = structlog.get_logger(__name__)


class StartError(Exception):
    """The service cannot start; ``lines`` say why and what to do."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def say(line: str) -> None:
    print(line, flush=True)


def ice_of(configuration: Configuration) -> Ice:
    """What softphones are told of the way of their voice."""
    said = configuration.softphone
    return Ice(said.stun, said.turn, said.secret.get_secret_value() if said.secret is not None else "")


class Service:
    """The parts that a running service is made of."""

    def __init__(
        self, settings: Settings, configuration: Configuration, clock: Clock, telephone: Telephone,
        runner: Runner, hooks: WebHooks, webhooks: Webhooks, messenger: Messenger, digests: Digests,
        link: Link, door: SoftphoneDoor, *, demo: bool,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._configuration = configuration
        self._clock = clock
        self._telephone = telephone
        self._runner = runner
        self._hooks = hooks
        self._webhooks = webhooks
        self._messenger = messenger
        self._digests = digests
        self._link = link
        self._door = door
        self._demo = demo
        self._ended = asyncio.Event()
        self._reloading = asyncio.Lock()
        self.fatal: str | None = None

    def end(self) -> None:
        self._ended.set()

    async def until_asked_to_end(self) -> None:
        await self._ended.wait()
        if self.fatal is not None:
            raise StartError(self.fatal)

    async def reload(self) -> None:
        """Take up the configuration anew, whole or not at all (SIGHUP)."""
        async with self._reloading:
            # A roster of thousands of rows takes its time, and the calls shall not.
            read = await asyncio.to_thread(read_configuration, self._settings.config, self._demo)
            if isinstance(read, list):
                log.error("the configuration is refused; the one before stays", faults=len(read))
                for line in fault_lines(read):
                    say(line)
                return
            await self._follow(read)

    async def turn_day(self) -> None:
        """A new day may have other opening hours, which the prompts tell."""
        async with self._reloading:
            await self._follow(self._configuration)

    async def _follow(self, configuration: Configuration) -> None:
        try:
            await self._telephone.reload(configuration, wall_clock(self._clock.now()).date())
        except (TelephoneError, ConfigurationError, SpeechError, AsteriskError) as error:
            log.error("Asterisk cannot follow the configuration; the one before stays", why=str(error))
            return
        changed = configuration.version != self._configuration.version
        self._configuration = configuration
        self._hooks.hooks = configuration.hooks
        self._webhooks.outgoing = configuration.webhook
        self._messenger.follow(configuration.messages, configuration.web)
        self._digests.follow(configuration.digest)
        self._door.ice = ice_of(configuration)
        if changed:
            await self._runner.submit(RulesChanged(self._clock.now(), configuration.rules))
            say(f"new configuration {configuration.version}")

    def lead_lost(self, why: str) -> None:
        """Another process writes now, and nothing of ours is ever written again: the calls are its to take up."""
        self.fatal = why
        self.end()

    async def run_link(self) -> None:
        try:
            await self._link.run()
        except AppTaken as taken:
            self.fatal = f"{taken}: end the other controller, and start this one again"
            self.end()
