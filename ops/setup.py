"""Set-up of a checkout, from nothing: `python3 -m ops.setup [--tests]`. Needs Python 3.11 and no root.

Makes `.venv` (every package pinned by its hash) and `.prefix` (Asterisk 22, SIPp, the voice) side by side, then the
softphone's bundle, and with `--tests` what the tests need besides: Chromium and PostgreSQL, by apt when root. Says what
it does while it does it, and takes no time when all is there. Standard library only: nothing is installed yet.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ops.asterisk.apt import ProvisionError
from ops.asterisk.provision import provision
from ops.softphone import BundleError, bundle

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PREFIX = Path(os.environ.get("DIALER_PREFIX") or CHECKOUT / ".prefix")
BARE = "apt-get install git make python3-venv"
TEST_PACKAGES = ("chromium", "postgresql")
_begun = time.monotonic()
_lock = threading.Lock()


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def say(line: str) -> None:
    with _lock:
        print(f"[{time.monotonic() - _begun:5.1f} s] {line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m ops.setup", description="Sets this checkout up.")
    parser.add_argument("--tests", action="store_true", help="what the tests need, too")
    asked = parser.parse_args()
    works: list[tuple[str, Callable[[], object]]] = [
        ("Python packages", lambda: packages(tests=asked.tests)),
        ("Asterisk", lambda: provision(PREFIX, say)),
    ]
    if asked.tests:
        works.append(("Chromium and PostgreSQL", programs_for_tests))
    failed: list[str] = []
    threads = {name: threading.Thread(target=_work, args=(name, work, failed)) for name, work in works}
    bundling = ("Softphone", lambda: softphone(threads, failed), failed)
    threads["Softphone"] = threading.Thread(target=_work, args=bundling)
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join()
    for why in failed:
        print(f"set-up stopped: {why}", file=sys.stderr)
    return 1 if failed else 0


def _work(name: str, work: Callable[[], object], failed: list[str]) -> None:
    try:
        work()
    except (SetupError, ProvisionError, BundleError) as error:
        failed.append(f"{name}: {error}")
    except OSError as error:
        failed.append(f"{name}: {error.filename or ''} {error.strerror or error}; mend that and run it again")


def packages(*, tests: bool) -> None:
    """`.venv` as the lock says. Done again only when the lock, the project file or the Python changed."""
    if sys.version_info < (3, 11):  # noqa: UP036 - somebody may well start it with an older one
        raise SetupError(f"this is Python {sys.version.split()[0]}; use 3.11 or later: make PYTHON=python3.11 …")
    locks = [CHECKOUT / ("requirements-dev.lock" if tests else "requirements.lock"), CHECKOUT / "pyproject.toml"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in locks) + sys.version.encode()).hexdigest()
    stamp = VENV / ("fil-vert-tests" if tests else "fil-vert")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    python = VENV / "bin/python"
    if not python.exists() or _run([str(python), "-m", "pip", "--version"]).returncode:
        say("making .venv")
        made = _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if made.returncode:
            raise SetupError(f"Python cannot make a virtual environment; on Debian: {BARE}")
    say(f"installing Python packages ({locks[0].name})")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    _pip([*pip, "--require-hashes", "-r", str(locks[0])])
    _pip([*pip, "--no-deps", "--no-build-isolation", "-e", str(CHECKOUT)])
    stamp.write_text(wanted)
    say("Python packages are there")


def softphone(works: Mapping[str, threading.Thread], failed: Sequence[str]) -> None:
    """The bundle. Node comes with the Python packages; the prefix that it is put into is Asterisk's, and renamed."""
    works["Python packages"].join()
    if not failed:
        bundle(PREFIX, say, venv=VENV, before_writing=works["Asterisk"].join)


def _pip(command: list[str]) -> None:
    done = _run(command)
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if "error" in line.lower()] or ["pip said nothing"]
        raise SetupError(f"{said[0]} (is the package index in reach? then run it again)")


def programs_for_tests() -> None:
    """Chromium for the pages and PostgreSQL for the store's other half."""
    here = {
        "chromium": shutil.which("chromium") is not None,
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    }
    missing = [package for package in TEST_PACKAGES if not here[package]]
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        raise SetupError(f"the tests need {' and '.join(missing)}; run this as root: {line}")
    say(f"installing {' and '.join(missing)} (apt)")
    # A test starts its own database: Debian's need not run, here or in the background.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["apt-get", "update", "-q"], line.split()):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode and command[1] == "install":
            last = (done.stderr.strip().splitlines() or ["apt said nothing"])[-1]
            raise SetupError(f"{last} (by hand: {line})")
    say(f"{' and '.join(missing)} installed")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    raise SystemExit(main())
