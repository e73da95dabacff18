"""Fetch Asterisk 22, SIPp, music and a French voice into a private folder: no root, no dependency, no change outside.

    python3 -m ops.asterisk.provision [--prefix .prefix] [--mirror URI]

Decides what is fetched and from where; `programs` knows what lies where afterwards. A prefix is built in a folder
beside it and renamed, so it is there whole or not at all. Every failure is a `ProvisionError` whose message is one
sentence: what is wrong and what to do. Standard library only: it runs before any dependency is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ops.asterisk import alaw, programs
from ops.asterisk.apt import Apt, ProvisionError, Say, explain
from ops.asterisk.programs import Programs, installed
from ops.asterisk.sources import Source, debian_mirror, read_sources

APT = Path("/etc/apt")
DISK_MIN = 900_000_000  # bytes: 110 MB of archives, 320 MB unpacked, and room for a state folder


def provision(prefix: Path, say: Say, *, mirror: str | None = None) -> Programs:
    """Make `prefix` complete and return its programs; a complete one is left alone.

    Idempotent and safe to call from two processes at once: the second waits for the first. Raises ProvisionError.
    """
    ready = installed(prefix)
    if ready is not None:
        return ready
    prefix = prefix.absolute()
    _refuse_machine()
    try:
        prefix.parent.mkdir(parents=True, exist_ok=True)
        with _alone(prefix.parent, say):
            ready = installed(prefix)  # another process may just have finished it
            if ready is None:
                _refuse_disk(prefix.parent)
                _build(prefix, say, mirror)
                ready = installed(prefix)
    except OSError as error:
        raise ProvisionError(f"writing to {error.filename or prefix} failed ({error.strerror}); free space there, or "
                             "choose another folder with --prefix.") from error  # fmt: skip
    if ready is None:
        raise ProvisionError(f"{prefix} is incomplete although everything was fetched; remove it and run this again.")
    return ready


def _refuse_machine() -> None:
    if sys.platform != "linux" or platform.machine() not in programs.ARCHITECTURES:
        raise ProvisionError(
            f"Asterisk is fetched for Linux on {' or '.join(programs.ARCHITECTURES)}, and this is {sys.platform} on "
            f"{platform.machine()}; use such a machine, or install Asterisk 22 (22.10.1 or later) and SIPp yourself."
        )
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(program) is None:
            raise ProvisionError(
                f"{program} is missing: Asterisk comes from Debian packages; run this on Debian 12 or later."
            )


def _refuse_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < DISK_MIN:
        raise ProvisionError(
            f"only {free // 1_000_000} MB are free under {folder} and {DISK_MIN // 1_000_000} MB are needed; "
            "free some space, or choose another folder with --prefix."
        )


@contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    """Hold the folder against a second provisioning; the lock goes with the process, whatever ends it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is fetching Asterisk into the same place: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _build(prefix: Path, say: Say, mirror: str | None) -> None:
    building, old = prefix.with_name(prefix.name + ".building"), prefix.with_name(prefix.name + ".old")
    for leftover in (building, old):
        shutil.rmtree(leftover, ignore_errors=True)
    building.mkdir()
    try:
        _fill(building, say, mirror)
        if prefix.exists():
            prefix.rename(old)
        building.rename(prefix)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _fill(prefix: Path, say: Say, mirror: str | None) -> None:
    """Fetch, unpack, try out and stamp a new prefix."""
    system, remark = programs.system_asterisk()
    if remark:
        say(remark)
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    source = Source(mirror, codename, ("main",)) if mirror else debian_mirror(read_sources(APT), codename)
    if source is None:
        raise ProvisionError(
            f"no apt source under {APT} carries Debian's own release '{codename}' with 'main'; "
            "add your Debian mirror there, or name one with --mirror URI."
        )
    apt = Apt(prefix / "apt", source, codename)
    say(f"reading the package lists of Debian {programs.SUITE}")
    has_pico = bool(codename) and apt.update(with_voice=True)
    if not has_pico:
        apt.update(with_voice=False)
    wanted: tuple[str, ...] = programs.SYSTEM_PACKAGES if system else programs.PRIVATE_PACKAGES
    if system is None:
        offered = programs.parse_version(apt.candidate("asterisk"))
        if not programs.is_good(offered):
            raise ProvisionError(
                f"the mirror's suite {programs.SUITE} offers Asterisk {'.'.join(map(str, offered or ())) or 'nothing'} "
                "and 22.10.1 or a later 22.x is needed; use a current Debian mirror (--mirror URI)."
            )
    if has_pico and not _fetch_pico(apt, prefix, say):
        has_pico = False
    if not has_pico:
        say("SVOX Pico cannot be had from this mirror: espeak-ng speaks the prompts instead")
        wanted += programs.ESPEAK_PACKAGES
    archives = apt.download(wanted, say)
    say(f"unpacking {len(archives)} packages")
    _unpack(archives, prefix)
    say("converting the music on hold to A-law")
    _convert_music(prefix / "usr/share/asterisk/moh", prefix / "music")
    apt.remove()
    version = _try_out(prefix, (system.program,) if system else programs.run_private(prefix, "usr/sbin/asterisk"))
    stamp = programs.wanted_stamp(uses_system=system is not None, has_pico=has_pico) | {"version": version}
    (prefix / programs.STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


def _fetch_pico(apt: Apt, prefix: Path, say: Say) -> bool:
    """SVOX Pico of the machine's own release, tried in a process like ours; False when it cannot be loaded."""
    say("fetching the French voice, SVOX Pico")
    try:
        _unpack(apt.fetch(programs.PICO_PACKAGES), prefix / "pico")
    except ProvisionError:
        return False
    pico = programs.pico_in(prefix)
    load = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).pico_initialize"
    loads = subprocess.run([sys.executable, "-c", load, str(pico.library)], capture_output=True, check=False)
    return loads.returncode == 0 and (pico.languages / "fr-FR_ta.bin").exists()


def _unpack(archives: list[Path], into: Path) -> None:
    into.mkdir(exist_ok=True)

    def unpack(archive: Path) -> None:
        done = subprocess.run(["dpkg-deb", "-x", archive, into], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProvisionError(explain(done.stderr, f"unpacking {archive.name}"))

    with ThreadPoolExecutor(max_workers=max(2, len(os.sched_getaffinity(0)))) as workers:
        list(workers.map(unpack, archives))


def _convert_music(wavs: Path, into: Path) -> None:
    into.mkdir()
    for file in sorted(wavs.glob("*.wav")):
        with wave.open(str(file)) as music:
            if (music.getnchannels(), music.getsampwidth(), music.getframerate()) == (1, 2, 8000):
                (into / f"{file.stem}.alaw").write_bytes(alaw.encode_pcm(music.readframes(music.getnframes())))
    if not any(into.iterdir()):
        raise ProvisionError("the package of the music on hold holds no 8 kHz mono file any more; please report this.")


def _try_out(prefix: Path, asterisk: tuple[str, ...]) -> str:
    said = programs.said_version(asterisk)
    version = programs.parse_version(said)
    if not programs.is_good(version):
        raise ProvisionError(
            f"the Asterisk that was fetched says '{said}' instead of 22.10.1 or later; run this again."
        )
    sipp = subprocess.run(
        [*programs.run_private(prefix, "usr/bin/sipp"), "-v"], capture_output=True, text=True, check=False
    )
    if "SIPp" not in sipp.stdout:
        raise ProvisionError("the SIPp that was fetched does not run; run this again, and report it if it stays so.")
    return ".".join(map(str, version or ()))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 -m ops.asterisk.provision", description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=Path, default=Path(".prefix"), help="where to install (default: %(default)s)")
    parser.add_argument("--mirror", help="Debian mirror to use instead of the one in the machine's apt sources")
    chosen = parser.parse_args()
    try:
        ready = provision(chosen.prefix, lambda line: print(line, flush=True), mirror=chosen.mirror)
    except ProvisionError as error:
        print(f"provision: {error}", file=sys.stderr)
        return 1
    print(f"Asterisk {ready.version} is ready in {chosen.prefix}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
