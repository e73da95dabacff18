"""What was provisioned and where it lies: the programs, modules, sounds and voice that the service starts from.

Decides which Asterisk is good enough (22.x from 22.10.1 on) and whether a prefix is complete. It fetches nothing.
Standard library only: it is read before any dependency is installed.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MAJOR = 22
VERSION_MIN = (22, 10, 1)  # GHSA-wcvv-g26m-wx5c, GHSA-vrfp-mg3q-3959; 22.9.0 deadlocks under ARI originate
SUITE = "forky"
PRIVATE_PACKAGES = ("asterisk", "asterisk-moh-opsound-wav", "sip-tester")
SYSTEM_PACKAGES = ("asterisk-moh-opsound-wav", "sip-tester")  # beside an Asterisk that the machine already has
PICO_PACKAGES = ("libttspico0", "libttspico-data")
ESPEAK_PACKAGES = ("espeak-ng",)
LAYOUT = 1  # raise when the content of a prefix changes in another way than by its packages
STAMP = "fil-vert.json"

ARCHITECTURES = {  # machine -> (Debian's name of its libraries' folder, its program loader)
    "x86_64": ("x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"),
    "aarch64": ("aarch64-linux-gnu", "usr/lib/ld-linux-aarch64.so.1"),
}


@dataclass(frozen=True, slots=True)
class Pico:
    """SVOX Pico, driven in process: its library and the folder with `fr-FR_ta.bin` and `fr-FR_nk0_sg.bin`."""

    library: Path
    languages: Path


@dataclass(frozen=True, slots=True)
class Espeak:
    """espeak-ng as a program; the fallback where SVOX Pico cannot be had."""

    program: tuple[str, ...]
    data: Path  # for ESPEAK_DATA_PATH


@dataclass(frozen=True, slots=True)
class Programs:
    """Argument lists to start programs with (loader included) and the folders that they need."""

    asterisk: tuple[str, ...]
    sipp: tuple[str, ...]
    version: str  # of Asterisk, "22.10.1"
    modules: Path  # astmoddir
    data: Path  # holds documentation/ without which modules refuse to load
    rest_api: Path  # ARI's own description, *.json
    moh: Path  # music on hold, *.alaw only
    dtmf: Path  # SIPp's captures of RFC 4733 digits, dtmf_2833_N.pcap
    voice: Pico | Espeak


def parse_version(said: str) -> tuple[int, ...] | None:
    """`Asterisk 22.10.1+dfsg…` or `1:22.10.1~dfsg-1` → (22, 10, 1); None when there is no version in it."""
    found = re.search(r"(?:Asterisk\s+(?:certified/)?|^\d+:|^)(\d+)\.(\d+)(?:\.(\d+))?", said.strip())
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def is_good(version: tuple[int, ...] | None) -> bool:
    """Asterisk 22 from 22.10.1 on; no other major, older or newer, was tried with this controller."""
    return version is not None and version[0] == MAJOR and version >= VERSION_MIN


def said_version(program: tuple[str, ...]) -> str:
    """What `asterisk -V` prints, "" when the program does not run."""
    try:
        done = subprocess.run([*program, "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class SystemAsterisk:
    """The machine's own Asterisk, when it is complete enough to be used."""

    program: str
    modules: Path
    data: Path


def system_asterisk() -> tuple[SystemAsterisk | None, str]:
    """The machine's own Asterisk if it is good, and what to say about it ("" when there is none at all)."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return None, ""
    said = said_version((program,))
    if not is_good(parse_version(said)):
        return None, f"this machine's own {said or 'Asterisk'} is not 22.x from 22.10.1 on: a private one is used"
    triplet = ARCHITECTURES.get(platform.machine(), ("", ""))[0]
    modules = [Path("/usr/lib", triplet, "asterisk/modules"), Path("/usr/lib/asterisk/modules")]
    data = [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    found_modules = next((path for path in modules if (path / "res_stasis.so").exists()), None)
    found_data = next((path for path in data if (path / "rest-api/channels.json").exists()), None)
    if found_modules is None or found_data is None:
        return None, f"this machine's own {said} lacks its modules or rest-api folder: a private one is used"
    return SystemAsterisk(program, found_modules, found_data), f"using this machine's own {said}"


def run_private(prefix: Path, program: str) -> tuple[str, ...]:
    """Argument list of a program of the prefix: through the prefix's own loader and libraries, never the machine's."""
    triplet, loader = ARCHITECTURES[platform.machine()]
    libraries = (
        f"{prefix / 'usr/lib' / triplet}:{prefix / 'usr/lib' / triplet / 'pulseaudio'}"  # the latter for espeak-ng
    )
    return (str(prefix / loader), "--inhibit-cache", "--library-path", libraries, str(prefix / program))


def pico_in(prefix: Path) -> Pico:
    """Where SVOX Pico lies in a prefix (whether it is there or not)."""
    triplet, _ = ARCHITECTURES[platform.machine()]
    return Pico(prefix / "pico/usr/lib" / triplet / "libttspico.so.0", prefix / "pico/usr/share/pico/lang")


def wanted_stamp(*, uses_system: bool, has_pico: bool) -> dict[str, object]:
    """The stamp of a complete prefix; another list of packages, layout or kind makes another stamp."""
    packages = (
        *(SYSTEM_PACKAGES if uses_system else PRIVATE_PACKAGES),
        *(PICO_PACKAGES if has_pico else ESPEAK_PACKAGES),
    )
    return {"layout": LAYOUT, "suite": SUITE, "system": uses_system, "pico": has_pico, "packages": list(packages)}


def installed(prefix: Path) -> Programs | None:
    """The programs of a complete, current prefix; None when it has to be provisioned (again)."""
    prefix = prefix.resolve()
    try:
        stamp = json.loads((prefix / STAMP).read_text(encoding="utf-8"))
        version, uses_system, has_pico = str(stamp.pop("version")), bool(stamp["system"]), bool(stamp["pico"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if stamp != wanted_stamp(uses_system=uses_system, has_pico=has_pico) or platform.machine() not in ARCHITECTURES:
        return None
    triplet, _ = ARCHITECTURES[platform.machine()]
    asterisk, modules = run_private(prefix, "usr/sbin/asterisk"), prefix / "usr/lib" / triplet / "asterisk/modules"
    data = prefix / "usr/share/asterisk"
    system, _ = system_asterisk()
    if uses_system != (system is not None):
        return None  # the machine's own package came, went or changed its major
    if system is not None:
        asterisk, modules, data = (system.program,), system.modules, system.data
        version = ".".join(map(str, parse_version(said_version(asterisk)) or ()))
    programs = Programs(
        asterisk=asterisk,
        sipp=run_private(prefix, "usr/bin/sipp"),
        version=version,
        modules=modules,
        data=data,
        rest_api=data / "rest-api",
        moh=prefix / "music",
        dtmf=prefix / "usr/share/sip-tester",
        voice=pico_in(prefix)
        if has_pico
        else Espeak(run_private(prefix, "usr/bin/espeak-ng"), prefix / "usr/lib" / triplet),
    )
    here = (programs.asterisk[-1], programs.sipp[-1], programs.modules / "res_stasis.so", programs.moh)
    return programs if all(Path(path).exists() for path in here) else None
