"""A private PostgreSQL for tests: on a unix socket in a folder of its own, started and ended here, no port open."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

HOW_TO = (
    "These tests need PostgreSQL: `apt-get install postgresql` (Debian 12), or a server of yours named by "
    "DIALER_TEST_POSTGRES=postgresql://user:password@host/database whose user may create databases."
)
START_MAX_S = 30.0


def binaries() -> Path:
    """The folder of initdb and postgres. Fails with a sentence when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise AssertionError(HOW_TO)


class PrivatePostgres:
    """``with PrivatePostgres() as server: server.url``. PostgreSQL refuses root: then it runs as `postgres`."""

    def __init__(self, durable: bool = False) -> None:
        """durable: against a power cut too, which no test makes and which is slow."""
        self._durable = durable

    def __enter__(self) -> Self:
        programs = binaries()
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="filvert-pg-", dir="/tmp"))
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._frozen: list[int] = []
        self._server: subprocess.Popen[bytes] | None = None
        self._programs = programs
        try:
            self._run(programs / "initdb", "-D", self.folder / "data", "-U", "filvert", "-A", "trust", "-E", "UTF8",
                      "--no-sync", "--locale=C.UTF-8")  # fmt: skip
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def url(self) -> str:
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        return f"postgresql://filvert@/{name}?host={self.folder}"

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    def freeze(self) -> None:
        """The server and its processes stand still until ``thaw``."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        self._frozen = [self.pid, *map(int, children)]
        for pid in self._frozen:
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._frozen:
            with suppress(ProcessLookupError):  # a process whose client left ends as soon as the others run
                os.kill(pid, signal.SIGCONT)
        self._frozen = []

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self._server = subprocess.Popen(
            [
                self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder,
                "-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=40",
                "-c", f"fsync={'on' if self._durable else 'off'}",
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self._user, cwd=self.folder,
        )  # fmt: skip
        log.close()
        give_up_at = time.monotonic() + START_MAX_S
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > give_up_at:
                    raise AssertionError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """At once, as a machine that dies: it recovers at the next start."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(START_MAX_S)
            self._server = None

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: object) -> None:
        done = subprocess.run([str(part) for part in command], user=self._user, cwd=self.folder, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
