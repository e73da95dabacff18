"""apt as a means to fetch archives: with a root of its own, as any user, touching nothing of the machine's.

Decides how apt is called and what its complaints mean in one sentence. It does not decide what is fetched.
Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from ops.asterisk import programs
from ops.asterisk.sources import Source

KEYRINGS = tuple(Path("/usr/share/keyrings", f"debian-archive-keyring.{kind}") for kind in ("gpg", "pgp"))
PROGRESS_S = 3.0
Say = Callable[[str], None]


class ProvisionError(Exception):
    """Asterisk could not be provisioned; the message says what is wrong and what to do."""


class Apt:
    """apt with a root of its own: its lists, caches and status lie under `root`, the machine's stay untouched."""

    def __init__(self, root: Path, source: Source, codename: str) -> None:
        self._root, self._source, self._codename = root, source, codename
        for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
            (root / folder).mkdir(parents=True)
        (root / "state/status").touch()
        named = [Path(source.signed_by)] if source.signed_by else []
        keyring = next((path for path in (*named, *KEYRINGS) if path.exists()), None)
        if keyring is None:
            raise ProvisionError("Debian's archive keys are missing; install the package debian-archive-keyring.")
        self._keyring = keyring
        settings = {
            "Dir::State": root / "state",
            "Dir::State::status": root / "state/status",
            "Dir::Cache": root / "cache",
            "Dir::Etc::sourcelist": root / "etc/debian.sources",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Check-Valid-Until": "false",  # a frozen mirror may serve a Release past its date; still signed
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "20",
            "Acquire::https::Timeout": "20",
        }
        hooks = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success",
                 "DPkg::Pre-Invoke", "DPkg::Post-Invoke", "Acquire::IndexTargets::deb::DEP-11")  # fmt: skip
        lines = [f"#clear {name};" for name in hooks] + [f'{name} "{value}";' for name, value in settings.items()]
        (root / "etc/apt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [program, "-c", str(self._root / "etc/apt.conf"), *arguments]

    def _run(self, doing: str, *command: str) -> str:
        done = subprocess.run(self._command(*command), capture_output=True, text=True, check=False, cwd=self._root,
                              env=_plain_environment())  # fmt: skip
        if done.returncode:
            raise ProvisionError(explain(done.stderr, doing))
        return done.stdout

    def update(self, *, with_voice: bool) -> bool:
        """Read the lists; with the voice's component a failure is only a False."""
        stanza = "Types: deb\nURIs: {}\nSuites: {}\nComponents: {}\nSigned-By: {}\n"
        stanzas = [stanza.format(self._source.uri, programs.SUITE, "main", self._keyring)]
        if with_voice:
            stanzas.append(stanza.format(self._source.uri, self._codename, "non-free", self._keyring))
        (self._root / "etc/debian.sources").write_text("\n".join(stanzas), encoding="utf-8")
        try:
            self._run("reading the package lists", "apt-get", "-qq", "update")
        except ProvisionError:
            if with_voice:
                return False
            raise
        return True

    def candidate(self, package: str) -> str:
        """The version on offer, "" when there is none."""
        shown = self._run("reading the package lists", "apt-cache", "policy", package)
        return next((line.split()[-1] for line in shown.splitlines() if "Candidate:" in line), "")

    def fetch(self, packages: tuple[str, ...]) -> list[Path]:
        """Download just these packages, without what they depend on."""
        names = [f"{name}/{self._codename}" for name in packages]
        self._run("fetching the voice", "apt-get", "-qq", "download", *names)
        return [path for name in packages for path in self._root.glob(f"{name}_*.deb")]

    def download(self, packages: tuple[str, ...], say: Say) -> list[Path]:
        """Download these packages and all that they need, saying how far it is."""
        install = ("apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages)
        listed = self._run("finding the packages", *install, "--print-uris").splitlines()
        total = sum(int(line.split()[2]) for line in listed if line.startswith("'"))
        say(f"fetching {len(listed)} packages, {total / 1e6:.0f} MB")
        archives = self._root / "cache/archives"
        done = threading.Event()

        def progress() -> None:
            while not done.wait(PROGRESS_S):
                have = sum(_size(path) for path in (*archives.glob("*.deb"), *archives.glob("partial/*")))
                say(f"  {have / 1e6:.0f} of {total / 1e6:.0f} MB")

        watcher = threading.Thread(target=progress, daemon=True)
        watcher.start()
        try:
            self._run("fetching the packages", *install, "--download-only")
        finally:
            done.set()
            watcher.join()
        return sorted(archives.glob("*.deb"))

    def remove(self) -> None:
        shutil.rmtree(self._root)


def _size(path: Path) -> int:
    """Its size, 0 when apt has just moved it on."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _plain_environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def explain(stderr: str, doing: str) -> str:
    """One sentence from what apt or dpkg complained about while `doing` something: what is wrong, what to do."""
    complaints = [line[2:].strip() for line in stderr.splitlines() if line.startswith(("E:", "W:"))] or stderr.split(
        "\n"
    )
    text = " ".join(complaints)
    if "No space left" in text or "enough free space" in text:
        return f"the disk is full ({doing}); free about 1 GB and run this again."
    offline = (
        "resolv",
        "Could not connect",
        "Cannot initiate",
        "Connection",
        "timed out",
        "unreachable",
        "Unable to connect",
    )
    if any(word in text for word in offline):
        return f"the Debian mirror cannot be reached ({doing}); check the network or the proxy and run this again."
    if (
        "Unable to locate" in text
        or "no longer has a Release" in text
        or "does not have a Release" in text
        or "404" in text
    ):
        return (
            f"the Debian mirror has no suite '{programs.SUITE}' with the packages ({doing}); name another by --mirror."
        )
    if "NO_PUBKEY" in text or "not signed" in text or "signature" in text:
        return f"the mirror's signature is not Debian's ({doing}); update the package debian-archive-keyring."
    return f"{doing} failed: {(complaints or ['no reason given'])[-1].strip()[:300]}; mend that and run this again."
