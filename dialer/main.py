"""The composition root: makes the parts, wires them, starts them in order and ends them in reverse.

The only place that knows every part. Decides nothing but that order, and what a failed start says.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from aiohttp import web

from dialer import clock as clocks
from dialer import terminal
from dialer.access.oidc import RelyingParty
from dialer.access.passwords import Passwords
from dialer.asterisk.link import Link
from dialer.claims import ClaimError, alone_in, claimed
from dialer.clock import Clock, ClockError
from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.officers import FILE as OFFICERS
from dialer.configuration.report import fault_lines, summary
from dialer.core.access.account import faults_of_officers
from dialer.core.callbacks.book import Kept
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.events import Event, Reconciled
from dialer.core.words import AdviserId, CallId, LineId
from dialer.demonstration import PASSWORD, Demonstration
from dialer.digests import Digests
from dialer.hooks import WebHooks
from dialer.housekeeping import SOON_AFTER_MIDNIGHT, WHILE_FEW_CALL, Housekeeping
from dialer.keys import kept_keys
from dialer.live import LiveFloor
from dialer.live_access import LiveAccess
from dialer.messages import Messenger
from dialer.metrics import Metrics
from dialer.retention import Retention, end_notes
from dialer.runner import Runner
from dialer.service import Service, StartError, ice_of, say
from dialer.settings import Settings
from dialer.store.loaded import Loaded, Unreadable
from dialer.store.refusal import StoreError
from dialer.store.store import Store
from dialer.telephone import Telephone, TelephoneError
from dialer.web.app import make_app
from dialer.web.keys import SIP_PROXY, SOFTPHONE, SOFTPHONE_DOOR
from dialer.web.outside import Outside
from dialer.web.rappel.reception import Rappel
from dialer.web.sign_in_provider import provide
from dialer.web.sip_proxy import SipProxy
from dialer.web.softphone_door import SoftphoneDoor
from dialer.web.softphone_keys import SoftphoneKeys
from dialer.webhooks import Webhooks
from ops.asterisk.process import AsteriskError
from ops.asterisk.programs import Programs, installed
from ops.asterisk.settings import ConfigurationError
from ops.asterisk.speech import SpeechError
from schedules.hours import next_opening
from schedules.walltime import wall_clock

log = structlog.get_logger(__name__)

MAIN_LINE = LineId("main")
STREAMS_CLOSE_S = 2.0
FIGURES_OF = ("call_arrived", "ended", "callback_promise_missed")
"""What the day's figures are folded from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said. ``robots``: callers at a time; 0 for none. ``clock``: an instant in UTC."""

    demo: bool = False
    robots: int = 6
    clock: datetime | None = None


def configured(settings: Settings, demo: bool) -> Configuration:
    """The configuration, or StartError with every fault in it."""
    read = read_configuration(settings.config, demo)
    if isinstance(read, list):
        raise StartError(*fault_lines(read), summary(read))
    return read


def provisioned(settings: Settings) -> Programs:
    programs = installed(settings.prefix)
    if programs is None:
        raise StartError(f"Asterisk is not set up in {settings.prefix}: run `make setup`")
    return programs


def _refuse_the_world(settings: Settings) -> None:
    """A demonstration's passwords are known to everybody."""
    open_to_all = [
        f"DIALER_{name} {address} is reached from outside, and a demonstration's password is `demo`: "
        f'use 127.0.0.1, or run without --demo and mode = "demo"'
        for name, address in (("HTTP", settings.http), ("SIP", settings.sip), ("ARI", settings.ari))
        if not address.is_loopback
    ]
    if open_to_all:
        raise StartError(*open_to_all)


async def serve(settings: Settings, asked: Asked) -> None:
    """Run the service until SIGINT or SIGTERM. Raises StartError; nothing is left running then."""
    configuration = configured(settings, asked.demo)
    if configuration.demo:
        _refuse_the_world(settings)
    programs = provisioned(settings)
    async with AsyncExitStack() as stack:
        try:
            service = await _start(stack, settings, asked, configuration, programs)
        except (ClaimError, StoreError, ClockError, AsteriskError, SpeechError) as error:
            raise StartError(*str(error).splitlines()) from error
        except (TelephoneError, ConfigurationError) as error:
            raise StartError(*error.faults) from error
        except OSError as error:
            raise StartError(f"{error.filename or 'the service'}: {error.strerror or error}") from error
        await service.until_asked_to_end()
        say("ending: calls, robots and Asterisk")


async def _start(
    stack: AsyncExitStack, settings: Settings, asked: Asked, configuration: Configuration, programs: Programs
) -> Service:
    stack.enter_context(alone_in(settings.state))
    pages = stack.enter_context(claimed(settings.http))  # before Asterisk: what fails here must cost no call
    store = await Store.open(settings.database_url, say=say)
    stack.push_async_callback(store.close)
    clock = _clock(settings, asked, configuration, await store.last_at())
    now = clock.now()
    midnight = wall_clock(now).replace(hour=0, minute=0, second=0, microsecond=0)
    calling = configuration.rules.calling
    loaded = await store.load(
        midnight.astimezone(UTC), events=FIGURES_OF,
        dialled_for=timedelta(days=max(calling.cap.days, calling.ladder.days) + 1),
        declined_for=timedelta(days=calling.declined_days + 1),
    )  # fmt: skip
    telephone = Telephone(programs, settings, say)
    stack.push_async_callback(telephone.stop)
    await telephone.start(configuration, wall_clock(now).date())

    metrics = Metrics()
    keys = await kept_keys(store)
    desk = Desk(
        configuration.rules, now, loaded.calls, loaded.advisers, loaded.answers, loaded.over,
        kept=_kept(loaded), reference_key=keys.reference,
    )  # fmt: skip
    hooks = WebHooks(configuration.hooks, clock, lambda event: runner.put(event))
    stack.push_async_callback(hooks.close)

    def adviser_of(endpoint: str) -> AdviserId | None:
        """``adv01`` and the phone in their browser, ``adv01-web``, are one adviser."""
        adviser = AdviserId(endpoint.removesuffix("-web"))
        return adviser if adviser in desk.advisers else None

    def heard(event: Event) -> None:
        if isinstance(event, Reconciled) and event.started_at is not None:
            door.asterisk_runs_since(event.started_at)
        runner.put(event)

    link = Link(
        telephone.ari(), put=heard, now=clock.now, known=desk.knows,
        adviser_of=adviser_of, media=telephone.media, on_change=lambda: floor.changes.tell(),
    )  # fmt: skip
    show = _print if configuration.demo else _keep_quiet
    runner = Runner(desk, store, link, hooks, clock, metrics, show, lambda: floor.changes.tell())
    passwords = Passwords()
    stack.push_async_callback(passwords.close)
    shelf = await _demonstration(passwords, desk, now) if configuration.demo else store.access
    access = LiveAccess(runner, clock, shelf, keys, passwords)
    softphones = SoftphoneKeys(link.softphones)
    door = SoftphoneDoor(softphones, access, clock.now, ice_of(configuration))
    access.on_change = door.look
    mode = "demo" if configuration.demo else configuration.mode
    floor = LiveFloor(mode, runner, store, link, clock, keys.link, access)
    for fault in faults_of_officers(await shelf.accounts(), desk.rules.officers, str(settings.config / OFFICERS)):
        say(str(fault))  # until it is mended, an officer sees what both say
    runner.take_figures(loaded.records)
    await floor.renew_directory()
    _settle_memory()
    runner.start()
    stack.push_async_callback(access.end_telling)
    stack.push_async_callback(runner.stop)
    # A service that ends takes its Asterisk with it, and every call: the journal says so now, not at the next start.
    stack.callback(lambda: runner.put(Reconciled(clock.now(), started_at=clock.now())))
    stack.push_async_callback(telephone.stop)
    webhooks = Webhooks(store, configuration.webhook, clock, floor.changes)
    stack.push_async_callback(webhooks.close)
    messenger = Messenger(
        store, desk.book, configuration.messages, configuration.web, keys.link, clock, floor.changes, metrics
    )
    stack.push_async_callback(messenger.close)
    digests = Digests(
        store, lambda: floor.next_actions(Everywhere()), lambda: desk.rules, configuration.digest, clock, metrics
    )
    service = Service(
        settings, configuration, clock, telephone, runner, hooks, webhooks, messenger, digests, link, door,
        demo=asked.demo,
    )  # fmt: skip
    runner.on_lead_lost = service.lead_lost
    _task(stack, telephone.keep(link.wedged, metrics.asterisk_replaced.inc), "Asterisk")
    await webhooks.begin()  # before anybody can ask for anything: what they ask is told, what was before is not
    _task(stack, webhooks.run(), "webhooks")
    await messenger.begin()  # so too what they are written
    _task(stack, messenger.run(), "messages")
    _task(stack, digests.run(), "digests")
    _task(stack, service.run_link(), "link")
    _task(stack, access.keep_telling(), "accounts")
    _task(stack, door.watch(lambda: desk.rules.advisers), "keys of softphones")
    if loaded.unreadable:
        _task(stack, _settle_unreadable(loaded.unreadable, store, floor), "unreadable states")
    retention = Retention(store.cases, runner.submit, lambda: desk.rules.retention, clock, metrics)
    housekeeping = Housekeeping(clock)
    housekeeping.daily("turn_day", service.turn_day, SOON_AFTER_MIDNIGHT)
    housekeeping.daily("retention", retention.run, WHILE_FEW_CALL, at_start=True)
    notes = partial(end_notes, runner.submit, lambda: desk.rules.retention, clock)
    housekeeping.daily("notes", notes, WHILE_FEW_CALL, at_start=True)
    housekeeping.daily("sessions", access.forget_sessions, WHILE_FEW_CALL, at_start=True)
    housekeeping.start()
    stack.callback(housekeeping.stop)

    outside = Outside(configuration.web.trusted_proxies, configuration.web.public_url)
    contact = configuration.web.accessibility_contact
    app = make_app(floor, rappel=_rappel(configuration), outside=outside, accessibility_contact=contact)
    proxy = SipProxy(f"ws://{settings.ari}/ws", softphones, () if outside.public_url is None else (outside.public_url,))
    app[SOFTPHONE], app[SIP_PROXY], app[SOFTPHONE_DOOR] = settings.prefix / "web/softphone.js", proxy, door
    if configuration.oidc is not None:
        provide(app, RelyingParty(configuration.oidc, lambda: datetime.now(UTC)))
    await _open_pages(stack, pages, app)
    stack.push_async_callback(proxy.close)  # before the pages: a connection that stays would hold them up
    say(f"pages on http://{settings.http}")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, service.end)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(service.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
    if configuration.demo and asked.robots > 0:
        await _start_robots(stack, settings, asked.robots)
    return service


async def _demonstration(passwords: Passwords, desk: Desk, at: datetime) -> Demonstration:
    hashed = await passwords.hash(PASSWORD)
    assert isinstance(hashed, str), "nobody else signs in before the pages are open"
    return Demonstration(lambda: desk.rules.advisers, hashed, at)


def _kept(loaded: Loaded) -> Kept:
    return Kept(
        loaded.callbacks, loaded.files, loaded.dialled, loaded.declined, loaded.opposed, loaded.next_serial,
        loaded.templates, loaded.structures, loaded.contacts,
    )  # fmt: skip


def _rappel(configuration: Configuration) -> Rappel | None:
    """The public page, where the operator has opened it."""
    if not configuration.web.public_page:
        return None
    return Rappel(configuration.web.trusted_proxies, configuration.web.public_url)


def _settle_memory() -> None:
    """What is in memory now stays there: garbage collections pass it by, which would else stop all calls for 0.1 s."""
    gc.collect()
    gc.freeze()


async def _settle_unreadable(unreadable: Sequence[Unreadable], store: Store, floor: LiveFloor) -> None:
    """Calls whose stored state an upgrade can no longer read: those that Asterisk still has were taken up as new, the
    others end here, so that no row stays open for ever."""
    for one in unreadable:
        log.error("a stored state cannot be read", kind=one.kind, id=one.id, why=one.why)
    version = 0
    while not floor.ready().asterisk:
        version = await floor.changes.after(version)
    lost = [CallId(one.id) for one in unreadable if one.kind == "call" and floor.open_call(CallId(one.id)) is None]
    await store.end_lost(lost, floor.now())


def _print(change: Change) -> None:
    """The timeline of a demonstration, in the terminal."""
    for record in change.records:
        line = terminal.line(record)
        if line is not None:
            say(line)


def _keep_quiet(_: Change) -> None:
    """In earnest, the terminal is the operator's."""


def _clock(settings: Settings, asked: Asked, configuration: Configuration, last_at: datetime | None) -> Clock:
    """The service's clock by --clock, else DIALER_CLOCK, else (in a demonstration) the next opening."""
    file = settings.state / "clock.json"
    wanted = asked.clock or settings.clock
    machine = datetime.now(UTC)
    if wanted is not None:
        if configuration.mode == "production":
            raise ClockError('a shifted clock is refused while mode = "production"')
        kept = clocks.shift_for(wanted, clocks.Kept.read(file), last_at, machine)
        kept.write(file)
        say(f"the clock is shifted: it is {wall_clock(machine + kept.shift):%A %d %B %Y, %H:%M} in Paris")
        return Clock(kept.shift)
    if configuration.demo:
        hours = configuration.rules.lines[MAIN_LINE if MAIN_LINE in configuration.rules.lines
                                          else next(iter(configuration.rules.lines))].hours  # fmt: skip
        shift = clocks.demo_shift(lambda at: next_opening(hours, at), last_at, machine)
        if shift:
            clocks.Kept(None, shift).write(file)
            say(f"the lines are closed now: this demonstration starts on {wall_clock(machine + shift):%A %d %B, %H:%M}")
        return Clock(shift)
    if last_at is not None and last_at > machine and clocks.Kept.read(file) is not None:
        raise ClockError(
            f"this state was run with a shifted clock, up to {last_at.isoformat()}: give --clock a later instant, "
            "or use another DIALER_STATE"
        )
    return Clock()


def _task(stack: AsyncExitStack, coroutine: Coroutine[None, None, None], name: str) -> None:
    task = asyncio.get_running_loop().create_task(coroutine, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _open_pages(stack: AsyncExitStack, pages: socket.socket, app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STREAMS_CLOSE_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.SockSite(runner, pages).start()


async def _start_robots(stack: AsyncExitStack, settings: Settings, callers: int) -> None:
    first = settings.rtp.high + 1 if settings.rtp.high < 50_000 else 30_000
    robots = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops.robots",
        "--api", f"http://{settings.http}", "--sip", str(settings.sip), "--trunk", str(settings.trunk),
        "--callers", str(callers),
        "--media", f"{first}-{first + 9_999}", "--prefix", str(settings.prefix), "--started-by", str(os.getpid()),
        stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    async def end() -> None:
        if robots.returncode is None:
            robots.terminate()
            try:
                await asyncio.wait_for(robots.wait(), 5)
            except TimeoutError:
                robots.kill()
                await robots.wait()

    stack.push_async_callback(end)
    say(f"robots: {callers} callers at a time")


def set_up_logs() -> None:
    """One line of key=value to standard error; the libraries' own logs join from warnings on."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
