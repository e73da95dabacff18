"""One Asterisk, alive beside the controller: start it or adopt it, wait until it answers, reload it, end it.

Decides which running process is ours: the one whose command line is exactly the one we would start, owned by our
user. It runs in a session of its own and outlives the controller, so it may be nobody's child: its end is seen
through a pidfd. Nothing here knows calls.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import os
import re
import select
import signal
import socket
from pathlib import Path
from typing import Literal

from ops.asterisk import configure
from ops.asterisk.programs import Programs, parse_version
from ops.asterisk.settings import Address, Settings

# What a running Asterisk does not take up by a reload; `transport` sections of pjsip.conf belong to them too.
FIXED_FILES = ("asterisk.conf", "modules.conf", "http.conf", "rtp.conf", "sorcery.conf")
RELOADS = (
    "module reload res_pjsip.so",
    "module reload res_pjsip_endpoint_identifier_ip.so",
    "module reload res_pjsip_outbound_registration.so",
    "dialplan reload",
    "module reload res_ari.so",
    "module reload res_musiconhold.so",
    "logger reload",
)
POLL_S = 0.02
CONSOLE_S = 5.0  # an Asterisk whose console is silent for so long is stuck
STOP_S = 8.0
LAST_WORD_S = 2.0  # what an Asterisk that answers nothing is given to end by itself


class AsteriskError(Exception):
    """Asterisk cannot be started, adopted or reached; the message says why and what to do."""


class AsteriskProcess:
    """The Asterisk of one home folder. Use from one event loop; close() leaves the process running."""

    def __init__(self, programs: Programs, settings: Settings) -> None:
        self._programs = programs
        self._settings = settings
        self._config = settings.home / "etc/asterisk.conf"
        self._command = (*programs.asterisk, "-f", "-C", str(self._config))
        self._handle: int | None = None  # pidfd
        self.pid: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started or adopted still runs."""
        if self._handle is None or self.pid is None:
            return False
        if _runs(self._handle):
            return True
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # our own child is not left as a zombie
        return False

    async def start_or_adopt(self) -> Literal["started", "adopted"]:
        """Write the configuration and have it running; wait_ready() tells when it answers.

        A running one keeps its calls: it is reloaded where files changed, and refused where a change needs a restart.
        Raises AsteriskError (port in use, other version, stuck) and ConfigurationError.
        """
        files = configure.render(self._settings)
        self.close()
        found = self._find()
        if found is not None:
            self.pid, self._handle = found
            await self._adopt(files)
            return "adopted"
        _refuse_taken_ports(self._settings)
        try:
            configure.prepare(self._settings)
            self._spawn()
        except OSError as error:
            place = error.filename or self._settings.home
            raise AsteriskError(
                f"Asterisk cannot be started: {place}: {error.strerror}; mend that and start again"
            ) from error
        return "started"

    def _find(self) -> tuple[int, int] | None:
        """Pid and pidfd of the running Asterisk of this home, if there is one."""
        wanted = [os.fsencode(part) for part in self._command[-3:]]
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            pid = int(folder.name)
            try:
                if folder.stat().st_uid != os.getuid() or _command_line(pid)[-3:] != wanted:
                    continue
                handle = os.pidfd_open(pid)
            except OSError:
                continue  # it ended while we looked
            with contextlib.suppress(OSError):
                if _command_line(pid)[-3:] == wanted:  # still the same process now that the handle holds it
                    return pid, handle
            os.close(handle)
        return None

    async def _adopt(self, files: dict[str, str]) -> None:
        said = await self.console("core show version")
        version = ".".join(map(str, parse_version(said) or ()))
        if version != self._programs.version:
            raise AsteriskError(
                f"the Asterisk that is running (process {self.pid}) is {version or 'silent'} and the installed one is "
                f"{self._programs.version}: end it with `kill {self.pid}` when no call is up, and start again"
            )
        await self._take_up(files)

    async def _take_up(self, files: dict[str, str]) -> None:
        """Write changed files and reload, calls kept."""
        folder = self._settings.home / "etc"
        changed = {name for name, text in files.items() if _text(folder / name) != text}
        fixed = changed & set(FIXED_FILES)
        if "pjsip.conf" in changed and _transports(files["pjsip.conf"]) != _transports(_text(folder / "pjsip.conf")):
            fixed.add("pjsip.conf (transports)")
        if fixed:
            raise AsteriskError(
                f"{', '.join(sorted(fixed))} changed and the running Asterisk (process {self.pid}) takes that up at a "
                f"restart only: end it with `kill {self.pid}` when no call is up, and start again"
            )
        if changed:
            configure.write(files, folder)
            for command in RELOADS:
                await self.console(command)

    def _spawn(self) -> None:
        log = str(self._settings.home / "log/console.log")
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        defaults = [signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        self.pid = os.posix_spawn(
            self._command[0],
            self._command,
            os.environ,
            file_actions=actions,
            setsid=True,
            setsigdef=defaults,
            setsigmask=[],
        )
        self._handle = os.pidfd_open(self.pid)

    async def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Return when ARI answers. Raises AsteriskError when it ended, or did not answer in time."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            if not self.is_alive:
                raise AsteriskError(f"Asterisk ended while it started: {self._last_complaint()}")
            status = await self._ping()
            if status == 200:
                return
            if status == 401:
                raise AsteriskError("the running Asterisk refuses our ARI password: end it and start again")
            if asyncio.get_running_loop().time() > deadline:
                raise AsteriskError(f"Asterisk did not answer on {self._settings.http} within {timeout_s:g} s: "
                                    f"{self._last_complaint()}")  # fmt: skip
            await asyncio.sleep(POLL_S)

    async def _ping(self) -> int:
        """HTTP status of ARI's ping, 0 when nobody answers."""
        settings = self._settings
        token = base64.b64encode(f"{settings.ari_user}:{settings.ari_password}".encode()).decode()
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http.host, settings.http.host)  # noqa: S104 - where to knock, not where to listen
        writer = None
        try:
            async with asyncio.timeout(2.0):
                reader, writer = await asyncio.open_connection(host, settings.http.port)
                request = f"GET /ari/asterisk/ping HTTP/1.0\r\nAuthorization: Basic {token}\r\n\r\n"
                writer.write(request.encode())
                status = (await reader.readline()).split()
                return int(status[1]) if len(status) > 1 else 0
        except (OSError, ValueError):  # TimeoutError is an OSError
            return 0
        finally:
            if writer is not None:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    def _last_complaint(self) -> str:
        """The last errors that Asterisk wrote, for the message."""
        text = _text(self._settings.home / "log/console.log")
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
        errors = [line.partition("ERROR")[2] for line in plain if "ERROR" in line] or plain
        last = "; ".join(line.strip()[-160:] for line in errors[-3:]) or "it wrote nothing"
        return f"{last} (see {self._settings.home / 'log'})"

    async def console(self, command: str) -> str:
        """What a command of Asterisk's own console prints. Raises AsteriskError when it is silent."""
        process = await asyncio.create_subprocess_exec(
            *self._programs.asterisk,
            *("-C", str(self._config), "-rx", command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(CONSOLE_S):
                said, _ = await process.communicate()
        except TimeoutError:
            raise AsteriskError(f"Asterisk (process {self.pid}) does not answer on its console: "
                                f"end it with `kill -9 {self.pid}` and start again") from None  # fmt: skip
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = said.decode(errors="replace").strip()
        if process.returncode:
            raise AsteriskError(f"Asterisk's console says: {text[-300:]}")
        return text

    async def reload(self, settings: Settings) -> None:
        """Take up new settings, calls kept. Raises AsteriskError where a change needs a restart, ConfigurationError."""
        files = configure.render(settings)
        if not self.is_alive:
            raise AsteriskError("Asterisk is not running: start it first")
        if settings.home != self._settings.home:
            raise AsteriskError(
                f"the running Asterisk lives in {self._settings.home}: start another for {settings.home}"
            )
        await self._take_up(files)
        self._settings = settings

    async def died(self) -> None:
        """Return when the process that was started or adopted has ended."""
        handle = self._handle
        if handle is None or not self.is_alive:
            return
        watched, ended = os.dup(handle), asyncio.Event()  # of its own, so that several may wait
        loop = asyncio.get_running_loop()
        loop.add_reader(watched, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(watched)
            os.close(watched)

    async def end_at_once(self) -> None:
        """End an Asterisk that answers no more, and wait for its end; its console is not asked any more either."""
        if self._handle is None:
            return
        self._send(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self.died()
        self._send(signal.SIGKILL)
        await self.died()
        assert not self.is_alive  # reaps it where it is our child

    def _send(self, number: signal.Signals) -> None:
        assert self._handle is not None
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    async def stop(self) -> None:
        """End Asterisk, its calls with it, and wait for its end; also one that was not started by this object."""
        if not self.is_alive:
            self.close()
            found = self._find()
            if found is None:
                return
            self.pid, self._handle = found
        with contextlib.suppress(AsteriskError):
            await self.console("core stop now")
        try:
            async with asyncio.timeout(STOP_S):
                await self.died()
        except TimeoutError:  # stuck: a SIGTERM may leave it lingering and refusing calls, so at once for good
            self._send(signal.SIGKILL)
            await self.died()
        assert not self.is_alive  # reaps it where it is our child
        self.close()

    def close(self) -> None:
        """Forget the process without touching it."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = self.pid = None


def _command_line(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]


def _runs(handle: int) -> bool:
    """A pidfd becomes readable when its process has ended, reaped or not."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return not poll.poll(0)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _transports(pjsip: str) -> list[str]:
    return re.findall(r"^\[transport-[^\[]*", pjsip, flags=re.MULTILINE)


def _refuse_taken_ports(settings: Settings) -> None:
    """One sentence instead of an Asterisk that runs without its port."""
    _refuse_taken("SIP", "DIALER_SIP", settings.sip, socket.SOCK_DGRAM)
    _refuse_taken("HTTP", "DIALER_ARI", settings.http, socket.SOCK_STREAM)


def _refuse_taken(what: str, variable: str, address: Address, kind: socket.SocketKind) -> None:
    try:
        family, *_, place = socket.getaddrinfo(address.host, address.port, type=kind)[0]
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except socket.gaierror as error:
        raise AsteriskError(f"the {what} address {address} is unknown here: choose another with {variable}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AsteriskError(
                f"the {what} port {address} is in use by another program: stop that, or choose another with {variable}"
            ) from error
        raise AsteriskError(
            f"the {what} address {address} cannot be used ({error.strerror}): choose another with {variable}"
        ) from error
